"""Lists of a test release: trial names, and the images that every prediction file must answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.names import is_plain_name, parse_image
from benchmark.corpora.rows import decode_lines, read_text_bytes, shorten
from benchmark.errors import UserError


@dataclass(frozen=True, slots=True)
class ImageRows:
    """Images in file order; an image that is listed twice is there twice.

    Attributes:
        trials: R trial names.
        frames: (R,) int64 frame numbers, 1-based.
    """

    trials: tuple[str, ...]
    frames: NDArray[np.int64]

    def by_trial(self) -> dict[str, NDArray[np.int64]]:
        """Trial -> its rows (0-based positions in the file), ordered by frame number, then by position."""
        names = sorted(set(self.trials))
        code = {name: i for i, name in enumerate(names)}
        codes = np.fromiter((code[trial] for trial in self.trials), dtype=np.int64, count=len(self.trials))
        order = np.lexsort((self.frames, codes))  # stable
        starts = np.searchsorted(codes[order], np.arange(1, len(names)))
        return dict(zip(names, np.split(order, starts), strict=True)) if names else {}


def read_names(path: Path) -> tuple[str, ...]:
    """Read a list of trials, one a line, no header.

    Raises:
        UserError: the list is empty, or a line is no plain name or comes twice; names the line.
    """
    first_seen: dict[str, int] = {}
    lines = decode_lines(path, read_text_bytes(path, "one trial name per line"))
    for number, line in enumerate(lines, start=1):
        name = line.strip()
        if not is_plain_name(name):
            raise UserError(f"{path}:{number}: found {shorten(line)}, expected the name of a trial.")
        if name in first_seen:
            raise UserError(f"{path}:{number}: trial {name} stands already in line {first_seen[name]}.")
        first_seen[name] = number
    return tuple(first_seen)


def read_images(path: Path) -> ImageRows:
    """Read an image list or an official sample file: the first field of each row counts, a header is skipped.

    Raises:
        UserError: the file is empty or a row does not start with ``<trial>/<00001>.jpg``; names the line.
    """
    expected = "one image location such as video45_1/00001.jpg per line"
    lines = decode_lines(path, read_text_bytes(path, expected))
    start = 1 if lines[0].strip().lower().startswith("image") and parse_image(first_field(lines[0])) is None else 0
    if start == len(lines):
        raise UserError(f"{path}: the file holds a header and no row; expected {expected}.")
    return parse_images(path, [first_field(line) for line in lines[start:]], first_line=start + 1)


def parse_images(path: Path, locations: list[str], first_line: int) -> ImageRows:
    """Image rows from their locations, the first of which stands in line ``first_line`` of ``path``."""
    trials: list[str] = []
    frames = np.empty(len(locations), dtype=np.int64)
    numbers: dict[str, int] = {}  # file name -> number: a look-up instead of a pattern match for each of a million rows
    known: dict[str, str] = {}  # trials whose name was checked; a million rows share one string a trial
    for row, location in enumerate(locations):
        trial, _, file = location.rpartition("/")
        number = numbers.get(file) if trial in known else None
        if number is None:
            image = parse_image(location)
            if image is None:
                raise UserError(
                    f"{path}:{row + first_line}: found {shorten(location)}, expected an image location such as "
                    "video45_1/00001.jpg (numbers start at 00001)."
                )
            number = numbers[file] = image[1]
            known[trial] = trial
        trials.append(known[trial])
        frames[row] = number
    return ImageRows(tuple(trials), frames)


def join_images(parts: Sequence[ImageRows]) -> ImageRows:
    """Rows of several parts of a file, one after the other."""
    trials = tuple(trial for part in parts for trial in part.trials)
    return ImageRows(trials, np.concatenate([part.frames for part in parts]))


def first_field(line: str) -> str:
    """What stands before the first comma, without blank space."""
    return line.partition(",")[0].strip()
