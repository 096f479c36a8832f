"""Streams on the frames: a global token and patches of the face, one token of the audio."""

from __future__ import annotations

from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

from benchmark.contract import Stream
from benchmark.errors import UserError
from benchmark.layers.align import gaussian, linear
from benchmark.layers.deviation import with_deviation

MAX_GAP: Final = 0.3
"""Seconds after which the last observation of a modality no longer speaks for a frame (inferred)."""


class FaceTokens(NamedTuple):
    """The face of every frame.

    Attributes:
        whole: (B, T, width) global token.
        patches: (B, T, P, width), P = 0 where they are not read.
        observed: (B, T) bool.
        trust: (B, T) in [0, 1], how near the observation is in time.
    """

    whole: Tensor
    patches: Tensor
    observed: Tensor
    trust: Tensor


class PatchProjection(nn.Module):
    """Patches in the method's own width, each with a learned vector for its place in the face."""

    def __init__(self, dim: int, patches: int, width: int) -> None:
        """Build the map from ``dim`` to ``width`` and the places of ``patches`` patches."""
        super().__init__()
        self.projection = nn.Sequential(nn.Linear(dim, width), nn.LayerNorm(width))
        self.place = nn.Parameter(torch.zeros(patches, width))
        nn.init.normal_(self.place, std=0.02)

    def forward(self, patches: Tensor) -> Tensor:
        """(..., P, dim) to (..., P, width)."""
        projected: Tensor = self.projection(patches)
        return projected + self.place


class FaceProjection(nn.Module):
    """The backbone's global token and patch tokens in the method's own width; patches know their place."""

    def __init__(
        self, dim: int, tokens: int, width: int, deviations: bool, input_dropout: float, patches: bool
    ) -> None:
        """Build the maps.

        Args:
            dim: width of the backbone's tokens.
            tokens: 1 + P, how many the stream has in each frame; the global one comes first.
            width: of the result.
            deviations: also read the features less their mean over the window.
            input_dropout: share of the features that a training step does not see.
            patches: whether they are read, or the global token alone.
        """
        super().__init__()
        self.tokens, self.deviations = tokens, deviations
        inputs = 2 * dim if deviations else dim
        self.drop = nn.Dropout(input_dropout)
        self.whole = nn.Sequential(nn.Linear(inputs, width), nn.LayerNorm(width))
        self.patch = PatchProjection(inputs, tokens - 1, width) if patches else None

    def forward(self, stream: Stream, times: Tensor, mask: Tensor) -> FaceTokens:
        """Tokens of every frame; what stands where the face was not observed means nothing.

        Raises:
            UserError: the stream (B, L, 1 + P, dim) has another number of tokens.
        """
        if stream.values.ndim != 4 or stream.values.shape[2] != self.tokens:
            raise UserError(
                f"model.tokens is {self.tokens}, but a frame of the stream face is {tuple(stream.values.shape[2:])}; "
                "expected that many tokens, such as 17 of encoder expression_grid."
            )
        flat = Stream(stream.values.flatten(2), stream.times, stream.mask)
        aligned = linear(flat, times, mask, max_gap=MAX_GAP)
        values = aligned.values
        if self.deviations:
            parts = with_deviation(values, aligned.covered).unflatten(-1, (2, self.tokens, -1))
            grid = parts.transpose(-3, -2).flatten(-2)
        else:
            grid = values.unflatten(-1, (self.tokens, -1))
        grid = self.drop(grid)
        whole: Tensor = self.whole(grid[..., 0, :])
        patches = whole.new_zeros(*whole.shape[:2], 0, whole.shape[-1])
        if self.patch is not None:
            patches = self.patch(grid[..., 1:, :])
        trust = (1 - aligned.gap / MAX_GAP).clamp(min=0)
        return FaceTokens(whole, patches, aligned.covered, trust)


class AudioProjection(nn.Module):
    """The audio averaged onto the frames, in the method's own width."""

    def __init__(self, dim: int, width: int, deviations: bool, input_dropout: float) -> None:
        """Build the map from ``dim`` to ``width``; the other arguments as in ``FaceProjection``."""
        super().__init__()
        self.deviations = deviations
        self.drop = nn.Dropout(input_dropout)
        self.projection = nn.Linear(dim * (2 if deviations else 1), width)
        self.norm = nn.LayerNorm(width)

    def forward(self, stream: Stream, times: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (B, T, width), zero where nothing was heard, and where something was (B, T)."""
        aligned = gaussian(stream, times, mask, width=0.1, max_gap=MAX_GAP)
        values = with_deviation(aligned.values, aligned.covered) if self.deviations else aligned.values
        tokens: Tensor = self.norm(self.projection(self.drop(values)))
        return torch.where(aligned.covered.unsqueeze(-1), tokens, 0.0), aligned.covered
