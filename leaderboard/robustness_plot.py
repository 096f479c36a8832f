"""Geometry of the robustness curves: one small panel a kind of degradation, one line a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.degradations import KINDS, Degradation, Kind
from leaderboard.axis import Axis, Tick, linear_axis
from leaderboard.model import Curve, CurvePoint, Row, Table

WIDTH, HEIGHT = 420, 260
LEFT, RIGHT, TOP, BOTTOM = 44, 370, 24, 204
_APART = 17.0  #: pixels between two discs


@dataclass(frozen=True, slots=True)
class Mark:
    """One score on a line: position, and the ends of its interval."""

    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table.

    Attributes:
        sign: what stands in its disc: the rank, or a letter where there is none.
        path: SVG path data from the clean score to the gravest severity.
        marks: the clean score, then the scores under degradation.
        disc: y of the disc behind the line's end, moved where discs would overlap.
    """

    row: Row
    sign: str
    path: str
    marks: tuple[Mark, ...]
    disc: float


@dataclass(frozen=True, slots=True)
class Panel:
    """One kind of degradation.

    Attributes:
        severities: from the mildest to the gravest, over all rows.
        cells: row key -> severity -> its point.
    """

    kind: Kind
    y: Axis
    ticks: tuple[Tick, ...]
    lines: tuple[Line, ...]
    severities: tuple[float, ...]
    cells: dict[str, dict[float, CurvePoint]]


def panels(table: Table) -> tuple[Panel, ...]:
    """The panels of a table, in the order of ``degradations.KINDS``; none where no row has a curve."""
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    signs = {row.key: str(row.rank) if row.rank is not None else next(letters, "·") for row in table.rows}
    return tuple(panel for kind in KINDS.values() if (panel := _panel(kind, table.rows, signs)) is not None)


def legend(drawn: Sequence[Panel]) -> tuple[Line, ...]:
    """One line for each row that is in any panel, in the order of the table."""
    lines = {line.row.key: line for panel in drawn for line in panel.lines}
    return tuple(sorted(lines.values(), key=lambda line: (-line.row.score, line.row.key)))


def _panel(kind: Kind, rows: Sequence[Row], signs: dict[str, str]) -> Panel | None:
    curves = {row.key: curve for row in rows for curve in row.curves if curve.kind == kind}
    if not curves:
        return None
    shown = [row for row in rows if row.key in curves]
    every = {Degradation(kind.key, point.severity) for curve in curves.values() for point in curve.points}
    severities = tuple(one.severity for one in sorted(every, key=lambda one: (one.gravity, one.severity)))
    step = (RIGHT - LEFT - 24) / len(severities)
    places = {severity: round(LEFT + 12 + step * number, 1) for number, severity in enumerate(severities, start=1)}
    bounds = [value for curve in curves.values() for p in curve.points for value in (p.interval.low, p.interval.high)]
    bounds += [value for row in shown for value in (row.interval.low, row.interval.high)]
    axis = linear_axis(bounds, BOTTOM, TOP, ticks=5)
    ends = {row.key: axis.at(curves[row.key].points[-1].score) for row in shown}
    discs = _spread(ends)
    lines = [
        _line(row, curves[row.key], signs[row.key], places, axis, discs[row.key], _aside(number, len(shown)))
        for number, row in enumerate(shown)
    ]
    ticks = (Tick(LEFT + 12, "clean"), *(Tick(places[one], f"{one:g}".replace("-", "−")) for one in severities))
    cells = {key: {point.severity: point for point in curve.points} for key, curve in curves.items()}
    return Panel(kind, axis, ticks, tuple(lines), severities, cells)


def _line(row: Row, curve: Curve, sign: str, places: dict[float, float], axis: Axis, disc: float, aside: float) -> Line:
    scored = [(LEFT + 12.0, row.score, row.interval)]
    scored += [(places[point.severity], point.score, point.interval) for point in curve.points]
    marks = tuple(
        Mark(round(x + aside, 1), axis.at(score), axis.at(span.low), axis.at(span.high)) for x, score, span in scored
    )
    return Line(row, sign, f"M{'L'.join(f'{mark.x} {mark.y}' for mark in marks)}", marks, disc)


def _aside(number: int, of: int) -> float:
    """Pixels by which a line stands aside, so that whiskers of one severity do not hide each other."""
    return (number - (of - 1) / 2) * min(4.0, 16 / max(of, 1))


def _spread(ends: dict[str, float]) -> dict[str, float]:
    """The same heights, moved apart so that discs do not overlap, and kept within the panel where they fit."""
    order = sorted(ends, key=lambda key: (ends[key], key))
    placed: dict[str, float] = {}
    last = -1e9
    for key in order:
        last = max(ends[key], last + _APART)
        placed[key] = last
    excess = max(0.0, last - BOTTOM)
    ceiling = 1e9
    for key in reversed(order):
        placed[key] = min(placed[key] - (excess if placed[key] - excess >= TOP else 0.0), ceiling)
        ceiling = placed[key] - _APART
    return {key: round(value, 1) for key, value in placed.items()}
