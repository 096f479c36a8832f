"""Vision Transformers over face crops: the class token and a pooled grid of the patch tokens of every frame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import adaptive_avg_pool2d

from benchmark.encoders.base import Encoded, EncoderSpec
from benchmark.encoders.crops import CropReader, Images, resize
from benchmark.encoders.pretrained.loading import device, load_model, read_json
from benchmark.encoders.pretrained.published import backbone

if TYPE_CHECKING:
    from benchmark.corpora.trials import Trial

BATCH = 32


class TokenEncoder:
    """Any ``transformers`` model whose hidden states are a class token and then square patches, from a local folder."""

    def __init__(self, spec: EncoderSpec, folder: Path | None = None) -> None:
        self.spec = spec
        folder = folder or backbone(spec.key).folder
        self.side, self.size = int(spec.settings["side"]), int(spec.settings["image"])  # type: ignore[call-overload]
        self.network = load_model(spec, folder)
        scaling = read_json(folder / "preprocessor_config.json")
        shape = (1, 3, 1, 1)
        self.mean = 255 * torch.tensor(scaling["image_mean"], device=device()).view(shape)
        self.deviation = 255 * torch.tensor(scaling["image_std"], device=device()).view(shape)

    def encode(self, trial: Trial) -> Encoded:
        """Encode every frame of a trial: (N, *spec.step) on the trial's frame times, masked without a crop."""
        values = np.zeros((trial.n_frames, *self.spec.step), np.float32)
        mask = np.zeros(trial.n_frames, np.bool_)
        reader = CropReader(trial, 112)
        for rows, images in reader.batches(BATCH):
            values[rows], mask[rows] = self.features(images), True
        return Encoded(values, trial.frame_times(), mask, reader.notes())

    def features(self, images: Images) -> npt.NDArray[np.float32]:
        """(n, H, W, 3) uint8 RGB -> (n, *spec.step) float32: class token, then means of patches, row by row."""
        pixels = torch.from_numpy(resize(images, self.size)).to(device()).permute(0, 3, 1, 2).float()
        with torch.inference_mode():
            tokens = self.network(pixel_values=(pixels - self.mean) / self.deviation).last_hidden_state
            patches = tokens[:, 1:]
            across = round(patches.shape[1] ** 0.5)
            grid = patches.transpose(1, 2).unflatten(2, (across, across))
            pooled = adaptive_avg_pool2d(grid, self.side).flatten(2).transpose(1, 2)
            both = torch.cat([tokens[:, :1], pooled], dim=1)
        result: npt.NDArray[np.float32] = both.float().cpu().numpy()
        return result
