"""What the expression net makes; read without torch."""

from __future__ import annotations

from pathlib import Path

from benchmark.encoders.base import EncoderSpec

WEIGHTS = Path(__file__).with_name("weights.safetensors")

SPEC = EncoderSpec(
    key="expression_net",
    stream="face",
    dim=256,
    version=1,
    grid="frames",
    summary="pooled features of a 329 KB expression net that ships with the package",
    settings={"size": 112, "mean": [122.782, 117.001, 104.298], "scale": 255, "pool": "mean 7x7"},
)
