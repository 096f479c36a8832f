"""Transcripts to one vector a word, behaviour captions to one vector a segment."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from benchmark.encoders.base import Encoded, EncoderSpec
from benchmark.encoders.lexicon_words.affect import affect_features, normalise
from benchmark.encoders.lexicon_words.hashing import hash_word
from benchmark.encoders.lexicon_words.spec import (
    AFFECT,
    CAPTION_HASH,
    CAPTIONS,
    TALK,
    UTTERANCE_HASH,
    WORD_HASH,
    WORDS,
)
from benchmark.encoders.speech_text import Spoken, read_segments, read_words

if TYPE_CHECKING:
    from benchmark.corpora.trials import Trial

Floats = npt.NDArray[np.float32]

#: A pause of this many seconds, or the end of a sentence, ends an utterance.
_PAUSE = 0.6
#: Weight of the newest word in the running means: a memory of about eight words.
_NEWEST = 0.12


class WordEncoder:
    """One vector for every word of the transcript: hashes, affect, timing and the utterance around it."""

    def __init__(self, spec: EncoderSpec = WORDS) -> None:
        self.spec = spec

    def encode(self, trial: Trial) -> Encoded:
        """Encode a trial's words: (L, D) at the middle of each word, in seconds."""
        spoken = read_words(trial.transcript)
        if not spoken:
            return Encoded.absent(self.spec.dim)
        times = np.array([word.middle for word in spoken])
        return Encoded(word_features(spoken), times, np.ones(len(spoken), np.bool_))


class CaptionEncoder:
    """One vector for every caption: the mean over its words."""

    def __init__(self, spec: EncoderSpec = CAPTIONS) -> None:
        self.spec = spec

    def encode(self, trial: Trial) -> Encoded:
        """Encode a trial's captions: (L, D) at the middle of each segment, in seconds."""
        segments = read_segments(trial.captions)
        if not segments:
            return Encoded.absent(self.spec.dim)
        values = np.stack([caption_features(segment.text) for segment in segments])
        times = np.array([segment.middle for segment in segments])
        return Encoded(values, times, np.ones(len(segments), np.bool_))


def word_features(spoken: list[Spoken]) -> Floats:
    """n words in order of time -> (n, D)."""
    words = [normalise(word.text) for word in spoken]
    affect = affect_features(words)
    hashes = np.stack([hash_word(word, WORD_HASH) for word in words])
    topics = np.stack([hash_word(word, UTTERANCE_HASH) for word in words])
    context = np.zeros((len(words), UTTERANCE_HASH), np.float32)
    talk = np.zeros((len(words), len(TALK)), np.float32)
    valence, arousal, in_context = (AFFECT.index(name) for name in ("valence", "arousal", "valence_in_context"))
    for start, stop in utterances(spoken):
        context[start:stop] = topics[start:stop].mean(0)
        seconds = max(spoken[stop - 1].end - spoken[start].start, 0.1)
        talk[start:stop, 2] = (stop - start) / seconds / 3
        talk[start:stop, 3:6] = affect[start:stop, [valence, arousal, in_context]].mean(0)
    recent = np.zeros(2, np.float32)
    for index, word in enumerate(spoken):
        pause = word.start - spoken[index - 1].end if index else 0.0
        recent = (1 - _NEWEST) * recent + _NEWEST * affect[index, [in_context, arousal]]
        talk[index, 0] = np.log2(max(word.end - word.start, 0.02) / 0.3)
        talk[index, 1] = min(max(pause, 0.0), 2.0)
        talk[index, 6:8] = recent
    return np.concatenate((hashes, context, affect, talk), axis=1)


def utterances(spoken: list[Spoken]) -> list[tuple[int, int]]:
    """First word (included) and last (excluded) of every utterance."""
    ends = [
        index + 1
        for index, (word, after) in enumerate(pairwise(spoken))
        if word.text.endswith((".", "!", "?")) or after.start - word.end >= _PAUSE
    ]
    return list(zip([0, *ends], [*ends, len(spoken)], strict=True))


def caption_features(text: str) -> Floats:
    """A caption -> (D,)."""
    words = [word for word in map(normalise, text.split()) if word]
    if not words:
        return np.zeros(CAPTIONS.dim, np.float32)
    hashes = np.stack([hash_word(word, CAPTION_HASH) for word in words])
    mean: Floats = np.concatenate((hashes, affect_features(words)), axis=1).mean(0)
    return mean
