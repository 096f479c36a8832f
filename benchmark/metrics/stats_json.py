"""Reading per-video sums back from JSON, and refusing numbers that no set of predictions can give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmark.errors import UserError
from benchmark.metrics.tables import Table, table_dtype, table_shape
from benchmark.tasks import HEADS, TASKS

_SLACK = 1e-9  # room for rounding in the inequalities below


def parse_stats(data: Any) -> tuple[str, tuple[str, ...], dict[str, Table]]:
    """Task, trial names and tables of what ``VideoStats.to_json`` wrote.

    Raises:
        UserError: a key is missing or unknown, a shape is wrong, or a number is impossible.
    """
    if not isinstance(data, Mapping) or set(data) != {"task", "trials", "heads"}:
        found = sorted(map(str, data)) if isinstance(data, Mapping) else type(data).__name__
        raise UserError(f"per-video sums: found {found}, expected the keys task, trials and heads.")
    task, trials, heads = data["task"], data["trials"], data["heads"]
    if not isinstance(task, str) or task not in TASKS:
        raise UserError(f"per-video sums: task is {task!r}, expected one of {', '.join(TASKS)}.")
    names = tuple(trials) if isinstance(trials, list | tuple) else ()
    if not isinstance(trials, list | tuple) or not all(isinstance(name, str) for name in names):
        raise UserError("per-video sums: trials must be a list of names.")
    if list(names) != sorted(set(names)):
        raise UserError("per-video sums: trials must be sorted and each name may come once.")
    if not isinstance(heads, Mapping) or set(heads) != set(TASKS[task].heads):
        found = sorted(map(str, heads)) if isinstance(heads, Mapping) else type(heads).__name__
        raise UserError(f"per-video sums: heads are {found}, task {task} needs {', '.join(TASKS[task].heads)}.")
    return task, names, {head: _table(head, heads[head], names) for head in TASKS[task].heads}


def _table(head: str, values: Any, trials: tuple[str, ...]) -> Table:
    expected = (len(trials), *table_shape(head))
    kinds = "fiu" if table_dtype(head).kind == "f" else "iu"
    try:
        raw = np.asarray(values) if trials else np.empty(expected, table_dtype(head))
    except (ValueError, OverflowError):
        raw = np.empty(0, dtype=object)
    if raw.shape != expected or raw.dtype.kind not in kinds or (trials and not isinstance(values, list | tuple)):
        raise UserError(f"per-video sums: {head} must be a {expected} table of {table_dtype(head)} numbers.")
    table = raw.astype(table_dtype(head))
    possible = {"regression": _possible_sums, "classes": _possible_confusion, "binary": _possible_binary}
    good = possible[HEADS[head].kind](table)
    if not good.all():
        raise UserError(f"per-video sums: the {head} numbers of trial {trials[int(np.argmin(good))]} are impossible.")
    return table


def _possible_sums(table: Table) -> Table:
    n, sx, sy, sxx, syy, sxy = np.moveaxis(table, -1, 0)
    with np.errstate(invalid="ignore", over="ignore"):
        room = 1 + _SLACK
        whole = (n >= 0) & (n == np.floor(n)) & (n == n[:, :1]) & (n < 2**53)
        bounded = (sxx >= 0) & (sxx <= n * room) & (syy >= 0) & (syy <= n * room)
        spread = (sx * sx <= n * sxx * room) & (sy * sy <= n * syy * room) & (sxy * sxy <= sxx * syy * room)
    return np.asarray((np.isfinite(table).all(-1) & whole & bounded & spread).all(-1))


def _possible_confusion(table: Table) -> Table:
    return np.asarray((table >= 0).all((1, 2)))


def _possible_binary(table: Table) -> Table:
    frames = table.sum(-1)
    return np.asarray((table >= 0).all((1, 2)) & (frames == frames[:, :1]).all(1))
