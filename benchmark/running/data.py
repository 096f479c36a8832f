"""Trials of a run with their encoded streams."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmark.corpora.trials import Trial
from benchmark.encoders.base import Encoded
from benchmark.encoders.catalogue import encoder_spec, get_encoder
from benchmark.encoders.store import FeatureStore
from benchmark.records import StreamInfo
from benchmark.training.windows import TrialData


@dataclass(frozen=True, slots=True)
class Encoders:
    """The encoders of a preset.

    Attributes:
        keys: stream name -> encoder key.
    """

    keys: Mapping[str, str]

    @property
    def distinct(self) -> list[str]:
        """Keys of the encoders, each once: several streams may have the same."""
        return list(dict.fromkeys(self.keys.values()))

    @property
    def dims(self) -> dict[str, int]:
        """Stream name -> width of its features; reads no weights."""
        return {stream: encoder_spec(key).dim for stream, key in self.keys.items()}

    @property
    def measured(self) -> dict[str, int]:
        """Width of every stream of features, which can be standardised; images are no such stream."""
        return {stream: width for stream, width in self.dims.items() if not self._images(stream)}

    @property
    def on_frames(self) -> frozenset[str]:
        """Streams that have exactly one step a frame."""
        return frozenset(stream for stream, key in self.keys.items() if encoder_spec(key).grid == "frames")

    def reading(self, names: Iterable[str]) -> Encoders:
        """The encoders of the named streams only."""
        wanted = set(names)
        return Encoders({stream: key for stream, key in self.keys.items() if stream in wanted})

    def load(self, trials: Iterable[Trial], store: FeatureStore) -> list[TrialData]:
        """Read every stream of every trial from the store, which must hold them."""
        return [self._data(trial, {s: store.load(trial, key) for s, key in self.keys.items()}) for trial in trials]

    def encode(self, trials: Iterable[Trial]) -> list[TrialData]:
        """Encode every stream anew, rounded as the store rounds, without touching the store."""
        backbones = {stream: get_encoder(key) for stream, key in self.keys.items()}
        return [
            self._data(trial, {s: _as_stored(encoder.encode(trial)) for s, encoder in backbones.items()})
            for trial in trials
        ]

    def describe(self, data: Sequence[TrialData]) -> dict[str, StreamInfo]:
        """Width and observed share of every stream over the given trials."""
        return {
            stream: StreamInfo(
                encoder=key,
                dim=encoder_spec(key).dim,
                observed=float(np.concatenate([np.asarray(item.streams[stream].mask) for item in data]).mean()),
            )
            for stream, key in self.keys.items()
        }

    def _images(self, stream: str) -> bool:
        return encoder_spec(self.keys[stream]).storage == "files"

    def _data(self, trial: Trial, streams: Mapping[str, Encoded]) -> TrialData:
        return TrialData(trial, streams, self.on_frames, trial.frame_times())


def _as_stored(encoded: Encoded) -> Encoded:
    values = encoded.values
    return replace(encoded, values=values.astype(np.float16)) if isinstance(values, np.ndarray) else encoded
