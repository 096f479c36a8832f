"""Prediction files of every edition, to the letter; round trips; and what is refused without leaving a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from submission_examples import ASKED, MTL_ASKED, TRIALS, activations

from benchmark.corpora.predictions import read_predictions
from benchmark.corpora.submission.asked import every_frame_of
from benchmark.corpora.submission.check import check_submission
from benchmark.corpora.submission.formats import TRACKS, get_format, usual_edition
from benchmark.corpora.submission.write import write_submission
from benchmark.errors import UserError
from benchmark.metrics.decisions import decide
from benchmark.tasks import TASKS

LEFT = "1-30-640x360_left"
AU_ON = [1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0]


def one_hot(*classes: int, width: int) -> np.ndarray:
    return np.eye(width, dtype=np.float32)[list(classes)]


GIVEN = {
    "va": {
        "video9": {"va": np.array([[0.5, -0.5], [-1, 1], [0.1234567, -1e-9]], dtype=np.float32)},
        LEFT: {"va": np.array([[0, 0], [1 / 3, -2 / 3]], dtype=np.float32)},
    },
    "expr": {
        "video9": {"expr": one_hot(0, 7, 4, width=8) + one_hot(6, 6, 6, width=8) / 2},
        LEFT: {"expr": one_hot(3, 5, width=8)},
    },
    "au": {
        "video9": {"au": np.array([AU_ON, [0] * 12, [0.5] * 12], dtype=np.float32)},
        LEFT: {"au": np.array([[0.49] * 12, AU_ON], dtype=np.float32)},
    },
    "ce": {"video9": {"ce": one_hot(6, 0, 3, width=7)}, LEFT: {"ce": one_hot(1, 2, width=7)}},
}
SINGLE = {
    "va": """\
image_location,valence,arousal
video9/00001.jpg,0.500000,-0.500000
video9/00002.jpg,-1.000000,1.000000
video9/00003.jpg,0.123457,0.000000
1-30-640x360_left/00001.jpg,0.000000,0.000000
1-30-640x360_left/00002.jpg,0.333333,-0.666667
""",
    "expr": """\
image_location,Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise,Other
video9/00001.jpg,0
video9/00002.jpg,7
video9/00003.jpg,4
1-30-640x360_left/00001.jpg,3
1-30-640x360_left/00002.jpg,5
""",
    "au": """\
image_location,AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU15,AU23,AU24,AU25,AU26
video9/00001.jpg,1,0,0,1,0,0,0,0,0,0,1,0
video9/00002.jpg,0,0,0,0,0,0,0,0,0,0,0,0
video9/00003.jpg,1,1,1,1,1,1,1,1,1,1,1,1
1-30-640x360_left/00001.jpg,0,0,0,0,0,0,0,0,0,0,0,0
1-30-640x360_left/00002.jpg,1,0,0,1,0,0,0,0,0,0,1,0
""",
    "ce": """\
image_location,Fearfully_Surprised,Happily_Surprised,Sadly_Surprised,Disgustedly_Surprised,Angrily_Surprised,Sadly_Fearful,Sadly_Angry
video9/00001.jpg,6
video9/00002.jpg,0
video9/00003.jpg,3
1-30-640x360_left/00001.jpg,1
1-30-640x360_left/00002.jpg,2
""",
}
PER_TRIAL = {
    ("va", 1): "valence,arousal\n0.500,-0.500\n-1.000,1.000\n0.123,0.000\n",
    ("va", 3): "valence,arousal\n0.500,-0.500\n-1.000,1.000\n0.123,0.000\n",
    ("expr", 2): "Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise\n0\n6\n4\n",  # no Other: the next best
    ("expr", 3): "Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise,Other\n0\n7\n4\n",
    ("au", 2): SINGLE["au"].partition(",")[2].split("\n")[0]
    + "\n1,0,0,1,0,0,0,0,0,0,1,0\n0,0,0,0,0,0,0,0,0,0,0,0\n1,1,1,1,1,1,1,1,1,1,1,1\n",
}


@pytest.mark.parametrize(
    ("task", "edition"), [(task, edition) for edition in range(5, 11) for task in TRACKS[edition] if task != "mtl"]
)
def test_one_file_to_the_letter(tmp_path: Path, task: str, edition: int) -> None:
    written = write_submission(task, edition, ASKED, GIVEN[task], tmp_path / "predictions.txt")
    assert written.path.read_bytes() == SINGLE[task].encode()
    assert (written.rows, written.trials, written.ignored) == (5, 2, ())


@pytest.mark.parametrize(("task", "edition"), PER_TRIAL)
def test_per_trial_files_to_the_letter(tmp_path: Path, task: str, edition: int) -> None:
    folder = write_submission(task, edition, ASKED, GIVEN[task], tmp_path / "predictions").path
    assert sorted(path.name for path in folder.iterdir()) == [f"{LEFT}.txt", "video9.txt"]
    assert (folder / "video9.txt").read_bytes() == PER_TRIAL[task, edition].encode()


@pytest.mark.parametrize(("edition", "decimals"), [(3, 4), (4, 6), (7, 6), (11, 6)])
def test_the_multi_task_file_to_the_letter(tmp_path: Path, edition: int, decimals: int) -> None:
    units = ",".join(map(str, AU_ON))
    given = {
        "video9": {  # ordered by frame number: 3, 7, 7
            "va": np.array([[0.3, -0.3], [0.7, -0.7], [0.75, -0.75]]),
            "expr": np.array([3, 7, 1]),  # decisions are taken as they are
            "au": np.array([AU_ON, AU_ON, AU_ON]),
        },
        LEFT: {"va": np.zeros((1, 2)), "expr": one_hot(2, width=8), "au": np.array([AU_ON])},
    }
    written = write_submission("mtl", edition, MTL_ASKED, given, tmp_path / "MTL.txt")
    rows = [("video9/00007.jpg", 0.7, 7), (f"{LEFT}/00002.jpg", 0, 2), ("video9/00003.jpg", 0.3, 3)]
    rows.append(("video9/00007.jpg", 0.75, 1))
    expected = ["image,valence,arousal,expression,aus"]
    for place, value, label in rows:
        expected.append(f"{place},{value:.{decimals}f},{0.0 if value == 0 else -value:.{decimals}f},{label},{units}")
    assert written.path.read_text().splitlines() == expected
    assert all(line.count(",") == 15 for line in expected[1:])


@pytest.mark.parametrize("task", ["va", "expr", "au", "ce", "mtl"])
@pytest.mark.parametrize("seed", range(3))
def test_what_is_written_is_read_back(tmp_path: Path, task: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    lengths = [(f"video{k}", int(rng.integers(1, 40))) for k in rng.permutation(12)]
    asked = every_frame_of(lengths)
    given = activations(asked, task, seed)
    path = write_submission(task, usual_edition(task, False), asked, given, tmp_path / "p.txt").path
    read = read_predictions(path, TASKS[task].heads)
    assert list(dict.fromkeys(line.split("/")[0] for line in path.read_text().splitlines()[1:])) == [
        n for n, _ in lengths
    ]
    for trial, count in lengths:
        np.testing.assert_array_equal(read[trial].frames, np.arange(1, count + 1))
        for head in TASKS[task].heads:
            found, expected = read[trial].heads[head], decide(head, given[trial][head])
            assert found.valid.all()
            if head == "va":
                np.testing.assert_allclose(found.labels, expected, atol=1e-6)
            else:
                np.testing.assert_array_equal(found.labels, expected)


@pytest.mark.parametrize(("task", "edition"), [("va", 3), ("expr", 3), ("au", 2)])
def test_per_trial_files_are_read_back(tmp_path: Path, task: str, edition: int) -> None:
    given = activations(ASKED, task)
    folder = write_submission(task, edition, ASKED, given, tmp_path / "predictions").path
    read = read_predictions(folder, (task,))
    for trial, count in TRIALS:
        assert len(read[trial].frames) == count
        np.testing.assert_allclose(read[trial].heads[task].labels, decide(task, given[trial][task]), atol=5e-4)
    assert check_submission(folder, ASKED, get_format(task, edition)) == []


@pytest.mark.parametrize("kind", ["missing trial", "short", "long", "width", "nan", "range", "head", "class"])
@pytest.mark.parametrize("edition", [3, 10])
def test_wrong_predictions_are_refused_and_leave_nothing(tmp_path: Path, kind: str, edition: int) -> None:
    task = "expr" if kind == "class" else "va"
    given = activations(ASKED, task)
    values = given["video9"][task]
    if kind == "missing trial":
        del given["video9"]
    elif kind == "head":
        given["video9"] = {"expr": values}
    elif kind == "class":
        given["video9"][task] = np.array([0, 8, 1])
    elif kind in ("nan", "range"):
        values[1, 0] = np.nan if kind == "nan" else 1.25
    else:
        given["video9"][task] = {"short": values[:2], "long": np.vstack([values, values]), "width": values[:, :1]}[kind]
    words = {
        "missing trial": r"no prediction for trial video9 \(1 of 2",
        "short": r"trial video9: the va prediction has shape \(2, 2\), expected \(3, 2\)",
        "long": r"shape \(6, 2\), expected \(3, 2\)",
        "width": r"shape \(3, 1\)",
        "nan": "row 2 is not finite",
        "range": r"row 2 is \[1\.25 .*expected -1\.\.1",
        "head": "has no va prediction",
        "class": r"row 2 is 8, expected 0\.\.7",
    }[kind]
    with pytest.raises(UserError, match=words):
        write_submission(task, edition, ASKED, given, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_whole_and_a_folder_never(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "predictions.txt"
    for _ in range(2):
        write_submission("va", 10, ASKED, GIVEN["va"], path)
    assert [one.name for one in path.parent.iterdir()] == ["predictions.txt"]
    before = path.read_bytes()
    bad = {trial: {"va": heads["va"] * 2} for trial, heads in GIVEN["va"].items()}
    with pytest.raises(UserError):
        write_submission("va", 10, ASKED, bad, path)
    assert path.read_bytes() == before
    with pytest.raises(UserError, match="is there already"):
        write_submission("va", 3, ASKED, GIVEN["va"], path.parent)


def test_predictions_nobody_asked_for_are_named(tmp_path: Path) -> None:
    given = {**GIVEN["va"], "video8": {"va": np.zeros((4, 2))}}
    assert write_submission("va", 10, ASKED, given, tmp_path / "p.txt").ignored == ("video8",)


@pytest.mark.parametrize(
    ("task", "edition", "words"),
    [
        ("au", 1, "AU20"),
        ("au", 7, "had no au track, expected one of 1, 2, 3, 5, 6, 8, 9, 10"),
        ("mtl", 10, "had no mtl track, expected one of 3, 4, 7, 11"),
        ("va", 12, r"expected an edition of 1\.\.11"),
        ("vaa", 10, 'unknown task "vaa"'),
    ],
)
def test_editions_that_had_no_such_track(task: str, edition: int, words: str) -> None:
    with pytest.raises(UserError, match=words):
        get_format(task, edition)


def test_every_track_of_every_edition_but_one_has_a_format() -> None:
    for edition, tracks in TRACKS.items():
        for task in tracks:
            if (task, edition) != ("au", 1):
                assert get_format(task, edition).header
