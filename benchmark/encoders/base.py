"""What an encoder is: its description, its result and the protocol that every one follows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from benchmark.corpora.trials import Trial

StreamName = Literal["face", "audio", "text", "behaviour"]
Grid = Literal["frames", "times"]
Array = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """Everything that decides an encoder's features apart from its weights; importable without torch.

    Attributes:
        key: name in the catalogue and on the command line.
        stream: the stream that the features belong to.
        dim: width D of a feature vector.
        version: raised whenever the code changes what comes out for the same settings.
        grid: ``frames`` where step k is frame k of the trial, ``times`` where the steps have times of their own.
        summary: one line for listings.
        settings: preprocessing and model settings, plain JSON values.
    """

    key: str
    stream: StreamName
    dim: int
    version: int
    grid: Grid
    summary: str
    settings: Mapping[str, object] = field(default_factory=dict)

    def fingerprint(self) -> str:
        """The parts that decide the features, as canonical JSON."""
        parts = {
            "key": self.key,
            "stream": self.stream,
            "dim": self.dim,
            "version": self.version,
            "grid": self.grid,
            "settings": dict(self.settings),
        }
        return json.dumps(parts, sort_keys=True, allow_nan=False)


@dataclass(frozen=True, slots=True)
class Encoded:
    """The features of one trial; L is at least 1.

    Attributes:
        values: (L, D) float32 as an encoder returns it, float16 as the store returns it; zero where not observed.
        times: (L,) float64 seconds from the first video frame, never decreasing.
        mask: (L,) bool, True where the stream was really observed.
        notes: what was masked, resized or clipped, in words.
    """

    values: Array
    times: npt.NDArray[np.float64]
    mask: npt.NDArray[np.bool_]
    notes: tuple[str, ...] = ()

    @classmethod
    def absent(cls, dim: int, *notes: str) -> Encoded:
        """One unobserved step, which stands for a stream that the trial does not have."""
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
