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

#: Side of the patch grid of ``GRID``. What a linear probe finds of the action units of affrig's training videos, as
#: mean area under the curve over held-out people: .756 in the last map's mean, .764 in its 4 x 4 means, .756 in all
#: 7 x 7; .775 in the third map's 4 x 4 means (.774 in 7 x 7); .773 in both maps' means, .779 in their 4 x 4 means.
GRID_SIDE = 4

#: A global token and the patches, row by row; each token holds both maps' features.
GRID = EncoderSpec(
    key="expression_grid",
    stream="face",
    dim=128 + 256,
    shape=(1 + GRID_SIDE**2, 128 + 256),
    version=1,
    grid="frames",
    summary="17 tokens of 384 a frame: mean and 4x4 patches of the same net's third and fourth feature maps",
    settings={**_PREPROCESSING, "pool": f"means of 14x14 and 7x7 over 1x1 and {GRID_SIDE}x{GRID_SIDE}"},
)
