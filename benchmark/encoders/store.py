"""The feature store: every trial is encoded once, and stored features are used only while they are true."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmark.encoders.base import Encoded, EncoderSpec
from benchmark.encoders.catalogue import encoder_spec, get_encoder, weight_files
from benchmark.encoders.entry import BadEntryError, read_entry, read_header, write_entry
from benchmark.encoders.fingerprint import ContentHasher, damage_to, entry_key, sources
from benchmark.errors import UserError
from benchmark.paths import cache_root
from benchmark.progress import progress

if TYPE_CHECKING:
    from benchmark.corpora.trials import Trial

#: Seconds after which a temporary file must be left over from a process that was killed.
_ABANDONED = 3600


@dataclass(frozen=True, slots=True)
class StoreReport:
    """What ``ensure`` did.

    Attributes:
        encoded: trial-encoder pairs that were encoded now.
        reused: pairs that were there already.
        frames: frames of the trials encoded now, counted once an encoder.
        seconds: wall time of the whole call.
        notes: ``trial, encoder: what was masked, resized, clipped or replaced`` for new and old entries alike.
    """

    encoded: int
    reused: int
    frames: int
    seconds: float
    notes: tuple[str, ...]


class FeatureStore:
    """Features on disk, one safetensors file per trial and encoder.

    The key of an entry covers the encoder with its settings and weights and the content of the trial's files, so
    after any change features are made anew; damaged entries too. Several processes may share a store.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = cache_root() / "features" if root is None else root
        self._hasher = ContentHasher(self.root / ".hashes")

    def ensure(self, trials: Iterable[Trial], keys: Sequence[str]) -> StoreReport:
        """Encode what is missing, out of date or damaged.

        Raises:
            UserError: an encoder is unknown or its weights are missing, or a file changed while it was read.
        """
        began = time.perf_counter()
        unique = list({(trial.root, trial.name): trial for trial in trials}.values())
        encoded = reused = frames = 0
        notes: list[str] = []
        with progress("trials") as bar:
            for key in keys:
                weight_files(key)  # missing weights are said before hours of work, not after
            for key in keys:
                task = bar.add_task(f"Encoding {key}", total=len(unique), note="")
                for trial in unique:
                    bar.update(task, note=trial.name)
                    result, fresh, remarks = self._get(trial, key)
                    encoded, reused = encoded + fresh, reused + (not fresh)
                    frames += trial.n_frames if fresh else 0
                    notes += [f"{trial.name}, {key}: {note}" for note in (*remarks, *result.notes)]
                    bar.advance(task)
                bar.update(task, note="")
        return StoreReport(encoded, reused, frames, time.perf_counter() - began, tuple(notes))

    def load(self, trial: Trial, key: str) -> Encoded:
        """A trial's features, memory-mapped in float16; encoded first where the store lacks them.

        Raises:
            UserError: as ``ensure``.
        """
        return self._get(trial, key)[0]

    def derive(self, trial: Trial, spec: EncoderSpec, inputs: Sequence[str], encode: Callable[[], Encoded]) -> Encoded:
        """Features that a run's own network made of a trial, from the store or made now.

        Args:
            spec: its settings must name everything that decides the features beside the inputs, the network's weights
                included.
            inputs: keys of the encoders whose streams the network read.
            encode: makes them.
        """

        def digest() -> str:
            keys = [entry_key(trial, encoder_spec(key), weight_files(key), self._hasher) for key in inputs]
            return hashlib.sha256(json.dumps([spec.fingerprint(), keys]).encode()).hexdigest()

        return self._serve(trial, spec, digest, encode)[0]

    def _get(self, trial: Trial, key: str) -> tuple[Encoded, bool, tuple[str, ...]]:
        """Features, whether they were encoded now, and why an entry at their place was replaced."""
        spec = encoder_spec(key)
        weights = weight_files(key)
        found, fresh, remarks = self._serve(
            trial,
            spec,
            lambda: entry_key(trial, spec, weights, self._hasher),
            lambda: get_encoder(key).encode(trial),
        )
        if spec.storage == "files":
            found = replace(found, values=get_encoder(key).open(trial, found.mask))  # type: ignore[attr-defined]
        return found, fresh, remarks

    def _serve(
        self, trial: Trial, spec: EncoderSpec, identify: Callable[[], str], encode: Callable[[], Encoded]
    ) -> tuple[Encoded, bool, tuple[str, ...]]:
        digest = identify()
        path = self._path(trial, spec, digest)
        found, _ = self._read(path, digest)
        if found is not None:
            return found, False, ()
        from filelock import FileLock

        lock = self.root / ".locks" / f"{digest[:2]}.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(lock):
            found, trouble = self._read(path, digest)  # another process may have made it meanwhile
            if found is not None:
                return found, False, ()
            result = encode()
            _check(result, trial, spec)
            if identify() != digest:
                raise UserError(
                    f"trial {trial.name}: its files changed while {spec.key} read them; run again when they are "
                    "complete."
                )
            source = _source(trial, spec)
            if spec.storage == "files":
                result = replace(result, values=np.zeros((len(result.times), 0), np.float32))
            write_entry(path, digest, source, result)
            self._tidy(path, trial, source)
        found, wrong = self._read(path, digest)
        if found is None:
            raise UserError(f"{path}: cannot be read back after writing ({wrong}); check the disk, then run again.")
        return found, True, (f"stored features replaced: {trouble}",) if trouble else ()

    def _read(self, path: Path, digest: str) -> tuple[Encoded | None, str]:
        """The entry at ``path`` if it is whole and has this key; else None and what is wrong, "" if it is absent."""
        try:
            header, encoded = read_entry(path)
        except BadEntryError as error:
            return None, str(error) if path.exists() else ""
        if header.key != digest:
            return None, "it belongs to other files or settings"
        return encoded, ""

    def _path(self, trial: Trial, spec: EncoderSpec, digest: str) -> Path:
        if Path(trial.name).name != trial.name or trial.name.startswith("."):
            raise UserError(f'trial name "{trial.name}" is not a plain file name; check the annotation folder.')
        return self.root / spec.key / f"{trial.name}-{digest[:16]}.safetensors"

    def _tidy(self, path: Path, trial: Trial, source: str) -> None:
        """Remove what the new entry replaces: entries of the same files with another key, and abandoned temporaries."""
        for other in path.parent.glob(f"{_literal(trial.name)}-*.safetensors"):
            if other != path and _header_source(other) in (source, None):
                other.unlink(missing_ok=True)
        for leftover in path.parent.glob(".*.tmp"):
            try:
                if time.time() - leftover.stat().st_mtime > _ABANDONED:
                    leftover.unlink()
            except FileNotFoundError:  # its writer has just finished
                continue


def _check(result: Encoded, trial: Trial, spec: EncoderSpec) -> None:
    """An encoder that breaks its own description is a defect and must not fill the store."""
    length = len(result.times)
    shapes = (result.values.shape, result.times.shape, result.mask.shape)
    if shapes != ((length, *spec.step), (length,), (length,)) or length == 0:
        raise RuntimeError(f"{spec.key} on {trial.name}: shapes {shapes} are not (L, *{spec.step}), (L,), (L,)")
    if spec.grid == "frames" and length != trial.n_frames:
        raise RuntimeError(f"{spec.key} on {trial.name}: {length} steps for {trial.n_frames} frames")
    numbers = [result.times] if spec.storage == "files" else [result.times, np.asarray(result.values)]
    if not all(np.isfinite(array).all() for array in numbers):
        raise RuntimeError(f"{spec.key} on {trial.name}: features or times that are not finite")
    if (np.diff(result.times) < 0).any():
        raise RuntimeError(f"{spec.key} on {trial.name}: times that go backwards")


def _source(trial: Trial, spec: EncoderSpec) -> str:
    """Identifies the files themselves: an entry of the same source with another key is out of date.

    The frame numbers belong to it because tasks may annotate different frames of one video.
    """
    places = [str(path.absolute()) for path in (trial.root, *sources(trial, spec)[:1])]
    places += filter(None, [damage_to(trial, spec)])
    return hashlib.sha256("\0".join(places).encode() + trial.frames.tobytes()).hexdigest()[:32]


def _header_source(path: Path) -> str | None:
    try:
        return read_header(path).source
    except BadEntryError:
        return None


def _literal(name: str) -> str:
    """A name with the glob characters switched off."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)
