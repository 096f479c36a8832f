"""Overlapping segments of a video at a low frame rate, decoded once and held no longer than needed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from benchmark.corpora.container import Damage, open_media, video_frames
from benchmark.errors import UserError

if TYPE_CHECKING:
    from av.video.frame import VideoFrame


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a video.

    Attributes:
        start, end: seconds from the first frame.
        images: (n, H, W, 3) uint8 RGB, n at least 1.
    """

    start: float
    end: float
    images: npt.NDArray[np.uint8]

    @property
    def middle(self) -> float:
        """Seconds of its middle."""
        return (self.start + self.end) / 2


def read_segments(
    path: Path, seconds: float, shift: float, least: float, rate: float, longest_side: int
) -> Iterator[Segment]:
    """Segments of ``seconds`` that start every ``shift`` seconds; the last ones are shorter, but at least ``least``.

    Args:
        path: video file.
        rate: frames a second that are kept, the first one at or after each tick of the video's own clock.
        longest_side: pixels that larger frames are scaled down to.

    Raises:
        UserError: the file cannot be opened or has no video.
    """
    kept: deque[tuple[float, npt.NDArray[np.uint8]]] = deque()
    start, end = 0.0, 0.0
    for time, image, until in _sampled(path, rate, longest_side):
        end = until
        while image is not None and time >= start + seconds - 1e-6:
            yield _segment(start, start + seconds, kept)
            start += shift
            while kept and kept[0][0] < start - 1e-6:
                kept.popleft()
        if image is not None:
            kept.append((time, image))
    while kept and end - start >= least - 1e-6:
        yield _segment(start, min(end, start + seconds), kept)
        start += shift


def _segment(start: float, end: float, kept: deque[tuple[float, npt.NDArray[np.uint8]]]) -> Segment:
    inside = [image for time, image in kept if start - 1e-6 <= time < end - 1e-6] or [kept[-1][1]]
    return Segment(start, end, np.stack(inside))


def _sampled(path: Path, rate: float, longest_side: int) -> Iterator[tuple[float, npt.NDArray[np.uint8] | None, float]]:
    """(seconds, image or None where the frame is not kept, end of the video so far)."""
    first: float | None = None
    tick, last, step = 0, 0.0, 0.0
    with open_media(path) as container:
        if not container.streams.video:
            raise UserError(f"{path}: has no video; get the file again.")
        for frame in video_frames(container, container.streams.video[0], Damage()):
            if frame.pts is None:
                continue
            first = frame.time if first is None else first
            time = frame.time - first
            step, last = (time - last if time > last else step), time
            keep = time >= tick / rate - 1e-6
            if keep:
                tick = int((time + 1e-6) * rate) + 1
            yield time, _rgb(frame, longest_side) if keep else None, time + step


def _rgb(frame: VideoFrame, longest_side: int) -> npt.NDArray[np.uint8]:
    scale = min(1.0, longest_side / max(frame.width, frame.height))
    width, height = (max(2, 2 * round(scale * side / 2)) for side in (frame.width, frame.height))
    return frame.reformat(width=width, height=height, format="rgb24").to_ndarray().astype(np.uint8, copy=False)
