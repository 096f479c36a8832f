"""``abaw score``: any prediction file against annotations; trains nothing and imports no torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmark.commands.score_text import score_text
from benchmark.corpora.matching import Matched, match
from benchmark.corpora.predictions import read_predictions
from benchmark.corpora.truth import Truth, read_truth
from benchmark.metrics import VideoStats, bootstrap_scores, interval, variant_names, variant_scores
from benchmark.metrics.bootstrap import LEVEL, RESAMPLES
from benchmark.metrics.per_video import VideoScore, score_videos
from benchmark.progress import progress
from benchmark.tasks import Task, get_task

SEED = 0


def score(pred: Path, annotations: Path, task: str, as_json: bool, split: str | None, variants: list[str]) -> int:
    """Print score, parts, interval over videos, coverage and a table of videos.

    Args:
        pred: file of editions 5 to 10, multi-task file, or folder of per-trial files.
        annotations: folder of per-trial annotation files, multi-task file, or root of a corpus.
        task: task key.
        as_json: print one JSON object instead of tables.
        split: split of a corpus root; None for ``validation``.
        variants: names of conventions of other teams to score by as well; ``all`` for all of them.

    Returns:
        0.

    Raises:
        UserError: a file is bad, a labelled frame has no prediction, or a variant does not exist.
    """
    about = get_task(task)
    with progress("steps") as bar:
        step = bar.add_task("Scoring", total=4, note="labels")
        truth = read_truth(annotations, about, split)
        bar.update(step, advance=1, note="predictions")
        matched = match(pred, about, truth, read_predictions(pred, about.heads))
        bar.update(step, advance=1, note="sums")
        stats = VideoStats.from_trials(task, matched.trials.items())
        headline = stats.score()
        others = variant_scores(stats, list(variant_names(task)) if "all" in variants else variants)
        faces = _faces_only(about, truth, matched)
        bar.update(step, advance=1, note="resamples")
        low, high = interval(bootstrap_scores(stats, RESAMPLES, SEED))
        bar.update(step, advance=1, note="")
    report = {
        "task": task,
        "metric": about.metric,
        "predictions": str(pred),
        "annotations": truth.source,
        "synthetic": truth.synthetic,
        "value": headline.value,
        "parts": headline.parts,
        "interval": {
            "low": low,
            "high": high,
            "level": LEVEL,
            "resamples": RESAMPLES,
            "seed": SEED,
            "base_videos": len(set(stats.base_videos)),
        },
        "coverage": _coverage(matched),
        "faces_only": faces,
        "variants": others,
        "videos": [_video(one) for one in score_videos(stats)],
        "sums": stats.to_json(),
    }
    print(json.dumps(report, indent=1, allow_nan=False) if as_json else score_text(about, report))  # noqa: T201
    return 0


def _faces_only(task: Task, truth: Truth, matched: Matched) -> dict[str, Any] | None:
    """The score without the frames that have no face crop, as some teams report it."""
    faces = {trial.name: trial.faces for trial in truth.trials if trial.faces is not None}
    if not faces:
        return None
    kept = VideoStats.from_trials(
        task.key,
        (
            (name, {head: (x, y, valid & faces[name]) for head, (x, y, valid) in rows.items()})
            for name, rows in matched.trials.items()
        ),
    )
    if not all(kept.valid_frames.values()):
        return None
    return {"value": kept.score().value, "valid": kept.valid_frames}


def _coverage(matched: Matched) -> dict[str, Any]:
    return {
        "rows": matched.rows,
        "valid": dict(matched.valid),
        "unlabelled_missing": matched.unlabelled_missing,
        "extra_rows": matched.extra_rows,
        "extra_trials": list(matched.extra_trials),
    }


def _video(one: VideoScore) -> dict[str, Any]:
    return {"trial": one.trial, "valid": one.valid, "value": one.value, "heads": one.heads}
