"""Face-recognition backbones over small crops: one unit vector a frame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch

from benchmark.encoders.base import Encoded, EncoderSpec
from benchmark.encoders.crops import CropReader, Images, resize
from benchmark.encoders.pretrained.loading import device, fill
from benchmark.encoders.pretrained.networks.iresnet import STAGES, IResNet
from benchmark.encoders.pretrained.published import backbone

if TYPE_CHECKING:
    from benchmark.corpora.trials import Trial

BATCH = 64


class FaceNetEncoder:
    """An IR network on the centre of each crop, scaled to -1..1; no flips and no random crops, which are training's."""

    def __init__(self, spec: EncoderSpec, folder: Path | None = None) -> None:
        self.spec = spec
        self.frame, self.size, width = (int(spec.settings[key]) for key in ("frame", "crop", "width"))  # type: ignore[call-overload]
        stages = spec.settings.get("stages", STAGES)
        network = IResNet(spec.dim, self.size, width, tuple(stages))  # type: ignore[arg-type]
        self.network = fill(network, spec, folder or backbone(spec.key).folder)

    def encode(self, trial: Trial) -> Encoded:
        """Encode every frame of a trial: (N, D) on the trial's frame times, masked where no crop can be used."""
        values = np.zeros((trial.n_frames, self.spec.dim), np.float32)
        mask = np.zeros(trial.n_frames, np.bool_)
        reader = CropReader(trial, 112)
        for rows, images in reader.batches(BATCH):
            values[rows], mask[rows] = self.features(images), True
        return Encoded(values, trial.frame_times(), mask, reader.notes())

    def features(self, images: Images) -> npt.NDArray[np.float32]:
        """(n, H, W, 3) uint8 RGB -> (n, D) float32 of length 1."""
        edge = (self.frame - self.size) // 2
        centre = resize(images, self.frame)[:, edge : edge + self.size, edge : edge + self.size]
        pixels = torch.from_numpy(np.ascontiguousarray(centre)).to(device()).permute(0, 3, 1, 2).float()
        with torch.inference_mode():
            result: npt.NDArray[np.float32] = self.network(pixels / 127.5 - 1).float().cpu().numpy()
        return result
