"""One person: identity geometry, paint and baked light, ready to be rendered frame by frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from benchmark.corpora.affrig.rig import occlusion, overlay, paint, raster, shade
from benchmark.corpora.affrig.rig.appearance import Appearance
from benchmark.corpora.affrig.rig.backdrop import backdrop
from benchmark.corpora.affrig.rig.camera import DISTANCE, make_camera
from benchmark.corpora.affrig.rig.sculpt import sculpt
from benchmark.corpora.affrig.rig.view import View

if TYPE_CHECKING:
    from benchmark.corpora.affrig.rig.rig import Rig

F32 = NDArray[np.float32]

_FRONTAL = View()
_FILL = 0.22
#: The head turns about a point this far behind the face, decimetres.
_PIVOT_DEPTH = 0.75
_CURVE = overlay.tone_curve()


class Face:
    """A person made by `Rig.face`; `render` is safe to call from several threads."""

    def __init__(self, rig: Rig, appearance: Appearance) -> None:
        self.appearance = appearance
        self._rig = rig
        self._head = sculpt(appearance, rig.asset, rig.template, rig.curtain)
        middle = self._head.landmarks.mean(0)
        self._pivot = np.array([0.0, middle[1], middle[2] - _PIVOT_DEPTH], np.float32)
        self._texture, self._bare = paint.paint(appearance, rig.template)
        self._iris = paint.to_linear(np.array(appearance.eye_colour))
        self._hair = paint.to_linear(np.array(appearance.hair_colour))
        noise = gaussian_filter1d(np.random.default_rng([appearance.seed, 1]).standard_normal(len(rig.arc)), 1.5)
        self._strands = np.clip(1 + 0.25 * noise / noise.std(), 0.4, 1.8).astype(np.float32)
        self._lash = 0.9 if appearance.sex == "female" else 0.6
        self._bake()

    def _bake(self) -> None:
        head = self._head
        normal = np.empty_like(head.rest)
        raster.normals(head.rest, head.triangles, normal)
        self._towards = occlusion.directions()
        self._seen = occlusion.visibility(head.rest, normal, head.triangles, self._towards)
        self._ambient = occlusion.ambient(self._seen, normal, self._towards)
        self._attributes = np.zeros((len(head.rest), shade.ATTRIBUTES), np.float32)
        self._attributes[:, shade.UV : shade.UV + 2] = head.uv
        self._attributes[:, shade.AMBIENT] = self._ambient
        rays = self._rig.template.eye_ray
        self._attributes[: len(rays), shade.RAY : shade.RAY + 3] = rays

    def _furrows(self, weights: F32) -> F32:
        layers, age = self._rig.layers, np.float32(self.appearance.age)
        dynamic = np.minimum(weights @ layers.drive, 1.2) * (0.7 + 0.5 * age)
        deep: F32 = np.clip(dynamic + layers.with_age * age, 0, 1.5).astype(np.float32)
        return deep

    def render(
        self, weights: NDArray[np.floating], view: View = _FRONTAL, size: int = 112, supersample: int = 2
    ) -> NDArray[np.uint8]:
        """One picture of the face.

        Args:
            weights: (U,) unit weights, clipped to [0, 1].
            view: camera, pose, light and surroundings.
            size: side of the picture in pixels.
            supersample: samples a pixel along each side.

        Returns:
            (size, size, 3) uint8 RGB.

        Raises:
            ValueError: ``weights`` has another shape.
        """
        rig, head = self._rig, self._head
        if np.shape(weights) != (len(rig.units),):
            raise ValueError(f"weights have shape {np.shape(weights)}; expected ({len(rig.units)},)")
        unit = np.clip(np.nan_to_num(np.asarray(weights, np.float32)), 0.0, 1.0)
        # The lids ride on the cornea: they rise and fall with the gaze.
        unit[rig.lids_up] = np.maximum(unit[rig.lids_up], np.clip(view.gaze_y, 0, 1))
        unit[rig.lids_down] = np.maximum(unit[rig.lids_down], np.clip(-view.gaze_y, 0, 1))
        side = size * supersample
        camera = make_camera(view, head.landmarks, self._pivot, side)
        points, seen, screen = (np.empty_like(head.rest) for _ in range(3))
        deltas = rig.asset.units
        raster.deform(head.rest, deltas.start, deltas.index, deltas.delta, unit, points)
        raster.project(points, camera.rotation, self._pivot, DISTANCE, camera.picture, seen, screen)
        screen[: len(rig.eye_setback), 2] += rig.eye_setback
        attributes = self._attributes.copy()
        raster.normals(seen, head.triangles, attributes[:, : shade.UV])
        lamp = _lamp(view)
        shade.light_received(self._seen, self._towards, lamp[:3] @ camera.rotation, self._ambient, attributes)
        depth = np.full((side, side), np.inf, np.float32)
        owner = np.full((side, side), -1, np.int32)
        raster.cover(screen, head.triangles, False, depth, owner)
        colour = np.empty((side, side, 3), np.float32)
        shade.shade(
            owner, screen, head.triangles, head.parts, attributes, self._texture, rig.layers.group, rig.layers.relief,
            self._bare, self._furrows(unit), rig.arc, camera.rotation, lamp, _gaze(view), self._iris, self._hair,
            self._strands, colour,
        )  # fmt: skip
        overlay.shade_lids(owner, head.parts, max(2, side // 26), colour)
        overlay.draw_lashes(screen, rig.template.lashes, rig.template.lash_alpha, self._lash, depth, colour)
        picture = np.empty((size, size, 3), np.uint8)
        overlay.resolve(colour, owner, backdrop(view, size), _CURVE, supersample, picture)
        return picture


def _lamp(view: View) -> F32:
    direction = np.array(view.light, np.float64)
    direction /= max(float(np.linalg.norm(direction)), 1e-9)
    half = direction + np.array([0.0, 0.0, 1.0])
    half /= max(float(np.linalg.norm(half)), 1e-9)
    colour = np.array(view.light_colour) * view.light_intensity * 0.95
    return np.concatenate([direction, half, colour, [view.ambient, _FILL * view.light_intensity]]).astype(np.float32)


def _gaze(view: View) -> F32:
    across, up = 0.5 * np.clip(view.gaze_x, -1, 1), 0.4 * np.clip(view.gaze_y, -1, 1)
    return np.array([np.sin(across) * np.cos(up), np.sin(up), np.cos(across) * np.cos(up)], np.float32)
