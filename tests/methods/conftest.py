"""Keeps what methods' tests make out of the user's cache."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give all tests of this folder one cache of their own, in which sentences are embedded once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ABAW_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
