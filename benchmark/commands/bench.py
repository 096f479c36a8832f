"""``abaw bench``: methods and floors, from corpus to board."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from benchmark.errors import UserError
from benchmark.presets import apply_overrides, choose_preset
from benchmark.progress import console
from benchmark.registry import Method, get_method, load_methods
from benchmark.tasks import Task, get_task

if TYPE_CHECKING:
    from benchmark.corpora.reader import Corpus
    from benchmark.records import Record
    from benchmark.running.request import RunRequest


DEVICES = ("auto", "cpu", "cuda")


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


def bench(options: BenchOptions) -> int:
    """Run every method asked for and the floors, write a record each, then the board.

    Every name, preset and setting is checked before the first frame is read. A run that already has a finished
    record with the same identity is kept unless ``fresh``. A method that breaks leaves a failed record and the
    others go on.

    Returns:
        0, or 1 if some run failed.
    """
    chosen = _choose(options)
    seeds = _seeds(options.seeds)
    if options.device not in DEVICES:
        raise UserError(f'--device "{options.device}": expected auto, cpu or cuda.')
    plan = [(method, task, _preset(method, options)) for method, task in chosen]

    from benchmark.corpora.reader import open_named

    corpus = open_named(options.corpus, options.size)
    if corpus.synthetic:
        console.print(f"[bold]SYNTHETIC corpus[/] {corpus.root}: scores say nothing about Aff-Wild2.", highlight=False)

    from benchmark.commands.board import board
    from benchmark.encoders.store import FeatureStore
    from benchmark.records import write_record

    device = _device(options.device)
    records = options.out / "records"
    store = FeatureStore()
    failed = 0
    for request in _requests(plan, seeds, corpus, device, options):
        run_id = request.info().id
        work = options.out / "work" / run_id
        if options.fresh:
            shutil.rmtree(work, ignore_errors=True)
        kept = None if options.fresh else _finished(records, run_id)
        if kept:
            console.print(f"kept {kept} (same inputs; --fresh trains again)", highlight=False, soft_wrap=True)
            continue
        record = _run(request, store)
        failed += record.status == "failed"
        console.print(f"{write_record(record, records)}", highlight=False, soft_wrap=True)
        shutil.rmtree(work, ignore_errors=True)  # checkpoints serve a run that has no record yet
    board(records, options.out / "board.html")
    return 1 if failed else 0


def _choose(options: BenchOptions) -> list[tuple[Method, Task]]:
    everything = load_methods().values()
    if "all" in options.names:
        task = get_task(options.task or "va")
        entries = [m for m in everything if task.key in m.card.tasks and not m.card.floor]
        pairs = [(method, task) for method in entries]
    else:
        pairs = [(m, get_task(options.task or m.card.tasks[0])) for m in map(get_method, options.names)]
    for method, task in pairs:
        if task.key not in method.card.tasks:
            raise UserError(
                f"--task {task.key}: {method.card.key} is made for {', '.join(method.card.tasks)}; see: abaw methods"
            )
    for task in dict.fromkeys(task for _, task in pairs):
        pairs += [(floor, task) for floor in everything if floor.card.floor and task.key in floor.card.tasks]
    return list({(method.card.key, task.key): (method, task) for method, task in pairs}.values())


def _preset(method: Method, options: BenchOptions) -> str:
    default = "affrig" if options.corpus == "affrig" else "paper"
    presets = method.presets()
    name = options.preset or default
    if method.card.floor and name not in presets:
        name = default if default in presets else "affrig"
    preset = choose_preset(presets, name, method.card.key)
    if not method.card.floor:
        apply_overrides(preset, options.overrides)
    return name


def _seeds(text: str) -> list[int]:
    try:
        seeds = [int(part) for part in text.split(",")]
    except ValueError:
        raise UserError(f'--seeds "{text}": expected whole numbers separated by commas, such as 0,1,2') from None
    if any(seed < 0 for seed in seeds):
        raise UserError(f'--seeds "{text}": expected numbers of 0 or more.')
    return list(dict.fromkeys(seeds))


def _device(asked: str) -> str:
    from benchmark.training.networks import make_fabric

    return make_fabric(asked, "32-true").device.type


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


def _finished(records: Path, run_id: str) -> Path | None:
    from benchmark.records import read_record

    for path in sorted(records.glob(f"{run_id}-*.json"), reverse=True):
        if read_record(path).status == "finished":
            return path
    return None


def _run(request: RunRequest, store: object) -> Record:
    """Run one request; anything but a user's mistake becomes a failed record, so that the others go on."""
    import traceback

    from benchmark.cost.environment import describe_environment
    from benchmark.records import DataInfo, Record
    from benchmark.running.execute import execute

    started = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        return execute(request, store)  # type: ignore[arg-type]
    except (UserError, OSError):
        raise
    except Exception as error:
        console.print(traceback.format_exc(), highlight=False, markup=False)
        return Record(
            status="failed",
            reason=f"{type(error).__name__}: {error}",
            run=request.info(),
            data=DataInfo(
                corpus=request.corpus.name,
                synthetic=request.corpus.synthetic,
                size=request.corpus.size,
                fingerprint=request.corpus.fingerprint,
                train_split="train",
                scored_split="validation",
                train_trials=0,
                scored_trials=0,
                scored_frames=0,
                labels_seen=[],
                streams={},
            ),
            environment=describe_environment(),
            started_at=started,
        )
