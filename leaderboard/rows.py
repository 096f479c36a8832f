"""The rows of a table from the runs behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from leaderboard.compare import Compared
from leaderboard.costs import merge_costs
from leaderboard.grouping import Scored
from leaderboard.marks import leaked, row_marks, stopped_seeds
from leaderboard.model import Mark, Row, SeedScore, SetAside, Span
from leaderboard.robustness import robustness_curves

Groups = Mapping[str, Sequence[Scored]]  # row key -> its seeds


def best_floor(groups: Groups, compared: Compared) -> str | None:
    """Key of the best floor in competition, None where the table has none."""
    return next((key for key in ranking(groups, compared) if key in compared.tiers and _floor(groups[key])), None)


def ranking(groups: Groups, compared: Compared) -> list[str]:
    """Row keys, best score first; equal scores by title."""
    return sorted(groups, key=lambda key: (-compared.scores[key], groups[key][0].record.run.title, key))


def build_rows(groups: Groups, compared: Compared, aside: Sequence[SetAside]) -> tuple[Row, ...]:
    """Rows of a table, best score first; floors and leaked rows stand at their place but have no rank.

    Args:
        groups: the seeds of each row, by seed.
        compared: what the resampling says of these rows.
        aside: runs without a row; failed ones mark the row that they would have been seeds of.
    """
    ordered = ranking(groups, compared)
    competing = [key for key in ordered if key in compared.tiers]
    ranks = {key: rank for rank, key in enumerate((k for k in competing if not _floor(groups[k])), start=1)}
    floor = best_floor(groups, compared)
    rows = []
    for key in ordered:
        runs = groups[key]
        first = runs[0].record.run
        values = [run.score.value for run in runs]
        parts = [run.stats.score().parts for run in runs]  # in the order of the task, which JSON does not keep
        competes = key in compared.tiers
        rows.append(
            Row(
                key=key,
                rank=ranks.get(key),
                method=first.method,
                title=first.title,
                preset=first.preset,
                rung=runs[0].score.rung,
                floor=first.floor,
                leaked=leaked(runs[0]),
                seeds=tuple(SeedScore(run.seed, run.score.value, run.record.run.id) for run in runs),
                score=compared.scores[key],
                interval=compared.intervals[key],
                seed_span=Span(min(values), max(values)) if len(values) > 1 else None,
                parts={name: fmean(one[name] for one in parts) for name in parts[0]},
                versus_floor=compared.gap(key, floor) if competes and floor and not first.floor else None,
                versus_top=compared.gap(key, competing[0]) if competes and key != competing[0] else None,
                tier=compared.tiers.get(key),
                cost=merge_costs(run.record for run in runs),
                observed=_observed(runs),
                published=None,
                marks=row_marks(runs) + _stopped(runs, aside),
                records=tuple(run.record for run in runs),
                curves=robustness_curves(runs),
            )
        )
    return tuple(rows)


def _floor(runs: Sequence[Scored]) -> bool:
    return runs[0].record.run.floor


def _observed(runs: Sequence[Scored]) -> float:
    """Share of the scored frames whose face crop was there."""
    valid = sum(run.score.coverage.valid for run in runs)
    return sum(run.score.coverage.predicted for run in runs) / valid if valid else 0.0


def _stopped(runs: Sequence[Scored], aside: Sequence[SetAside]) -> tuple[Mark, ...]:
    first = runs[0].record.run
    done = {run.seed for run in runs}
    stopped = sorted(
        {
            line.seed
            for line in aside
            if (line.method, line.task, line.preset) == (first.method, first.task, first.preset)
            and line.status in {"failed", "skipped", "not verified"}
            and line.seed not in done
        }
    )
    return (stopped_seeds(stopped, len(done)),) if stopped else ()
