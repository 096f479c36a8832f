"""CLIP (Radford et al. 2021)."""

from __future__ import annotations

from benchmark.encoders.base import EncoderSpec
from benchmark.encoders.pretrained.backbone import Backbone

BACKBONES = (
    Backbone(
        EncoderSpec(
            key="clip_vit_b16",
            stream="face",
            dim=512,
            version=1,
            grid="frames",
            summary="CLIP ViT-B/16 at 224 px; projected image features of every crop",
            settings={"crop": 112, "resize": "bilinear antialiased", "output": "projection"},
        ),
        "openai/clip-vit-base-patch16",
        "benchmark.encoders.pretrained.vision:ClipVisionEncoder",
        ("preprocessor_config.json",),
    ),
)
