"""GRADA, the affective EfficientNets of Dresvyanskiy et al. (ABAW 2024)."""

from __future__ import annotations

from benchmark.encoders.base import EncoderSpec
from benchmark.encoders.pretrained.backbone import Backbone

BACKBONES = (
    Backbone(
        EncoderSpec(
            key="grada_b1",
            stream="face",
            dim=256,
            version=1,
            grid="frames",
            summary="EfficientNet-B1 at 240 px, fine-tuned on affect; the embedding before its two heads",
            settings={"crop": 112, "resize": "bilinear antialiased", "layer": "embedding"},
        ),
        "affective_static_efficientNet_b1 of DresvyanskiyDenis/ABAW_2024",
        "benchmark.encoders.pretrained.affective_net:AffectiveNetEncoder",
        configured=False,
    ),
)
