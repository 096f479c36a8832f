"""What one run is asked to do, and the identity that follows from it."""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from benchmark.corpora.pictures import picture_files, picture_trials
from benchmark.corpora.reader import Corpus
from benchmark.errors import UserError
from benchmark.paths import cache_root
from benchmark.presets import Preset, Training, Windows
from benchmark.records import RunInfo
from benchmark.registry import Method
from benchmark.tasks import Task

#: Parts of the harness that cannot change a score or a cost.
_WITHOUT_EFFECT = ("commands", "cli.py", "progress.py")


@dataclass(frozen=True, slots=True)
class RunRequest:
    """Method x preset x task x corpus x seed, and where to put the result.

    Attributes:
        overrides: the ``--set`` options as given; already applied to ``preset``.
        select: ``inner`` chooses the checkpoint on inner folds of the training videos; ``validation`` chooses it on
            the scored split, as the papers do, and is marked on the board.
        allow_leak: train although videos of the scored split are in a training list; marked on the board.
        out: folder that receives records, weights and predictions.
        fresh: train again what an earlier run has left; no part of the identity.
    """

    method: Method
    preset_name: str
    preset: Preset
    overrides: tuple[str, ...]
    task: Task
    corpus: Corpus
    seed: int
    device: str
    select: Literal["inner", "validation"]
    allow_leak: bool
    out: Path
    fresh: bool = False

    def network_settings(self) -> tuple[Windows, Training]:
        """Windows and training of the preset.

        Raises:
            UserError: one of them is missing.
        """
        if self.preset.windows is None or self.preset.training is None:
            raise UserError(f"{self.method.package}/presets.yaml, {self.preset_name}: windows or training is missing.")
        return self.preset.windows, self.preset.training

    def pictures(self) -> dict[str, str]:
        """Hash of the content of each folder of pictures that the preset names.

        Raises:
            UserError: one of them cannot serve.
        """
        from benchmark.encoders.fingerprint import ContentHasher

        hasher = ContentHasher(cache_root() / "pictures")
        return {
            name: hasher.files(picture_files(picture_trials(name, Path(folder).expanduser())))
            for name, folder in self.preset.pictures.items()
        }

    def info(self) -> RunInfo:
        """The identity of the run; the same inputs give the same ``id``."""
        config = self.preset.model_dump()
        source = source_hash(self.method.package)
        inputs = [
            self.method.card.key,
            self.task.key,
            config,
            self.pictures(),
            self.seed,
            self.select,
            self.allow_leak,
            self.corpus.fingerprint,
            source,
            self.device,
            threads(self.device),
            version("torch"),
        ]
        digest = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:10]
        commit, dirty = git_state()
        return RunInfo(
            id=f"{self.method.card.key}-{self.task.key}-{self.preset_name}-s{self.seed}-{digest}",
            method=self.method.card.key,
            title=self.method.card.title,
            floor=self.method.card.floor,
            task=self.task.key,
            preset=self.preset_name,
            seed=self.seed,
            config=config,
            overrides=list(self.overrides),
            source_hash=source,
            git_commit=commit,
            git_dirty=dirty,
        )


def threads(device: str) -> int | None:
    """Threads of a run on the CPU, which decide in what order sums are taken; None on a GPU.

    ``OMP_NUM_THREADS`` sets them.
    """
    import torch

    return None if device == "cuda" else torch.get_num_threads()


@cache
def source_hash(package: str) -> str:
    """SHA-256 over the code of a method's package and of every part of the harness that can change a result."""
    digest = hashlib.sha256()
    for name in (package, "benchmark"):
        root = Path(str(resources.files(name)))
        for path in sorted([*root.rglob("*.py"), *root.rglob("*.yaml")]):
            relative = path.relative_to(root)
            if name == "benchmark" and relative.parts[0] in _WITHOUT_EFFECT:
                continue
            digest.update(f"{name}/{relative.as_posix()}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def git_state() -> tuple[str | None, bool | None]:
    """Commit of the checkout this code runs from and whether it has changes; (None, None) outside a checkout."""
    root = Path(str(resources.files("benchmark"))).parent

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(root), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=10).stdout.strip()

    try:
        if not (root / ".git").exists():
            return None, None
        return git("rev-parse", "HEAD"), bool(git("status", "--porcelain"))
    except (OSError, subprocess.SubprocessError):
        return None, None
