"""Corpora as a whole: trials of every task and split, places, identity."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from tiny_corpus import AU_ROW, NO_AU, ROWS, annotate, crop, film, make_corpus, mtl_text, write

from benchmark.corpora.reader import open_corpus, open_named
from benchmark.errors import UserError


@pytest.fixture
def corpus(tmp_path):
    return open_corpus(make_corpus(tmp_path / "real"))


def test_trials_are_sorted_and_complete(corpus):
    train = corpus.trials("va", "train")
    assert [one.name for one in train] == ["1-30-640x360", "video7_left"]
    left = train[1]
    assert (left.base_video, left.task, left.split, left.root) == ("video7", "va", "train", corpus.root)
    assert left.media == corpus.root / "videos" / "batch2" / "video7.mp4"
    assert left.labels.keys() == left.valid.keys() == {"va"}
    assert left.labels["va"].tolist() == [[0.25, -0.5], [-5, -5], [1, -1], [0.125, 0.0625]]
    assert left.crops_present().tolist() == [True, True, False, True]
    assert left.frame_times() == pytest.approx([0, 0.1, 0.2, 0.3], abs=1e-4)
    assert left.notes == ("rows - video frames = +1",)
    assert train[0].media is None
    assert train[0].transcript is None
    assert train[0].captions is None


@pytest.mark.parametrize("task", ["expr", "au"])
def test_every_head_is_read(corpus, task):
    (one,) = corpus.trials(task, "validation")
    assert one.name == "video7_right"
    assert one.valid[task].tolist() == [not row.startswith("-1") for row in ROWS[task]]
    assert not one.crops_present().any()
    assert one.crop_dir == corpus.root / "cropped_aligned" / "video7_right"


def test_texts_are_found_by_video_and_by_trial(corpus):
    words = write(corpus.root / "transcripts" / "video7.json", "{}")
    captions = write(corpus.root / "captions" / "video7_left.json", "{}")
    left, (right,) = corpus.trials("va", "train")[1], corpus.trials("va", "validation")
    assert (left.transcript, left.captions) == (words, captions)
    assert (right.transcript, right.captions) == (words, None)


def test_mtl_rows_are_grouped_by_video_with_duplicates_and_independent_markers(tmp_path):
    rows = [
        ("b/00007.jpg", "0.5,0.5", "-1", AU_ROW),
        ("a_left/00003.jpg", "-5,-5", "2", NO_AU),
        ("b/00002.jpg", "0.25,-0.25", "4", NO_AU),
        ("b/00007.jpg", "0.5,0.5", "-1", AU_ROW),
    ]
    write(tmp_path / "MTL_Challenge" / "training_set_annotations.txt", mtl_text(rows))
    crop(tmp_path / "cropped_aligned" / "b", [7])
    a, b = open_corpus(tmp_path).trials("mtl", "train")
    assert (a.name, a.base_video, a.frames.tolist()) == ("a_left", "a", [3])
    assert b.frames.tolist() == [2, 7, 7]
    assert b.labels["va"].tolist() == [[0.25, -0.25], [0.5, 0.5], [0.5, 0.5]]
    assert {key: value.tolist() for key, value in b.valid.items()} == {
        "va": [True, True, True],
        "expr": [True, False, False],
        "au": [False, True, True],
    }
    assert b.crops_present().tolist() == [False, True, True]


def test_compound_labels_lie_beside_the_clips(tmp_path):
    annotate(tmp_path / "compound_labels" / "Train_Set" / "01.txt", "ce")
    crop(tmp_path / "C-EXPR-DB" / "cropped_aligned" / "01", [1])
    clip = film(tmp_path / "C-EXPR-DB" / "videos" / "01.mp4", [0, 0.1, 0.2, 0.3], sound_from=None)
    film(tmp_path / "videos" / "batch1" / "01.mp4", [0, 0.5], sound_from=None)
    (one,) = open_corpus(tmp_path).trials("ce", "train")
    assert one.labels["ce"].tolist() == [6, -1, 0, 2]
    assert one.media == clip
    assert one.crops_present().tolist() == [True, False, False, False]


def sample(rows) -> str:
    return "image_location,valence,arousal\n" + "".join(f"{name}/{number:05d}.jpg,0,0\n" for name, number in rows)


NAMES = "names_of_videos_in_each_test_set/Valence_Arousal_Estimation_Challenge_test_set_release.txt"
SAMPLE = "test_set_examples/CVPR_8th_ABAW_VA_test_set_example.txt"


def test_the_sample_file_defines_the_rows_of_the_test_split(tmp_path):
    write(tmp_path / NAMES, "v9\nv1_left\n")
    write(tmp_path / SAMPLE, sample([("v9", 1), ("v9", 2), ("v1_left", 1), ("v1_left", 3), ("v1_left", 2)]))
    one, nine = open_corpus(tmp_path).trials("va", "test")
    assert (one.name, one.n_frames, nine.name, nine.n_frames) == ("v1_left", 3, "v9", 2)
    assert one.labels == one.valid == {}
    assert one.split == "test"


def test_without_a_sample_the_media_or_the_crops_count_and_it_is_noted(tmp_path):
    write(tmp_path / NAMES, "v9\nv1\n")
    film(tmp_path / "videos" / "v1.mp4", [0, 0.1, 0.2], sound_from=None)
    crop(tmp_path / "cropped_aligned" / "v9", [1, 5])
    one, nine = open_corpus(tmp_path).trials("va", "test")
    assert (one.n_frames, nine.n_frames) == (3, 5)
    assert "rows = video frames" in one.notes[0]
    assert "rows = last crop" in nine.notes[0]
    write(tmp_path / NAMES, "v9\nunknown\n")
    with pytest.raises(UserError, match="test trial unknown has no row in the official sample"):
        open_corpus(tmp_path).trials("va", "test")


@pytest.mark.parametrize("numbers", [[1, 3], [2, 3], [1, 1, 2]])
def test_a_sample_must_number_all_frames_once(tmp_path, numbers):
    write(tmp_path / SAMPLE, sample([("v9", number) for number in numbers]))
    with pytest.raises(UserError, match=r"trial v9 has no frame 0000[12] or has it twice"):
        open_corpus(tmp_path).trials("va", "test")


def test_the_mtl_test_list_has_a_header_and_lists_only_some_images(tmp_path):
    write(tmp_path / "MTL_Challenge" / "MTL_Challenge_test_set_release.txt", "image\nv/00004.jpg,\nv/00002.jpg,\n")
    (one,) = open_corpus(tmp_path).trials("mtl", "test")
    assert one.frames.tolist() == [2, 4]


def test_test_crops_may_lie_apart(tmp_path):
    write(tmp_path / SAMPLE, sample([("v9", 1), ("v8", 1), ("v7", 1)]))
    crop(tmp_path / "test_data" / "cropped_aligned" / "v9", [1])
    crop(tmp_path / "cropped_aligned" / "batch2" / "v8", [1])
    found = {one.name: bool(one.crops_present()[0]) for one in open_corpus(tmp_path).trials("va", "test")}
    assert found == {"v7": False, "v8": True, "v9": True}


def test_one_bad_row_names_file_and_line(corpus):
    path = corpus.layout.annotations["va", "train"] / "video7_left.txt"
    path.write_text(path.read_text().replace("1,-1", "nan,-1"))
    with pytest.raises(UserError, match=r"video7_left\.txt:4: found 'nan,-1', expected valence,arousal"):
        corpus.trials("va", "train")


def test_hidden_and_foreign_files_are_no_trials_and_an_empty_folder_is_said(corpus):
    folder = corpus.layout.annotations["va", "train"]
    write(folder / "._video7_left.txt", "x")
    write(folder / "readme.md", "x")
    assert len(corpus.trials("va", "train")) == 2
    for path in folder.glob("[!.]*.txt"):
        path.unlink()
    with pytest.raises(UserError, match="Train_Set: holds no annotation file"):
        corpus.trials("va", "train")


def test_the_fingerprint_of_a_real_corpus_follows_files_and_crops_but_not_the_place(tmp_path):
    first = open_corpus(make_corpus(tmp_path / "a"))
    second = open_corpus(make_corpus(tmp_path / "b"))
    assert first.fingerprint == second.fingerprint
    crop(tmp_path / "b" / "cropped_aligned" / "video7_left", [3])
    more_crops = open_corpus(tmp_path / "b").fingerprint
    annotate(tmp_path / "b/6th ABAW Annotations/VA_Estimation_Challenge/Train_Set/video7_left.txt", "va", ["0,0"])
    assert len({first.fingerprint, more_crops, open_corpus(tmp_path / "b").fingerprint}) == 3
    assert (first.name, first.synthetic, first.size) == ("a", False, None)


def test_the_sidecar_marks_a_synthetic_corpus(tmp_path):
    make_corpus(tmp_path)
    write(tmp_path / "affrig.json", json.dumps({"size": "smoke", "fingerprint": "abc", "seed": 0}))
    corpus = open_corpus(tmp_path)
    assert (corpus.name, corpus.synthetic, corpus.size, corpus.fingerprint) == ("affrig", True, "smoke", "abc")


@pytest.mark.parametrize("text", ["", "[]", '{"size": "smoke"}', '{"size": 3, "fingerprint": "a"}', "\x00"])
def test_a_damaged_sidecar_is_refused(tmp_path, text):
    make_corpus(tmp_path)
    write(tmp_path / "affrig.json", text)
    with pytest.raises(UserError, match=r"affrig\.json: .*delete .* and run the command again"):
        open_corpus(tmp_path)


def test_a_path_is_opened_by_name(tmp_path, monkeypatch):
    make_corpus(tmp_path / "mine")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert open_named("~/mine", "small").root == tmp_path / "mine"
    with pytest.raises(UserError, match="no such folder"):
        open_named(str(tmp_path / "none"), "small")


def test_reading_labels_needs_neither_torch_nor_a_decoder(corpus):
    code = (
        "import sys; from pathlib import Path; from benchmark.corpora.reader import open_corpus;"
        f"trials = open_corpus(Path({str(corpus.root)!r})).trials('au', 'train');"
        "print(len(trials), sorted({'torch', 'av', 'transformers', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", "[]"]


def test_labels_are_the_same_arrays_for_every_reading(corpus):
    first, second = corpus.trials("au", "train"), corpus.trials("au", "train")
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a.labels["au"], b.labels["au"])
