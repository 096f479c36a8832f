"""Every published backbone that a method names, one module a family; read without torch."""

from __future__ import annotations

from benchmark.encoders.pretrained.backbone import Backbone
from benchmark.encoders.pretrained.published import (
    ast,
    beit,
    clip,
    convnext,
    dinov2,
    grada,
    hubert,
    iresnet,
    qwen_vl,
    roberta,
    swin,
    vggish,
    wavlm,
    whisper,
)

BACKBONES: tuple[Backbone, ...] = tuple(
    one
    for family in (
        ast,
        beit,
        clip,
        convnext,
        dinov2,
        grada,
        hubert,
        iresnet,
        qwen_vl,
        roberta,
        swin,
        vggish,
        wavlm,
        whisper,
    )
    for one in family.BACKBONES
)


def backbone(key: str) -> Backbone:
    """The backbone named ``key``."""
    return next(entry for entry in BACKBONES if entry.spec.key == key)
