"""HuBERT (Hsu et al. 2021)."""

from __future__ import annotations

from benchmark.encoders.base import EncoderSpec
from benchmark.encoders.pretrained.backbone import Backbone

BACKBONES = (
    Backbone(
        EncoderSpec(
            key="hubert_base",
            stream="audio",
            dim=768,
            version=1,
            grid="times",
            summary="HuBERT base, LibriSpeech 960 h; last hidden states at 50 Hz",
            settings={"chunk_seconds": 20, "context_seconds": 1, "layer": "last"},
        ),
        "facebook/hubert-base-ls960",
        "benchmark.encoders.pretrained.audio:SpeechEncoder",
        ("preprocessor_config.json",),
    ),
)
