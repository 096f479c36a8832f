"""The five ABAW tasks as data: label layout, invalid markers, metric and file headers.

Source: the ABAW challenge papers (editions 3 to 11) and the formats that entrants' public readers agree on; see
docs/protocol.md for what is verified and what is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from benchmark.errors import unknown_name

HeadKind = Literal["regression", "classes", "binary"]

EXPRESSIONS = ("Neutral", "Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise", "Other")
ACTION_UNITS = ("AU1", "AU2", "AU4", "AU6", "AU7", "AU10", "AU12", "AU15", "AU23", "AU24", "AU25", "AU26")
COMPOUND_EXPRESSIONS = (
    "Fearfully_Surprised",
    "Happily_Surprised",
    "Sadly_Surprised",
    "Disgustedly_Surprised",
    "Angrily_Surprised",
    "Sadly_Fearful",
    "Sadly_Angry",
)


@dataclass(frozen=True, slots=True)
class Head:
    """One kind of label and the model output that answers it.

    Attributes:
        key: short name; labels, validity masks and model outputs are dictionaries over these keys.
        kind: ``regression`` (labels float (N, width) in [-1, 1]), ``classes`` (labels int (N,) in 0..width-1) or
            ``binary`` (labels int (N, width) in {0, 1}).
        names: one name for each output column, in file order.
        invalid: the marker that annotation files hold where a frame has no label.
    """

    key: str
    kind: HeadKind
    names: tuple[str, ...]
    invalid: int

    @property
    def width(self) -> int:
        """Number of model outputs per frame."""
        return len(self.names)


HEADS: dict[str, Head] = {
    "va": Head("va", "regression", ("valence", "arousal"), invalid=-5),
    "expr": Head("expr", "classes", EXPRESSIONS, invalid=-1),
    "au": Head("au", "binary", ACTION_UNITS, invalid=-1),
    "ce": Head("ce", "classes", COMPOUND_EXPRESSIONS, invalid=-1),
}


@dataclass(frozen=True, slots=True)
class Task:
    """One challenge track.

    Attributes:
        key: ``va``, ``expr``, ``au``, ``mtl`` or ``ce``.
        title: the track's name as the challenge writes it.
        metric: name of the headline score, as records and boards print it.
        heads: keys of the heads whose scores make the headline score.
    """

    key: str
    title: str
    metric: str
    heads: tuple[str, ...]


TASKS: dict[str, Task] = {
    "va": Task("va", "Valence-Arousal Estimation", "mean CCC", ("va",)),
    "expr": Task("expr", "Expression Recognition", "macro F1 (8 classes)", ("expr",)),
    "au": Task("au", "Action Unit Detection", "mean binary F1 (12 AUs)", ("au",)),
    "mtl": Task("mtl", "Multi-Task Learning", "P = mean CCC + EXPR F1 + AU F1", ("va", "expr", "au")),
    "ce": Task("ce", "Compound Expression Recognition", "macro F1 (7 classes)", ("ce",)),
}


def get_task(key: str) -> Task:
    """Return the task named ``key``.

    Raises:
        UserError: there is no such task; the message names the nearest one.
    """
    try:
        return TASKS[key]
    except KeyError:
        raise unknown_name("task", key, TASKS, fix="abaw methods") from None
