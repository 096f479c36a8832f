"""Descriptions of visible behaviour in plain English, one for each four seconds, with errors at a known rate."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmark.corpora.affrig.people import Person, age_group
from benchmark.corpora.affrig.rig.actions import ACTIONS
from benchmark.corpora.affrig.signals import FloatArray

#: Length of a segment in s.
SEGMENT = 4.0
#: Chance that a phrase is left out, and that it is swapped for one that is not true.
OMISSION_RATE = 0.12
ERROR_RATE = 0.10

#: (actions that must all be strong, phrases); the first matches win.
_PHRASES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("AU6", "AU12"), ("smiles broadly with raised cheeks", "grins, eyes crinkling", "beams warmly")),
    (("AU12",), ("smiles slightly", "smiles with the mouth alone", "lifts the corners of the mouth")),
    (("AU1", "AU2"), ("raises the eyebrows", "lifts both brows high")),
    (("AU1", "AU4"), ("draws the brows up and together", "looks up with a pained brow")),
    (("AU4",), ("frowns", "lowers the brows", "knits the brows together")),
    (("AU1",), ("lifts the inner brows",)),
    (("AU5",), ("opens the eyes wide", "stares with wide eyes")),
    (("AU9",), ("wrinkles the nose",)),
    (("AU10",), ("raises the upper lip", "curls the lip")),
    (("AU15",), ("pulls down the corners of the mouth", "lets the mouth droop")),
    (("AU20",), ("stretches the lips tight",)),
    (("AU23",), ("tightens the lips",)),
    (("AU24",), ("presses the lips together",)),
    (("AU14",), ("smirks", "dimples one cheek")),
    (("AU26",), ("drops the jaw", "opens the mouth wide")),
    (("AU7",), ("narrows the eyes", "squints a little")),
    (("AU17",), ("pushes up the chin",)),
)
_STRONG = 0.34
#: (lowest valence, lowest arousal, impressions); the first that fits the displayed feeling is said.
_IMPRESSIONS: tuple[tuple[float, float, tuple[str, ...]], ...] = (
    (0.25, 0.25, ("excited and happy", "delighted", "cheerful and lively")),
    (0.25, -2.0, ("content", "calm and friendly", "pleased")),
    (-0.2, 0.3, ("alert", "surprised", "keyed up")),
    (-0.2, -0.25, ("neutral", "composed", "attentive")),
    (-0.2, -2.0, ("tired", "bored", "drowsy")),
    (-2.0, 0.3, ("tense and upset", "agitated", "angry or afraid")),
    (-2.0, -0.2, ("unhappy", "uncomfortable", "displeased")),
    (-2.0, -2.0, ("sad and withdrawn", "dejected", "listless")),
)


def _impression(rng: np.random.Generator, valence: float, arousal: float) -> str:
    noisy = valence + rng.normal(0.0, 0.15), arousal + rng.normal(0.0, 0.2)
    words = next(words for low_v, low_a, words in _IMPRESSIONS if noisy[0] > low_v and noisy[1] > low_a)
    return words[int(rng.integers(len(words)))]


def _pick(rng: np.random.Generator, choices: tuple[str, ...]) -> str:
    return choices[int(rng.integers(len(choices)))]


def _actions(rng: np.random.Generator, level: FloatArray) -> list[str]:
    """Phrases for (A,) mean intensities, with errors."""
    said: list[str] = []
    used: set[str] = set()
    for names, phrases in _PHRASES:
        if used & set(names) or min(level[ACTIONS.index(name)] for name in names) < _STRONG:
            continue
        used |= set(names)
        draw = rng.random()
        if draw < OMISSION_RATE:
            continue
        if draw < OMISSION_RATE + ERROR_RATE:
            phrases = _PHRASES[int(rng.integers(len(_PHRASES)))][1]
        said.append(_pick(rng, phrases))
    return said[:3]


def describe(
    rng: np.random.Generator,
    person: Person,
    seen: FloatArray,
    shown: FloatArray,
    speaking: FloatArray,
    visible: float,
) -> str:
    """One caption.

    Args:
        rng: draws wording and errors.
        person: who is seen.
        seen: (S, A) action intensities in the segment.
        shown: (2, S) valence and arousal that the face displays.
        speaking: (S,) 0 or 1.
        visible: share of the segment with a visible face.
    """
    noun = {"female": "woman", "male": "man"}[person.appearance.sex]
    age = age_group(person)
    article = "An" if age[0] in "aeiou" else "A"
    if visible < 0.3:
        return f"{article} {age} {noun} is hardly visible; the face is turned away or hidden."
    level = 0.5 * seen.mean(axis=0) + 0.5 * np.quantile(seen, 0.85, axis=0)
    phrases = _actions(rng, level)
    if speaking.mean() > 0.25:
        phrases.append(_pick(rng, ("speaks", "talks", "is speaking to someone")))
    if not phrases:
        phrases = [_pick(rng, ("keeps a still face", "looks ahead without much expression", "barely moves"))]
    listed = phrases[0] if len(phrases) == 1 else ", ".join(phrases[:-1]) + " and " + phrases[-1]
    text = f"{article} {age} {noun} {listed}."
    if rng.random() < 0.7:
        subject = {"female": "She", "male": "He"}[person.appearance.sex]
        verb = _pick(rng, ("seems", "looks", "appears"))
        text += f" {subject} {verb} {_impression(rng, float(shown[0].mean()), float(shown[1].mean()))}."
    return text


def segments(duration: float) -> list[tuple[float, float]]:
    """(start, end) of the segments of a video in s; a rest of under two seconds joins the last one."""
    edges = [SEGMENT * i for i in range(int(duration // SEGMENT) + 1)]
    if len(edges) > 1 and duration - edges[-1] < SEGMENT / 2:
        edges.pop()
    return list(zip(edges, [*edges[1:], round(duration, 3)], strict=True))


def caption_file(trial: str, texts: list[tuple[float, float, str]]) -> dict[str, Any]:
    """Content of ``captions/<trial>.json``."""
    return {"trial": trial, "segments": [{"start": start, "end": end, "text": text} for start, end, text in texts]}
