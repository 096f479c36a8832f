"""WavLM (Chen et al. 2022)."""

from __future__ import annotations

from benchmark.encoders.base import EncoderSpec
from benchmark.encoders.pretrained.backbone import Backbone

BACKBONES = (
    Backbone(
        EncoderSpec(
            key="wavlm_large",
            stream="audio",
            dim=1024,
            version=1,
            grid="times",
            summary="WavLM large; last hidden states at 50 Hz",
            settings={"chunk_seconds": 20, "context_seconds": 1, "layer": "last"},
        ),
        "microsoft/wavlm-large",
        "benchmark.encoders.pretrained.audio:SpeechEncoder",
        ("preprocessor_config.json",),
    ),
)
