"""Finds out once which crops of a trial can be used, and decodes them whenever a slice is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from benchmark.encoders.base import Encoded, EncoderSpec
from benchmark.encoders.crops import CropReader, Images, read_crop, resize
from benchmark.errors import UserError

if TYPE_CHECKING:
    from benchmark.corpora.trials import Trial


class CropFrames:
    """The crops of a trial as an array (N, 3, side, side) uint8 RGB of which only slices are ever in memory."""

    def __init__(self, trial: Trial, side: int, mask: npt.NDArray[np.bool_]) -> None:
        """
        Args:
            trial: whose crops.
            side: pixels.
            mask: (N,) True where the crop can be used; the others are black.
        """
        self.shape: tuple[int, ...] = (trial.n_frames, 3, side, side)
        self.dtype: np.dtype[Any] = np.dtype(np.uint8)
        self._trial, self._side, self._mask = trial, side, mask

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, part: slice) -> npt.NDArray[np.uint8]:
        """Decode the crops of a slice: (n, 3, side, side).

        Raises:
            UserError: a crop that could be used before cannot be read any more.
        """
        frames = range(*part.indices(len(self)))
        images = np.zeros((len(frames), *self.shape[1:]), np.uint8)
        groups: dict[tuple[int, ...], list[int]] = {}
        decoded: list[Images | None] = [self._decode(frame) if self._mask[frame] else None for frame in frames]
        for index, image in enumerate(decoded):
            if image is not None:
                groups.setdefault(image.shape, []).append(index)
        for shape, members in groups.items():  # one call of the resampler for all crops of a size
            stack = np.stack([image for image in (decoded[i] for i in members) if image is not None])
            scaled = stack if shape[:2] == (self._side, self._side) else resize(stack, self._side)
            images[members] = scaled.transpose(0, 3, 1, 2)
        return images

    def _decode(self, frame: int) -> Images:
        try:
            return read_crop(self._trial, frame + 1)
        except (OSError, ValueError) as error:
            path = self._trial.crop_path(frame + 1)
            raise UserError(f"{path}: changed while it was used ({error}); run the same command again.") from None


class CropsEncoder:
    """Crops as they are; frames without a usable one are masked."""

    def __init__(self, spec: EncoderSpec) -> None:
        self.spec = spec

    def encode(self, trial: Trial) -> Encoded:
        """Decode every crop once to see whether it can be used: (N, 3, side, side) on the trial's frame times."""
        mask = np.zeros(trial.n_frames, np.bool_)
        reader = CropReader(trial, 112)
        for rows, _ in reader.batches(64):
            mask[rows] = True
        return Encoded(self.open(trial, mask), trial.frame_times(), mask, reader.notes())

    def open(self, trial: Trial, mask: npt.NDArray[np.bool_]) -> CropFrames:
        """The crops of a trial of which ``mask`` (N,) is known already."""
        return CropFrames(trial, self.spec.dim, mask)
