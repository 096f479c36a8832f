"""What earlier stages of training made, kept by content: changed settings train again what depends on them only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from benchmark.contract import Stage
from benchmark.training.checkpoints import State, load_state, save_state
from benchmark.training.fit import Position

#: Artefacts that are kept of each method's stage; the ones longest unused go first.
KEPT = 12


@dataclass(frozen=True, slots=True)
class Artefacts:
    """A folder of stage results.

    Attributes:
        folder: where they lie.
        method: prefix of the file names.
        identity: plain data that decides every stage of the run: code, corpus, seed, device, encoders.
        options: the preset's ``model`` section.
        reuse: False trains anew, and keeps the result.
    """

    folder: Path
    method: str
    identity: object
    options: Mapping[str, Any]
    reuse: bool = True

    def key(self, stage: Stage, module: nn.Module, settings: object, earlier: Mapping[str, str]) -> str:
        """Hash of everything that decides the stage.

        Args:
            module: as the stage finds it; the state that it will change and the standardiser count.
            settings: plain data: training, windows and trials of the stage.
            earlier: name -> key of the stages before it.
        """
        after = earlier if stage.after is None else {name: earlier[name] for name in stage.after}
        options = {name: self.options[name] for name in stage.options} if stage.options else dict(self.options)
        start = {n: t for n, t in module.state_dict().items() if _belongs(n, stage) or n.startswith("standardiser.")}
        facts = [
            self.method,
            self.identity,
            {**asdict(stage), "options": options, "after": after},
            settings,
            state_hash(start),
        ]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def load(self, stage: Stage, key: str, module: nn.Module) -> Position | None:
        """Put a kept result into ``module``; None where there is none that can be trusted."""
        found = load_state(self._path(stage, key)) if self.reuse else None
        if found is None:
            return None
        tensors, facts = found
        if facts.get("key") != key:
            return None
        self._path(stage, key).touch()
        module.load_state_dict({**module.state_dict(), **tensors})
        return Position(**facts["position"])

    def save(self, stage: Stage, key: str, module: nn.Module, position: Position) -> None:
        """Keep what the stage has made, and drop what was longest unused."""
        made = {name: tensor for name, tensor in module.state_dict().items() if _belongs(name, stage)}
        path = self._path(stage, key)
        save_state(path, made, {"key": key, "position": asdict(position)})
        others = sorted(path.parent.glob(f"{self.method}-{stage.name}-*.safetensors"), key=_used, reverse=True)
        for old in others[KEPT:]:
            old.unlink(missing_ok=True)

    def _path(self, stage: Stage, key: str) -> Path:
        return self.folder / f"{self.method}-{stage.name}-{key[:24]}.safetensors"


def state_hash(state: State) -> str:
    """SHA-256 over names, shapes, types and bytes, in name order."""
    digest = hashlib.sha256()
    for name in sorted(state):
        array = np.ascontiguousarray(state[name].detach().cpu().numpy())
        digest.update(f"{name}|{array.dtype}|{array.shape}|".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _belongs(name: str, stage: Stage) -> bool:
    """Whether a tensor of a ``MethodModule`` is part of what the stage makes."""
    return name.startswith("network.") and (
        not stage.trainable or name.removeprefix("network.").startswith(stage.trainable)
    )


def _used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another process has just dropped it
        return 0.0
