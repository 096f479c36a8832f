"""The cross-modal filter: audio counts where the person's mouth moves and the face is there (make_audio_windows.py)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from benchmark.contract import Stream
from benchmark.layers.align import nearest

#: Gaps between open stretches that are closed, and open stretches that are dropped, seconds (code).
GAP, BLIP = 0.15, 0.20
#: Length of the audio windows that are judged, and the distance between their starts, seconds (code).
WINDOW, SHIFT = 4.0, 2.0
#: Share of a window with an open mouth that it needs: 1 s of 4 (code).
OPEN = 0.25


@dataclass(frozen=True, slots=True)
class SpeechFilter:
    """Which seconds of audio are used.

    Attributes:
        threshold: opening above which a mouth is open, in the units in which the network gets the stream.
        coverage: share of a window's frames that need a face.
    """

    threshold: float
    coverage: float

    def __call__(self, mouth: Stream, times: Tensor, mask: Tensor, centres: Tensor) -> Tensor:
        """(B, K) bool: the second lies in at least one window that passes.

        Args:
            mouth: opening of the mouth, one step a frame, masked where there is no face.
            times, mask: (B, T) of the frames.
            centres: (B, K) middles of the seconds, as ``audio.seconds_of`` gives them.
        """
        aligned = nearest(mouth, times, mask, 0.0)  # one step a frame: what is not exactly there is not there
        present = aligned.covered
        opened = smooth(present & (aligned.values[..., 0] > self.threshold), times, mask)
        step = frame_step(times, mask)
        first = (centres[:, :1] / SHIFT).floor() * SHIFT - SHIFT
        number = int(centres.shape[1] / SHIFT) + 3
        starts = first + SHIFT * torch.arange(number, device=times.device)
        inside = mask.unsqueeze(2) & (times.unsqueeze(2) >= starts.unsqueeze(1))
        inside &= times.unsqueeze(2) < starts.unsqueeze(1) + WINDOW
        frames = inside.sum(1)
        enough = opened.unsqueeze(2) & inside
        passed = enough.sum(1) >= OPEN * frames
        passed &= (present.unsqueeze(2) & inside).sum(1) >= self.coverage * frames
        passed &= frames * step >= 1.0 - 1e-6  # windows of less than a second are not judged (code: minimum 1 s)
        of_window = (centres.unsqueeze(2) > starts.unsqueeze(1)) & (centres.unsqueeze(2) < starts.unsqueeze(1) + WINDOW)
        return (of_window & passed.unsqueeze(1)).any(2)


def smooth(opened: Tensor, times: Tensor, mask: Tensor) -> Tensor:
    """Close gaps of at most ``GAP`` seconds between open frames, then drop open stretches of at most ``BLIP``.

    Counted in whole frames, and a single frame is short at any frame rate (code).

    Args:
        opened: (B, T) bool.
        times, mask: (B, T); padding is at the end.
    """
    step = frame_step(times, mask)
    first = torch.where(mask, times, torch.inf).amin(1, keepdim=True) - step
    last = torch.where(mask, times, -torch.inf).amax(1, keepdim=True) + step
    before, after = _ends(opened & mask, times)
    filled = opened | (mask & (after - before - step <= _limit(GAP, step)))
    before, after = _ends(~filled & mask, times)
    length = torch.minimum(after, last) - torch.maximum(before, first) - step
    return filled & mask & (length > _limit(BLIP, step))


def _ends(edge: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
    """Times of the last ``edge`` frame up to each frame and of the first one from it on, infinite where none."""
    before = torch.where(edge, times, -torch.inf).cummax(1).values
    after = torch.where(edge, times, torch.inf).flip(1).cummin(1).values.flip(1)
    return before, after


def _limit(seconds: float, step: Tensor) -> Tensor:
    """Half a frame more than the longest run of whole frames that counts as short, (B, 1) seconds."""
    frames = (seconds / step.clamp(min=1e-3)).round().clamp(min=1)
    return (frames + 0.5) * step


def frame_step(times: Tensor, mask: Tensor) -> Tensor:
    """Mean seconds between the frames of each window, (B, 1)."""
    span = torch.where(mask, times, 0.0).amax(1) - torch.where(mask, times, torch.inf).amin(1)
    return torch.where(mask.sum(1) > 1, span / (mask.sum(1) - 1).clamp(min=1), 0.0).unsqueeze(1)
