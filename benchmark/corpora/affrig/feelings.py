"""What can be felt: where it lies in valence and arousal, how a face can show it, and what annotators call it."""

from __future__ import annotations

from dataclasses import dataclass

from benchmark.tasks import EXPRESSIONS

NEUTRAL, ANGER, DISGUST, FEAR, HAPPINESS, SADNESS, SURPRISE, OTHER = range(len(EXPRESSIONS))


@dataclass(frozen=True, slots=True)
class Feeling:
    """One kind of episode.

    Attributes:
        valence, arousal: where its centre lies, in [-1, 1].
        names: probability of each expression class that an annotator gives it.
        faces: facial actions, one dictionary for each way to show it.
    """

    valence: float
    arousal: float
    names: dict[int, float]
    faces: tuple[dict[str, float], ...]


FEELINGS: dict[str, Feeling] = {
    "neutral": Feeling(0.05, -0.05, {NEUTRAL: 1.0}, ({}, {"AU17": 0.15}, {"AU7": 0.2}, {"AU25": 0.2})),
    "anger": Feeling(
        -0.60,
        0.62,
        {ANGER: 0.92, OTHER: 0.08},
        (
            {"AU4": 0.9, "AU7": 0.7, "AU23": 0.65, "AU17": 0.3},
            {"AU4": 0.8, "AU5": 0.5, "AU10": 0.6, "AU25": 0.6, "AU26": 0.3},
            {"AU4": 0.9, "AU7": 0.5, "AU24": 0.7, "AU17": 0.4},
        ),
    ),
    "disgust": Feeling(
        -0.62,
        0.28,
        {DISGUST: 0.9, OTHER: 0.1},
        (
            {"AU9": 0.8, "AU10": 0.7, "AU4": 0.35, "AU7": 0.4},
            {"AU10": 0.85, "AU25": 0.5, "AU7": 0.4, "AU17": 0.3},
            {"AU9": 0.7, "AU15": 0.4, "AU17": 0.5, "AU4": 0.5},
        ),
    ),
    "fear": Feeling(
        -0.58,
        0.60,
        {FEAR: 0.92, SURPRISE: 0.08},
        (
            {"AU1": 0.85, "AU2": 0.5, "AU4": 0.5, "AU5": 0.85, "AU20": 0.7, "AU25": 0.5},
            {"AU1": 0.7, "AU5": 0.8, "AU25": 0.6, "AU26": 0.55},
            {"AU1": 0.8, "AU2": 0.4, "AU4": 0.6, "AU20": 0.8, "AU7": 0.3},
        ),
    ),
    "happiness": Feeling(
        0.68,
        0.35,
        {HAPPINESS: 0.93, OTHER: 0.07},
        (
            {"AU6": 0.75, "AU12": 0.9, "AU25": 0.6, "AU7": 0.2},
            {"AU6": 0.55, "AU12": 0.75, "AU14": 0.2},
            {"AU6": 0.85, "AU12": 0.9, "AU25": 0.8, "AU26": 0.5, "AU7": 0.4},
        ),
    ),
    "sadness": Feeling(
        -0.60,
        -0.35,
        {SADNESS: 0.93, OTHER: 0.07},
        (
            {"AU1": 0.8, "AU4": 0.5, "AU15": 0.75, "AU17": 0.4},
            {"AU1": 0.6, "AU4": 0.6, "AU7": 0.3},
            {"AU15": 0.5, "AU17": 0.5, "AU7": 0.2},
            {"AU4": 0.5, "AU6": 0.35, "AU7": 0.5, "AU20": 0.3, "AU25": 0.3},
        ),
    ),
    "surprise": Feeling(
        0.10,
        0.68,
        {SURPRISE: 0.92, OTHER: 0.08},
        (
            {"AU1": 0.8, "AU2": 0.85, "AU5": 0.65, "AU25": 0.7, "AU26": 0.75},
            {"AU1": 0.8, "AU2": 0.8, "AU5": 0.4},
            {"AU1": 0.6, "AU2": 0.7, "AU25": 0.6, "AU26": 0.5, "AU12": 0.3},
        ),
    ),
    "contempt": Feeling(
        -0.35, 0.05, {OTHER: 1.0}, ({"AU14": 0.85, "AU12": 0.3}, {"AU14": 0.6, "AU10": 0.5, "AU4": 0.2})
    ),
    "boredom": Feeling(
        -0.22,
        -0.60,
        {OTHER: 0.65, NEUTRAL: 0.35},
        ({"AU45": 0.3, "AU17": 0.3}, {"AU45": 0.25, "AU15": 0.25, "AU14": 0.2})
    ),
    "determination": Feeling(
        0.05, 0.40, {OTHER: 0.85, ANGER: 0.15}, ({"AU4": 0.5, "AU7": 0.4, "AU24": 0.5}, {"AU4": 0.45, "AU23": 0.5})
    ),
    "embarrassment": Feeling(
        -0.20, 0.28, {OTHER: 0.9, HAPPINESS: 0.1}, ({"AU12": 0.5, "AU24": 0.4}, {"AU12": 0.4, "AU14": 0.4, "AU1": 0.3})
    ),
    "relief": Feeling(
        0.42,
        -0.35,
        {OTHER: 0.6, HAPPINESS: 0.25, NEUTRAL: 0.15},
        ({"AU12": 0.35, "AU25": 0.3}, {"AU12": 0.3, "AU6": 0.2, "AU45": 0.2})
    ),
    "excitement": Feeling(
        0.50,
        0.72,
        {OTHER: 0.75, HAPPINESS: 0.25},
        ({"AU1": 0.5, "AU2": 0.5, "AU12": 0.5, "AU25": 0.5}, {"AU5": 0.5, "AU12": 0.4, "AU25": 0.6, "AU26": 0.4}),
    ),
}  # fmt: skip

#: What a trial is mostly about, and how often; long-tailed like the class shares of Aff-Wild2.
DOMINANT_SHARES: dict[str, float] = {
    "neutral": 0.15, "happiness": 0.17, "sadness": 0.16, "surprise": 0.07, "anger": 0.055, "disgust": 0.045,
    "fear": 0.045, "contempt": 0.05, "boredom": 0.055, "determination": 0.055, "embarrassment": 0.045, "relief": 0.05,
    "excitement": 0.05,
}  # fmt: skip

#: Compound expressions: the two basic feelings that are blended, in the order of ``tasks.COMPOUND_EXPRESSIONS``.
COMPOUNDS: tuple[tuple[str, str], ...] = (
    ("fear", "surprise"),
    ("happiness", "surprise"),
    ("sadness", "surprise"),
    ("disgust", "surprise"),
    ("anger", "surprise"),
    ("sadness", "fear"),
    ("sadness", "anger"),
)
