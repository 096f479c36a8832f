"""Pictures, sounds and videos for the encoder tests."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import simplejpeg

RATE = 16_000
FPS = 10


def crop(seed: int, size: int = 112) -> bytes:
    """A smooth coloured pattern as a JPEG of a face crop's size."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size] / size
    waves = [np.sin(rng.uniform(2, 9) * x + rng.uniform(2, 9) * y + rng.uniform(0, 6)) for _ in range(3)]
    image = (128 + 90 * np.stack(waves, axis=-1) + rng.normal(0, 5, (size, size, 3))).clip(0, 255).astype(np.uint8)
    return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(image), quality=92))


def tone(seconds: float, hertz: float = 220.0) -> np.ndarray:
    """A harmonic tone, (S,) float32 at 16 kHz."""
    t = np.arange(int(seconds * RATE)) / RATE
    return (0.2 * sum(np.sin(2 * np.pi * hertz * k * t) / k for k in range(1, 6))).astype(np.float32)


def write_video(path: Path, frames: int, sound: np.ndarray | None) -> None:
    """An MP4 with ``frames`` grey frames at 10 frames/s and, unless it is None, mono sound."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=FPS)
        video.width = video.height = 64
        audio = container.add_stream("aac", rate=RATE, layout="mono") if sound is not None else None
        for index in range(frames):
            image = np.full((64, 64, 3), index % 256, np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(video.encode(None))
        if audio is not None and sound is not None:
            for start in range(0, len(sound), 1024):
                block = av.AudioFrame.from_ndarray(sound[None, start : start + 1024], format="fltp", layout="mono")
                block.sample_rate, block.pts = RATE, start
                container.mux(audio.encode(block))
            container.mux(audio.encode(None))
