"""``abaw corpus make``: the synthetic corpus on disk."""

from __future__ import annotations

import json
import time
from pathlib import Path

from benchmark.corpora.affrig.make import make_corpus
from benchmark.corpora.affrig.places import SIDECAR


def make(size: str, seed: int = 0, out: Path | None = None) -> int:
    """Make the synthetic corpus, or find it finished, and print where it is and what it holds.

    Args:
        size: ``smoke``, ``small`` or ``full``.
        seed: of the whole corpus.
        out: folder; default: in the cache.

    Returns:
        0.

    Raises:
        UserError: the size is unknown, a package is missing, the folder holds something else, or the disk is full.
    """
    began = time.perf_counter()
    root = make_corpus(size, seed, out)
    facts = json.loads((root / SIDECAR).read_text(encoding="utf-8"))
    counts = ", ".join(f"{number:,} {what}" for what, number in facts["counts"].items())
    for line in (
        str(root),
        f"{facts['notice']}",
        f"{counts}; seed {facts['seed']}, generator version {facts['generator_version']}",
        f"fingerprint {facts['fingerprint']}",
        f"ready after {time.perf_counter() - began:.1f} s; look at it with: abaw corpus show --size {size}"
        if out is None and seed == 0
        else f"ready after {time.perf_counter() - began:.1f} s; look at it with: abaw corpus show --corpus {root}",
    ):
        print(line)  # noqa: T201
    return 0
