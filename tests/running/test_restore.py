"""A restored run predicts exactly what the scored one did."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from run_requests import run_request

from benchmark.corpora.reader import Corpus
from benchmark.encoders.store import FeatureStore
from benchmark.errors import UserError
from benchmark.records import Record
from benchmark.registry import get_method
from benchmark.running.execute import execute
from benchmark.running.restore import Restored, restore
from benchmark.training.checkpoints import load_state, save_state
from benchmark.training.decide import predictions_hash

QUICK = ("training.max_epochs=1", "training.batch_size=8")


def run(method: str, task: str, corpus: Corpus, out: Path, store: FeatureStore) -> Record:
    overrides = QUICK if get_method(method).card.kind == "network" else ()
    return execute(run_request(method, task, corpus, out, *overrides, seed=3), store)


@pytest.fixture(scope="module")
def network(corpus: Corpus, out: Path, store: FeatureStore) -> Record:
    return run("maven", "va", corpus, out, store)


def scored_again(restored: Restored, store: FeatureStore) -> str:
    corpus, task = restored.request.corpus, restored.request.task.key
    return predictions_hash(restored.predict(restored.load(corpus.trials(task, "validation"), store)))


def test_a_network_comes_back_with_its_standardiser(
    network: Record, corpus: Corpus, out: Path, store: FeatureStore
) -> None:
    restored = restore(network, out, corpus, "cpu", store)
    assert scored_again(restored, store) == network.predictions_sha256
    assert restored.request.info().id == network.run.id
    assert isinstance(restored.model, torch.nn.Module)
    assert not restored.model.training
    assert any(name.startswith("standardiser.") for name in restored.model.state_dict())


@pytest.mark.parametrize("task", ["va", "expr", "au", "mtl", "ce"])
def test_an_estimator_is_fitted_again_to_the_same(task: str, corpus: Corpus, out: Path, store: FeatureStore) -> None:
    record = run("baseline_ridge", task, corpus, out, store)
    restored = restore(record, out, corpus, "cpu", store)
    assert scored_again(restored, store) == record.predictions_sha256
    assert restored.request.info().id == record.run.id


def test_restoring_leaves_the_random_state_alone(
    network: Record, corpus: Corpus, out: Path, store: FeatureStore
) -> None:
    before = torch.get_rng_state()
    restore(network, out, corpus, "cpu", store)
    assert torch.equal(torch.get_rng_state(), before)


def changed(record: Record, part: str, **values: Any) -> Record:
    return record.model_copy(update={part: getattr(record, part).model_copy(update=values)})


def test_other_code_is_refused_with_both_hashes(
    network: Record, corpus: Corpus, out: Path, store: FeatureStore
) -> None:
    other = changed(network, "run", source_hash="f" * 64)
    with pytest.raises(UserError, match=rf"source hash f{{16}}.*today's code has {network.run.source_hash[:16]}"):
        restore(other, out, corpus, "cpu", store)


def test_another_corpus_is_refused_with_both_fingerprints(
    network: Record, corpus: Corpus, out: Path, store: FeatureStore
) -> None:
    other = changed(network, "data", fingerprint="e" * 64)
    with pytest.raises(UserError, match=rf"fingerprint e{{16}}.*has {corpus.fingerprint[:16]}.*--corpus"):
        restore(other, out, corpus, "cpu", store)


def test_a_failed_run_cannot_be_restored(network: Record, corpus: Corpus, out: Path, store: FeatureStore) -> None:
    failed = network.model_copy(update={"status": "failed", "score": None})
    with pytest.raises(UserError, match="the run is failed, expected a finished one"):
        restore(failed, out, corpus, "cpu", store)


def test_weights_must_be_there_whole_of_this_run_and_of_this_network(
    network: Record, corpus: Corpus, out: Path, store: FeatureStore, tmp_path: Path
) -> None:
    name = f"{network.run.id}.safetensors"
    path = tmp_path / "weights" / name
    with pytest.raises(UserError, match=rf"{name}: no such file.*abaw bench maven --task va"):
        restore(network, tmp_path, corpus, "cpu", store)
    path.parent.mkdir()
    shutil.copy(out / "weights" / name, path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UserError, match=rf"{name}: damaged"):
        restore(network, tmp_path, corpus, "cpu", store)
    found = load_state(out / "weights" / name)
    assert found is not None
    tensors, facts = found
    save_state(path, tensors, {"run": "maven-va-affrig-s9-0123456789"})
    with pytest.raises(
        UserError, match=f"holds the weights of maven-va-affrig-s9-0123456789, expected {network.run.id}"
    ):
        restore(network, tmp_path, corpus, "cpu", store)
    tensors.pop(next(iter(tensors)))
    save_state(path, tensors, facts)
    with pytest.raises(UserError, match=r"not the weights of this network \(.*Missing key"):
        restore(network, tmp_path, corpus, "cpu", store)
