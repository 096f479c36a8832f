"""Two ways of giving faces and sound to a Transformer encoder."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from benchmark.layers.position import sinusoidal
from benchmark.layers.transformer import TransformerEncoder


class FrameFusion(nn.Module):
    """A token a frame: the modalities' embeddings side by side, mapped twice, then contextualised.

    As the group's repository: linear to ``hidden``, LeakyReLU of 0.1, linear to ``width``, encoder with norms after
    each residual. Time is added as sines of seconds (inferred).
    """

    def __init__(
        self,
        widths: Mapping[str, int],
        hidden: int,
        width: int,
        layers: int,
        heads: int,
        feed_forward: int,
        dropout: float,
    ) -> None:
        """Build the maps and the encoder.

        Args:
            widths: modality -> width of its embeddings.
            hidden: width after the first map.
            width: width of the encoder.
            layers: of the encoder; 0 leaves each frame by itself.
            heads: attention heads; divides ``width``.
            feed_forward: hidden width of the encoder's feed-forward parts.
            dropout: in the encoder.
        """
        super().__init__()
        self.names = tuple(widths)
        self.map = nn.Sequential(nn.Linear(sum(widths.values()), hidden), nn.LeakyReLU(0.1), nn.Linear(hidden, width))
        self.encoder = TransformerEncoder(width, layers, heads, feed_forward, dropout, norm_first=False)

    def forward(
        self, features: Mapping[str, Tensor], covered: Mapping[str, Tensor], times: Tensor, mask: Tensor
    ) -> Tensor:
        """(B, T, width) of every frame.

        Args:
            features: modality -> (B, T, its width).
            covered: modality -> (B, T) bool; not needed, because stand-ins say what is missing.
            times: (B, T) seconds.
            mask: (B, T) bool, True for real frames.
        """
        tokens = self.map(torch.cat([features[name] for name in self.names], dim=-1))
        result: Tensor = self.encoder(tokens + sinusoidal(times, mask, tokens.shape[-1]), mask)
        return result


class TokenFusion(nn.Module):
    """A token a frame and modality, so that attention itself relates faces and sound; averaged a frame at the end.

    Inferred: the abstract says no more than that a Transformer encoder fuses. Tokens that rest on no observation are
    attended to by nobody and count in no average, unless the frame has no other.
    """

    def __init__(
        self, widths: Mapping[str, int], width: int, layers: int, heads: int, feed_forward: int, dropout: float
    ) -> None:
        """Build the maps and the encoder; arguments as in ``FrameFusion``."""
        super().__init__()
        self.maps = nn.ModuleDict({name: nn.Linear(own, width) for name, own in widths.items()})
        self.encoder = TransformerEncoder(width, layers, heads, feed_forward, dropout, norm_first=False)

    def forward(
        self, features: Mapping[str, Tensor], covered: Mapping[str, Tensor], times: Tensor, mask: Tensor
    ) -> Tensor:
        """(B, T, width) of every frame; arguments as in ``FrameFusion``."""
        seen = torch.stack([covered[name] & mask for name in self.maps], dim=1)  # (B, modalities, T)
        seen = seen | ~seen.any(1, keepdim=True)
        tokens = torch.stack([project(features[name]) for name, project in self.maps.items()], dim=1)
        tokens = tokens + sinusoidal(times, mask, tokens.shape[-1]).unsqueeze(1)
        usable = (seen & mask.unsqueeze(1)).flatten(1)
        mixed = self.encoder(tokens.flatten(1, 2), usable).unflatten(1, tokens.shape[1:3])
        weight = seen.unsqueeze(-1).to(mixed.dtype)
        result: Tensor = (mixed * weight).sum(1) / weight.sum(1)
        return result
