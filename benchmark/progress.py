"""Progress bars for everything that takes longer than two seconds; lines instead where no terminal is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

#: Progress and notes go to standard error, so that standard output stays clean for results and ``--json``.
console = Console(stderr=True)

FIRST_LINE_S: Final = 2.0
NEXT_LINE_S: Final = 30.0


class LoggedProgress(Progress):
    """A progress display for logs: a plain line after two seconds and then every thirty, for whoever follows a file."""

    def __init__(self, *columns: ProgressColumn, **options: Any) -> None:
        """As in rich; nothing is ever redrawn."""
        super().__init__(*columns, **{**options, "auto_refresh": False, "transient": True})
        self._next_line = self.get_time() + FIRST_LINE_S
        self._has_lines = False
        self._one_line = Lock()

    def advance(self, task_id: TaskID, advance: float = 1) -> None:
        """As in rich, and a line if one is due."""
        super().advance(task_id, advance)
        self._write_line(task_id)

    def update(self, task_id: TaskID, **changes: Any) -> None:
        """As in rich, and a line if one is due."""
        super().update(task_id, **changes)
        self._write_line(task_id)

    def _write_line(self, task_id: TaskID) -> None:
        with self._one_line:  # work is counted from several threads
            now = self.get_time()
            if now < self._next_line:
                return
            self._next_line, self._has_lines = now + NEXT_LINE_S, True
        self._print(next(task for task in self.tasks if task.id == task_id))

    def stop(self) -> None:
        """End the display, with its last state if a line was written before; rich would add an empty one."""
        if self._has_lines and self.live.is_started:
            for task in self.tasks:
                self._print(task)
        self.live.stop()

    def _print(self, task: Task) -> None:
        parts = [str(column(task)) for column in self.columns if isinstance(column, ProgressColumn)]
        self.console.print(" ".join(parts), markup=False, highlight=False, soft_wrap=True)  # a table would be cut


@contextmanager
def progress(unit: str = "") -> Iterator[Progress]:
    """A progress display with counts, elapsed and remaining time.

    Args:
        unit: what is counted ("frames"), shown behind the counts.
    """
    about = TextColumn("[progress.description]{task.description}")
    counts = (
        MofNCompleteColumn(),
        TextColumn(f"{unit} [dim]{{task.fields[note]}}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    if console.is_terminal:
        display = Progress(about, BarColumn(), *counts, console=console)
    else:
        display = LoggedProgress(about, *counts, console=console)
    with display:
        yield display
