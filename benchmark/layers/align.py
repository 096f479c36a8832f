"""Put a stream from its own time grid onto the frame times.

All functions return the same triple and never raise for an empty stream: where nothing was observed the values are
zero, ``covered`` is False and ``gap`` is infinite.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from benchmark.contract import Stream


class Aligned(NamedTuple):
    """A stream on the frame grid.

    Attributes:
        values: (B, T, D) features, zero where not covered.
        covered: (B, T) bool, True where an observed step lies within the allowed gap of a real frame.
        gap: (B, T) seconds from the frame to the nearest observed step, infinite where there is none.
    """

    values: Tensor
    covered: Tensor
    gap: Tensor


class _Neighbours(NamedTuple):
    """Observed steps before and after each frame: (B, T) step indices and distances in seconds."""

    before: Tensor
    after: Tensor
    to_before: Tensor
    to_after: Tensor


def nearest(stream: Stream, frame_times: Tensor, frame_mask: Tensor, max_gap: float) -> Aligned:
    """Carry the nearest observed step to each frame, as for a word that lasts several frames.

    Args:
        stream: (B, L, D) features on any time grid.
        frame_times: (B, T) seconds.
        frame_mask: (B, T) bool, True for real frames.
        max_gap: seconds beyond which a step no longer speaks for a frame.
    """
    sides = _neighbours(stream, _finite(frame_times, frame_mask))
    later = sides.to_after < sides.to_before
    gap = torch.where(later, sides.to_after, sides.to_before)
    values = _take(stream, torch.where(later, sides.after, sides.before))
    return _finish(values, gap, frame_mask, max_gap)


def linear(stream: Stream, frame_times: Tensor, frame_mask: Tensor, max_gap: float) -> Aligned:
    """Interpolate linearly between the observed steps around each frame and hold the first and the last.

    Arguments as for ``nearest``. A frame at the very time of an observed step gets that step unchanged.
    """
    sides = _neighbours(stream, _finite(frame_times, frame_mask))
    span = sides.to_before + sides.to_after
    share = torch.where(span > 0, sides.to_before / span.clamp(min=torch.finfo(span.dtype).tiny), 0.0)
    # before == after outside the observed range, where any share gives the edge value; inf/inf is caught here too
    share = torch.where((sides.before == sides.after) | ~share.isfinite(), 0.0, share).unsqueeze(-1)
    before, after = _take(stream, sides.before), _take(stream, sides.after)
    values = torch.lerp(before, after, share.to(before.dtype))  # exact at both ends
    return _finish(values, torch.minimum(sides.to_before, sides.to_after), frame_mask, max_gap)


def gaussian(stream: Stream, frame_times: Tensor, frame_mask: Tensor, width: float, max_gap: float) -> Aligned:
    """Average the observed steps around each frame with weights ``exp(-(t - s)^2 / (2 width^2))``.

    For streams that are faster than the frames (audio at 50 or 100 Hz), where interpolation would drop steps.

    Args:
        stream: (B, L, D) features on any time grid.
        frame_times: (B, T) seconds.
        frame_mask: (B, T) bool, True for real frames.
        width: standard deviation of the kernel, seconds.
        max_gap: seconds beyond which a step no longer speaks for a frame.
    """
    times = _finite(frame_times, frame_mask)
    observed = stream.mask.unsqueeze(1)
    steps = torch.where(stream.mask, stream.times, 0.0)
    distance = (times.unsqueeze(2) - steps.unsqueeze(1)).abs().masked_fill(~observed, torch.inf)
    gap = distance.amin(2)
    # relative to the nearest step, so that the weights never all vanish; an empty stream gets even weights of zeros
    scaled = torch.where(observed, -0.5 * (distance / width) ** 2, -torch.inf)
    scaled = torch.where(stream.mask.any(1)[:, None, None], scaled, 0.0)
    weights = scaled.softmax(2)
    values = _zeroed(stream)
    return _finish(weights.to(values.dtype) @ values, gap, frame_mask, max_gap)


def _neighbours(stream: Stream, times: Tensor) -> _Neighbours:
    steps, order = torch.where(stream.mask, stream.times, torch.inf).sort(dim=1, stable=True)
    last = (stream.mask.sum(1, keepdim=True) - 1).clamp(min=0)
    position = torch.searchsorted(steps, times.to(steps.dtype).contiguous())
    after = torch.minimum(position, last)
    before = torch.minimum((position - 1).clamp(min=0), last)
    return _Neighbours(
        before=order.gather(1, before),
        after=order.gather(1, after),
        to_before=(times - steps.gather(1, before)).abs(),
        to_after=(times - steps.gather(1, after)).abs(),
    )


def _finite(frame_times: Tensor, frame_mask: Tensor) -> Tensor:
    return torch.where(frame_mask, frame_times, 0.0)


def _zeroed(stream: Stream) -> Tensor:
    return torch.where(stream.mask.unsqueeze(-1), stream.values, 0.0)


def _take(stream: Stream, index: Tensor) -> Tensor:
    return _zeroed(stream).gather(1, index.unsqueeze(-1).expand(-1, -1, stream.values.shape[-1]))


def _finish(values: Tensor, gap: Tensor, frame_mask: Tensor, max_gap: float) -> Aligned:
    gap = gap.masked_fill(~frame_mask, torch.inf)
    covered = gap <= max_gap
    return Aligned(torch.where(covered.unsqueeze(-1), values, 0.0), covered, gap)
