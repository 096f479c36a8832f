"""What every command that trains shares: reading its options, and running requests that have no record yet."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.degradations import SEED, Degradation
from benchmark.errors import UserError
from benchmark.progress import console
from benchmark.registry import Method
from benchmark.tasks import Task, get_task

if TYPE_CHECKING:
    from benchmark.corpora.reader import Corpus
    from benchmark.encoders.store import FeatureStore
    from benchmark.records import Record
    from benchmark.running.request import RunRequest

DEVICES = ("auto", "cpu", "cuda")


def parse_seeds(text: str) -> list[int]:
    """Seeds of ``--seeds``, each once, in the order given.

    Raises:
        UserError: they are not whole numbers of 0 or more, separated by commas.
    """
    try:
        seeds = [int(part) for part in text.split(",")]
    except ValueError:
        raise UserError(f'--seeds "{text}": expected whole numbers separated by commas, such as 0,1,2') from None
    if any(seed < 0 for seed in seeds):
        raise UserError(f'--seeds "{text}": expected numbers of 0 or more.')
    return list(dict.fromkeys(seeds))


def check_device(asked: str) -> None:
    """Refuse a ``--device`` that does not exist, before anything heavy is imported."""
    if asked not in DEVICES:
        raise UserError(f'--device "{asked}": expected auto, cpu or cuda.')


def device_type(asked: str) -> str:
    """``cpu`` or ``cuda``, for ``auto`` what this machine has."""
    from benchmark.training.networks import make_fabric

    return make_fabric(asked, "32-true").device.type


def task_of(method: Method, asked: str | None) -> Task:
    """The task of ``--task``, or the method's first.

    Raises:
        UserError: there is no such task, or the method is not made for it.
    """
    task = get_task(asked or method.card.tasks[0])
    if task.key not in method.card.tasks:
        raise UserError(
            f"--task {task.key}: {method.card.key} is made for {', '.join(method.card.tasks)}; see: abaw methods"
        )
    return task


def default_preset(corpus: str) -> str:
    """The preset that is meant where ``--preset`` is not given."""
    return "affrig" if corpus == "affrig" else "paper"


def open_corpus(name: str, size: str) -> Corpus:
    """The corpus of ``--corpus``; says so where it is synthetic."""
    from benchmark.corpora.reader import open_named

    corpus = open_named(name, size)
    if corpus.synthetic:
        console.print(f"[bold]SYNTHETIC corpus[/] {corpus.root}: scores say nothing about Aff-Wild2.", highlight=False)
    return corpus


def run_all(
    requests: Iterable[RunRequest], records: Path, store: FeatureStore, fresh: bool
) -> Iterator[tuple[RunRequest, Record]]:
    """Run every request that has no finished record of the same identity, and write a record for it.

    Args:
        records: folder of records.
        fresh: run every request, although it has a record.

    Yields:
        Each request with its record, old or new; a method that breaks leaves a failed record and the others go on.
    """
    from benchmark.records import read_record, write_record

    for request in requests:
        run_id = request.info().id
        work = request.out / "work" / run_id
        if fresh:
            shutil.rmtree(work, ignore_errors=True)
        kept = None if fresh else finished_record(records, run_id)
        if kept:
            console.print(f"kept {kept} (same inputs; --fresh trains again)", highlight=False, soft_wrap=True)
            yield request, read_record(kept)
            continue
        record = _run(replace(request, fresh=fresh), store)
        console.print(f"{write_record(record, records)}", highlight=False, soft_wrap=True)
        shutil.rmtree(work, ignore_errors=True)  # checkpoints serve a run that has no record yet
        yield request, record


def complete_curves(
    request: RunRequest, record: Record, degradations: Sequence[Degradation], store: FeatureStore
) -> bool:
    """Score a finished run under the degradations that its record lacks, and add its record with them; no training.

    Returns:
        False if the method breaks under one of them.
    """
    from benchmark.records import write_record

    known = {(one.kind, one.severity, one.seed) for one in record.robustness}
    missing = [one for one in degradations if (one.kind, one.severity, SEED) not in known]
    if record.status != "finished" or not missing:
        return True
    import traceback

    from benchmark.running.restore import restore
    from benchmark.running.robustness import score_degraded

    try:
        restored = restore(record, request.out, request.corpus, request.device, store)
        found = score_degraded(restored, missing, store)
    except (UserError, OSError):
        raise
    except Exception:  # a method that cannot bear an input must not take the others with it
        console.print(traceback.format_exc(), highlight=False, markup=False)
        return False
    whole = record.model_copy(update={"robustness": [*record.robustness, *found]})
    console.print(f"{write_record(whole, request.out / 'records')}", highlight=False, soft_wrap=True)
    return True


def finished_record(records: Path, run_id: str) -> Path | None:
    """The newest finished record of a run, or None."""
    from benchmark.records import read_record

    for path in sorted(records.glob(f"{run_id}-*.json"), reverse=True):
        if read_record(path).status == "finished":
            return path
    return None


def _run(request: RunRequest, store: FeatureStore) -> Record:
    """Run one request; anything but a user's mistake becomes a failed record, so that the others go on."""
    import traceback

    from benchmark.cost.environment import describe_environment
    from benchmark.records import DataInfo, Record
    from benchmark.running.execute import execute

    started = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        return execute(request, store)
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
