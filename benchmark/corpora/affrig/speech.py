"""Who says what and when in a video: turns, sentences and their synthesised sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.corpora.affrig.espeak import Engine, Spoken
from benchmark.corpora.affrig.people import Person
from benchmark.corpora.affrig.prosody import Prosody, prosody
from benchmark.corpora.affrig.sentences import backchannel, sentence
from benchmark.corpora.affrig.signals import RATE, FloatArray


@dataclass(frozen=True, slots=True)
class Utterance:
    """One sentence in its place.

    Attributes:
        speaker: position of the speaker among the people of the video.
        start: seconds from the start of the video.
        text: the words.
        prosody: how they were said.
        spoken: the sound and its timing.
    """

    speaker: int
    start: float
    text: str
    prosody: Prosody
    spoken: Spoken

    @property
    def end(self) -> float:
        """Seconds from the start of the video."""
        return self.start + self.spoken.duration

    def words(self) -> Iterator[tuple[float, float, str]]:
        """(start, end, word) in seconds."""
        tokens = self.text.split(" ")
        places = np.cumsum([0] + [len(token) + 1 for token in tokens])
        known = np.array([*self.spoken.words, (1000 * self.spoken.duration, len(self.text) + 1)])
        # the engine runs small words together; they get their share of the time by length
        edges = np.interp(places, np.maximum.accumulate(known[:, 1]), known[:, 0]) / 1000
        for token, begin, end in zip(tokens, edges[:-1], edges[1:], strict=True):
            yield self.start + float(begin), self.start + float(end), token

    def phonemes(self) -> Iterator[tuple[float, float, str]]:
        """(start, end, IPA symbol) in seconds."""
        starts = [ms for ms, _ in self.spoken.phonemes] + [round(1000 * self.spoken.duration)]
        for (begin, symbol), end in zip(self.spoken.phonemes, starts[1:], strict=True):
            yield self.start + begin / 1000, self.start + end / 1000, symbol


def _mean(shown: FloatArray, start: float, length: float) -> tuple[float, float]:
    """Mean valence and arousal of (2, T) ``shown`` over ``length`` seconds."""
    first = min(int(start * RATE), shown.shape[1] - 1)
    part = shown[:, first : max(first + 1, int((start + length) * RATE))]
    return float(part[0].mean()), float(part[1].mean())


def _pause(rng: np.random.Generator, talkativeness: float) -> float:
    return float(rng.uniform(0.15, 0.5) + rng.exponential(0.15 + 1.5 * (1.0 - talkativeness)))


def talk(
    rng: np.random.Generator,
    engine: Engine,
    people: Sequence[Person],
    voices: Sequence[FloatArray],
    words: Sequence[FloatArray],
    duration: float,
) -> list[Utterance]:
    """Draw a monologue, or a dialogue in turns, of at most ``duration`` seconds.

    Args:
        rng: draws turns, words and prosody.
        engine: speaks.
        people: who may speak.
        voices: (2, T) valence and arousal that each voice displays.
        words: (2, T) the same for the words.
        duration: of the video in seconds.
    """
    spoken: list[Utterance] = []
    turn = int(rng.integers(len(people)))
    time = float(rng.uniform(0.1, 0.6)) + (0.0 if rng.random() < 0.7 else float(rng.uniform(0.3, 1.5)))
    while time < duration - 0.6:
        person = people[turn]
        valence, arousal = _mean(words[turn], time, 2.0)
        listening = rng.random() > 0.35 + 0.65 * person.temperament.talkativeness
        text = backchannel(rng, valence) if listening else sentence(rng, valence, arousal)
        said = prosody(rng, person.voice, *_mean(voices[turn], time, 2.0))
        sound = engine.say(text, said.setting)
        if time + sound.duration > duration + 1.2:
            break
        spoken.append(Utterance(turn, time, text, said, sound))
        time += sound.duration + _pause(rng, person.temperament.talkativeness)
        if rng.random() < 0.6:
            turn = (turn + 1) % len(people)
    return spoken
