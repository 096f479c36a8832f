"""``abaw corpus check``: what is wrong with a copy of a corpus, and what to do about it."""

from __future__ import annotations

import json
import time
from pathlib import Path

from rich.console import Console

from benchmark.corpora.check.doctor import diagnose
from benchmark.corpora.check.pool import default_jobs
from benchmark.corpora.check.show import show, to_json
from benchmark.errors import UserError
from benchmark.progress import console


def check(path: Path, as_json: bool, full: bool = False, jobs: int | None = None, examples: int = 5) -> int:
    """Check the corpus in ``path`` and print the diagnosis; a check that was killed goes on where it stopped.

    Args:
        path: root of the corpus.
        as_json: print JSON instead of text.
        full: decode every crop and every video instead of reading headers and packets.
        jobs: worker processes; default: one for each processor.
        examples: places named for each kind of finding, in text.

    Returns:
        0 if there is no error, else 1.

    Raises:
        UserError: ``path`` is no corpus, an option makes no sense, or a package is missing.
    """
    for option, value in (("--jobs", jobs), ("--examples", examples)):
        if value is not None and value < 1:
            raise UserError(f"{option} {value}: expected 1 or more.")
    began = time.perf_counter()
    diagnosis = diagnose(path, full, jobs or default_jobs())
    if as_json:
        print(json.dumps(to_json(diagnosis), indent=1, allow_nan=False))  # noqa: T201
    else:
        show(diagnosis, Console(highlight=False), examples)
    seconds = time.perf_counter() - began
    console.print(
        f"{diagnosis.crops:,} crops and {diagnosis.media:,} videos in {seconds:.1f} s; "
        f"{diagnosis.remembered:,} of {diagnosis.units:,} results were remembered",
        highlight=False,
    )
    if diagnosis.trouble:
        console.print(diagnosis.trouble, highlight=False, soft_wrap=True)
    return 1 if diagnosis.count("error") else 0
