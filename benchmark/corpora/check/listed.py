"""What the annotations and test lists of a corpus name: trials, their rows, and which of these are labelled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.names import base_video
from benchmark.corpora.trials import Frames


@dataclass(frozen=True, slots=True)
class Listed:
    """One trial of one task and split.

    Attributes:
        name: of the trial.
        source: file, or ``file:line``, that names it, relative to the corpus.
        frames: (N,) image numbers of its rows, ascending, duplicates kept; None if nothing says how many.
        valid: head key -> (N,) bool, True where the row is a label.
    """

    name: str
    source: str
    frames: Frames | None
    valid: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Number of rows; 0 if unknown."""
        return 0 if self.frames is None else len(self.frames)

    @property
    def last(self) -> int:
        """Largest image number; 0 if unknown."""
        return 0 if self.frames is None else int(self.frames.max(initial=0))


@dataclass(frozen=True)
class Part:
    """One task and split.

    Attributes:
        task: task key.
        split: ``train``, ``validation`` or ``test``.
        trials: in the order of their names.
    """

    task: str
    split: str
    trials: tuple[Listed, ...]

    @property
    def title(self) -> str:
        """``va validation``."""
        return f"{self.task} {self.split}"

    @property
    def dense(self) -> bool:
        """Whether every frame has a row; the multi-task track lists some images only."""
        return self.task != "mtl"

    @cached_property
    def names(self) -> frozenset[str]:
        """Names of the trials."""
        return frozenset(trial.name for trial in self.trials)

    @cached_property
    def videos(self) -> frozenset[str]:
        """Base videos of the trials."""
        return frozenset(base_video(name) for name in self.names)


def all_trials(parts: tuple[Part, ...]) -> dict[str, Listed]:
    """Every trial once, by name, as the part that comes first lists it."""
    found: dict[str, Listed] = {}
    for _, trial in pairs(parts):
        found.setdefault(trial.name, trial)
    return dict(sorted(found.items()))


def pairs(parts: tuple[Part, ...]) -> Iterator[tuple[Part, Listed]]:
    """Every trial of every part."""
    for part in parts:
        for trial in part.trials:
            yield part, trial
