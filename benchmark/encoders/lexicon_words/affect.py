"""Valence and arousal of words in context: list look-up, negation and intensifiers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmark.encoders.lexicon_words.spec import AFFECT, AFFECT_WORDS, WORD_KINDS

#: Words after a negation that it still turns around.
_REACH = 3
_ENDINGS = (
    ("iness", "y"), ("ness", ""), ("ily", "y"), ("ly", ""), ("iest", "y"), ("ier", "y"), ("ies", "y"), ("ied", "y"),
    ("ing", ""), ("ing", "e"), ("ed", ""), ("ed", "e"), ("est", ""), ("er", ""), ("es", ""), ("s", ""),
)  # fmt: skip
_EDGES = re.compile(r"^[^\w]+|[^\w]+$")


def normalise(word: str) -> str:
    """Lower case, plain apostrophes, no punctuation at the ends; may be empty."""
    plain = unicodedata.normalize("NFKC", word).replace("\u2019", "'").lower().strip()
    return _EDGES.sub("", plain)


def rate(word: str) -> tuple[float, float] | None:
    """Valence and arousal in -1..1 of a normalised word or of its stem; None if the list has neither."""
    table = affect_words()
    if word in table:
        return table[word]
    for ending, instead in _ENDINGS:
        stem = word.removesuffix(ending) + instead
        if word.endswith(ending) and len(stem) >= 3:
            for form in (stem, stem[:-1] if stem[-1] == stem[-2] else stem):  # "hugg" of "hugging"
                if form in table:
                    return table[form]
    return None


def affect_features(words: Sequence[str]) -> npt.NDArray[np.float32]:
    """Columns ``spec.AFFECT`` of normalised words in order: (n,) -> (n, 8)."""
    rows = np.zeros((len(words), len(AFFECT)), np.float32)
    kinds = word_kinds()
    negated_until = -1
    strength = 0.0
    for index, word in enumerate(words):
        rating = rate(word)
        valence, arousal = rating or (0.0, 0.0)
        negated = index <= negated_until
        in_context = valence * (1 + 0.5 * strength) * (-0.6 if negated else 1)
        rows[index] = (
            valence,
            arousal,
            rating is not None,
            negated,
            strength,
            in_context,
            word in kinds["first_person"],
            word in kinds["filler"],
        )
        if word in kinds["negation"]:
            negated_until = index + _REACH
        strength = 1.0 if word in kinds["stronger"] else -0.5 if word in kinds["weaker"] else 0.0
    return rows


@cache
def affect_words() -> dict[str, tuple[float, float]]:
    """The list: word -> valence and arousal."""
    table: dict[str, tuple[float, float]] = {}
    for valence, arousal, words in _lines(AFFECT_WORDS):
        table |= dict.fromkeys(words.split(), (float(valence), float(arousal)))
    return table


@cache
def word_kinds() -> dict[str, frozenset[str]]:
    """Kind of function word -> words."""
    return {kind: frozenset(words.split()) for kind, words in _lines(WORD_KINDS)}


def _lines(path: Path) -> Iterator[list[str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")
