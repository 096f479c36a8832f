"""The plan of a corpus: who appears in which video, in which split, under which recording conditions.

Planning draws no behaviour and renders nothing, so that the whole corpus can be inspected in milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Literal

import numpy as np

from benchmark.corpora.affrig.clock import FRAME_RATES
from benchmark.corpora.affrig.deal import deal
from benchmark.corpora.affrig.feelings import DOMINANT_SHARES
from benchmark.corpora.affrig.media_names import media_names
from benchmark.corpora.affrig.people import Person, make_person
from benchmark.corpora.affrig.randomness import generator
from benchmark.corpora.affrig.splits import Role, Size, Split, get_size
from benchmark.tasks import COMPOUND_EXPRESSIONS

Side = Literal["", "_left", "_right"]
Sound = Literal["normal", "silent", "long", "short"]

#: Rows of the annotation minus frames of the video, and how often (protocol: 317 EXPR trials of Aff-Wild2).
ROW_SURPLUS: dict[int, float] = {1: 0.62, 0: 0.30, 2: 0.04, -1: 0.04}
#: State of the sound track and how often.
SOUND: dict[Sound, float] = {"normal": 0.83, "long": 0.06, "short": 0.06, "silent": 0.05}
_VARIABLE_RATE = {False: 0.7, True: 0.3}
_GAPS = {True: 0.55, False: 0.45}
#: Relative frequency of the seven compound expressions (frames of C-EXPR-DB).
_COMPOUND_SHARES = (14445, 24915, 10780, 10637, 10535, 10112, 8878)


@dataclass(frozen=True, slots=True)
class Trial:
    """One annotated person in one video.

    Attributes:
        name: file stem of its annotations and name of its crop folder.
        person: key of the identity.
        side: which half of the picture the person is in; ``""`` is the whole picture (or the left half, where a
            ``_right`` trial of the same video exists).
        role: splits by task; None for a clip.
        rows: rows of the annotation.
        feeling: what the person mostly feels in this trial (a key of ``feelings.FEELINGS``).
        gaps: whether crops are missing.
        compound: class of a clip, else None.
        split: split of a clip, else None.
    """

    name: str
    person: str
    side: Side
    role: Role | None
    rows: int
    feeling: str
    gaps: bool
    compound: int | None = None
    split: Split | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """One media file and the trials on it: the piece of work that is made, or made again, as a whole.

    Attributes:
        name: file stem of the media.
        trials: one, or two for a video of two annotated people.
        people: keys of everyone in the picture, from left to right.
        frames: frames of the video.
        rate: mean frames a second.
        variable_rate: whether presentation times are irregular.
        sound: state of the sound track; ``long`` and ``short`` differ from the video by over a second.
        batch: ``batch1``, ``batch2``, or None for a clip.
    """

    name: str
    trials: tuple[Trial, ...]
    people: tuple[str, ...]
    frames: int
    rate: float
    variable_rate: bool
    sound: Sound
    batch: str | None


@dataclass(frozen=True)
class Plan:
    """A whole corpus, to be made unit by unit."""

    size: str
    seed: int
    units: tuple[Unit, ...]

    @cached_property
    def trials(self) -> tuple[Trial, ...]:
        """Every trial and clip, in the order of the units."""
        return tuple(trial for unit in self.units for trial in unit.trials)

    @cached_property
    def people(self) -> dict[str, Person]:
        """Every identity by key."""
        keys = sorted({key for unit in self.units for key in unit.people})
        return {key: make_person(self.seed, key) for key in keys}

    @property
    def rendered_frames(self) -> int:
        """Upper bound of the faces to render."""
        return sum(len(unit.people) * unit.frames for unit in self.units)

    def split(self, task: str, split: Split) -> list[Trial]:
        """Trials of one side of a task, by name; ``task`` is a key of ``benchmark.tasks.TASKS``."""
        if task == "ce":
            found = [t for t in self.trials if t.split == split]
        else:
            found = [t for t in self.trials if t.role is not None and t.role.of(task) == split]
        return sorted(found, key=lambda trial: trial.name)


@dataclass(slots=True)
class _Scene:
    """A video before it has a name and conditions: sides and people of its trials, and everyone in the picture."""

    role: Role
    sides: tuple[Side, ...]
    annotated: tuple[str, ...]
    people: tuple[str, ...]
    part_of: int | None = None


def _scenes(rng: np.random.Generator, size: Size) -> list[_Scene]:
    """Arrange the trials of every role into videos of one or two people."""
    scenes: list[_Scene] = []
    numbers = count(1)

    def person() -> str:
        return f"p{next(numbers):04d}"

    for role, trials in size.roles:
        splits = {role.va, role.expr, role.au}
        pairs = max(1, trials // 8) if splits == {"train"} else 0
        beside = max(1, trials // 10) if splits == {"validation"} and trials > 1 else 0
        one_side, parts = trials // 8, trials // 11
        for _ in range(pairs):
            a, b = person(), person()
            scenes.append(_Scene(role, ("_left", "_right"), (a, b), (a, b)))
        for _ in range(beside):
            a, b = person(), person()
            scenes.append(_Scene(role, ("", "_right"), (a, b), (a, b)))
        for _ in range(one_side):
            a, b = person(), person()
            left = rng.random() < 0.5
            scenes.append(_Scene(role, ("_left",) if left else ("_right",), (a if left else b,), (a, b)))
        for _ in range(parts):
            a = person()
            scenes += [_Scene(role, ("",), (a,), (a,), part_of=len(scenes))] * 2
        a = ""
        for _ in range(trials - 2 * pairs - 2 * beside - one_side - 2 * parts):
            a = a if a and rng.random() < 0.12 else person()
            scenes.append(_Scene(role, ("",), (a,), (a,)))
    return scenes


def _scene_names(rng: np.random.Generator, scenes: list[_Scene]) -> list[str]:
    """A media name for each scene; parts of one recording share a name and end in ``_1``, ``_2``."""
    fresh = media_names(rng)
    names: list[str] = []
    shared: dict[int, list[str]] = {}
    for scene in scenes:
        if scene.part_of is None:
            names.append(next(fresh))
            continue
        siblings = shared.setdefault(scene.part_of, [])
        stem = siblings[0].rpartition("_")[0] if siblings else next(name for name in fresh if name.startswith("video"))
        siblings.append(f"{stem}_{len(siblings) + 1}")
        names.append(siblings[-1])
    return names


def _video_units(seed: int, size: Size) -> list[Unit]:
    rng = generator(seed, "plan", "videos")
    scenes = _scenes(rng, size)
    order = rng.permutation(len(scenes))
    names = _scene_names(rng, scenes)
    rates = deal(rng, FRAME_RATES, len(scenes))
    variable = deal(rng, _VARIABLE_RATE, len(scenes))
    sounds = deal(rng, SOUND, len(scenes))
    total = sum(len(scene.sides) for scene in scenes)
    surplus = iter(deal(rng, ROW_SURPLUS, total))
    gaps = iter(deal(rng, _GAPS, total))
    feelings = {
        split: iter(deal(rng, DOMINANT_SHARES, sum(len(s.sides) for s in scenes if s.role.expr == split)))
        for split in ("train", "validation", "test", None)
    }
    units = []
    for i in order:
        scene = scenes[i]
        frames = int(rng.integers(size.frames[0], size.frames[1] + 1))
        trials = tuple(
            Trial(
                name=names[i] + side,
                person=key,
                side=side,
                role=scene.role,
                rows=frames + next(surplus),
                feeling=next(feelings[scene.role.expr]),
                gaps=next(gaps),
            )
            for side, key in zip(scene.sides, scene.annotated, strict=True)
        )
        batch = f"batch{rng.integers(1, 3)}"
        units.append(Unit(names[i], trials, scene.people, frames, rates[i], variable[i], sounds[i], batch))
    return units


def _clip_units(seed: int, size: Size, taken: set[str]) -> list[Unit]:
    """Clips named by number; numbers in ``taken`` are left out, because captions and transcripts share a folder."""
    rng = generator(seed, "plan", "clips")
    splits: tuple[Split, ...] = ("train", "validation", "test")
    cast: list[tuple[Split, int, str]] = []
    for split, total in zip(splits, size.clips, strict=True):
        classes = deal(rng, dict(enumerate(np.array(_COMPOUND_SHARES) / sum(_COMPOUND_SHARES))), total)
        cast += [(split, compound, f"c{split}{i:04d}") for i, compound in enumerate(classes)]
    surplus = deal(rng, {0: 0.73, 1: 0.20, -1: 0.07}, len(cast))
    width = max(2, len(str(len(cast))))
    names = (name for name in (f"{number:0{width}d}" for number in count(1)) if name not in taken)
    units = []
    for i in rng.permutation(len(cast)):
        split, compound, person = cast[i]
        name = next(names)
        frames = int(rng.integers(size.clip_frames[0], size.clip_frames[1] + 1))
        trial = Trial(
            name=name,
            person=person,
            side="",
            role=None,
            rows=frames + surplus[i],
            feeling=COMPOUND_EXPRESSIONS[compound],
            gaps=bool(rng.random() < 0.2),
            compound=compound,
            split=split,
        )
        units.append(Unit(name, (trial,), (person,), frames, 12.5, bool(rng.random() < 0.2), "normal", None))
    return units


def make_plan(size: str, seed: int = 0) -> Plan:
    """The plan of the corpus of ``size`` (a key of ``splits.SIZES``) and ``seed``; takes milliseconds.

    Raises:
        UserError: there is no such size.
    """
    found = get_size(size)
    videos = _video_units(seed, found)
    taken = {name for unit in videos for name in (unit.name, *(trial.name for trial in unit.trials))}
    return Plan(size, seed, (*videos, *_clip_units(seed, found, taken)))
