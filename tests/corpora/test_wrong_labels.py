"""The list of labels that are known to be wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmark.corpora import wrong_labels
from benchmark.corpora.reader import open_corpus
from benchmark.corpora.wrong_labels import wrong_expressions
from benchmark.errors import UserError


def test_frames_are_those_whose_written_label_is_not_the_true_one(affrig_smoke: Path) -> None:
    known = wrong_expressions(affrig_smoke)
    truth = json.loads((affrig_smoke / wrong_labels.FILE).read_text())["trials"]
    corpus = open_corpus(affrig_smoke)
    for trial in corpus.trials("expr", "train"):
        frames = known[trial.name][known[trial.name] < trial.n_frames]
        assert trial.valid["expr"][frames].all()
        true = np.asarray(truth[trial.name]["true"])[: len(frames)]
        assert (trial.labels["expr"][frames] != true).all()
        assert abs(len(frames) - 0.12 * trial.valid["expr"].sum()) <= 1
    assert not set(known) & {trial.name for trial in corpus.trials("expr", "validation")}


def test_a_corpus_without_the_list_and_a_damaged_list_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="only a synthetic corpus knows"):
        wrong_expressions(tmp_path)
    (tmp_path / wrong_labels.FILE).write_text('{"trials": {"a": {}}}')
    with pytest.raises(UserError, match="damaged"):
        wrong_expressions(tmp_path)


def test_nothing_that_trains_opens_the_list() -> None:
    package = Path(wrong_labels.__file__).parents[1]
    readers = [
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "corpora.wrong_labels" in path.read_text() or "expr_noise" in path.read_text()
    ]
    allowed = ["corpora/affrig/annotation_files.py", "corpora/wrong_labels.py", "running/label_noise.py"]
    assert sorted(readers) == allowed
