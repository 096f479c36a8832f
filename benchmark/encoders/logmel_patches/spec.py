"""The log-mel patch of VGGish (Hershey et al. 2017), and the offline encoder that averages it; read without torch."""

from __future__ import annotations

from typing import Final

from benchmark.encoders.base import EncoderSpec

#: Steps of 10 ms and mel bands of one patch.
STEPS, BANDS = 96, 64
#: Cells that the offline encoder averages a patch to: 8 of 120 ms by 16 of four bands.
CELLS = (8, 16)

#: Settings of the front end that AudioSet's release and the entries of ABAW share.
FRONT_END: Final = {
    "rate": 16000,
    "frame": 400,
    "hop": 160,
    "fft": 512,
    "bands": BANDS,
    "band_range_hz": [125, 7500],
    "log_offset": 0.01,
    "patch_steps": STEPS,
    "patch": "begins at the frame",
}

SPEC = EncoderSpec(
    key="logmel_patches",
    stream="audio",
    dim=CELLS[0] * CELLS[1],
    version=1,
    grid="frames",
    summary="the 0.96 s log-mel patch of VGGish from each frame on, averaged to 8 x 16 cells",
    settings={**FRONT_END, "cells": list(CELLS)},
)
