"""Test lists, sample files and the multi-task annotation file."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_corpus import AU_ROW, NO_AU, mtl_text, write

from benchmark.corpora.lists import read_images, read_names
from benchmark.corpora.mtl import read_mtl
from benchmark.corpora.names import is_plain_name, parse_image
from benchmark.errors import UserError


@pytest.mark.parametrize("name", ["1-30-640x360", "video7_left", "01", "video45_1", "é", "a b"])
def test_plain_names(name):
    assert is_plain_name(name)
    assert parse_image(f"{name}/00012.jpg") == (name, 12)


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "/etc", "a\\b", "a\0", "a\nb", ".hidden", "C:"])
def test_names_that_could_leave_their_folder(name):
    assert not is_plain_name(name)
    assert parse_image(f"{name}/00012.jpg") is None


@pytest.mark.parametrize(
    "location", ["v/00000.jpg", "v/1.jpg", "v/00001.png", "v/00001", "00001.jpg", "v/-0001.jpg", "v/0000１.jpg", "v/"]
)
def test_image_locations_that_are_none(location):
    assert parse_image(location) is None


def test_a_list_of_names_in_file_order(tmp_path):
    path = write(tmp_path / "list.txt", "video9\r\n 5-60-1920x1080_left \n01\n\n")
    assert read_names(path) == ("video9", "5-60-1920x1080_left", "01")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\n../../etc/passwd\n", r"list\.txt:2: found '\.\./\.\./etc/passwd', expected the name of a trial"),
        ("a\nb\na\n", r"list\.txt:3: trial a stands already in line 1"),
        ("a\n\nb\n", r"list\.txt:2: found ''"),
        ("\n", "is empty"),
    ],
)
def test_bad_lists_of_names(tmp_path, text, message):
    with pytest.raises(UserError, match=message):
        read_names(write(tmp_path / "list.txt", text))


@pytest.mark.parametrize(
    "text",
    [
        "image_location,valence,arousal\nb/00002.jpg,0.5,-0.5\na/00001.jpg,0,0\nb/00001.jpg,,\n",
        "image\nb/00002.jpg,\na/00001.jpg, \n b/00001.jpg,\n",
        "b/00002.jpg\na/00001.jpg\nb/00001.jpg",
    ],
)
def test_samples_and_image_lists_with_and_without_header_or_trailing_comma(tmp_path, text):
    images = read_images(write(tmp_path / "sample.txt", text))
    assert images.trials == ("b", "a", "b")
    assert images.frames.tolist() == [2, 1, 1]
    assert {k: v.tolist() for k, v in images.by_trial().items()} == {"a": [1], "b": [2, 0]}


def test_a_video_that_is_called_image_is_no_header(tmp_path):
    assert read_images(write(tmp_path / "l.txt", "image7/00001.jpg,\nimage7/00002.jpg,\n")).frames.tolist() == [1, 2]


def test_duplicates_stay_in_file_order(tmp_path):
    images = read_images(write(tmp_path / "l.txt", "a/00002.jpg\na/00001.jpg\na/00002.jpg\na/00001.jpg\n"))
    assert images.by_trial()["a"].tolist() == [1, 3, 0, 2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image\n../a/00001.jpg\n", r":2: found '\.\./a/00001\.jpg', expected an image location"),
        ("image\na/00001.jpg\na/00000.jpg\n", r":3: found 'a/00000\.jpg'.*numbers start at 00001"),
        ("image\na/00001.jpg\n/00001.jpg\n", ":3: found '/00001"),
        ("image\na/00001.jpg\n\na/00002.jpg\n", ":3: found ''"),
        ("valence\na/00001.jpg\n", ":1: found 'valence'"),
        ("image\n", "a header and no row"),
        ("", "is empty"),
    ],
)
def test_bad_image_lists(tmp_path, text, message):
    with pytest.raises(UserError, match=message):
        read_images(write(tmp_path / "l.txt", text))


MTL_ROWS = [
    ("video7/00003.jpg", "0.123456789012,-0.5", "4", AU_ROW),
    ("a_left/00001.jpg", "-5,-5", "-1", AU_ROW),
    ("video7/00001.jpg", "0.5,0.25", "-1", NO_AU),
    ("video7/00003.jpg", "0.123456789012,-0.5", "4", AU_ROW),
]


def test_mtl_golden_with_independent_markers_and_duplicates(tmp_path):
    table = read_mtl(write(tmp_path / "m.txt", mtl_text(MTL_ROWS)))
    assert table.images.trials == ("video7", "a_left", "video7", "video7")
    assert table.images.frames.tolist() == [3, 1, 1, 3]
    assert table.heads["va"].valid.tolist() == [True, False, True, True]
    assert table.heads["expr"].valid.tolist() == [True, False, False, True]
    assert table.heads["au"].valid.tolist() == [True, True, False, True]
    assert table.heads["va"].labels[0].tolist() == [np.float32(0.123456789012), -0.5]
    assert table.heads["expr"].labels.tolist() == [4, -1, -1, 4]
    assert table.heads["au"].labels.shape == (4, 12)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("v/00001.jpg", "0.5,0.25", "4"), "found 4 fields"),
        (("v/00001.jpg", "0.5", "4", AU_ROW), "found 15 fields"),
        (("v/00001.jpg", "0.5,0.25", "4", AU_ROW, ""), "found 17 fields"),
        (("v/00001.jpg", "nan,0.25", "4", AU_ROW), "found 'nan,0.25', expected valence,arousal"),
        (("v/00001.jpg", "0.5,0.25", "8", AU_ROW), "found '8', expected one class"),
        (("v/00001.jpg", "0.5,0.25", "4", "-1" + AU_ROW[1:]), "expected 12 values"),
        (("../v/00001.jpg", "0.5,0.25", "4", AU_ROW), "expected an image location"),
        (("",), "found 1 fields"),
    ],
)
def test_bad_mtl_rows_name_their_line(tmp_path, row, message):
    with pytest.raises(UserError) as caught:
        read_mtl(write(tmp_path / "m.txt", mtl_text([MTL_ROWS[0], row, MTL_ROWS[1]])))
    assert f"m.txt:3: {message}" in str(caught.value) or (
        "m.txt:3: " in str(caught.value) and message in str(caught.value)
    )


@pytest.mark.parametrize(
    "text", ["", "image,valence,arousal,expression,aus\n", "image,valence\n", "v/00001.jpg,0,0,0\n"]
)
def test_mtl_files_without_header_or_rows(tmp_path, text):
    with pytest.raises(UserError, match=r"m\.txt"):
        read_mtl(write(tmp_path / "m.txt", text))
