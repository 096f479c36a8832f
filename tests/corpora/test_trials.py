"""One trial: crops by row, times from the media's clock, and what is noted when they disagree with the rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_corpus import crop, film, write

from benchmark.corpora import trials
from benchmark.corpora.trials import Trial, every_frame, times_of_frames

UNEVEN = [0, 0.04, 0.1, 0.14, 0.2, 0.24]


def trial(root: Path, frames, task: str = "va", media: Path | None = None, notes=()) -> Trial:
    return Trial(
        name="v_left",
        base_video="v",
        task=task,
        split="train",
        root=root,
        labels={},
        valid={},
        frames=np.asarray(frames, dtype=np.int64),
        crop_dir=root / "cropped_aligned" / "v_left",
        media=media,
        transcript=None,
        captions=None,
        reader_notes=notes,
    )


def test_rows_are_named_by_their_number(tmp_path):
    one = trial(tmp_path, every_frame(12))
    assert one.n_frames == 12
    assert one.crop_path(1) == tmp_path / "cropped_aligned" / "v_left" / "00001.jpg"
    assert one.crop_path(12).name == "00012.jpg"
    for row in (0, 13, -1):
        with pytest.raises(IndexError, match=r"rows 1\.\.12"):
            one.crop_path(row)


def test_missing_crops_stay_in_the_time_line(tmp_path):
    one = trial(tmp_path, every_frame(6))
    assert one.crops_present().tolist() == [False] * 6
    crop(one.crop_dir, [1, 2, 5, 7])
    for stray in ("00003.png", "3.jpg", "00004.jpg.tmp", "x.jpg", "000004.jpg", "00000.jpg", "Thumbs.db"):
        write(one.crop_dir / stray, "")
    assert one.crops_present().tolist() == [True, True, False, False, True, False]


def test_listed_images_keep_their_own_numbers(tmp_path):
    one = trial(tmp_path, [2, 5, 5, 9], task="mtl")
    crop(one.crop_dir, [5, 9])
    assert one.crops_present().tolist() == [False, True, True, True]
    assert [one.crop_path(row).name for row in (1, 2, 3, 4)] == ["00002.jpg", "00005.jpg", "00005.jpg", "00009.jpg"]
    np.testing.assert_allclose(one.frame_times(), np.array([1, 4, 4, 8]) / 30)


@pytest.mark.parametrize(
    ("rows", "expected", "note"),
    [
        (6, UNEVEN, None),
        (7, [*UNEVEN, 0.28], "rows - video frames = +1"),
        (8, [*UNEVEN, 0.28, 0.32], "rows - video frames = +2"),
        (5, UNEVEN[:5], "rows - video frames = -1"),
        (9, [*UNEVEN, 0.28, 0.32, 0.36], "warning: 9 rows but 6 video frames in v.mp4"),
        (3, UNEVEN[:3], "warning: 3 rows but 6 video frames in v.mp4"),
    ],
)
def test_rows_and_video_frames_that_disagree(tmp_path, rows, expected, note):
    """Median step of these times is 0.04 s."""
    one = trial(tmp_path, every_frame(rows), media=film(tmp_path / "v.mp4", UNEVEN, sound_from=None))
    np.testing.assert_allclose(one.frame_times(), expected, atol=1e-4)
    assert one.frame_times().dtype == np.float64
    assert [text.split(";")[0] for text in one.notes] == ([note] if note else [])


def test_listed_images_need_not_reach_the_end_of_the_video(tmp_path):
    media = film(tmp_path / "v.mp4", UNEVEN, sound_from=None)
    few = trial(tmp_path, [1, 3], task="mtl", media=media)
    np.testing.assert_allclose(few.frame_times(), [0, 0.1], atol=1e-4)
    assert few.notes == ()
    beyond = trial(tmp_path, [1, 12], task="mtl", media=media)
    assert beyond.notes[0].startswith("warning: 12 rows but 6 video frames")


def test_no_media_and_broken_media_fall_back_to_the_nominal_rate_and_say_so(tmp_path):
    none = trial(tmp_path, every_frame(4), notes=("from the reader",))
    np.testing.assert_allclose(none.frame_times(), np.arange(4) / 30)
    assert none.notes == ("from the reader", "no media: frame times assume 30 frames/s")
    broken = trial(tmp_path, every_frame(4), media=write(tmp_path / "v.mp4", "nonsense"))
    np.testing.assert_allclose(broken.frame_times(), np.arange(4) / 30)
    assert broken.notes[0].startswith("warning: ")
    assert "v.mp4: cannot be opened as a video" in broken.notes[0]


def test_a_video_of_one_frame(tmp_path):
    one = trial(tmp_path, every_frame(2), media=film(tmp_path / "v.mp4", [0.0], sound_from=None))
    np.testing.assert_allclose(one.frame_times(), [0, 1 / 30])


def test_time_stamps_are_read_once_and_cannot_be_changed(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(trials, "frame_times", lambda path: calls.append(path) or np.arange(3) / 10)
    one = trial(tmp_path, every_frame(3), media=tmp_path / "v.mp4")
    assert one.frame_times() is one.frame_times()
    assert one.notes == ()
    assert len(calls) == 1
    with pytest.raises(ValueError, match="read-only"):
        one.frame_times()[0] = 1


@given(st.integers(1, 40), st.lists(st.floats(0.001, 0.2), min_size=1, max_size=40))
def test_times_always_ascend_and_match_the_rows(rows, steps):
    shown = np.concatenate([[0.0], np.cumsum(steps)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trials, "frame_times", lambda path: shown)
        times, note = times_of_frames(Path("v.mp4"), every_frame(rows), dense=True)
    assert times.shape == (rows,)
    assert (np.diff(times) > 0).all()
    common = min(rows, len(shown))
    np.testing.assert_array_equal(times[:common], shown[:common])
    assert note.startswith("warning") == (abs(rows - len(shown)) > 2)
    assert (note == "") == (rows == len(shown))
