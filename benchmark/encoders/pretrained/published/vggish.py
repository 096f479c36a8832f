"""VGGish (Hershey et al. 2017)."""

from __future__ import annotations

from benchmark.encoders.base import EncoderSpec
from benchmark.encoders.logmel_patches.spec import FRONT_END
from benchmark.encoders.pretrained.backbone import Backbone

BACKBONES = (
    Backbone(
        EncoderSpec(
            key="vggish",
            stream="audio",
            dim=128,
            version=1,
            grid="frames",
            summary="VGGish on the 0.96 s from each frame on; embedding before its activation, no whitening",
            settings={**FRONT_END, "width": 64, "hidden": 4096},
        ),
        "vggish-10086976.pth of harritaylor/torchvggish",
        "benchmark.encoders.pretrained.vggish:VggishEncoder",
        configured=False,
    ),
)
