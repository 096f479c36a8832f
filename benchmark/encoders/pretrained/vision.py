"""Image backbones over face crops: one pooled feature vector a frame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch

from benchmark.encoders.base import Encoded, EncoderSpec
from benchmark.encoders.crops import CropReader, Images, resize
from benchmark.encoders.pretrained.loading import device, load_model, read_json
from benchmark.encoders.pretrained.published import backbone

if TYPE_CHECKING:
    from benchmark.corpora.trials import Trial

BATCH = 32


class VisionEncoder:
    """Any ``transformers`` image model with a pooled output, read from a local folder."""

    tower, output = "AutoModel", "pooler_output"

    def __init__(self, spec: EncoderSpec, folder: Path | None = None) -> None:
        self.spec = spec
        folder = folder or backbone(spec.key).folder
        self.network = load_model(spec, folder, self.tower)
        self.size = int(self.network.config.image_size)  # type: ignore[union-attr, arg-type]
        scaling = read_json(folder / "preprocessor_config.json")
        shape = (1, 3, 1, 1)
        self.mean = 255 * torch.tensor(scaling["image_mean"], device=device()).view(shape)
        self.deviation = 255 * torch.tensor(scaling["image_std"], device=device()).view(shape)

    def encode(self, trial: Trial) -> Encoded:
        """Encode every frame of a trial: (N, D) on the trial's frame times, masked where no crop can be used."""
        values = np.zeros((trial.n_frames, self.spec.dim), np.float32)
        mask = np.zeros(trial.n_frames, np.bool_)
        reader = CropReader(trial, 112)
        for rows, images in reader.batches(BATCH):
            values[rows], mask[rows] = self.features(images), True
        return Encoded(values, trial.frame_times(), mask, reader.notes())

    def features(self, images: Images) -> npt.NDArray[np.float32]:
        """(n, H, W, 3) uint8 RGB -> (n, D) float32."""
        pixels = torch.from_numpy(resize(images, self.size)).to(device()).permute(0, 3, 1, 2).float()
        with torch.inference_mode():
            pooled = self.network(pixel_values=(pixels - self.mean) / self.deviation)[self.output]
        result: npt.NDArray[np.float32] = pooled.float().cpu().numpy()
        return result


class ClipVisionEncoder(VisionEncoder):
    """The image tower of a CLIP model: features projected into the space that image and text share."""

    tower, output = "CLIPVisionModelWithProjection", "image_embeds"
