"""People as data: reproducible, JSON-able, varied, and only of shapes that the rig has."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from benchmark.corpora.affrig.rig import Appearance, load_rig, sample_appearance
from benchmark.corpora.affrig.rig.appearance import ANCESTRIES, HAIR_STYLES
from benchmark.errors import UserError

CROWD = [sample_appearance(np.random.default_rng([11, k])) for k in range(150)]


def test_same_generator_draws_the_same_person() -> None:
    assert sample_appearance(np.random.default_rng([11, 3])) == CROWD[3]
    assert CROWD[3] != CROWD[4]


def test_a_person_survives_json() -> None:
    for person in CROWD[:20]:
        back = json.loads(json.dumps(asdict(person)))
        colours = {name: tuple(back[name]) for name in ("hair_colour", "eye_colour", "clothes")}
        assert Appearance(**(back | colours)) == person


def test_numbers_stay_in_their_ranges() -> None:
    for person in CROWD:
        assert 0 <= person.age <= 1
        assert 0 <= person.skin_tone <= 1
        assert sum(person.ancestry.values()) == pytest.approx(1, abs=1e-3)
        assert set(person.ancestry) == set(ANCESTRIES)
        assert all(0 <= weight <= 1 for weight in (*person.shape.values(), *person.asymmetry.values()))
        assert person.sex == "male" or person.beard == person.moustache == 0


def test_the_crowd_is_mixed() -> None:
    assert {person.hair_style for person in CROWD} == set(HAIR_STYLES)
    assert 0.3 < np.mean([person.sex == "female" for person in CROWD]) < 0.7
    assert {max(person.ancestry, key=person.ancestry.__getitem__) for person in CROWD} == set(ANCESTRIES)
    assert any(person.glasses for person in CROWD)
    assert any(person.beard > 0.5 for person in CROWD)


def test_every_drawn_shape_exists_in_the_rig() -> None:
    known = set(load_rig().asset.shapes.names)
    assert {name for person in CROWD for name in (*person.shape, *person.asymmetry)} <= known


def test_unknown_shape_is_refused_with_the_nearest_name() -> None:
    person = replace(Appearance(), shape={"nose-hump-inc": 0.5})
    with pytest.raises(UserError, match=r'unknown identity target "nose-hump-inc".*"nose-hump-incr"'):
        load_rig().face(person)
