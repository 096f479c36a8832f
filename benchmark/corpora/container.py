"""Opening media files safely, and decoding what of them can be decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from benchmark.errors import UserError

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_Frame = TypeVar("_Frame")

#: A playlist that poses as a video would make FFmpeg read other files of the machine, or the network.
_ONLY_PLAIN_MEDIA = {
    "protocol_whitelist": "file",
    "format_whitelist": "mov,mp4,avi,matroska,webm",
}


@dataclass(slots=True)
class Damage:
    """How many packets could not be read or decoded."""

    packets: int = 0


@contextmanager
def open_media(path: Path) -> Iterator[InputContainer]:
    """Open a media file for reading.

    Raises:
        UserError: it is no media file, or its index is missing or damaged.
    """
    import av

    try:
        container = av.open(f"file:{path}", options=_ONLY_PLAIN_MEDIA, metadata_errors="ignore")
    except (av.error.FFmpegError, OSError) as error:
        raise UserError(f"{path}: cannot be opened as a video ({error.strerror}); get the file again.") from None
    with container:
        yield container


def packets_of(container: InputContainer, stream: AudioStream | VideoStream, damage: Damage) -> Iterator[Packet[Any]]:
    """Packets of a stream up to the end, or to where the file breaks off."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:
            damage.packets += 1
            return
        if packet is None:
            return
        yield packet


def audio_frames(container: InputContainer, stream: AudioStream, damage: Damage) -> Iterator[AudioFrame]:
    """Decoded sound; damaged packets are counted and skipped."""
    for packet in packets_of(container, stream, damage):
        yield from _decoded(stream.decode, packet, damage)


def video_frames(container: InputContainer, stream: VideoStream, damage: Damage) -> Iterator[VideoFrame]:
    """Decoded pictures; damaged packets are counted and skipped."""
    for packet in packets_of(container, stream, damage):
        yield from _decoded(stream.decode, packet, damage)


def _decoded(decode: Callable[[Packet[Any]], list[_Frame]], packet: Packet[Any], damage: Damage) -> list[_Frame]:
    import av

    try:
        return decode(packet)
    except av.error.FFmpegError:
        damage.packets += 1
        return []
