"""The expression net in torch: four blocks of depthwise-separable convolutions with summed shortcuts.

Source: the face feature extractor and expression net of face-api (see PROVENANCE.md of encoders/expression_net);
TensorFlow layout and "same" padding carried over exactly.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, relu, relu_

#: Channels of the four blocks; each block halves height and width.
WIDTHS = (32, 64, 128, 256)
#: Mean RGB that the net was trained with, in 0..255.
MEAN_RGB = (122.782, 117.001, 104.298)


class SeparableConv(nn.Module):
    """Depthwise 3x3 convolution, then pointwise 1x1 with bias; nothing between the two."""

    def __init__(self, width_in: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.stride = stride
        self.depthwise = nn.Conv2d(
            width_in, width_in, 3, stride, padding=1 if stride == 1 else 0, groups=width_in, bias=False
        )
        self.pointwise = nn.Conv2d(width_in, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, width, H / stride, W / stride); H and W even where the stride is 2."""
        if self.stride == 2:
            x = pad(x, (0, 1, 0, 1))  # TensorFlow pads an even side after its end only
        return self.pointwise(self.depthwise(x))  # type: ignore[no-any-return]


class Block(nn.Module):
    """One strided convolution and three more, each of which reads the sum of all before it."""

    def __init__(self, width_in: int, width: int) -> None:
        super().__init__()
        first = width_in == 3
        self.first = nn.Conv2d(3, width, 3, 2) if first else SeparableConv(width_in, width, 2)
        self.rest = nn.ModuleList(SeparableConv(width, width) for _ in range(3))
        self.pad = (0, 1, 0, 1) if first else (0, 0, 0, 0)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, width, H / 2, W / 2), not negative."""
        total = relu_(self.first(pad(x, self.pad)))
        total = total + self.rest[0](total)
        total = total.add_(self.rest[1](relu(total)))
        total = total.add_(self.rest[2](relu(total)))
        return relu_(total)


class ExpressionNet(nn.Module):
    """112 px RGB crops to 256 pooled features, and from those to the logits of seven expressions."""

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(Block(a, b) for a, b in zip((3, *WIDTHS), WIDTHS, strict=False)))
        self.classifier = nn.Linear(WIDTHS[-1], 7)
        self.register_buffer("mean", torch.tensor(MEAN_RGB).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Features of crops.

        Args:
            images: (B, 112, 112, 3) uint8 RGB.

        Returns:
            (B, 256) float32, not negative.
        """
        return self.pooled(images.permute(0, 3, 1, 2).float())  # stays channels-last, as decoded

    def pooled(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in 0..255, H and W multiples of 16 -> (B, 256) float32, not negative."""
        return self.maps(images)[-1].mean((2, 3))

    def maps(self, images: Tensor) -> list[Tensor]:
        """What each block makes of (B, 3, H, W) RGB in 0..255: (B, 32, H / 2, W / 2) to (B, 256, H / 16, W / 16)."""
        x = (images - self.mean) / 255
        found: list[Tensor] = []
        for block in self.blocks:
            x = block(x)
            found.append(x)
        return found
