"""Threads around compiled kernels."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import torch

#: Elementary updates below which starting threads costs more than it saves (about half a millisecond of work).
_SMALL = 1_000_000
#: Pieces per thread, so that a thread that is held up leaves work to the others.
_PIECES = 4


def run_tasks(kernel: Callable[..., None], tasks: int, work: int, *arguments: Any) -> None:
    """Call ``kernel(first, last, *arguments)`` so that every task is run once, on as many threads as torch may use.

    A task must write only what no other task writes; the result then does not depend on the number of threads.

    Args:
        kernel: compiled function that releases the interpreter lock.
        tasks: number of tasks.
        work: elementary updates of all tasks together.
        arguments: what follows the range of tasks.
    """
    threads = min(torch.get_num_threads(), tasks)
    if threads < 2 or work < _SMALL:
        kernel(0, tasks, *arguments)
        return
    pieces = min(tasks, threads * _PIECES)
    cuts = [tasks * piece // pieces for piece in range(pieces + 1)]
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(kernel, first, last, *arguments) for first, last in pairwise(cuts)]:
            done.result()
