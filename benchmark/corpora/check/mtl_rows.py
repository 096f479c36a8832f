"""The annotation file of the multi-task track: bad rows, images listed twice, rows without a label."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.annotations import Annotation
from benchmark.corpora.check.annotation_rows import NAMED, bad_rows
from benchmark.corpora.check.finding import Findings
from benchmark.corpora.check.listed import Listed
from benchmark.corpora.lists import ImageRows
from benchmark.corpora.mtl import HEADER, MtlAnnotations, read_mtl
from benchmark.corpora.names import parse_image
from benchmark.corpora.rows import decode_lines, read_text_bytes, shorten, split_fields
from benchmark.errors import UserError
from benchmark.tasks import ACTION_UNITS, TASKS

_FIELDS = 4 + len(ACTION_UNITS)


def read_mtl_file(path: Path, findings: Findings) -> list[Listed]:
    """Trials of one split; what is wrong with the file goes to the findings."""
    table: MtlAnnotations | None
    try:
        table = read_mtl(path)
    except UserError as error:
        table = _read_damaged(path, error, findings)
        if table is None:
            return []
    else:
        _check_duplicates(path, table, findings)
    source = findings.relative(path)
    unlabelled = ~np.logical_or.reduce([one.valid for one in table.heads.values()])
    if unlabelled.any():
        findings.add("mtl-unlabelled", path, "", int(unlabelled.sum()))
    return [
        Listed(name, source, table.images.frames[rows], {key: one.valid[rows] for key, one in table.heads.items()})
        for name, rows in table.images.by_trial().items()
    ]


def _check_duplicates(path: Path, table: MtlAnnotations, findings: Findings) -> None:
    duplicates = conflicts = 0
    first = ""
    for name, rows in table.images.by_trial().items():
        again = np.flatnonzero(np.diff(table.images.frames[rows]) == 0) + 1
        differs = _differs(table, rows[again - 1], rows[again])
        duplicates += len(again)
        conflicts += int(differs.sum())
        if differs.any() and not first:
            row = rows[again[np.flatnonzero(differs)[0]]]
            first = f"{findings.relative(path)}:{row + 2}"  # the header is line 1
            first_image = f"{name}/{table.images.frames[row]:05d}.jpg"
    if duplicates:
        findings.add("mtl-duplicates", path, "", duplicates)
    if conflicts:
        findings.add("mtl-conflict", first, f"{first_image} stands with other labels further up", conflicts)


def _differs(table: MtlAnnotations, before: NDArray[np.int64], after: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(n,) True where two rows hold different labels of any head."""
    result = np.zeros(len(before), dtype=bool)
    for one in table.heads.values():
        unequal = one.labels[before] != one.labels[after]
        result |= unequal if unequal.ndim == 1 else unequal.any(axis=1)
    return result


def _read_damaged(path: Path, error: UserError, findings: Findings) -> MtlAnnotations | None:
    """The rows that can be read, each other one named."""
    try:
        lines = decode_lines(path, read_text_bytes(path, "labels"))
    except UserError as trouble:
        findings.add_error("annotation-empty" if "is empty" in str(trouble) else "annotation-unreadable", trouble)
        return None
    if tuple(split_fields(lines[0])) != HEADER:
        findings.add_error("annotation-header", error)
        return None
    if len(lines) == 1:
        findings.add("annotation-empty", path, "a header and no row")
        return None
    columns: dict[str, list[str]] = {key: [] for key in TASKS["mtl"].heads}
    trials: list[str] = []
    frames: list[int] = []
    bad = 0
    for number, line in enumerate(lines[1:], start=2):
        fields = line.split(",")
        image = parse_image(fields[0].strip()) if len(fields) == _FIELDS else None
        if image is None:
            bad += 1
            if bad <= NAMED:
                found = f"found {shorten(line)}, expected {_FIELDS} fields, the first such as video45_1/00001.jpg"
                findings.add("annotation-row", f"{findings.relative(path)}:{number}", found)
            fields = ["", "-5", "-5", "-1", *["-1"] * len(ACTION_UNITS)]  # keeps line numbers; dropped below
        trials.append(image[0] if image else "")
        frames.append(image[1] if image else 0)
        for key, text in zip(columns, (",".join(fields[1:3]), fields[3], ",".join(fields[4:])), strict=True):
            columns[key].append(text)
    if bad > NAMED:
        findings.add("annotation-row", path, "and more rows of this file", bad - NAMED)
    kept = np.asarray(frames) > 0
    heads = {}
    for key, texts in columns.items():
        labels = bad_rows(path, key, texts, 2, findings)
        if labels is not None:
            heads[key] = Annotation(labels.labels[kept], labels.valid[kept])
    images = ImageRows(tuple(name for name in trials if name), np.asarray(frames, dtype=np.int64)[kept])
    return MtlAnnotations(images, heads)
