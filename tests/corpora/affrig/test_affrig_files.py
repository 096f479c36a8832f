"""What lies on disk: the layout of Aff-Wild2 to the letter, and media whose times and sound are as planned."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
import simplejpeg

from benchmark.corpora.affrig.clock import TICKS
from benchmark.corpora.affrig.plan import Plan, Trial, Unit, make_plan
from benchmark.corpora.affrig.simulate import simulate
from benchmark.corpora.reader import open_corpus
from benchmark.tasks import ACTION_UNITS, EXPRESSIONS

PACK = "6th ABAW Annotations"
HEADERS = {
    "va": ("VA_Estimation_Challenge", "valence,arousal", 2),
    "expr": ("EXPR_Recognition_Challenge", "Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise,Other", 1),
    "au": ("AU_Detection_Challenge", "AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU15,AU23,AU24,AU25,AU26", 12),
}
FOLDERS = {"train": "Train_Set", "validation": "Validation_Set"}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan("smoke")


def lines(path: Path) -> list[str]:
    text = path.read_text()
    assert text.endswith("\n")
    assert "\r" not in text
    return text.splitlines()


def trial_of(plan: Plan, name: str) -> Trial:
    return next(trial for trial in plan.trials if trial.name == name)


@pytest.mark.parametrize("task", list(HEADERS))
@pytest.mark.parametrize("split", list(FOLDERS))
def test_annotation_files(affrig_smoke: Path, plan: Plan, task: str, split: str) -> None:
    challenge, header, fields = HEADERS[task]
    folder = affrig_smoke / PACK / challenge / FOLDERS[split]
    trials = plan.split(task, split)  # type: ignore[arg-type]
    assert sorted(path.stem for path in folder.iterdir()) == [trial.name for trial in trials]
    for trial in trials:
        found = lines(folder / f"{trial.name}.txt")
        assert found[0] == header
        assert len(found) == trial.rows + 1
        assert {row.count(",") + 1 for row in found[1:]} == {fields}


def test_nothing_else_lies_in_the_corpus(affrig_smoke: Path) -> None:
    assert {path.name for path in affrig_smoke.iterdir()} == {
        PACK, "MTL_Challenge", "videos", "cropped_aligned", "C-EXPR-DB", "compound_labels", "transcripts", "captions",
        "names_of_videos_in_each_test_set", "test_set_examples", "test_labels", "identities.json", "expr_noise.json",
        "affrig.json",
    }  # fmt: skip
    assert not [path for path in affrig_smoke.rglob("*") if path.name.startswith(".") or path.suffix == ".tmp"]


def test_crops_are_112_pixels_and_missing_only_where_there_is_a_gap(affrig_smoke: Path, plan: Plan) -> None:
    for unit in plan.units:
        for trial in unit.trials:
            folder = affrig_smoke / ("cropped_aligned" if unit.batch else "C-EXPR-DB") / trial.name
            numbers = sorted(int(path.stem) for path in folder.iterdir())
            assert {path.name for path in folder.iterdir()} == {f"{number:05d}.jpg" for number in numbers}
            assert numbers[0] >= 1
            assert numbers[-1] <= max(trial.rows, unit.frames)
            if not trial.gaps:
                assert numbers[: unit.frames] == list(range(1, unit.frames + 1))
            picture = simplejpeg.decode_jpeg((folder / f"{numbers[0]:05d}.jpg").read_bytes(), colorspace="RGB")
            assert picture.shape == (112, 112, 3)
            assert picture.std() > 15


def test_mtl_rows(affrig_smoke: Path, plan: Plan) -> None:
    for split, name in (("train", "training"), ("validation", "validation")):
        found = lines(affrig_smoke / "MTL_Challenge" / f"{name}_set_annotations.txt")
        assert found[0] == "image,valence,arousal,expression,aus"
        rows = [line.split(",") for line in found[1:]]
        assert {len(row) for row in rows} == {16}
        images = [row[0] for row in rows]
        assert len(set(images)) < len(images)  # some are listed twice
        names = {trial.name for trial in plan.split("mtl", split)}  # type: ignore[arg-type]
        for row in rows:
            trial, _, image = row[0].partition("/")
            assert trial in names
            assert (affrig_smoke / "cropped_aligned" / trial / image).is_file()
            valence, arousal = float(row[1]), float(row[2])
            assert (valence == -5 and arousal == -5) or (abs(valence) <= 1 and abs(arousal) <= 1)
            assert int(row[3]) in range(-1, 8)
            assert set(row[4:]) <= {"0", "1"} or set(row[4:]) == {"-1"}
    everything = (affrig_smoke / "MTL_Challenge" / "training_set_annotations.txt").read_text()
    assert ",-5.0,-5.0," in everything or ",-1,-1," in everything


def test_mtl_labels_are_those_of_the_task_files(affrig_smoke: Path) -> None:
    corpus = open_corpus(affrig_smoke)
    expected = {(t.name, task): t for task in ("va", "expr", "au") for t in corpus.trials(task, "train")}
    checked = 0
    for trial in corpus.trials("mtl", "train"):
        for head in ("va", "expr", "au"):
            if (trial.name, head) not in expected:
                continue
            whole, valid = expected[trial.name, head].labels[head], trial.valid[head]
            rows = trial.frames[valid] - 1
            np.testing.assert_allclose(trial.labels[head][valid], whole[rows], atol=1e-6)
            checked += len(rows)
    assert checked > 50


def test_compound_labels(affrig_smoke: Path, plan: Plan) -> None:
    for split, folder in FOLDERS.items():
        for trial in plan.split("ce", split):  # type: ignore[arg-type]
            found = lines(affrig_smoke / "compound_labels" / folder / f"{trial.name}.txt")
            assert found[0].split(",")[0] == "Fearfully_Surprised"
            assert found[0].count(",") == 6
            assert len(found) == trial.rows + 1
            assert {int(row) for row in found[1:]} <= {-1, trial.compound}
            assert str(trial.compound) in found[1:]


@pytest.mark.parametrize(
    ("task", "title", "short", "columns"),
    [
        ("va", "Valence_Arousal_Estimation", "VA", ("valence", "arousal")),
        ("expr", "Expression_Recognition", "Expr", EXPRESSIONS),
        ("au", "Action_Unit_Detection", "AU", ACTION_UNITS),
    ],
)
def test_test_release(
    affrig_smoke: Path, plan: Plan, task: str, title: str, short: str, columns: tuple[str, ...]
) -> None:
    trials = plan.split(task, "test")
    names = lines(affrig_smoke / "names_of_videos_in_each_test_set" / f"{title}_Challenge_test_set_release.txt")
    assert names == [trial.name for trial in trials]
    sample = lines(affrig_smoke / "test_set_examples" / f"CVPR_6th_ABAW_{short}_test_set_example.txt")
    assert sample[0] == ",".join(("image_location", *columns))
    assert sample[1:] == [f"{t.name}/{i:05d}.jpg," for t in trials for i in range(1, t.rows + 1)]
    hidden = affrig_smoke / "test_labels" / HEADERS[task][0]
    for trial in trials:
        assert len(lines(hidden / f"{trial.name}.txt")) == trial.rows + 1
        assert not list((affrig_smoke / PACK).rglob(f"*{HEADERS[task][0]}*/*/{trial.name}.txt"))


def test_noise_sidecar_names_exactly_the_wrong_rows_of_training(affrig_smoke: Path, plan: Plan) -> None:
    noise = json.loads((affrig_smoke / "expr_noise.json").read_text())
    assert noise["rate"] == 0.12
    people = {key: plan.people[key] for key in plan.people}
    assert set(noise["trials"]) == {trial.name for trial in plan.split("expr", "train")}
    assert people
    for unit in plan.units:
        for performance in simulate(plan, unit).people:
            trial = performance.trial
            if trial is None or trial.name not in noise["trials"] or performance.labels is None:
                continue
            folder = affrig_smoke / PACK / "EXPR_Recognition_Challenge" / "Train_Set"
            written = [int(row) for row in lines(folder / f"{trial.name}.txt")[1:]]
            true = performance.labels.expression.tolist()
            wrong = noise["trials"][trial.name]
            assert [i + 1 for i, pair in enumerate(zip(written, true, strict=True)) if pair[0] != pair[1]] == wrong[
                "rows"
            ]
            assert [true[row - 1] for row in wrong["rows"]] == wrong["true"]


def test_identities_name_everyone_annotated(affrig_smoke: Path, plan: Plan) -> None:
    found = json.loads((affrig_smoke / "identities.json").read_text())
    assert found["trials"] == {trial.name: trial.person for trial in plan.trials}
    assert set(found["identities"]) == {trial.person for trial in plan.trials}
    for attributes in found["identities"].values():
        assert {"sex", "age", "age_group", "ancestry", "skin_tone", "skin_group"} <= set(attributes)


def media(root: Path, unit: Unit) -> Path:
    folder = root / "C-EXPR-DB" / "videos" if unit.batch is None else root / "videos" / unit.batch
    return folder / f"{unit.name}.mp4"


def test_frames_are_shown_when_planned(affrig_smoke: Path, plan: Plan) -> None:
    spreads = {}
    for unit in plan.units:
        with av.open(str(media(affrig_smoke, unit))) as container:
            times = np.array([float(frame.pts * frame.time_base) for frame in container.decode(video=0)])
            assert container.streams.video[0].width == 160 * len(unit.people)
        assert len(times) == unit.frames
        planned = simulate(plan, unit).ticks[: unit.frames] / TICKS
        np.testing.assert_allclose(times, planned, atol=1.5 / TICKS)
        spreads[unit.variable_rate] = max(
            spreads.get(unit.variable_rate, 0.0), np.diff(times).std() / np.diff(times).mean()
        )
    assert spreads[True] > 0.1
    assert spreads[False] < 0.01


def test_sound_streams_are_there_missing_long_and_short(affrig_smoke: Path, plan: Plan) -> None:
    for unit in plan.units:
        with av.open(str(media(affrig_smoke, unit))) as container:
            if unit.sound == "silent":
                assert not container.streams.audio
                words = json.loads((affrig_smoke / "transcripts" / f"{unit.name}.json").read_text())["words"]
                assert words == []
                continue
            sound = np.concatenate([frame.to_ndarray().ravel() for frame in container.decode(audio=0)])
        content = simulate(plan, unit)
        video = content.ticks[unit.frames - 1] / TICKS + 1 / unit.rate
        difference = len(sound) / 22_050 - video
        assert {"normal": abs(difference) < 0.15, "long": difference > 1, "short": difference < -1}[unit.sound]
        assert content.sound is not None
        heard, meant = np.abs(sound[: len(content.sound)]).mean(), np.abs(content.sound / 32768).mean()
        assert heard == pytest.approx(meant, rel=0.15)


def test_texts(affrig_smoke: Path, plan: Plan) -> None:
    for unit in plan.units:
        transcript = json.loads((affrig_smoke / "transcripts" / f"{unit.name}.json").read_text())
        assert transcript["video"] == unit.name
        assert all(word["start"] <= word["end"] and word["word"] for word in transcript["words"])
        for trial in unit.trials:
            caption = json.loads((affrig_smoke / "captions" / f"{trial.name}.json").read_text())
            assert caption["trial"] == trial.name
            assert all(segment["text"].endswith(".") for segment in caption["segments"])
            assert caption["segments"][0]["start"] == 0.0
