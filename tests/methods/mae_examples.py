"""A tiny network of this entry and batches for it."""

from __future__ import annotations

from typing import Any

import torch

from benchmark.contract import Batch, Stream
from benchmark.tasks import get_task
from methods.mae_curriculum.model import build

SIDE, WIDTH = 16, 16
TINY: dict[str, Any] = {
    "patch": 4,
    "width": WIDTH,
    "depth": 2,
    "vit_heads": 2,
    "decoder_width": 8,
    "decoder_depth": 1,
    "decoder_heads": 2,
    "layers": 1,
    "heads": 2,
    "tcn_widths": [8, 8],
}
DIMS = {"face": SIDE, "face_expression": 6}


def make(task: str, seed: int = 0, **options: Any) -> Any:
    torch.manual_seed(seed)
    return build(get_task(task), DIMS, **(TINY | options))


def batch_of(windows: int = 2, frames: int = 5, seed: int = 0, observed: float = 0.8) -> Batch:
    draw = torch.Generator().manual_seed(seed)
    mask = torch.rand(windows, frames, generator=draw) < observed
    times = (torch.arange(frames) / 10).expand(windows, -1)
    images = torch.randint(0, 256, (windows, frames, 3, SIDE, SIDE), generator=draw).to(torch.uint8)
    images[~mask] = 0

    def features(width: int) -> Stream:
        return Stream(torch.randn(windows, frames, width, generator=draw) * mask.unsqueeze(-1), times, mask)

    valid = torch.rand(4, windows, frames, generator=draw) < 0.8
    return Batch(
        streams={
            "face": Stream(images, times, mask),
            "face_expression": features(6),
            **{f"single_{name}": features(WIDTH) for name in ("au", "expr", "valence")},
        },
        labels={
            "va": torch.rand(windows, frames, 2, generator=draw) * 2 - 1,
            "expr": torch.randint(8, (windows, frames), generator=draw),
            "au": (torch.rand(windows, frames, 12, generator=draw) < 0.5).float(),
            "ce": torch.randint(7, (windows, frames), generator=draw),
        },
        valid=dict(zip(("va", "expr", "au", "ce"), valid, strict=True)),
        frame_times=times,
        frame_mask=torch.ones(windows, frames, dtype=torch.bool),
        trial=tuple(f"t{k}" for k in range(windows)),
        start=(0,) * windows,
    )
