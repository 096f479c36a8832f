"""A record's claims against its sums: the honest pass, each tampered value is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sample_records import failed_record, make_record

from benchmark.commands.verify import verify
from benchmark.errors import UserError
from benchmark.records import Record, write_record
from leaderboard.verify import check_record

Tamper = Callable[[dict[str, Any]], Any]


@pytest.mark.parametrize("task", ["va", "expr", "au", "mtl", "ce"])
def test_an_honest_record_passes(task: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = make_record(task=task)
    checks = check_record(record)
    assert all(check.ok for check in checks), [check for check in checks if not check.ok]
    assert record.score is not None
    assert {*record.score.parts, "score", "interval, low", "interval, high"} <= {check.claim for check in checks}
    assert verify(write_record(record, tmp_path)) == 0
    out = capsys.readouterr().out
    assert f"verified: all {len(checks)} claims hold." in out
    assert "DIFFERS" not in out


def bump(where: str, by: float = 1e-6) -> Tamper:
    *path, last = where.split("/")

    def change(data: dict[str, Any]) -> None:
        for key in path:
            data = data[int(key)] if isinstance(data, list) else data[key]
        data[last] += by

    return change


def put(where: str, value: Any) -> Tamper:
    *path, last = where.split("/")

    def change(data: dict[str, Any]) -> None:
        for key in path:
            data = data[int(key)] if isinstance(data, list) else data[key]
        data[last] = value

    return change


TAMPERED: list[tuple[str, Tamper, str]] = [
    ("score", bump("score/value"), "score"),
    ("part", bump("score/parts/arousal"), "arousal"),
    ("missing part", lambda data: data["score"]["parts"].pop("arousal"), "arousal"),
    ("invented part", put("score/parts/dominance", 0.5), "part dominance"),
    ("interval", bump("score/interval/low", 1e-4), "interval, low"),
    ("narrower interval by another seed", put("score/interval/seed", 5), "interval, low"),
    ("impossible level", put("score/interval/level", 1.0), "interval"),
    ("metric", put("score/metric", "accuracy"), "metric"),
    ("rung", put("score/rung", "tuned"), "declared rung is on the ladder"),
    ("ladder", bump("score/ladder/1/value"), "ladder, smoothed"),
    ("ladder part", bump("score/ladder/1/parts/valence"), "ladder, parts of smoothed"),
    ("dropped frames", bump("score/coverage/valid", -5), "frames that count"),
    ("coverage", bump("score/coverage/predicted", 61), "frames with a prediction"),
    ("trials", put("data/scored_trials", 76), "scored trials"),
    ("frames", put("data/scored_frames", 12), "scored frames"),
    ("id", put("run/seed", 9), "run id names the run"),
    ("task", put("run/task", "mtl"), "task of the sums"),
]


@pytest.mark.parametrize(("tamper", "claim"), [case[1:] for case in TAMPERED], ids=[case[0] for case in TAMPERED])
def test_a_tampered_value_is_found(
    tamper: Tamper, claim: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = make_record().model_dump(mode="json")
    tamper(data)
    path = tmp_path / "record.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    checks = check_record(Record.model_validate(data))
    assert claim in [check.claim for check in checks if not check.ok]
    assert verify(path) == 1
    out = capsys.readouterr().out
    assert "DIFFERS" in out
    assert "NOT VERIFIED: claims that differ: " in out


@pytest.mark.parametrize("column", range(6))
def test_changed_sums_are_found(column: int) -> None:
    """Every one of the six sums of a video moves the score, or is impossible beside the others."""
    data = make_record().model_dump(mode="json")
    data["score"]["videos"]["heads"]["va"][2][0][column] *= 1.01
    assert not all(check.ok for check in check_record(Record.model_validate(data)))


def test_it_says_by_how_much_a_value_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = make_record().model_dump(mode="json")
    data["score"]["value"] += 0.25
    path = tmp_path / "record.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    assert verify(path) == 1
    assert "DIFFERS +0.25" in capsys.readouterr().out


def test_a_run_without_a_score_verifies_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_record(failed_record("maven", "va", 1, "out of memory"), tmp_path)
    assert verify(path) == 1
    assert "no score to verify. Reason: out of memory" in capsys.readouterr().out


def test_a_file_that_is_no_record_is_a_users_mistake(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(UserError, match="schema_version"):
        verify(path)
