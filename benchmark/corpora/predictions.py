"""Prediction files of every edition: per-trial files (1 to 3), one file (5 to 10), or the multi-task file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark.corpora.annotations import Annotation, join, parse_labels, read_annotation
from benchmark.corpora.lists import ImageRows, first_field, join_images, parse_images
from benchmark.corpora.mtl import HEADER as MTL_HEADER
from benchmark.corpora.mtl import read_mtl
from benchmark.corpora.names import is_plain_name
from benchmark.corpora.rows import decode_lines, line_blocks, read_text_bytes, shorten, split_fields
from benchmark.corpora.trials import Frames, every_frame
from benchmark.errors import UserError
from benchmark.tasks import HEADS


@dataclass(frozen=True, slots=True)
class Predicted:
    """Predictions for one trial.

    Attributes:
        frames: (R,) frame numbers, ascending, each once.
        heads: head key -> values of the R rows in the form of labels; not valid where the file holds the marker,
            which means "nothing predicted".
    """

    frames: Frames
    heads: Mapping[str, Annotation]


def prediction_header(head: str) -> tuple[str, ...]:
    """Names in the first line of a prediction file of editions 5 to 10; class heads have more names than fields."""
    return ("image_location", *HEADS[head].names)


def read_predictions(path: Path, heads: Sequence[str]) -> dict[str, Predicted]:
    """Read predictions for some heads, in whichever format ``path`` has.

    Args:
        path: folder of per-trial files, single file, or multi-task file.
        heads: keys of the heads to read; more than one only from a multi-task file.

    Raises:
        UserError: the format is another one, a row is bad, or an image is predicted twice and differently.
    """
    if path.is_dir():
        return _read_folder(path, heads)
    data = read_text_bytes(path, "a prediction file")
    header, _, body = data.partition(b"\n")
    [first] = decode_lines(path, header)
    names = tuple(split_fields(first))
    if names == MTL_HEADER and "ce" not in heads:
        table = read_mtl(path)
        return _by_trial(path, table.images, {head: table.heads[head] for head in heads})
    if len(heads) > 1 or names != prediction_header(heads[0]):
        expected = MTL_HEADER if len(heads) > 1 else prediction_header(heads[0])
        raise UserError(f'{path}:1: found the header {shorten(first)}, expected "{",".join(expected)}".')
    if not body:
        raise UserError(f"{path}: the file holds a header and no row; expected one row per image.")
    images, values = [], []
    for number, lines in line_blocks(path, body, first_line=2):
        images.append(parse_images(path, [first_field(line) for line in lines], number))
        values.append(parse_labels(path, heads[0], [line.partition(",")[2] for line in lines], number))
    return _by_trial(path, join_images(images), {heads[0]: join(values)})


def _read_folder(folder: Path, heads: Sequence[str]) -> dict[str, Predicted]:
    if len(heads) > 1:
        raise UserError(f"{folder}: is a folder; multi-task predictions are one file. Give that file.")
    found = {}
    for path in sorted(folder.glob("[!.]*.txt")):
        if not is_plain_name(path.stem):
            raise UserError(f"{path}: the file name is no trial name; rename or remove the file.")
        values = read_annotation(path, heads[0])
        found[path.stem] = Predicted(every_frame(len(values.valid)), {heads[0]: values})
    if not found:
        raise UserError(f"{folder}: holds no prediction file; expected one <trial>.txt for each trial.")
    return found


def _by_trial(path: Path, images: ImageRows, heads: Mapping[str, Annotation]) -> dict[str, Predicted]:
    found = {}
    for trial, rows in images.by_trial().items():
        frames = images.frames[rows]
        again = np.flatnonzero(np.diff(frames) == 0) + 1
        for one in heads.values():
            differs = np.argwhere(one.labels[rows[again]] != one.labels[rows[again - 1]])
            if len(differs):
                image = f"{trial}/{frames[again[differs[0, 0]]]:05d}.jpg"
                raise UserError(f"{path}: {image} is predicted twice and differently; expected one prediction.")
        kept = np.delete(rows, again)
        values = {key: Annotation(one.labels[kept], one.valid[kept]) for key, one in heads.items()}
        found[trial] = Predicted(images.frames[kept], values)
    return found
