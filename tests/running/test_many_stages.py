"""The entry of many stages end to end on the smallest corpus: resumed in any stage, and pretrained on a folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from run_requests import run_request

from benchmark.corpora.reader import Corpus
from benchmark.encoders.store import FeatureStore
from benchmark.errors import UserError
from benchmark.presets import apply_overrides
from benchmark.records import Record
from benchmark.running.execute import execute
from benchmark.running.request import RunRequest
from benchmark.training import fit

QUICK = (
    "streams={face: crops_32}",
    "model.width=16",
    "model.depth=1",
    "model.frozen=[]",
    "model.decoder_width=16",
    "model.compound_epochs=[1, 1, 1, 1]",
    "model.stages.pretrain.training.max_epochs=2",
    "model.stages.pretrain.training.warmup_epochs=0",
    "model.stages.pretrain.training.epoch_windows=128",
    "model.stages.single.training.max_epochs=1",
    "training.max_epochs=2",
)


def mae(corpus: Corpus, out: Path, task: str, *more: str) -> RunRequest:
    return run_request("mae_curriculum", task, corpus, out, *QUICK, *more)


class _Killed(BaseException):
    pass


@pytest.mark.parametrize("task", ["mtl", "ce"])
def test_killed_in_every_stage_it_ends_in_the_same_predictions(
    corpus: Corpus, store: FeatureStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: str
) -> None:
    monkeypatch.setattr(fit, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setenv("ABAW_CACHE", str(tmp_path / "whole"))
    whole = execute(mae(corpus, tmp_path / "whole-runs", task), store)
    monkeypatch.setenv("ABAW_CACHE", str(tmp_path / "killed"))
    request = mae(corpus, tmp_path / "killed-runs", task)
    done = fit.Fit._step
    killed: set[tuple[str, int]] = set()

    def step(self: fit.Fit, position: fit.Position, group: object) -> None:
        moment = (self._label, position.steps)
        if position.steps < 2 and moment not in killed:
            killed.add(moment)
            raise _Killed
        done(self, position, group)  # type: ignore[arg-type]

    monkeypatch.setattr(fit.Fit, "_step", step)
    record: Record | None = None
    while record is None:
        try:
            record = execute(request, store)
        except _Killed:
            assert len(killed) < 20
    assert len({label for label, _ in killed}) == len(whole.cost.stages) >= 5
    assert record.predictions_sha256 == whole.predictions_sha256
    assert record.score is not None
    assert record.score.selection == ("inner" if task == "mtl" else "none")  # the curriculum has fixed epochs


def test_fixed_epochs_learn_from_the_inner_folds_too(
    corpus: Corpus, store: FeatureStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ABAW_CACHE", str(tmp_path / "cache"))
    made = fit.Fit.__init__
    learnt: dict[str, set[str]] = {}

    def note(self: fit.Fit, module: object, data: fit.StageData, *others: object) -> None:
        learnt.update({key: {item.trial.name for item in items} for key, items in data.train.items()})
        made(self, module, data, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(fit.Fit, "__init__", note)
    execute(mae(corpus, tmp_path / "runs", "ce"), store)
    assert learnt["ce"] == {trial.name for trial in corpus.trials("ce", "train")}
    execute(mae(corpus, tmp_path / "runs", "mtl", "model.singles=[]"), store)
    assert learnt["va"] < {trial.name for trial in corpus.trials("va", "train")}


@pytest.fixture
def faces(tmp_path: Path, corpus: Corpus) -> Path:
    draw = np.random.default_rng(0)
    scored = corpus.trials("mtl", "validation")[0].name
    for name in ("somebody/a.jpg", "somebody/b.jpg", "c.jpg", f"{scored}/00001.jpg"):
        path = tmp_path / "faces" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(draw.integers(0, 256, (40, 30, 3), np.uint8)).save(path)
    return tmp_path / "faces"


def test_pretraining_on_a_folder_of_pictures_is_recorded_and_guarded(
    corpus: Corpus, store: FeatureStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faces: Path
) -> None:
    monkeypatch.setenv("ABAW_CACHE", str(tmp_path / "cache"))
    request = mae(
        corpus,
        tmp_path / "runs",
        "mtl",
        f"pictures.faces={faces}",
        "model.stages.pretrain.lists={faces: 1.0}",
        "model.singles=[]",
        "training.max_epochs=1",
    )
    first = request.info().id
    record = execute(request, store)
    assert record.data.labels_seen == ["mtl/train"]
    assert record.data.media_seen == ["faces/pictures"]
    scored = corpus.trials("mtl", "validation")[0].name
    assert any(note.startswith("faces/pictures: 1 trials") and scored in note for note in record.data.notes)
    assert any("crop(s) resized" in note for note in record.data.notes)
    assert [("probe_score" in entry) for entry in record.history if entry["stage"] == 1] == [False, True]
    (faces / "c.jpg").write_bytes((faces / "somebody" / "a.jpg").read_bytes())
    assert request.info().id != first


def test_labels_of_pictures_and_unknown_lists_are_refused(
    corpus: Corpus, store: FeatureStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faces: Path
) -> None:
    monkeypatch.setenv("ABAW_CACHE", str(tmp_path / "cache"))
    labelled = mae(
        corpus, tmp_path / "runs", "mtl", f"pictures.faces={faces}", "model.stages.single.lists={faces: 1.0}"
    )
    with pytest.raises(UserError, match=r"pictures\.faces has no labels"):
        execute(labelled, store)
    with pytest.raises(UserError, match=r'list of a stage.*"face"'):
        execute(
            replace(labelled, preset=apply_overrides(labelled.preset, ["model.stages.single.lists={face: 1.0}"])), store
        )
