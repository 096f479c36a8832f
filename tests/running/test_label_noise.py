"""Wrong labels of training, found by a trained run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from run_requests import run_request
from sklearn.metrics import roc_auc_score

from benchmark.commands.noise import NoiseOptions, noise
from benchmark.contract import Batch, Outputs
from benchmark.corpora.reader import Corpus
from benchmark.corpora.wrong_labels import FILE, wrong_expressions
from benchmark.encoders.store import FeatureStore
from benchmark.errors import UserError
from benchmark.records import Record, write_record
from benchmark.registry import get_method
from benchmark.running.execute import execute
from benchmark.running.label_noise import judge_labels
from benchmark.running.restore import Restored, restore
from benchmark.training.module import MethodModule
from benchmark.training.trust import label_trust

QUICK = ("training.max_epochs=1", "streams.face=crops_32", "model.width=8", "windows.length=40", "windows.hop=20")


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ABAW_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def _run(key: str, task: str, corpus: Corpus, out: Path, store: FeatureStore) -> Record:
    overrides = QUICK if get_method(key).card.kind == "network" else ()
    return execute(run_request(key, task, corpus, out, *overrides), store)


@pytest.fixture(scope="module")
def record(corpus: Corpus, out: Path, store: FeatureStore) -> Record:
    return _run("vnaw", "expr", corpus, out, store)


@pytest.fixture(scope="module")
def restored(record: Record, corpus: Corpus, out: Path, store: FeatureStore) -> Restored:
    return restore(record, out, corpus, "cpu", store)


def _scores(restored: Restored, store: FeatureStore) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Loss and flag of every valid training frame by a plain loop, and its trial."""
    corpus = restored.request.corpus
    known = wrong_expressions(corpus.root)
    data = restored.load(corpus.trials("expr", "train"), store)
    predicted = restored.predict(data)
    loss, wrong, names = [], [], []
    for item in data:
        trial = item.trial
        for frame in range(trial.n_frames):
            if trial.valid["expr"][frame]:
                loss.append(-np.log(predicted[trial.name]["expr"][frame, trial.labels["expr"][frame]]))
                wrong.append(frame in known[trial.name])
                names.append(trial.base_video)
    return np.asarray(loss), np.asarray(wrong), names


def test_both_scores_are_judged_on_every_training_frame(restored: Restored, store: FeatureStore) -> None:
    judged = judge_labels(restored, store)
    loss, wrong, names = _scores(restored, store)
    assert set(judged) == {"learnt", "held_out"}
    assert sum(one.frames for one in judged.values()) == len(wrong)
    assert sum(one.wrong for one in judged.values()) == wrong.sum()
    for one in judged.values():
        own = np.isin(names, one.loss.videos)
        assert one.loss.area == pytest.approx(roc_auc_score(wrong[own], loss[own]), abs=1e-4)
        assert one.distrust is not None
        assert one.distrust.flagged.sum() == one.wrong
    assert not set(judged["learnt"].loss.videos) & set(judged["held_out"].loss.videos)


def test_trust_is_averaged_over_the_windows_of_a_frame(restored: Restored, store: FeatureStore) -> None:
    class Starts(torch.nn.Module):
        """Believes each label as far as its window's first frame says."""

        def forward(self, batch: Batch) -> Outputs:
            return Outputs({})

        def label_trust(self, outputs: Outputs, batch: Batch) -> dict[str, torch.Tensor]:
            return {"expr": torch.tensor(batch.start).float()[:, None].expand(batch.frame_mask.shape)}

    data = restored.load(restored.request.corpus.trials("expr", "train"), store)[:2]
    windows, _ = restored.request.network_settings()
    found = label_trust(MethodModule(Starts()), data, "expr", windows, 3, torch.device("cpu"))
    for item in data:
        n = item.trial.n_frames
        starts = [*range(0, n - 40, 20), n - 40] if n > 40 else [0]
        for frame in range(n):
            covering = [start for start in starts if start <= frame < start + 40]
            assert found[item.trial.name][frame] == pytest.approx(np.mean(covering))


def test_a_floor_is_judged_by_its_loss_alone(corpus: Corpus, out: Path, store: FeatureStore) -> None:
    found = restore(_run("baseline_mean", "expr", corpus, out, store), out, corpus, "cpu", store)
    judged = judge_labels(found, store)
    assert set(judged) == {"learnt"}
    assert judged["learnt"].distrust is None


def test_other_tasks_and_corpora_without_the_list_are_refused(
    restored: Restored, corpus: Corpus, out: Path, store: FeatureStore, tmp_path: Path
) -> None:
    other = restore(_run("baseline_mean", "va", corpus, out, store), out, corpus, "cpu", store)
    with pytest.raises(UserError, match="expected expr"):
        judge_labels(other, store)
    elsewhere = replace(restored.request, corpus=replace(corpus, root=tmp_path))
    with pytest.raises(UserError, match=FILE):
        judge_labels(replace(restored, request=elsewhere), store)


def test_the_command_prints_both_areas(
    record: Record, corpus: Corpus, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_record(record, out / "records")
    assert noise(NoiseOptions(str(path), None, str(corpus.root), "cpu", as_json=False)) == 0
    text = capsys.readouterr().out
    assert "SYNTHETIC" in text
    assert "plain loss" in text
    assert "1 - weight" in text
    assert "held out" in text
