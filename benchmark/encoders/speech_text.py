"""Reading transcripts (words with times) and behaviour captions (segments with times)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from benchmark.errors import UserError


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word or a caption.

    Attributes:
        text: as written.
        start, end: seconds from the first video frame, ``start <= end``.
    """

    text: str
    start: float
    end: float

    @property
    def middle(self) -> float:
        """Seconds of its middle."""
        return (self.start + self.end) / 2


def read_words(path: Path | None) -> list[Spoken]:
    """Words of a transcript in the order of their middles; none where there is no transcript.

    Raises:
        UserError: the file is not ``{"words": [{"word", "start", "end"}, ...]}``; names the entry.
    """
    return _read(path, "words", "word")


def read_segments(path: Path | None) -> list[Spoken]:
    """Segments of a caption file in the order of their middles; none where there are no captions.

    Raises:
        UserError: the file is not ``{"segments": [{"text", "start", "end"}, ...]}``; names the entry.
    """
    return _read(path, "segments", "text")


def _read(path: Path | None, items: str, text: str) -> list[Spoken]:
    if path is None:
        return []
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read as JSON ({error}); make it again or remove it.") from None
    entries = data.get(items) if isinstance(data, Mapping) else None
    if not isinstance(entries, list):
        raise UserError(f'{path}: expected an object with a list "{items}"; make it again or remove it.')
    spoken = [_entry(entry, text, f"{path}: {items}[{index}]") for index, entry in enumerate(entries)]
    return sorted((entry for entry in spoken if entry.text), key=lambda entry: entry.middle)


def _entry(entry: Any, text: str, where: str) -> Spoken:
    try:
        words, start, end = entry[text], float(entry["start"]), float(entry["end"])
    except (KeyError, TypeError, ValueError):
        raise UserError(f'{where}: expected "{text}", "start" and "end"; make the file again or remove it.') from None
    if not isinstance(words, str) or not (isfinite(start) and isfinite(end) and start <= end):
        raise UserError(f"{where}: expected text and start <= end in seconds, found {entry!r}.")
    return Spoken(words.strip(), start, end)
