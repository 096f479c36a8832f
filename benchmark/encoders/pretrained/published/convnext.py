"""ConvNeXt (Liu et al. 2022)."""

from __future__ import annotations

from benchmark.encoders.base import EncoderSpec
from benchmark.encoders.pretrained.backbone import Backbone

BACKBONES = (
    Backbone(
        EncoderSpec(
            key="convnext_tiny",
            stream="face",
            dim=768,
            version=1,
            grid="frames",
            summary="ConvNeXt-T at 224 px, ImageNet-1k; pooled features of every crop",
            settings={"crop": 112, "resize": "bilinear antialiased", "pool": "mean, norm"},
        ),
        "facebook/convnext-tiny-224",
        "benchmark.encoders.pretrained.vision:VisionEncoder",
        ("preprocessor_config.json",),
    ),
)
