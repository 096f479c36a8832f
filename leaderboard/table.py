"""One table of the board: which runs are its rows, and how the rows compare."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from benchmark.contract import Card
from benchmark.errors import UserError
from benchmark.metrics import VideoStats
from benchmark.metrics.bootstrap import LEVEL, RESAMPLES, check_same_labels
from benchmark.records import Record
from benchmark.tasks import TASKS
from leaderboard.ablation import build_ablation, split_variants
from leaderboard.compare import SEED, compare_rows
from leaderboard.grouping import RowKey, Scored, TableKey, newest_code, row_key, set_aside, sift
from leaderboard.marks import leaked
from leaderboard.model import SetAside, Table
from leaderboard.rows import best_floor, build_rows


def build_table(
    key: TableKey,
    records: Sequence[Record],
    cards: Mapping[str, Card],
    nowhere: Sequence[SetAside],
    step: Callable[[], None],
) -> Table:
    """Build one table.

    Args:
        key: what the records have in common.
        records: sorted; finished or not.
        cards: tell which settings of a method are switches of its ablation table.
        nowhere: runs that stopped before their corpus was known; they mark the row they would have been seeds of.
        step: called once for each record.
    """
    runs, aside = sift(records)
    runs, dropped = _largest_label_set(runs)
    aside += dropped
    grouped: dict[RowKey, list[Scored]] = defaultdict(list)
    for run in runs:
        grouped[row_key(run)].append(run)
    rows: dict[str, Sequence[Scored]] = {}
    for row in sorted(grouped):
        rows[f"row-{_digest(key, row)}"], dropped = newest_code(grouped[row])
        aside += dropped
    table = f"table-{key.task}-{'synthetic' if key.synthetic else 'real'}-{_digest(key)}"
    rows, variants, dropped = split_variants(rows, cards)
    aside += dropped
    for _ in aside:
        step()
    competing = [slug for slug, group in rows.items() if not leaked(group[0])]
    compared = compare_rows({slug: [run.stats for run in group] for slug, group in rows.items()}, competing, step)
    lines = build_rows(rows, compared, [*aside, *nowhere])
    some = runs[0].stats if runs else None
    return Table(
        key=table,
        task=TASKS[key.task],
        synthetic=key.synthetic,
        corpus=key.corpus,
        size=key.size or None,
        fingerprint=key.fingerprint,
        split=key.split,
        videos=len(set(some.base_videos)) if some else 0,
        trials=len(some.trials) if some else 0,
        frames=max(some.valid_frames.values()) if some else 0,
        level=LEVEL,
        resamples=RESAMPLES,
        pair_resamples=compared.pair_resamples,
        seed=SEED,
        part_names=tuple(lines[0].parts) if lines else (),
        rows=lines,
        set_aside=tuple(aside),
        best_floor=best_floor(rows, compared),
        ablations=tuple(
            build_ablation(row, rows[row], groups, cards[rows[row][0].record.run.method], step)
            for row, groups in variants.items()
        ),
    )


def _largest_label_set(runs: Sequence[Scored]) -> tuple[list[Scored], list[SetAside]]:
    """The largest set of runs that were scored on the same trials and labels; the others with what differs."""
    sets: list[list[Scored]] = []
    for run in runs:
        home = next((members for members in sets if _difference(members[0].stats, run.stats) is None), None)
        if home is None:
            sets.append([run])
        else:
            home.append(run)
    if not sets:
        return [], []
    largest = max(sets, key=len)
    aside = [
        set_aside(run.record, "other videos", _difference(largest[0].stats, run.stats))
        for members in sets
        if members is not largest
        for run in members
    ]
    return largest, aside


def _difference(a: VideoStats, b: VideoStats) -> str | None:
    try:
        check_same_labels(a, b)
    except UserError as error:
        return str(error)
    return None


def _digest(*keys: tuple[object, ...]) -> str:
    return hashlib.sha256(repr([tuple(key) for key in keys]).encode()).hexdigest()[:8]
