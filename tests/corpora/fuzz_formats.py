"""Every text format with a good file, and a second reader of it that shares nothing with the one under test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np
from tiny_corpus import AU_ROW, NO_AU, ROWS, mtl_text

from benchmark.corpora.annotations import Annotation, read_annotation
from benchmark.corpora.lists import read_images, read_names
from benchmark.corpora.mtl import read_mtl
from benchmark.corpora.predictions import prediction_header, read_predictions
from benchmark.tasks import HEADS

MTL_TEXT = mtl_text(
    [
        ("video7/00003.jpg", "0.123456789012,-0.5", "4", AU_ROW),
        ("a_left/00001.jpg", "-5,-5", "-1", AU_ROW),
        ("video7/00001.jpg", "0.5,0.25", "-1", NO_AU),
        ("video7/00003.jpg", "0.123456789012,-0.5", "4", AU_ROW),
    ]
)
IMAGES = ("02/00002.jpg", "1-30-640x360_left/00001.jpg", "02/00001.jpg", "02/00002.jpg")


class WrongError(Exception):
    """The second reader finds the file wrong."""


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A format.

    Attributes:
        good: text of a right file.
        read: the reader under test, to plain values.
        judge: the second reader, from the lines of a file to the same plain values; raises WrongError.
    """

    good: str
    read: Callable[[Path], Any]
    judge: Callable[[list[str]], Any]


def lines_of(text: str) -> list[str]:
    """Lines as every reader may see them: any line end, no blank space at the end of the file."""
    lines = text.replace("\r\n", "\n").rstrip().split("\n")
    if lines == [""]:
        raise WrongError
    return lines


def number(field: str, whole: bool) -> float:
    """Value of a field that is a plain decimal number."""
    text = field.strip()
    if "_" in text or not text.isascii() or (whole and not set(text) <= set("0123456789+-")):
        raise WrongError
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise WrongError from None
    if not value.is_finite():
        raise WrongError
    return float(value)


def head_values(head: str, fields: Sequence[str], classes: int | None = None) -> tuple[float, ...]:
    """Values of the fields of one head, judged one by one."""
    values = tuple(number(field, whole=head != "va") for field in fields)
    if head == "va":
        good = len(values) == 2 and all(-1 <= v <= 1 or v == -5 for v in values)
    elif head == "au":
        good = len(values) == 12 and (set(values) <= {0, 1} or set(values) == {-1})
    else:
        good = len(values) == 1 and -1 <= values[0] < (classes or HEADS[head].width)
    if not good:
        raise WrongError
    return tuple(float(np.float32(v)) for v in values)


def image(field: str) -> tuple[str, int]:
    """Trial and number of an image location."""
    trial, slash, file = field.strip().rpartition("/")
    stem, dot, end = file.partition(".")
    digits = set(stem) <= set("0123456789") and 5 <= len(stem) <= 9
    if not slash or not dot or end != "jpg" or not digits or int(stem) < 1:
        raise WrongError
    return name(trial), int(stem)


def name(text: str) -> str:
    """A trial name that stays in its folder."""
    if not text or not text.isprintable() or text[0] == "." or any(sign in text for sign in '/\\:*?"<>|'):
        raise WrongError
    return text


def header(line: str, *accepted: Sequence[str]) -> int:
    """Number of names of a header that must be one of the accepted ones."""
    names = [field.strip() for field in line.split(",")]
    if names not in [list(one) for one in accepted]:
        raise WrongError
    return len(names)


def judge_annotation(head: str) -> Callable[[list[str]], Any]:
    def judge(lines: list[str]) -> Any:
        seven = [HEADS[head].names[:7]] if head == "expr" else []
        width = header(lines[0], HEADS[head].names, *seven)
        if len(lines) == 1:
            raise WrongError
        return [head_values(head, line.split(","), width) for line in lines[1:]]

    return judge


def judge_predictions(head: str) -> Callable[[list[str]], Any]:
    def judge(lines: list[str]) -> Any:
        header(lines[0], prediction_header(head))
        found: dict[tuple[str, int], tuple[float, ...]] = {}
        for line in lines[1:]:
            location, *fields = line.split(",")
            values = head_values(head, fields)
            if found.setdefault(image(location), values) != values:
                raise WrongError
        if not found:
            raise WrongError
        return found

    return judge


def judge_mtl(lines: list[str]) -> Any:
    header(lines[0], ("image", "valence", "arousal", "expression", "aus"))
    if len(lines) == 1:
        raise WrongError
    rows = []
    for line in lines[1:]:
        fields = line.split(",")
        if len(fields) != 16:
            raise WrongError
        values = (head_values("va", fields[1:3]), head_values("expr", fields[3:4]), head_values("au", fields[4:]))
        rows.append((image(fields[0]), *values))
    return rows


def judge_images(lines: list[str]) -> Any:
    first = lines[0].split(",")[0]
    if lines[0].strip().lower().startswith("image") and not is_image(first):
        lines = lines[1:]
    if not lines:
        raise WrongError
    return [image(line.split(",")[0]) for line in lines]


def is_image(field: str) -> bool:
    try:
        image(field)
    except WrongError:
        return False
    return True


def judge_names(lines: list[str]) -> Any:
    names = [name(line.strip()) for line in lines]
    if len(set(names)) < len(names):
        raise WrongError
    return names


def plain(found: Annotation) -> list[tuple[float, ...]]:
    """Labels as tuples; validity must say what the values say."""
    rows = [tuple(map(float, np.atleast_1d(row))) for row in found.labels]
    assert found.valid.tolist() == [min(row) >= (-1 if found.labels.dtype.kind == "f" else 0) for row in rows]
    return rows


def plain_predictions(path: Path, head: str) -> dict[tuple[str, int], tuple[float, ...]]:
    return {
        (trial, int(frame)): row
        for trial, one in read_predictions(path, (head,)).items()
        for frame, row in zip(one.frames, plain(one.heads[head]), strict=True)
    }


def plain_mtl(path: Path) -> list[Any]:
    table = read_mtl(path)
    places = zip(table.images.trials, table.images.frames.tolist(), strict=True)
    return list(zip(places, *(plain(table.heads[head]) for head in ("va", "expr", "au")), strict=True))


def plain_images(path: Path) -> list[tuple[str, int]]:
    found = read_images(path)
    return list(zip(found.trials, found.frames.tolist(), strict=True))


def _annotation(head: str, names: Sequence[str]) -> FileFormat:
    good = "\n".join([",".join(names), *ROWS[head]]).replace("\n7\n", "\n6\n") + "\n"
    return FileFormat(good, lambda path: plain(read_annotation(path, head)), judge_annotation(head))


def _single(head: str) -> FileFormat:
    fields = [ROWS[head][i] for i in (0, 2, 3, 0)]
    rows = [f"{place},{values}" for place, values in zip(IMAGES, fields, strict=True)]
    good = "\n".join([",".join(prediction_header(head)), *rows]) + "\n"
    return FileFormat(good, lambda path: plain_predictions(path, head), judge_predictions(head))


FORMATS: dict[str, FileFormat] = {
    **{f"annotation-{head}": _annotation(head, HEADS[head].names) for head in HEADS},
    "annotation-expr-7": _annotation("expr", HEADS["expr"].names[:7]),
    **{f"prediction-{head}": _single(head) for head in HEADS},
    "mtl": FileFormat(MTL_TEXT, plain_mtl, judge_mtl),
    "images": FileFormat("image\n" + "".join(f"{place},\n" for place in IMAGES), plain_images, judge_images),
    "images-bare": FileFormat("\n".join(IMAGES) + "\n", plain_images, judge_images),
    "names": FileFormat("a\n1-30-640x360_left\nvideo7_2\n07\n", lambda path: list(read_names(path)), judge_names),
}

_INSERTED = "0123456789-+.,e \t\nxN_;/\\\x00é"
_WORDS = ("nan", "inf", "-5", "1.2", "-1", "\n\n", ",,", "1e9", "..", "\r\n", "0.50", "1e-3", "/", ".jpg", "00000")


def mutate(text: str, rng: np.random.Generator) -> str:
    """Change one to three places of a file: cut, insert, replace, truncate, repeat, or swap two lines."""
    for _ in range(rng.integers(1, 4)):
        at = int(rng.integers(len(text)))
        kind = rng.integers(7)
        if kind == 0:
            text = text[:at] + text[at + int(rng.integers(1, 4)) :]
        elif kind == 1:
            text = text[:at] + _INSERTED[rng.integers(len(_INSERTED))] + text[at:]
        elif kind == 2:
            text = text[:at] + _WORDS[rng.integers(len(_WORDS))] + text[at:]
        elif kind == 3:
            text = text[:at] + "0179-.,\n"[rng.integers(8)] + text[at + 1 :]
        elif kind == 4:
            text = text[:at]
        elif kind == 5:
            text = text + text[at:]
        else:
            lines = text.split("\n")
            a, b = rng.integers(len(lines), size=2)
            lines[a], lines[b] = lines[b], lines[a]
            text = "\n".join(lines)
        text = text or "0"
    return text
