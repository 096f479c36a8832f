"""The plan alone: splits, special cases and shares, without rendering anything."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest

from benchmark.corpora.affrig.plan import Plan, make_plan
from benchmark.corpora.affrig.splits import SIZES, Split
from benchmark.errors import UserError
from benchmark.metrics.base_video import base_video

SPLITS: tuple[Split, ...] = ("train", "validation", "test")
TASKS = ("va", "expr", "au", "mtl", "ce")


@pytest.fixture(scope="module", params=["smoke", "small"])
def plan(request: pytest.FixtureRequest) -> Plan:
    return make_plan(request.param)


@pytest.fixture(scope="module")
def small() -> Plan:
    return make_plan("small")


def test_same_seed_same_plan_and_another_seed_another_plan() -> None:
    assert make_plan("small", 3).units == make_plan("small", 3).units
    assert make_plan("small", 3).units != make_plan("small", 4).units


def test_unknown_size_is_named() -> None:
    with pytest.raises(UserError, match=r'unknown corpus size "smal"\. Did you mean "small"'):
        make_plan("smal")


@pytest.mark.parametrize("task", TASKS)
def test_no_person_and_no_base_video_on_two_sides(plan: Plan, task: str) -> None:
    for one, other in combinations(SPLITS, 2):
        a, b = plan.split(task, one), plan.split(task, other)
        assert a
        assert b
        assert not {t.person for t in a} & {t.person for t in b}
        assert not {base_video(t.name) for t in a} & {base_video(t.name) for t in b}


def test_a_bystander_is_never_on_another_side(plan: Plan) -> None:
    sides: dict[str, set[tuple[str | None, ...]]] = {}
    for unit in plan.units:
        for trial in unit.trials:
            role = (trial.split,) if trial.role is None else tuple(trial.role.of(task) for task in TASKS[:4])
            for person in unit.people:
                sides.setdefault(person, set()).add(role)
    assert all(len(roles) == 1 for roles in sides.values())


def test_some_va_validation_videos_are_in_expr_training_for_the_leak_check(plan: Plan) -> None:
    leaked = {t.name for t in plan.split("va", "validation")} & {t.name for t in plan.split("expr", "train")}
    assert 1 <= len(leaked) <= 4


def test_the_splits_of_the_tasks_differ(small: Plan) -> None:
    for split in ("train", "validation"):
        lists = {task: {t.name for t in small.split(task, split)} for task in ("va", "expr", "au")}
        assert len({frozenset(names) for names in lists.values()}) == 3


def test_sizes(small: Plan) -> None:
    assert len(small.split("va", "train")) >= 50
    assert len(small.split("va", "validation")) >= 20
    assert 10_000 <= small.rendered_frames <= 13_000
    full = make_plan("full")
    assert len(full.trials) == 10 * len(small.trials)
    assert set(SIZES) == {"smoke", "small", "full"}


def test_names_are_unique_and_clips_are_numbered(plan: Plan) -> None:
    assert len({unit.name for unit in plan.units}) == len(plan.units)
    assert len({trial.name for trial in plan.trials}) == len(plan.trials)
    clips = sorted(unit.name for unit in plan.units if unit.batch is None)
    assert clips[0] == "01"
    assert [int(name) for name in clips] == list(range(1, len(clips) + 1))


@pytest.mark.parametrize("seed", range(6))
def test_no_clip_of_the_full_size_is_named_as_a_video(seed: int) -> None:
    plan = make_plan("full", seed)
    names = Counter(name for unit in plan.units for name in {unit.name, *(trial.name for trial in unit.trials)})
    assert not [name for name, times in names.items() if times > 1]


def test_special_cases_are_there(plan: Plan) -> None:
    videos = [unit for unit in plan.units if unit.batch is not None]
    assert {unit.batch for unit in videos} == {"batch1", "batch2"}
    assert {unit.sound for unit in videos} == {"normal", "silent", "long", "short"}
    assert {unit.variable_rate for unit in videos} == {True, False}
    surplus = Counter(trial.rows - unit.frames for unit in videos for trial in unit.trials)
    assert set(surplus) == {-1, 0, 1, 2}
    assert {trial.gaps for unit in videos for trial in unit.trials} == {True, False}
    pairs = [tuple(trial.side for trial in unit.trials) for unit in videos if len(unit.trials) == 2]
    assert set(pairs) == {("_left", "_right"), ("", "_right")}
    for unit in videos:
        assert len(unit.people) == (2 if any(trial.side for trial in unit.trials) else 1)


def test_small_has_lone_sides_parts_and_slow_and_fast_videos(small: Plan) -> None:
    videos = [unit for unit in small.units if unit.batch is not None]
    assert any(len(unit.trials) == 1 and len(unit.people) == 2 for unit in videos)
    parts = [unit for unit in videos if unit.name.endswith("_1")]
    assert parts
    names = {unit.name: unit for unit in videos}
    for first in parts:
        second = names[first.name[:-1] + "2"]
        assert second.people == first.people
        assert second.trials[0].role == first.trials[0].role
    assert {min(unit.rate for unit in videos), max(unit.rate for unit in videos)} == {7.5, 30.0}
    surplus = Counter(trial.rows - unit.frames for unit in videos for trial in unit.trials)
    assert surplus[1] > surplus[0] > surplus[2]
    assert surplus[0] > surplus[-1]


def test_every_compound_class_is_in_training_and_validation(small: Plan) -> None:
    for split in ("train", "validation"):
        assert {trial.compound for trial in small.split("ce", split)} == set(range(7))


def test_every_compound_clip_has_its_own_person(plan: Plan) -> None:
    clips = [trial.person for split in ("train", "validation", "test") for trial in plan.split("ce", split)]
    assert len(set(clips)) == len(clips)
    assert not set(clips) & {trial.person for trial in plan.trials if trial.compound is None}


def test_attributes_vary_in_every_va_split_of_small(small: Plan) -> None:
    for split in ("train", "validation"):
        people = [small.people[trial.person].attributes() for trial in small.split("va", split)]
        for attribute in ("sex", "age_group", "ancestry", "skin_group"):
            assert len({person[attribute] for person in people}) >= 2
