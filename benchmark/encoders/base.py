"""What an encoder is: its description, its result and the protocol that every one follows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from benchmark.corpora.trials import Trial

StreamName = Literal["face", "audio", "text", "behaviour"]
Grid = Literal["frames", "times"]
Storage = Literal["features", "files"]
Array = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """Everything that decides an encoder's features apart from its weights; importable without torch.

    Attributes:
        key: name in the catalogue and on the command line.
        stream: the stream that the features belong to.
        dim: width D of a feature vector or of each token; the side in pixels for images.
        version: raised whenever the code changes what comes out for the same settings.
        grid: ``frames`` where step k is frame k of the trial, ``times`` where the steps have times of their own.
        summary: one line for listings.
        settings: preprocessing and model settings, plain JSON values.
        shape: of one step: (D,) for vectors (not given), (P, D) for P tokens, (3, side, side) for images.
        storage: ``features`` are kept on disk; with ``files`` the trial's own files are read again each time (images),
            and only which of them can be used is kept.
    """

    key: str
    stream: StreamName
    dim: int
    version: int
    grid: Grid
    summary: str
    settings: Mapping[str, object] = field(default_factory=dict)
    shape: tuple[int, ...] = ()
    storage: Storage = "features"

    @property
    def step(self) -> tuple[int, ...]:
        """Shape of one step of the stream."""
        return self.shape or (self.dim,)

    def fingerprint(self) -> str:
        """The parts that decide the features, as canonical JSON."""
        parts = {
            "key": self.key,
            "stream": self.stream,
            "dim": self.dim,
            "version": self.version,
            "grid": self.grid,
            "settings": dict(self.settings),
            "step": list(self.step),
        }
        return json.dumps(parts, sort_keys=True, allow_nan=False)


class FrameSource(Protocol):
    """Images of one trial that are decoded when a slice is taken."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice) -> Array:
        """Decode the steps of a slice."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """The features of one trial; L is at least 1.

    Attributes:
        values: (L, *step) float32 as an encoder returns it, float16 as the store returns it, or uint8 images that are
            decoded when a slice is taken; zero where not observed.
        times: (L,) float64 seconds from the first video frame, never decreasing.
        mask: (L,) bool, True where the stream was really observed.
        notes: what was masked, resized or clipped, in words.
    """

    values: Array | FrameSource
    times: npt.NDArray[np.float64]
    mask: npt.NDArray[np.bool_]
    notes: tuple[str, ...] = ()

    @classmethod
    def absent(cls, dim: int, *notes: str) -> Encoded:
        """One unobserved vector, which stands for a stream that the trial does not have."""
        return cls(np.zeros((1, dim), np.float32), np.zeros(1), np.zeros(1, np.bool_), notes)


class Encoder(Protocol):
    """Turns one trial into a stream of features.

    Attributes:
        spec: what the catalogue says about it.
    """

    @property
    def spec(self) -> EncoderSpec: ...

    def encode(self, trial: Trial) -> Encoded:
        """Encode a whole trial; files that cannot be used are masked and named in the notes."""
