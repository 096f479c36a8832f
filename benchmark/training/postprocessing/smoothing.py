"""Smoothing within one trial, gaps first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Values = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Smoothing:
    """A smoothing filter; it uses future frames, so it is not for live use.

    Attributes:
        kind: ``box`` (moving average), ``gaussian`` (standard deviation a quarter of the width), ``median``, or
            ``mode`` (most frequent class or majority vote; for V/A the same as ``median``).
        seconds: full width of the filter.
    """

    kind: Literal["box", "gaussian", "median", "mode"]
    seconds: float

    def frames(self, frame_times: NDArray[np.float64]) -> int:
        """Odd width in frames for a trial with these frame times (N,), at least 1."""
        if len(frame_times) < 2:
            return 1
        step = float(np.median(np.diff(frame_times)))
        half = round(self.seconds / step / 2) if step > 0 else 0
        return 2 * min(half, len(frame_times) // 2) + 1


def fill_gaps(values: Values, present: NDArray[np.bool_]) -> Values:
    """Interpolate linearly over frames that had no face, from the predictions of the frames that had one.

    Args:
        values: (N, width) activations.
        present: (N,) True where the frame's crop was there; if none was, the values stay as they are.
    """
    if present.all() or not present.any():
        return values
    index = np.arange(len(values))
    columns = [np.interp(index, index[present], column[present]) for column in values.T]
    return np.stack(columns, axis=1).astype(values.dtype)


def smooth(values: Values, smoothing: Smoothing, frame_times: NDArray[np.float64], votes: bool) -> Values:
    """Filter every column over time; the first and last value are repeated beyond the ends.

    Args:
        values: (N, width) activations.
        votes: the columns are probabilities that a decision follows from, so that ``mode`` has votes to count.
    """
    width = smoothing.frames(frame_times)
    if width == 1:
        return values
    result: Values
    if smoothing.kind == "mode" and votes:
        result = ndimage.uniform_filter1d(_votes(values), width, axis=0, mode="nearest")
    elif smoothing.kind == "box":
        result = ndimage.uniform_filter1d(values.astype(np.float64), width, axis=0, mode="nearest")
    elif smoothing.kind == "gaussian":
        result = ndimage.gaussian_filter1d(values.astype(np.float64), width / 4, axis=0, mode="nearest")
    else:
        result = ndimage.median_filter(values, size=(width, 1), mode="nearest")
    return result.astype(values.dtype)


def _votes(values: Values) -> Values:
    """One-hot of the largest column, which sums to one vote a frame."""
    votes = np.zeros(values.shape)
    votes[np.arange(len(values)), values.argmax(1)] = 1.0
    return votes
