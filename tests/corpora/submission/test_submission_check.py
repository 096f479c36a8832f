"""The first wrong line of a submission is named, with what was expected; good ones pass, whoever wrote them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from submission_examples import ASKED, MTL_ASKED, activations

from benchmark.corpora.lists import ImageRows
from benchmark.corpora.submission.check import Fault, check_submission
from benchmark.corpora.submission.formats import get_format, usual_edition
from benchmark.corpora.submission.write import write_submission
from benchmark.errors import UserError

Lines = list[str]


def good(folder: Path, task: str = "va", asked: ImageRows = ASKED, edition: int | None = None) -> Path:
    edition = edition or usual_edition(task, False)
    return write_submission(task, edition, asked, activations(asked, task), folder / "p.txt").path


def faults(path: Path, task: str = "va", asked: ImageRows = ASKED, edition: int | None = None) -> list[Fault]:
    return check_submission(path, asked, get_format(task, edition or usual_edition(task, path.is_dir())))


def change(path: Path, edit: Callable[[Lines], object]) -> Path:
    lines = path.read_text().splitlines()
    edit(lines)
    path.write_text("\n".join(lines) + "\n")
    return path


def put(line: int, text: str) -> Callable[[Lines], object]:
    return lambda lines: lines.__setitem__(line - 1, text)


@pytest.mark.parametrize("task", ["va", "expr", "au", "ce", "mtl"])
def test_good_files_have_no_fault(tmp_path: Path, task: str) -> None:
    asked = MTL_ASKED if task == "mtl" else ASKED
    path = good(tmp_path, task, asked)
    assert faults(path, task, asked) == []
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n\r\n")
    assert faults(path, task, asked) == []


@pytest.mark.parametrize("row", ["0.5,-.5", "1,-1", "+0.25,1e-3", "-0.0,0.", "0.123456789012,0"])
def test_any_number_format_is_accepted(tmp_path: Path, row: str) -> None:
    assert faults(change(good(tmp_path), put(3, f"video9/00002.jpg,{row}"))) == []


#: name -> (task, edit, line, what).
WRONG: dict[str, tuple[str, Callable[[Lines], object], int, str]] = {
    "the header of the annotations": ("va", put(1, "valence,arousal"), 1, "found the header 'valence,arousal'"),
    "no header": ("va", lambda lines: lines.pop(0), 1, r"found no header but 'video9/00001\.jpg"),
    "a row left out": (
        "va",
        lambda lines: lines.pop(2),
        3,
        r"found 'video9/00003\.jpg', expected video9/00002\.jpg",
    ),
    "the last row left out": (
        "expr",
        lambda lines: lines.pop(),
        5,
        r"the file ends after 4 rows, expected 5: 1-30-640x360_left/00002\.jpg comes next",
    ),
    "a row too many": (
        "expr",
        lambda lines: lines.append("video9/00004.jpg,0"),
        7,
        r"found 'video9/00004\.jpg', expected the end of the file after 5 rows",
    ),
    "a row twice": ("va", lambda lines: lines.insert(2, lines[1]), 3, r"expected video9/00002\.jpg"),
    "counted from zero": ("va", put(2, "video9/00000.jpg,0,0"), 2, r"expected video9/00001\.jpg"),
    "four digits": ("va", put(2, "video9/0001.jpg,0,0"), 2, r"expected video9/00001\.jpg"),
    "no location": ("va", put(4, "0.1,0.2"), 4, r"found '0\.1', expected video9/00003\.jpg"),
    "a blank line": ("va", lambda lines: lines.insert(3, ""), 4, "found ''"),
    "valence beyond 1": ("va", put(3, "video9/00002.jpg,1.01,0"), 3, r"expected valence,arousal in \[-1, 1\]"),
    "the marker": ("va", put(3, "video9/00002.jpg,-5,-5"), 3, r"found '-5,-5', expected valence,arousal"),
    "not a number": ("va", put(3, "video9/00002.jpg,nan,0"), 3, "found 'nan,0'"),
    "one value": ("va", put(3, "video9/00002.jpg,0.5"), 3, "found 1 values in '0.5', expected 2 values"),
    "a trailing comma": ("va", put(3, "video9/00002.jpg,0.5,0.5,"), 3, "found 3 values"),
    "no value": ("expr", put(3, "video9/00002.jpg"), 3, "found '', expected one class number"),
    "an unknown class": ("expr", put(3, "video9/00002.jpg,8"), 3, r"found '8', expected one class number in 0\.\.7"),
    "a class of eight in compound": ("ce", put(3, "video9/00002.jpg,7"), 3, r"class number in 0\.\.6"),
    "a float class": ("expr", put(3, "video9/00002.jpg,3.0"), 3, r"found '3\.0'"),
    "the marker of classes": ("expr", put(3, "video9/00002.jpg,-1"), 3, "found '-1'"),
    "one-hot classes": ("expr", put(3, "video9/00002.jpg,0,0,1,0,0,0,0,0"), 3, "found 8 values"),
    "eleven units": ("au", put(3, "video9/00002.jpg" + ",0" * 11), 3, "found 11 values"),
    "a probability of a unit": ("au", put(3, "video9/00002.jpg,0.7" + ",0" * 11), 3, "twelve times 0 or 1"),
    "fifteen fields": ("mtl", put(3, "1-30-640x360_left/00002.jpg,0,0,0" + ",0" * 11), 3, "found 14 .* expected 15"),
    "a bad class in mtl": ("mtl", put(3, "1-30-640x360_left/00002.jpg,0,0,9" + ",0" * 12), 3, "found '9'"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_the_first_wrong_line_is_named(tmp_path: Path, name: str) -> None:
    task, edit, line, what = WRONG[name]
    asked = MTL_ASKED if task == "mtl" else ASKED
    found = faults(change(good(tmp_path, task, asked), edit), task, asked)
    assert found
    assert found[0].line == line
    assert re.search(what, found[0].what), found[0].what
    assert str(found[0]).startswith(f"{tmp_path / 'p.txt'}:{line}: ")


def test_missing_extra_and_reordered_rows_are_told_apart(tmp_path: Path) -> None:
    def texts(edit: Callable[[Lines], object]) -> str:
        return " | ".join(fault.what for fault in faults(change(good(tmp_path), edit)))

    assert "1 of 5 images are missing, first video9/00002.jpg" in texts(lambda lines: lines.pop(2))
    assert "1 rows are of images not asked for, or twice, the first in line 3" in texts(
        lambda lines: lines.insert(2, lines[1])
    )
    swapped = texts(lambda lines: lines.insert(1, lines.pop()))
    assert "every image, but in another order" in swapped
    assert "missing" not in swapped


def test_an_image_that_is_asked_twice_must_stand_twice(tmp_path: Path) -> None:
    path = change(good(tmp_path, "mtl", MTL_ASKED), lambda lines: lines.pop())
    assert "1 of 4 images are missing, first video9/00007.jpg" in [one.what for one in faults(path, "mtl", MTL_ASKED)]


def test_faults_stand_in_the_order_of_lines(tmp_path: Path) -> None:
    def spoil(lines: Lines) -> None:
        lines[2] = "video9/00002.jpg,2,0"
        lines[3] = "video9/00009.jpg,0,0"

    found = faults(change(good(tmp_path), spoil))
    assert [one.line for one in found] == [3, 4, 0, 0]


def test_many_wrong_values_are_counted(tmp_path: Path) -> None:
    def spoil(lines: Lines) -> None:
        lines[1:] = [line.rpartition(",")[0] + ",7" for line in lines[1:]]

    asked = ImageRows(("v",) * 30, np.arange(1, 31))
    found = faults(change(good(tmp_path, "va", asked), spoil), "va", asked)
    assert len(found) == 11
    assert found[-1].what == "20 more rows hold wrong values"


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"", 0, "is empty"),
        (b"\n\n", 0, "is empty"),
        (b"\xef\xbb\xbfimage_location", 1, "byte-order mark"),
        (b"image_location,valence,arousal\nvideo9/00001.jpg,\xff,0\n", 2, "0xff is not text"),
    ],
)
def test_files_that_are_no_plain_text(tmp_path: Path, data: bytes, line: int, words: str) -> None:
    path = tmp_path / "p.txt"
    path.write_bytes(data)
    (fault,) = faults(path)
    assert fault.line == line
    assert words in fault.what


def test_folders_of_trials(tmp_path: Path) -> None:
    folder = write_submission("va", 3, ASKED, activations(ASKED, "va"), tmp_path / "out").path
    assert faults(folder) == []
    change(folder / "video9.txt", lambda lines: lines.pop())
    (fault,) = faults(folder)
    assert str(fault) == f"{folder / 'video9.txt'}:3: found 2 rows, expected 3"
    (folder / "video9.txt").unlink()
    (folder / "notes.txt").touch()
    assert [str(one).removeprefix(f"{folder}/") for one in faults(folder)] == [
        "video9.txt: is missing, expected a file of 3 rows",
        "notes.txt: is of no test trial",
    ]


def test_the_wrong_form_for_an_edition(tmp_path: Path) -> None:
    path = good(tmp_path)
    with pytest.raises(UserError, match="expected a folder with one file for each trial"):
        check_submission(path, ASKED, get_format("va", 2))
    with pytest.raises(UserError, match="expected one prediction file for va of edition 10"):
        check_submission(tmp_path, ASKED, get_format("va", 10))


@pytest.mark.parametrize("task", ["va", "expr", "au", "mtl"])
def test_any_change_of_one_character_is_found_or_harmless(tmp_path: Path, task: str) -> None:
    """A file that passes has the asked rows in order and values in range, whatever was done to it."""
    asked = MTL_ASKED if task == "mtl" else ASKED
    original = good(tmp_path, task, asked).read_text()
    rng = np.random.default_rng(11)
    alphabet = "0123456789,.-/_ejp\n \t"
    passed = 0
    for _ in range(400):
        at = int(rng.integers(len(original)))
        new = alphabet[rng.integers(len(alphabet))] if rng.random() < 0.7 else ""
        text = original[:at] + new + original[at + int(rng.integers(2)) :]
        path = tmp_path / "p.txt"
        path.write_text(text)
        if faults(path, task, asked):
            continue
        passed += 1
        rows = [line.split(",") for line in text.rstrip("\n").split("\n")[1:]]
        assert [row[0] for row in rows] == [f"{t}/{f:05d}.jpg" for t, f in zip(asked.trials, asked.frames, strict=True)]
        numbers = np.array([[float(field) for field in row[1:]] for row in rows])
        assert numbers.shape == (len(asked.trials), get_format(task, usual_edition(task, False)).fields)
        assert np.abs(numbers[:, :2] if task in ("va", "mtl") else numbers).max() <= {"expr": 7}.get(task, 1)
    assert passed < 300
