"""Fixtures that several parts of the tests share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def affrig_smoke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic corpus in its smallest size, made once a session.

    It lies where the program looks for it if ``ABAW_CACHE`` is ``affrig_smoke.parent.parent``.
    Tests must not change it.
    """
    pytest.importorskip("espeakng_loader")
    from benchmark.corpora.affrig import GENERATOR_VERSION
    from benchmark.corpora.affrig.make import make_corpus

    root = tmp_path_factory.mktemp("cache") / "affrig" / f"smoke-0-v{GENERATOR_VERSION}"
    return make_corpus("smoke", root=root)
