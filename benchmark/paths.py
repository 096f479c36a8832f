"""Where the harness keeps what it can make again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_root() -> Path:
    """Folder for the synthetic corpus and the feature store: ``$ABAW_CACHE``, else ``~/.cache/abaw-bench``."""
    configured = os.environ.get("ABAW_CACHE")
    return Path(configured).expanduser() if configured else Path.home() / ".cache" / "abaw-bench"
