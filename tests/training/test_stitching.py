from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmark.metrics.decisions import decide
from benchmark.tasks import HEADS
from benchmark.training.decide import predictions_hash
from benchmark.training.stitching import Stitcher, activate


def test_overlaps_are_averaged_and_padding_is_dropped() -> None:
    stitcher = Stitcher({"a": 5}, ["va"])
    stitcher.add("a", 0, 3, {"va": np.full((4, 2), 1.0)})
    stitcher.add("a", 2, 3, {"va": np.full((3, 2), 0.0)})
    np.testing.assert_array_equal(stitcher.result()["a"]["va"][:, 0], [1, 1, 0.5, 0, 0])


def test_a_frame_without_prediction_is_an_error_that_names_it() -> None:
    stitcher = Stitcher({"a": 3}, ["va"])
    stitcher.add("a", 0, 2, {"va": np.zeros((2, 2))})
    with pytest.raises(RuntimeError, match="a: frame 3"):
        stitcher.result()


def test_a_prediction_that_is_not_finite_is_an_error_that_names_the_trial() -> None:
    stitcher = Stitcher({"a": 2}, ["va"])
    stitcher.add("a", 0, 2, {"va": np.full((2, 2), np.nan)})
    with pytest.raises(FloatingPointError, match="a: predictions for va are not finite"):
        stitcher.result()


def test_activations_are_in_their_range() -> None:
    raw = torch.tensor([[3.0, -4.0]])
    assert activate(HEADS["va"], raw).tolist() == [[1.0, -1.0]]
    assert activate(HEADS["expr"], torch.randn(2, 8)).sum(-1).tolist() == pytest.approx([1, 1])
    assert activate(HEADS["au"], torch.zeros(1, 12)).tolist() == [[0.5] * 12]


def test_decisions() -> None:
    assert decide("au", np.array([[0.5, 0.499]])).tolist() == [[1, 0]]
    assert decide("expr", np.array([[0.1, 0.7, 0.2]])).tolist() == [1]
    assert decide("va", np.array([[0.1, 0.7]])).dtype == np.float64


def test_the_hash_sees_names_shapes_and_values_but_not_order() -> None:
    one = {"a": {"va": np.ones((2, 2), np.float32)}, "b": {"va": np.zeros((1, 2), np.float32)}}
    assert predictions_hash(one) == predictions_hash(dict(reversed(one.items())))
    changed = {**one, "b": {"va": np.full((1, 2), 1e-7, np.float32)}}
    assert predictions_hash(one) != predictions_hash(changed)
    assert predictions_hash(one) != predictions_hash({"a": one["a"]})
