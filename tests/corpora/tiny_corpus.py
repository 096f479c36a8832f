"""Hand-made corpora of a few rows, with real JPEG crops and real encoded videos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import simplejpeg

from benchmark.tasks import HEADS

CHALLENGES = {
    "va": "VA_Estimation_Challenge",
    "expr": "EXPR_Recognition_Challenge",
    "au": "AU_Detection_Challenge",
}
AU_ROW = "0,0,1,0,0,0,1,0,0,0,1,0"
NO_AU = ",".join(["-1"] * 12)
ROWS = {
    "va": ["0.25,-0.5", "-5,-5", "1,-1", "0.125,0.0625"],
    "expr": ["0", "7", "-1", "3"],
    "au": [AU_ROW, NO_AU, AU_ROW, AU_ROW],
    "ce": ["6", "-1", "0", "2"],
}


def write(path: Path, text: str) -> Path:
    """Write a text file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def annotate(path: Path, head: str, rows: Sequence[str] | None = None) -> Path:
    """Write an annotation file of a head."""
    return write(path, "\n".join([",".join(HEADS[head].names), *(rows or ROWS[head])]) + "\n")


def mtl_text(rows: Iterable[tuple[str, str, str, str]]) -> str:
    """Text of a multi-task file; each row is image, "v,a", class, "au,...,au"."""
    return "\n".join(["image,valence,arousal,expression,aus", *(",".join(row) for row in rows)]) + "\n"


def crop(folder: Path, numbers: Iterable[int]) -> None:
    """Write JPEG crops."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        picture = np.full((112, 112, 3), number % 256, dtype=np.uint8)
        (folder / f"{number:05d}.jpg").write_bytes(simplejpeg.encode_jpeg(picture))


def film(
    path: Path,
    times: Sequence[float],
    sound_from: float | None = 0.0,
    seconds: float | None = None,
    gap: tuple[float, float] | None = None,
    channels: tuple[float, ...] = (0.5,),
    faststart: bool = False,
    codec: str = "libx264",
    b_frames: int = 2,
) -> Path:
    """Encode a video whose frames are shown at ``times`` and a 440 Hz tone.

    Args:
        path: file to write; the extension chooses the container.
        times: presentation time of each frame in seconds; none for sound alone.
        sound_from: time of the first audio sample; None for no audio stream.
        seconds: length of the sound; default: as long as the pictures.
        gap: (after, silence) seconds of sound, then a hole in the audio clock.
        channels: amplitude of the tone in each channel.
        faststart: put the index first, so that a truncated file can be read.
        codec: video codec.
        b_frames: number of bidirectional frames, which are stored out of order.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    with av.open(str(path), "w", options={"movflags": "faststart"} if faststart else {}) as container:
        audio, base = None, Fraction(1, 90_000) if path.suffix == ".mp4" else Fraction(1, 30)
        if times:
            video = container.add_stream(codec, rate=30)
            video.width = video.height = 64
            video.pix_fmt = "yuv420p"
            video.codec_context.max_b_frames = b_frames
            video.codec_context.time_base = base
        if sound_from is not None:
            codec_name = "aac" if path.suffix == ".mp4" else "mp3"
            audio = container.add_stream(codec_name, rate=44_100, layout="mono" if len(channels) == 1 else "stereo")
        for time in times:
            frame = av.VideoFrame.from_ndarray(rng.integers(0, 255, (64, 64, 3), dtype=np.uint8), format="rgb24")
            frame.pts, frame.time_base = round(time / base), base
            container.mux(video.encode(frame))
        if times:
            container.mux(video.encode(None))
        if audio is not None:
            _tone(container, audio, sound_from, seconds or max(times) + 1 / 30, gap, channels)
    return path


def _tone(container, stream, start, seconds, gap, channels):
    rate, size = 44_100, stream.codec_context.frame_size or 1152
    tone = np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)
    sound = np.outer(channels, tone).astype(np.float32)
    for at in range(0, sound.shape[1], size):
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(sound[:, at : at + size]),
            format="fltp",
            layout="mono" if len(channels) == 1 else "stereo",
        )
        late = gap[1] if gap and at >= gap[0] * rate else 0.0
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), at + round((start + late) * rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def make_corpus(root: Path, pack: str = "6th ABAW Annotations") -> Path:
    """Two training and one validation trial for each of va, expr and au, crops and one video."""
    for head, challenge in CHALLENGES.items():
        for split, trials in {
            "Train_Set": ("1-30-640x360", "video7_left"),
            "Validation_Set": ("video7_right",),
        }.items():
            for trial in trials:
                annotate(root / pack / challenge / split / f"{trial}.txt", head)
    for trial in ("1-30-640x360", "video7_left"):
        crop(root / "cropped_aligned" / trial, (1, 2, 4))
    film(root / "videos" / "batch2" / "video7.mp4", [0, 0.1, 0.2], sound_from=0.0)
    return root
