"""No false alarm, what is printed, and exit statuses."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from damage import CROPS, cut, places
from healthy_corpus import mtl_file

from benchmark.commands.corpus_check import check
from benchmark.corpora.check.counts import _RELEASES, check_counts, known_counts
from benchmark.corpora.check.doctor import diagnose
from benchmark.corpora.check.finding import Findings
from benchmark.corpora.check.listed import Part
from benchmark.corpora.reader import open_corpus
from benchmark.errors import UserError

#: What a healthy copy of this size has all the same.
EXPECTED = {"count-differs", "crops-off", "crops-frames-off", "frames-off", "mtl-duplicates"}


@pytest.mark.parametrize("full", [False, True])
def test_a_healthy_corpus_has_no_error_and_every_count_is_right(healthy: Path, full: bool) -> None:
    diagnosis = diagnose(healthy, full, jobs=1)
    assert diagnosis.count("error") == 0
    assert {group.kind.key for group in diagnosis.groups} == EXPECTED
    assert (diagnosis.edition, diagnosis.synthetic, diagnosis.crops, diagnosis.media) == ("6-10", False, 54, 6)
    assert diagnosis.fingerprint == open_corpus(healthy).fingerprint
    rows = {(one.task, one.split, one.head): one for one in diagnosis.table}
    va = rows["va", "train", "va"]
    assert (va.trials, va.videos, va.rows, va.labelled, va.with_crop) == (3, 2, 25, 22, 21)
    assert (va.no_crops, va.no_media, va.agrees) == (0, 0, False)
    mtl = rows["mtl", "train", "va"]
    assert (mtl.trials, mtl.rows, mtl.labelled, mtl.with_crop) == (2, 5, 4, 4)
    assert rows["mtl", "validation", "au"].rows == 4
    test = rows["expr", "test", None]
    assert (test.trials, test.rows, test.labelled) == (1, 6, None)
    assert rows["ce", "test", None].rows == 13


def test_counts_agree_with_the_reader(healthy: Path) -> None:
    corpus = open_corpus(healthy)
    for line in diagnose(healthy, False, jobs=1).table:
        trials = corpus.trials(line.task, line.split)
        assert line.trials == len(trials)
        assert line.rows == sum(trial.n_frames for trial in trials)
        assert line.no_media == sum(trial.media is None for trial in trials)
        if line.head:
            assert line.labelled == sum(int(trial.valid[line.head].sum()) for trial in trials)
            assert line.with_crop == sum(
                int((trial.valid[line.head] & trial.crops_present()).sum()) for trial in trials
            )


def test_the_manifest_is_the_same_for_every_copy_and_changes_with_the_data(healthy: Path, corpus: Path) -> None:
    first = diagnose(healthy, False, jobs=1).manifest
    assert diagnose(corpus, True, jobs=1).manifest == first
    seen = {first}
    for path in (
        corpus / CROPS / "video9" / "00001.jpg",
        corpus / "videos/batch1/video7.avi",
        mtl_file(corpus, "training"),
    ):
        with path.open("ab") as file:
            file.write(b"\n")
        seen.add(diagnose(corpus, False, jobs=1).manifest)
    (corpus / CROPS / "video9" / "00010.jpg").unlink()
    seen.add(diagnose(corpus, False, jobs=1).manifest)
    assert len(seen) == 5


def test_the_text_has_a_table_then_errors_then_the_rest(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(1, 9):
        cut(corpus / CROPS / "video9" / f"{number:05d}.jpg")
    assert check(corpus, as_json=False, jobs=1, examples=3) == 1
    text = capsys.readouterr().out
    assert re.search(r"^va +train +3 +2 +25 +22 +21 +0 +0 +DIFFER$", text, re.MULTILINE)
    parts = [text.index(word) for word in ("va  ", "ERRORS", "WARNINGS", "NOTES", "manifest", "NOT HEALTHY: 8 errors")]
    assert parts == sorted(parts)
    block = text[text.index("ERRORS") : text.index("WARNINGS")]
    assert "crop that ends before its image does  [crop-truncated]  8" in block
    assert block.count("cropped_aligned/video9/0000") == 3
    assert "... and 5 more" in block
    assert "    > Unpack the archive of this folder again" in block


def test_json_is_the_same_every_time_and_names_everything(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(corpus, as_json=True, jobs=1) == 0
    first = capsys.readouterr().out
    assert check(corpus, as_json=True, jobs=2) == 0
    assert capsys.readouterr().out == first
    cut(corpus / CROPS / "video9" / "00004.jpg")
    assert check(corpus, as_json=True, jobs=1) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["healthy"] is False
    assert data["counts"]["error"] == 1
    (error,) = [one for one in data["findings"] if one["severity"] == "error"]
    assert error["kind"] == "crop-truncated"
    assert error["places"][0]["where"] == f"{CROPS}/video9/00004.jpg"
    assert error["mend"].endswith(".")
    assert {"task", "split", "trials", "rows", "labelled", "with_crop", "agrees"} <= set(data["table"][0])


@pytest.mark.parametrize(
    ("option", "words"), [({"jobs": 0}, "--jobs 0: expected 1"), ({"examples": 0}, "--examples 0")]
)
def test_a_useless_option_is_a_user_error(healthy: Path, option: dict[str, int], words: str) -> None:
    with pytest.raises(UserError, match=words):
        check(healthy, False, **option)  # type: ignore[arg-type]


def test_a_folder_that_is_no_corpus_names_the_corpus_within(healthy: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="none of the folders of Aff-Wild2"):
        check(tmp_path, False)
    shutil.copytree(healthy, tmp_path / "download" / "Aff-Wild2")
    with pytest.raises(UserError, match=r"holds one in Aff-Wild2; check it with: abaw corpus check .*/Aff-Wild2"):
        check(tmp_path / "download", False)
    with pytest.raises(UserError, match="no such folder"):
        check(tmp_path / "nothing", False)


def test_exit_statuses_of_the_command(healthy: Path, tmp_path: Path) -> None:
    def run(path: Path) -> subprocess.CompletedProcess[str]:
        code = "from benchmark.cli import main; main()"
        return subprocess.run(
            [sys.executable, "-c", code, "corpus", "check", str(path)], capture_output=True, text=True, timeout=120
        )

    assert run(healthy).returncode == 0
    wrong = run(tmp_path)
    assert wrong.returncode == 2
    assert "Traceback" not in wrong.stderr


def test_known_counts_of_the_releases(healthy: Path, tmp_path: Path) -> None:
    corpus = open_corpus(healthy)
    assert known_counts(corpus, Part("va", "train", ())) is _RELEASES["va", "train"]
    third = tmp_path / "third"
    (third / "Third ABAW Annotations" / "MTL_Challenge").mkdir(parents=True)
    (third / "Third ABAW Annotations" / "EXPR_Classification_Challenge" / "Train_Set").mkdir(parents=True)
    (third / "Third ABAW Annotations" / "MTL_Challenge" / "train_set.txt").touch()
    older = open_corpus(third)
    assert known_counts(older, Part("expr", "train", ())) is None
    assert known_counts(older, Part("mtl", "train", ())) is None
    findings = Findings(healthy)
    good = {"expr": (597_361, 585_317)}
    assert not check_counts(Part("expr", "train", ()), _RELEASES["expr", "train"], good, findings)
    assert [one.what for one in findings] == ["0 trials, known are 247 or 248"]


def test_a_synthetic_corpus_is_held_to_its_plan(corpus: Path) -> None:
    from benchmark.corpora.affrig import GENERATOR_VERSION

    facts = {"size": "smoke", "seed": 0, "generator_version": GENERATOR_VERSION, "fingerprint": "x"}
    (corpus / "affrig.json").write_text(json.dumps(facts))
    diagnosis = diagnose(corpus, False, jobs=1)
    assert diagnosis.synthetic
    assert diagnosis.fingerprint == "x"
    assert any(one.startswith("va train  3 trials, known are ") for one in places(diagnosis, "count-differs"))
    (corpus / "affrig.json").write_text(json.dumps(facts | {"generator_version": "another"}))
    assert {one.agrees for one in diagnose(corpus, False, jobs=1).table} == {None}
