"""From stored crops to what the transformer reads: normalisation, augmentation, and back for a picture."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

_MEAN = (0.499, 0.410, 0.366)  # released code
_DEVIATION = (0.297, 0.270, 0.265)
_GREY = (0.299, 0.587, 0.114)  # luma of ITU-R 601


def to_unit(images: Tensor) -> Tensor:
    """(N, 3, H, W) in 0..255 -> float32 in [0, 1]."""
    return images.float() / 255


def normalise(images: Tensor) -> Tensor:
    """(N, 3, H, W) in [0, 1] -> mean about 0 and deviation about 1, by the released statistics."""
    return (images - _column(_MEAN, images)) / _column(_DEVIATION, images)


def to_bytes(images: Tensor) -> Tensor:
    """The inverse of both: normalised (N, 3, H, W) -> uint8."""
    unit = images.float() * _column(_DEVIATION, images) + _column(_MEAN, images)
    return (unit.clamp(0, 1) * 255).round().to(torch.uint8)


class Augmentation(nn.Module):
    """Flip, crop, turn, move and recolour each image on its own; the identity outside training.

    Released: flip 0.5, resized crop of 0.8 to 1 of the area, rotation within 10 degrees, colour jitter 0.2, 0.2, 0.2
    (and hue 0.1), then a second affine map of 10 degrees, a tenth of the side and 0.9 to 1.1. Here the geometric ones
    are one map, sampled once, and hue is left alone.
    """

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, H, W) in [0, 1] -> the same."""
        return self._recolour(self._move(images)) if self.training and len(images) else images

    def _move(self, images: Tensor) -> Tensor:
        def uniform(low: float, high: float) -> Tensor:
            return torch.empty(len(images), device=images.device).uniform_(low, high)

        angle = torch.deg2rad(uniform(-10, 10) + uniform(-10, 10))
        cropped = uniform(0.8, 1).sqrt()
        scale = cropped / uniform(0.9, 1.1)
        flip = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
        # the crop lies anywhere within the image, the move is a tenth of the side; grid units are half a side
        shift = [uniform(-1, 1) * (1 - cropped) + uniform(-0.2, 0.2) for _ in range(2)]
        cosine, sine = angle.cos() * scale, angle.sin() * scale
        maps = torch.stack(
            [torch.stack([flip * cosine, -sine, shift[0]], -1), torch.stack([flip * sine, cosine, shift[1]], -1)], 1
        )
        grid = functional.affine_grid(maps, list(images.shape), align_corners=False)
        return functional.grid_sample(images, grid, padding_mode="border", align_corners=False)

    def _recolour(self, images: Tensor) -> Tensor:
        def factor() -> Tensor:
            return torch.empty(len(images), 1, 1, 1, device=images.device).uniform_(0.8, 1.2)

        images = images * factor()
        grey = (images * _column(_GREY, images)).sum(1, keepdim=True)
        level = grey.mean((2, 3), keepdim=True)
        images = level + (images - level) * factor()
        grey = (images * _column(_GREY, images)).sum(1, keepdim=True)
        return (grey + (images - grey) * factor()).clamp(0, 1)


def contact_sheet(rows: list[Tensor], gap: int = 2) -> Tensor:
    """Rows of equally many images, one row each: (N, 3, H, W) uint8 -> (height, width, 3) uint8 on white."""
    height, width = rows[0].shape[-2:]
    count = len(rows[0])
    sheet = torch.full((len(rows) * (height + gap) + gap, count * (width + gap) + gap, 3), 255, dtype=torch.uint8)
    for down, images in enumerate(rows):
        for across, image in enumerate(images.cpu()):
            top, left = gap + down * (height + gap), gap + across * (width + gap)
            sheet[top : top + height, left : left + width] = image.permute(1, 2, 0)
    return sheet


def evenly(count: int, wanted: int) -> list[int]:
    """Up to ``wanted`` indices spread over ``count``."""
    return [math.floor(k * count / min(count, wanted)) for k in range(min(count, wanted))]


def _column(values: tuple[float, float, float], like: Tensor) -> Tensor:
    return torch.tensor(values, device=like.device).view(1, 3, 1, 1)
