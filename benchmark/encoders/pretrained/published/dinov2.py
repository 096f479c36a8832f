"""DINOv2 (Oquab et al. 2024), its patch tokens pooled so that a corpus of them fits on a disk."""

from __future__ import annotations

from benchmark.encoders.base import EncoderSpec
from benchmark.encoders.pretrained.backbone import Backbone

#: Sides of the grids that the 16 x 16 patches of a 224 px image are pooled to. A frame takes 133,120 bytes with 8 x 8
#: and 34,816 with 4 x 4, the 2.7 million frames of Aff-Wild2 359 and 94 GB (all 256 patches: 526,336 bytes, 1.42 TB).
SIDES = (8, 4)
_DIM = 1024

BACKBONES = tuple(
    Backbone(
        EncoderSpec(
            key=f"dinov2_large_grid{side}",
            stream="face",
            dim=_DIM,
            shape=(1 + side**2, _DIM),
            version=1,
            grid="frames",
            summary=f"DINOv2 ViT-L/14 at 224 px; class token and {side}x{side} means of the patches",
            settings={
                "crop": 112,
                "resize": "bilinear antialiased",
                "image": 224,
                "side": side,
                "layer": "last, normed",
            },
        ),
        "facebook/dinov2-large",
        "benchmark.encoders.pretrained.tokens:TokenEncoder",
        ("preprocessor_config.json",),
    )
    for side in SIDES
)
