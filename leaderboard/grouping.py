"""Which records belong into one table, and which of them are seeds of one row."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from benchmark.errors import UserError
from benchmark.metrics import VideoStats
from benchmark.records import DataInfo, Record, ScoreInfo
from leaderboard.model import SetAside, SetAsideStatus
from leaderboard.verify import check_curves, check_score, parse_sums


class TableKey(NamedTuple):
    """Records with equal keys were scored on the same labels of the same kind of data."""

    synthetic: bool
    task: str
    corpus: str
    size: str
    fingerprint: str
    split: str


class RowKey(NamedTuple):
    """Records of a table with equal keys differ by nothing but seed and versions of the code."""

    method: str
    preset: str
    config: str
    overrides: tuple[str, ...]
    streams: tuple[tuple[str, str, int], ...]
    train_split: str
    labels: tuple[str, ...]
    leaks: tuple[str, ...]
    selection: str
    rung: str
    device: str


@dataclass(frozen=True, slots=True)
class Scored:
    """A finished record whose score follows from its sums, with the parts that it then always has."""

    record: Record
    data: DataInfo
    score: ScoreInfo
    stats: VideoStats

    @property
    def seed(self) -> int:
        """Seed of the run."""
        return self.record.run.seed


def sift(records: Iterable[Record]) -> tuple[list[Scored], list[SetAside]]:
    """Runs whose score follows from their sums; all others with the reason."""
    runs: list[Scored] = []
    aside: list[SetAside] = []
    for record in records:
        if record.status != "finished" or record.data is None or record.score is None:
            aside.append(set_aside(record))
            continue
        stats = parse_sums(record)
        if isinstance(stats, UserError):
            aside.append(set_aside(record, "not verified", str(stats)))
            continue
        wrong = [check for check in check_score(record.run.task, record.score, stats) if not check.ok]
        if wrong:
            why = f"{wrong[0].claim} is {wrong[0].claimed}, its sums give {wrong[0].found}"
            aside.append(set_aside(record, "not verified", why))
            continue
        bent = [check for check in check_curves(record) if not check.ok]
        if bent:
            why = f"{bent[0].claim} is {bent[0].claimed}, its sums give {bent[0].found}"
            aside.append(set_aside(record, "not verified", why))
            continue
        runs.append(Scored(record, record.data, record.score, stats))
    return runs, aside


def table_key(task: str, data: DataInfo) -> TableKey:
    """The table that a run belongs to."""
    return TableKey(data.synthetic, task, data.corpus, data.size or "", data.fingerprint, data.scored_split)


def row_key(run: Scored) -> RowKey:
    """The row that a run belongs to."""
    info = run.record.run
    streams = sorted((name, stream.encoder, stream.dim) for name, stream in run.data.streams.items())
    return RowKey(
        info.method,
        info.preset,
        json.dumps({key: value for key, value in info.config.items() if key != "seed"}, sort_keys=True),
        tuple(sorted(info.overrides)),
        tuple(streams),
        run.data.train_split,
        tuple(sorted(run.data.labels_seen)),
        tuple(run.data.leaks),
        run.score.selection,
        run.score.rung,
        run.record.cost.device if run.record.cost else "",
    )


def newest_code(runs: Iterable[Scored]) -> tuple[list[Scored], list[SetAside]]:
    """Keep the runs of the newest code version, one a seed and by seed; the others come back as superseded.

    Means over seeds must not mix code versions: a change of the code may move the score.
    """
    ordered = sorted(runs, key=lambda run: (run.record.started_at, run.record.run.id))
    version = ordered[-1].record.run.source_hash
    kept: dict[int, Scored] = {}
    dropped: list[SetAside] = []
    for run in ordered:
        info = run.record.run
        if info.source_hash != version:
            why = f"made by code {info.source_hash[:8]}; a run of newer code {version[:8]} takes its place"
            dropped.append(set_aside(run.record, "superseded", why))
            continue
        if info.seed in kept:
            why = f"the same seed was run again later ({info.id})"
            dropped.append(set_aside(kept[info.seed].record, "superseded", why))
        kept[info.seed] = run
    return [kept[seed] for seed in sorted(kept)], dropped


def set_aside(record: Record, status: SetAsideStatus | None = None, reason: str | None = None) -> SetAside:
    """A line for a run that gets no row; by default with the record's own status and reason."""
    run = record.run
    if status is None:
        status = "skipped" if record.status == "skipped" else "failed"
    reason = reason or record.reason or "the record gives no reason"
    return SetAside(run.title, run.method, run.task, run.preset, run.seed, run.id, status, reason)
