"""F1 from counts: goldens, scikit-learn, absent classes, and the definitions that inflate it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from metric_examples import class_stats, example, pooled_rows
from sklearn.metrics import confusion_matrix, f1_score

from benchmark.metrics import VideoStats
from benchmark.metrics.f1 import binary_counts, class_counts, f1_from_counts
from benchmark.tasks import ACTION_UNITS, EXPRESSIONS


def test_golden_of_three_classes_out_of_eight():
    score = class_stats(([0, 0, 1, 3, 3], [0, 1, 1, 3, 0])).score()
    assert score.parts["Neutral"] == pytest.approx(2 * 1 / (2 * 1 + 1 + 1))
    assert score.parts["Anger"] == pytest.approx(2 / 3)
    assert score.parts["Fear"] == pytest.approx(2 / 3)
    assert score.parts["Other"] == 0
    assert score.value == pytest.approx((0.5 + 2 / 3 + 2 / 3) / 8, abs=1e-15)


def test_a_perfect_prediction_of_one_class_scores_one_eighth():
    assert class_stats(([4] * 9, [4] * 9)).score().value == pytest.approx(1 / 8)
    assert class_stats(([4] * 9, [4] * 9), task="ce").score().value == pytest.approx(1 / 7)


@pytest.mark.parametrize("task", ["expr", "ce"])
def test_macro_f1_agrees_with_scikit_learn_over_all_classes(task):
    stats = example(task)
    prediction, label = pooled_rows(task, task)
    classes = list(range(stats.heads[task].shape[1]))
    reference = f1_score(label, prediction, labels=classes, average=None, zero_division=0)
    score = stats.score()
    np.testing.assert_allclose(list(score.parts.values()), reference, atol=1e-12)
    assert score.value == pytest.approx(reference.mean(), abs=1e-12)
    np.testing.assert_array_equal(stats.heads[task].sum(0), confusion_matrix(label, prediction, labels=classes))


def test_au_f1_agrees_with_scikit_learn_on_the_positive_class():
    stats = example("au")
    prediction, label = pooled_rows("au", "au")
    reference = [f1_score(label[:, k], prediction[:, k], pos_label=1, zero_division=0) for k in range(12)]
    score = stats.score()
    assert tuple(score.parts) == ACTION_UNITS
    np.testing.assert_allclose(list(score.parts.values()), reference, atol=1e-12)
    assert score.value == pytest.approx(np.mean(reference), abs=1e-12)
    assert score.value == pytest.approx(f1_score(label, prediction, average="macro", zero_division=0), abs=1e-12)


def test_a_unit_never_shown_and_never_predicted_scores_zero():
    zeros = np.zeros((5, 12), np.int64)
    label = zeros.copy()
    label[:, 0] = 1
    stats = VideoStats.from_trials("au", [("t", {"au": (label, label, np.ones(5, bool))})])
    assert stats.score().value == pytest.approx(1 / 12)


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=60))
def test_any_sequence_agrees_with_scikit_learn(pairs):
    prediction, label = map(list, zip(*pairs, strict=True))
    score = class_stats((prediction, label)).score()
    reference = f1_score(label, prediction, labels=range(8), average="macro", zero_division=0)
    assert score.value == pytest.approx(reference, abs=1e-12)
    assert tuple(score.parts) == EXPRESSIONS


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_binary_counts_add_up_to_the_valid_rows(rows):
    prediction, label, valid = (np.array(column) for column in zip(*rows, strict=True))
    counts = binary_counts(prediction[:, None].astype(int), label[:, None].astype(int), valid)[0]
    assert counts.tolist() == [
        int((prediction & label & valid).sum()),
        int((prediction & ~label & valid).sum()),
        int((~prediction & label & valid).sum()),
        int((~prediction & ~label & valid).sum()),
    ]


def test_one_vs_rest_counts_of_every_class_add_up_to_all_frames():
    counts = class_counts(example("expr").heads["expr"].sum(0))
    assert np.ptp(counts.sum(-1)) == 0
    assert f1_from_counts(np.zeros(4)) == 0
    assert f1_from_counts(np.zeros(4), undefined=1.0) == 1
