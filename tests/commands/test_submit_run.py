"""`abaw submit RUN` for every task of the smallest synthetic corpus, whose test labels are known."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmark.cli import main
from benchmark.commands.bench import BenchOptions, bench
from benchmark.corpora.matching import match
from benchmark.corpora.predictions import read_predictions
from benchmark.corpora.truth import read_truth
from benchmark.metrics import VideoStats
from benchmark.records import read_records
from benchmark.tasks import TASKS

TASK_KEYS = ("va", "expr", "au", "mtl", "ce")
LABELS = {
    "va": "VA_Estimation_Challenge",
    "expr": "EXPR_Recognition_Challenge",
    "au": "AU_Detection_Challenge",
    "mtl": "MTL_Challenge/test_set_annotations.txt",
    "ce": "Compound_Expression_Challenge",
}


@pytest.fixture(scope="module", autouse=True)
def cache(affrig_smoke: Path) -> Iterator[None]:
    """A cache that holds the smoke corpus, for this process and its children."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ABAW_CACHE", str(affrig_smoke.parent.parent))
        yield


def run(out: Path, method: str, task: str, *overrides: str) -> None:
    options = BenchOptions(
        names=(method,),
        task=task,
        corpus="affrig",
        size="smoke",
        preset=None,
        seeds="0",
        device="cpu",
        out=out,
        overrides=overrides,
        select="inner",
        fresh=False,
        allow_leak=False,
        degrade=(),
    )
    assert bench(options) == 0


@pytest.fixture(scope="module")
def runs(cache: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The floors on every task, and MAVEN on valence and arousal."""
    out = tmp_path_factory.mktemp("runs")
    for task in TASK_KEYS:
        run(out, "baseline_ridge", task)
    run(out, "maven", "va", "training.max_epochs=1")
    return out


def submit(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit status of `abaw submit`."""
    monkeypatch.setattr(sys, "argv", ["abaw", "submit", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def run_id(runs: Path, method: str, task: str) -> str:
    return next(r.run.id for r in read_records(runs / "records") if (r.run.method, r.run.task) == (method, task))


def score_on_test_labels(root: Path, task: str, path: Path) -> float:
    """Score of a written file against the test labels, by the route that `abaw score` takes."""
    about = TASKS[task]
    truth = read_truth(root / "test_labels" / LABELS[task], about, None)
    matched = match(path, about, truth, read_predictions(path, about.heads))
    assert matched.unlabelled_missing == 0
    return VideoStats.from_trials(task, matched.trials.items()).score().value


@pytest.mark.parametrize(
    ("method", "task"),
    [("maven", "va"), *((floor, task) for floor in ("baseline_mean", "baseline_ridge") for task in TASK_KEYS)],
)
def test_every_task_ends_in_a_valid_file_that_can_be_scored(
    method: str,
    task: str,
    runs: Path,
    affrig_smoke: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "predictions.txt"
    assert submit(monkeypatch, run_id(runs, method, task), "--runs", str(runs), "--out", str(out)) == 0
    text = capsys.readouterr().out
    assert "SYNTHETIC" in text
    assert "read again and valid" in text
    assert submit(monkeypatch, "--check", str(out), "--sample", str(affrig_smoke), "--task", task) == 0
    assert -1 <= score_on_test_labels(affrig_smoke, task, out) <= 3
    assert [path.name for path in tmp_path.iterdir()] == ["predictions.txt"]


def test_what_is_written_is_what_the_run_predicts(
    runs: Path, affrig_smoke: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mean floor answers every frame with the mean of the valid training labels, read here from the files."""
    lines = [
        line.split(",")
        for path in affrig_smoke.glob("6th*/VA*/Train_Set/*.txt")
        for line in path.read_text().splitlines()[1:]
    ]
    labels = np.array(lines, dtype=float)
    mean = labels[(np.abs(labels) <= 1).all(1)].mean(0)
    out = tmp_path / "p.txt"
    assert submit(monkeypatch, run_id(runs, "baseline_mean", "va"), "--runs", str(runs), "--out", str(out)) == 0
    written = np.array([line.split(",")[1:] for line in out.read_text().splitlines()[1:]], dtype=float)
    np.testing.assert_allclose(written, np.tile(mean, (len(written), 1)), atol=1e-6)


@pytest.mark.parametrize("task", ["va", "expr", "au"])
def test_old_editions_get_a_folder(
    task: str, runs: Path, affrig_smoke: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "old"
    arguments = (run_id(runs, "baseline_ridge", task), "--runs", str(runs), "--out", str(out), "--edition", "2")
    assert submit(monkeypatch, *arguments) == 0
    check = ("--check", str(out), "--sample", str(affrig_smoke), "--task", task, "--edition", "2")
    assert submit(monkeypatch, *check) == 0


def record_file(runs: Path, method: str, task: str) -> Path:
    return runs / "records" / f"{run_id(runs, method, task)}-001.json"


def test_a_record_file_says_where_its_run_lies(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "p.txt"
    assert submit(monkeypatch, str(record_file(runs, "maven", "va")), "--out", str(out), "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["file"], report["edition"], report["rung"], report["leaks"]) == (str(out), 10, "raw", [])
    assert report["rows"] == len(out.read_text().splitlines()) - 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "expected a run and --out FILE, or --check FILE"),
        (("RUN",), "expected a run and --out FILE"),
        (("--check", "x.txt"), "--check FILE: expected --sample and --task"),
        (("RUN", "--out", "x", "--task", "va"), "--sample and --task belong to --check"),
        (("maven-va-nothing", "--out", "x", "--runs", "RUNS"), 'unknown run in .* "maven-va-nothing"'),
        (("RUN", "--out", "x", "--runs", "RUNS", "--edition", "4"), "--edition 4: had no va track"),
        (("RUN", "--out", "HERE", "--runs", "RUNS"), "is a folder; expected the name of a file"),
        (("RUN", "--out", "HERE", "--runs", "RUNS", "--edition", "2"), "is there already"),
        (("nothing.json", "--out", "x"), "nothing.json: cannot be read"),
    ],
)
def test_mistakes_end_in_one_sentence_and_write_nothing(
    arguments: tuple[str, ...],
    words: str,
    runs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    names = {"RUN": run_id(runs, "maven", "va"), "RUNS": str(runs), "HERE": str(tmp_path)}
    assert submit(monkeypatch, *(names.get(one, one) for one in arguments)) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    with pytest.raises(ValueError, match=words):
        raise ValueError(error)
    assert list(tmp_path.iterdir()) == []


def test_changed_or_missing_evidence_is_refused(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy, out = tmp_path / "runs", tmp_path / "p.txt"
    shutil.copytree(runs, copy)
    stored = copy / "predictions" / f"{run_id(runs, 'maven', 'va')}.safetensors"
    other = next(copy.glob("predictions/baseline_mean-va-*"))
    shutil.copy(other, stored)
    arguments = (str(copy / "records" / record_file(runs, "maven", "va").name), "--out", str(out))
    assert submit(monkeypatch, *arguments) == 2
    assert "not the predictions that the record" in capsys.readouterr().err
    stored.unlink()
    assert submit(monkeypatch, *arguments) == 2
    assert "no such file; expected the predictions of a run" in capsys.readouterr().err
    next(copy.glob("weights/maven-*")).unlink()
    assert submit(monkeypatch, *arguments) == 2
    assert "expected the weights of the run" in capsys.readouterr().err
    assert not out.exists()


def test_labels_of_test_trials_that_fed_a_run_are_said(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A record that claims to have seen the labels of the very list it answers."""
    corpus, copy, out = tmp_path / "corpus", tmp_path / "runs", tmp_path / "p.txt"
    root = Path(os.environ["ABAW_CACHE"]) / "affrig"
    [source] = root.glob("smoke-*-v?")
    shutil.copytree(source, corpus, copy_function=os.link)
    names = next((corpus / "names_of_videos_in_each_test_set").glob("Valence*"))
    sample = next((corpus / "test_set_examples").glob("*_VA_*"))
    trained = sorted(path.stem for path in corpus.glob("6th*/VA*/Train_Set/*.txt"))[0]
    names.unlink()
    names.write_text(f"{trained}\n")
    sample.unlink()
    shutil.copytree(runs, copy)
    arguments = (
        str(copy / "records" / record_file(runs, "baseline_ridge", "va").name),
        *("--out", str(out), "--test", str(corpus)),
    )
    assert submit(monkeypatch, *arguments) == 2
    assert (
        f"va/train, whose labels fed the run, holds 1 of the test trials ({trained} first)" in capsys.readouterr().err
    )
    assert not out.exists()
    assert submit(monkeypatch, *arguments, "--allow-leak", "--json") == 0
    [leak] = json.loads(capsys.readouterr().out)["leaks"]
    assert leak.startswith("LEAK: va/train holds 1 trials")


def test_the_tuned_rung_is_tuned_on_the_whole_validation_split(
    cache: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path / "runs", "maven", "va", "training.max_epochs=1", "postprocessing=tuned")
    out = tmp_path / "p.txt"
    capsys.readouterr()
    assert submit(monkeypatch, str(record_file(tmp_path / "runs", "maven", "va")), "--out", str(out), "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["rung"] == "tuned"
    assert report["tuned"].keys() == {"va"}
    assert report["tuned"]["va"]["seconds"] in (0.0, 0.5, 1.0, 2.0, 4.0)


def test_help_names_both_uses() -> None:
    command = [sys.executable, "-c", "from benchmark.cli import main; main()", "submit", "--help"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Write the submission file of a run, or check any file" in text
