"""The synthetic corpus, whose oddities are those of the real one, is healthy and counts what was planned."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from damage import places

from benchmark.corpora.affrig.make import make_corpus
from benchmark.corpora.check.doctor import diagnose

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def affrig(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_corpus("smoke", root=tmp_path_factory.mktemp("affrig") / "smoke")


@pytest.mark.parametrize("full", [False, True])
def test_the_synthetic_corpus_is_healthy(affrig: Path, full: bool) -> None:
    diagnosis = diagnose(affrig, full, jobs=2)
    assert diagnosis.synthetic
    assert diagnosis.count("error") == 0
    assert {line.agrees for line in diagnosis.table} == {True}
    assert places(diagnosis, "other-task-training"), "the overlap that is planted in it"


def test_a_person_on_two_sides_is_found(affrig: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(affrig, tmp_path / "corpus"))
    data = json.loads((root / "identities.json").read_text())
    trained = next((root / "6th ABAW Annotations/VA_Estimation_Challenge/Train_Set").iterdir()).stem
    scored = next((root / "6th ABAW Annotations/VA_Estimation_Challenge/Validation_Set").iterdir()).stem
    data["trials"][scored] = data["trials"][trained]
    (root / "identities.json").write_text(json.dumps(data))
    found = places(diagnose(root, False, jobs=1), "subject-on-two-sides")
    assert f"va train / validation  person {data['trials'][trained]}" in found
