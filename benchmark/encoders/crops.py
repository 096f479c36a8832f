"""Reading the face crops of a trial in batches; what cannot be read is masked and reported, never used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from benchmark.encoders.degrade import damage_crop
from benchmark.errors import UserError

if TYPE_CHECKING:
    from benchmark.corpora.trials import Trial

Images = npt.NDArray[np.uint8]


@dataclass(slots=True)
class _Trouble:
    """Crops with the same defect: how many, and the first of them."""

    count: int = 0
    first: str = ""

    def add(self, name: str) -> None:
        self.count += 1
        self.first = self.first or name


@dataclass(slots=True)
class CropReader:
    """Decodes the crops of one trial to ``size`` x ``size`` RGB.

    Attributes:
        trial: whose crops.
        size: pixels; crops of another size are resized (bilinear, antialiased) and counted in the notes.
    """

    trial: Trial
    size: int
    _unreadable: _Trouble = field(default_factory=_Trouble)
    _resized: _Trouble = field(default_factory=_Trouble)

    def batches(self, length: int) -> Iterator[tuple[npt.NDArray[np.int64], Images]]:
        """Up to ``length`` crops at a time: 0-based frame indices (n,) and images (n, size, size, 3) uint8."""
        present = np.flatnonzero(self.trial.crops_present())
        for start in range(0, len(present), length):
            frames: list[int] = []
            images: list[Images] = []
            for frame in present[start : start + length].tolist():
                image = self._read(frame + 1)
                if image is not None:
                    frames.append(frame)
                    images.append(image)
            if frames:
                yield np.asarray(frames), np.stack(images)

    def notes(self) -> tuple[str, ...]:
        """What was wrong with the crops read so far, one sentence a defect."""
        notes = []
        if self._unreadable.count:
            notes.append(f"{self._unreadable.count} unreadable crop(s) masked, first: {self._unreadable.first}")
        if self._resized.count:
            notes.append(
                f"{self._resized.count} crop(s) resized to {self.size}x{self.size}, first: {self._resized.first}"
            )
        return tuple(notes)

    def _read(self, row: int) -> Images | None:
        path = self.trial.crop_path(row)
        name = f"{path.parent.name}/{path.name}"
        try:
            image = read_crop(self.trial, row)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            self._unreadable.add(f"{name} ({reason})")
            return None
        if image.shape[:2] != (self.size, self.size):
            self._resized.add(f"{name} ({image.shape[1]}x{image.shape[0]})")
            image = resize(image[None], self.size)[0]
        return image


def read_crop(trial: Trial, row: int) -> Images:
    """The crop of row ``row`` (1-based) as encoders see it: decoded, damaged where the trial is, (H, W, 3).

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no JPEG, or is truncated or damaged.
    """
    return damage_crop(decode_jpeg(trial.crop_path(row).read_bytes()), trial, row)


def decode_jpeg(data: bytes) -> Images:
    """Decode a JPEG of any colour layout to (H, W, 3) RGB.

    Raises:
        ValueError: the data is no JPEG, or is truncated or damaged.
        UserError: the decoder is not installed.
    """
    try:
        import simplejpeg  # type: ignore[import-untyped]
    except ImportError:
        raise UserError("simplejpeg is not installed; expected it for face crops: pip install -e '.[media]'") from None
    image: Images = simplejpeg.decode_jpeg(data, colorspace="RGB")
    return image


def resize(images: Images, size: int) -> Images:
    """Resize (n, H, W, 3) uint8 images to (n, size, size, 3) by antialiased bilinear interpolation."""
    import torch

    pixels = torch.from_numpy(images).permute(0, 3, 1, 2)
    scaled = torch.nn.functional.interpolate(pixels, (size, size), mode="bilinear", antialias=True)
    result: Images = scaled.permute(0, 2, 3, 1).contiguous().numpy()
    return result
