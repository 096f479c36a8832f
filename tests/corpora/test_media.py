"""Finding media, frame times and sound: real encoded files, damaged files, and the media's own clock."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_corpus import film, write

from benchmark.corpora.media import AUDIO_RATE, find_media, frame_times, read_audio
from benchmark.errors import UserError

CONSTANT = [k / 30 for k in range(30)]
VARIABLE = np.cumsum(np.random.default_rng(1).choice([1 / 30, 1 / 25, 1 / 15], 30)).tolist()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("media")


def onset(audio) -> float:
    """Seconds from the first video frame to the first loud sample."""
    return audio.start_seconds + float(np.flatnonzero(np.abs(audio.samples) > 0.1)[0]) / AUDIO_RATE


@pytest.mark.parametrize(
    ("file", "trial"),
    [
        ("videos/batch1/5-60.mp4", "5-60"),
        ("videos/batch1/5-60.mp4", "5-60_left"),
        ("videos/batch2/5-60.avi", "5-60_right"),
        ("videos/newvids/5-60.mp4", "5-60"),
        ("videos/5-60.mp4", "5-60"),
        ("5-60.mp4", "5-60"),
    ],
)
def test_media_is_found_by_stem(tmp_path, file, trial):
    path = write(tmp_path / file, "")
    write(tmp_path / "videos/batch1/5-60-1.mp4", "")
    write(tmp_path / "videos/batch1/5-60.txt", "")
    assert find_media(tmp_path, trial) == path
    assert find_media(tmp_path, "5") is None


@pytest.mark.parametrize("trial", ["../secret", "/etc/passwd", "..", "a/b", ""])
def test_media_outside_the_root_is_never_looked_for(tmp_path, trial):
    with pytest.raises(ValueError, match="no plain trial name"):
        find_media(tmp_path, trial)


@pytest.mark.parametrize(
    ("name", "times", "options"),
    [
        ("constant.mp4", CONSTANT, {}),
        ("variable.mp4", VARIABLE, {}),
        ("late.mp4", [0.5 + t for t in CONSTANT], {}),
        ("simple.mp4", VARIABLE, {"b_frames": 0}),
    ],
)
def test_frame_times_are_the_presentation_times(folder, name, times, options):
    found = frame_times(film(folder / name, times, sound_from=None, **options))
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, np.array(times) - times[0], atol=1e-4)


@pytest.mark.parametrize("b_frames", [0, 2])
def test_avi_frame_times_agree_with_decoding(folder, b_frames):
    from benchmark.corpora.media import _decoded_times

    path = film(folder / f"{b_frames}.avi", CONSTANT, codec="mpeg4", b_frames=b_frames)
    decoded = _decoded_times(path)
    np.testing.assert_allclose(frame_times(path), decoded - decoded[0], atol=1e-9)
    assert len(decoded) == len(CONSTANT)


def test_sound_is_16_khz_mono_with_the_amplitude_of_the_tone(folder):
    audio = read_audio(film(folder / "tone.mp4", CONSTANT, channels=(0.5,)))
    assert audio.samples.dtype == np.float32
    assert audio.samples.ndim == 1
    assert len(audio.samples) / AUDIO_RATE == pytest.approx(1.0, abs=0.06)  # the codec pads its last frame
    middle = audio.samples[4000:12_000]
    assert np.abs(middle).max() == pytest.approx(0.5, abs=0.03)
    spectrum = np.abs(np.fft.rfft(middle))
    assert np.fft.rfftfreq(len(middle), 1 / AUDIO_RATE)[spectrum.argmax()] == pytest.approx(440, abs=2)
    assert audio.note == ""


def test_channels_are_averaged(folder):
    loud = read_audio(film(folder / "both.mp4", CONSTANT, channels=(0.6, 0.6)))
    half = read_audio(film(folder / "one.mp4", CONSTANT, channels=(0.6, 0.0)))
    gone = read_audio(film(folder / "none.mp4", CONSTANT, channels=(0.6, -0.6)))
    peaks = [np.abs(audio.samples[4000:12_000]).max() for audio in (loud, half, gone)]
    assert peaks == pytest.approx([0.6, 0.3, 0.0], abs=0.04)


@pytest.mark.parametrize(("late_video", "late_sound"), [(0.0, 0.0), (0.0, 0.4), (0.5, 0.0), (0.5, 0.8)])
def test_sound_is_placed_on_the_clock_of_the_first_video_frame(folder, late_video, late_sound):
    times = [late_video + t for t in CONSTANT]
    path = film(folder / f"{late_video}-{late_sound}.mp4", times, sound_from=late_sound, seconds=1.0)
    assert onset(read_audio(path)) == pytest.approx(late_sound - late_video, abs=0.03)


def test_a_gap_in_the_sound_stays_a_gap(folder):
    audio = read_audio(film(folder / "gap.mp4", CONSTANT, seconds=1.0, gap=(0.5, 0.7)))
    assert len(audio.samples) / AUDIO_RATE == pytest.approx(1.7, abs=0.06)
    silent = audio.samples[round(0.6 * AUDIO_RATE) : round(1.1 * AUDIO_RATE)]
    assert np.abs(silent).max() < 0.05
    assert np.abs(audio.samples[round(1.3 * AUDIO_RATE) : round(1.6 * AUDIO_RATE)]).max() > 0.4


def test_a_video_without_sound_has_none(folder):
    assert read_audio(film(folder / "mute.mp4", CONSTANT, sound_from=None)) is None


def test_a_truncated_file_gives_what_is_left_and_says_so(folder, tmp_path):
    data = film(folder / "long.mp4", [k / 30 for k in range(90)], faststart=True).read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: len(data) // 2])
    assert 10 < len(frame_times(path)) < 80
    audio = read_audio(path)
    assert 0.5 < len(audio.samples) / AUDIO_RATE < 2.5
    assert "sound ends after" in audio.note
    assert "of 3.0" in audio.note


@pytest.mark.parametrize("content", [b"", b"not a video at all", b"\x00" * 4096])
def test_what_is_no_video_is_refused(tmp_path, content):
    path = tmp_path / "broken.mp4"
    path.write_bytes(content)
    for read in (frame_times, read_audio):
        with pytest.raises(UserError, match=r"broken\.mp4: cannot be opened as a video"):
            read(path)


def test_a_file_whose_index_was_cut_off_is_refused(folder, tmp_path):
    data = film(folder / "index.mp4", CONSTANT).read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(UserError, match="cannot be opened as a video"):
        frame_times(path)


def test_missing_files_and_sound_alone(tmp_path):
    with pytest.raises(UserError, match=r"none\.mp4: cannot be opened"):
        frame_times(tmp_path / "none.mp4")
    path = film(tmp_path / "sound.mp4", [], seconds=1.0)
    with pytest.raises(UserError, match="has no video stream"):
        frame_times(path)
    audio = read_audio(path)
    assert (len(audio.samples) / AUDIO_RATE, audio.start_seconds) == (pytest.approx(1.0, abs=0.06), 0.0)


@pytest.mark.parametrize("kind", ["concat", "hls", "remote"])
def test_a_playlist_that_poses_as_a_video_is_refused(tmp_path, kind):
    """FFmpeg would follow it to any file of the machine, or to the network."""
    film(tmp_path / "other.ts", CONSTANT, sound_from=None)
    head = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\n"
    text = {
        "concat": "ffconcat version 1.0\nfile other.ts\n",
        "hls": f"{head}other.ts\n#EXT-X-ENDLIST\n",
        "remote": f"{head}http://localhost:9/other.ts\n#EXT-X-ENDLIST\n",
    }[kind]
    path = write(tmp_path / "trap.mp4", text)
    for read in (frame_times, read_audio):
        with pytest.raises(UserError, match=r"trap\.mp4: cannot be opened as a video"):
            read(path)


def test_damaged_bytes_never_end_in_anything_but_an_answer_or_a_user_error(folder, tmp_path):
    rng = np.random.default_rng(0)
    originals = [
        film(folder / "damage.mp4", CONSTANT, faststart=True).read_bytes(),
        film(folder / "damage.avi", CONSTANT, codec="mpeg4").read_bytes(),
    ]
    refused = damaged = 0
    for case in range(80):
        data = bytearray(originals[case % 2])
        for _ in range((1, 10, 200)[case % 3]):
            data[rng.integers(len(data))] = rng.integers(256)
        path = Path(tmp_path / f"damage{case % 2}.{'avi' if case % 2 else 'mp4'}")
        path.write_bytes(data)
        try:
            times = frame_times(path)
            assert np.isfinite(times).all()
            assert (np.diff(times) >= 0).all()
            audio = read_audio(path)
        except UserError:
            refused += 1
            continue
        assert audio is None or (np.isfinite(audio.samples).all() and np.abs(audio.samples).max(initial=0) <= 1)
        damaged += audio is not None and bool(audio.note)
    assert refused > 0
    assert damaged > 0
