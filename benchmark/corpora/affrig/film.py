"""Writing a video with sound: MPEG-4 Part 2 and AAC in mp4, every frame at its own presentation time."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.affrig.clock import TICKS
from benchmark.corpora.affrig.espeak import SAMPLE_RATE
from benchmark.corpora.affrig.signals import IntArray

_VIDEO_BITS = 320_000
_AUDIO_BITS = 48_000
_BLOCK = 1024  # samples of an AAC frame


def write_film(
    path: Path,
    frames: Iterable[NDArray[np.uint8]],
    ticks: IntArray,
    size: tuple[int, int],
    sound: NDArray[np.int16] | None,
) -> None:
    """Write an mp4 file.

    Args:
        path: file to write; an existing one is overwritten.
        frames: (H, W, 3) RGB pictures, one for each tick.
        ticks: (F,) presentation times in 1/60000 s.
        size: (W, H), both even.
        sound: (S,) int16 mono at 22,050 Hz; None writes no audio stream.
    """
    clock = Fraction(1, TICKS)
    with av.open(str(path), "w", format="mp4", options={"fflags": "+bitexact", "movflags": "+faststart"}) as container:
        video = container.add_stream("mpeg4", rate=Fraction(TICKS, max(1, round(float(np.median(np.diff(ticks)))))))
        video.width, video.height = size
        video.pix_fmt = "yuv420p"
        video.bit_rate = _VIDEO_BITS
        video.time_base = clock
        video.codec_context.time_base = clock
        video.codec_context.thread_count = 1
        audio = None
        if sound is not None:
            audio = container.add_stream("aac", rate=SAMPLE_RATE)
            audio.bit_rate = _AUDIO_BITS
            audio.layout = "mono"
            audio.options = {"aac_coder": "fast"}  # the default search costs four times as much as the pictures
        for picture, tick in zip(frames, ticks, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = int(tick), clock
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if sound is not None and audio is not None:
            for start in range(0, len(sound), _BLOCK):
                block = av.AudioFrame.from_ndarray(sound[None, start : start + _BLOCK], format="s16", layout="mono")
                block.sample_rate, block.pts, block.time_base = SAMPLE_RATE, start, Fraction(1, SAMPLE_RATE)
                container.mux(audio.encode(block))
            container.mux(audio.encode(None))
