"""Named random generators: one stream for each thing that is drawn, whatever the order of the work."""

from __future__ import annotations

import hashlib

import numpy as np


def generator(seed: int, *name: str | int) -> np.random.Generator:
    """The generator that belongs to a name, e.g. ``generator(0, "unit", "video12", "sound")``.

    Streams of different names are independent, so that adding a draw to one never shifts another and a trial comes
    out the same alone, in a pool or after a restart.
    """
    label = "/".join(("affrig", str(seed), *map(str, name)))
    digest = hashlib.sha256(label.encode()).digest()
    return np.random.default_rng([int.from_bytes(digest[i : i + 4], "little") for i in range(0, 32, 4)])
