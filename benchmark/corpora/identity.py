"""Which corpus this is: the sidecar of the synthetic one, or a fingerprint of file names, sizes and crop counts."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import UserError
from benchmark.progress import progress

SIDECAR = "affrig.json"


@dataclass(frozen=True, slots=True)
class Identity:
    """What the sidecar of a synthetic corpus says: its size and the fingerprint of its content."""

    size: str
    fingerprint: str


def read_identity(root: Path) -> Identity | None:
    """The sidecar of a synthetic corpus; None for a real one.

    Raises:
        UserError: the sidecar is damaged.
    """
    path = root / SIDECAR
    if not path.is_file():
        return None
    mend = f"delete {root} and run the command again"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read as JSON ({error}); {mend}.") from None
    for key in ("size", "fingerprint"):
        value = data.get(key) if isinstance(data, dict) else None
        if not isinstance(value, str) or not value:
            raise UserError(f"{path}: {key} is {value!r}, expected a text; {mend}.")
    return Identity(data["size"], data["fingerprint"])


def manifest_fingerprint(root: Path, annotations: Iterable[Path], crop_roots: Iterable[Path]) -> str:
    """SHA-256 over names and sizes of the annotation files and the number of crops of each trial.

    No label and no picture is read, so it is cheap, and two copies of one release agree wherever they lie.

    Args:
        root: folder that the names are relative to.
        annotations: files, or folders of files.
        crop_roots: folders with one folder of crops per trial.
    """
    digest = hashlib.sha256()
    files = sorted({file for path in annotations for file in (path.iterdir() if path.is_dir() else [path])})
    for file in files:
        digest.update(f"{file.relative_to(root).as_posix()}|{file.stat().st_size}\n".encode())
    folders = sorted({folder for crops in crop_roots if crops.is_dir() for folder in crops.iterdir()})
    with progress("trials") as bar:
        counting = bar.add_task("Counting crops", total=len(folders), note="")
        for folder in folders:
            if folder.is_dir():
                with os.scandir(folder) as entries:
                    count = sum(entry.name.endswith(".jpg") for entry in entries)
                digest.update(f"{folder.relative_to(root).as_posix()}|{count}\n".encode())
            bar.advance(counting)
    return digest.hexdigest()
