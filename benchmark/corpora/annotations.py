"""Annotation files of one trial: a header, then one row per video frame. Strict on values, tolerant of blank space."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.rows import decode_lines, read_text_bytes, shorten, split_fields
from benchmark.errors import UserError
from benchmark.tasks import ACTION_UNITS, EXPRESSIONS, HEADS, Head

_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}")
_FLOAT_BYTES = b"0123456789+-.eE, \t\r"

#: Editions 1 and 2 had seven expressions, in the same order.
_SEVEN_EXPRESSIONS = EXPRESSIONS[:7]


#: Distinct rows of units that are remembered from file to file: all 4,096 and as many spellings again.
_KNOWN_UNITS = 8192


@dataclass(frozen=True, slots=True)
class Annotation:
    """Labels of one head for the N frames of a trial.

    Attributes:
        labels: va float32 (N, 2); expr and ce int64 (N,); au int64 (N, 12). Rows without a label hold the marker.
        valid: (N,) bool, True where the row is a label.
    """

    labels: NDArray[Any]
    valid: NDArray[np.bool_]


def join(parts: Sequence[Annotation]) -> Annotation:
    """Rows of several annotations of one head, one after the other."""
    return Annotation(np.concatenate([one.labels for one in parts]), np.concatenate([one.valid for one in parts]))


class _BadRowError(ValueError):
    """A row is neither a label nor the marker; the text says what was found and expected."""


def read_annotation(path: Path, head: str) -> Annotation:
    """Read one per-trial annotation file (or a prediction file of editions 1 to 3, which has the same format).

    A VA row counts iff both values lie in [-1, 1], an EXPR or CE row iff it is a class number, an AU row iff all 12
    values are 0 or 1; the markers are -5 (either or both), -1, and twelve times -1.

    Raises:
        UserError: the file is empty, the header is not the head's, or a row is neither label nor marker; names the
            line, what was found and what was expected.
    """
    spec = HEADS[head]
    expected = f'the header "{",".join(spec.names)}" and one row per frame'
    header, *rows = decode_lines(path, read_text_bytes(path, expected))
    width = _check_header(path, header, spec)
    if not rows:
        raise UserError(f"{path}: the file holds a header and no row; expected {expected}.")
    return parse_labels(path, head, rows, first_line=2, classes=width)


def parse_labels(
    path: Path, head: str, lines: Sequence[str], first_line: int, classes: int | None = None
) -> Annotation:
    """Labels and validity of lines that hold the fields of one head.

    Args:
        path: file they come from, for error messages.
        head: head key.
        lines: N lines without their ends.
        first_line: number of the first of them in the file.
        classes: number of classes, if fewer than the head has (editions 1 and 2).

    Raises:
        UserError: a line is neither label nor marker; names file and line.
    """
    spec = HEADS[head]
    if spec.kind == "regression":
        values = _fast_floats(lines)
        if values is None:
            values = _parse_rows(path, lines, _parse_va, first_line)
        return Annotation(values.astype(np.float32), _inside(values[:, 0]) & _inside(values[:, 1]))
    last = (classes or spec.width) - 1
    parse = _parse_au if spec.kind == "binary" else lambda line: _parse_class(line, last)
    labels = _parse_rows(path, lines, parse, first_line).astype(np.int64)
    return Annotation(labels[:, 0] if spec.kind == "classes" else labels, labels[:, 0] >= 0)


def _parse_rows(
    path: Path, lines: Sequence[str], parse: Callable[[str], tuple[float, ...]], first_line: int
) -> NDArray[np.float64]:
    """Parse every line; equal lines are parsed once, which makes files of few distinct rows fast.

    Returns:
        (N, fields) float64.

    Raises:
        UserError: a line is bad; names file and line.
    """
    position: dict[str, int] = {}
    distinct: list[tuple[float, ...]] = []
    index = np.empty(len(lines), dtype=np.int64)
    for row, line in enumerate(lines):
        found = position.get(line)
        if found is None:
            try:
                distinct.append(parse(line))
            except _BadRowError as error:
                raise UserError(f"{path}:{row + first_line}: {error}.") from None
            found = position[line] = len(distinct) - 1
        index[row] = found
    return np.asarray(distinct, dtype=np.float64)[index]


def _inside(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (values >= -1) & (values <= 1)


def _parse_va(line: str) -> tuple[float, ...]:
    fields = split_fields(line)
    numbers = [float(field) for field in fields if _FLOAT.fullmatch(field)]
    good = len(fields) == len(numbers) == 2 and all(-1 <= x <= 1 or x == HEADS["va"].invalid for x in numbers)
    if not good:
        raise _BadRowError(f"found {shorten(line)}, expected valence,arousal in [-1, 1] or the marker -5")
    return tuple(numbers)


def _parse_class(line: str, last: int) -> tuple[float, ...]:
    field = line.strip()
    if not _INTEGER.fullmatch(field) or not -1 <= int(field) <= last:
        raise _BadRowError(f"found {shorten(line)}, expected one class number in 0..{last} or the marker -1")
    return (float(field),)


@lru_cache(_KNOWN_UNITS)
def _parse_au(line: str) -> tuple[float, ...]:
    fields = split_fields(line)
    numbers = [int(field) for field in fields if _INTEGER.fullmatch(field)]
    known = set(numbers) <= {0, 1} or set(numbers) == {-1}
    if len(fields) != len(ACTION_UNITS) or len(numbers) != len(fields) or not known:
        raise _BadRowError(f"found {shorten(line)}, expected 12 values of 0 or 1, or twelve times the marker -1")
    return tuple(float(number) for number in numbers)


def _fast_floats(lines: Sequence[str]) -> NDArray[np.float64] | None:
    """Valence and arousal of each line, or None if anything is unusual; the exact parser then finds the line."""
    joined = ",".join(lines)
    if not joined.isascii() or joined.encode().translate(None, _FLOAT_BYTES):
        return None
    if any(line.count(",") != 1 for line in lines):
        return None
    try:
        values = np.array([float(cell) for cell in joined.split(",")]).reshape(-1, 2)
    except ValueError:
        return None
    return values if (_inside(values) | (values == HEADS["va"].invalid)).all() else None


def _check_header(path: Path, header: str, spec: Head) -> int:
    """Number of classes or columns that the header announces."""
    names = tuple(split_fields(header))
    accepted = (spec.names, _SEVEN_EXPRESSIONS) if spec.key == "expr" else (spec.names,)
    if names not in accepted:
        raise UserError(
            f'{path}:1: found the header {shorten(",".join(names))}, expected "{",".join(spec.names)}" for {spec.key}.'
        )
    return len(names)
