"""Annotations: rates and shares like the real ones, slips at a known rate, invalid stretches."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmark.corpora.affrig.captions import describe, segments
from benchmark.corpora.affrig.fingerprint import content_fingerprint, fingerprint
from benchmark.corpora.affrig.labels import EXPRESSION_NOISE, Labels
from benchmark.corpora.affrig.people import make_person
from benchmark.corpora.affrig.plan import make_plan
from benchmark.corpora.affrig.rig.actions import ACTIONS
from benchmark.corpora.affrig.simulate import Content, simulate
from benchmark.tasks import ACTION_UNITS, EXPRESSIONS

PLAN = make_plan("small")


@pytest.fixture(scope="module")
def contents() -> list[Content]:
    """Every video of the default corpus, nothing rendered."""
    return [simulate(PLAN, unit) for unit in PLAN.units if unit.batch is not None]


@pytest.fixture(scope="module")
def labels(contents: list[Content]) -> dict[str, Labels]:
    return {p.trial.name: p.labels for c in contents for p in c.people if p.trial is not None and p.labels is not None}


def test_one_row_a_frame(labels: dict[str, Labels]) -> None:
    for trial in PLAN.trials:
        if trial.compound is None:
            found = labels[trial.name]
            lengths = {len(found.valence), len(found.arousal), len(found.expression), len(found.action_units)}
            assert lengths == {trial.rows}


def test_values_are_valid_or_the_marker(labels: dict[str, Labels]) -> None:
    for found in labels.values():
        for signal in (found.valence, found.arousal):
            assert np.all((np.abs(signal) <= 1) | (signal == -5))
        assert set(np.unique(found.expression)) <= set(range(-1, 8))
        rows = found.action_units
        assert np.all(((rows == 0) | (rows == 1)).all(1) | (rows == -1).all(1))
    assert any(((f.valence == -5) != (f.arousal == -5)).any() for f in labels.values())


def test_valence_and_arousal_spread_like_the_real_ones(labels: dict[str, Labels]) -> None:
    for split in ("train", "validation"):
        pairs = np.concatenate(
            [np.stack([labels[t.name].valence, labels[t.name].arousal], 1) for t in PLAN.split("va", split)]
        )
        valid = (pairs >= -1).all(1)
        assert 0.85 < valid.mean() < 0.99
        assert 0.28 < pairs[valid][:, 0].std() < 0.5
        assert 0.25 < pairs[valid][:, 1].std() < 0.45


def test_classes_are_long_tailed_and_all_there(labels: dict[str, Labels]) -> None:
    for split in ("train", "validation"):
        rows = np.concatenate([labels[trial.name].expression for trial in PLAN.split("expr", split)])
        share = np.bincount(rows[rows >= 0], minlength=8) / (rows >= 0).sum()
        by_name = dict(zip(EXPRESSIONS, share, strict=True))
        assert share.min() > 0.004
        assert by_name["Neutral"] > 0.2
        assert by_name["Other"] > 0.2
        assert max(by_name[name] for name in ("Anger", "Disgust", "Fear", "Surprise")) < 0.1
        assert 0.7 < (rows >= 0).mean() < 0.95


def test_action_unit_rates(labels: dict[str, Labels]) -> None:
    rows = np.concatenate([labels[trial.name].action_units for trial in PLAN.split("au", "train")])
    rate = dict(zip(ACTION_UNITS, rows[rows[:, 0] >= 0].mean(0), strict=True))
    assert max(rate, key=lambda name: rate[name]) == "AU25"
    assert 0.5 < rate["AU25"] < 0.75
    for name in ("AU15", "AU23", "AU24"):
        assert 0.01 < rate[name] < 0.09
    for name in ("AU7", "AU10", "AU12"):
        assert 0.2 < rate[name] < 0.5


def test_slips_come_at_the_known_rate_and_only_on_valid_rows(labels: dict[str, Labels]) -> None:
    for found in labels.values():
        wrong = found.slipped != found.expression
        valid = found.expression >= 0
        assert not (wrong & ~valid).any()
        assert wrong.sum() == round(EXPRESSION_NOISE * valid.sum())
        assert set(np.unique(found.slipped[valid])) <= set(range(8))


def test_gaps_are_there_and_bystanders_have_no_labels(contents: list[Content]) -> None:
    for content in contents:
        for person in content.people:
            assert (person.labels is None) == (person.trial is None)
            if person.trial is not None:
                missing = person.conditions.missing[: content.unit.frames]
                assert missing.any() == person.trial.gaps
                assert missing.mean() < 0.6


def test_sound_tracks_as_planned(contents: list[Content]) -> None:
    for content in contents:
        video = content.ticks[content.unit.frames - 1] / 60_000 + 1 / content.unit.rate
        if content.unit.sound == "silent":
            assert content.sound is None
            continue
        assert content.sound is not None
        difference = len(content.sound) / 22_050 - video
        expected = {"normal": (-0.01, 0.01), "long": (1.0, 3.0), "short": (-3.0, -1.0)}[content.unit.sound]
        assert expected[0] < difference < expected[1]


def test_content_is_a_function_of_the_seed() -> None:
    unit = PLAN.units[3]
    first, again = simulate(PLAN, unit), simulate(PLAN, unit)
    assert content_fingerprint(first) == content_fingerprint(again)
    assert np.array_equal(first.sound, again.sound) if first.sound is not None else again.sound is None
    other = make_plan("small", 1)
    assert content_fingerprint(simulate(other, other.units[3])) != content_fingerprint(first)


def test_fingerprint_ignores_the_last_bits_and_nothing_else() -> None:
    value = {"a": np.array([0.1, 0.2]), "b": (1, None, "x"), "c": 0.30000000000000004}
    assert fingerprint(value) == fingerprint({"c": 0.3, "b": [1, None, "x"], "a": np.array([0.1 + 1e-12, 0.2])})
    for other in (
        value | {"a": np.array([0.1, 0.2001])},
        value | {"b": (1, None, "y")},
        value | {"c": 0.3001},
        value | {"b": (1, 0, "x")},
    ):
        assert fingerprint(other) != fingerprint(value)
    with pytest.raises(TypeError, match="cannot fingerprint object"):
        fingerprint(object())


def test_captions_cover_the_video_and_describe_the_face(contents: list[Content]) -> None:
    for content in contents[:12]:
        for person in content.people:
            if person.trial is not None:
                assert person.captions[0][0] == 0.0
                for (_, end, _), (start, _, _) in zip(person.captions[:-1], person.captions[1:], strict=True):
                    assert end == start
                json.dumps(person.captions)
    assert segments(9.5) == [(0.0, 4.0), (4.0, 9.5)]
    assert segments(11.0) == [(0.0, 4.0), (4.0, 8.0), (8.0, 11.0)]
    person = make_person(0, "p1")
    smile = np.zeros((20, len(ACTIONS)))
    smile[:, [ACTIONS.index("AU6"), ACTIONS.index("AU12")]] = 0.9
    merry = np.full((2, 20), 0.6)
    said = [describe(np.random.default_rng(i), person, smile, merry, np.zeros(20), 1.0) for i in range(60)]
    right = sum(any(word in text for word in ("smiles broadly", "grins", "beams")) for text in said)
    assert 0.6 < right / len(said) < 0.95  # with errors, as documented
    assert "hardly visible" in describe(np.random.default_rng(0), person, smile, merry, np.zeros(20), 0.1)
