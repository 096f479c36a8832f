"""An ablation table as plain text for a terminal, and what it says in sentences."""

from __future__ import annotations

from tabulate import tabulate

from leaderboard.model import Ablation, Grid, Variant
from leaderboard.numbers import DASH, compact, count, duration, fixed, p_value, signed, span
from leaderboard.words import printable

_HEADERS = ("switch", "value", "score", "vs default", "interval", "p (Holm)", "seeds", "parameters", "training")
_ALIGN = ("left", "left", "right", "right", "right", "right", "right", "right", "right")


def ablation_findings(ablation: Ablation) -> tuple[str, ...]:
    """The result of a table in plain sentences."""
    alpha = 1 - ablation.level
    tested = [(variant, gap) for variant in ablation.variants if (gap := variant.versus_default) is not None]
    real = [(variant, gap) for variant, gap in tested if gap.p < alpha]
    sentences = []
    for words, sign in (("Lower than the default", -1), ("Higher than the default", 1)):
        named = [f"{changed_text(variant)} ({signed(gap.delta)})" for variant, gap in real if gap.delta * sign > 0]
        if named:
            sentences.append(f"{words}: {', '.join(named)}.")
    rest = len(tested) - len(real)
    if rest:
        other = "other " if real else ""
        sentences.append(f"These videos show no difference for {count(rest, f'{other}change')} of {len(tested)}.")
    return tuple(sentences)


def changed_text(variant: Variant) -> str:
    """``switch=value`` for every switch that a variant changes; "default" where it changes none."""
    return " ".join(f"{key}={value}" for key, value in variant.changed.items()) or "default"


def data_of(ablation: Ablation) -> str:
    """The corpus with its size."""
    return f"{ablation.corpus}, {ablation.size}" if ablation.size else ablation.corpus


def render_ablation_text(ablation: Ablation) -> str:
    """Every configuration with its paired difference to the default, then the grids; ends with a line feed."""
    kind = "SYNTHETIC, says nothing about real people" if ablation.synthetic else f"{ablation.split} scores"
    title = printable(f"Ablation of {ablation.title}, {ablation.task.title} on {data_of(ablation)}: {kind}")
    overrides = f", {' '.join(ablation.overrides)}" if ablation.overrides else ""
    about = (
        f"preset {ablation.preset}{overrides}; {ablation.task.metric}; differences are paired over "
        f"{count(ablation.videos, 'base video')}, {ablation.level:.0%} intervals, Holm-corrected"
    )
    rows = [_cells("default", "", ablation.default)]
    rows += [
        _cells(" ".join(v.changed), ", ".join(f"{value}" for value in v.changed.values()), v) for v in ablation.variants
    ]
    table = tabulate(rows, headers=_HEADERS, tablefmt="simple", disable_numparse=True, colalign=_ALIGN)
    lines = [title, "=" * len(title), printable(about), "", table, ""]
    lines += [printable(sentence) for sentence in ablation_findings(ablation)]
    if ablation.not_run:
        lines.append(printable(f"Not run: {', '.join(ablation.not_run)}."))
    for grid in ablation.grids:
        lines += ["", _grid(grid)]
    return "\n".join(lines) + "\n"


def _cells(switch: str, value: str, variant: Variant) -> list[str]:
    gap = variant.versus_default
    seeds = f"{len(variant.seeds)}"
    if variant.seed_span:
        seeds += f": {span(variant.seed_span)}"
    return [
        printable(switch),
        printable(value),
        fixed(variant.score),
        signed(gap.delta if gap else None),
        span(gap.span if gap else None),
        p_value(gap.p if gap else None),
        seeds,
        compact(variant.parameters),
        duration(variant.train_seconds),
    ]


def _grid(grid: Grid) -> str:
    rows = [
        [printable(down), *(_grid_cell(grid.cells.get((down, across))) for across in grid.across_values)]
        for down in grid.down_values
    ]
    headers = [printable(f"{grid.down} \\ {grid.across}"), *map(printable, grid.across_values)]
    align = ("left", *("right" for _ in grid.across_values))
    return tabulate(rows, headers=headers, tablefmt="simple", disable_numparse=True, colalign=align)


def _grid_cell(variant: Variant | None) -> str:
    if variant is None:
        return DASH
    if not variant.changed:
        return f"{fixed(variant.score)} (default)"
    gap = variant.versus_default
    return f"{fixed(variant.score)} ({signed(gap.delta if gap else None)})"
