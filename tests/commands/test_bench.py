"""`abaw bench` as a user runs it, on the smallest synthetic corpus."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmark.records import Record, read_record, read_records, without_times

ABAW = [sys.executable, "-c", "from benchmark.cli import main; main()"]
#: Enough epochs for several checkpoints, few enough for seconds.
QUICK = ("--size", "smoke", "--set", "training.max_epochs=3", "--set", "training.batch_size=2")


@pytest.fixture(scope="module")
def environment(affrig_smoke: Path) -> dict[str, str]:
    """An environment whose cache holds the smoke corpus."""
    return {**os.environ, "ABAW_CACHE": str(affrig_smoke.parent.parent)}


def bench(environment: dict[str, str], out: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*ABAW, "bench", "maven", "--out", str(out), *QUICK, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)


def records(out: Path) -> dict[str, Record]:
    return {record.run.method: record for record in read_records(out / "records")}


@pytest.fixture(scope="module")
def finished(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of one whole run."""
    out = tmp_path_factory.mktemp("runs")
    result = bench(environment, out)
    assert result.returncode == 0, result.stderr
    assert "SYNTHETIC" in result.stdout
    assert str(out / "board.html") in result.stdout.replace("\n", "")
    return out


def test_one_command_leaves_records_floors_and_a_board(finished: Path) -> None:
    found = records(finished)
    assert set(found) == {"maven", "baseline_mean", "baseline_ridge"}
    for record in found.values():
        assert record.status == "finished"
        assert record.data is not None
        assert record.data.synthetic
        assert record.score is not None
        assert {rung.name for rung in record.score.ladder} == {"raw", "smoothed", "tuned"}
        assert record.score.coverage.predicted + record.score.coverage.filled == record.score.coverage.valid
        assert record.cost is not None
        assert record.cost.predict_frames == record.data.scored_frames
    maven = found["maven"]
    assert maven.cost is not None
    assert maven.cost.latency is not None
    assert maven.cost.flops_per_frame
    assert len(maven.history) == 3
    page = (finished / "board.html").read_text()
    assert "SYNTHETIC" in page
    assert "MAVEN" in page


def test_every_record_verifies(finished: Path, environment: dict[str, str]) -> None:
    for path in (finished / "records").glob("*.json"):
        result = subprocess.run([*ABAW, "verify", str(path)], capture_output=True, text=True, env=environment)
        assert result.returncode == 0, result.stdout + result.stderr


def test_the_same_seed_again_gives_the_same_record_apart_from_times(
    finished: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    assert bench(environment, tmp_path).returncode == 0
    again = records(tmp_path)
    for method, record in records(finished).items():
        assert without_times(record) == without_times(again[method])


def test_a_finished_run_is_kept_and_fresh_adds_an_attempt(finished: Path, environment: dict[str, str]) -> None:
    before = sorted((finished / "records").iterdir())
    kept = bench(environment, finished)
    assert kept.returncode == 0
    assert kept.stderr.count("kept ") == 3
    assert sorted((finished / "records").iterdir()) == before
    assert bench(environment, finished, "--fresh").returncode == 0
    assert len(list((finished / "records").iterdir())) == 2 * len(before)


def test_seeds_make_runs_of_their_own_and_floors_run_once(environment: dict[str, str], tmp_path: Path) -> None:
    assert bench(environment, tmp_path, "--seeds", "0,1").returncode == 0
    runs = [(r.run.method, r.run.seed) for r in read_records(tmp_path / "records")]
    assert sorted(runs) == [("baseline_mean", 0), ("baseline_ridge", 0), ("maven", 0), ("maven", 1)]
    hashes = {r.predictions_sha256 for r in read_records(tmp_path / "records") if r.run.method == "maven"}
    assert len(hashes) == 2


@pytest.mark.parametrize("moment", [0.3, 0.6, 0.9])
def test_killed_at_any_moment_and_run_again_gives_the_same_predictions(
    moment: float, finished: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    """The kill falls at a share of the time that the work of training and writing takes."""
    command = [*ABAW, "bench", "maven", "--out", str(tmp_path), *QUICK]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    checkpoint = tmp_path / "work"
    while process.poll() is None and not list(checkpoint.rglob("*.safetensors")):
        time.sleep(0.01)
    time.sleep(moment)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for path in tmp_path.rglob("*.json"):
        if not path.name.startswith("."):
            read_record(path)  # whatever stands under its final name is whole
    assert bench(environment, tmp_path).returncode == 0
    expected = {method: record.predictions_sha256 for method, record in records(finished).items()}
    assert {method: record.predictions_sha256 for method, record in records(tmp_path).items()} == expected


def test_a_method_that_breaks_is_a_failed_record_and_the_others_go_on(
    environment: dict[str, str], tmp_path: Path
) -> None:
    result = bench(environment, tmp_path, "--set", "training.learning_rate=1.0e+30")
    assert result.returncode == 1
    found = records(tmp_path)
    assert found["maven"].status == "failed"
    assert "not finite" in (found["maven"].reason or "")
    assert found["baseline_ridge"].status == "finished"
    assert "not finite" in (tmp_path / "board.html").read_text()


def test_a_changed_number_in_a_record_is_found(finished: Path, environment: dict[str, str], tmp_path: Path) -> None:
    source = next((finished / "records").glob("maven-*.json"))
    data = json.loads(source.read_text())
    data["score"]["value"] += 0.01
    changed = tmp_path / source.name
    changed.write_text(json.dumps(data))
    result = subprocess.run([*ABAW, "verify", str(changed)], capture_output=True, text=True, env=environment)
    assert result.returncode == 1
