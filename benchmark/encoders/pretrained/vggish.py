"""VGGish over the log-mel patch of every frame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch

from benchmark.encoders.base import Encoded, EncoderSpec
from benchmark.encoders.logmel_patches.encoder import encode_patches
from benchmark.encoders.pretrained.loading import device, fill
from benchmark.encoders.pretrained.networks.vggish import Vggish
from benchmark.encoders.pretrained.published import backbone

if TYPE_CHECKING:
    from benchmark.corpora.trials import Trial

#: Patches at a time: the first convolution holds 1.6 MB for each.
BATCH = 32


class VggishEncoder:
    """The embedding of each frame's patch before any activation, without AudioSet's whitening and quantisation."""

    def __init__(self, spec: EncoderSpec, folder: Path | None = None) -> None:
        self.spec = spec
        network = Vggish(spec.dim, int(spec.settings["width"]), int(spec.settings["hidden"]))  # type: ignore[call-overload]
        self.network = fill(network, spec, folder or backbone(spec.key).folder)

    def encode(self, trial: Trial) -> Encoded:
        """Encode the sound at every frame of a trial: (N, D) on the trial's frame times."""
        return encode_patches(trial, self.spec.dim, self.features)

    def features(self, patches: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """(n, 96, 64) log-mel -> (n, D) float32."""
        with torch.inference_mode():
            parts = [
                self.network(torch.from_numpy(patches[start : start + BATCH].copy()).to(device())).float().cpu()
                for start in range(0, len(patches), BATCH)
            ]
        result: npt.NDArray[np.float32] = torch.cat(parts).numpy()
        return result
