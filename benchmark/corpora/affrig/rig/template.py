"""The head at rest, unrolled: texture coordinates, where each texel lies on the head, and the facial landmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from benchmark.corpora.affrig.rig import raster
from benchmark.corpora.affrig.rig.asset import Asset, Part

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]

#: Texture size (rows, columns): about 160 texels a decimetre, twice what a 112-pixel face shows when supersampled.
TEXTURE = (480, 640)
#: Lower lashes are this much thinner than upper ones.
_LOWER_LASH = 0.4
#: The head is unrolled around a vertical axis at this depth, over these angles and heights.
_AXIS_Z, _HALF_ANGLE, _LOW_Y, _HIGH_Y = 0.35, np.deg2rad(120.0), 5.5, 8.5


@dataclass(frozen=True)
class Template:
    """What is the same for every person.

    Attributes:
        solid: (M, 3) triangles drawn front side only, all but the lashes.
        solid_parts: (M,) `Part` of each.
        lashes: (L, 3) triangles of the lashes.
        uv: (V, 2) texture column and row of each vertex, in texels.
        lips: (V,) share of lip skin.
        eye_side: (V,) +1 on the person's left eyeball, -1 on the right, 0 elsewhere.
        eye_ray: (V, 3) direction from the eyeball's centre, unit length on eyeballs, 0 elsewhere.
        lash_alpha: (V,) opacity of lashes, 1 at the root and 0 at the tip.
        position: (H, W, 3) head-space position of each texel.
        lip_map: (H, W) lip share of each texel.
        skin_vertices: (V,) bool, outer skin.
        vertices: (V, 3) the base mesh.
    """

    solid: I32
    solid_parts: NDArray[np.uint8]
    lashes: I32
    uv: F32
    lips: F32
    eye_side: F32
    eye_ray: F32
    lash_alpha: F32
    position: F32
    lip_map: F32
    skin_vertices: NDArray[np.bool_]
    vertices: F32


def _vertices_of(asset: Asset, part: Part) -> NDArray[np.bool_]:
    member = np.zeros(len(asset.vertices), bool)
    member[asset.triangles[asset.parts == part]] = True
    return member


def _unroll(vertices: F32) -> F32:
    rows, columns = TEXTURE
    angle = np.arctan2(vertices[:, 0], vertices[:, 2] - _AXIS_Z)
    u = (angle / _HALF_ANGLE + 1) / 2 * columns
    v = (_HIGH_Y - vertices[:, 1]) / (_HIGH_Y - _LOW_Y) * rows
    return np.stack([np.clip(u, 0, columns - 1), np.clip(v, 0, rows - 1)], 1).astype(np.float32)


def _texel_maps(asset: Asset, uv: F32) -> tuple[F32, F32]:
    columns = TEXTURE[1]
    triangles = asset.triangles[asset.parts == Part.SKIN]
    # Unrolled, the outermost skin wins; a triangle that wraps around the back of the head would smear over everything.
    wraps = np.ptp(uv[triangles][..., 0], axis=1) > columns / 2
    triangles = np.ascontiguousarray(triangles[~wraps])
    radius = np.hypot(asset.vertices[:, 0], asset.vertices[:, 2] - _AXIS_Z)
    screen = np.column_stack([uv, 10.0 - radius]).astype(np.float32)
    depth = np.full(TEXTURE, np.inf, np.float32)
    owner = np.full(TEXTURE, -1, np.int32)
    raster.cover(screen, triangles, True, depth, owner)
    values = np.column_stack([asset.vertices, asset.lips]).astype(np.float32)
    maps = np.zeros((*TEXTURE, 4), np.float32)
    raster.spread(values, screen, triangles, owner, maps)
    nearest = distance_transform_edt(owner < 0, return_distances=False, return_indices=True)
    maps = maps[nearest[0], nearest[1]]
    return np.ascontiguousarray(maps[..., :3]), np.ascontiguousarray(maps[..., 3])


def _eyes(asset: Asset) -> tuple[F32, F32, F32]:
    vertices = asset.vertices
    eye = _vertices_of(asset, Part.EYE)
    side = np.where(eye, np.sign(vertices[:, 0]), 0).astype(np.float32)
    ray = np.zeros_like(vertices)
    alpha = np.zeros(len(vertices), np.float32)
    lash = _vertices_of(asset, Part.LASH)
    for sign in (1.0, -1.0):
        ball = side == sign
        low, high = vertices[ball].min(0), vertices[ball].max(0)
        centre = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, 0.0], np.float32)
        centre[2] = high[2] - (high[1] - low[1]) / 2
        offset = vertices[ball] - centre
        ray[ball] = offset / np.linalg.norm(offset, axis=1, keepdims=True)
        hairs = lash & (np.sign(vertices[:, 0]) == sign)
        reach = np.linalg.norm(vertices[hairs] - centre, axis=1)
        alpha[hairs] = 1 - (reach - reach.min()) / np.ptp(reach)
        alpha[hairs & (vertices[:, 1] < centre[1])] *= _LOWER_LASH
    return side, ray.astype(np.float32), alpha


def make_template(asset: Asset) -> Template:
    """Derive everything the painter and the shader share from the mesh at rest."""
    uv = _unroll(asset.vertices)
    position, lip_map = _texel_maps(asset, uv)
    side, ray, alpha = _eyes(asset)
    solid = asset.parts != Part.LASH
    return Template(
        solid=np.ascontiguousarray(asset.triangles[solid]),
        solid_parts=np.ascontiguousarray(asset.parts[solid]),
        lashes=np.ascontiguousarray(asset.triangles[asset.parts == Part.LASH]),
        uv=uv,
        lips=asset.lips,
        eye_side=side,
        eye_ray=ray,
        lash_alpha=alpha,
        position=position,
        lip_map=lip_map,
        skin_vertices=_vertices_of(asset, Part.SKIN),
        vertices=asset.vertices,
    )


def texel_grid() -> tuple[F32, F32, tuple[float, float]]:
    """Distance from the midline along the skin (H, W), height (H, W), and the size of a texel, all in decimetres.

    The distance takes the head for a cylinder of the face's mean radius, which is within a tenth of the truth on the
    face itself.
    """
    rows, columns = TEXTURE
    radius = 1.0
    angle = ((np.arange(columns, dtype=np.float32) + 0.5) / columns * 2 - 1) * _HALF_ANGLE
    height = _HIGH_Y - (np.arange(rows, dtype=np.float32) + 0.5) / rows * (_HIGH_Y - _LOW_Y)
    arc, up = np.meshgrid((radius * angle).astype(np.float32), height.astype(np.float32))
    return arc, up, (float(radius * 2 * _HALF_ANGLE / columns), (_HIGH_Y - _LOW_Y) / rows)


def column_directions() -> F32:
    """Cosine and sine (W, 2) of the angle of each texture column around the head."""
    columns = TEXTURE[1]
    angle = ((np.arange(columns) + 0.5) / columns * 2 - 1) * _HALF_ANGLE
    return np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.float32)
