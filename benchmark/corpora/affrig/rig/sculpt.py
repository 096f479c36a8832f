"""One person's head at rest: identity targets, hair that stands off or hangs down, spectacles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.affrig.rig import curtain, hair, raster
from benchmark.corpora.affrig.rig.appearance import ANCESTRIES, Appearance
from benchmark.corpora.affrig.rig.asset import Asset, Part
from benchmark.corpora.affrig.rig.glasses import make_glasses
from benchmark.corpora.affrig.rig.template import Template
from benchmark.errors import unknown_name

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]


@dataclass(frozen=True)
class Head:
    """Geometry of one person.

    Attributes:
        rest: (V', 3) vertices; the mesh's own V come first, rigid pieces (long hair, glasses) follow.
        triangles: (M', 3).
        parts: (M',) `Part` of each.
        uv: (V', 2) texture column and row.
        landmarks: (3, 3) right eye, left eye, mouth.
    """

    rest: F32
    triangles: I32
    parts: NDArray[np.uint8]
    uv: F32
    landmarks: F32


def _identity_weights(person: Appearance) -> dict[str, float]:
    total = max(sum(person.ancestry.get(name, 0.0) for name in ANCESTRIES), 1e-9)
    weights: dict[str, float] = {}
    for age, share in (("young", 1 - person.age), ("old", person.age)):
        for name in ANCESTRIES:
            weights[f"{name}-{person.sex}-{age}"] = share * person.ancestry.get(name, 0.0) / total
    return weights | person.shape | person.asymmetry


def _identity(person: Appearance, asset: Asset) -> F32:
    rest = asset.vertices.copy()
    for name, weight in _identity_weights(person).items():
        if name not in asset.shapes.names:
            raise unknown_name("identity target", name, asset.shapes.names)
        if weight:
            rest += np.float32(weight) * asset.shapes.dense(name, len(rest))
    return rest


def _landmarks(rest: F32, template: Template) -> F32:
    masks = (template.eye_side < 0, template.eye_side > 0, (template.lips > 0.5) & template.skin_vertices)
    return np.stack([rest[mask].mean(0) for mask in masks]).astype(np.float32)


def _glasses(rest: F32, landmarks: F32, template: Template) -> tuple[F32, I32]:
    x, y, z = template.vertices.T
    ridge = template.skin_vertices & (np.abs(x) < 0.05) & (np.abs(y - 7.33) < 0.06)
    temples = template.skin_vertices & (np.abs(y - 7.36) < 0.08) & (z > 0.6) & (z < 0.9)
    return make_glasses(landmarks[:2], float(rest[ridge, 2].max()), float(np.abs(rest[temples, 0]).max()))


def sculpt(person: Appearance, asset: Asset, template: Template, hanging: curtain.Curtain) -> Head:
    """Build one person's geometry.

    Raises:
        UserError: ``person.shape`` or ``person.asymmetry`` names no identity target.
    """
    rest = _identity(person, asset)
    landmarks = _landmarks(rest, template)
    pieces: list[tuple[F32, I32, Part, F32]] = []
    if person.glasses:
        vertices, triangles = _glasses(rest, landmarks, template)
        pieces.append((vertices, triangles, Part.FRAME, np.zeros((len(vertices), 2), np.float32)))
    normal = np.empty_like(rest)
    raster.normals(rest, template.solid, normal)
    skin = template.skin_vertices
    style = hair.STYLES[person.hair_style]
    rest += (style.thickness * hair.coverage(person.hair_style, template.vertices) * skin)[:, None] * normal
    if style.curtain:
        vertices = curtain.fit(hanging, template.vertices[skin], rest[skin])
        strand = hanging.strand[:, None] * np.array([template.lip_map.shape[1], 0], np.float32)
        pieces.append((vertices, hanging.triangles, Part.HAIR, strand))
    all_triangles, all_parts, uv = template.solid, template.solid_parts, template.uv
    for vertices, triangles, part, at in pieces:
        all_triangles = np.concatenate([all_triangles, triangles + np.int32(len(rest))])
        all_parts = np.concatenate([all_parts, np.full(len(triangles), part, np.uint8)])
        rest, uv = np.concatenate([rest, vertices]), np.concatenate([uv, at])
    return Head(rest, all_triangles, all_parts, uv, landmarks)
