"""Streams under damage, and `abaw bench --degrade` as a user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from benchmark.cli import app
from benchmark.corpora.trials import Trial, every_frame
from benchmark.degradations import Degradation, hidden_frames
from benchmark.encoders.base import Encoded
from benchmark.errors import UserError
from benchmark.metrics import VideoStats
from benchmark.records import Record, read_records
from benchmark.running import robustness
from benchmark.running.data import Encoders
from benchmark.running.robustness import degrade, nearest
from benchmark.training.windows import TrialData

FRAMES = 60
KEYS = {"face": "expression_logits", "face_wide": "expression_net", "audio": "logmel_prosody", "text": "lexicon_words",
        "behaviour": "caption_words"}  # fmt: skip
ENCODERS = Encoders(KEYS)


@pytest.fixture
def clean(tmp_path: Path) -> TrialData:
    rng = np.random.default_rng(0)
    times = np.arange(FRAMES) / 10
    trial = Trial("a", "a", "va", "validation", tmp_path, {}, {}, every_frame(FRAMES), tmp_path, None, None, None)
    grids = {"face": times, "face_wide": times, "audio": np.arange(75) * 0.08 + 0.04, "text": np.array([1.0, 3.3]),
             "behaviour": np.array([0.5, 2.5, 4.5])}  # fmt: skip
    streams = {
        name: Encoded(rng.normal(size=(len(grid), 3)).astype(np.float16), grid, rng.random(len(grid)) < 0.9)
        for name, grid in grids.items()
    }
    return TrialData(trial, streams, frozenset({"face", "face_wide"}), times)


def never(_trials: object) -> Any:
    raise AssertionError("streams that lose steps or move must not be encoded again")


def worse(clean: TrialData, kind: str, severity: float) -> TrialData:
    (item,) = degrade([clean], Degradation(kind, severity), ENCODERS, never)
    return item


REACHED = {
    "video_missing": {"face", "face_wide", "behaviour"},
    "audio_missing": {"audio"},
    "text_missing": {"text"},
    "audio_shift": {"audio"},
    "fps": {"face", "face_wide"},
}


@pytest.mark.parametrize(("kind", "severity"), [("video_missing", 0.4), ("audio_missing", 0.4), ("text_missing", 1.0),
                                                ("audio_shift", 0.5), ("fps", 3.0)])  # fmt: skip
def test_only_the_streams_that_a_kind_reaches_change(clean: TrialData, kind: str, severity: float) -> None:
    item = worse(clean, kind, severity)
    for name, stream in item.streams.items():
        assert (stream is clean.streams[name]) == (name not in REACHED[kind])
        assert stream.values is clean.streams[name].values
    assert item.trial.name == clean.trial.name


def test_missing_frames_are_missing_in_every_stream_of_the_picture_at_once(clean: TrialData) -> None:
    item = worse(clean, "video_missing", 0.4)
    hidden = hidden_frames(Degradation("video_missing", 0.4), "a", clean.frame_times)
    assert hidden.sum() == 24
    for name in ("face", "face_wide"):
        np.testing.assert_array_equal(item.streams[name].mask, clean.streams[name].mask & ~hidden)
    captions = item.streams["behaviour"]
    for step, time in enumerate(captions.times):
        frame = int(np.argmin(np.abs(clean.frame_times - time)))
        assert captions.mask[step] == (clean.streams["behaviour"].mask[step] and not hidden[frame])


@pytest.mark.parametrize(("kind", "streams"), [("video_missing", ("face", "behaviour")), ("audio_missing", ("audio",))])
def test_all_missing_leaves_no_step(clean: TrialData, kind: str, streams: tuple[str, ...]) -> None:
    item = worse(clean, kind, 1.0)
    assert not any(item.streams[name].mask.any() for name in streams)


def test_sound_goes_missing_for_the_asked_share_of_the_time(clean: TrialData) -> None:
    lost = clean.streams["audio"].mask & ~worse(clean, "audio_missing", 0.4).streams["audio"].mask
    assert lost.sum() / clean.streams["audio"].mask.sum() == pytest.approx(0.4, abs=0.06)


def test_a_shift_moves_the_sound_and_keeps_its_content(clean: TrialData) -> None:
    item = worse(clean, "audio_shift", 0.5)
    np.testing.assert_allclose(item.streams["audio"].times, clean.streams["audio"].times + 0.5)
    np.testing.assert_array_equal(item.streams["audio"].mask, clean.streams["audio"].mask)


def test_sound_on_the_frame_grid_is_moved_by_frames(clean: TrialData) -> None:
    on_frames = replace(clean, on_frames=clean.on_frames | {"audio"}, streams={"audio": clean.streams["face"]})
    (item,) = degrade([on_frames], Degradation("audio_shift", 0.5), Encoders({"audio": "logmel_prosody"}), never)
    moved, original = item.streams["audio"], clean.streams["face"]
    np.testing.assert_array_equal(moved.times, original.times)
    np.testing.assert_array_equal(moved.values[5:], original.values[:-5])
    np.testing.assert_array_equal(moved.mask[5:], original.mask[:-5])
    assert not moved.mask[:5].any()


def test_pictures_are_encoded_again_only_for_methods_that_see(clean: TrialData) -> None:
    asked: list[Trial] = []

    def encode(trials: Any) -> list[TrialData]:
        asked.extend(trials)
        return [clean]

    blur = Degradation("blur", 2)
    degrade([clean], blur, ENCODERS, encode)
    assert [trial.degradation for trial in asked] == [blur]
    assert degrade([clean], blur, Encoders({"audio": "logmel_prosody"}), never) == [clean]


def test_the_nearest_frame() -> None:
    times = np.array([0.0, 1.0, 3.0])
    asked = np.array([-5.0, 0.4, 0.6, 1.9, 2.1, 9.0])
    assert nearest(times, asked).tolist() == [0, 0, 1, 1, 2, 2]
    assert nearest(times[:1], asked).tolist() == [0] * 6


# --------------------------------------------------------------------------- the command
QUICK = ("--size", "smoke", "--set", "training.max_epochs=1", "--set", "training.batch_size=2")


@pytest.fixture
def bench(affrig_smoke: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `abaw bench maven` in this process, which has torch already."""
    monkeypatch.setenv("ABAW_CACHE", str(affrig_smoke.parent.parent))
    return lambda out, *arguments: CliRunner().invoke(app, ["bench", "maven", "--out", str(out), *QUICK, *arguments])


def by_method(out: Path) -> dict[str, Record]:
    return {record.run.method: record for record in read_records(out / "records")}


def test_a_wrong_kind_stops_before_anything_is_read(bench: Any, tmp_path: Path) -> None:
    result = bench(tmp_path / "runs", "--degrade", "vidio_missing=0.3")
    assert isinstance(result.exception, UserError)
    assert 'Did you mean "video_missing"' in str(result.exception)
    assert not (tmp_path / "runs").exists()


def test_a_finished_run_is_completed_without_training(bench: Any, tmp_path: Path) -> None:
    out = tmp_path / "runs"
    assert bench(out).exit_code == 0
    before = by_method(out)
    first = bench(out, "--degrade", "video_missing=0.5,1", "--degrade", "blur=4")
    assert first.exit_code == 0, first.output
    assert first.output.count("kept ") == 3
    assert "Training" not in first.output
    after = by_method(out)
    for method, record in after.items():
        assert [(one.kind, one.severity) for one in record.robustness] == [
            ("video_missing", 0.5), ("video_missing", 1.0), ("blur", 4.0),
        ]  # fmt: skip
        for one in record.robustness:
            assert VideoStats.from_json(one.videos).score().value == pytest.approx(one.value, abs=1e-12)
        assert record.model_copy(update={"robustness": []}) == before[method]
        assert len(list((out / "records").glob(f"{record.run.id}-*.json"))) == 2
    assert after["maven"].robustness[1].observed["face"] == 0
    assert after["maven"].robustness[0].value != before["maven"].score.value  # type: ignore[union-attr]

    files = sorted((out / "records").iterdir())
    again = bench(out, "--degrade", "blur=4", "--degrade", "video_missing=1")
    assert again.exit_code == 0
    assert sorted((out / "records").iterdir()) == files
    page = (out / "board.html").read_text()
    assert "Robustness: the same weights on worse inputs" in page
    path = next(path for path in files if path.name.startswith("maven") and path.name.endswith("-002.json"))
    assert CliRunner().invoke(app, ["verify", str(path)]).exit_code == 0
    bent = json.loads(path.read_text())
    bent["robustness"][0]["value"] += 0.01
    changed = tmp_path / path.name
    changed.write_text(json.dumps(bent))
    assert CliRunner().invoke(app, ["verify", str(changed)]).exit_code == 1


def test_weights_that_do_not_give_the_clean_score_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(robustness, "_score", lambda *_: SimpleNamespace(value=0.3))
    request = SimpleNamespace(task=SimpleNamespace(key="va"), corpus=SimpleNamespace(trials=lambda *_: ()))
    record = SimpleNamespace(score=SimpleNamespace(value=0.4), run=SimpleNamespace(id="x"))
    restored = SimpleNamespace(request=request, record=record, load=lambda *_: [])
    with pytest.raises(UserError, match=r"scores 0\.300000 on clean inputs, its record says 0\.400000"):
        robustness.score_degraded(cast("Any", restored), [], cast("Any", None))
