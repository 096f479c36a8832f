"""What the sound encoder makes; read without torch."""

from __future__ import annotations

from benchmark.encoders.base import EncoderSpec

#: Mel bands between 60 and 7,600 Hz.
BANDS = 32

#: Names of the features behind the three groups of bands, in order. "relative" is to the recording's own middle.
PROSODY = (
    "level",  # dB / 20
    "level_relative",
    "voicing",  # mean aperiodicity turned to 0..1
    "voiced_share",
    "f0",  # octaves from 150 Hz, carried over unvoiced stretches
    "f0_relative",
    "f0_slope",  # octaves a second
    "tilt",  # dB an octave / 10
    "centroid",  # octaves from 1 kHz
    "flux",  # dB between frames / 10
    "level_spread_1s",
    "f0_spread_1s",
    "level_mean_2s",
    "f0_mean_2s",
    "tilt_mean_2s",
    "flux_mean_2s",
    "voiced_share_2s",
    "pause_share_2s",
    "nuclei_per_second",  # peaks of the loudness contour in voiced sound, a proxy of syllables a second / 5
)

SPEC = EncoderSpec(
    key="logmel_prosody",
    stream="audio",
    dim=3 * BANDS + len(PROSODY),
    version=1,
    grid="times",
    summary="log-mel bands (mean, relative mean, spread) and prosody at 12.5 Hz",
    settings={
        "rate": 16000,
        "frame": 400,
        "hop": 160,
        "frames_per_step": 8,
        "bands": BANDS,
        "band_range_hz": [60, 7600],
        "f0_range_hz": [60, 500],
        "prosody": list(PROSODY),
    },
)
