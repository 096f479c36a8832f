"""Asked rows of a release, stored predictions, and the two commands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from submission_examples import ASKED, MTL_ASKED, activations, write_sample
from tiny_corpus import film, write

from benchmark.commands.submit import check
from benchmark.corpora.submission.asked import asked_rows
from benchmark.corpora.submission.check import locations
from benchmark.corpora.submission.stored import read_stored
from benchmark.corpora.submission.write import write_submission
from benchmark.errors import UserError

NAMES = "names_of_videos_in_each_test_set/Valence_Arousal_Estimation_Challenge_test_set_release.txt"
SAMPLE = "test_set_examples/CVPR_6th_ABAW_VA_test_set_sample.txt"


def store(path: Path, predictions: dict[str, dict[str, np.ndarray]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(
        {f"{trial}/{head}": values for trial, heads in predictions.items() for head, values in heads.items()}, path
    )
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A corpus with a VA test release: the sample lists two trials, the list of names one more."""
    folder = tmp_path / "corpus"
    write(folder / NAMES, "1-30-640x360_left\nvideo3\nvideo9\n")
    write(folder / SAMPLE, "")
    write_sample(folder / SAMPLE, ASKED)
    film(folder / "videos" / "video3.mp4", [k / 30 for k in range(4)], sound_from=None)
    return folder


def test_rows_follow_the_sample_and_trials_it_lacks_come_after(root: Path) -> None:
    asked = asked_rows(root, "va")
    assert locations(asked) == [*locations(ASKED), *(f"video3/{k:05d}.jpg" for k in range(1, 5))]
    assert locations(asked_rows(root / SAMPLE, "va")) == locations(ASKED)


def test_multi_task_images_keep_the_order_of_the_list(tmp_path: Path) -> None:
    rows = "\n".join(f"{place}," for place in locations(MTL_ASKED))
    write(tmp_path / "test_set_examples" / "MTL.txt", rows + "\n")
    assert locations(asked_rows(tmp_path, "mtl")) == locations(MTL_ASKED)
    assert locations(asked_rows(tmp_path / "test_set_examples" / "MTL.txt", "mtl")) == locations(MTL_ASKED)


def test_what_is_no_sample_is_refused(root: Path) -> None:
    with pytest.raises(UserError, match=r"expected an image location.*--sample takes the official sample file"):
        asked_rows(root / NAMES, "va")
    with pytest.raises(UserError, match="no test list for task expr"):
        asked_rows(root, "expr")
    with pytest.raises(UserError, match="cannot be read"):
        asked_rows(root / "nothing.txt", "va")


def test_stored_predictions_are_read_and_written(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = activations(asked_rows(root, "va"), "va")
    stored = store(tmp_path / "run.safetensors", given)
    read = read_stored(stored)
    assert {trial: list(heads) for trial, heads in read.items()} == {trial: ["va"] for trial in given}
    out = tmp_path / "predictions.txt"
    assert write_submission("va", 8, asked_rows(root, "va"), read, out).rows == 9
    assert check(out, root, "va") == 0
    assert "valid for va: 9 rows of 3 trials" in capsys.readouterr().out
    write_submission("va", 2, asked_rows(root, "va"), read, tmp_path / "old")
    assert check(tmp_path / "old", root, "va", edition=2) == 0


def test_faults_are_printed_and_exit_with_one(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "p.txt"
    write_submission("va", 10, ASKED, activations(ASKED, "va"), out)
    out.write_text(out.read_text().replace("video9/00002.jpg", "video9/00005.jpg"))
    capsys.readouterr()
    assert check(out, root / SAMPLE, "va") == 1
    text = capsys.readouterr().out
    assert text.startswith(f"{out}:3: found 'video9/00005.jpg', expected video9/00002.jpg\n")
    assert "NOT VALID for va" in text
    assert check(out, root / SAMPLE, "va", as_json=True) == 1
    data = json.loads(capsys.readouterr().out)
    assert (data["valid"], data["rows"], data["faults"][0]["line"]) == (False, 5, 3)
    with pytest.raises(UserError, match=r'unknown task "vaa"\. Did you mean "va"'):
        check(out, root, "vaa")
    with pytest.raises(UserError, match="expected one prediction file for ce"):
        check(tmp_path, root / SAMPLE, "ce")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no such file"),
        (b"", "cannot be read"),
        (b"\x08\0\0\0\0\0\0\0{}      rubbish", "cannot be read|holds no prediction"),
        ({"video9/valence": np.zeros((3, 2))}, r'holds "video9/valence", expected "<trial>/<head>"'),
        ({"va": np.zeros((3, 2))}, 'holds "va"'),
    ],
)
def test_files_that_hold_no_predictions(tmp_path: Path, content: object, words: str) -> None:
    path = tmp_path / "run.safetensors"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, dict):
        save_file(content, path)
    with pytest.raises(UserError, match=words):
        read_stored(path)


def test_no_torch_is_needed() -> None:
    code = "import sys, benchmark.commands.submit, benchmark.commands.submit_run; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
