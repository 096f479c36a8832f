"""Checking many units in parallel; a file that crashes a decoder is found out and does not stop the check."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess

from benchmark.corpora.check.memory import Memory
from benchmark.corpora.check.unit import Outcome, Unit, check_unit

#: Fewer units than this are checked before workers would have started.
_FEW = 24


def default_jobs() -> int:
    """One worker for each processor this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def check_units(
    units: Sequence[Unit], full: bool, memory: Memory, jobs: int, few: int = _FEW
) -> Iterator[tuple[Unit, Outcome | None]]:
    """Check every unit, in no fixed order, and remember each result as soon as it is there.

    Args:
        units: what to check.
        full: decode everything.
        memory: what is known; fresh results are kept in it.
        jobs: number of worker processes.
        few: up to this many units are checked in this process.

    Yields:
        Each unit with its outcome, None if checking it kills the process.
    """
    results = _here(units, full, memory) if jobs == 1 or len(units) <= few else _in_workers(units, full, memory, jobs)
    for unit, outcome in results:
        if outcome is not None:
            memory.keep(unit, outcome, full)
        yield unit, outcome


def _here(units: Sequence[Unit], full: bool, memory: Memory) -> Iterator[tuple[Unit, Outcome | None]]:
    for unit in units:
        yield unit, check_unit(unit, full, memory.recall(unit))


def _in_workers(units: Sequence[Unit], full: bool, memory: Memory, jobs: int) -> Iterator[tuple[Unit, Outcome | None]]:
    """Units in workers; after a crash those in flight are checked one by one, which tells the culprit."""
    left = list(units)
    while left:
        done: set[Unit] = set()
        suspects: list[Unit] = []
        for unit, outcome in _until_crash(left, full, memory, jobs):
            if outcome is None:
                suspects.append(unit)
            else:
                yield unit, outcome
            done.add(unit)
        for unit in suspects:
            yield from list(_until_crash([unit], full, memory, 1))
        left = [unit for unit in left if unit not in done]


def _until_crash(units: Sequence[Unit], full: bool, memory: Memory, jobs: int) -> Iterator[tuple[Unit, Outcome | None]]:
    """Units up to the end or to a crash; then those in flight come with None, and the rest do not come at all."""
    waiting = list(reversed(units))
    flight: dict[Future[Outcome], Unit] = {}
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(jobs, context, initializer=_prepare_worker) as pool:
        try:
            while waiting or flight:
                while waiting and len(flight) < 2 * jobs:
                    unit = waiting.pop()
                    flight[pool.submit(check_unit, unit, full, memory.recall(unit))] = unit
                for future in wait(flight, return_when=FIRST_COMPLETED).done:
                    outcome = future.result()
                    yield flight.pop(future), outcome
        except BrokenProcessPool:
            yield from ((unit, None) for unit in flight.values())
        except BaseException:
            for worker in set(multiprocessing.active_children()) - others:
                worker.terminate()
            raise


def _prepare_worker() -> None:
    """Leave Ctrl-C to the parent, and end with it however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
