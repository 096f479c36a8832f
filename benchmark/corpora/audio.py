"""The sound of a video as 16 kHz mono, placed on the clock of its first video frame."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.container import Damage, audio_frames, open_media
from benchmark.errors import UserError

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import InputContainer

AUDIO_RATE = 16_000
#: A jump of the audio clock beyond this is a gap to keep, not jitter of the container's rounding.
_GAP_SECONDS = 0.02
#: A jump beyond this is a damaged time stamp, not a gap; following it would fill the memory with silence.
_IMPOSSIBLE_SECONDS = 600.0
#: Sound that ends this much before the file says is reported.
_SHORT_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Audio:
    """The sound of a video.

    Attributes:
        samples: (S,) float32 mono at 16 kHz, in [-1, 1]; gaps in the sound are zeros.
        start_seconds: time of the first sample, counted from the first video frame; may be negative.
        note: what was damaged or missing, in words; empty if nothing.
    """

    samples: NDArray[np.float32]
    start_seconds: float
    note: str = ""


def read_audio(path: Path) -> Audio | None:
    """Decode the sound of a video, averaged over channels; None if it has no audio stream.

    Of a truncated or damaged file the readable part is returned, with a note.

    Raises:
        UserError: the file cannot be opened, or has an audio stream of which nothing can be decoded.
    """
    damage = Damage()
    with open_media(path) as container:
        if not container.streams.audio:
            return None
        stream = container.streams.audio[0]
        origin = _first_frame_time(container)
        pieces, impossible = _pieces(audio_frames(container, stream, damage))
        announced = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
    if not pieces:
        raise UserError(f"{path}: the sound cannot be decoded; get the file again or remove its audio stream.")
    samples = _assemble(pieces)
    notes = []
    seconds = len(samples) / AUDIO_RATE
    if seconds < announced - _SHORT_SECONDS:
        notes.append(f"sound ends after {seconds:.2f} s of {announced:.2f} s")
    if impossible:
        notes.append(f"{impossible} impossible time stamps ignored")
    if damage.packets:
        notes.append(f"{damage.packets} damaged audio packets skipped")
    return Audio(samples, pieces[0].start - origin, "; ".join(notes))


class _Piece:
    """Sound without a gap and in one format, resampled as it comes."""

    def __init__(self, start: float, frame: AudioFrame) -> None:
        from av import AudioResampler

        self.start = start  #: seconds of the container's clock
        self.due = start  #: when the next frame should start
        self._format = (frame.sample_rate, frame.layout.name, frame.format.name)
        self._resampler = AudioResampler(format="fltp", rate=AUDIO_RATE)
        self._chunks: list[NDArray[np.float32]] = []

    def continues(self, time: float, frame: AudioFrame) -> bool:
        """Whether the frame follows without a gap and in the same format."""
        same = self._format == (frame.sample_rate, frame.layout.name, frame.format.name)
        return same and abs(time - self.due) <= _GAP_SECONDS

    def add(self, frame: AudioFrame) -> None:
        """Append the next frame."""
        self.due += frame.samples / frame.sample_rate
        frame.pts = None  # the piece keeps the time; the resampler would pad or drop by it
        self._resample(frame)

    def samples(self) -> NDArray[np.float32]:
        """All samples, (S,); ends the piece."""
        self._resample(None)
        return np.concatenate(self._chunks)

    def _resample(self, frame: AudioFrame | None) -> None:
        for out in self._resampler.resample(frame):
            self._chunks.append(out.to_ndarray().mean(axis=0, dtype=np.float32))


def _pieces(frames: Iterable[AudioFrame]) -> tuple[list[_Piece], int]:
    """The sound, cut wherever its clock jumps or its format changes, and how many time stamps were impossible."""
    pieces: list[_Piece] = []
    impossible = 0
    for frame in frames:
        due = pieces[-1].due if pieces else 0.0
        time = due if frame.time is None else float(frame.time)
        if abs(time - due) > _IMPOSSIBLE_SECONDS:
            time, impossible = due, impossible + 1
        if not pieces or not pieces[-1].continues(time, frame):
            pieces.append(_Piece(time, frame))
        pieces[-1].add(frame)
    return pieces, impossible


def _assemble(pieces: list[_Piece]) -> NDArray[np.float32]:
    """Put the pieces on one time line; a later piece overwrites what it overlaps."""
    placed = [(max(0, round((piece.start - pieces[0].start) * AUDIO_RATE)), piece.samples()) for piece in pieces]
    samples = np.zeros(max(at + len(sound) for at, sound in placed), dtype=np.float32)
    for at, sound in placed:
        samples[at : at + len(sound)] = sound
    return np.clip(np.nan_to_num(samples), -1, 1)


def _first_frame_time(container: InputContainer) -> float:
    if not container.streams.video:
        return 0.0
    stream = container.streams.video[0]
    return float(stream.start_time * stream.time_base) if stream.start_time and stream.time_base else 0.0
