"""A stream's features on the frames of a window, with a learned stand-in where nothing was observed."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from benchmark.contract import Stream
from benchmark.layers.align import gaussian, linear
from benchmark.layers.deviation import with_deviation


class ObservedFeatures(nn.Module):
    """Align a stream with the frames, mark what is missing, and drop a share of the features in training.

    Attributes:
        width: of the result, ``dim`` or twice as much with deviations.
    """

    def __init__(
        self,
        dim: int,
        max_gap: float,
        kernel: float = 0.0,
        deviations: bool = False,
        dropout: float = 0.0,
    ) -> None:
        """Build the stand-in.

        Args:
            dim: width of the stream's features.
            max_gap: seconds after which the nearest observation no longer speaks for a frame.
            kernel: standard deviation in seconds of the mean around each frame, for streams faster than the frames;
                0 interpolates linearly, which leaves a stream with one step a frame as it is.
            deviations: also give the features less their mean over the window.
            dropout: share of the features that a training step does not see.
        """
        super().__init__()
        self.max_gap, self.kernel, self.deviations = max_gap, kernel, deviations
        self.width = 2 * dim if deviations else dim
        self.drop = nn.Dropout(dropout)
        self.missing = nn.Parameter(torch.zeros(self.width))

    def forward(self, stream: Stream, times: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, T, width) and where they rest on an observation (B, T).

        The trust in an observation falls linearly with its distance in time and the stand-in takes its place, so that
        nothing jumps when a stream is lost.

        Args:
            stream: (B, L, dim) on any time grid.
            times: (B, T) seconds of the frames.
            mask: (B, T) bool, True for real frames.
        """
        if self.kernel > 0:
            aligned = gaussian(stream, times, mask, self.kernel, self.max_gap)
        else:
            aligned = linear(stream, times, mask, self.max_gap)
        values, covered = aligned.values, aligned.covered
        if self.deviations:
            values = with_deviation(values, covered)
        trust = (1 - aligned.gap / self.max_gap).clamp(min=0).unsqueeze(-1)
        return trust * self.drop(values) + (1 - trust) * self.missing, covered
