"""Making one video: crops, media, transcript and captions on disk, and a marker that says they are whole."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.corpora.affrig import pixels
from benchmark.corpora.affrig.captions import caption_file
from benchmark.corpora.affrig.files import write_json
from benchmark.corpora.affrig.film import write_film
from benchmark.corpora.affrig.fingerprint import content_fingerprint
from benchmark.corpora.affrig.places import crop_folder, marker_file, media_file
from benchmark.corpora.affrig.plan import Plan, Unit
from benchmark.corpora.affrig.randomness import generator
from benchmark.corpora.affrig.simulate import Content, Performance, simulate

#: Chance that a transcript misses a word, as speech recognition does.
_WORD_LOSS = 0.04


@dataclass(slots=True)
class _Crops:
    """The crops of one trial while they are being written."""

    folder: Path
    maker: pixels.CropMaker
    digest: Any
    numbers: list[int]
    total: int = 0

    def add(self, picture: pixels.Picture, frame: int) -> None:
        data = self.maker.jpeg(picture, frame)
        (self.folder / f"{frame + 1:05d}.jpg").write_bytes(data)
        self.digest.update(data)
        self.numbers.append(frame + 1)
        self.total += len(data)


def _crops(root: Path, seed: int, unit: Unit, performance: Performance) -> _Crops | None:
    if performance.trial is None:
        return None
    folder = crop_folder(root, performance.trial)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    rng = generator(seed, unit.name, performance.person.key, "crops")
    return _Crops(folder, pixels.CropMaker(rng, performance.conditions), hashlib.sha256(), [])


def _render(content: Content, crops: list[_Crops | None], tick: Callable[[], None]) -> Iterator[pixels.Picture]:
    """Frames of the video; the crops are written on the way, so that every face is rendered once."""
    unit = content.unit
    conditions = content.people[0].conditions
    empty = pixels.canvas(conditions, len(content.people))
    faces = [pixels.face_pictures(performance) for performance in content.people]
    for frame, pictures in enumerate(zip(*faces, strict=True)):  # rows may go on where the video ends
        whole = empty.copy()
        for position, (picture, kept) in enumerate(zip(pictures, crops, strict=True)):
            if picture is None:
                continue
            pixels.place(whole, picture, position)
            if kept is not None:
                kept.add(picture, frame)
        tick()
        if frame < unit.frames:
            yield whole


def _transcript(seed: int, content: Content) -> dict[str, Any]:
    """What speech recognition would hear: nothing in a silent video, and not every word."""
    rng = generator(seed, content.unit.name, "transcript")
    heard = [word for said in content.utterances for word in said.words() if rng.random() > _WORD_LOSS]
    if content.sound is None:
        heard = []
    words = [{"word": word, "start": round(start, 3), "end": round(end, 3)} for start, end, word in heard]
    return {"video": content.unit.name, "words": words}


def _trial_record(performance: Performance, crops: _Crops | None) -> dict[str, Any]:
    trial, labels = performance.trial, performance.labels
    if trial is None or labels is None or crops is None:
        raise ValueError("a bystander has no record")
    return {
        "name": trial.name,
        "crops": crops.numbers,
        "crop_bytes": crops.total,
        "valence": labels.valence.tolist(),
        "arousal": labels.arousal.tolist(),
        "expression": labels.expression.tolist(),
        "slipped": labels.slipped.tolist(),
        "action_units": labels.action_units.tolist(),
        "compound": None if performance.compound is None else performance.compound.tolist(),
    }


def make_unit(root: Path, plan: Plan, unit: Unit, tick: Callable[[], None]) -> None:
    """Make the files of one unit, and its marker last; what an earlier, unfinished attempt left is replaced.

    Args:
        root: folder of the corpus.
        plan: of the corpus.
        unit: what to make.
        tick: called once for each finished frame.

    Raises:
        OSError: the disk is full or not writable.
    """
    content = simulate(plan, unit)
    crops = [_crops(root, plan.seed, unit, performance) for performance in content.people]
    media = media_file(root, unit)
    media.parent.mkdir(parents=True, exist_ok=True)
    size = (160 * len(content.people), 128)
    write_film(media, _render(content, crops, tick), content.ticks[: unit.frames], size, content.sound)
    write_json(root / "transcripts" / f"{unit.name}.json", _transcript(plan.seed, content))
    for performance in content.people:
        if performance.trial is not None:
            name = performance.trial.name
            write_json(root / "captions" / f"{name}.json", caption_file(name, performance.captions))
    film = media.read_bytes()
    pixel_digest = hashlib.sha256(film)
    for kept in crops:
        pixel_digest.update(kept.digest.digest() if kept else b"")
    record = {
        "unit": unit.name,
        "content": content_fingerprint(content),
        "pixels": pixel_digest.hexdigest(),
        "media_bytes": len(film),
        "trials": [
            _trial_record(performance, kept)
            for performance, kept in zip(content.people, crops, strict=True)
            if performance.trial is not None
        ],
    }
    write_json(marker_file(root, unit), record)


def read_marker(root: Path, unit: Unit) -> dict[str, Any] | None:
    """The record of a whole unit; None if it was not finished or its files have changed since."""
    try:
        record: dict[str, Any] = json.loads(marker_file(root, unit).read_text(encoding="utf-8"))
        if media_file(root, unit).stat().st_size != record["media_bytes"]:
            return None
        for trial, kept in zip(unit.trials, record["trials"], strict=True):
            with os.scandir(crop_folder(root, trial)) as entries:
                sizes = [entry.stat().st_size for entry in entries]
            if len(sizes) != len(kept["crops"]) or sum(sizes) != kept["crop_bytes"]:
                return None
    except (OSError, ValueError, KeyError):
        return None
    return record
