"""The ways in which inputs are made worse when a trained run is scored again, as data, and what is drawn at random.

Which frames go missing, what covers a face and which noise is heard depend on the trial, the kind and the severity
alone: every method and every floor gets the very same damage, whatever it reads and whenever it runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from benchmark.errors import UserError, unknown_name

SEED = 0  #: of all damage; stands in every record
VERSION = 1  #: raised when the damage of one severity changes
BURST = 1.0  #: mean length in seconds of the stretches that go missing

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Kind:
    """One way of making inputs worse.

    Attributes:
        key: name on the command line.
        title: name on the board.
        axis: what a severity counts, with its unit.
        low, high: allowed severities, ``low`` itself excluded where ``open_end``.
        streams: streams that it reaches; a method that reads none of them is not affected.
        falling: True where a smaller number is the graver damage.
        raw: True where pictures or sound change, so that they are encoded anew; False where streams lose steps or move.
        summary: what is done, in one sentence.
    """

    key: str
    title: str
    axis: str
    low: float
    high: float
    streams: tuple[str, ...]
    summary: str
    falling: bool = False
    raw: bool = False
    open_end: bool = True


_KINDS = (
    Kind(
        "video_missing", "Video missing", "share of the frames that are missing", 0, 1, ("face", "behaviour"),
        "Frames go missing in stretches of one second on average; captions of missing frames go too.",
    ),
    Kind(
        "audio_missing", "Audio missing", "share of the time without sound", 0, 1, ("audio",),
        "Sound goes missing in stretches of one second on average; the transcript stays.",
    ),
    Kind(
        "text_missing", "Text missing", "share of the time without words", 0, 1, ("text",),
        "Words go missing in stretches of one second on average.",
    ),
    Kind(
        "occlusion", "Occlusion", "share of the face crop that is covered", 0, 1, ("face",),
        "A flat rectangle covers part of the crop; place, shape and colour change every second.", raw=True,
    ),
    Kind(
        "blur", "Blur", "standard deviation in pixels of a 112-pixel crop", 0, 56, ("face",),
        "Crops are blurred by a Gaussian.", raw=True,
    ),
    Kind(
        "audio_snr", "Noise", "signal-to-noise ratio in dB", -40, 60, ("audio",),
        "Pink noise is added to the sound, measured against the mean power of the whole recording.",
        falling=True, raw=True, open_end=False,
    ),
    Kind(
        "audio_shift", "Audio shift", "seconds by which the sound comes late", -10, 10, ("audio",),
        "The sound moves against the picture; a negative shift makes it come early.", open_end=False,
    ),
    Kind(
        "fps", "Frame rate", "frames a second that are seen", 0, 240, ("face",),
        "Only the frames nearest to the ticks of a slower clock are seen.", falling=True,
    ),
)  # fmt: skip
KINDS = {kind.key: kind for kind in _KINDS}


@dataclass(frozen=True, slots=True)
class Degradation:
    """One kind at one severity."""

    kind: str
    severity: float

    @property
    def about(self) -> Kind:
        """Facts about the kind."""
        return KINDS[self.kind]

    @property
    def gravity(self) -> float:
        """Grows with the damage, within one kind."""
        return -self.severity if self.about.falling else abs(self.severity)

    def fingerprint(self) -> str:
        """Everything that decides the damage to one trial."""
        return f"{self}|seed {SEED}|version {VERSION}"

    def generator(self, trial: str, *more: int) -> np.random.Generator:
        """Random draws for one trial; ``more`` tells apart parts of it that are drawn on their own."""
        digest = hashlib.sha256(f"{trial}|{self.fingerprint()}".encode()).digest()
        return np.random.default_rng([int.from_bytes(digest[:16], "big"), *more])

    def __str__(self) -> str:
        return f"{self.kind}={self.severity:g}"


def parse_degradations(options: Sequence[str]) -> tuple[Degradation, ...]:
    """Read ``kind=severity,severity`` of ``--degrade``; each once, the mildest of a kind first.

    Raises:
        UserError: the kind is unknown, or a severity is no number or out of range.
    """
    found: dict[str, list[Degradation]] = {}
    for option in options:
        key, sign, text = option.partition("=")
        if key not in KINDS:
            raise unknown_name("degradation", key, KINDS)
        if not sign:
            raise UserError(f'--degrade "{option}": expected {key}=SEVERITY; a severity is the {KINDS[key].axis}.')
        found.setdefault(key, []).extend(_severity(KINDS[key], part, option) for part in text.split(","))
    return tuple(one for ones in found.values() for one in sorted(set(ones), key=lambda d: (d.gravity, d.severity)))


def _severity(kind: Kind, text: str, option: str) -> Degradation:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if isfinite(value) and kind.low <= value <= kind.high and not (kind.open_end and value == kind.low):
        if kind.key == "audio_shift" and value == 0:
            raise UserError(f'--degrade "{option}": a shift of 0 changes nothing; the clean score is in every record.')
        return Degradation(kind.key, value)
    bounds = f"more than {kind.low:g} and at most {kind.high:g}" if kind.open_end else f"{kind.low:g} to {kind.high:g}"
    raise UserError(f'--degrade "{option}": "{text}" is no severity of {kind.key}; expected {bounds} ({kind.axis}).')


def hidden_frames(degradation: Degradation, trial: str, frame_times: NDArray[np.float64]) -> Mask:
    """(N,) True for the frames of the time line that the damage takes away.

    Args:
        trial: trial name.
        frame_times: (N,) ascending seconds.
    """
    kind, frames = degradation.kind, len(frame_times)
    if kind == "fps":
        return ~_ticks(frame_times, degradation.severity)
    if kind not in {"video_missing", "audio_missing", "text_missing"}:
        return np.zeros(frames, np.bool_)
    step = float(np.median(np.diff(frame_times))) if frames > 1 else 1.0
    count = round(degradation.severity * frames)
    return bursts(degradation.generator(trial), frames, count, BURST / step if step > 0 else 1.0)


def bursts(generator: np.random.Generator, length: int, count: int, burst: float) -> Mask:
    """(length,) with exactly ``count`` True, in separate runs whose mean length is about ``burst``."""
    if count == 0:
        return np.zeros(length, np.bool_)
    runs = max(1, min(round(count / burst), count, length - count + 1))
    true = _parts(generator, count - runs, runs) + 1
    false = _parts(generator, length - count - (runs - 1), runs + 1)
    false[1:-1] += 1  # two runs never touch
    lengths = np.zeros(2 * runs + 1, np.int64)
    lengths[0::2], lengths[1::2] = false, true
    return np.repeat(np.arange(2 * runs + 1) % 2 == 1, lengths)


def _parts(generator: np.random.Generator, total: int, parts: int) -> NDArray[np.int64]:
    """``total`` split into ``parts`` numbers of 0 or more, every split equally likely."""
    bars = np.sort(generator.choice(total + parts - 1, parts - 1, replace=False))
    edges = np.concatenate([[-1], bars, [total + parts - 1]])
    return np.asarray(np.diff(edges) - 1, np.int64)


def _ticks(frame_times: NDArray[np.float64], rate: float) -> Mask:
    """(N,) True for the frame nearest to each tick of a clock of ``rate`` Hz that starts with the first frame."""
    seen = np.zeros(len(frame_times), np.bool_)
    if not len(frame_times):
        return seen
    ticks = np.arange(frame_times[0], frame_times[-1] + 0.5 / rate, 1 / rate)
    after = np.clip(np.searchsorted(frame_times, ticks), 1, max(len(frame_times) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(frame_times) - 1)
    nearest = np.where(ticks - frame_times[before] <= frame_times[after] - ticks, before, after)
    seen[nearest] = True
    return seen
