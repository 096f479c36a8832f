"""What the mouth encoder makes; read without torch."""

from __future__ import annotations

from benchmark.encoders.base import EncoderSpec

#: Rows and columns of a crop of 112 x 112 pixels: the mouth, and skin on both cheeks.
MOUTH = (84, 96, 42, 70)
CHEEKS = ((65, 78, 25, 40), (65, 78, 72, 87))
#: A pixel is dark if its luminance is below this share of the cheeks' mean.
DARK = 0.5

SPEC = EncoderSpec(
    key="mouth_opening",
    stream="face",
    dim=1,
    version=1,
    grid="frames",
    summary="share of dark pixels where an aligned crop has its mouth: a proxy of the lips being apart",
    settings={"crop": 112, "mouth": list(MOUTH), "cheeks": [list(box) for box in CHEEKS], "dark": DARK},
)
