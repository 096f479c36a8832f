"""Which trials each task trains, validates and tests on: the splits of the tasks differ, as in Aff-Wild2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from benchmark.errors import unknown_name

Split = Literal["train", "validation", "test"]


@dataclass(frozen=True, slots=True)
class Role:
    """The splits that a group of people, and all their trials, belong to; None is "not in this task"."""

    va: Split | None
    expr: Split | None
    au: Split | None
    mtl: Split | None

    def of(self, task: str) -> Split | None:
        """Split in ``task`` (``va``, ``expr``, ``au`` or ``mtl``)."""
        split: Split | None = getattr(self, task)
        return split


@dataclass(frozen=True, slots=True)
class Size:
    """How large a corpus is.

    Attributes:
        roles: (role, number of trials); a person has one role, so no task meets a person on two sides.
        frames: fewest and most rows of a trial.
        clips: compound-expression clips for training, validation and test.
        clip_frames: fewest and most rows of a clip.
    """

    roles: tuple[tuple[Role, int], ...]
    frames: tuple[int, int]
    clips: tuple[int, int, int]
    clip_frames: tuple[int, int]


_T: Split = "train"
_V: Split = "validation"
_X: Split = "test"

_SMOKE_ROLES = (
    (Role(_T, _T, _T, _T), 4),
    (Role(_V, _T, _V, _V), 1),
    (Role(_V, _V, _V, _V), 2),
    (Role(_X, _X, _X, _X), 1),
)
_SMALL_ROLES = (
    (Role(_T, _T, _T, _T), 38),
    (Role(_T, _T, _V, None), 4),
    (Role(_T, _T, None, _T), 10),
    (Role(_T, _V, _T, None), 9),
    (Role(_T, _V, _V, None), 4),
    (Role(_T, _X, _T, None), 7),
    (Role(_T, None, _T, _T), 3),
    (Role(_V, _T, _V, _V), 3),  # the overlap that a leak check has to find
    (Role(_V, _V, _V, _V), 10),
    (Role(_V, _V, None, _V), 4),
    (Role(_V, _X, _V, None), 4),
    (Role(_V, None, _V, _V), 3),
    (Role(_X, _X, _X, _X), 5),
    (Role(_X, None, _X, _X), 2),
    (Role(None, _T, _T, None), 3),
    (Role(None, _V, _X, None), 1),
)

SIZES: dict[str, Size] = {
    "smoke": Size(_SMOKE_ROLES, frames=(34, 46), clips=(2, 1, 1), clip_frames=(14, 18)),
    "small": Size(_SMALL_ROLES, frames=(66, 92), clips=(42, 35, 7), clip_frames=(26, 40)),
    "full": Size(
        tuple((role, 10 * count) for role, count in _SMALL_ROLES),
        frames=(66, 92),
        clips=(420, 350, 70),
        clip_frames=(26, 40),
    ),
}


def get_size(name: str) -> Size:
    """The size called ``name``.

    Raises:
        UserError: there is no such size.
    """
    if name not in SIZES:
        raise unknown_name("corpus size", name, SIZES, fix="abaw corpus make --help")
    return SIZES[name]
