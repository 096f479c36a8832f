"""The rig asset: one compressed file of mesh, expression units and identity targets, checked by its digest."""

from __future__ import annotations

import hashlib
import json
import lzma
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from benchmark.errors import UserError

PATH = Path(__file__).with_name("head.safetensors.xz")
SHA256 = "f11510d76dba6012cec6943246c4c7d61e6baa339830f6e19ddc5f63abbf7c87"

#: One quantum of a position and of a deformation, in decimetres (the source writes deformations in steps of 1e-3).
_POSITION_STEP, _DELTA_STEP = 1e-4, 5e-4


class Part(IntEnum):
    """What a triangle belongs to; decides how it is coloured."""

    SKIN = 0
    MOUTH = 1
    NOSTRIL = 2
    EYE = 3
    TEETH = 4
    TONGUE = 5
    HAIR = 6
    LASH = 7
    FRAME = 8


@dataclass(frozen=True)
class Deltas:
    """Sparse deformations: row k moves vertices ``index[start[k]:start[k+1]]`` by ``delta[start[k]:start[k+1]]``."""

    names: tuple[str, ...]
    start: NDArray[np.int32]
    index: NDArray[np.int32]
    delta: NDArray[np.float32]

    def dense(self, name: str, count: int) -> NDArray[np.float32]:
        """One deformation over all ``count`` vertices: (count, 3) float32, decimetres."""
        row = self.names.index(name)
        rows = slice(self.start[row], self.start[row + 1])
        moved = np.zeros((count, 3), np.float32)
        moved[self.index[rows]] = self.delta[rows]
        return moved


@dataclass(frozen=True)
class Asset:
    """The head: vertices (V, 3) decimetres, triangles (M, 3), `Part` of each (M,), lip share (V,) in [0, 1]."""

    vertices: NDArray[np.float32]
    triangles: NDArray[np.int32]
    parts: NDArray[np.uint8]
    lips: NDArray[np.float32]
    units: Deltas
    shapes: Deltas


def _pack_deltas(prefix: str, rows: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[Any]]:
    starts, indices, deltas = [0], [], []
    for moved in rows.values():
        quantised = np.rint(moved / _DELTA_STEP).astype(np.int16)
        index = np.flatnonzero(quantised.any(1))
        # Gaps between neighbouring indices are small and repeat, so they compress far better than the indices.
        indices.append(np.diff(index, prepend=0).astype(np.uint16))
        deltas.append(quantised[index])
        starts.append(starts[-1] + len(index))
    delta = np.concatenate(deltas)
    return {
        f"{prefix}.start": np.array(starts, np.int32),
        f"{prefix}.gap": np.concatenate(indices),
        **{f"{prefix}.d{axis}": np.ascontiguousarray(delta[:, k]) for k, axis in enumerate("xyz")},
    }


def _unpack_deltas(prefix: str, names: list[str], tensors: Mapping[str, NDArray[Any]]) -> Deltas:
    start = tensors[f"{prefix}.start"]
    gap = tensors[f"{prefix}.gap"].astype(np.int32)
    index = np.concatenate([np.cumsum(gap[a:b], dtype=np.int32) for a, b in pairwise(start)])
    delta = np.stack([tensors[f"{prefix}.d{axis}"] for axis in "xyz"], 1).astype(np.float32) * np.float32(_DELTA_STEP)
    return Deltas(tuple(names), start, index, delta)


def pack(
    *,
    vertices: NDArray[np.float64],
    triangles: NDArray[np.int64],
    parts: NDArray[np.uint8],
    lips: NDArray[np.uint8],
    units: Mapping[str, NDArray[np.float64]],
    shapes: Mapping[str, NDArray[np.float64]],
) -> bytes:
    """Quantise and compress; the same input gives the same bytes (fixed tensor order, no time stamp)."""
    names = json.dumps({"units": list(units), "shapes": list(shapes)}, separators=(",", ":")).encode()
    tensors: dict[str, NDArray[Any]] = {
        "names": np.frombuffer(names, np.uint8),
        "vertices": np.ascontiguousarray(np.rint(vertices / _POSITION_STEP).astype(np.int32).T),
        "triangles": triangles.astype(np.uint16),
        "parts": parts,
        "lips": lips,
    }
    tensors |= _pack_deltas("units", units) | _pack_deltas("shapes", shapes)
    return lzma.compress(save(tensors), format=lzma.FORMAT_XZ, preset=9 | lzma.PRESET_EXTREME)


def unpack(data: bytes) -> Asset:
    """The inverse of `pack`."""
    tensors = load(lzma.decompress(data, format=lzma.FORMAT_XZ))
    names = json.loads(tensors["names"].tobytes())
    return Asset(
        vertices=np.ascontiguousarray(tensors["vertices"].T.astype(np.float32) * np.float32(_POSITION_STEP)),
        triangles=tensors["triangles"].astype(np.int32),
        parts=tensors["parts"],
        lips=tensors["lips"].astype(np.float32) / np.float32(255),
        units=_unpack_deltas("units", names["units"], tensors),
        shapes=_unpack_deltas("shapes", names["shapes"], tensors),
    )


def load_asset(path: Path = PATH) -> Asset:
    """Read and check the asset.

    Raises:
        UserError: the file is missing, or its SHA-256 is not the one this version was made with.
    """
    mend = "git checkout -- benchmark/corpora/affrig/rig, or reinstall the package"
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UserError(
            f'the face rig "{path}" is missing; expected the file that comes with the package: {mend}'
        ) from None
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256:
        raise UserError(f'the face rig "{path}" has SHA-256 {found}; expected {SHA256}: {mend}')
    return unpack(data)
