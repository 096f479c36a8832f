"""Swin Transformers (Liu et al. 2021)."""

from __future__ import annotations

from benchmark.encoders.base import EncoderSpec
from benchmark.encoders.pretrained.backbone import Backbone

BACKBONES = (
    Backbone(
        EncoderSpec(
            key="swin_base",
            stream="face",
            dim=1024,
            version=1,
            grid="frames",
            summary="Swin-B/4-7 at 224 px, ImageNet-1k; pooled features of every crop",
            settings={"crop": 112, "resize": "bilinear antialiased", "pool": "mean of the last stage"},
        ),
        "microsoft/swin-base-patch4-window7-224",
        "benchmark.encoders.pretrained.vision:VisionEncoder",
        ("preprocessor_config.json",),
    ),
)
