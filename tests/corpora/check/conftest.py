"""One healthy corpus for all tests of the doctor; each test breaks its own copy."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # tiny_corpus.py, the writers of hand-made files

from healthy_corpus import make_healthy


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The healthy corpus; not to be changed."""
    return make_healthy(tmp_path_factory.mktemp("healthy") / "corpus")


@pytest.fixture
def corpus(healthy: Path, tmp_path: Path) -> Path:
    """A copy of the healthy corpus, to be broken."""
    return Path(shutil.copytree(healthy, tmp_path / "corpus", symlinks=True))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABAW_CACHE", str(tmp_path / "cache"))
