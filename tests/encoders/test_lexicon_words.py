"""Words and captions: the same numbers everywhere, and affect that follows negation."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from benchmark.corpora.trials import Trial
from benchmark.encoders.catalogue import get_encoder
from benchmark.encoders.lexicon_words.affect import affect_features, affect_words, normalise, rate
from benchmark.encoders.lexicon_words.encoder import utterances, word_features
from benchmark.encoders.lexicon_words.hashing import hash_word
from benchmark.encoders.lexicon_words.spec import AFFECT, AFFECT_WORDS, CAPTIONS, TALK, WORDS
from benchmark.encoders.speech_text import Spoken


def say(text: str, at: float = 0.0, pace: float = 0.4) -> list[Spoken]:
    return [Spoken(word, at + pace * i, at + pace * i + 0.3) for i, word in enumerate(text.split())]


def affect(text: str, name: str) -> np.ndarray:
    return affect_features([normalise(word) for word in text.split()])[:, AFFECT.index(name)]


def talk(spoken: list[Spoken], name: str) -> np.ndarray:
    return word_features(spoken)[:, TALK.index(name) - len(TALK)]


# --------------------------------------------------------------------------- hashing
def test_hashes_are_the_same_in_another_process() -> None:
    code = (
        "from benchmark.encoders.lexicon_words.hashing import hash_word; print(hash_word('naïve', 64).tobytes().hex())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}
    )
    assert done.stdout.strip() == hash_word("naïve", 64).tobytes().hex()


def test_hashes_are_pinned() -> None:
    assert np.flatnonzero(hash_word("a", 8)).tolist() == [0, 1]
    np.testing.assert_allclose(hash_word("happy", 64)[:6], [0, 0.174267, 0, -0.174267, 0, 0], atol=1e-6)


def test_like_words_are_near_and_unlike_ones_are_not() -> None:
    def near(a: str, b: str) -> float:
        return float(hash_word(a, 128) @ hash_word(b, 128))

    assert near("frightened", "frightening") > 0.2 > abs(near("frightened", "umbrella"))
    assert near("happy", "happy") == pytest.approx(1, abs=1e-5)


# --------------------------------------------------------------------------- affect
def test_the_list_is_sound() -> None:
    lines = [line.split("\t") for line in AFFECT_WORDS.read_text().splitlines() if line[0] != "#"]
    words = [word for *_, listed in lines for word in listed.split()]
    assert [word for word, count in Counter(words).items() if count > 1] == []
    assert len(words) > 400
    assert all(normalise(word) == word for word in words)
    ratings = np.array(list(affect_words().values()))
    assert np.abs(ratings).max() <= 1
    assert (ratings[:, 0] > 0.3).sum() > 100
    assert (ratings[:, 0] < -0.3).sum() > 100
    assert (ratings[:, 1] > 0.3).sum() > 80
    assert (ratings[:, 1] < -0.1).sum() > 50


@pytest.mark.parametrize(
    ("word", "stem"),
    [("smiles", "smile"), ("happily", "happy"), ("hugging", "hug"), ("hated", "hate"), ("sadder", "sad")],
)
def test_endings_are_taken_off(word: str, stem: str) -> None:
    assert rate(word) == affect_words()[stem]


def test_unlisted_words_have_no_rating() -> None:
    assert rate("aardvark") is None
    assert rate("") is None


def test_negation_turns_valence_for_three_words() -> None:
    assert affect("happy", "valence_in_context")[0] > 0
    assert affect("I am not very happy", "valence_in_context")[-1] < 0
    assert affect("I don’t feel happy", "valence_in_context")[-1] < 0
    assert affect("not now but later happy", "valence_in_context")[-1] > 0
    assert affect("not happy", "valence")[-1] == affect("happy", "valence")[0]


def test_intensifiers_strengthen_and_weaken() -> None:
    plain, very, slightly = (affect(f"{w} sad", "valence_in_context")[-1] for w in ("am", "very", "slightly"))
    assert very < plain < slightly < 0


def test_persons_and_fillers() -> None:
    assert affect("Um, I went", "filler").tolist() == [1, 0, 0]
    assert affect("Um, I went", "first_person").tolist() == [0, 1, 0]


# --------------------------------------------------------------------------- words in time
def test_an_utterance_ends_at_a_pause_or_a_full_stop() -> None:
    spoken = [*say("so sad. today"), *say("fine now", at=5.0)]
    assert utterances(spoken) == [(0, 2), (2, 3), (3, 5)]


def test_context_is_shared_in_an_utterance_and_not_beyond() -> None:
    spoken = [*say("what a terrible day."), *say("thank you", at=4.0)]
    means = talk(spoken, "utterance_valence")
    assert len(set(means[:4].tolist())) == 1
    assert means[0] < 0 < means[-1]
    hashed = word_features(spoken)[:, 64:128]
    assert (hashed[0] == hashed[3]).all()
    assert (hashed[0] != hashed[4]).any()


def test_timing_features() -> None:
    spoken = [Spoken("one", 0.0, 0.3), Spoken("two", 1.5, 2.1)]
    assert talk(spoken, "pause_before").tolist() == pytest.approx([0.0, 1.2])
    assert talk(spoken, "duration").tolist() == pytest.approx([0.0, 1.0], abs=1e-5)


# --------------------------------------------------------------------------- trials
def test_one_step_a_word_at_its_middle(make_trial: Callable[..., Trial]) -> None:
    trial = make_trial(words=[("happy.", 1.0, 1.4), ("Hello", 0.2, 0.6), (" ", 0.7, 0.8)])
    result = get_encoder("lexicon_words").encode(trial)
    assert result.values.shape == (2, WORDS.dim)
    assert result.times.tolist() == pytest.approx([0.4, 1.2])
    assert result.mask.all()


def test_one_step_a_caption_at_its_middle(make_trial: Callable[..., Trial]) -> None:
    trial = make_trial(captions=[(0, 4, "She smiles with joy."), (4, 8, "He frowns, angry and tense."), (8, 9, "...")])
    result = get_encoder("caption_words").encode(trial)
    assert result.values.shape == (3, CAPTIONS.dim)
    assert result.times.tolist() == [2, 6, 8.5]
    valence = result.values[:, 128 + AFFECT.index("valence")]
    assert valence[0] > 0 > valence[1]
    assert not result.values[2].any()


@pytest.mark.parametrize("key", ["lexicon_words", "caption_words"])
@pytest.mark.parametrize("empty", [None, []])
def test_nothing_said_is_masked(make_trial: Callable[..., Trial], key: str, empty: list | None) -> None:
    result = get_encoder(key).encode(make_trial(words=empty, captions=empty))
    assert len(result.times) == 1
    assert not result.mask.any()
    assert not result.values.any()
