"""Damage to what encoders read: covered or blurred crops, and noise in the sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from benchmark.corpora.trials import Trial

Image = npt.NDArray[np.uint8]
Samples = npt.NDArray[np.float32]

#: Pixels of the crop that severities of ``blur`` refer to.
REFERENCE = 112
#: Seconds for which one occluder stays where it is.
_STAY = 1.0


def damage_crop(image: Image, trial: Trial, row: int) -> Image:
    """The crop of row ``row`` (1-based) as the trial's degradation leaves it, (H, W, 3) RGB."""
    degradation = trial.degradation
    if degradation is None:
        return image
    if degradation.kind == "blur":
        return blur(image, degradation.severity)
    if degradation.kind == "occlusion":
        moment = int(trial.frame_times()[row - 1] // _STAY)
        return occlude(image, degradation.severity, degradation.generator(trial.name, moment))
    return image


def damage_sound(samples: Samples, trial: Trial) -> Samples:
    """The sound of a trial as its degradation leaves it, (S,) mono."""
    degradation = trial.degradation
    if degradation is None or degradation.kind != "audio_snr":
        return samples
    return add_noise(samples, degradation.severity, degradation.generator(trial.name))


def blur(image: Image, sigma: float) -> Image:
    """Gaussian blur of (H, W, 3); ``sigma`` in pixels of a crop of 112 pixels."""
    from scipy.ndimage import gaussian_filter

    scale = image.shape[1] / REFERENCE
    smooth = gaussian_filter(image.astype(np.float32), (sigma * scale, sigma * scale, 0), mode="nearest")
    return np.asarray(np.round(smooth), np.uint8)


def occlude(image: Image, share: float, generator: np.random.Generator) -> Image:
    """Cover ``share`` of (H, W, 3) by a rectangle with sides of at most 1:2, of one colour."""
    aspect = np.exp(generator.uniform(-np.log(2), np.log(2)))
    tall = min(1.0, max(share, float(np.sqrt(share * aspect))))
    wide = share / tall
    height, width = image.shape[:2]
    rows, columns = max(1, round(tall * height)), max(1, round(wide * width))
    top, left = (int(generator.integers(0, room + 1)) for room in (height - rows, width - columns))
    covered = image.copy()
    covered[top : top + rows, left : left + columns] = generator.integers(0, 256, 3)
    return covered


def add_noise(samples: Samples, decibels: float, generator: np.random.Generator) -> Samples:
    """Add pink noise (power falls with frequency) so that sound and noise have the given ratio; clipped to [-1, 1]."""
    power = float(np.mean(np.square(samples, dtype=np.float64)))
    spectrum = np.fft.rfft(generator.standard_normal(len(samples)))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    spectrum[0] = 0
    noise = np.fft.irfft(spectrum, len(samples))
    strength = float(np.mean(np.square(noise)))
    if not power or not strength:
        return samples
    noise *= np.sqrt(power / strength / 10 ** (decibels / 10))
    return np.clip(samples + noise, -1, 1).astype(np.float32)
