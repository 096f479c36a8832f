"""Streams that a network makes of a trial between two stages: each frame is encoded once, later stages reuse it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from benchmark.contract import Stage
from benchmark.encoders.base import Encoded, EncoderSpec
from benchmark.presets import Windows
from benchmark.training.module import extract
from benchmark.training.windows import TrialData, collate, cut

#: Gives a trial's stream from a store, or by the function that makes it.
Keep = Callable[[TrialData, EncoderSpec, Callable[[], Encoded]], Encoded]


@dataclass(frozen=True, slots=True)
class Maker:
    """What turns raw streams into those that a stage has made.

    Attributes:
        stage: the stage.
        windows: of the stage; extraction takes windows of its length without overlap.
        batch_size: windows at a time.
        key: of the stage's result; names the streams in the store, "" where they are not stored.
    """

    stage: Stage
    windows: Windows
    batch_size: int
    key: str

    def extend(
        self, module: nn.Module, data: Sequence[TrialData], device: torch.device, method: str, keep: Keep | None
    ) -> list[TrialData]:
        """Add the made streams to every trial.

        Args:
            module: a bare ``MethodModule`` that has entered the stage.
            method: name of the method, first part of the streams' name in the store.
            keep: the store, or None to make them now and forget them.
        """
        if not data:
            return []
        module.eval()
        widths = {name: one.values.shape[-1] for name, one in self._make(module, data[0], device, frames=1).items()}
        extended = []
        for item in data:
            made: dict[str, Mapping[str, Encoded]] = {}

            def make(name: str, item: TrialData = item, made: dict[str, Mapping[str, Encoded]] = made) -> Encoded:
                if not made:
                    made["all"] = self._make(module, item, device)
                return made["all"][name]

            streams = {}
            for name in self.stage.makes:
                spec = self._spec(method, name, widths[name])
                if keep is None:
                    found = make(name)
                    streams[name] = Encoded(found.values.astype(np.float16), found.times, found.mask)  # type: ignore[union-attr]
                else:
                    streams[name] = keep(item, spec, lambda name=name, make=make: make(name))  # type: ignore[misc]
            extended.append(item.adding(streams))
        return extended

    def _spec(self, method: str, name: str, width: int) -> EncoderSpec:
        return EncoderSpec(
            key=f"{method}.{self.stage.name}.{name}",
            stream="face",
            dim=width,
            version=1,
            grid="frames",
            summary=f"{name} as made by stage {self.stage.name} of {method}",
            settings={"stage": self.key},
        )

    @torch.inference_mode()
    def _make(
        self, module: nn.Module, item: TrialData, device: torch.device, frames: int | None = None
    ) -> dict[str, Encoded]:
        reading = item.reading(self.stage.reads)
        total = frames or item.trial.n_frames
        pieces = [w for w in cut([reading], self.windows.length, self.windows.length) if w.start < total]
        values: dict[str, np.ndarray] = {}
        mask = {name: np.zeros(item.trial.n_frames, bool) for name in self.stage.makes}
        for first in range(0, len(pieces), self.batch_size):
            group = pieces[first : first + self.batch_size]
            found = extract(module, collate(group).to(device))
            for name in self.stage.makes:
                rows = found[name].values.float().cpu().numpy()
                present = found[name].mask.cpu().numpy()
                values.setdefault(name, np.zeros((item.trial.n_frames, rows.shape[-1]), np.float32))
                for row, window in enumerate(group):
                    part, length = slice(window.start, window.stop), window.stop - window.start
                    values[name][part] = rows[row, :length] * present[row, :length, None]
                    mask[name][part] = present[row, :length]
        return {name: Encoded(values[name], item.frame_times, mask[name]) for name in self.stage.makes}
