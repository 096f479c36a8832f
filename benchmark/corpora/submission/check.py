"""Checking a submission against the rows that the test release asks for; the first wrong line is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.corpora.lists import ImageRows
from benchmark.corpora.names import parse_image
from benchmark.corpora.rows import decode_lines, shorten
from benchmark.corpora.submission.formats import Format
from benchmark.corpora.submission.values import row_check
from benchmark.errors import UserError
from benchmark.progress import progress

#: Wrong values that are named one by one; the rest are counted.
_NAMED = 10
_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with a submission.

    Attributes:
        file: file or folder.
        line: number of the line, from 1; 0 if the fault is of the whole file.
        what: what was found and what was expected.
    """

    file: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}" if self.line else f"{self.file}: {self.what}"


def check_submission(path: Path, asked: ImageRows, about: Format) -> list[Fault]:
    """Everything that is wrong with a submission, the first wrong line first; empty if nothing.

    Args:
        path: prediction file, or folder of per-trial files.
        asked: rows it must have, in order.
        about: its format.

    Raises:
        UserError: there is nothing to read at ``path``.
    """
    with progress("rows") as bar:
        step = bar.add_task("Checking", total=len(asked.trials), note="")
        check = _check_folder if about.per_trial else _check_file
        return check(path, asked, about, lambda rows: bar.advance(step, rows))


def locations(asked: ImageRows) -> list[str]:
    """Image locations of the rows, as files write them."""
    return [f"{trial}/{frame:05d}.jpg" for trial, frame in zip(asked.trials, asked.frames.tolist(), strict=True)]


def _check_file(path: Path, asked: ImageRows, about: Format, advance: Callable[[int], None]) -> list[Fault]:
    if not path.is_file():
        raise UserError(f"{path}: expected one prediction file for {about.task} of edition {about.edition}.")
    lines, faults = _read(path)
    if not lines:
        return faults
    first, faults_of_header = _check_header(path, lines[0], about)
    faults += faults_of_header
    rows = lines[first:]
    faults += _check_locations(path, [row.partition(",")[0] for row in rows], asked, first + 1)
    faults += _check_values(path, [row.partition(",")[2] for row in rows], about, first + 1, advance)
    return sorted(faults, key=lambda fault: (fault.line == 0, fault.line))


def _read(path: Path) -> tuple[list[str], list[Fault]]:
    """Lines of a file without blank ones at its end, and what is wrong with it as a text."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); expected a prediction file.") from None
    if data.startswith(b"\xef\xbb\xbf"):
        return [], [Fault(path, 1, "begins with a byte-order mark, expected plain text")]
    data = data.replace(b"\r\n", b"\n").rstrip(b"\n")
    if not data.strip():
        return [], [Fault(path, 0, "is empty, expected a header and one row for each image")]
    try:
        return decode_lines(path, data), []
    except UserError as error:
        return [], [Fault(path, data[: _first_bad_byte(data)].count(b"\n") + 1, str(error).partition(": ")[2])]


def _first_bad_byte(data: bytes) -> int:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    return len(data)


def _check_header(path: Path, line: str, about: Format) -> tuple[int, list[Fault]]:
    """Index of the first row, and what is wrong with the header."""
    if line == about.header:
        return 1, []
    first_field = line.partition(",")[0]
    is_row = not row_check(about)(line) if about.per_trial else parse_image(first_field) is not None
    found = f"no header but {shorten(line)}" if is_row else f"the header {shorten(line)}"
    return 0 if is_row else 1, [Fault(path, 1, f'found {found}, expected "{about.header}"')]


def _check_locations(path: Path, found: Sequence[str], asked: ImageRows, first_line: int) -> list[Fault]:
    expected = locations(asked)
    if list(found) == expected:
        return []
    at = next((i for i, pair in enumerate(zip(found, expected, strict=False)) if pair[0] != pair[1]), None)
    if at is not None:
        faults = [Fault(path, at + first_line, f"found {shorten(found[at])}, expected {expected[at]}")]
    elif len(found) < len(expected):
        what = f"the file ends after {len(found)} rows, expected {len(expected)}: {expected[len(found)]} comes next"
        faults = [Fault(path, len(found) + first_line - 1, what)]
    else:
        what = f"found {shorten(found[len(expected)])}, expected the end of the file after {len(expected)} rows"
        faults = [Fault(path, len(expected) + first_line, what)]
    missing, extra = Counter(expected) - Counter(found), Counter(found) - Counter(expected)
    if missing:
        first = next(place for place in expected if place in missing)
        faults.append(Fault(path, 0, f"{missing.total()} of {len(expected)} images are missing, first {first}"))
    if extra:
        line = _first_surplus(found, Counter(expected)) + first_line
        what = f"{extra.total()} rows are of images not asked for, or twice, the first in line {line}"
        faults.append(Fault(path, 0, what))
    if not missing and not extra:
        faults.append(Fault(path, 0, "holds every image, but in another order than the sample file"))
    return faults


def _first_surplus(found: Sequence[str], allowed: Counter[str]) -> int:
    """Index of the first row that is there more often than it may be."""
    for index, place in enumerate(found):
        allowed[place] -= 1
        if allowed[place] < 0:
            return index
    return len(found)


def _check_values(
    path: Path, rows: Sequence[str], about: Format, first_line: int, advance: Callable[[int], None]
) -> list[Fault]:
    check = row_check(about)
    faults: list[Fault] = []
    bad = 0
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        for line, row in enumerate(part, start=first_line + start):
            wrong = check(row)
            if wrong:
                bad += 1
                if bad <= _NAMED:
                    faults.append(Fault(path, line, wrong))
        advance(len(part))
    if bad > _NAMED:
        faults.append(Fault(path, 0, f"{bad - _NAMED} more rows hold wrong values"))
    return faults


def _check_folder(folder: Path, asked: ImageRows, about: Format, advance: Callable[[int], None]) -> list[Fault]:
    if not folder.is_dir():
        raise UserError(f"{folder}: expected a folder with one file for each trial, as of edition {about.edition}.")
    counts = {trial: len(rows) for trial, rows in asked.by_trial().items()}
    faults = []
    for trial, count in counts.items():
        path = folder / f"{trial}.txt"
        if not path.is_file():
            faults.append(Fault(path, 0, f"is missing, expected a file of {count} rows"))
            continue
        lines, faults_of_file = _read(path)
        faults += faults_of_file
        if not lines:
            continue
        first, faults_of_header = _check_header(path, lines[0], about)
        rows = lines[first:]
        faults += faults_of_header
        if len(rows) != count:
            at = min(len(rows), count) + first
            faults.append(Fault(path, at, f"found {len(rows)} rows, expected {count}"))
        faults += _check_values(path, rows, about, first + 1, advance)
    extra = sorted(path.name for path in folder.iterdir() if path.name not in {f"{trial}.txt" for trial in counts})
    return faults + [Fault(folder / name, 0, "is of no test trial") for name in extra]
