from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from benchmark.contract import Estimator, TrialArrays
from benchmark.errors import UserError
from benchmark.tasks import HEADS, TASKS, get_task
from methods.baseline_mean.model import build as build_mean
from methods.baseline_ridge.features import FrameFeatures, spread
from methods.baseline_ridge.model import build as build_ridge

DIMS = {"face": 8, "audio": 4}
BUILDERS: list[Callable[..., Estimator]] = [build_mean, build_ridge]


def _trial(name: str, seed: int, frames: int = 80) -> TrialArrays:
    """Features that hold the labels linearly, with noise, unobserved rows and invalid labels."""
    rng, world = np.random.default_rng(seed), np.random.default_rng(99)
    cause = rng.normal(size=(frames, 3))
    streams, observed = {}, {}
    for stream, dim in DIMS.items():
        seen = rng.random(frames) < 0.9
        values = cause @ world.normal(size=(3, dim)) * 5 + 40 + rng.normal(size=(frames, dim))
        streams[stream] = np.where(seen[:, None], values, 0).astype(np.float32)
        observed[stream] = seen
    labels = {
        "va": np.tanh(cause[:, :2]).astype(np.float32),
        "expr": (cause @ world.normal(size=(3, 8))).argmax(1),
        "au": (cause @ world.normal(size=(3, 12)) > 1.0).astype(np.int64),
        "ce": (cause @ world.normal(size=(3, 7))).argmax(1),
    }
    valid = {key: rng.random(frames) < 0.9 for key in labels}
    return TrialArrays(name, streams, observed, labels, valid)


@pytest.fixture(scope="module")
def trials() -> list[TrialArrays]:
    return [_trial(f"v{k // 2}_{'left' if k % 2 else 'right'}", seed=k) for k in range(10)]


def _unlabelled(trial: TrialArrays) -> TrialArrays:
    return TrialArrays(trial.name, trial.streams, trial.observed, {}, {})


@pytest.mark.parametrize("task", list(TASKS))
@pytest.mark.parametrize("build", BUILDERS)
def test_answers_every_head_of_every_task_finitely_and_reproducibly(
    build: Callable[..., Estimator], task: str, trials: list[TrialArrays]
) -> None:
    answers = []
    for _ in range(2):
        floor = build(get_task(task), DIMS)
        floor.fit(trials[:8])
        answers.append(floor.predict(_unlabelled(trials[9])))
    assert tuple(answers[0]) == get_task(task).heads
    for key, values in answers[0].items():
        assert values.shape == (80, HEADS[key].width)
        assert values.dtype == np.float32
        assert np.isfinite(values).all()
        np.testing.assert_array_equal(values, answers[1][key])


@pytest.mark.parametrize("build", BUILDERS)
def test_says_so_when_nothing_is_labelled(build: Callable[..., Estimator], trials: list[TrialArrays]) -> None:
    blank = [
        TrialArrays(t.name, t.streams, t.observed, t.labels, {k: np.zeros_like(v) for k, v in t.valid.items()})
        for t in trials
    ]
    with pytest.raises(UserError, match='no training frame has a valid "expr" label'):
        build(get_task("expr"), DIMS).fit(blank)


def test_constants_are_the_mean_the_commonest_class_and_all_units(trials: list[TrialArrays]) -> None:
    floor = build_mean(get_task("mtl"), DIMS)
    floor.fit(trials)
    answer = floor.predict(trials[0])

    def valid(key: str) -> np.ndarray:
        return np.concatenate([t.labels[key][t.valid[key]] for t in trials])

    np.testing.assert_allclose(answer["va"][5], valid("va").mean(0), atol=1e-6)
    assert (answer["expr"].argmax(1) == np.bincount(valid("expr")).argmax()).all()
    assert (answer["au"] > 0).all()


def test_linear_floor_finds_a_linear_world(trials: list[TrialArrays]) -> None:
    floor = build_ridge(get_task("mtl"), DIMS, inverse_penalty=1.0)
    floor.fit(trials[:8])
    test = trials[9]
    answer = floor.predict(_unlabelled(test))
    seen = test.observed["face"] & test.observed["audio"]
    for column in range(2):
        assert np.corrcoef(answer["va"][seen, column], test.labels["va"][seen, column])[0, 1] > 0.9
    assert (answer["expr"].argmax(1) == test.labels["expr"])[seen].mean() > 0.7
    assert ((answer["au"] > 0) == test.labels["au"])[seen].mean() > 0.85
    assert np.abs(answer["va"]).max() <= 1


def test_what_is_not_observed_does_not_matter(trials: list[TrialArrays]) -> None:
    dirty = [
        TrialArrays(
            t.name,
            {k: np.where(t.observed[k][:, None], v, np.float32(1e6)) for k, v in t.streams.items()},
            t.observed,
            t.labels,
            t.valid,
        )
        for t in trials
    ]
    answers = []
    for data in (trials, dirty):
        floor = build_ridge(get_task("va"), DIMS)
        floor.fit(data[:8])
        answers.append(floor.predict(data[9])["va"])
    np.testing.assert_array_equal(*answers)


@pytest.mark.parametrize("kept", [(3,), (2, 5)])
def test_classes_that_training_lacks_are_never_predicted(kept: tuple[int, ...], trials: list[TrialArrays]) -> None:
    few = [
        TrialArrays(
            t.name,
            t.streams,
            t.observed,
            {"expr": t.labels["expr"]},
            {"expr": t.valid["expr"] & np.isin(t.labels["expr"], kept)},
        )
        for t in trials
    ]
    floor = build_ridge(get_task("expr"), DIMS)
    floor.fit(few)
    predicted = {int(c) for t in trials for c in floor.predict(t)["expr"].argmax(1)}
    assert predicted == set(kept)


def test_a_unit_that_never_or_always_fires_is_predicted_so(trials: list[TrialArrays]) -> None:
    def fixed(trial: TrialArrays) -> TrialArrays:
        units = trial.labels["au"].copy()
        units[:, 0], units[:, 1] = 0, 1
        return TrialArrays(trial.name, trial.streams, trial.observed, {"au": units}, {"au": trial.valid["au"]})

    floor = build_ridge(get_task("au"), DIMS)
    floor.fit([fixed(t) for t in trials[:4]])
    answer = floor.predict(trials[9])["au"]
    assert (answer[:, 0] < 0).all()
    assert (answer[:, 1] > 0).all()


def test_features_are_standardised_over_observed_frames_and_flagged(trials: list[TrialArrays]) -> None:
    features = FrameFeatures(("audio", "face"))
    features.fit(trials)
    rows = np.concatenate([features.rows(t) for t in trials])
    audio = np.concatenate([t.observed["audio"] for t in trials])
    assert rows.shape[1] == 4 + 1 + 8 + 1
    np.testing.assert_allclose(rows[audio, :4].mean(0), 0, atol=1e-4)
    np.testing.assert_allclose(rows[audio, :4].std(0), 1, atol=1e-4)
    assert (rows[~audio, :4] == 0).all()
    np.testing.assert_array_equal(rows[:, 4], audio)


def test_a_stream_nobody_ever_observed_is_all_zero(trials: list[TrialArrays]) -> None:
    silent = [
        TrialArrays(t.name, t.streams, {**t.observed, "audio": np.zeros(80, bool)}, t.labels, t.valid) for t in trials
    ]
    floor: Any = build_ridge(get_task("va"), DIMS)
    floor.fit(silent)
    assert np.isfinite(floor.predict(silent[0])["va"]).all()
    assert (floor.features.rows(silent[0])[:, :5] == 0).all()


def test_thinning_keeps_the_limit_and_spreads_over_trials() -> None:
    masks = [np.arange(100) % 2 == 0, np.zeros(30, bool), np.ones(150, bool)]
    thinned = spread(masks, 40)
    assert sum(int(m.sum()) for m in thinned) == 40
    assert [int(m.sum()) for m in thinned] == [10, 0, 30]
    assert all((new <= old).all() for new, old in zip(thinned, masks, strict=True))
    assert spread(masks, 1000) is masks


def test_parameters_are_counted_after_fitting(trials: list[TrialArrays]) -> None:
    mean, ridge = build_mean(get_task("va"), DIMS), build_ridge(get_task("mtl"), DIMS)
    mean.fit(trials)
    ridge.fit(trials)
    columns = sum(DIMS.values()) + len(DIMS) + 1  # features, one flag a stream, bias
    assert mean.parameters == 2
    assert ridge.parameters == columns * (2 + 8 + 12)
