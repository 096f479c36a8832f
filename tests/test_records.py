from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmark.errors import UserError
from benchmark.records import Environment, Record, RunInfo, read_record, read_records, without_times, write_record

ENVIRONMENT = Environment(
    python="3.11.7", platform="Linux", cpu="x", cores=2, memory_gib=8.0, gpu=None, threads=2, packages={}
)


def record(run_id: str = "maven-va-affrig-s0-abc", started_at: str = "2026-01-01T00:00:00+00:00") -> Record:
    run = RunInfo(
        id=run_id,
        method="maven",
        title="MAVEN",
        floor=False,
        task="va",
        preset="affrig",
        seed=0,
        config={"x": 0.1},
        overrides=[],
        source_hash="0",
        git_commit=None,
        git_dirty=None,
    )
    return Record(status="failed", reason="why", run=run, environment=ENVIRONMENT, started_at=started_at)


def test_a_record_survives_its_file(tmp_path: Path) -> None:
    assert read_record(write_record(record(), tmp_path)) == record()


def test_records_are_added_never_overwritten(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        paths = set(pool.map(lambda i: write_record(record(started_at=str(i)), tmp_path), range(12)))
    assert len(paths) == 12
    assert {read_record(path).started_at for path in paths} == {str(i) for i in range(12)}
    assert len(read_records(tmp_path)) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in paths)


def test_the_latest_attempt_counts(tmp_path: Path) -> None:
    write_record(record(started_at="first"), tmp_path)
    write_record(record(started_at="second"), tmp_path)
    assert [r.started_at for r in read_records(tmp_path)] == ["second"]


def test_times_are_left_out_of_the_comparison() -> None:
    assert without_times(record(started_at="a")) == without_times(record(started_at="b"))
    assert without_times(record("one")) != without_times(record("other"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data.update(schema_version=99), "schema_version is 99"),
        (lambda data: data["run"].pop("seed"), "run.seed"),
        (lambda data: data.update(surprise=1), "surprise"),
    ],
)
def test_a_wrong_record_names_the_field(tmp_path: Path, change, words: str) -> None:  # type: ignore[no-untyped-def]
    path = write_record(record(), tmp_path)
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    with pytest.raises(UserError, match=words):
        read_record(path)


def test_half_a_record_is_refused(tmp_path: Path) -> None:
    path = write_record(record(), tmp_path)
    path.write_text(path.read_text()[:100])
    with pytest.raises(UserError, match="not a JSON record"):
        read_record(path)


def test_a_missing_folder_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="make bench METHOD=maven"):
        read_records(tmp_path / "none")
