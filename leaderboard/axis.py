"""Scales and tick marks for the plots."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled position on an axis.

    Attributes:
        at: position in plot units (pixels of the SVG's view box).
        label: what is printed there.
    """

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear or logarithmic map from values to positions.

    Attributes:
        low, high: values at the two ends; both above 0 where ``log``.
        start, end: positions of the two ends; ``start > end`` for an axis that grows upwards.
        ticks: marks between the ends, ascending by value.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool
    ticks: tuple[Tick, ...]

    def at(self, value: float) -> float:
        """Position of ``value``, rounded to a tenth of a pixel so that files do not depend on the last bit."""
        return _place(value, self.low, self.high, self.start, self.end, self.log)


def linear_axis(values: list[float], start: float, end: float, ticks: int = 6) -> Axis:
    """An axis with round ends that holds every value with a margin; it stops at 0 where no value is below.

    Args:
        values: at least one finite value.
        start, end: positions of the ends.
        ticks: about how many marks.
    """
    low, high = min(values), max(values)
    margin = 0.04 * (high - low) or 0.05
    step = _nice((high - low + 2 * margin) / ticks)
    first, last = math.floor((low - margin) / step), math.ceil((high + margin) / step)
    first = max(first, 0) if low >= 0 else first
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    low, high = first * step, last * step
    marks = tuple(
        Tick(_place(k * step, low, high, start, end, False), f"{k * step:.{digits}f}".replace("-", "−"))
        for k in range(first, last + 1)
    )
    return Axis(low, high, start, end, False, marks)


def log_axis(values: list[float], start: float, end: float) -> Axis:
    """A logarithmic axis with marks at 1, 2 and 5 times powers of ten; only powers where it spans many.

    Args:
        values: at least one value, all above 0.
        start, end: positions of the ends.
    """
    low, high = min(values) / 1.35, max(values) * 1.35
    decades = math.log10(high / low)
    multiples = (1, 2, 5) if decades < 2.7 else (1,)
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    marks = tuple(
        Tick(_place(m * 10.0**e, low, high, start, end, True), _power_label(m, e))
        for e in exponents
        for m in multiples
        if low <= m * 10.0**e <= high
    )
    return Axis(low, high, start, end, True, marks)


def _place(value: float, low: float, high: float, start: float, end: float, log: bool) -> float:
    if log:
        value, low, high = math.log(value), math.log(low), math.log(high)
    return round(start + (end - start) * (value - low) / (high - low), 1)


def _nice(step: float) -> float:
    """The smallest of 1, 2, 5, 10 times a power of ten that is at least ``step``."""
    power = 10.0 ** math.floor(math.log10(step))
    for multiple in (1.0, 2.0, 5.0):
        if step <= multiple * power * (1 + 1e-9):
            return multiple * power
    return 10 * power


def _power_label(multiple: int, exponent: int) -> str:
    if exponent < 0:
        return f"{multiple * 10.0**exponent:.{-exponent}f}"
    suffix = {0: "", 1: "k", 2: "M", 3: "G"}.get(exponent // 3)
    if suffix is None:
        return f"{multiple}e{exponent}"
    return f"{multiple * 10 ** (exponent % 3)}{suffix}"
