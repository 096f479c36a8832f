"""Per-trial annotation files: every row that is neither a label nor the marker, not only the first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.annotations import Annotation, parse_labels, read_annotation
from benchmark.corpora.check.finding import Findings
from benchmark.corpora.check.listed import Listed
from benchmark.corpora.names import is_plain_name
from benchmark.corpora.rows import decode_lines, read_text_bytes, shorten, split_fields
from benchmark.corpora.trials import every_frame
from benchmark.errors import UserError
from benchmark.tasks import EXPRESSIONS, HEADS

#: Bad rows of a file that are named one by one; the rest are counted.
NAMED = 20
_COPY = re.compile(r" ?\(\d+\)$| - copy$|_copy$", re.IGNORECASE)
_SIDE = re.compile(r"[-_. ](left|right)$", re.IGNORECASE)


def read_folder(folder: Path, head: str, findings: Findings) -> list[Listed]:
    """Read every annotation file of a folder; what is wrong with them goes to the findings."""
    trials = []
    try:
        files = sorted(folder.iterdir(), key=lambda path: path.stem)
    except OSError as error:
        findings.add("folder-unreadable", folder, error.strerror or str(error))
        return []
    for path in files:
        if path.name.startswith("."):
            continue
        if path.is_dir():
            findings.add("stray-file", path, "a folder, whose files are not read; expected <trial>.txt only")
            continue
        if path.suffix != ".txt":
            findings.add("stray-file", path, "expected <trial>.txt only")
            continue
        if not is_plain_name(path.stem):
            findings.add("annotation-name", path)
            continue
        _check_name(path, findings)
        labels = read_file(path, head, findings)
        if labels is not None:
            source = findings.relative(path)
            trials.append(Listed(path.stem, source, every_frame(len(labels.valid)), {head: labels.valid}))
    return trials


def read_file(path: Path, head: str, findings: Findings) -> Annotation | None:
    """Labels of one file, bad rows as if they were marked; None if it has no rows."""
    try:
        labels = read_annotation(path, head)
    except UserError:
        return _read_damaged(path, head, findings)
    _check_halves(path, head, labels, findings)
    if not labels.valid.any():
        findings.add("no-label", path, f"{len(labels.valid)} rows")
    return labels


def bad_rows(
    path: Path, head: str, lines: Sequence[str], first_line: int, findings: Findings, classes: int | None = None
) -> Annotation | None:
    """Labels of the lines of one head; every bad row is named, or counted if they are many, and taken as marked.

    Args:
        path: file they come from.
        head: head key.
        lines: its rows, without line ends.
        first_line: number of the first of them.
        findings: where bad rows go.
        classes: number of classes, if fewer than the head has.
    """
    spec = HEADS[head]
    marker = ",".join([str(spec.invalid)] * (1 if spec.kind == "classes" else spec.width))
    verdicts: dict[str, str] = {}
    kept, bad = [], 0
    for number, line in enumerate(lines, start=first_line):
        if line not in verdicts:
            verdicts[line] = _verdict(path, head, line, classes)
        if verdicts[line]:
            bad += 1
            if bad <= NAMED:
                findings.add("annotation-row", f"{findings.relative(path)}:{number}", verdicts[line])
        kept.append(marker if verdicts[line] else line)
    if bad > NAMED:
        findings.add("annotation-row", path, "and more rows of this file", bad - NAMED)
    return parse_labels(path, head, kept, first_line, classes) if kept else None


def _verdict(path: Path, head: str, line: str, classes: int | None) -> str:
    """Why a row is bad; empty if it is good."""
    try:
        parse_labels(path, head, [line], 1, classes)
    except UserError as error:
        return str(error).removeprefix(f"{path}:1: ").rstrip(".")
    return ""


def _read_damaged(path: Path, head: str, findings: Findings) -> Annotation | None:
    spec = HEADS[head]
    try:
        lines = decode_lines(path, read_text_bytes(path, "labels"))
    except UserError as error:
        findings.add_error("annotation-empty" if "is empty" in str(error) else "annotation-unreadable", error)
        return None
    names = tuple(split_fields(lines[0]))
    first, classes = 1, None
    if names == spec.names or (head == "expr" and names == EXPRESSIONS[:7]):
        classes = len(names)
    else:
        found = f"found the header {shorten(lines[0])}, expected {shorten(','.join(spec.names))}"
        findings.add("annotation-header", f"{findings.relative(path)}:1", found)
        first = 0 if not _verdict(path, head, lines[0], None) else 1
    if not lines[first:]:
        findings.add("annotation-empty", path, "a header and no row")
        return None
    if _another_task(path, head, lines[first : first + 50], classes):
        return None  # one finding tells it: the header
    return bad_rows(path, head, lines[first:], first + 1, findings, classes)


def _another_task(path: Path, head: str, lines: Sequence[str], classes: int | None) -> bool:
    """Whether no row at all fits, so that naming each of them helps nobody; a fitting header makes them all bad."""
    return classes is None and all(_verdict(path, head, line, None) for line in lines)


def _check_name(path: Path, findings: Findings) -> None:
    if _COPY.search(path.stem):
        findings.add("annotation-copy", path)
    side = _SIDE.search(path.stem)
    if side and side[0] not in ("_left", "_right"):
        findings.add("side-spelling", path, f'found "{side[0]}"')


def _check_halves(path: Path, head: str, labels: Annotation, findings: Findings) -> None:
    if head != "va":
        return
    marked: NDArray[np.bool_] = labels.labels == HEADS["va"].invalid
    halves = int((marked[:, 0] != marked[:, 1]).sum())
    if halves:
        findings.add("va-half", path, "", halves)
