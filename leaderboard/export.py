"""Boards for other programs: CSV for each table, JSON for the whole board, LaTeX for a paper.

Every row carries whether its data are synthetic, so that the mark survives copying.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from typing import Any

from leaderboard.model import Ablation, Board, Gap, Row, Span, Table
from leaderboard.numbers import DASH, MINUS, compact, fixed, signed, span
from leaderboard.words import printable

FORMAT = 1  #: raised when a field of the JSON changes its meaning


def to_csv(table: Table) -> str:
    """One table as CSV with a header line; full precision, empty cells where a value does not exist.

    Text that a spreadsheet would run as a formula is preceded by an apostrophe.
    """
    rows = [_flat(table, row) for row in table.rows]
    if not rows:
        return ""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def to_json(board: Board) -> str:
    """The whole board as JSON."""
    tables = [
        {
            "task": table.task.key,
            "metric": table.task.metric,
            "synthetic": table.synthetic,
            "corpus": table.corpus,
            "size": table.size,
            "fingerprint": table.fingerprint,
            "split": table.split,
            "videos": table.videos,
            "bootstrap": {
                "level": table.level,
                "resamples": table.resamples,
                "pair_resamples": table.pair_resamples,
                "seed": table.seed,
            },
            "rows": [_flat(table, row) for row in table.rows],
            "robustness": [
                {
                    "row": row.key,
                    "method": row.method,
                    "kind": curve.kind.key,
                    "points": [asdict(p) for p in curve.points],
                }
                for row in table.rows
                for curve in row.curves
            ],
            "ablations": [_ablation(ablation) for ablation in table.ablations],
            "set_aside": [
                {"run": line.run_id, "status": line.status, "reason": line.reason} for line in table.set_aside
            ],
        }
        for table in board.tables
    ]
    whole = {"format": FORMAT, "records": board.records, "tables": tables}
    return json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def to_latex(table: Table) -> str:
    """One table as LaTeX for the booktabs package."""
    what = f"{table.task.title}, {table.corpus} ({table.split})"
    if table.synthetic:
        what = f"SYNTHETIC data, not a result about people. {what}"
    interval = rf"{table.level * 100:g}\,\% bootstrap interval over videos"
    lines = [
        r"\begin{table}",
        rf"\caption{{{_tex(what)}: {_tex(table.task.metric)}, {interval}.}}",
        r"\begin{tabular}{rlrlrlrl}",
        r"\toprule",
        r"Rank & Method & Score & Interval & Tier & Against best floor & Frames/s & Data \\",
        r"\midrule",
    ]
    for row in table.rows:
        cells = [
            str(row.rank or DASH),
            rf"\textit{{{_tex(row.title)}}}" if row.floor else _tex(row.title),
            _tex(fixed(row.score)),
            _tex(span(row.interval)),
            str(row.tier or DASH),
            _tex(f"{signed(row.versus_floor.delta)} ({span(row.versus_floor.span)})" if row.versus_floor else DASH),
            _tex(compact(row.cost.end_to_end if row.cost else None)),
            "SYNTHETIC" if table.synthetic else "real",
        ]
        lines.append(" & ".join(cells).replace(DASH, "--") + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}", ""])


def _flat(table: Table, row: Row) -> dict[str, Any]:
    cost = row.cost
    return {
        "rank": row.rank,
        "tier": row.tier,
        "method": row.method,
        "title": row.title,
        "preset": row.preset,
        "rung": row.rung,
        "floor": row.floor,
        "synthetic": table.synthetic,
        "corpus": table.corpus,
        "split": table.split,
        "task": table.task.key,
        "metric": table.task.metric,
        "seeds": " ".join(str(seed.seed) for seed in row.seeds),
        "score": row.score,
        **_bounds("score", row.interval),
        **_bounds("seed", row.seed_span),
        **{f"part {name}": value for name, value in row.parts.items()},
        **_gap("vs_floor", row.versus_floor),
        **_gap("vs_top", row.versus_top),
        "face_seen": row.observed,
        "published": row.published.value if row.published else None,
        "ours_minus_published": row.published.gap if row.published else None,
        "marks": "; ".join(mark.label for mark in row.marks),
        "device": cost.device if cost else None,
        "machine": cost.machine if cost else None,
        "precision": cost.precision if cost else None,
        "batch_size": cost.batch_size if cost else None,
        "parameters": cost.parameters if cost else None,
        "trainable_parameters": cost.trainable if cost else None,
        "flops_per_frame": cost.flops_per_frame if cost else None,
        "frames_per_second_model": cost.frames_per_second if cost else None,
        "frames_per_second_end_to_end": cost.end_to_end if cost else None,
        "latency_p50_ms": cost.p50_ms if cost else None,
        "latency_p95_ms": cost.p95_ms if cost else None,
        "peak_memory_mib": cost.peak_mib if cost else None,
        "memory_kind": cost.memory_kind if cost else None,
        "train_seconds": cost.train_seconds if cost else None,
        "runs": " ".join(seed.run_id for seed in row.seeds),
    }


def _ablation(ablation: Ablation) -> dict[str, Any]:
    return {
        "method": ablation.method,
        "preset": ablation.preset,
        "overrides": list(ablation.overrides),
        "defaults": dict(ablation.defaults),
        "pair_resamples": ablation.pair_resamples,
        "configurations": [
            {
                "changed": dict(one.changed),
                "score": one.score,
                **_bounds("score", one.interval),
                **_bounds("seed", one.seed_span),
                **_gap("vs_default", one.versus_default),
                "parameters": one.parameters,
                "train_seconds": one.train_seconds,
                "runs": [seed.run_id for seed in one.seeds],
            }
            for one in (ablation.default, *ablation.variants)
        ],
    }


def _bounds(name: str, value: Span | None) -> dict[str, float | None]:
    return {f"{name}_low": value.low if value else None, f"{name}_high": value.high if value else None}


def _gap(name: str, value: Gap | None) -> dict[str, float | None]:
    return {
        name: value.delta if value else None,
        **_bounds(name, value.span if value else None),
        f"{name}_p_holm": value.p if value else None,
    }


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        text = printable(value)
        return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
    return value


_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    '"': r"\textquotedbl{}",
    MINUS: r"$-$",
} | {sign: f"\\{sign}" for sign in "&%$#_"}


def _tex(text: str) -> str:
    return "".join(_TEX.get(letter, letter) for letter in printable(text))
