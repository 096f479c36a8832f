"""ResNet-50 IR (ArcFace, Deng et al. 2019), trained on faces and expressions by ABAW entrants."""

from __future__ import annotations

from benchmark.encoders.base import EncoderSpec
from benchmark.encoders.pretrained.backbone import Backbone

BACKBONES = (
    Backbone(
        EncoderSpec(
            key="iresnet50_fer",
            stream="face",
            dim=512,
            version=1,
            grid="frames",
            summary="ResNet-50 IR, MS-Celeb-1M then FER+; unit vectors of 40 px centre crops",
            settings={
                "frame": 48,
                "crop": 40,
                "resize": "bilinear antialiased",
                "scale": "-1..1",
                "width": 64,
                "norm": "l2",
            },
        ),
        "res50_ir_0.887.pth of sucv/ABAW3 and wangyq123/abaw8",
        "benchmark.encoders.pretrained.faces:FaceNetEncoder",
        configured=False,
    ),
)
