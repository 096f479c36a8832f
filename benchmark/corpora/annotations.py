"""Annotation files of one trial: a header, then one row per video frame. Strict on values, tolerant of blank space."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.rows import decode_lines, read_text_bytes, shorten, split_fields
from benchmark.errors import UserError
from benchmark.tasks import ACTION_UNITS, EXPRESSIONS, HEADS, Head

_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}")
_FLOAT_BYTES = b"0123456789+-.eE, \t\r\n"

#: Editions 1 and 2 had seven expressions, in the same order.
_SEVEN_EXPRESSIONS = EXPRESSIONS[:7]


@dataclass(frozen=True, slots=True)
class Annotation:
    """Labels of one head for the N frames of a trial.

    Attributes:
        labels: va float32 (N, 2); expr and ce int64 (N,); au int64 (N, 12). Rows without a label hold the marker.
        valid: (N,) bool, True where the row is a label.
    """

    labels: NDArray[Any]
    valid: NDArray[np.bool_]


class BadRowError(ValueError):
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
    data = read_text_bytes(path, expected)
    header, _, body = data.partition(b"\n")
    width = _check_header(path, header, spec)
    if not body:
        raise UserError(f"{path}: the file holds a header and no row; expected {expected}.")
    if spec.kind == "regression":
        values = _fast_floats(body)
        if values is not None:
            return annotation(head, values)
    rows = parse_rows(path, decode_lines(path, body), row_parser(head, width), first_line=2)
    return annotation(head, rows)


def annotation(head: str, rows: NDArray[Any]) -> Annotation:
    """Labels and validity from rows that a row parser let pass, (N, fields)."""
    kind = HEADS[head].kind
    if kind == "regression":
        return Annotation(rows.astype(np.float32), _inside(rows[:, 0]) & _inside(rows[:, 1]))
    labels = rows.astype(np.int64)
    return Annotation(labels[:, 0] if kind == "classes" else labels, labels[:, 0] >= 0)


def parse_rows(
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
            except BadRowError as error:
                raise UserError(f"{path}:{row + first_line}: {error}.") from None
            found = position[line] = len(distinct) - 1
        index[row] = found
    return np.asarray(distinct, dtype=np.float64)[index]


def row_parser(head: str, classes: int | None = None) -> Callable[[str], tuple[float, ...]]:
    """The exact parser of one row of a head.

    Args:
        head: head key.
        classes: number of classes, if fewer than the head has (editions 1 and 2).

    Returns:
        A function from a line to its numbers, which raises ``BadRowError`` for what is neither label nor marker.
    """
    spec = HEADS[head]
    if spec.kind == "regression":
        return _parse_va
    if spec.kind == "classes":
        last = (classes or spec.width) - 1
        return lambda line: _parse_class(line, last)
    return _parse_au


def _inside(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (values >= -1) & (values <= 1)


def _parse_va(line: str) -> tuple[float, ...]:
    fields = split_fields(line)
    numbers = [float(field) for field in fields if _FLOAT.fullmatch(field)]
    good = len(fields) == len(numbers) == 2 and all(-1 <= x <= 1 or x == HEADS["va"].invalid for x in numbers)
    if not good:
        raise BadRowError(f"found {shorten(line)}, expected valence,arousal in [-1, 1] or the marker -5")
    return tuple(numbers)


def _parse_class(line: str, last: int) -> tuple[float, ...]:
    field = line.strip()
    if not _INTEGER.fullmatch(field) or not -1 <= int(field) <= last:
        raise BadRowError(f"found {shorten(line)}, expected one class number in 0..{last} or the marker -1")
    return (float(field),)


def _parse_au(line: str) -> tuple[float, ...]:
    fields = split_fields(line)
    numbers = [int(field) for field in fields if _INTEGER.fullmatch(field)]
    known = set(numbers) <= {0, 1} or set(numbers) == {-1}
    if len(fields) != len(ACTION_UNITS) or len(numbers) != len(fields) or not known:
        raise BadRowError(f"found {shorten(line)}, expected 12 values of 0 or 1, or twelve times the marker -1")
    return tuple(float(number) for number in numbers)


def _fast_floats(body: bytes) -> NDArray[np.float64] | None:
    """Valence and arousal of each row, or None if anything is unusual; the exact parser then finds the line."""
    if body.translate(None, _FLOAT_BYTES):
        return None
    marks = np.frombuffer(body + b"\n", dtype=np.uint8)
    marks = marks[(marks == ord(",")) | (marks == ord("\n"))]
    if marks.size % 2 or (marks[0::2] != ord(",")).any() or (marks[1::2] != ord("\n")).any():
        return None
    try:
        values = np.array([float(cell) for cell in body.replace(b"\n", b",").split(b",")]).reshape(-1, 2)
    except ValueError:
        return None
    return values if (_inside(values) | (values == HEADS["va"].invalid)).all() else None


def _check_header(path: Path, header: bytes, spec: Head) -> int:
    """Number of classes or columns that the header announces."""
    names = tuple(split_fields(decode_lines(path, header)[0]))
    accepted = (spec.names, _SEVEN_EXPRESSIONS) if spec.key == "expr" else (spec.names,)
    if names not in accepted:
        raise UserError(
            f'{path}:1: found the header {shorten(",".join(names))}, expected "{",".join(spec.names)}" for {spec.key}.'
        )
    return len(names)
