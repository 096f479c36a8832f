"""How honestly a feeling reaches face, voice and words: the source of every contradiction between modalities.

No modality can always be trusted, and no fixed vote over them is right: whether a smile counts depends on the cheeks
and the voice, whether words count or mean their opposite depends on the face.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Shown:
    """What one modality displays, as ``gain * felt + offset`` for valence and arousal."""

    valence_gain: float = 1.0
    valence_offset: float = 0.0
    arousal_gain: float = 1.0
    arousal_offset: float = 0.0

    def of(self, valence: float, arousal: float) -> tuple[float, float]:
        """The displayed (valence, arousal), in [-1, 1]."""
        shown = (
            self.valence_gain * valence + self.valence_offset,
            self.arousal_gain * arousal + self.arousal_offset,
        )
        return float(np.clip(shown[0], -1, 1)), float(np.clip(shown[1], -1, 1))


@dataclass(frozen=True, slots=True)
class Mode:
    """One way to show a feeling.

    Attributes:
        face, voice, words: what each modality displays.
        own_actions: factor on the facial actions that belong to the feeling.
        extra_actions: facial actions put on instead.
        smile: ``felt`` smiles raise the cheeks (AU6), ``social`` ones do not.
    """

    face: Shown
    voice: Shown
    words: Shown
    own_actions: float
    extra_actions: dict[str, float]
    smile: str = "felt"


_TRUE = Shown()

MODES: dict[str, Mode] = {
    "honest": Mode(_TRUE, _TRUE, _TRUE, 1.0, {}),
    # a social smile and kind words over a bad feeling: only the voice tells, and cheeks that do not rise
    "mask": Mode(
        face=Shown(0.0, 0.50, 0.4, 0.05),
        voice=Shown(1.0, -0.10, 0.9, 0.0),
        words=Shown(-0.3, 0.15, 0.5, 0.0),
        own_actions=0.18,
        extra_actions={"AU12": 0.65},
        smile="social",
    ),
    # the words say the opposite; a smirk, a lifted brow and a flat voice mark it
    "irony": Mode(
        face=Shown(0.15, 0.0, 0.4, 0.0),
        voice=Shown(0.1, -0.05, 0.4, -0.25),
        words=Shown(-1.1, 0.0, 0.8, 0.0),
        own_actions=0.2,
        extra_actions={"AU14": 0.7, "AU2": 0.45},
        smile="social",
    ),
    # the face gives nothing away, the voice little; the words tell
    "stoic": Mode(
        face=Shown(0.1, 0.0, 0.2, -0.05),
        voice=Shown(0.35, 0.0, 0.5, 0.0),
        words=Shown(1.1, 0.0, 0.9, 0.0),
        own_actions=0.15,
        extra_actions={},
    ),
    # a monotonous voice over an honest face
    "flat": Mode(
        face=_TRUE,
        voice=Shown(0.05, -0.10, 0.2, -0.30),
        words=_TRUE,
        own_actions=1.0,
        extra_actions={},
    ),
    # smiling out of politeness while feeling nothing much: the face of the mask with a voice at ease
    "polite": Mode(
        face=Shown(0.3, 0.45, 0.8, 0.0),
        voice=_TRUE,
        words=Shown(0.8, 0.15, 0.8, 0.0),
        own_actions=0.6,
        extra_actions={"AU12": 0.6},
        smile="social",
    ),
}

#: Share of the modes in episodes that feel bad, neither, or good.
_BAD = {"honest": 0.63, "mask": 0.13, "irony": 0.10, "stoic": 0.07, "flat": 0.07}
_NEITHER = {"honest": 0.76, "polite": 0.10, "stoic": 0.06, "flat": 0.08}
_GOOD = {"honest": 0.70, "irony": 0.11, "stoic": 0.08, "flat": 0.11}


def mode_shares(valence: float) -> dict[str, float]:
    """Probability of each mode for an episode whose felt valence is ``valence``."""
    if valence < -0.15:
        return _BAD
    return _GOOD if valence > 0.25 else _NEITHER


def draw_mode(rng: np.random.Generator, valence: float) -> str:
    """Draw how an episode is shown."""
    shares = mode_shares(valence)
    return str(rng.choice(list(shares), p=list(shares.values())))
