"""BEiT (Bao et al. 2022)."""

from __future__ import annotations

from benchmark.encoders.base import EncoderSpec
from benchmark.encoders.pretrained.backbone import Backbone

BACKBONES = (
    Backbone(
        EncoderSpec(
            key="beit_large",
            stream="face",
            dim=1024,
            version=1,
            grid="frames",
            summary="BEiT-L/16 at 224 px, ImageNet-22k; mean of the last patch tokens of every crop",
            settings={"crop": 112, "resize": "bilinear antialiased", "pool": "mean of the last patch tokens, normed"},
        ),
        "microsoft/beit-large-patch16-224-pt22k-ft22k",
        "benchmark.encoders.pretrained.vision:VisionEncoder",
        ("preprocessor_config.json",),
    ),
)
