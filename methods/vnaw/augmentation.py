"""What a training step changes about a clip; every draw comes from torch's generator and is the same in all frames."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor

#: Log of the smallest and largest height over width of what is erased (Zhong et al. 2020, random erasing).
_ASPECT: Final = (math.log(0.3), math.log(1 / 0.3))
#: Strength of brightness, colour, contrast and sharpness (code).
_STRENGTH: Final = (0.6, 1.4)
#: The operations of which a clip gets one; nothing at all stands twice in the list (code).
OPERATIONS: Final = (
    "autocontrast", "brightness", "colour", "contrast", "equalise", "nothing", "nothing", "posterise", "sharpness",
)  # fmt: skip


def kept_frames(mask: Tensor, rates: Sequence[float]) -> Tensor:
    """Frames that a training step sees, (B, T) bool: each clip loses a share of its frames between two rates.

    Args:
        mask: (B, T) bool, True for real frames; a clip that would lose all keeps all.
        rates: lowest and highest probability with which a clip's frames are lost; one is drawn for each clip.
    """
    low, high = rates
    rate = low + (high - low) * torch.rand(len(mask), 1, device=mask.device)
    kept = mask & (torch.rand(mask.shape, device=mask.device) >= rate)
    return torch.where(kept.any(1, keepdim=True), kept, mask)


def erased_pixels(clips: int, side: int, share: float, device: torch.device | None = None) -> Tensor:
    """One rectangle for each clip that covers ``share`` of its pixels, (clips, side, side) bool."""
    low, high = _ASPECT
    aspect = torch.empty(clips, 1, device=device).uniform_(low, high).exp()
    height = (share * aspect).sqrt().clamp(share, 1)  # as a share of the side; never wider than the picture
    width = share / height
    top, left = (1 - height) * torch.rand_like(height), (1 - width) * torch.rand_like(width)
    middle = (torch.arange(side, device=device) + 0.5) / side
    rows = (middle >= top) & (middle < top + height)
    columns = (middle >= left) & (middle < left + width)
    return rows.unsqueeze(2) & columns.unsqueeze(1)


def recolour(images: Tensor) -> Tensor:
    """Change the colours of one clip by one operation, drawn with its strength.

    Args:
        images: (n, 3, H, W) uint8.
    """
    from torchvision.transforms.v2 import functional  # type: ignore[import-untyped]

    name = OPERATIONS[int(torch.randint(len(OPERATIONS), ()))]
    low, high = _STRENGTH
    strength = low + (high - low) * float(torch.rand(()))
    bits = int(torch.randint(6, 9, ()))
    return {  # type: ignore[no-any-return, no-untyped-call]
        "autocontrast": lambda: functional.autocontrast(images),
        "brightness": lambda: functional.adjust_brightness(images, strength),
        "colour": lambda: functional.adjust_saturation(images, strength),
        "contrast": lambda: functional.adjust_contrast(images, strength),
        "equalise": lambda: functional.equalize(images),
        "nothing": lambda: images,
        "posterise": lambda: functional.posterize(images, bits),
        "sharpness": lambda: functional.adjust_sharpness(images, strength),
    }[name]()


def augmented(values: Tensor, seen: Tensor, erase: float, colours: bool) -> Tensor:
    """The frames that are seen, changed clip by clip: (N, 3, side, side) uint8.

    Args:
        values: (B, T, 3, side, side) uint8.
        seen: (B, T) bool, N of them True.
        erase: share of the pixels that becomes black in every frame of a clip.
        colours: whether each clip gets an operation on colours.
    """
    gone = erased_pixels(len(values), values.shape[-1], erase, values.device) if erase else None
    clips = []
    for row, frames in enumerate(seen):
        images = values[row][frames]
        if colours and len(images):
            images = recolour(images)
        clips.append(images if gone is None else images.masked_fill(gone[row], 0))
    return torch.cat(clips)
