"""A proxy of the lips being apart, without landmarks: the mouth's cavity is darker than the skin around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from benchmark.encoders.base import Encoded, EncoderSpec
from benchmark.encoders.crops import CropReader, Images
from benchmark.encoders.mouth_opening.spec import CHEEKS, DARK, MOUTH, SPEC

if TYPE_CHECKING:
    from benchmark.corpora.trials import Trial

_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
_BATCH = 256


class MouthOpeningEncoder:
    """One number a frame; beards, hands and dark lips count as opening too."""

    def __init__(self, spec: EncoderSpec = SPEC) -> None:
        self.spec = spec

    def encode(self, trial: Trial) -> Encoded:
        """Encode every frame of a trial: (N, 1) on the trial's frame times, masked where no crop can be used."""
        values = np.zeros((trial.n_frames, 1), np.float32)
        mask = np.zeros(trial.n_frames, np.bool_)
        reader = CropReader(trial, 112)
        for rows, images in reader.batches(_BATCH):
            values[rows, 0], mask[rows] = opening(images), True
        return Encoded(values, trial.frame_times(), mask, reader.notes())


def opening(images: Images) -> npt.NDArray[np.float32]:
    """(n, 112, 112, 3) uint8 RGB -> (n,) in [0, 1], the dark share of the mouth."""
    light = images.astype(np.float32) @ _LUMINANCE
    skin = np.mean([_box(light, box).mean((1, 2)) for box in CHEEKS], axis=0)
    share: npt.NDArray[np.float32] = (_box(light, MOUTH) < DARK * skin[:, None, None]).mean((1, 2), dtype=np.float32)
    return share


def _box(light: npt.NDArray[np.float32], box: tuple[int, int, int, int]) -> npt.NDArray[np.float32]:
    top, bottom, left, right = box
    return light[:, top:bottom, left:right]
