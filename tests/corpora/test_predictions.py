"""Prediction files of every edition, and their match with the labels."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_corpus import AU_ROW, NO_AU, ROWS, annotate, make_corpus, mtl_text, write

from benchmark.corpora.matching import match
from benchmark.corpora.predictions import prediction_header, read_predictions
from benchmark.corpora.truth import read_truth
from benchmark.errors import UserError
from benchmark.metrics import VideoStats
from benchmark.tasks import TASKS

VA = "image_location,valence,arousal"
FIELDS = {"va": ["0.5,-0.5", "-0.25,1"], "expr": ["0", "7"], "ce": ["6", "0"], "au": [AU_ROW, AU_ROW]}


def single(path: Path, head: str, rows) -> Path:
    """Write a prediction file of editions 5 to 10 from (trial, frame, fields)."""
    lines = [f"{trial}/{frame:05d}.jpg,{fields}" for trial, frame, fields in rows]
    return write(path, "\n".join([",".join(prediction_header(head)), *lines]) + "\n")


@pytest.mark.parametrize(
    ("head", "header"),
    [
        ("va", "image_location,valence,arousal"),
        ("expr", "image_location,Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise,Other"),
        ("au", "image_location,AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU15,AU23,AU24,AU25,AU26"),
        (
            "ce",
            "image_location,Fearfully_Surprised,Happily_Surprised,Sadly_Surprised,Disgustedly_Surprised,"
            "Angrily_Surprised,Sadly_Fearful,Sadly_Angry",
        ),
    ],
)
def test_single_file_golden(tmp_path, head, header):
    first, second = FIELDS[head]
    path = write(tmp_path / "p.txt", f"{header}\n02/00002.jpg,{second}\n01/00001.jpg,{first}\n02/00001.jpg,{first}\n")
    found = read_predictions(path, (head,))
    assert list(found) == ["01", "02"]
    assert found["02"].frames.tolist() == [1, 2]
    expected = [float(value) if head == "va" else int(value) for value in second.split(",")]
    assert found["02"].heads[head].labels[1].tolist() == (expected[0] if head in ("expr", "ce") else expected)


@pytest.mark.parametrize("head", list(FIELDS))
def test_a_folder_of_per_trial_files(tmp_path, head):
    annotate(tmp_path / "b_left.txt", head)
    annotate(tmp_path / "a.txt", head)
    found = read_predictions(tmp_path, (head,))
    assert list(found) == ["a", "b_left"]
    assert found["a"].frames.tolist() == [1, 2, 3, 4]
    assert found["a"].heads[head].valid.tolist() == [not row.startswith(("-1", "-5")) for row in ROWS[head]]


def test_the_multi_task_file_serves_each_head(tmp_path):
    path = write(tmp_path / "p.txt", mtl_text([("b/00002.jpg", "0.5,0.25", "3", AU_ROW)] * 2))
    found = read_predictions(path, ("va", "expr", "au"))
    assert found["b"].frames.tolist() == [2]
    assert found["b"].heads.keys() == {"va", "expr", "au"}
    assert read_predictions(path, ("expr",))["b"].heads["expr"].labels.tolist() == [3]


@pytest.mark.parametrize(
    ("head", "text", "message"),
    [
        ("va", "image_location,arousal,valence\na/00001.jpg,0,0\n", f":1: found the header .* expected .*{VA}"),
        ("va", "a/00001.jpg,0,0\n", ":1: found the header 'a/00001"),
        ("expr", VA + "\na/00001.jpg,0,0\n", "expected .*Neutral"),
        ("ce", "image,valence,arousal,expression,aus\na/00001.jpg,0,0\n", "expected .*Fearfully"),
        ("va", VA + "\n", "a header and no row"),
        ("va", "", "is empty"),
        ("va", VA + "\na/00001.jpg,0,0\na/00002.jpg,1.03,0\n", r":3: found '1\.03,0', expected"),
        ("va", VA + "\na/00001.jpg,nan,0\n", r":2: found 'nan,0', expected"),
        ("va", VA + "\n../a/00001.jpg,0,0\n", ":2: .*expected an image location"),
        ("va", VA + "\na/00000.jpg,0,0\n", "numbers start at 00001"),
        ("va", VA + "\na/00001.jpg\n", ":2: found '', expected"),
        ("expr", ",".join(prediction_header("expr")) + "\na/00001.jpg,0,0,0,1,0,0,0,0\n", "expected one class number"),
        ("va", VA + "\na/00001.jpg,0,0\na/00001.jpg,0,0.1\n", "a/00001.jpg is predicted twice"),
        ("expr", ",".join(prediction_header("expr")) + "\na/00001.jpg,0\na/00001.jpg,1\n", "is predicted twice"),
    ],
)  # fmt: skip
def test_bad_prediction_files_say_where(tmp_path, head, text, message):
    with pytest.raises(UserError, match=rf"p\.txt.*{message}"):
        read_predictions(write(tmp_path / "p.txt", text), (head,))


def test_folders_that_cannot_be_predictions(tmp_path):
    with pytest.raises(UserError, match="multi-task predictions are one file"):
        read_predictions(tmp_path, ("va", "expr", "au"))
    with pytest.raises(UserError, match="holds no prediction file"):
        read_predictions(tmp_path, ("va",))
    with pytest.raises(UserError, match="cannot be read"):
        read_predictions(tmp_path / "none", ("va",))


@pytest.fixture
def labels(tmp_path):
    """Two trials; row 2 of each has no label."""
    annotate(tmp_path / "labels" / "a.txt", "va", ["0.5,0.5", "-5,-5", "-0.5,0"])
    annotate(tmp_path / "labels" / "b.txt", "va", ["0,0.25", "-5,-5"])
    return tmp_path / "labels"


COMPLETE = [("a", 1, "0.1,0.1"), ("a", 2, "0.2,0.2"), ("a", 3, "0.3,0.3"), ("b", 1, "0.4,0.4"), ("b", 2, "0.5,0.5")]


def matched(tmp_path, labels, rows, task="va"):
    path = single(tmp_path / "p.txt", "va", rows)
    return match(path, TASKS[task], read_truth(labels, TASKS[task], None), read_predictions(path, ("va",)))


def test_rows_find_their_labels_by_frame_number(tmp_path, labels):
    found = matched(tmp_path, labels, list(reversed(COMPLETE)))
    prediction, label, valid = found.trials["a"]["va"]
    assert prediction[:, 0].tolist() == pytest.approx([0.1, 0.2, 0.3])
    assert label.tolist() == [[0.5, 0.5], [-5, -5], [-0.5, 0]]
    assert valid.tolist() == [True, False, True]
    assert (found.rows, found.valid, found.unlabelled_missing) == (5, {"va": 3}, 0)
    assert (found.extra_rows, found.extra_trials) == (0, ())


def test_a_missing_unlabelled_row_is_counted_and_a_labelled_one_refused(tmp_path, labels):
    assert matched(tmp_path, labels, [r for r in COMPLETE if r[1] != 2]).unlabelled_missing == 2
    marked = [(trial, frame, "-5,-5" if frame == 2 else fields) for trial, frame, fields in COMPLETE]
    found = matched(tmp_path, labels, marked)
    assert found.unlabelled_missing == 2
    assert VideoStats.from_trials("va", found.trials.items()).valid_frames == {"va": 3}  # no marker is left to refuse
    for rows in (COMPLETE[:2] + COMPLETE[3:], [("a", 3, "-5,-5") if r[:2] == ("a", 3) else r for r in COMPLETE]):
        with pytest.raises(UserError, match=r"no va prediction for a/00003\.jpg \(1 labelled frames"):
            matched(tmp_path, labels, rows)


def test_a_missing_trial_is_refused_unless_it_has_no_label(tmp_path, labels):
    with pytest.raises(UserError, match=r"no prediction for trial b \(1 of 2 labelled trials"):
        matched(tmp_path, labels, COMPLETE[:3])
    annotate(labels / "c.txt", "va", ["-5,-5"])
    found = matched(tmp_path, labels, COMPLETE)
    assert found.unlabelled_missing == 1
    assert "c" not in found.trials


def test_extra_predictions_are_counted(tmp_path, labels):
    found = matched(tmp_path, labels, [*COMPLETE, ("a", 4, "0,0"), ("zz", 1, "0,0")])
    assert (found.extra_rows, found.extra_trials) == (1, ("zz",))


def test_listed_twice_predicted_once(tmp_path):
    rows = [("b/00002.jpg", "0.5,0.25", "3", AU_ROW), ("b/00002.jpg", "0.5,0.25", "3", NO_AU)]
    truth = read_truth(write(tmp_path / "labels.txt", mtl_text(rows)), TASKS["mtl"], None)
    path = write(tmp_path / "p.txt", mtl_text(rows[:1]))
    found = match(path, TASKS["mtl"], truth, read_predictions(path, TASKS["mtl"].heads))
    assert found.rows == 2
    assert found.valid == {"va": 2, "expr": 2, "au": 1}
    assert found.trials["b"]["au"][2].tolist() == [True, False]


def test_labels_from_a_corpus_know_where_a_face_was_found(tmp_path):
    write(tmp_path / "readme.txt", "a text file does not make the root a folder of annotations")
    truth = read_truth(make_corpus(tmp_path), TASKS["va"], "train")
    assert truth.trials[0].faces.tolist() == [True, True, False, True]
    assert truth.synthetic is False
    assert [trial.name for trial in read_truth(tmp_path, TASKS["va"], None).trials] == ["video7_right"]


def test_labels_inside_a_synthetic_corpus_stay_synthetic(tmp_path, labels):
    assert read_truth(labels, TASKS["va"], None).synthetic is None
    write(tmp_path / "affrig.json", "{}")
    assert read_truth(labels, TASKS["va"], None).synthetic is True


def test_labels_that_cannot_be_had(tmp_path, labels):
    root = make_corpus(tmp_path / "corpus")
    table = write(tmp_path / "m.txt", mtl_text([("b/00002.jpg", "0.5,0.25", "3", AU_ROW)]))
    assert read_truth(table, TASKS["va"], None).trials[0].heads.keys() == {"va"}
    for path, task, split, message in [
        (labels, "va", "train", "--split train: .* is no corpus root"),
        (table, "mtl", "train", "--split train: .* is no corpus root"),
        (table, "ce", None, "task ce needs a folder"),
        (labels, "mtl", None, "task mtl needs its annotation file"),
        (root, "va", "test", "the test split has no labels"),
        (root, "ce", "train", "no train annotations for task ce"),
        (tmp_path / "none", "va", None, "no such folder"),
    ]:
        with pytest.raises(UserError, match=message):
            read_truth(path, TASKS[task], split)
