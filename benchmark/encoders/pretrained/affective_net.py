"""EfficientNet-B1 with an affect embedding: one vector a face crop, from a folder of local weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from benchmark.encoders.base import Encoded, EncoderSpec
from benchmark.encoders.crops import CropReader, Images, resize
from benchmark.encoders.pretrained.backbone import MODEL
from benchmark.encoders.pretrained.loading import device
from benchmark.encoders.pretrained.published import backbone
from benchmark.errors import UserError

if TYPE_CHECKING:
    from benchmark.corpora.trials import Trial

BATCH = 32
#: Pixels a side, and the colours of ImageNet's training images that the crops are scaled by (code).
SIZE = 240
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
#: Heads of the published network that the embedding does not need.
_HEADS = ("classifier.", "regression.")


class AffectiveNet(nn.Module):
    """The published network up to its embedding, with the published names of the parameters."""

    def __init__(self, width: int = 256) -> None:
        """Build the network for embeddings of ``width``."""
        from torchvision.models import efficientnet_b1  # type: ignore[import-untyped]

        super().__init__()
        self.model = efficientnet_b1(weights=None)
        self.model.classifier = nn.Identity()
        self.embeddings_layer = nn.Linear(1280, width)
        self.batchnorm = nn.BatchNorm1d(width)

    def forward(self, pixels: Tensor) -> Tensor:
        """(n, 3, H, W) scaled pixels -> (n, width) in (-1, 1)."""
        embedding: Tensor = self.batchnorm(self.embeddings_layer(self.model(pixels))).tanh()
        return embedding


class AffectiveNetEncoder:
    """The embedding of every crop; crops are square, so that the entry's padding to a square adds nothing."""

    def __init__(self, spec: EncoderSpec, folder: Path | None = None) -> None:
        self.spec = spec
        self.network = load(spec, (folder or backbone(spec.key).folder) / MODEL)
        shape = (1, 3, 1, 1)
        self.mean = 255 * torch.tensor(_MEAN, device=device()).view(shape)
        self.deviation = 255 * torch.tensor(_DEVIATION, device=device()).view(shape)

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
        pixels = torch.from_numpy(resize(images, SIZE)).to(device()).permute(0, 3, 1, 2).float()
        with torch.inference_mode():
            result: npt.NDArray[np.float32] = self.network((pixels - self.mean) / self.deviation).cpu().numpy()
        return result


def load(spec: EncoderSpec, path: Path) -> AffectiveNet:
    """The network with the weights of a safetensors file, for inference.

    Raises:
        UserError: the file cannot be read, or is not of this network; the message names a parameter.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state = load_file(path)
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path}: cannot be read ({str(error).splitlines()[0]}); put the weights there anew.") from None
    network = AffectiveNet(spec.dim)
    own = {name: tensor for name, tensor in state.items() if not name.startswith(_HEADS)}
    for name, tensor in network.state_dict().items():
        found = tuple(own[name].shape) if name in own else None
        if found != tuple(tensor.shape):
            raise UserError(
                f"{path}: {name} is {found}, expected {tuple(tensor.shape)}; these are not {spec.key}'s weights."
            )
    unknown = sorted(own.keys() - network.state_dict().keys())
    if unknown:
        raise UserError(f"{path}: {unknown[0]} is no parameter of {spec.key}; these are not its weights.")
    network.load_state_dict(own)
    return network.eval().to(device())
