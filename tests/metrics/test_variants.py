"""Conventions of other teams: each against the formula its users run, and the size of its effect."""

from __future__ import annotations

import numpy as np
import pytest
from metric_examples import class_stats, example, items, pooled_rows, va_stats
from sklearn.metrics import accuracy_score, f1_score

from benchmark.errors import UserError
from benchmark.metrics import VideoStats, variant_names, variant_scores
from benchmark.metrics.variants import VARIANTS
from benchmark.tasks import HEADS, TASKS


def one_video(frames: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    y = np.clip(rng.normal(0, 0.4, frames), -1, 1)
    return np.clip(y + rng.normal(0, 0.1, frames), -1, 1), y


def ccc(x, y, covariance_ddof, variance_ddof):
    covariance = np.cov(x, y, ddof=covariance_ddof)[0, 1]
    return 2 * covariance / (x.var(ddof=variance_ddof) + y.var(ddof=variance_ddof) + (x.mean() - y.mean()) ** 2)


@pytest.mark.parametrize("frames", [8, 32, 300])
def test_ddof_mixes_agree_with_numpy(frames):
    x, y = one_video(frames)
    found = variant_scores(va_stats((x, y)))
    assert found["sample_variance"] == pytest.approx(ccc(x, y, 0, 1), abs=1e-12)
    assert found["sample_covariance"] == pytest.approx(ccc(x, y, 1, 0), abs=1e-12)
    assert found["sample_both"] == pytest.approx(ccc(x, y, 1, 1), abs=1e-12)


@pytest.mark.parametrize(("frames", "loss"), [(8, 0.12), (32, 0.03), (300, 0.0033)])
def test_the_sample_variance_costs_one_part_in_n(frames, loss):
    """protocol B.1: N = 300 -0.3 %, N = 32 -2.8 %, N = 8 -12 %."""
    x, y = one_video(frames)
    stats = va_stats((x, y))
    assert variant_scores(stats, ["sample_variance"])["sample_variance"] / stats.score().value - 1 == pytest.approx(
        -loss, rel=0.15
    )


def test_the_sample_covariance_can_exceed_one_and_is_invisible_on_a_split():
    x = np.array([-0.5, 0.1, 0.6])
    assert variant_scores(va_stats((x, x)))["sample_covariance"] > 1.4
    stats = va_stats(one_video(376_000))
    assert abs(variant_scores(stats)["sample_covariance"] - stats.score().value) < 1e-5


def test_one_frame_leaves_nothing_to_divide_by():
    assert variant_scores(va_stats(([0.2], [0.5])))["sample_variance"] == 0


def test_per_video_means_leave_out_videos_without_labels():
    good, empty = one_video(50), (np.empty(0), np.empty(0))
    stats = va_stats(good, one_video(70, seed=1), empty)
    alone = [va_stats(one).score().value for one in (good, one_video(70, seed=1))]
    assert variant_scores(stats)["per_video"] == pytest.approx(np.mean(alone), abs=1e-12)


@pytest.mark.parametrize("task", ["expr", "ce"])
def test_class_conventions_agree_with_scikit_learn(task):
    stats = example(task)
    x, y = pooled_rows(task, task)
    found = variant_scores(stats)
    assert found["accuracy"] == pytest.approx(accuracy_score(y, x), abs=1e-12)
    assert found["micro"] == pytest.approx(f1_score(y, x, average="micro"), abs=1e-12)
    assert found["weighted"] == pytest.approx(f1_score(y, x, average="weighted"), abs=1e-12)
    if task == "expr":
        assert found["edition_2"] == pytest.approx(0.67 * stats.score().value + 0.33 * found["accuracy"], abs=1e-12)
        kept = y != 7
        reference = f1_score(y[kept], x[kept], labels=range(7), average="macro", zero_division=0)
        assert found["without_other"] == pytest.approx(reference, abs=1e-12)


def test_absent_classes_inflate_the_macro_mean_three_ways():
    x, y = [0, 0, 1, 3, 3], [0, 1, 1, 3, 0]
    stats = class_stats((x, y))
    found = variant_scores(stats)
    assert found["absent_skipped"] == pytest.approx(f1_score(y, x, average="macro"), abs=1e-12)
    assert found["absent_one"] == pytest.approx(
        f1_score(y, x, labels=range(8), average="macro", zero_division=1), abs=1e-12
    )
    assert stats.score().value < found["absent_skipped"] < 1
    assert found["absent_one"] > found["absent_skipped"]


def test_au_conventions_agree_with_scikit_learn_and_inflate():
    """protocol B.3: the macro F1 of both classes lies well above the mean binary F1."""
    stats = example("au")
    x, y = pooled_rows("au", "au")
    found = variant_scores(stats)
    both = np.mean([f1_score(y[:, k], x[:, k], average="macro") for k in range(12)])
    assert found["both_classes"] == pytest.approx(both, abs=1e-12)
    assert found["both_classes"] > stats.score().value + 0.05
    assert found["micro"] == pytest.approx(f1_score(y, x, average="micro"), abs=1e-12)
    assert found["accuracy"] == pytest.approx((x == y).mean(), abs=1e-12)
    assert found["edition_2"] == pytest.approx((stats.score().value + found["accuracy"]) / 2, abs=1e-12)


def test_no_action_unit_anywhere_scores_zero_in_every_f1_that_skips():
    zeros = np.zeros((4, 12), np.int64)
    stats = VideoStats.from_trials("au", [("t", {"au": (zeros, zeros, np.ones(4, bool))})])
    assert variant_scores(stats)["absent_skipped"] == 0
    assert variant_scores(stats)["absent_one"] == 1


def test_mtl_variants_replace_one_term():
    rows = list(items("mtl", 5, seed=4))
    mtl = VideoStats.from_trials("mtl", rows)
    found = variant_scores(mtl)
    assert set(found) == {f"{head}/{name}" for head in ("va", "expr", "au") for name in VARIANTS[head]}
    au = VideoStats.from_trials("au", rows)
    expected = mtl.score().value - au.score().value + variant_scores(au)["both_classes"]
    assert found["au/both_classes"] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("task", sorted(TASKS))
def test_every_variant_is_named_explained_and_finite(task):
    found = variant_scores(example(task))
    assert found.keys() == variant_names(task).keys()
    assert np.isfinite(list(found.values())).all()
    assert all(len(summary) > 10 for summary in variant_names(task).values())


def test_only_the_asked_variants_and_help_with_spelling():
    assert list(variant_scores(example("va"), ["per_video"])) == ["per_video"]
    with pytest.raises(UserError, match=r'unknown variant of task va "per_vido".*"per_video"'):
        variant_scores(example("va"), ["per_vido"])
    assert set(VARIANTS) == set(HEADS)
