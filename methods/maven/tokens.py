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

    def __init__(self, name: str, dim: int, width: int, deviations: bool = False, dropout: float = 0.0) -> None:
        """Build the projection of modality ``name`` from ``dim`` features to ``width``.

        Args:
            deviations: also project the features less their mean over the window, which tells a person's expression
                from the person's face and voice.
            dropout: share of the features that a training step does not see.
        """
        super().__init__()
        self.name, self.deviations = name, deviations
        self.drop = nn.Dropout(dropout)
        self.projection = nn.Linear(dim * (2 if deviations else 1), width)
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
        values = aligned.values
        if self.deviations:
            counted = (aligned.covered & mask).unsqueeze(-1)
            mean = (values * counted).sum(1, keepdim=True) / counted.sum(1, keepdim=True).clamp(min=1)
            values = torch.cat([values, values - mean], dim=-1)
        seen: Tensor = self.norm(self.projection(self.drop(values)))
        tokens = trust * seen + (1 - trust) * self.missing
        return tokens + sinusoidal(times, mask, tokens.shape[-1]), aligned.covered
