"""Head pose and the framing of the aligned crop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.affrig.rig.view import View

F32 = NDArray[np.float32]

#: Camera to head, decimetres.
DISTANCE = 9.0
#: Where an aligner puts the two eyes and the mouth, as shares of the picture (Aff-Wild2 ``cropped_aligned``).
_ALIGNED = np.array([(0.335, 0.40), (0.665, 0.40), (0.5, 0.75)])


@dataclass(frozen=True)
class Camera:
    """Rotation (3, 3) head to camera, and the picture transform (6,) of `raster.project`."""

    rotation: F32
    picture: F32


def _rotation(yaw: float, pitch: float) -> NDArray[np.float64]:
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    turn: NDArray[np.float64] = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    nod: NDArray[np.float64] = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    return nod @ turn


def make_camera(view: View, landmarks: F32, pivot: F32, size: int) -> Camera:
    """Fit scale and place so that the landmarks fall where an aligner would put them, then apply what it got wrong.

    Args:
        view: pose and residual misalignment.
        landmarks: (3, 3) right eye, left eye, mouth of the resting face, head space.
        pivot: (3,) point the head turns about.
        size: pixels of the (supersampled) picture.
    """
    rotation = _rotation(view.yaw, view.pitch)
    seen = (landmarks.astype(np.float64) - pivot) @ rotation.T
    flat = seen[:, :2] * (DISTANCE / (DISTANCE - seen[:, 2:])) * [1, -1]
    found, wanted = flat - flat.mean(0), _ALIGNED - _ALIGNED.mean(0)
    scale = float((found * wanted).sum() / max((found * found).sum(), 1e-6))
    # Beyond a profile the eyes swap sides; no aligner would follow, so the fit keeps a usable size.
    scale = max(scale, 0.25)
    offset = _ALIGNED.mean(0) - scale * flat.mean(0)
    # Columns of a 2 x 3 transform from the projected plane (y up) to the picture (y down), about its centre.
    cr, sr = np.cos(view.roll) * view.scale, np.sin(view.roll) * view.scale
    turn = np.array([[cr, -sr], [sr, cr]])
    linear = turn @ np.diag([scale, -scale])
    place = turn @ (offset - 0.5) + 0.5 + [view.shift_x, view.shift_y]
    picture = np.column_stack([linear, place]) * size
    return Camera(rotation.astype(np.float32), picture.reshape(-1).astype(np.float32))
