"""``abaw ablate``: a method with every switch of its card's ablation table changed, against its default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.commands.runs import (
    check_device,
    default_preset,
    device_type,
    open_corpus,
    parse_seeds,
    run_all,
    task_of,
)
from benchmark.contract import Card
from benchmark.errors import UserError, unknown_name
from benchmark.files import write_whole
from benchmark.presets import Preset, apply_overrides, choose_preset, flatten, setting, setting_value
from benchmark.progress import console
from benchmark.registry import get_method, load_cards

if TYPE_CHECKING:
    from benchmark.records import Record
    from benchmark.running.request import RunRequest


@dataclass(frozen=True, slots=True)
class AblateOptions:
    """The options of ``abaw ablate`` as given; see its help."""

    method: str
    task: str | None
    corpus: str
    size: str
    preset: str | None
    seeds: str
    device: str
    out: Path
    overrides: tuple[str, ...]
    only: tuple[str, ...]
    grid: tuple[str, ...]
    fresh: bool


def ablate(options: AblateOptions) -> int:
    """Run the default configuration and every change, print the table, and write it and the board as HTML.

    Runs are kept and resumed as those of ``abaw bench``; the default configuration is the very run that ``bench``
    makes. Everything is checked before the first frame is read.

    Returns:
        0, or 1 if some run failed.
    """
    method = get_method(options.method)
    task = task_of(method, options.task)
    seeds = parse_seeds(options.seeds)
    check_device(options.device)
    presets = method.presets()
    name = options.preset or default_preset(options.corpus)
    base = apply_overrides(choose_preset(presets, name, method.card.key), options.overrides)
    changes = plan_changes(method.card, base, options.only, options.grid)
    corpus = open_corpus(options.corpus, options.size)

    from benchmark.commands.board import board
    from benchmark.encoders.store import FeatureStore
    from benchmark.running.request import RunRequest

    device = device_type(options.device)

    def requests() -> Iterator[RunRequest]:
        total = len(changes) * len(seeds)
        for number, (change, seed) in enumerate(product(changes, seeds), start=1):
            what = " ".join(change) or "default configuration"
            # a switch that is a list, "[audio, text]", is no markup
            console.print(f"{number} of {total}: {what}, seed {seed}", highlight=False, soft_wrap=True, markup=False)
            overrides = (*options.overrides, *change)
            yield RunRequest(
                method=method,
                preset_name=name,
                preset=apply_overrides(base, change),
                overrides=overrides,
                task=task,
                corpus=corpus,
                seed=seed,
                device=device,
                select="inner",
                allow_leak=False,
                out=options.out,
            )

    records = options.out / "records"
    done = [record for _, record in run_all(requests(), records, FeatureStore(), options.fresh)]
    board(records, options.out / "board.html")
    failed = _show(done, options.out / f"ablation-{method.card.key}-{task.key}.html")
    return 1 if failed else 0


def plan_changes(card: Card, base: Preset, only: Sequence[str] = (), grid: Sequence[str] = ()) -> list[tuple[str, ...]]:
    """The configurations to run, each as the ``key=value`` settings that it changes; the default, empty, first.

    Args:
        card: its ``ablations`` are the switches with their values.
        base: the default configuration.
        only: switches to change; empty means all of them.
        grid: none, or two switches to cross.

    Raises:
        UserError: the card has no such switch or none at all, or its key is not a setting of the preset.
    """
    if not card.ablations:
        raise UserError(f"{card.key} has no ablation table in its card; see: abaw methods --json")
    if grid and (len(set(grid)) != 2 or len(grid) != 2):
        raise UserError(f"--grid {' --grid '.join(grid)}: expected two different switches, each with its own --grid.")
    if grid and only:
        raise UserError("--only and --grid cannot be given together; expected one of them.")
    for key in (*only, *grid):
        if key not in card.ablations:
            raise unknown_name(f"switch of {card.key}", key, card.ablations)
    keys = list(grid) or [key for key in card.ablations if key in only or not only]
    singles = {key: _values(base, key, card.ablations[key]) for key in keys}
    changes: list[tuple[str, ...]] = [(), *((one,) for values in singles.values() for one in values)]
    if grid:
        changes += product(singles[grid[0]], singles[grid[1]])
    return changes


def _values(base: Preset, key: str, values: Sequence[object]) -> list[str]:
    """``key=value`` for every value that changes the configuration, each once."""
    default = _flat(base)
    found: dict[str, str] = {}
    for value in values:
        text = setting(key, value)
        result = _flat(apply_overrides(base, [text]))
        if result != default:
            found.setdefault(result[key], text)
    return list(found.values())


def _flat(preset: Preset) -> Mapping[str, str]:
    return {key: setting_value(value) for key, value in flatten(preset.model_dump()).items()}


def _show(done: Sequence[Record], page: Path) -> int:
    """Print the table of these runs and write it to ``page``; returns how many runs failed."""
    from leaderboard.ablation_text import render_ablation_text
    from leaderboard.board import build_board
    from leaderboard.html import render_ablation

    tables = [one for table in build_board(done, load_cards()).tables for one in table.ablations]
    for ablation in tables:
        print(f"\n{render_ablation_text(ablation)}")  # noqa: T201
        write_whole(page, render_ablation(ablation))
        print(f"ablation: {page}")  # noqa: T201
    failed = [record for record in done if record.status != "finished"]
    for record in failed:
        what = " ".join(record.run.overrides) or "default configuration"
        print(f"{record.status}: {what}, seed {record.run.seed}: {record.reason}")  # noqa: T201
    if not tables:
        print("No ablation table: it needs a finished default configuration and a finished change.")  # noqa: T201
    return len(failed)
