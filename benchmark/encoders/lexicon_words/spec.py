"""What the word and caption encoders make; read without torch."""

from __future__ import annotations

from pathlib import Path

from benchmark.encoders.base import EncoderSpec

#: Our own list: word, valence and arousal in -1..1.
AFFECT_WORDS = Path(__file__).with_name("affect_words.tsv")
#: Negations, intensifiers, first person, fillers.
WORD_KINDS = Path(__file__).with_name("word_kinds.tsv")
#: Content that decides the features.
LISTS = (AFFECT_WORDS, WORD_KINDS)

#: Names of the features behind the hashed ones, in order.
AFFECT = (
    "valence",
    "arousal",
    "listed",  # 1 where the list knows the word
    "negated",  # 1 within three words after a negation
    "intensified",  # +1 after "very", -0.5 after "slightly"
    "valence_in_context",  # valence after negation and intensifiers
    "first_person",
    "filler",
)

#: Hashed features of a word, and of the utterance around it.
WORD_HASH, UTTERANCE_HASH, CAPTION_HASH = 64, 64, 128

#: Timing and running means of a transcript's words, in order.
TALK = (
    "duration",  # log2 of seconds / 0.3
    "pause_before",  # seconds, at most 2
    "words_per_second",  # over the utterance / 3
    "utterance_valence",
    "utterance_arousal",
    "utterance_valence_in_context",
    "recent_valence",  # exponential mean over the last words, across utterances
    "recent_arousal",
)

_SETTINGS = {"ngrams": [3, 4, 5], "utterance_pause_seconds": 0.6}

WORDS = EncoderSpec(
    key="lexicon_words",
    stream="text",
    dim=WORD_HASH + UTTERANCE_HASH + len(AFFECT) + len(TALK),
    version=1,
    grid="times",
    summary="hashed n-grams, affect lexicon and timing of every word",
    settings={**_SETTINGS, "hash": [WORD_HASH, UTTERANCE_HASH], "columns": [*AFFECT, *TALK]},
)

CAPTIONS = EncoderSpec(
    key="caption_words",
    stream="behaviour",
    dim=CAPTION_HASH + len(AFFECT),
    version=1,
    grid="times",
    summary="hashed n-grams and affect lexicon, averaged over the words of every caption",
    settings={**_SETTINGS, "hash": [CAPTION_HASH], "columns": list(AFFECT)},
)
