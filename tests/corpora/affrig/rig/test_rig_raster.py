"""The compiled triangle work on cases small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.corpora.affrig.rig import overlay, raster

#: Clockwise on the picture, as front faces are: the lower left half of an 8 x 8 picture, then the whole of it.
HALF = np.array([[0, 0, 1], [0, 8, 1], [8, 8, 1]], np.float32)


def _buffers(size: int = 8) -> tuple[np.ndarray, np.ndarray]:
    return np.full((size, size), np.inf, np.float32), np.full((size, size), -1, np.int32)


def test_a_triangle_covers_the_pixels_whose_centres_it_holds() -> None:
    depth, owner = _buffers()
    raster.cover(HALF, np.array([[0, 1, 2]], np.int32), False, depth, owner)
    row, column = np.mgrid[0:8, 0:8]
    assert (owner == np.where(row >= column, 0, -1)).all()
    assert (depth[owner == 0] == 1).all()


def test_back_faces_are_skipped_unless_asked_for() -> None:
    for two_sided, covered in ((False, 0), (True, 36)):
        depth, owner = _buffers()
        raster.cover(HALF, np.array([[0, 2, 1]], np.int32), two_sided, depth, owner)
        assert (owner >= 0).sum() == covered


def test_the_nearer_triangle_wins_in_either_order() -> None:
    screen = np.concatenate([HALF, HALF - np.array([0, 0, 0.5])]).astype(np.float32)
    for order in ([[0, 1, 2], [3, 4, 5]], [[3, 4, 5], [0, 1, 2]]):
        depth, owner = _buffers()
        raster.cover(screen, np.array(order, np.int32), False, depth, owner)
        near = 1 if order[0][0] == 0 else 0
        assert set(np.unique(owner)) == {-1, near}


def test_triangles_outside_or_without_area_draw_nothing() -> None:
    outside = HALF + np.array([20, -30, 0])
    flat = np.array([[1, 1, 1], [4, 4, 1], [7, 7, 1]])
    screen = np.concatenate([outside, flat]).astype(np.float32)
    depth, owner = _buffers()
    raster.cover(screen, np.array([[0, 1, 2], [3, 4, 5]], np.int32), True, depth, owner)
    assert (owner == -1).all()


def test_spread_interpolates_linearly() -> None:
    depth, owner = _buffers()
    triangles = np.array([[0, 1, 2]], np.int32)
    raster.cover(HALF, triangles, False, depth, owner)
    out = np.full((8, 8, 1), -5, np.float32)
    raster.spread(np.ascontiguousarray(HALF[:, :1]), HALF, triangles, owner, out)
    row, column = np.mgrid[0:8, 0:8]
    assert out[..., 0] == pytest.approx(np.where(row >= column, column + 0.5, -5), abs=1e-4)


def test_deform_adds_the_weighted_rows_only() -> None:
    rest = np.zeros((4, 3), np.float32)
    start, index = np.array([0, 1, 3], np.int32), np.array([0, 1, 3], np.int32)
    delta = np.array([[1, 0, 0], [0, 2, 0], [0, 0, 3]], np.float32)
    out = np.empty_like(rest)
    raster.deform(rest, start, index, delta, np.array([0.0, 0.5], np.float32), out)
    assert out.tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 1.5]]


def test_normals_of_a_plane_point_the_same_way() -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    out = np.empty_like(points)
    raster.normals(points, np.array([[0, 1, 2], [0, 2, 3]], np.int32), out)
    assert out == pytest.approx(np.tile([0, 0, 1], (4, 1)), abs=1e-6)


def test_resolve_averages_over_the_background() -> None:
    colour = np.zeros((4, 4, 3), np.float32)
    colour[:2, :2] = [1.0, 0.0, 0.5]
    owner = np.full((4, 4), -1, np.int32)
    owner[:2, :2] = 0
    owner[0, 0] = -1
    background = np.full((2, 2, 3), 0.2, np.float32)
    linear = np.rint(np.linspace(0, 2, 4001)[:-1] * 100).astype(np.uint8)
    out = np.empty((2, 2, 3), np.uint8)
    overlay.resolve(colour, owner, background, linear, 2, out)
    assert out[0, 0].tolist() == pytest.approx([80, 5, 42], abs=1)
    assert out[1, 1].tolist() == pytest.approx([20, 20, 20], abs=1)


def test_tone_curve_rises_and_never_clips_early() -> None:
    curve = overlay.tone_curve().astype(int)
    assert (np.diff(curve) >= 0).all()
    assert curve[0] == 0
    assert curve[len(curve) // 2] < 255
