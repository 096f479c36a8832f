"""Geometry of the small training curves, one for each quantity that a run logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.records import Record

WIDTH, HEIGHT, PAD = 150, 40, 4

_COUNTERS = frozenset({"epoch", "step", "stage"})


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
    """Curves of a record's history, stage by stage, in the order of first appearance.

    Quantities logged once in a stage are left out. Stages may be judged by different tasks, so no curve joins two.
    """
    stages = dict.fromkeys(entry.get("stage", 1.0) for entry in record.history)
    named = record.cost.stages if record.cost else []
    curves: list[Sparkline] = []
    for stage in stages:
        entries = [entry for entry in record.history if entry.get("stage", 1.0) == stage]
        title = f"{named[int(stage) - 1].name}: " if len(named) >= stage else ""
        for name in dict.fromkeys(key for entry in entries for key in entry):
            points = [(epoch, entry[name]) for epoch, entry in enumerate(entries) if name in entry]
            if name not in _COUNTERS and len(points) >= 2:
                curves.append(_curve(f"{title}{name}", points, len(entries)))
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
