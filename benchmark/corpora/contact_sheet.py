"""Drawing trials side by side: sampled crops over a strip with valence, arousal and expression classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchmark.corpora.trials import Trial
from benchmark.tasks import ACTION_UNITS, COMPOUND_EXPRESSIONS, EXPRESSIONS

_TILE, _TILES = 112, 10
_LEFT, _MARGIN = 236, 18
_CURVES, _BAND, _UNITS = 66, 14, 48  # heights of the rows below the crops
_ROW = _TILE + 6 + _CURVES + 4 + _BAND + 4 + _UNITS + 30
_WIDTH = _LEFT + _TILE * _TILES + 2 * _MARGIN
_HEAD = 96
_FINE = 3  # curves are drawn this much larger and shrunk, for smooth lines

_PAPER, _INK, _SOFT, _LINE, _GREY = "#ffffff", "#1d232a", "#68727d", "#d5dbe1", "#e9edf0"
_VALENCE, _AROUSAL, _WARN = "#2166ac", "#d6761b", "#b2182b"
_CLASSES = ("#b8c0c8", "#c23b33", "#6f8f3a", "#7b57a8", "#f0b92d", "#4477aa", "#35b5ac", "#8a6f5c")
_Rgb = NDArray[np.uint8]


@dataclass(slots=True)
class Strip:
    """What is drawn of one trial of N rows.

    Attributes:
        name: trial name.
        facts: short lines for the left column.
        times: (N,) seconds.
        present: (N,) bool, whether the crop exists.
        tiles: (row, picture or None) of the sampled frames.
        labels, valid: head key -> labels and validity of the rows; heads that the trial does not have are missing.
    """

    name: str
    facts: list[str]
    times: NDArray[np.float64]
    present: NDArray[np.bool_]
    tiles: list[tuple[int, _Rgb | None]]
    labels: dict[str, NDArray[Any]] = field(default_factory=dict)
    valid: dict[str, NDArray[np.bool_]] = field(default_factory=dict)


def make_strip(appearances: Sequence[Trial]) -> Strip:
    """Read what is drawn of one trial from its appearances in tasks and splits."""
    dense = [trial for trial in appearances if trial.task != "mtl"] or list(appearances)
    trial = max(dense, key=lambda found: found.n_frames)
    present = trial.crops_present()
    times = trial.frame_times()
    rows = np.unique(np.linspace(0, trial.n_frames - 1, _TILES).round().astype(int))
    strip = Strip(trial.name, [], times, present, [(int(row), _crop(trial, int(row))) for row in rows])
    for found in dense:
        if found.n_frames == trial.n_frames:
            strip.labels |= found.labels
            strip.valid |= found.valid
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    strip.facts = [
        ", ".join(sorted({f"{found.task} {found.split}" for found in appearances if found.task != "mtl"})),
        f"{trial.n_frames} rows, {times[-1]:.1f} s, {1 / step:.4g} frames/s" if step else f"{trial.n_frames} rows",
        f"{int((~present).sum())} rows without a crop",
        *trial.notes[:2],
    ]
    return strip


def _crop(trial: Trial, row: int) -> _Rgb | None:
    path = trial.crop_path(row + 1)
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB").resize((_TILE, _TILE), Image.Resampling.LANCZOS))
    except OSError:
        return None


def draw_sheet(corpus: str, synthetic: bool, strips: Sequence[Strip]) -> Image.Image:
    """The whole picture; a synthetic corpus is marked as such in the head and on every row."""
    sheet = Image.new("RGB", (_WIDTH, _HEAD + _ROW * len(strips) + _MARGIN), _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((_MARGIN, 14), corpus, _INK, _font(30))
    if synthetic:
        left = _MARGIN + draw.textlength(corpus, _font(30)) + 18
        _badge(draw, left, 20, "SYNTHETIC", 16)
        draw.text((left + 130, 25), "rendered faces, synthesised speech, generated labels", _SOFT, _font(14))
    _legend(draw, _HEAD - 34)
    for i, strip in enumerate(strips):
        _draw_strip(sheet, draw, strip, _HEAD + i * _ROW, synthetic)
    return sheet


def _font(size: int) -> Any:
    return ImageFont.load_default(size)


def _badge(draw: ImageDraw.ImageDraw, left: float, top: float, text: str, size: int) -> None:
    width = draw.textlength(text, _font(size))
    draw.rounded_rectangle((left, top, left + width + 16, top + size + 10), 4, fill=_WARN)
    draw.text((left + 8, top + 3), text, _PAPER, _font(size))


def _legend(draw: ImageDraw.ImageDraw, top: float) -> None:
    left = float(_MARGIN)
    for colour, text in ((_VALENCE, "valence"), (_AROUSAL, "arousal")):
        draw.line((left, top + 9, left + 18, top + 9), colour, 3)
        draw.text((left + 24, top), text, _INK, _font(14))
        left += 36 + draw.textlength(text, _font(14))
    left = max(left + 10, _LEFT + _MARGIN)
    for colour, text in zip(_CLASSES, EXPRESSIONS, strict=True):
        draw.rectangle((left, top + 3, left + 13, top + 15), colour)
        draw.text((left + 18, top), text, _INK, _font(14))
        left += 32 + draw.textlength(text, _font(14))
    draw.rectangle((left, top + 3, left + 13, top + 15), _GREY, _LINE)
    draw.text((left + 18, top), "no label", _INK, _font(14))


def _draw_strip(sheet: Image.Image, draw: ImageDraw.ImageDraw, strip: Strip, top: int, synthetic: bool) -> None:
    left = _LEFT + _MARGIN
    draw.line((_MARGIN, top - 4, _WIDTH - _MARGIN, top - 4), _LINE, 1)
    draw.text((_MARGIN, top + 2), _fit(draw, strip.name, 17, _LEFT - 12), _INK, _font(17))
    y = top + 28
    for line in strip.facts:
        for part in _wrapped(draw, line, 13, _LEFT - 12)[:3]:
            draw.text((_MARGIN, y), part, _SOFT, _font(13))
            y += 17
    if synthetic:
        _badge(draw, _MARGIN, y + 4, "SYNTHETIC", 11)
    for i, (row, picture) in enumerate(strip.tiles):
        _draw_tile(sheet, draw, left + i * _TILE, top, row, picture)
    y = top + _TILE + 6
    _draw_curves(sheet, draw, strip, left, y)
    y += _CURVES + 4
    _draw_classes(draw, strip, left, y)
    _draw_units(draw, strip, left, y + _BAND + 4)


def _draw_tile(
    sheet: Image.Image, draw: ImageDraw.ImageDraw, left: int, top: int, row: int, picture: _Rgb | None
) -> None:
    box = (left, top, left + _TILE - 2, top + _TILE - 1)
    if picture is None:
        draw.rectangle(box, _GREY)
        for offset in range(-_TILE, _TILE, 14):
            start, stop = max(0, offset), min(_TILE - 2, offset + _TILE)
            draw.line((left + start, top + start - offset, left + stop, top + stop - offset), _LINE, 1)
        draw.text((left + 34, top + 48), "no crop", _SOFT, _font(12))
    else:
        sheet.paste(Image.fromarray(picture[:, : _TILE - 2]), (left, top))
    draw.rectangle((left, top + _TILE - 15, left + 34, top + _TILE - 1), "#000000")
    draw.text((left + 3, top + _TILE - 15), str(row + 1), _PAPER, _font(11))


def _columns(strip: Strip, left: int) -> NDArray[np.float64]:
    """Horizontal place of each row: under the middle of the tile of the same row."""
    width = _TILE * len(strip.tiles) - 2
    first, last = left + _TILE / 2, left + width - _TILE / 2
    return np.linspace(first, max(first, last), len(strip.times))


def _draw_curves(sheet: Image.Image, draw: ImageDraw.ImageDraw, strip: Strip, left: int, top: int) -> None:
    right, middle = left + _TILE * _TILES - 2, top + _CURVES / 2
    draw.rectangle((left, top, right, top + _CURVES), "#fafbfc", _LINE)
    for value, text in ((1, "+1"), (0, "0"), (-1, "-1")):
        draw.text((left - 18, middle - value * (_CURVES / 2 - 7) - 7), text, _SOFT, _font(11))
    if "va" not in strip.labels:
        draw.text((left + 8, middle - 8), "no valence and arousal for this trial", _SOFT, _font(13))
        return
    draw.line((left, middle, right, middle), _LINE, 1)
    x, valid = _columns(strip, left), strip.valid["va"]
    _shade_invalid(draw, x, valid, top, _CURVES)
    box = (left + 1, top + 1, right, top + _CURVES)
    fine = sheet.crop(box).resize(((right - left - 1) * _FINE, (_CURVES - 1) * _FINE))
    pen = ImageDraw.Draw(fine)
    for column, colour in ((0, _VALENCE), (1, _AROUSAL)):
        y = middle - strip.labels["va"][:, column] * (_CURVES / 2 - 3)
        for start, stop in _runs(valid):
            across, down = (x[start:stop] - box[0]) * _FINE, (y[start:stop] - box[1]) * _FINE
            if stop - start > 1:
                pen.line(list(zip(across.tolist(), down.tolist(), strict=True)), colour, 2 * _FINE, joint="curve")
    sheet.paste(fine.resize((right - left - 1, _CURVES - 1), Image.Resampling.LANCZOS), box[:2])


def _draw_classes(draw: ImageDraw.ImageDraw, strip: Strip, left: int, top: int) -> None:
    draw.rectangle((left, top, left + _TILE * _TILES - 2, top + _BAND), "#fafbfc", _LINE)
    head = "expr" if "expr" in strip.labels else "ce"
    if head not in strip.labels:
        draw.text((left + 8, top - 1), "no expression classes for this trial", _SOFT, _font(12))
        return
    x, valid, labels = _columns(strip, left), strip.valid[head], strip.labels[head]
    half = (x[1] - x[0]) / 2 if len(x) > 1 else 1.0
    for start, stop in _runs(np.ones(len(labels), bool), np.where(valid, labels, -1)):
        name = int(labels[start]) if valid[start] else -1
        colour = _GREY if name < 0 else _CLASSES[name % len(_CLASSES)]
        draw.rectangle((x[start] - half, top, x[stop - 1] + half, top + _BAND), colour)
        text = "" if name < 0 else (EXPRESSIONS if head == "expr" else COMPOUND_EXPRESSIONS)[name]
        if text and draw.textlength(text, _font(11)) + 6 < x[stop - 1] - x[start]:
            dark = name in (0, 4) and head == "expr"
            draw.text((x[start] - half + 4, top + 1), text, _INK if dark else _PAPER, _font(11))


def _draw_units(draw: ImageDraw.ImageDraw, strip: Strip, left: int, top: int) -> None:
    """One thin line an action unit, dark where it is present."""
    if "au" not in strip.labels:
        return
    x, valid, labels = _columns(strip, left), strip.valid["au"], strip.labels["au"]
    half = (x[1] - x[0]) / 2 if len(x) > 1 else 1.0
    height = _UNITS / len(ACTION_UNITS)
    draw.text((left - 30, top - 3), ACTION_UNITS[0], _SOFT, _font(11))
    draw.text((left - 36, top + _UNITS - 12), ACTION_UNITS[-1], _SOFT, _font(11))
    draw.line((left - 17, top + 13, left - 17, top + _UNITS - 15), _LINE, 1)
    _shade_invalid(draw, x, valid, top, _UNITS)
    for unit in range(len(ACTION_UNITS)):
        for start, stop in _runs(valid & (labels[:, unit] == 1)):
            y = top + unit * height
            draw.rectangle((x[start] - half, y, x[stop - 1] + half, y + height - 1), "#51606e")


def _shade_invalid(
    draw: ImageDraw.ImageDraw, x: NDArray[np.float64], valid: NDArray[np.bool_], top: float, height: float
) -> None:
    half = (x[1] - x[0]) / 2 if len(x) > 1 else 1.0
    for start, stop in _runs(~valid):
        draw.rectangle((x[start] - half, top + 1, x[stop - 1] + half, top + height - 1), _GREY)


def _runs(wanted: NDArray[np.bool_], values: NDArray[Any] | None = None) -> list[tuple[int, int]]:
    """(start, stop) of the stretches where ``wanted`` holds, and ``values`` stays the same."""
    changes = np.flatnonzero(np.diff(wanted.astype(np.int64)))
    if values is not None:
        changes = np.union1d(changes, np.flatnonzero(np.diff(values)))
    edges = [0, *(int(i) + 1 for i in changes), len(wanted)]
    return [(start, stop) for start, stop in pairwise(edges) if stop > start and wanted[start]]


def _fit(draw: ImageDraw.ImageDraw, text: str, size: int, width: float) -> str:
    while draw.textlength(text, _font(size)) > width and len(text) > 4:
        text = text[:-2].rstrip("…") + "…"
    return text


def _wrapped(draw: ImageDraw.ImageDraw, text: str, size: int, width: float) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if draw.textlength(longer, _font(size)) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line for line in lines if line]
