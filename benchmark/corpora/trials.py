"""One annotated person in one video: labels, crops, media and the time of every frame."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.media import frame_times
from benchmark.degradations import Degradation, hidden_frames
from benchmark.errors import UserError

#: Rate assumed where no media says better.
NOMINAL_RATE = 30.0
#: Rows and decoded frames of the real corpus differ by up to two; more than that means another video.
TOLERATED_FRAMES = 2

Frames = NDArray[np.int64]
"""(N,) 1-based frame numbers, ascending."""


@dataclass(frozen=True)
class Trial:
    """A trial of one task and split. The annotation (or the official sample file), never the decoder, defines N.

    Attributes:
        name: trial name, with ``_left`` or ``_right``.
        base_video: name of the video; trials of one video share it.
        task: task key.
        split: ``train``, ``validation`` or ``test``.
        root: folder of the corpus.
        labels: head key -> va float32 (N, 2), expr and ce int64 (N,), au int64 (N, 12); empty on the test split.
        valid: head key -> (N,) bool, True where the label counts; empty on the test split.
        frames: (N,) int64 number of the image that each row is about, 1-based; 1..N but for the multi-task track,
            which lists some images only, in ascending order here, duplicates kept.
        crop_dir: folder of the aligned face crops; need not exist.
        media: video file, or None.
        transcript: words with times, JSON, or None.
        captions: behaviour captions with times, JSON, or None.
        reader_notes: what the reader found odd, in words.
        pictures: file of each row in ``crop_dir``, for a folder whose files are not called by frame numbers.
        degradation: damage to everything that is read of the trial, None for the trial as it is on disk.
    """

    name: str
    base_video: str
    task: str
    split: str
    root: Path
    labels: Mapping[str, NDArray[Any]]
    valid: Mapping[str, NDArray[np.bool_]]
    frames: Frames
    crop_dir: Path
    media: Path | None
    transcript: Path | None
    captions: Path | None
    reader_notes: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    degradation: Degradation | None = None

    @property
    def n_frames(self) -> int:
        """Number of rows N."""
        return len(self.frames)

    @property
    def notes(self) -> tuple[str, ...]:
        """Everything odd about the trial, in words; reads the media's time stamps on first use."""
        return (*self.reader_notes, *self._timing[1])

    def crop_path(self, row: int) -> Path:
        """Crop of row ``row`` (1-based); the file is missing where no face was found.

        Raises:
            IndexError: there is no such row.
        """
        if not 1 <= row <= self.n_frames:
            raise IndexError(f"trial {self.name} has rows 1..{self.n_frames}, not {row}")
        return self.crop_dir / (self.pictures[row - 1] if self.pictures else f"{self.frames[row - 1]:05d}.jpg")

    def crops_present(self) -> NDArray[np.bool_]:
        """(N,) True where the row's crop exists and is not degraded away; one directory scan, not kept."""
        seen = np.ones(self.n_frames, dtype=bool) if self.pictures else self._numbered_crops()
        if self.degradation is not None and "face" in self.degradation.about.streams:
            seen &= ~hidden_frames(self.degradation, self.name, self.frame_times())
        return np.asarray(seen)

    def _numbered_crops(self) -> NDArray[np.bool_]:
        present = np.zeros(int(self.frames.max(initial=0)) + 1, dtype=bool)
        try:
            with os.scandir(self.crop_dir) as entries:
                for entry in entries:
                    stem, dot, extension = entry.name.partition(".")
                    if dot and extension == "jpg" and len(stem) >= 5 and stem.isascii() and stem.isdecimal():
                        number = int(stem)
                        if 0 < number < len(present) and entry.name == f"{number:05d}.jpg":
                            present[number] = True
        except FileNotFoundError:
            pass
        return np.asarray(present[self.frames])

    def frame_times(self) -> NDArray[np.float64]:
        """Seconds of each row from the first video frame, ascending, (N,); see ``notes`` for what was assumed.

        They are the media's own presentation times, extended by its median step where rows outnumber frames, or
        row / 30 where there is no readable media.
        """
        return self._timing[0]

    @cached_property
    def _timing(self) -> tuple[NDArray[np.float64], tuple[str, ...]]:
        times, note = times_of_frames(self.media, self.frames, dense=self.task != "mtl")
        times.setflags(write=False)
        return times, (note,) if note else ()


def times_of_frames(media: Path | None, frames: Frames, dense: bool) -> tuple[NDArray[np.float64], str]:
    """Times of the given 1-based frames of a video, and a note on what was assumed (empty if nothing).

    Args:
        media: video file, or None.
        frames: (N,) frame numbers.
        dense: the rows are all frames of the video, so that their number can be checked against it.
    """
    nominal = (frames - 1) / NOMINAL_RATE
    if media is None:
        return nominal, "no media: frame times assume 30 frames/s"
    try:
        shown = frame_times(media)
    except UserError as error:
        return nominal, f"warning: {error} Frame times assume 30 frames/s."
    rows, step = int(frames.max(initial=0)), 1 / NOMINAL_RATE
    if len(shown) > 1:
        step = float(np.median(np.diff(shown)))
    beyond = np.arange(1, rows - len(shown) + 1) * step
    times = np.concatenate([shown, shown[-1] + beyond])[frames - 1]
    excess = rows - len(shown)
    if excess > TOLERATED_FRAMES or (dense and excess < -TOLERATED_FRAMES):
        return times, f"warning: {rows} rows but {len(shown)} video frames in {media.name}; times extended or cut"
    if excess > 0 or (dense and excess < 0):
        return times, f"rows - video frames = {excess:+d}"
    return times, ""


def every_frame(count: int) -> Frames:
    """Frame numbers 1..count."""
    return np.arange(1, count + 1, dtype=np.int64)
