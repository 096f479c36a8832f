"""One token a frame and modality: alignment, projection and what stands in for a missing modality."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor, nn

from benchmark.contract import Stream
from benchmark.layers.align import Aligned, gaussian, linear
from benchmark.layers.position import sinusoidal


def _face(stream: Stream, times: Tensor, mask: Tensor) -> Aligned:
    # already one step a frame; the gap only bridges short losses of the face
    return linear(stream, times, mask, max_gap=MAX_GAP["face"])


def _audio(stream: Stream, times: Tensor, mask: Tensor) -> Aligned:
    # audio steps are denser than frames: average instead of picking two of them
    return gaussian(stream, times, mask, width=0.1, max_gap=MAX_GAP["audio"])


def _text(stream: Stream, times: Tensor, mask: Tensor) -> Aligned:
    # eq. 12, "TemporalInterpolate": between the words
    return linear(stream, times, mask, max_gap=MAX_GAP["text"])


MAX_GAP: Final = {"face": 0.5, "audio": 0.3, "text": 2.0}
"""Seconds after which the last observation of a modality no longer counts (inferred)."""

_ALIGN: Final[dict[str, Callable[[Stream, Tensor, Tensor], Aligned]]] = {
    "face": _face,
    "audio": _audio,
    "text": _text,
}

MODALITIES: Final = tuple(_ALIGN)


class ModalityTokens(nn.Module):
    """The "projection" boxes of fig. 3, on the frame grid, with a learned stand-in where the modality is missing."""

    def __init__(self, name: str, dim: int, width: int) -> None:
        """Build the projection of modality ``name`` from ``dim`` features to ``width``."""
        super().__init__()
        self.name = name
        self.projection = nn.Linear(dim, width)
        self.norm = nn.LayerNorm(width)  # encoders differ in scale; the released code z-normalises each segment
        self.missing = nn.Parameter(torch.zeros(width))
        nn.init.normal_(self.missing, std=0.5)

    def forward(self, stream: Stream, times: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (B, T, width) and where they rest on an observation (B, T).

        The trust in an observation falls linearly with its distance in time and the learned stand-in takes its place,
        so that nothing jumps when a face is lost or a word fades.
        """
        aligned = _ALIGN[self.name](stream, times, mask)
        trust = (1 - aligned.gap / MAX_GAP[self.name]).clamp(min=0).unsqueeze(-1)
        seen: Tensor = self.norm(self.projection(aligned.values))
        tokens = trust * seen + (1 - trust) * self.missing
        return tokens + sinusoidal(times, mask, tokens.shape[-1]), aligned.covered
