"""``abaw bench``: methods and floors, from corpus to board."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from benchmark.commands.runs import (
    check_device,
    complete_curves,
    default_preset,
    device_type,
    open_corpus,
    parse_seeds,
    run_all,
    task_of,
)
from benchmark.degradations import parse_degradations
from benchmark.errors import UserError
from benchmark.presets import apply_overrides, choose_preset
from benchmark.registry import Method, get_method, load_methods
from benchmark.tasks import Task, get_task

if TYPE_CHECKING:
    from benchmark.corpora.reader import Corpus
    from benchmark.running.request import RunRequest


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """The options of ``abaw bench`` as given; see its help."""

    names: tuple[str, ...]
    task: str | None
    corpus: str
    size: str
    preset: str | None
    seeds: str
    device: str
    out: Path
    overrides: tuple[str, ...]
    select: Literal["inner", "validation"]
    fresh: bool
    allow_leak: bool
    degrade: tuple[str, ...]


def bench(options: BenchOptions) -> int:
    """Run every method asked for and the floors, write a record each, then the board.

    Every name, preset and setting is checked before the first frame is read. A run that already has a finished
    record with the same identity is kept unless ``fresh``. A method that breaks leaves a failed record and the
    others go on. Every finished run is then scored again under each degradation that its record lacks; its record with
    the new scores is added as another attempt.

    Returns:
        0, or 1 if some run failed.
    """
    chosen = _choose(options)
    seeds = parse_seeds(options.seeds)
    check_device(options.device)
    degradations = parse_degradations(options.degrade)
    plan = [(method, task, _preset(method, options)) for method, task in chosen]
    corpus = open_corpus(options.corpus, options.size)

    from benchmark.commands.board import board
    from benchmark.encoders.store import FeatureStore

    records = options.out / "records"
    requests = _requests(plan, seeds, corpus, device_type(options.device), options)
    store = FeatureStore()
    failed = 0
    for request, record in run_all(requests, records, store, options.fresh):
        failed += record.status == "failed" or not complete_curves(request, record, degradations, store)
    board(records, options.out / "board.html")
    return 1 if failed else 0


def _choose(options: BenchOptions) -> list[tuple[Method, Task]]:
    everything = load_methods().values()
    if "all" in options.names:
        task = get_task(options.task or "va")
        entries = [m for m in everything if task.key in m.card.tasks and not m.card.floor]
        pairs = [(method, task) for method in entries]
    else:
        pairs = [(method, task_of(method, options.task)) for method in map(get_method, options.names)]
        floors = [method.card.key for method, _ in pairs if method.card.floor]
        if floors and options.overrides:
            raise UserError(
                f"--set {options.overrides[0]}: {floors[0]} is a floor, the same for every method; expected no --set."
            )
    for task in dict.fromkeys(task for _, task in pairs):
        pairs += [(floor, task) for floor in everything if floor.card.floor and task.key in floor.card.tasks]
    return list({(method.card.key, task.key): (method, task) for method, task in pairs}.values())


def _preset(method: Method, options: BenchOptions) -> str:
    default = default_preset(options.corpus)
    presets = method.presets()
    name = options.preset or default
    if method.card.floor and name not in presets:
        name = default if default in presets else "affrig"
    preset = choose_preset(presets, name, method.card.key)
    if not method.card.floor:
        apply_overrides(preset, options.overrides)
    return name


def _requests(
    plan: list[tuple[Method, Task, str]], seeds: list[int], corpus: Corpus, device: str, options: BenchOptions
) -> Iterator[RunRequest]:
    from benchmark.running.request import RunRequest

    for method, task, name in plan:
        overrides = () if method.card.floor else options.overrides
        for seed in seeds[:1] if method.card.floor else seeds:  # floors draw nothing at random
            yield RunRequest(
                method=method,
                preset_name=name,
                preset=apply_overrides(method.presets()[name], overrides),
                overrides=overrides,
                task=task,
                corpus=corpus,
                seed=seed,
                device=device,
                select=options.select,
                allow_leak=options.allow_leak,
                out=options.out,
            )
