"""From predictions to the fields of a row, and from a row to what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.rows import shorten
from benchmark.corpora.submission.formats import Format
from benchmark.errors import UserError
from benchmark.metrics.decisions import decide
from benchmark.tasks import HEADS

_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def rows_of_trial(about: Format, trial: str, heads: dict[str, NDArray[Any]] | Any, count: int) -> list[str]:
    """The fields of each row of a trial, without image location.

    Args:
        about: the format.
        trial: its name, for error messages.
        heads: head key -> activations (N, width), or decisions: V/A (N, 2), classes (N,), units (N, 12).
        count: N.

    Raises:
        UserError: a head is missing, or its values are of another number, not finite, or not in range.
    """
    columns = []
    for head in about.heads:
        if head not in heads:
            raise UserError(f"trial {trial}: has no {head} prediction; expected {', '.join(about.heads)}.")
        columns.append(_texts(about, head, trial, np.asarray(heads[head]), count))
    return [",".join(fields) for fields in zip(*columns, strict=True)]


def row_check(about: Format) -> Callable[[str], str]:
    """A function from the fields of a row to what is wrong with them; empty if nothing."""
    known: dict[str, str] = {}
    spans: list[tuple[str, int, int]] = []
    for head in about.heads:
        at = spans[-1][2] if spans else 0
        spans.append((head, at, at + (1 if HEADS[head].kind == "classes" else HEADS[head].width)))
    count = about.fields

    def check(text: str) -> str:
        fields = text.split(",")
        if len(fields) != count:
            return f"found {len(fields)} values in {shorten(text)}, expected {count} value{'s' * (count != 1)}"
        for head, start, end in spans:
            part = fields[start:end]
            wrong = _wrong_numbers(part) if head == "va" else _remembered(known, about, head, part)
            if wrong:
                return wrong
        return ""

    return check


def _texts(about: Format, head: str, trial: str, predicted: NDArray[Any], count: int) -> list[str]:
    spec = HEADS[head]
    shapes = [(count, spec.width), *([(count,)] if spec.kind == "classes" else [])]
    if predicted.shape not in shapes:
        raise UserError(
            f"trial {trial}: the {head} prediction has shape {predicted.shape}, expected {shapes[0]}: one row for each "
            "frame that the test list asks for."
        )
    bad = np.flatnonzero(~np.isfinite(predicted.reshape(count, -1)).all(axis=1))
    if len(bad):
        raise UserError(
            f"trial {trial}: the {head} prediction of row {bad[0] + 1} is not finite; run the method again."
        )
    decided = spec.kind == "classes" and predicted.ndim == 1
    values = predicted if decided else decide(head, predicted[:, : about.classes.get(head)])
    low, high = {"regression": (-1, 1), "binary": (0, 1), "classes": (0, about.classes.get(head, 0) - 1)}[spec.kind]
    out = np.flatnonzero(((values < low) | (values > high)).reshape(count, -1).any(axis=1))
    if len(out):
        raise UserError(
            f"trial {trial}: the {head} prediction of row {out[0] + 1} is {values[out[0]]}, expected {low}..{high}."
        )
    if spec.kind == "classes":
        return [str(value) for value in values.tolist()]
    if spec.kind == "binary":
        return [",".join(map(str, row)) for row in values.tolist()]
    rounded = np.round(values, about.decimals) + 0.0  # -0.0000 becomes 0.0000
    return [f"{v:.{about.decimals}f},{a:.{about.decimals}f}" for v, a in rounded.tolist()]


def _remembered(known: dict[str, str], about: Format, head: str, fields: list[str]) -> str:
    """Files of classes and units have few different rows."""
    key = f"{head}:{','.join(fields)}"
    if key not in known:
        known[key] = _wrong_labels(about, head, fields)
    return known[key]


def _wrong_labels(about: Format, head: str, fields: list[str]) -> str:
    if head == "au":
        good = all(field.strip() in ("0", "1") for field in fields)
        return "" if good else f"found {shorten(','.join(fields))}, expected twelve times 0 or 1"
    field, last = fields[0].strip(), about.classes[head] - 1
    good = field.isascii() and field.isdecimal() and len(field) < 4 and int(field) <= last
    return "" if good else f"found {shorten(fields[0])}, expected one class number in 0..{last}"


def _wrong_numbers(fields: list[str]) -> str:
    for field in fields:
        if not _FLOAT.fullmatch(field.strip()) or not -1 <= float(field) <= 1:
            return f"found {shorten(','.join(fields))}, expected valence,arousal in [-1, 1]"
    return ""
