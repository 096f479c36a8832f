"""Recognition of the folder names of every edition."""

from __future__ import annotations

import pytest
from tiny_corpus import annotate, make_corpus, mtl_text, write

from benchmark.corpora.layout import find_layout
from benchmark.corpora.reader import open_corpus
from benchmark.errors import UserError

VA, AU = "VA_Estimation_Challenge", "AU_Detection_Challenge"
OLD, NEW = "EXPR_Classification_Challenge", "EXPR_Recognition_Challenge"


@pytest.mark.parametrize(
    ("pack", "va", "expr", "au", "train", "edition"),
    [
        ("annotations", "VA_Set", "EXPR_Set", "AU_Set", "Training_Set", "1"),
        ("annotations", "VA_Set", "EXPR_Set", "AU_Set", "Train_Set", "2"),
        ("Third ABAW Annotations", VA, OLD, AU, "Train_Set", "3-5"),
        ("6th ABAW Annotations", VA, NEW, AU, "Train_Set", "6-10"),
        ("annotations", VA, NEW, AU, "Train_Set", "6-10"),
        (".", VA, NEW, AU, "Train_Set", "6-10"),
    ],
)
def test_editions(tmp_path, pack, va, expr, au, train, edition):
    for head, challenge in (("va", va), ("expr", expr), ("au", au)):
        for split in (train, "Validation_Set"):
            annotate(tmp_path / pack / challenge / split / "v1.txt", head)
    layout = find_layout(tmp_path)
    assert layout.edition == edition
    assert set(layout.annotations) == {(t, s) for t in ("va", "expr", "au") for s in ("train", "validation")}
    assert layout.annotations["expr", "train"] == tmp_path / pack / expr / train
    for task in ("va", "expr", "au"):
        assert [trial.name for trial in open_corpus(tmp_path).trials(task, "train")] == ["v1"]
    assert any(f"{expr}/{train}" in line for line in layout.describe())


def test_one_task_alone_leaves_the_edition_open(tmp_path):
    annotate(tmp_path / "9th ABAW Annotations" / "VA_Estimation_Challenge" / "Train_Set" / "v1.txt", "va")
    assert find_layout(tmp_path).edition == "3-10"


def test_of_two_packs_the_newer_counts_and_the_other_is_noted(tmp_path):
    for pack in ("Third ABAW Annotations", "6th ABAW Annotations", "10th ABAW Annotations"):
        annotate(tmp_path / pack / "VA_Estimation_Challenge" / "Train_Set" / "v1.txt", "va")
    layout = find_layout(tmp_path)
    assert "10th" in str(layout.annotations["va", "train"])
    assert [note.split("/")[0] for note in layout.notes] == ["6th ABAW Annotations", "Third ABAW Annotations"]


@pytest.mark.parametrize(
    ("train", "validation"),
    [
        ("training_set_annotations.txt", "validation_set_annotations.txt"),
        ("train_set.txt", "validation_set.txt"),
        ("training_set_annotations.csv", "validation_set_annotations.csv"),
    ],
)
@pytest.mark.parametrize("pack", [".", "Third ABAW Annotations"])
def test_multi_task_files(tmp_path, pack, train, validation):
    for name in (train, validation):
        write(tmp_path / pack / "MTL_Challenge" / name, mtl_text([]))
    layout = find_layout(tmp_path)
    assert layout.edition == "4, 7, 11"
    assert layout.annotations["mtl", "train"] == tmp_path / pack / "MTL_Challenge" / train
    assert layout.annotations["mtl", "validation"] == tmp_path / pack / "MTL_Challenge" / validation


NAMES = "names_of_videos_in_each_test_set"


@pytest.mark.parametrize(
    ("file", "task", "kind"),
    [
        (f"{NAMES}/Valence_Arousal_Estimation_Challenge_test_set_release.txt", "va", "test_names"),
        (f"{NAMES}/Expression_Recognition_Challenge_test_set_release.txt", "expr", "test_names"),
        (f"{NAMES}/Expression_Classification_Challenge_test_set_release.txt", "expr", "test_names"),
        (f"{NAMES}/Action_Unit_Detection_Challenge_test_set_release.txt", "au", "test_names"),
        ("MTL_Challenge/MTL_Challenge_test_set_release.txt", "mtl", "test_names"),
        ("prediction_files_format/CVPR_6th_ABAW_VA_test_set_sample.txt", "va", "samples"),
        ("test_set_examples/CVPR_8th_ABAW_EXPR_test_set_example.txt", "expr", "samples"),
        ("test_set_examples/CVPR_6th_ABAW_Expr_test_set_sample.txt", "expr", "samples"),
        ("test_set_examples/ABAW_Expr_test_set_example.txt", "expr", "samples"),
        ("test_set_examples/CVPR_8th_ABAW_AU_test_set_example.txt", "au", "samples"),
        ("test_set_examples/CVPR_6th_ABAW_CE_test_set_sample.txt", "ce", "samples"),
        ("test_set_examples/MTL.txt", "mtl", "samples"),
        ("6th ABAW Annotations/test_set_examples/CVPR_8th_ABAW_AU_test_set_example.txt", "au", "samples"),
    ],
)
def test_test_lists_and_samples(tmp_path, file, task, kind):
    path = write(tmp_path / file, "v1\n")
    layout = find_layout(tmp_path)
    assert getattr(layout, kind) == {task: path}
    assert {"test_names": layout.samples, "samples": layout.test_names}[kind] == {}
    assert layout.edition == "test lists only"


def test_of_two_samples_the_newer_counts(tmp_path):
    old = write(tmp_path / "test_set_examples/CVPR_6th_ABAW_VA_test_set_sample.txt", "v1/00001.jpg\n")
    new = write(tmp_path / "test_set_examples/CVPR_8th_ABAW_VA_test_set_example.txt", "v1/00001.jpg\n")
    layout = find_layout(tmp_path)
    assert layout.samples == {"va": new}
    assert old.name in layout.notes[0]


def test_no_corpus_is_said_with_what_was_expected(tmp_path):
    with pytest.raises(UserError, match=r"none: no such folder"):
        find_layout(tmp_path / "none")
    with pytest.raises(UserError, match="6th ABAW Annotations/VA_Estimation_Challenge/Train_Set"):
        find_layout(tmp_path)
    write(tmp_path / "notes.txt", "x")
    with pytest.raises(UserError, match="no such folder"):
        find_layout(tmp_path / "notes.txt")


def test_a_missing_split_names_its_place_and_what_there_is(tmp_path):
    make_corpus(tmp_path)
    corpus = open_corpus(tmp_path)
    with pytest.raises(
        UserError, match=r"no train annotations for task mtl; expected MTL_Challenge/training_set.*has: au"
    ):
        corpus.trials("mtl", "train")
    with pytest.raises(UserError, match=r"compound_labels/Train_Set/<clip>\.txt"):
        corpus.trials("ce", "train")
    with pytest.raises(UserError, match="no test list for task va; expected a test list in names_of_videos"):
        corpus.trials("va", "test")
    with pytest.raises(UserError, match=r'unknown split "valid".*"validation"'):
        corpus.trials("va", "valid")
    with pytest.raises(UserError, match=r'unknown task "xpr".*"expr"'):
        corpus.trials("xpr", "train")
