"""The annotation file of the multi-task track: one file per split, one row per listed image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.corpora.annotations import Annotation, join, parse_labels
from benchmark.corpora.lists import ImageRows, join_images, parse_images
from benchmark.corpora.rows import decode_lines, line_blocks, read_text_bytes, shorten, split_fields
from benchmark.errors import UserError
from benchmark.tasks import ACTION_UNITS, TASKS

HEADER = ("image", "valence", "arousal", "expression", "aus")  # five names stand over sixteen fields
_FIELDS = 4 + len(ACTION_UNITS)


@dataclass(frozen=True, slots=True)
class MtlAnnotations:
    """One split, rows in file order, duplicates kept.

    Attributes:
        images: the image of each of R rows.
        heads: ``va``, ``expr`` and ``au`` labels of the R rows, each with its own validity.
    """

    images: ImageRows
    heads: Mapping[str, Annotation]


def read_mtl(path: Path) -> MtlAnnotations:
    """Read ``training_set_annotations.txt`` and its like, or a prediction file of the same format.

    Raises:
        UserError: the file is empty, the header is another one, or a row is bad; names the line, what was found and
            what was expected.
    """
    expected = f'the header "{",".join(HEADER)}" and one row per image'
    header, _, body = read_text_bytes(path, expected).partition(b"\n")
    [first] = decode_lines(path, header)
    if tuple(split_fields(first)) != HEADER:
        raise UserError(f'{path}:1: found the header {shorten(first)}, expected "{",".join(HEADER)}".')
    if not body:
        raise UserError(f"{path}: the file holds a header and no row; expected {expected}.")
    blocks = [_read_block(path, lines, number) for number, lines in line_blocks(path, body, first_line=2)]
    heads = {head: join([block.heads[head] for block in blocks]) for head in TASKS["mtl"].heads}
    return MtlAnnotations(join_images([block.images for block in blocks]), heads)


def _read_block(path: Path, lines: list[str], first_line: int) -> MtlAnnotations:
    columns: dict[str, list[str]] = {"image": [], "va": [], "expr": [], "au": []}
    for number, line in enumerate(lines, start=first_line):
        fields = line.split(",", 4)
        found = len(fields) + (fields[-1].count(",") if len(fields) == 5 else 0)
        if found != _FIELDS:
            raise UserError(
                f"{path}:{number}: found {found} fields in {shorten(line)}, expected {_FIELDS}: "
                "image, valence, arousal, expression and 12 action units."
            )
        columns["image"].append(fields[0].strip())
        columns["va"].append(f"{fields[1]},{fields[2]}")
        columns["expr"].append(fields[3])
        columns["au"].append(fields[4])
    heads = {head: parse_labels(path, head, columns[head], first_line) for head in TASKS["mtl"].heads}
    return MtlAnnotations(parse_images(path, columns["image"], first_line), heads)
