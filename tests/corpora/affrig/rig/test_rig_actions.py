"""Action intensities to unit weights: names, balance, clipping, and the weights themselves."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from benchmark.corpora.affrig.rig import load_rig
from benchmark.corpora.affrig.rig.actions import ACTIONS, RECIPES
from benchmark.errors import UserError
from benchmark.tasks import ACTION_UNITS

RIG = load_rig()
#: Weights of every action alone, even and one-sided, in ten-thousandths; a changed recipe must change this on purpose.
GOLDEN = "2170f58da0dea5f83d221c27909d5fefddabc1dcba5c3eb5b4b39c481f00d118"


def test_actions_begin_with_the_annotated_units_in_their_order() -> None:
    assert RIG.actions[: len(ACTION_UNITS)] == ACTION_UNITS
    assert len(set(ACTIONS)) == len(ACTIONS)
    for name in ("AU5", "AU9", "AU14", "AU17", "AU18", "AU20", "AU45", *(f"viseme_{v}" for v in "pfaeiout")):
        assert RIG.action(name) == RIG.actions.index(name)


def test_unknown_action_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UserError, match=r'unknown facial action "AU46".*Did you mean "AU'):
        RIG.action("AU46")


def test_weights_of_every_action_are_as_agreed() -> None:
    alone = np.eye(len(ACTIONS))
    values = np.concatenate([RIG.weights(alone), RIG.weights(alone, 1.0), RIG.weights(alone, -0.5)])
    digest = hashlib.sha256(np.rint(values * 1e4).astype("<i4").tobytes()).hexdigest()
    assert digest == GOLDEN


def test_even_balance_gives_both_sides_the_recipe() -> None:
    alone = RIG.weights(np.eye(len(ACTIONS)))
    for row, recipe in enumerate(RECIPES.values()):
        for name, weight in recipe.items():
            for unit in (name[:-1] + "Left", name[:-1] + "Right") if name.endswith("*") else (name,):
                assert alone[row, RIG.units.index(unit)] == pytest.approx(weight)
        assert (alone[row] > 0).sum() == sum(2 if name.endswith("*") else 1 for name in recipe)


@pytest.mark.parametrize(("balance", "left", "right"), [(1.0, 0.9, 0.0), (-1.0, 0.0, 0.9), (0.25, 0.9, 0.675)])
def test_balance_moves_weight_to_one_side(balance: float, left: float, right: float) -> None:
    intensity = np.zeros((1, len(ACTIONS)))
    intensity[0, RIG.action("AU12")] = 1.0
    weights = RIG.weights(intensity, balance)[0]
    assert weights[RIG.units.index("mouthSmileLeft")] == pytest.approx(left)
    assert weights[RIG.units.index("mouthSmileRight")] == pytest.approx(right)


def test_balance_may_differ_by_frame_and_by_action() -> None:
    rng = np.random.default_rng(1)
    intensity, balance = rng.random((4, len(ACTIONS))), rng.uniform(-1, 1, 4)
    by_frame = RIG.weights(intensity, balance)
    for k in range(4):
        assert by_frame[k] == pytest.approx(RIG.weights(intensity[k : k + 1], float(balance[k]))[0])
    same = np.repeat(balance[:, None], len(ACTIONS), 1)
    assert RIG.weights(intensity, same) == pytest.approx(by_frame)


def test_weights_are_clipped_and_never_nan() -> None:
    wild = np.full((2, len(ACTIONS)), 7.0)
    wild[1] = np.nan
    weights = RIG.weights(wild, 9.0)
    assert weights.min() >= 0
    assert weights.max() <= 1
    assert (weights[1] == 0).all()
    assert weights.dtype == np.float32


def test_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected \(T, "):
        RIG.weights(np.zeros(len(ACTIONS)))
