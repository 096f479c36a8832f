"""The pieces of work that are worth remembering: one folder of crops, or one video."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing to check.

    Attributes:
        kind: what it is.
        path: folder of crops, or media file, relative to the corpus.
        root: resolved path of the corpus.
    """

    kind: Literal["crops", "video"]
    path: str
    root: Path

    @property
    def key(self) -> str:
        """What its result is remembered by."""
        return f"{self.kind}:{os.fsencode(self.path).decode('utf-8', 'backslashreplace')}"

    @property
    def place(self) -> Path:
        """Where it is."""
        return self.root / self.path


@dataclass(frozen=True, slots=True)
class Remembered:
    """A result from an earlier check.

    Attributes:
        state: what the file system said about the files then.
        full: whether everything was decoded.
        result: of the check, as plain data.
    """

    state: str
    full: bool
    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of checking a unit, or of finding it unchanged.

    Attributes:
        state: what the file system says about the files.
        result: as plain data.
        fresh: whether it was checked just now.
        age: seconds between the last change of any of the files and the check.
    """

    state: str
    result: dict[str, Any]
    fresh: bool
    age: float


def check_unit(unit: Unit, full: bool, known: Remembered | None) -> Outcome:
    """Check a unit, unless an earlier result still holds: same names, sizes, times and inodes, as thorough a check."""
    if unit.kind == "crops":
        return _check_crops(unit, full, known)
    from benchmark.corpora.check.video_file import VideoFile, check_video

    began = time.time()
    try:
        found = unit.place.stat()
    except OSError as error:
        return Outcome("", VideoFile(problem=error.strerror or str(error)).to_json(), fresh=True, age=0.0)
    facts = f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"
    state = hashlib.blake2b(facts.encode(), digest_size=20).hexdigest()
    age = began - max(found.st_mtime, found.st_ctime)
    held = _held(known, state, full)
    if held is not None:
        return Outcome(state, held, fresh=False, age=age)
    result = check_video(unit.place, full).to_json()
    return Outcome(state, result, fresh=True, age=age)


def _check_crops(unit: Unit, full: bool, known: Remembered | None) -> Outcome:
    from benchmark.corpora.check.crop_folder import CropFolder, Defect, check_crops, list_folder

    began = time.time()
    try:
        listing = list_folder(unit.place)
    except OSError as error:
        unread = CropFolder(defects={"folder-unreadable": Defect(1, [("", error.strerror or str(error))])})
        return Outcome("", unread.to_json(), fresh=True, age=0.0)
    held = _held(known, listing.state, full)
    if held is not None:
        return Outcome(listing.state, held, fresh=False, age=began - listing.newest)
    result = check_crops(unit.place, listing, str(unit.root), full).to_json()
    return Outcome(listing.state, result, fresh=True, age=began - listing.newest)


def _held(known: Remembered | None, state: str, full: bool) -> dict[str, Any] | None:
    """The known result, if it still holds and was as thorough."""
    return known.result if known and known.state == state and (known.full or not full) else None
