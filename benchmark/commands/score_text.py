"""What ``abaw score`` prints for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmark.metrics import variant_names
from benchmark.tasks import Task


def score_text(task: Task, report: Mapping[str, Any]) -> str:
    """Tables for the terminal.

    Args:
        task: the task.
        report: what ``abaw score --json`` prints.
    """
    blocks = [
        "SYNTHETIC corpus: this score says nothing about Aff-Wild2." if report["synthetic"] else "",
        _headline(task, report),
        _table(["part", "score"], [[name, _number(value)] for name, value in report["parts"].items()]),
        _coverage(report),
        _variants(task, report["variants"]),
        _videos(task, report["videos"]),
    ]
    return "\n\n".join(block for block in blocks if block)


def _headline(task: Task, report: Mapping[str, Any]) -> str:
    spread = report["interval"]
    return (
        f"{task.title}: {report['annotations']}\n"
        f"{task.metric} = {_number(report['value'])}, {spread['level']:.0%} interval {_number(spread['low'])} to "
        f"{_number(spread['high'])}\n"
        f"({spread['resamples']:,} resamples of {spread['base_videos']} whole videos, seed {spread['seed']})"
    )


def _coverage(report: Mapping[str, Any]) -> str:
    coverage, faces = report["coverage"], report["faces_only"]
    counted = ", ".join(f"{key} {frames:,}" for key, frames in coverage["valid"].items())
    lines = [f"{coverage['rows']:,} annotated rows; with a label that counts: {counted}; each has a prediction."]
    if faces:
        left = ", ".join(f"{key} {frames:,}" for key, frames in faces["valid"].items())
        lines.append(
            f"Without the frames that have no face crop: {_number(faces['value'])} ({left}). Not the headline."
        )
    if coverage["unlabelled_missing"]:
        lines.append(
            f"{coverage['unlabelled_missing']:,} rows without a label have no prediction: "
            "nothing lost here, but a submission needs every row."
        )
    if coverage["extra_rows"]:
        lines.append(f"{coverage['extra_rows']:,} predicted frame(s) not annotated and left out.")
    if coverage["extra_trials"]:
        names = coverage["extra_trials"]
        lines.append(f"{len(names):,} predicted trial(s) not annotated and left out, first: {names[0]}.")
    return "\n".join(lines)


def _variants(task: Task, scores: Mapping[str, float]) -> str:
    if not scores:
        return ""
    summaries = variant_names(task.key)
    rows = [[name, _number(value), summaries[name]] for name, value in scores.items()]
    title = "The same predictions by conventions of other teams (not scores of this benchmark):"
    return f"{title}\n{_table(['variant', 'score', 'how it differs'], rows, left=(0, 2))}"


def _videos(task: Task, videos: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for video in sorted(videos, key=_worst_first):
        frames = [f"{video['valid'][key]:,}" for key in task.heads]
        scores = [_number(video["heads"][key]) for key in task.heads]
        rows.append([video["trial"], *(cell for pair in zip(frames, scores, strict=True) for cell in pair)])
    single = len(task.heads) == 1
    headers = ["trial", *(name for key in task.heads for name in ("frames" if single else f"{key} frames", key))]
    title = "Each trial alone, worst first (these neither average to the score above nor compare between trials):"
    return f"{title}\n{_table(headers, rows)}"


def _worst_first(video: Mapping[str, Any]) -> tuple[bool, float, str]:
    value = video["value"]
    return value is None, value or 0.0, video["trial"]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{round(value, 4) + 0.0:.4f}"  # -0.0000 becomes 0.0000


def _table(headers: list[str], rows: list[list[str]], left: tuple[int, ...] = (0,)) -> str:
    from tabulate import tabulate

    align = tuple("left" if column in left else "right" for column in range(len(headers)))
    return str(tabulate(rows, headers=headers, disable_numparse=True, colalign=align))
