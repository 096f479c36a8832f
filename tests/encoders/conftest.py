"""A small corpus on disk: real JPEG crops, real videos with sound, transcripts and captions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from encoder_media import crop, write_video

from benchmark.corpora.trials import Trial, every_frame


@pytest.fixture
def make_trial(tmp_path: Path) -> Callable[..., Trial]:
    """Builds a trial: ``make_trial("name", frames=6, missing=(3,), sound=tone(2), words=[...])``."""

    def build(
        name: str = "video1",
        frames: int = 6,
        missing: tuple[int, ...] = (),
        sound: np.ndarray | None = None,
        media: bool = True,
        words: list[tuple[str, float, float]] | None = None,
        captions: list[tuple[float, float, str]] | None = None,
    ) -> Trial:
        root = tmp_path / "corpus"
        crops = root / "cropped_aligned" / name
        crops.mkdir(parents=True)
        for row in range(1, frames + 1):
            if row not in missing:
                (crops / f"{row:05d}.jpg").write_bytes(crop(row))
        video = root / "videos" / "batch1" / f"{name}.mp4"
        if media:
            write_video(video, frames, sound)
        transcript, caption = root / "transcripts" / f"{name}.json", root / "captions" / f"{name}.json"
        for path in (transcript, caption):
            path.parent.mkdir(exist_ok=True)
        if words is not None:
            entries = [{"word": word, "start": start, "end": end} for word, start, end in words]
            transcript.write_text(json.dumps({"video": name, "words": entries}))
        if captions is not None:
            segments = [{"start": start, "end": end, "text": text} for start, end, text in captions]
            caption.write_text(json.dumps({"trial": name, "segments": segments}))
        return Trial(
            name=name,
            base_video=name,
            task="va",
            split="train",
            root=root,
            labels={},
            valid={},
            frames=every_frame(frames),
            crop_dir=crops,
            media=video if media else None,
            transcript=transcript if words is not None else None,
            captions=caption if captions is not None else None,
        )

    return build


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABAW_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ABAW_WEIGHTS", raising=False)
