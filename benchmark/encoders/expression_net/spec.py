"""What the expression net makes; read without torch."""

from __future__ import annotations

from pathlib import Path

from benchmark.encoders.base import EncoderSpec

WEIGHTS = Path(__file__).with_name("weights.safetensors")

_PREPROCESSING = {"size": 112, "mean": [122.782, 117.001, 104.298], "scale": 255, "pool": "mean 7x7"}

SPEC = EncoderSpec(
    key="expression_net",
    stream="face",
    dim=256,
    version=1,
    grid="frames",
    summary="pooled features of a 329 KB expression net that ships with the package",
    settings=_PREPROCESSING,
)

#: The seven numbers are what the net learned from real faces, so that a few dozen people suffice to learn from them;
#: the 256 features tell people apart as much as expressions.
LOGITS = EncoderSpec(
    key="expression_logits",
    stream="face",
    dim=7,
    version=1,
    grid="frames",
    summary="logits of seven expressions by the same net",
    settings={**_PREPROCESSING, "output": "logits"},
)
