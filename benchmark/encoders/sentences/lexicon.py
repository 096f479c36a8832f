"""Sentences by the offline caption encoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmark.encoders.lexicon_words.encoder import caption_features
from benchmark.encoders.sentences.catalogue import Floats, SentenceSpec


class LexiconSentences:
    """A sentence as the mean over its words: hashed n-grams, valence and arousal of the affect list."""

    def __init__(self, spec: SentenceSpec) -> None:
        self.spec = spec

    def embed(self, sentences: Sequence[str]) -> Floats:
        """n sentences -> (n, 136) float32."""
        return np.stack([caption_features(sentence) for sentence in sentences])
