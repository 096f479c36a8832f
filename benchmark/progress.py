"""Progress bars for everything that takes longer than two seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

#: Progress and notes go to standard error, so that standard output stays clean for results and ``--json``.
console = Console(stderr=True)


@contextmanager
def progress(unit: str = "") -> Iterator[Progress]:
    """A rich progress display with counts, elapsed and remaining time.

    Args:
        unit: what is counted ("frames"), shown behind the counts.
    """
    columns = (
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(f"{unit} [dim]{{task.fields[note]}}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=not console.is_terminal) as display:
        yield display
