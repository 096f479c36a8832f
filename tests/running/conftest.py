"""Fixtures of the tests that run whole methods on the smallest corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.corpora.reader import Corpus, open_corpus
from benchmark.encoders.store import FeatureStore


@pytest.fixture(scope="module")
def corpus(affrig_smoke: Path) -> Corpus:
    return open_corpus(affrig_smoke)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> FeatureStore:
    return FeatureStore(tmp_path_factory.mktemp("features"))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")
