"""Geometry of the forest plot: every row's score with its interval, on one axis."""

from __future__ import annotations

from dataclasses import dataclass

from leaderboard.axis import Axis, linear_axis
from leaderboard.model import Row, Table


@dataclass(frozen=True, slots=True)
class ForestLayout:
    """Pixels of one drawing; the wide one has names beside the whiskers, the narrow one above them.

    Attributes:
        width: of the view box.
        left, right: where the axis begins and ends.
        pitch: height of a row.
        whisker: vertical offset of the whisker within its row.
        label: vertical offset of the name's baseline within its row.
        letters: how many letters of a name fit.
    """

    name: str
    width: int
    left: int
    right: int
    pitch: int
    whisker: int
    label: int
    letters: int


WIDE = ForestLayout("wide", width=1040, left=300, right=916, pitch=30, whisker=15, label=20, letters=30)
NARROW = ForestLayout("narrow", width=360, left=14, right=346, pitch=48, whisker=32, label=17, letters=30)

TOP = 8  #: pixels above the first row
FOOT = 46  #: pixels below the last row, for ticks and the axis title


@dataclass(frozen=True, slots=True)
class Whisker:
    """One row of the plot; x positions of interval, score and seeds, and the top of its band."""

    row: Row
    name: str
    y: int
    low: float
    high: float
    at: float
    seeds: tuple[float, ...]
    tier: int | None  #: its tier where it is the first of the drawing in it


@dataclass(frozen=True, slots=True)
class Forest:
    """A drawing ready for the template."""

    layout: ForestLayout
    axis: Axis
    whiskers: tuple[Whisker, ...]
    height: int
    bottom: int  #: y of the axis line
    floor_at: float | None  #: x of the best floor's score


def forest(table: Table, layout: ForestLayout) -> Forest | None:
    """Lay out the plot of a table; None where the table has no row."""
    if not table.rows:
        return None
    values = [value for row in table.rows for value in (row.interval.low, row.interval.high, row.score)]
    values += [seed.value for row in table.rows for seed in row.seeds]
    axis = linear_axis(values, layout.left, layout.right, ticks=8 if layout is WIDE else 5)
    whiskers: list[Whisker] = []
    previous: int | None = None
    for index, row in enumerate(table.rows):
        whiskers.append(
            Whisker(
                row=row,
                name=shorten(row.title, layout.letters),
                y=TOP + index * layout.pitch,
                low=axis.at(row.interval.low),
                high=axis.at(row.interval.high),
                at=axis.at(row.score),
                seeds=tuple(axis.at(seed.value) for seed in row.seeds) if row.seed_span else (),
                tier=row.tier if row.tier != previous else None,
            )
        )
        previous = row.tier or previous
    bottom = TOP + len(table.rows) * layout.pitch + 4
    best = next((whisker.at for whisker in whiskers if whisker.row.key == table.best_floor), None)
    return Forest(layout, axis, tuple(whiskers), bottom + FOOT, bottom, best)


def shorten(text: str, letters: int) -> str:
    """``text``, cut with an ellipsis where it is longer than ``letters``."""
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"
