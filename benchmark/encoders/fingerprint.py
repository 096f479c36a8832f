"""Content hashes of the files a trial is encoded from, remembered so that unchanged files are not read again."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmark.encoders.base import EncoderSpec
from benchmark.files import write_whole

if TYPE_CHECKING:
    from benchmark.corpora.trials import Trial

#: Files changed less than this many seconds ago are hashed every time: a second change within one tick of the file
#: system's clock would otherwise go unseen.
SETTLED = 2.0
_BLOCK = 1 << 20


class ContentHasher:
    """SHA-256 of files and of lists of files.

    A remembered hash is used only while size, modification time, change time and inode of every file are the same.
    """

    def __init__(self, memory: Path) -> None:
        self.memory = memory

    def files(self, paths: Sequence[Path]) -> str:
        """Hash of the contents of ``paths`` in order; a missing file counts as such."""
        states = [file_state(path) for path in paths]
        signature = hashlib.sha256(json.dumps(states).encode()).hexdigest()
        place = self._place(paths)
        remembered = _recall(place)
        if remembered.get("signature") == signature:
            return remembered["digest"]
        began = time.time()
        digest = _read_all(path for path, state in zip(paths, states, strict=True) if state)
        newest = max((max(state[1], state[2]) for state in states if state), default=0) / 1e9
        if began - newest > SETTLED and [file_state(path) for path in paths] == states:
            write_whole(place, json.dumps({"signature": signature, "digest": digest}).encode())
        return digest

    def _place(self, paths: Sequence[Path]) -> Path:
        name = hashlib.sha256("\0".join(str(path.absolute()) for path in paths).encode()).hexdigest()
        return self.memory / name[:2] / f"{name[2:34]}.json"


def entry_key(trial: Trial, spec: EncoderSpec, weights: Sequence[Path], hasher: ContentHasher) -> str:
    """Key of a trial's features: a hash of encoder, weights, source contents and, on the frame grid, frame times."""
    parts: dict[str, object] = {
        "spec": spec.fingerprint(),
        "weights": [hasher.files([path]) for path in weights],
        "source": hasher.files(sources(trial, spec)),
    }
    if spec.grid == "frames":
        parts["frames"] = hashlib.sha256(trial.frames.tobytes()).hexdigest()
        parts["times"] = hashlib.sha256(np.ascontiguousarray(trial.frame_times()).tobytes()).hexdigest()
    if (damage := damage_to(trial, spec)) is not None:
        parts["degradation"] = damage
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def damage_to(trial: Trial, spec: EncoderSpec) -> str | None:
    """What decides the damage to the stream that the encoder reads; None where it is as on disk."""
    degradation = trial.degradation
    if degradation is None or spec.stream not in degradation.about.streams:
        return None
    return f"{trial.name}|{degradation.fingerprint()}"


def sources(trial: Trial, spec: EncoderSpec) -> list[Path]:
    """The files of a trial that the encoder's stream is made from; empty where the trial has none."""
    if spec.stream == "face":
        return [trial.crop_path(row) for row in range(1, trial.n_frames + 1)]
    path = {"audio": trial.media, "text": trial.transcript, "behaviour": trial.captions}[spec.stream]
    return [] if path is None else [path]


def file_state(path: Path) -> tuple[int, int, int, int] | None:
    """Size, modification time, change time (ns) and inode of a file, which no ordinary change leaves all the same."""
    try:
        found = os.stat(path)  # noqa: PTH116 - Path.stat costs half as much again, for a million crops
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _read_all(paths: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        total.update(f"{path.name}\0".encode())
        single = hashlib.sha256()
        try:
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    single.update(block)
        except OSError as error:  # an encoder cannot read it either, and says so
            single.update(f"unreadable: {error.strerror}".encode())
        total.update(single.digest())
    return total.hexdigest()


def _recall(place: Path) -> dict[str, str]:
    try:
        data = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # nothing remembered, or half a file: hash again
        return {}
    return data if isinstance(data, dict) else {}
