from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmark.metrics import VideoStats
from benchmark.tasks import Task, get_task
from benchmark.training.decide import Decisions
from benchmark.training.postprocessing import RUNGS, LadderTrial, Smoothing, climb, decide_rung, tune_heads
from benchmark.training.postprocessing.tuning import Tuned

FRAMES = 120


def noisy(truth: NDArray[np.float64], draw: np.random.Generator) -> NDArray[np.float64]:
    return np.clip(truth + draw.normal(0, 0.35, truth.shape), -1, 1)


def make_trials(count: int = 10) -> list[LadderTrial]:
    """Slow truths under frame-wise noise; AU probabilities are too low, class 3 is under-confident."""
    trials = []
    for index in range(count):
        draw = np.random.default_rng(index)
        time = np.arange(FRAMES) / 10.0
        truth = 0.7 * np.sin(time[:, None] * draw.uniform(0.3, 0.8, 2) + draw.uniform(0, 6, 2))
        units = (np.sin(time[:, None] * 0.6 + draw.uniform(0, 6, 12)) > 0.3).astype(np.int64)
        classes = np.where(np.sin(time * 0.5 + draw.uniform(0, 6)) > 0.4, 3, 0)
        logits = np.eye(8)[classes] * 2 + draw.normal(0, 0.6, (FRAMES, 8)) - 1.5 * (np.arange(8) == 3)
        probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        trials.append(
            LadderTrial(
                name=f"v{index // 2}{'_left' if index % 2 else ''}",
                base_video=f"v{index // 2}",
                frame_times=time,
                present=draw.random(FRAMES) < 0.9,
                activations={
                    "va": noisy(truth, draw),
                    "au": np.clip(0.1 + 0.35 * units + draw.normal(0, 0.05, units.shape), 0, 1),
                    "expr": probabilities,
                },
                labels={"va": truth.astype(np.float32), "au": units, "expr": classes},
                valid={key: draw.random(FRAMES) < 0.9 for key in ("va", "au", "expr")},
            )
        )
    return trials


def score(task: Task, trials: list[LadderTrial], decisions: Decisions) -> float:
    items = [(t.name, {k: (decisions[t.name][k], t.labels[k], t.valid[k]) for k in task.heads}) for t in trials]
    return VideoStats.from_trials(task.key, items).score().value


@pytest.mark.parametrize("key", ["va", "expr", "au", "mtl"])
def test_every_rung_decides_every_frame_and_helps_where_it_should(key: str) -> None:
    task, trials = get_task(key), make_trials()
    rungs = climb(task, trials, Smoothing("box", 0.5), seed=0)
    assert tuple(rungs) == RUNGS
    raw, smoothed, tuned = (score(task, trials, rungs[name]) for name in RUNGS)
    if key == "va":
        assert smoothed > raw + 0.1
    if key in ("au", "expr"):
        assert tuned > raw + 0.05  # of at most 0.25 for two classes of eight


def test_no_video_is_decided_with_settings_that_its_own_labels_chose() -> None:
    task, trials = get_task("au"), make_trials()
    before = climb(task, trials, Smoothing("box", 0.5), seed=0)["tuned"]
    for trial in trials:
        if trial.base_video == "v2":
            trial.labels["au"][:] = 1 - trial.labels["au"]
    after = climb(task, trials, Smoothing("box", 0.5), seed=0)["tuned"]
    for trial in trials:
        same = np.array_equal(before[trial.name]["au"], after[trial.name]["au"])
        if trial.base_video == "v2":
            assert same, "the video's own labels moved its decisions"


def test_a_single_video_is_not_tuned_on_itself() -> None:
    task, trials = get_task("au"), make_trials(1)
    rungs = climb(task, trials, Smoothing("box", 0.5), seed=0)
    np.testing.assert_array_equal(rungs["tuned"]["v0"]["au"], rungs["smoothed"]["v0"]["au"])


@pytest.mark.parametrize("key", ["va", "expr", "au", "mtl"])
def test_settings_of_one_split_serve_another_whose_labels_are_unknown(key: str) -> None:
    task, everything = get_task(key), make_trials()
    known, asked = everything[:6], everything[6:]
    blind = [replace(trial, labels={}, valid={}) for trial in asked]
    settings = tune_heads(task, known)
    rungs = {name: decide_rung(task, blind, name, Smoothing("box", 0.5), settings) for name in RUNGS}
    climbed = climb(task, asked, Smoothing("box", 0.5), seed=0)
    for trial in asked:
        for head in task.heads:
            for name in ("raw", "smoothed"):
                np.testing.assert_array_equal(rungs[name][trial.name][head], climbed[name][trial.name][head])
    if key != "mtl":
        assert score(task, asked, rungs["tuned"]) > score(task, asked, rungs["raw"]) + 0.05


def test_a_format_of_seven_classes_takes_the_first_seven_biases() -> None:
    biases = np.zeros(8)
    biases[2], biases[7] = 5.0, 9.0
    values = np.full((3, 8), 1 / 8)
    assert Tuned(0.0, biases=biases).decide(values).tolist() == [7, 7, 7]
    assert Tuned(0.0, biases=biases).decide(values[:, :7]).tolist() == [2, 2, 2]
