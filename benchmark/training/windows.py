"""Trials with their stored features, and the windows a model sees of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from benchmark.contract import Batch, Stream
from benchmark.corpora.trials import Trial
from benchmark.encoders.base import Encoded
from benchmark.tasks import HEADS

#: Seconds of a free-running stream (audio, words) that a window sees beyond its first and last frame: enough for a
#: word or a breath that straddles the edge.
MARGIN = 1.0


@dataclass(frozen=True, slots=True)
class TrialData:
    """A trial with its encoded streams.

    Attributes:
        trial: labels, validity and names.
        streams: stream name -> encoded stream; values are memory-mapped.
        on_frames: names of the streams that have exactly one step per frame.
        frame_times: (N,) seconds.
    """

    trial: Trial
    streams: Mapping[str, Encoded]
    on_frames: frozenset[str]
    frame_times: np.ndarray

    def reading(self, names: Collection[str]) -> TrialData:
        """The same trial with the named streams only; with all of them for no name."""
        kept = {name: stream for name, stream in self.streams.items() if not names or name in names}
        return replace(self, streams=kept)

    def adding(self, streams: Mapping[str, Encoded]) -> TrialData:
        """The same trial with further streams that have one step a frame."""
        return replace(self, streams={**self.streams, **streams}, on_frames=self.on_frames | streams.keys())


@dataclass(frozen=True, slots=True)
class Window:
    """Frames ``start`` (included) to ``stop`` (excluded) of a trial, 0-based."""

    data: TrialData
    start: int
    stop: int


def window_starts(frames: int, length: int, hop: int) -> list[int]:
    """First frames of the windows that cover a trial; the last window ends with the trial.

    Args:
        frames: N >= 1, number of frames of the trial.
        length: window length in frames; a shorter trial is one window.
        hop: distance between starts.
    """
    if frames <= length:
        return [0]
    starts = list(range(0, frames - length, hop))
    return [*starts, frames - length]


def cut(data: Sequence[TrialData], length: int, hop: int) -> list[Window]:
    """All windows of all trials, in trial order."""
    return [
        Window(item, start, min(start + length, item.trial.n_frames))
        for item in data
        for start in window_starts(item.trial.n_frames, length, hop)
    ]


def has_valid_label(window: Window) -> bool:
    """Whether any frame of the window has a label that counts, for any head."""
    return any(bool(valid[window.start : window.stop].any()) for valid in window.data.trial.valid.values())


def collate(windows: Sequence[Window]) -> Batch:
    """Put windows into one padded batch: float32 features and tokens, uint8 images.

    Every stream keeps its own time grid; where a window holds no step of it, one masked step stands in.
    """
    lengths = [w.stop - w.start for w in windows]
    frames = max(lengths)
    frame_times = torch.zeros(len(windows), frames)
    frame_mask = torch.zeros(len(windows), frames, dtype=torch.bool)
    for row, window in enumerate(windows):
        frame_times[row, : lengths[row]] = torch.from_numpy(
            window.data.frame_times[window.start : window.stop].astype(np.float32)
        )
        frame_mask[row, : lengths[row]] = True
    names = windows[0].data.streams.keys()
    labels, valid = _labels(windows, frames)
    return Batch(
        streams={name: _stream(windows, name) for name in names},
        labels=labels,
        valid=valid,
        frame_times=frame_times,
        frame_mask=frame_mask,
        trial=tuple(w.data.trial.name for w in windows),
        start=tuple(w.start for w in windows),
    )


def _stream(windows: Sequence[Window], name: str) -> Stream:
    parts = [_steps(window, name) for window in windows]
    longest = max(max(len(values) for values, _, _ in parts), 1)
    step = parts[0][0].shape[1:]
    kind = torch.uint8 if windows[0].data.streams[name].values.dtype == np.uint8 else torch.float32
    values = torch.zeros(len(parts), longest, *step, dtype=kind)
    times = torch.zeros(len(parts), longest)
    mask = torch.zeros(len(parts), longest, dtype=torch.bool)
    for row, (part_values, part_times, part_mask) in enumerate(parts):
        steps = len(part_values)
        values[row, :steps] = torch.from_numpy(np.array(part_values)).to(kind)
        times[row, :steps] = torch.from_numpy(np.asarray(part_times, dtype=np.float32))
        mask[row, :steps] = torch.from_numpy(np.ascontiguousarray(part_mask))
    values[~mask] = 0
    return Stream(values, times, mask)


def _steps(window: Window, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    stream = window.data.streams[name]
    if name in window.data.on_frames:
        first, last = window.start, window.stop
    else:
        times = window.data.frame_times
        first = int(np.searchsorted(stream.times, times[window.start] - MARGIN, side="left"))
        last = int(np.searchsorted(stream.times, times[window.stop - 1] + MARGIN, side="right"))
    return stream.values[first:last], stream.times[first:last], stream.mask[first:last]


def _labels(windows: Sequence[Window], frames: int) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Labels of every head that any window has; windows of a list without them count for nothing there."""
    labels: dict[str, Tensor] = {}
    valid: dict[str, Tensor] = {}
    for key in dict.fromkeys(key for window in windows for key in window.data.trial.labels):
        kind = HEADS[key].kind
        shape = (len(windows), frames) if kind == "classes" else (len(windows), frames, HEADS[key].width)
        target = torch.zeros(shape, dtype=torch.int64 if kind == "classes" else torch.float32)
        counts = torch.zeros(len(windows), frames, dtype=torch.bool)
        for row, window in enumerate(windows):
            if key not in window.data.trial.labels:
                continue
            part = slice(window.start, window.stop)
            counts[row, : window.stop - window.start] = torch.from_numpy(window.data.trial.valid[key][part])
            target[row, : window.stop - window.start] = torch.from_numpy(window.data.trial.labels[key][part])
        target[~counts] = 0
        labels[key], valid[key] = target, counts
    return labels, valid
