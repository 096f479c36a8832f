"""RoBERTa (Liu et al. 2019)."""

from __future__ import annotations

from benchmark.encoders.base import EncoderSpec
from benchmark.encoders.pretrained.backbone import Backbone

BACKBONES = (
    Backbone(
        EncoderSpec(
            key="roberta_base",
            stream="text",
            dim=768,
            version=1,
            grid="times",
            summary="RoBERTa base; last hidden states, mean over the pieces of each word",
            settings={"pieces": 256, "context_pieces": 64, "layer": "last"},
        ),
        "FacebookAI/roberta-base",
        "benchmark.encoders.pretrained.text:TextEncoder",
        ("tokenizer.json",),
    ),
)
