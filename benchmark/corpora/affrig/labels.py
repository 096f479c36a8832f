"""From what happened to what the annotation files say: thresholds, annotators' slips and unlabelled stretches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.affrig.emotion import Emotion
from benchmark.corpora.affrig.feelings import ANGER, DISGUST, FEAR, HAPPINESS, NEUTRAL, OTHER, SADNESS, SURPRISE
from benchmark.corpora.affrig.nuisance import covered, stretches
from benchmark.corpora.affrig.rig.actions import ACTIONS
from benchmark.corpora.affrig.signals import FloatArray, IntArray, at, drift
from benchmark.tasks import ACTION_UNITS, HEADS

#: Share of the valid EXPR rows of a training trial whose class is wrong.
EXPRESSION_NOISE = 0.12
#: Intensity from which annotators call an action unit present.
THRESHOLDS: dict[str, float] = {
    "AU1": 0.44, "AU2": 0.42, "AU4": 0.40, "AU6": 0.34, "AU7": 0.42, "AU10": 0.36,
    "AU12": 0.44, "AU15": 0.44, "AU23": 0.24, "AU24": 0.30, "AU25": 0.36, "AU26": 0.42,
}  # fmt: skip
_ANNOTATOR = 0.035  # deviation of the slow disagreement of annotators with the felt value
#: What an annotator in error calls each class, most likely first.
_CONFUSIONS: dict[int, tuple[int, ...]] = {
    NEUTRAL: (OTHER, SADNESS, HAPPINESS),
    ANGER: (DISGUST, OTHER, SADNESS),
    DISGUST: (ANGER, OTHER, SADNESS),
    FEAR: (SURPRISE, SADNESS, OTHER),
    HAPPINESS: (OTHER, NEUTRAL, SURPRISE),
    SADNESS: (NEUTRAL, OTHER, DISGUST),
    SURPRISE: (FEAR, HAPPINESS, OTHER),
    OTHER: (NEUTRAL, HAPPINESS, SADNESS),
}
_CONFUSION_SHARES = (0.55, 0.3, 0.15)
_AU_COLUMNS = [ACTIONS.index(name) for name in ACTION_UNITS]


@dataclass(frozen=True, slots=True)
class Labels:
    """Annotations of one trial of N rows.

    Attributes:
        valence, arousal: (N,) in [-1, 1] in steps of 0.001, -5 where invalid.
        expression: (N,) 0..7 or -1, free of annotators' slips.
        slipped: (N,) the same with the slips that training files contain.
        action_units: (N, 12) 0 or 1, or -1 in the whole row.
    """

    valence: FloatArray
    arousal: FloatArray
    expression: IntArray
    slipped: IntArray
    action_units: IntArray


def _slips(rng: np.random.Generator, expression: IntArray) -> IntArray:
    """Change runs of one true class to a class it is mistaken for, until the known share of valid rows is wrong."""
    noisy = expression.copy()
    valid = np.flatnonzero(expression >= 0)
    wanted = round(EXPRESSION_NOISE * len(valid))
    left = wanted
    while left > 0:
        candidates = valid[noisy[valid] == expression[valid]]
        first = int(candidates[int(rng.integers(len(candidates)))])
        true = int(expression[first])
        length = min(left, int(rng.integers(3, 15)))
        wrong = _CONFUSIONS[true][int(rng.choice(3, p=_CONFUSION_SHARES))]
        for row in range(first, min(first + length, len(expression))):
            if expression[row] != true or noisy[row] != true:
                break
            noisy[row] = wrong
            left -= 1
    return noisy


def annotate(
    rng: np.random.Generator, emotion: Emotion, seen: FloatArray, times: FloatArray, missing: NDArray[np.bool_]
) -> Labels:
    """Annotate one trial.

    Args:
        rng: draws this annotation and nothing else.
        emotion: what was felt.
        seen: (T, A) action intensities with those that speech fires.
        times: (N,) seconds of the rows.
        missing: (N,) True where the crop is missing; most such stretches have no labels either.
    """
    rows = len(times)
    felt = np.stack([emotion.valence, emotion.arousal]) + drift(rng, (2, len(emotion.times)), 1.5, _ANNOTATOR)
    valence, arousal = np.round(np.clip(at(times, emotion.times, felt), -1.0, 1.0), 3)
    nearest = np.clip(np.round(times / emotion.times[1]).astype(np.int64), 0, len(emotion.times) - 1)
    expression = emotion.expression[nearest]
    limits = np.array([THRESHOLDS[name] for name in ACTION_UNITS])
    units = (at(times, emotion.times, seen.T[_AU_COLUMNS]) >= limits[:, None]).T.astype(np.int64)
    unlabelled = {}
    for head, chance, longest in (("va", 0.2, 12), ("expr", 0.5, 24), ("au", 0.2, 12)):
        count = int(rng.integers(1, 3)) if rng.random() < chance else 0
        unlabelled[head] = covered(stretches(rng, rows, count, 4, longest), rows)
        if rng.random() < 0.6:
            unlabelled[head] |= missing
    valence[unlabelled["va"]] = HEADS["va"].invalid
    # in a few trials one of the two values is left out alone; the row counts as invalid all the same
    both = unlabelled["va"] if rng.random() < 0.85 else unlabelled["va"] & (np.arange(rows) % 2 == 0)
    arousal[both] = HEADS["va"].invalid
    expression = np.where(unlabelled["expr"], HEADS["expr"].invalid, expression)
    units[unlabelled["au"]] = HEADS["au"].invalid
    return Labels(valence + 0.0, arousal + 0.0, expression, _slips(rng, expression), units)
