"""Requests for runs of preset ``affrig``, as ``abaw bench --set`` would make them."""

from __future__ import annotations

from pathlib import Path

from benchmark.corpora.reader import Corpus
from benchmark.presets import apply_overrides
from benchmark.registry import get_method
from benchmark.running.request import RunRequest
from benchmark.tasks import get_task


def run_request(method: str, task: str, corpus: Corpus, out: Path, *overrides: str, seed: int = 0) -> RunRequest:
    found = get_method(method)
    return RunRequest(
        method=found,
        preset_name="affrig",
        preset=apply_overrides(found.presets()["affrig"], overrides),
        overrides=overrides,
        task=get_task(task),
        corpus=corpus,
        seed=seed,
        device="cpu",
        select="inner",
        allow_leak=False,
        out=out,
    )
