"""Qwen3-VL (Qwen Team 2025)."""

from __future__ import annotations

from benchmark.encoders.base import EncoderSpec
from benchmark.encoders.pretrained.backbone import Backbone

BACKBONES = (
    Backbone(
        EncoderSpec(
            key="qwen3_vl_4b",
            stream="behaviour",
            dim=2560,
            version=1,
            grid="times",
            summary="Qwen3-VL-4B-Instruct over 4 s of video every 2 s; last hidden state of the last token",
            settings={
                "segment_seconds": 4,
                "shift_seconds": 2,
                "least_seconds": 1,
                "frames_per_second": 4,
                "frames": 16,
                "longest_side": 448,
                "prompt": "affect-v1",
            },
        ),
        "Qwen/Qwen3-VL-4B-Instruct",
        "benchmark.encoders.pretrained.video_language:VideoLanguageEncoder",
        (
            "tokenizer.json",
            "tokenizer_config.json",
            "preprocessor_config.json",
            "video_preprocessor_config.json",
            "chat_template.json",
        ),
    ),
)
