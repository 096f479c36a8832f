"""Whisper (Radford et al. 2023)."""

from __future__ import annotations

from benchmark.encoders.base import EncoderSpec
from benchmark.encoders.pretrained.backbone import Backbone

BACKBONES = (
    Backbone(
        EncoderSpec(
            key="whisper_base",
            stream="audio",
            dim=512,
            version=1,
            grid="times",
            summary="encoder of Whisper base; last hidden states at 50 Hz",
            settings={"context_seconds": 5, "layer": "last"},
        ),
        "openai/whisper-base",
        "benchmark.encoders.pretrained.whisper:WhisperEncoder",
        ("preprocessor_config.json",),
    ),
)
