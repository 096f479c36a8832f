"""Numbers as words: one way to print each quantity, used by every renderer."""

from __future__ import annotations

from leaderboard.model import Span

DASH = "–"
MINUS = "−"

_SCALES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def fixed(value: float | None, digits: int = 3) -> str:
    """A score: fixed number of decimals, true minus, a dash for None; never "−0.000"."""
    if value is None:
        return DASH
    text = f"{abs(value):.{digits}f}"
    negative = value < 0 and float(text) != 0
    return f"{MINUS if negative else ''}{text}"


def signed(value: float | None, digits: int = 3) -> str:
    """A difference: as ``fixed``, with a plus where it is positive."""
    text = fixed(value, digits)
    return f"+{text}" if value is not None and value > 0 and float(text) != 0 else text


def span(value: Span | None, digits: int = 3) -> str:
    """An interval as "low to high": an en dash would be misread beside a minus."""
    return DASH if value is None else f"{fixed(value.low, digits)} to {fixed(value.high, digits)}"


def p_value(value: float | None) -> str:
    """A p value with three decimals, or "< 0.001"."""
    if value is None:
        return DASH
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def compact(value: float | None) -> str:
    """A count or rate with three significant digits and k, M, G or T: 1234567 -> "1.23M"; below 0.01 as "2.0e-3"."""
    if value is None:
        return DASH
    for scale, letter in _SCALES:
        if abs(value) >= scale * 0.9995:
            return f"{_significant(value / scale)}{letter}"
    return _shortest(value) if not 0 < abs(value) < 0.01 else f"{value:.1e}".replace("e-0", "e-")  # learning rates


def duration(seconds: float | None) -> str:
    """Seconds as "42 s", "3 min 20 s" or "5 h 03 min"."""
    if seconds is None:
        return DASH
    if seconds < 59.95:
        return f"{_shortest(seconds)} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"


def percent(share: float | None) -> str:
    """A share of 0 to 1 as per cent; 100 % only where nothing is missing."""
    if share is None:
        return DASH
    rounded = round(share * 100, 1)
    if rounded >= 100 and share < 1:
        rounded = 99.9
    return f"{rounded:.1f} %" if 0 < share < 1 else f"{rounded:.0f} %"


def memory(mib: float | None) -> str:
    """MiB as "812 MiB" or "3.4 GiB"."""
    if mib is None:
        return DASH
    return f"{mib / 1024:.1f} GiB" if mib >= 1024 else f"{mib:.0f} MiB"


def count(number: int, noun: str) -> str:
    """A number and its noun with grouped thousands: "1,076 videos", "1 video"."""
    return f"{grouped(number)} {noun}{'' if number == 1 else 's'}"


def grouped(number: int) -> str:
    """A count with commas between the thousands."""
    return f"{number:,}"


def _significant(value: float) -> str:
    digits = 0 if abs(value) >= 99.95 else 1 if abs(value) >= 9.995 else 2
    return f"{value:.{digits}f}"


def _shortest(value: float) -> str:
    text = _significant(value)
    return text.rstrip("0").rstrip(".") if "." in text else text
