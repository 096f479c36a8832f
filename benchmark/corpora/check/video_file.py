"""One video: frames, clock and sound as the container has them, or decoded. Runs in a worker."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.corpora.check.container_end import missing_bytes
from benchmark.corpora.container import Damage, audio_frames, open_media, packets_of, video_frames
from benchmark.errors import UserError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

#: Steps between frames that differ from the usual one by more than this share of it are no rounding.
_IRREGULAR = 0.25
#: Sound of fewer bytes a second may be digital silence; it is decoded to be sure.
_QUIET_BYTES = 2_000
#: Largest sample of sound that nobody can hear: -80 dB.
_SILENCE = 1e-4


@dataclass(slots=True)
class VideoFile:
    """What a video is.

    Attributes:
        problem: why it cannot be read; empty if it can.
        frames: video frames that the container holds.
        decoded: frames that decoding shows; None if it was not decoded.
        damaged: packets that cannot be read or decoded.
        lacking: bytes that the file lacks at its end.
        seconds: length of the pictures.
        rate: frames a second, on average.
        variable: whether its frames come at irregular times.
        sound: whether there is an audio stream.
        sound_seconds: length of the sound.
        sound_start: seconds from the first frame to the first sound.
        silent: whether the sound is digital silence; None if it was not decoded.
    """

    problem: str = ""
    frames: int = 0
    decoded: int | None = None
    damaged: int = 0
    lacking: int = 0
    seconds: float = 0.0
    rate: float = 0.0
    variable: bool = False
    sound: bool = False
    sound_seconds: float = 0.0
    sound_start: float = 0.0
    silent: bool | None = None

    @property
    def whole(self) -> bool:
        """Whether it can be read up to its end."""
        return not self.problem and not self.lacking

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> VideoFile:
        """From what ``to_json`` gave."""
        return cls(**data)


@dataclass(slots=True)
class _Clock:
    """Time stamps of one stream, seconds."""

    starts: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    untimed: int = 0
    size: int = 0

    def add(self, packet: Packet[Any]) -> None:
        self.size += packet.size
        if packet.pts is None or not packet.time_base:
            self.untimed += 1
            return
        start = float(packet.pts * packet.time_base)
        self.starts.append(start)
        self.ends.append(start + float((packet.duration or 0) * packet.time_base))

    @property
    def count(self) -> int:
        return len(self.starts) + self.untimed

    @property
    def start(self) -> float:
        return min(self.starts, default=0.0)

    @property
    def seconds(self) -> float:
        return max(self.ends) - self.start if self.ends else 0.0


def check_video(path: Path, decode: bool) -> VideoFile:
    """Read every packet of a video, and with ``decode`` every frame and all its sound."""
    result = VideoFile()
    try:
        result.lacking = missing_bytes(path)
        with open_media(path) as container:
            if not container.streams.video:
                result.problem = "has no video stream"
                return result
            quiet = _read_packets(container, result)
        if decode:
            with open_media(path) as container:
                _decode_pictures(container, result)
        if result.sound and (decode or quiet):
            with open_media(path) as container:
                result.silent = _is_silent(container, result)
    except UserError as error:
        result.problem = str(error).removeprefix(f"{path}: ")
    except OSError as error:
        result.problem = error.strerror or str(error)
    return result


def _read_packets(container: InputContainer, result: VideoFile) -> bool:
    """Count and time the packets; returns whether the sound takes so few bytes that it may be silence."""
    stream: VideoStream = container.streams.video[0]
    sound: AudioStream | None = container.streams.audio[0] if container.streams.audio else None
    pictures, sounds = _Clock(), _Clock()
    damage = Damage()
    wanted: Any = [stream] if sound is None else [stream, sound]
    for packet in packets_of(container, wanted, damage):
        if packet.size and not packet.is_discard:
            (pictures if packet.stream is stream else sounds).add(packet)
    result.frames, result.damaged = pictures.count, damage.packets
    spread = max(pictures.starts, default=0.0) - pictures.start
    if pictures.untimed or not spread:  # as in most avi files: frames follow at one rate
        result.rate = float(stream.average_rate or 30)
        result.seconds = pictures.count / result.rate
    else:
        result.rate = (pictures.count - 1) / spread
        result.seconds = pictures.seconds
        result.variable = _irregular(pictures.starts)
    result.sound = bool(sounds.count)
    if result.sound:
        result.sound_seconds = sounds.seconds
        result.sound_start = sounds.start - pictures.start
    return sounds.size < _QUIET_BYTES * sounds.seconds


def _irregular(starts: list[float]) -> bool:
    steps = np.diff(np.sort(np.asarray(starts)))
    if len(steps) < 2:
        return False
    usual = float(np.median(steps))
    return float(np.mean(np.abs(steps - usual) > _IRREGULAR * usual)) > 0.01


def _decode_pictures(container: InputContainer, result: VideoFile) -> None:
    damage = Damage()
    result.decoded = sum(1 for _ in video_frames(container, container.streams.video[0], damage))
    result.damaged = max(result.damaged, damage.packets)


def _is_silent(container: InputContainer, result: VideoFile) -> bool:
    damage = Damage()
    loudest = 0.0
    for frame in audio_frames(container, container.streams.audio[0], damage):
        samples = frame.to_ndarray()
        scale = 1.0 if samples.dtype.kind == "f" else float(2 ** (8 * samples.dtype.itemsize - 1))
        if samples.size:
            loudest = max(loudest, float(np.ptp(samples.astype(np.float64))) / 2 / scale)
    result.damaged = max(result.damaged, damage.packets)
    return loudest < _SILENCE
