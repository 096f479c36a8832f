"""Concordance correlation coefficient from six sums per video and dimension.

Raw (uncentred) sums are accurate here because valence and arousal lie in [-1, 1]: in float64 the cancellation in
``Sxx / n - mean ** 2`` costs about 1e-16 absolute, and the tests hold the result to 1e-12 against a centred two-pass
formula on 400,000 frames.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SUM_NAMES = ("n", "Sx", "Sy", "Sxx", "Syy", "Sxy")

#: A denominator below this share of the mean square is rounding noise: both inputs are one and the same constant.
_NOISE = 1e-14

Float = NDArray[np.float64]


def ccc_sums(prediction: NDArray[np.floating], label: NDArray[np.floating], valid: NDArray[np.bool_]) -> Float:
    """Sums from which CCC is computed, over the valid rows of one trial.

    Args:
        prediction: (N, D) in [-1, 1], called x in the sums.
        label: (N, D) in [-1, 1] where valid, called y in the sums.
        valid: (N,) True where the row counts.

    Returns:
        (D, 6) float64: n, Sx, Sy, Sxx, Syy, Sxy.
    """
    x = np.ascontiguousarray(prediction[valid].T, dtype=np.float64)  # rows contiguous: numpy then sums pairwise
    y = np.ascontiguousarray(label[valid].T, dtype=np.float64)
    n = np.full(x.shape[0], x.shape[1], dtype=np.float64)
    return np.stack([n, x.sum(1), y.sum(1), (x * x).sum(1), (y * y).sum(1), (x * y).sum(1)], axis=1)


def ccc_from_sums(sums: Float) -> Float:
    """Population CCC, ``2 cov / (var_x + var_y + (mean_x - mean_y)^2)`` with every moment divided by n.

    Source: Lin (1989), and the ABAW papers of editions 3 to 11, which pool the frames of all videos.

    Args:
        sums: (..., 6) float64 as ``ccc_sums`` gives them, added up over whatever is pooled.

    Returns:
        (...) float64 in [-1, 1]; 0 where the denominator is 0, that is for no frames and for equal constants.
    """
    return moments_ccc(sums, covariance_ddof=0, variance_ddof=0)


def moments_ccc(sums: Float, covariance_ddof: int, variance_ddof: int) -> Float:
    """CCC with ``n - ddof`` under the covariance and under the variances, for the conventions of other teams.

    Args:
        sums: (..., 6) float64.
        covariance_ddof: 0 or 1.
        variance_ddof: 0 or 1.

    Returns:
        (...) float64; 0 where the denominator or a divisor is 0.
    """
    n, sx, sy, sxx, syy, sxy = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_x, mean_y = sx / n, sy / n
        covariance = (sxy / n - mean_x * mean_y) * (n / (n - covariance_ddof))
        variances = ((sxx + syy) / n - mean_x**2 - mean_y**2) * (n / (n - variance_ddof))
        denominator = variances + (mean_x - mean_y) ** 2
        value = 2 * covariance / denominator
        defined = (n > max(covariance_ddof, variance_ddof)) & (denominator > _NOISE * (sxx + syy) / n)
    return np.where(defined, value, 0.0)
