"""Ablation tables: runs that differ from a row of the board by nothing but switches of their method's card.

They are found by what their records say, whoever made them: ``abaw ablate``, or ``abaw bench --set``. They are no rows
of the competition, because the best of many configurations on the scored videos is no fair competitor.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from statistics import fmean
from typing import Any

from benchmark.contract import Card
from benchmark.metrics.bootstrap import LEVEL
from benchmark.presets import flatten, setting_value
from benchmark.tasks import TASKS
from leaderboard.compare import compare_with_default, resamples_for
from leaderboard.costs import merge_costs
from leaderboard.grouping import Scored, set_aside
from leaderboard.marks import leaked
from leaderboard.model import Ablation, Gap, Grid, SeedScore, SetAside, Span, Variant

Rows = Mapping[str, Sequence[Scored]]  # row key -> its seeds


def split_variants(
    rows: Rows, cards: Mapping[str, Card]
) -> tuple[dict[str, Sequence[Scored]], dict[str, list[Sequence[Scored]]], list[SetAside]]:
    """Take the ablation runs out of the rows of a table.

    Returns:
        The rows that remain; default row -> the rows that change its switches; and runs set aside because their code
        is not the default row's.
    """
    defaults: dict[str, Sequence[Scored]] = {}
    variants: dict[str, list[Sequence[Scored]]] = defaultdict(list)
    dropped: list[SetAside] = []
    for key in sorted(rows, key=lambda key: (len(rows[key][0].record.run.overrides), key)):
        first = rows[key][0]
        card = cards.get(first.record.run.method)
        switches = frozenset(card.ablations) if card else frozenset()
        home = next((other for other, seeds in defaults.items() if _is_variant(first, seeds[0], switches)), None)
        if home is None:
            defaults[key] = rows[key]
            continue
        code = rows[home][0].record.run.source_hash
        if first.record.run.source_hash == code:
            variants[home].append(rows[key])
            continue
        why = f"an ablation made by code {first.record.run.source_hash[:8]}; its default row is of code {code[:8]}"
        dropped += [set_aside(run.record, "superseded", why) for run in rows[key]]
    return {key: defaults[key] for key in rows if key in defaults}, dict(variants), dropped


def build_ablation(
    row: str, default: Sequence[Scored], groups: Sequence[Sequence[Scored]], card: Card, step: Callable[[], None]
) -> Ablation:
    """The ablation table of one row of the board.

    Args:
        row: key of the default configuration's row.
        default: its seeds.
        groups: the seeds of every other configuration.
        card: of the method; its table gives the order.
        step: called after each run that was resampled.
    """
    first = default[0]
    settings = _settings(first)
    changes = [_changed(group[0], first) for group in groups]
    base, spans = compare_with_default(
        {run.seed: run.stats for run in default}, [{run.seed: run.stats for run in group} for group in groups], step
    )
    made = [
        _variant(changed, group, span, gap, {run.seed for run in default})
        for changed, group, (span, gap) in zip(changes, groups, spans, strict=True)
    ]
    order = _order(card)
    variants = sorted(made, key=lambda variant: [len(variant.changed), *map(order, variant.changed.items())])
    plain = _variant({}, default, base, None, set())
    used = dict.fromkeys([*card.ablations, *(key for variant in variants for key in variant.changed)])
    defaults = {key: settings[key] for key in used if key in settings}
    data = first.data
    return Ablation(
        key=f"ablation-{row}",
        row=row,
        method=first.record.run.method,
        title=first.record.run.title,
        preset=first.record.run.preset,
        overrides=tuple(first.record.run.overrides),
        task=TASKS[first.record.run.task],
        synthetic=data.synthetic,
        corpus=data.corpus,
        size=data.size,
        split=data.scored_split,
        videos=len(set(first.stats.base_videos)),
        level=LEVEL,
        pair_resamples=resamples_for(len(groups)),
        defaults=defaults,
        default=plain,
        variants=tuple(variants),
        grids=_grids(plain, variants, defaults, order),
        not_run=_not_run(card, defaults, variants),
    )


def _is_variant(run: Scored, default: Scored, switches: frozenset[str]) -> bool:
    if _identity(run) != _identity(default) or len(run.record.run.overrides) <= len(default.record.run.overrides):
        return False
    changed = _changed(run, default)
    return bool(changed) and changed.keys() <= switches


def _identity(run: Scored) -> tuple[object, ...]:
    """What a variant shares with its default, whatever the switches change."""
    info, cost = run.record.run, run.record.cost
    return info.method, info.preset, run.score.selection, run.data.train_split, leaked(run), cost and cost.device


def _changed(run: Scored, default: Scored) -> dict[str, str]:
    """Settings that differ, with their values in ``run``, in the order in which they were set."""
    mine, theirs = _settings(run), _settings(default)
    keys = [key for key in {**theirs, **mine} if mine.get(key) != theirs.get(key)]
    given = [override.partition("=")[0] for override in run.record.run.overrides]
    return {key: mine.get(key, "") for key in sorted(keys, key=lambda key: given.index(key) if key in given else -1)}


def _settings(run: Scored) -> dict[str, str]:
    return {key: setting_value(value) for key, value in flatten(run.record.run.config).items()}


def _variant(
    changed: Mapping[str, str], runs: Sequence[Scored], span: Span, gap: Gap | None, other: set[int]
) -> Variant:
    values = [run.score.value for run in runs]
    cost = merge_costs(run.record for run in runs)
    return Variant(
        changed=changed,
        seeds=tuple(SeedScore(run.seed, run.score.value, run.record.run.id) for run in runs),
        score=fmean(values),
        interval=span,
        seed_span=Span(min(values), max(values)) if len(values) > 1 else None,
        versus_default=gap,
        shared_seeds=len(other & {run.seed for run in runs}),
        parameters=cost.parameters if cost else None,
        train_seconds=cost.train_seconds if cost else None,
    )


def _order(card: Card) -> Callable[[tuple[str, str]], tuple[int, str, int, str]]:
    """Sort key of a switch and its value: as the card lists them, then by name."""
    switches = list(card.ablations)
    values = {key: [setting_value(value) for value in listed] for key, listed in card.ablations.items()}

    def place(item: tuple[str, str]) -> tuple[int, str, int, str]:
        key, value = item
        known = values.get(key, [])
        return (
            switches.index(key) if key in values else len(switches),
            key,
            known.index(value) if value in known else len(known),
            value,
        )

    return place


def _grids(
    default: Variant, variants: Sequence[Variant], defaults: Mapping[str, str], order: Callable[[tuple[str, str]], Any]
) -> tuple[Grid, ...]:
    """A grid for each pair of switches that were changed together."""
    pairs = dict.fromkeys(pair for one in variants for pair in combinations(one.changed, 2) if len(one.changed) == 2)
    grids = []
    for down, across in pairs:
        cells = {(defaults[down], defaults[across]): default}
        for one in variants:
            if one.changed.keys() <= {down, across}:
                cells[one.changed.get(down, defaults[down]), one.changed.get(across, defaults[across])] = one
        downs, acrosses = ({cell[axis] for cell in cells} for axis in (0, 1))
        grids.append(
            Grid(
                down,
                across,
                tuple(sorted(downs, key=lambda value: order((down, value)))),
                tuple(sorted(acrosses, key=lambda value: order((across, value)))),
                cells,
            )
        )
    return tuple(grids)


def _not_run(card: Card, defaults: Mapping[str, str], variants: Sequence[Variant]) -> tuple[str, ...]:
    """Values of the card's table that have no run of their own."""
    run = {"=".join(item) for variant in variants if len(variant.changed) == 1 for item in variant.changed.items()}
    listed = [
        f"{key}={setting_value(value)}"
        for key, values in card.ablations.items()
        for value in values
        if key in defaults and setting_value(value) != defaults[key]
    ]
    return tuple(one for one in listed if one not in run)
