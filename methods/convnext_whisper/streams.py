"""From the features of a backbone to one embedding a frame: a projection, or the TCN of the group's repository."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from benchmark.contract import Stream
from benchmark.layers.observed import ObservedFeatures
from benchmark.layers.tcn import TCN


class Projection(nn.Module):
    """A linear map and a norm, frame by frame."""

    def __init__(self, width_in: int, width: int) -> None:
        """Map (B, T, width_in) to (B, T, ``self.width``)."""
        super().__init__()
        self.map, self.norm = nn.Linear(width_in, width), nn.LayerNorm(width)
        self.width = width

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Embed (B, T, width_in); ``mask`` (B, T) is not needed."""
        result: Tensor = self.norm(self.map(x))
        return result


class Convolutions(nn.Module):
    """A TCN of five levels, the last three half as wide, and a norm (repository: video 256 to 128, audio 128 to 64)."""

    KERNEL = 5
    SHARES: Sequence[int] = (1, 1, 2, 2, 2)

    def __init__(self, width_in: int, width: int, dropout: float) -> None:
        """Map (B, T, width_in) to (B, T, ``self.width``), half of ``width``."""
        super().__init__()
        channels = [width // share for share in self.SHARES]
        self.network = TCN(width_in, channels, self.KERNEL, dropout, causal=True)
        self.norm = nn.LayerNorm(channels[-1])
        self.width = channels[-1]

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Embed (B, T, width_in) over the frames where ``mask`` (B, T) is True."""
        result: Tensor = self.norm(self.network(x, mask))
        return result


class FrameEmbedding(nn.Module):
    """A stream on the frame grid, embedded; what is missing has a learned stand-in."""

    def __init__(self, observed: ObservedFeatures, embed: Projection | Convolutions) -> None:
        """Put both parts in series."""
        super().__init__()
        self.observed, self.embed = observed, embed

    def forward(self, stream: Stream, times: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Embeddings (B, T, width) and where the stream was observed (B, T); arguments as ``ObservedFeatures``."""
        values, covered = self.observed(stream, times, mask)
        return self.embed(values, mask), covered
