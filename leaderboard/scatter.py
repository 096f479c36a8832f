"""Geometry of the cost-accuracy plot: score against frames per second."""

from __future__ import annotations

from dataclasses import dataclass

from leaderboard.axis import Axis, linear_axis, log_axis
from leaderboard.model import Row, Table


@dataclass(frozen=True, slots=True)
class ScatterLayout:
    """Pixels of one drawing."""

    name: str
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int


WIDE = ScatterLayout("wide", width=700, height=400, left=50, right=690, top=30, bottom=346)
NARROW = ScatterLayout("narrow", width=360, height=360, left=42, right=352, top=30, bottom=308)


@dataclass(frozen=True, slots=True)
class Point:
    """One row of the table as a numbered disc with a vertical whisker.

    Attributes:
        sign: what stands in the disc and in the legend: the rank, or a letter where there is none.
        dominated: True where another row is at least as fast and in a better tier.
    """

    row: Row
    sign: str
    x: float
    y: float
    low: float
    high: float
    speed: float
    dominated: bool


@dataclass(frozen=True, slots=True)
class Scatter:
    """A drawing ready for the template."""

    layout: ScatterLayout
    x: Axis
    y: Axis
    points: tuple[Point, ...]
    end_to_end: bool  #: False where no row has an end-to-end figure and the model alone is shown
    unmeasured: tuple[Row, ...]  #: rows left out because their speed is not known
    devices: tuple[str, ...]


def scatter(table: Table, layout: ScatterLayout) -> Scatter | None:
    """Lay out the plot of a table; None where fewer than two rows have a speed."""
    end_to_end = any(row.cost is not None and row.cost.end_to_end for row in table.rows)
    speeds = {row.key: speed for row in table.rows if (speed := _speed(row, end_to_end))}
    shown = [row for row in table.rows if row.key in speeds]
    if len(shown) < 2:
        return None
    x = log_axis(list(speeds.values()), layout.left, layout.right)
    bounds = [value for row in shown for value in (row.interval.low, row.interval.high)]
    y = linear_axis(bounds, layout.bottom, layout.top)
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    points = tuple(
        Point(
            row=row,
            sign=str(row.rank) if row.rank is not None else next(letters, "·"),
            x=x.at(speeds[row.key]),
            y=y.at(row.score),
            low=y.at(row.interval.low),
            high=y.at(row.interval.high),
            speed=speeds[row.key],
            dominated=_dominated(row, shown, speeds),
        )
        for row in shown
    )
    devices = tuple(dict.fromkeys(row.cost.device for row in shown if row.cost is not None))
    unmeasured = tuple(row for row in table.rows if row.key not in speeds)
    return Scatter(layout, x, y, points, end_to_end, unmeasured, devices)


def _speed(row: Row, end_to_end: bool) -> float | None:
    if row.cost is None:
        return None
    return row.cost.end_to_end if end_to_end else row.cost.frames_per_second


def _dominated(row: Row, rows: list[Row], speeds: dict[str, float]) -> bool:
    return any(
        speeds[other.key] >= speeds[row.key]
        and other.tier is not None
        and (row.tier is None or other.tier < row.tier)
        and other.key != row.key
        for other in rows
    )
