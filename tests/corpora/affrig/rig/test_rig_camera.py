"""Framing: the landmarks of every person and pose fall where an aligner would put them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmark.corpora.affrig.rig import View, load_rig, raster, sample_appearance
from benchmark.corpora.affrig.rig.camera import DISTANCE, make_camera
from benchmark.corpora.affrig.rig.sculpt import sculpt

RIG = load_rig()
PIVOT = np.array([0, 7, 0.6], np.float32)


def _landmarks(seed: int) -> np.ndarray:
    person = sample_appearance(np.random.default_rng([5, seed]))
    return sculpt(person, RIG.asset, RIG.template, RIG.curtain).landmarks


def _on_picture(landmarks: np.ndarray, view: View, size: int = 100) -> np.ndarray:
    camera = make_camera(view, landmarks, PIVOT, size)
    seen, screen = np.empty_like(landmarks), np.empty_like(landmarks)
    raster.project(landmarks, camera.rotation, PIVOT, DISTANCE, camera.picture, seen, screen)
    return screen[:, :2] / size


@pytest.mark.parametrize("seed", range(6))
def test_frontal_crop_has_eyes_at_40_and_mouth_at_75_percent(seed: int) -> None:
    right_eye, left_eye, mouth = _on_picture(_landmarks(seed), View())
    assert right_eye[1] == pytest.approx(0.40, abs=0.03)
    assert left_eye[1] == pytest.approx(0.40, abs=0.03)
    assert mouth[1] == pytest.approx(0.75, abs=0.05)
    assert mouth[0] == pytest.approx(0.5, abs=0.03)
    assert left_eye[0] > right_eye[0], "the person's left is on the viewer's right"


@pytest.mark.parametrize("view", [View(yaw=0.7), View(yaw=-0.7), View(pitch=0.5), View(pitch=-0.5)])
def test_pose_keeps_the_middle_of_the_face_in_place(view: View) -> None:
    assert _on_picture(_landmarks(0), view).mean(0) == pytest.approx([0.5, 0.5167], abs=0.002)


def test_residual_misalignment_moves_the_picture_as_asked() -> None:
    landmarks = _landmarks(1)
    plain = _on_picture(landmarks, View())
    assert _on_picture(landmarks, View(shift_x=0.1, shift_y=-0.05)) == pytest.approx(
        plain + np.array([0.1, -0.05]), abs=1e-4
    )
    assert _on_picture(landmarks, View(scale=1.5)) == pytest.approx(0.5 + 1.5 * (plain - 0.5), abs=1e-4)
    turned = _on_picture(landmarks, View(roll=np.pi / 2)) - 0.5
    assert turned == pytest.approx(np.stack([-(plain - 0.5)[:, 1], (plain - 0.5)[:, 0]], 1), abs=1e-4)


def test_positive_yaw_and_pitch_turn_right_and_down() -> None:
    landmarks = _landmarks(2)
    nose = landmarks.mean(0) + np.array([0, 0, 0.4])
    for view, axis in ((View(yaw=0.4), 0), (View(pitch=0.4), 1)):
        points = np.concatenate([landmarks, [nose]]).astype(np.float32)
        camera = make_camera(view, landmarks, PIVOT, 100)
        seen, screen = np.empty_like(points), np.empty_like(points)
        raster.project(points, camera.rotation, PIVOT, DISTANCE, camera.picture, seen, screen)
        assert screen[3, axis] > screen[:3, axis].mean() + 5


def test_any_view_gives_a_finite_camera() -> None:
    landmarks = _landmarks(3)
    for yaw in np.linspace(-np.pi, np.pi, 9):
        camera = make_camera(replace(View(), yaw=float(yaw), pitch=1.5), landmarks, PIVOT, 224)
        assert np.isfinite(camera.picture).all()
