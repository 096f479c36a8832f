"""Finding the video of a trial, and reading its frame times and sound on the media's own clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.audio import AUDIO_RATE, Audio, read_audio
from benchmark.corpora.container import Damage, open_media, packets_of, video_frames
from benchmark.corpora.names import base_video, is_plain_name
from benchmark.errors import UserError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

__all__ = ["AUDIO_RATE", "Audio", "find_media", "frame_times", "read_audio"]

_EXTENSIONS = (".mp4", ".avi", ".mov", ".mkv", ".webm")


def find_media(root: Path, trial: str) -> Path | None:
    """The video file of a trial, by stem, over all batches and extensions; None if there is none.

    Looks in ``videos/``, in its subfolders in name order, and in ``root`` itself.

    Args:
        root: folder of the corpus, or of C-EXPR-DB.
        trial: trial name; ``_left`` and ``_right`` share one file.

    Raises:
        ValueError: the name could point outside the folder.
    """
    if not is_plain_name(trial):
        raise ValueError(f"{trial!r} is no plain trial name")
    stem = base_video(trial)
    for folder in _media_folders(root):
        for extension in _EXTENSIONS:
            path = folder / f"{stem}{extension}"
            if path.is_file():
                return path
    return None


def frame_times(path: Path) -> NDArray[np.float64]:
    """Presentation time of each video frame in seconds from the first one, ascending, (M,).

    The times come from the packets, without decoding; a container that gives a packet no time is decoded instead.

    Raises:
        UserError: the file cannot be read or has no video frame.
    """
    times = _packet_times(path)
    if times is None:
        times = _decoded_times(path)
    if not len(times):
        raise UserError(f"{path}: no video frame could be read; expected a video. Get the file again.")
    times = np.sort(times)
    return np.asarray(times - times[0])


def _media_folders(root: Path) -> Iterator[Path]:
    videos = root / "videos"
    if videos.is_dir():
        yield videos
        yield from sorted(path for path in videos.iterdir() if path.is_dir())
    yield root


def _video_stream(path: Path, container: InputContainer) -> VideoStream:
    if not container.streams.video:
        raise UserError(f"{path}: has no video stream; expected a video. Get the file again.")
    return container.streams.video[0]


def _packet_times(path: Path) -> NDArray[np.float64] | None:
    """Times of the packets that hold a shown frame; None if some packet has no time."""
    stamps: list[int] = []
    with open_media(path) as container:
        stream = _video_stream(path, container)
        for packet in packets_of(container, stream, Damage()):
            if packet.size == 0 or packet.is_discard:
                continue
            if packet.pts is None:
                return None
            stamps.append(packet.pts)
        return np.array(stamps, dtype=np.float64) * float(stream.time_base or 1)


def _decoded_times(path: Path) -> NDArray[np.float64]:
    """Times of the decoded frames; a frame without a time follows its predecessor at the average rate."""
    times: list[float] = []
    with open_media(path) as container:
        stream = _video_stream(path, container)
        stream.thread_type = "AUTO"
        step = 1 / float(stream.average_rate or 30)
        for frame in video_frames(container, stream, Damage()):
            follows = times[-1] + step if times else 0.0
            times.append(follows if frame.time is None else frame.time)
    return np.array(times)
