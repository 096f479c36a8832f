"""Audio Spectrogram Transformer (Gong et al. 2021)."""

from __future__ import annotations

from benchmark.encoders.base import EncoderSpec
from benchmark.encoders.pretrained.backbone import Backbone

BACKBONES = (
    Backbone(
        EncoderSpec(
            key="ast_audioset",
            stream="audio",
            dim=768,
            version=1,
            grid="times",
            summary="AST, AudioSet; last hidden states averaged over frequency, at 10 Hz, from 10 s of sound",
            settings={"window_seconds": 10, "kept_seconds": 5, "pool": "mean over frequency"},
        ),
        "MIT/ast-finetuned-audioset-10-10-0.4593",
        "benchmark.encoders.pretrained.spectrogram:SpectrogramEncoder",
        ("preprocessor_config.json",),
    ),
)
