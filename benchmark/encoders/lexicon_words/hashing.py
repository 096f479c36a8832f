"""Signed feature hashing of words and their character n-grams (Weinberger et al. 2009), the same on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt

NGRAMS = (3, 4, 5)


@lru_cache(maxsize=50_000)
def hash_word(word: str, dim: int) -> npt.NDArray[np.float32]:
    """A word as a unit vector (dim,): half from the word itself, half from its character n-grams."""
    vector = np.zeros(dim)
    parts = list(_ngrams(word))
    _add(vector, f"={word}", 1.0)
    for part in parts:
        _add(vector, part, len(parts) ** -0.5)
    unit = (vector / max(float(np.linalg.norm(vector)), 1e-12)).astype(np.float32)
    unit.setflags(write=False)  # shared by all callers
    return unit


def _ngrams(word: str) -> Iterator[str]:
    marked = f"<{word}>"
    for length in NGRAMS:
        for start in range(len(marked) - length + 1):
            yield marked[start : start + length]


def _add(vector: npt.NDArray[np.float64], feature: str, weight: float) -> None:
    code = int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=8).digest(), "little")
    vector[(code >> 1) % len(vector)] += weight if code & 1 else -weight
