"""Progress where no terminal is: a line now and then, none for what is quick."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console
from rich.progress import TextColumn, TimeElapsedColumn

from benchmark import progress as module
from benchmark.progress import FIRST_LINE_S, NEXT_LINE_S, LoggedProgress, progress


class _Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def _lines(work: Callable[[LoggedProgress, _Clock], None]) -> list[str]:
    clock, out = _Clock(), io.StringIO()
    console = Console(file=out, width=80)
    columns = (TextColumn("{task.description} {task.completed:.0f}/{task.total:.0f}"), TimeElapsedColumn())
    with LoggedProgress(*columns, console=console, get_time=clock) as display:
        work(display, clock)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_quick_work_leaves_a_log_clean() -> None:
    def work(display: LoggedProgress, clock: _Clock) -> None:
        task = display.add_task("Quick", total=2)
        for _ in range(2):
            clock.now += FIRST_LINE_S / 3
            display.advance(task)

    assert _lines(work) == []


def test_long_work_writes_a_line_after_two_seconds_then_every_thirty_and_its_end() -> None:
    def work(display: LoggedProgress, clock: _Clock) -> None:
        task = display.add_task("Long", total=70)
        for _ in range(70):
            clock.now += 1.0
            display.advance(task)

    assert _lines(work) == [
        "Long 2/70 0:00:02",
        "Long 32/70 0:00:32",
        "Long 62/70 0:01:02",
        "Long 70/70 0:01:10",
    ]


def test_an_update_is_work_too() -> None:
    def work(display: LoggedProgress, clock: _Clock) -> None:
        task = display.add_task("Lists", total=3)
        clock.now += NEXT_LINE_S
        display.update(task, advance=1)

    assert _lines(work)[0] == "Lists 1/3 0:00:30"


def test_a_long_line_is_not_cut() -> None:
    def work(display: LoggedProgress, clock: _Clock) -> None:
        task = display.add_task("Training " + "method " * 20, total=9)
        clock.now += NEXT_LINE_S
        display.advance(task)

    assert _lines(work)[0].endswith("method  1/9 0:00:30")


@pytest.mark.parametrize("terminal", [True, False])
def test_bars_are_drawn_on_a_terminal_only(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(module, "console", Console(file=out, force_terminal=terminal, width=80))
    with progress("frames") as bar:
        bar.advance(bar.add_task("Making", total=1, note=""))
    assert isinstance(bar, LoggedProgress) is not terminal
    assert ("━" in out.getvalue()) is terminal
