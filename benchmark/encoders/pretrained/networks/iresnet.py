"""Improved residual network for faces ("IR", Deng et al. 2019, sec. 3.1): ResNet-50 of ArcFace on small crops.

Written from the description and from the parameter names of the public weights of this family, so that these load
strictly: ``input_layer``, ``body``, ``output_layer``. For 40 px crops the last map is 5 x 5.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.functional import normalize

#: Blocks of the four stages of the 50-layer network; the first stage keeps the size, the others halve it.
STAGES = (3, 4, 14, 3)


class Block(nn.Module):
    """Batch norm, convolution, PReLU, strided convolution, batch norm; the shortcut is subsampled or projected."""

    def __init__(self, width_in: int, width: int, stride: int) -> None:
        super().__init__()
        self.shortcut_layer: nn.Module = (
            nn.MaxPool2d(1, stride)
            if width_in == width
            else nn.Sequential(nn.Conv2d(width_in, width, 1, stride, bias=False), nn.BatchNorm2d(width))
        )
        self.res_layer = nn.Sequential(
            nn.BatchNorm2d(width_in),
            nn.Conv2d(width_in, width, 3, padding=1, bias=False),
            nn.PReLU(width),
            nn.Conv2d(width, width, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(n, width_in, H, W) -> (n, width, H / stride, W / stride), rounded up."""
        result: Tensor = self.res_layer(x) + self.shortcut_layer(x)
        return result


class IResNet(nn.Module):
    """Crops (n, 3, size, size) in [-1, 1] to features (n, dim) of length 1."""

    def __init__(self, dim: int, size: int, width: int, stages: Sequence[int] = STAGES) -> None:
        """Build the network.

        Args:
            dim: width of the features; 512 as published.
            size: side of the crops in pixels, a multiple of 8; 40 for the weights of the ABAW entries.
            width: channels of the first stage, doubled from stage to stage; 64 as published.
            stages: blocks of each of the four stages.
        """
        super().__init__()
        self.input_layer = nn.Sequential(
            nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.PReLU(width)
        )
        blocks: list[Block] = []
        before = width
        for stage, count in enumerate(stages):
            for index in range(count):
                blocks.append(Block(before, width << stage, 2 if stage and not index else 1))
                before = width << stage
        self.body = nn.Sequential(*blocks)
        self.output_layer = nn.Sequential(
            nn.BatchNorm2d(before),
            nn.Dropout(0.4),
            nn.Flatten(),
            nn.Linear(before * (size // 8) ** 2, dim),
            nn.BatchNorm1d(dim),
        )

    def forward(self, images: Tensor) -> Tensor:
        """(n, 3, size, size) -> (n, dim)."""
        return normalize(self.output_layer(self.body(self.input_layer(images))))
