"""Small predictions whose files are known to the letter."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmark.corpora.lists import ImageRows
from benchmark.corpora.submission.asked import every_frame_of
from benchmark.tasks import HEADS, TASKS

#: Not in the order of the names: the order of the test list counts.
TRIALS = (("video9", 3), ("1-30-640x360_left", 2))
ASKED = every_frame_of(TRIALS)
#: Images of the multi-task track: some frames only, trials interleaved, one image twice.
MTL_ASKED = ImageRows(("video9", "1-30-640x360_left", "video9", "video9"), np.array([7, 2, 3, 7], dtype=np.int64))


def activations(asked: ImageRows, task: str, seed: int = 0) -> dict[str, dict[str, np.ndarray]]:
    """Random float32 activations for every asked row, as a run stores them."""
    rng = np.random.default_rng(seed)
    found = {}
    for trial, rows in asked.by_trial().items():
        found[trial] = {}
        for head in TASKS[task].heads:
            low = -1 if HEADS[head].kind == "regression" else 0
            found[trial][head] = rng.uniform(low, 1, (len(rows), HEADS[head].width)).astype(np.float32)
    return found


def write_sample(path: Path, asked: ImageRows, header: str = "image_location") -> Path:
    """Write an official sample file, with the trailing comma that some editions have."""
    rows = [f"{trial}/{frame:05d}.jpg," for trial, frame in zip(asked.trials, asked.frames, strict=True)]
    path.write_text("\n".join([header, *rows]) + "\n")
    return path
