"""Video names in the styles of Aff-Wild2: ``5-60-1920x1080``, ``video12``, ``325``."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

_SIZES = ("1920x1080", "1280x720", "640x360", "854x480", "640x480", "480x360")


def media_names(rng: np.random.Generator) -> Iterator[str]:
    """Endless distinct names; as in the real corpus the rate and size they tell are not those of the file."""
    used: set[str] = set()
    while True:
        number = int(rng.integers(1, 500 + 20 * len(used)))
        style = rng.random()
        if style < 0.7:
            rate = int(rng.choice([30, 60, 25, 24], p=[0.7, 0.12, 0.1, 0.08]))
            name = f"{number}-{rate}-{_SIZES[int(rng.integers(len(_SIZES)))]}"
        elif style < 0.9:
            name = f"video{number}"
        else:
            name = str(500 + number)  # out of the way of the clips, which are called 01, 02, ...
        if name not in used:
            used.add(name)
            yield name
