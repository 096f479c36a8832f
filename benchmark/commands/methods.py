"""``abaw methods``: what can be run."""

from __future__ import annotations

import json
from typing import Any

from benchmark.registry import Method, load_methods


def methods(as_json: bool) -> None:
    """Print every method with its tasks, streams and presets."""
    rows = [_row(method) for method in load_methods().values()]
    if as_json:
        print(json.dumps(rows, indent=1))  # noqa: T201
        return
    from tabulate import tabulate

    table = [
        [row["key"], row["title"], " ".join(row["tasks"]), " ".join(row["streams"]), " ".join(row["presets"])]
        for row in rows
    ]
    print(tabulate(table, headers=["method", "title", "tasks", "streams", "presets"], maxcolwidths=[None, 52]))  # noqa: T201


def _row(method: Method) -> dict[str, Any]:
    card = method.card
    return {
        "key": card.key,
        "title": card.title,
        "summary": card.summary,
        "tasks": list(card.tasks),
        "streams": [need.name for need in card.streams],
        "presets": list(method.presets()),
        "floor": card.floor,
        "paper": card.paper.url if card.paper else None,
        "ablations": {key: list(values) for key, values in card.ablations.items()},
    }
