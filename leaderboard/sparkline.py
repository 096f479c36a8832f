"""Geometry of the small training curves, one for each quantity that a run logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.records import Record

WIDTH, HEIGHT, PAD = 150, 40, 4


@dataclass(frozen=True, slots=True)
class Sparkline:
    """One curve.

    Attributes:
        name: the quantity as the run logged it.
        path: SVG path data in a ``WIDTH`` by ``HEIGHT`` view box.
        end: position of the last value.
        first, last: values at the ends.
        epochs: how many values it joins.
    """

    name: str
    path: str
    end: tuple[float, float]
    first: float
    last: float
    epochs: int


def sparklines(record: Record) -> tuple[Sparkline, ...]:
    """Curves of a record's history, in the order of first appearance; quantities logged once are left out."""
    names = [
        name
        for name in dict.fromkeys(key for entry in record.history for key in entry)
        if name not in {"epoch", "step"}
    ]
    curves = []
    for name in names:
        points = [(epoch, entry[name]) for epoch, entry in enumerate(record.history) if name in entry]
        if len(points) >= 2:
            curves.append(_curve(name, points, len(record.history)))
    return tuple(curves)


def _curve(name: str, points: Sequence[tuple[int, float]], epochs: int) -> Sparkline:
    values = [value for _, value in points]
    low, high = min(values), max(values)
    reach = (high - low) or 1.0
    placed = [
        (
            round(PAD + (WIDTH - 2 * PAD) * epoch / (epochs - 1), 1),
            round(HEIGHT - PAD - (HEIGHT - 2 * PAD) * (value - low) / reach, 1),
        )
        for epoch, value in points
    ]
    steps = [f"M{placed[0][0]} {placed[0][1]}"] + [f"L{x} {y}" for x, y in placed[1:]]
    return Sparkline(name, "".join(steps), placed[-1], values[0], values[-1], len(values))
