"""Feature fusion: features of single tasks are added to the autoencoder's feature [released code]."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from benchmark.contract import Stream

_SLOPE = 0.1  # of the LeakyReLU in the released code


class FeatureFusion(nn.Module):
    """Sum, then Linear, ReLU, Dropout, Linear and LeakyReLU."""

    def __init__(self, width: int, streams: Mapping[str, int], dropout: float, stream_dropout: float = 0.0) -> None:
        """Build the fusion.

        Args:
            width: of the autoencoder's feature and of the result.
            streams: stream name -> width of its features; another width than ``width`` is mapped to it first.
            dropout: between the two linear maps.
            stream_dropout: share of the streams' features that a training step does not see, which is all the
                augmentation that stored features can have.
        """
        super().__init__()
        self.maps = nn.ModuleDict(
            {
                name: nn.Sequential(
                    nn.Dropout(stream_dropout), nn.Identity() if dim == width else nn.Linear(dim, width)
                )
                for name, dim in streams.items()
            }
        )
        self.mix = nn.Sequential(
            nn.Linear(width, width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(width, width), nn.LeakyReLU(_SLOPE)
        )

    def forward(self, face: Tensor, streams: Mapping[str, Stream]) -> Tensor:
        """(..., width) and streams on the same steps -> (..., width); a step that was not observed adds nothing."""
        for name, projection in self.maps.items():
            stream = streams[name]
            face = face + projection(stream.values) * stream.mask.unsqueeze(-1)
        result: Tensor = self.mix(face)
        return result
