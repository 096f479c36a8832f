"""One person: identity geometry, paint and baked light, ready to be rendered frame by frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.affrig.rig import hair, occlusion, paint, raster, shade
from benchmark.corpora.affrig.rig.appearance import ANCESTRIES, Appearance
from benchmark.corpora.affrig.rig.asset import Part
from benchmark.corpora.affrig.rig.backdrop import backdrop
from benchmark.corpora.affrig.rig.camera import DISTANCE, make_camera
from benchmark.corpora.affrig.rig.view import View
from benchmark.errors import unknown_name

if TYPE_CHECKING:
    from benchmark.corpora.affrig.rig.rig import Rig

F32 = NDArray[np.float32]

_FRONTAL = View()
_FILL = 0.22
_CURVE = shade.tone_curve()


class Face:
    """A person made by `Rig.face`; `render` is safe to call from several threads."""

    def __init__(self, rig: Rig, appearance: Appearance) -> None:
        self.appearance = appearance
        self._rig = rig
        template = rig.template
        curtain = hair.STYLES[appearance.hair_style].curtain
        self._triangles = np.concatenate([template.solid, template.hair]) if curtain else template.solid
        hairs = np.full(len(self._triangles) - len(template.solid), Part.HAIR, np.uint8)
        self._parts = np.concatenate([template.solid_parts, hairs])
        self._rest = self._identity()
        self._add_hair()
        self._landmarks = self._find_landmarks()
        self._pivot = np.array([0.0, self._landmarks[:, 1].mean(), self._landmarks[:, 2].mean() - 0.75], np.float32)
        self._texture, self._bare = paint.paint(appearance, template)
        self._iris = paint.to_linear(np.array(appearance.eye_colour))
        self._hair = paint.to_linear(np.array(appearance.hair_colour))
        rng = np.random.default_rng([appearance.seed, 1])
        strands = 1 + 0.28 * rng.standard_normal(self._texture.shape[1])
        self._strands = np.clip(strands, 0.4, 1.8).astype(np.float32)
        self._bake()

    def _identity(self) -> F32:
        person, asset = self.appearance, self._rig.asset
        total = sum(person.ancestry.get(name, 0.0) for name in ANCESTRIES)
        weights: dict[str, float] = {}
        for age, share in (("young", 1 - person.age), ("old", person.age)):
            for name in ANCESTRIES:
                weights[f"{name}-{person.sex}-{age}"] = share * person.ancestry.get(name, 0.0) / max(total, 1e-9)
            heavy, light = max(person.weight, 0.0), max(-person.weight, 0.0)
            for name, part in (("average", 1 - heavy - light), ("max", heavy), ("min", light)):
                weights[f"universal-{person.sex}-{age}-{name}"] = share * part
        rest = asset.vertices.copy()
        for name, weight in (weights | person.shape | person.asymmetry).items():
            if name not in asset.shapes.names:
                raise unknown_name("identity target", name, asset.shapes.names)
            if weight:
                rest += np.float32(weight) * asset.shapes.dense(name, len(rest))
        return rest

    def _add_hair(self) -> None:
        template, style = self._rig.template, self.appearance.hair_style
        normal = np.empty_like(self._rest)
        raster.normals(self._rest, template.solid, normal)
        share = hair.coverage(style, template.vertices) * template.skin_vertices
        self._rest += (hair.STYLES[style].thickness * share)[:, None] * normal

    def _find_landmarks(self) -> F32:
        template = self._rig.template
        masks = (template.eye_side < 0, template.eye_side > 0, (template.lips > 0.5) & template.skin_vertices)
        return np.stack([self._rest[mask].mean(0) for mask in masks]).astype(np.float32)

    def _bake(self) -> None:
        template, count = self._rig.template, len(self._rest)
        normal = np.empty_like(self._rest)
        raster.normals(self._rest, self._triangles, normal)
        self._towards = occlusion.directions()
        self._seen = occlusion.visibility(self._rest, normal, self._triangles, self._towards)
        self._ambient = occlusion.ambient(self._seen, normal, self._towards)
        self._attributes = np.zeros((count, shade.ATTRIBUTES), np.float32)
        self._attributes[:, shade.UV : shade.UV + 2] = template.uv
        self._attributes[:, shade.AMBIENT] = self._ambient
        self._attributes[:, shade.RAY : shade.RAY + 3] = template.eye_ray

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
        rig = self._rig
        if np.shape(weights) != (len(rig.units),):
            raise ValueError(f"weights have shape {np.shape(weights)}; expected ({len(rig.units)},)")
        unit = np.clip(np.nan_to_num(np.asarray(weights, np.float32)), 0.0, 1.0)
        side = size * supersample
        camera = make_camera(view, self._landmarks, self._pivot, side)
        points, seen, screen = (np.empty_like(self._rest) for _ in range(3))
        deltas = rig.asset.units
        raster.deform(self._rest, deltas.start, deltas.index, deltas.delta, unit, points)
        raster.project(points, camera.rotation, self._pivot, DISTANCE, camera.picture, seen, screen)
        attributes = self._attributes.copy()
        raster.normals(seen, self._triangles, attributes[:, : shade.UV])
        lamp = _lamp(view)
        shade.light_received(self._seen, self._towards, lamp[:3] @ camera.rotation, self._ambient, attributes)
        depth = np.full((side, side), np.inf, np.float32)
        owner = np.full((side, side), -1, np.int32)
        raster.cover(screen, self._triangles, False, depth, owner)
        colour = np.empty((side, side, 3), np.float32)
        shade.shade(
            owner, screen, self._triangles, self._parts, attributes, self._texture, rig.layers.group, rig.layers.relief,
            self._bare, self._furrows(unit), rig.arc, camera.rotation, lamp, _gaze(view), self._iris, self._hair,
            self._strands, colour,
        )  # fmt: skip
        shade.shade_lids(owner, self._parts, max(2, side // 26), colour)
        shade.draw_lashes(screen, rig.template.lashes, rig.template.lash_alpha, 0.85, depth, colour)
        picture = np.empty((size, size, 3), np.uint8)
        shade.resolve(colour, owner, backdrop(view, size), _CURVE, supersample, picture)
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
