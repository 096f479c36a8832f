"""Geometry of the differences in an ablation table: one strip a row, all on one axis around zero."""

from __future__ import annotations

from dataclasses import dataclass

from leaderboard.axis import Axis, linear_axis
from leaderboard.model import Ablation, Variant

WIDTH = 240  #: pixels of a strip's view box
_PAD = 16


@dataclass(frozen=True, slots=True)
class Strip:
    """Positions of one difference and the ends of its interval."""

    at: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Strips:
    """The axis that every strip of a table shares, and the position of "no difference"."""

    axis: Axis
    zero: float

    def strip(self, variant: Variant) -> Strip | None:
        """Positions of a variant's difference; None where it has none."""
        gap = variant.versus_default
        if gap is None:
            return None
        return Strip(self.axis.at(gap.delta), self.axis.at(gap.span.low), self.axis.at(gap.span.high))


def strips(ablation: Ablation) -> Strips:
    """Lay out the strips of a table."""
    values = [0.0]
    for variant in ablation.variants:
        if variant.versus_default is not None:
            values += [variant.versus_default.span.low, variant.versus_default.span.high]
    axis = linear_axis(values, _PAD, WIDTH - _PAD, ticks=3)
    return Strips(axis, axis.at(0.0))
