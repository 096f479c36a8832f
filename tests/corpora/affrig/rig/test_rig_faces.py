"""Pictures: repeatable, moved where an action unit should move them, different between people, whole in any pose."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from benchmark.corpora.affrig.rig import Appearance, View, load_rig, sample_appearance
from benchmark.corpora.affrig.rig.appearance import HAIR_STYLES
from benchmark.tasks import ACTION_UNITS

RIG = load_rig()
PLAIN = RIG.face(Appearance(hair_style="cropped"))
EVEN_LIGHT = View(light=(0.0, 0.4, 1.0), background="plain")
REST = np.zeros(len(RIG.units))
#: Rows (share of the height) between which the middle of an action unit's change must lie.
REGIONS = {
    **dict.fromkeys(("AU1", "AU2", "AU4"), (0.15, 0.36)),
    **dict.fromkeys(("AU6", "AU7"), (0.36, 0.56)),
    **dict.fromkeys(("AU10", "AU12", "AU15", "AU23", "AU24", "AU25", "AU26"), (0.56, 0.86)),
}


def _weights(action: str, intensity: float = 1.0, balance: float = 0.0) -> np.ndarray:
    actions = np.zeros((1, len(RIG.actions)))
    actions[0, RIG.action(action)] = intensity
    return RIG.weights(actions, balance)[0]


def _change(weights: np.ndarray, view: View = EVEN_LIGHT) -> np.ndarray:
    pictures = [PLAIN.render(w, view).astype(float) for w in (REST, weights)]
    return np.abs(pictures[1] - pictures[0]).mean(2)


def test_a_picture_is_rgb_bytes_of_the_asked_size() -> None:
    for size, supersample in ((112, 2), (64, 1), (80, 3)):
        picture = PLAIN.render(REST, size=size, supersample=supersample)
        assert picture.shape == (size, size, 3)
        assert picture.dtype == np.uint8
    assert PLAIN.render(REST)[56, 56, 0] > PLAIN.render(REST)[56, 56, 2], "skin is redder than blue"


def test_same_arguments_give_the_same_bytes_also_in_threads() -> None:
    person = sample_appearance(np.random.default_rng(8))
    jobs = [(_weights(unit, 0.7), View(yaw=0.1 * k, background="clutter")) for k, unit in enumerate(ACTION_UNITS)]
    face, again = RIG.face(person), RIG.face(person)
    serial = [face.render(*job).tobytes() for job in jobs]
    with ThreadPoolExecutor(2) as pool:
        threaded = list(pool.map(lambda job: again.render(*job).tobytes(), jobs))
    assert threaded == serial


@pytest.mark.parametrize("unit", ACTION_UNITS)
def test_each_action_unit_moves_its_region_on_both_sides_alike(unit: str) -> None:
    change = _change(_weights(unit))
    assert change.mean() > 0.3
    low, high = REGIONS[unit]
    row = (change.sum(1) * np.arange(112)).sum() / change.sum() / 112
    assert low < row < high
    assert np.corrcoef(change.ravel(), change[:, ::-1].ravel())[0, 1] > 0.9


@pytest.mark.parametrize("unit", ["AU2", "AU4", "AU6", "AU7", "AU12", "AU15", "AU45"])
def test_one_sided_action_moves_the_asked_side(unit: str) -> None:
    left, right = _change(_weights(unit, balance=1.0)), _change(_weights(unit, balance=-1.0))
    assert left[:, 56:].sum() > 0.7 * left.sum(), "the person's left is on the viewer's right"
    assert right[:, :56].sum() > 0.7 * right.sum()


def test_more_intensity_moves_more() -> None:
    for unit in ACTION_UNITS:
        assert _change(_weights(unit, 0.3)).sum() < _change(_weights(unit, 0.9)).sum()


def test_brow_lowerer_carves_a_furrow_between_the_brows() -> None:
    """AU4 darkens and lightens the skin there, beyond what moving the mesh does."""
    furrow = RIG.layers.drive.copy()
    weights = _weights("AU4")
    with_furrow = PLAIN.render(weights, EVEN_LIGHT).astype(float)[26:42, 48:64]
    try:
        RIG.layers.drive[:] = 0
        without = PLAIN.render(weights, EVEN_LIGHT).astype(float)[26:42, 48:64]
    finally:
        RIG.layers.drive[:] = furrow
    assert np.abs(with_furrow - without).max() > 25


def test_weights_are_clipped_and_never_nan_in_pictures() -> None:
    assert (PLAIN.render(REST - 3) == PLAIN.render(REST)).all()
    assert (PLAIN.render(REST + np.nan) == PLAIN.render(REST)).all()
    assert (PLAIN.render(REST + 5) == PLAIN.render(REST + 1)).all()
    with pytest.raises(ValueError, match="weights have shape"):
        PLAIN.render(REST[:-1])


def test_people_differ_and_so_do_their_noise_seeds() -> None:
    pictures = [RIG.face(sample_appearance(np.random.default_rng([3, k]))).render(REST).astype(float) for k in range(6)]
    for a in range(6):
        for b in range(a):
            assert np.abs(pictures[a] - pictures[b]).mean() > 6
    other = RIG.face(replace(PLAIN.appearance, seed=1)).render(REST)
    assert 0 < np.abs(other.astype(float) - PLAIN.render(REST)).mean() < 4


@pytest.mark.parametrize("style", HAIR_STYLES)
def test_each_hair_style_and_glasses_show(style: str) -> None:
    person = replace(PLAIN.appearance, hair_style=style)
    picture = RIG.face(person).render(REST, EVEN_LIGHT).astype(float)
    worn = RIG.face(replace(person, glasses=True)).render(REST, EVEN_LIGHT).astype(float)
    assert np.abs(worn - picture)[35:65].mean() > 1
    if style != "cropped":
        assert np.abs(picture - PLAIN.render(REST, EVEN_LIGHT)).mean() > 1


@pytest.mark.parametrize(
    "view",
    [
        View(yaw=1.57), View(yaw=-1.57), View(yaw=3.14), View(pitch=1.4), View(pitch=-1.4), View(roll=3.0),
        View(scale=0.1), View(scale=8.0), View(shift_x=3.0), View(light=(0.0, 0.0, -1.0)), View(light=(0.0, 0.0, 0.0)),
        View(light_intensity=9.0, ambient=4.0), View(light_intensity=0.0, ambient=0.0), View(gaze_x=-5.0, gaze_y=5.0),
    ],
)  # fmt: skip
def test_extreme_views_draw_without_failing(view: View) -> None:
    picture = PLAIN.render(REST + 1, view)
    assert picture.shape == (112, 112, 3)
    assert (picture == PLAIN.render(REST + 1, view)).all()


def test_light_comes_from_where_it_is_asked() -> None:
    left, right = (
        PLAIN.render(REST, View(light=(x, 0.2, 0.5), background="plain"))[40:95].astype(float) for x in (-1, 1)
    )
    assert left[:, 25:50].mean() > left[:, 62:87].mean() + 20
    assert right[:, 62:87].mean() > right[:, 25:50].mean() + 20


def test_gaze_moves_the_eyes_only() -> None:
    change = np.abs(
        PLAIN.render(REST, replace(EVEN_LIGHT, gaze_x=1.0)).astype(float) - PLAIN.render(REST, EVEN_LIGHT)
    ).mean(2)
    assert change[36:54].sum() > 0.98 * change.sum() > 0


def test_background_is_seeded_and_behind_the_face() -> None:
    views = [View(background="clutter", background_seed=s) for s in (1, 1, 2)]
    first, same, other = (PLAIN.render(REST, v).astype(int) for v in views)
    assert (first == same).all()
    changed = np.abs(first - other).sum(2) > 0
    assert changed[:8, :8].any()
    assert not changed[40:95, 40:72].any()
