"""``abaw board``: the leaderboard from records alone."""

from __future__ import annotations

from pathlib import Path

from benchmark.errors import UserError
from benchmark.files import write_whole
from benchmark.progress import progress
from benchmark.records import read_records
from benchmark.registry import load_cards


def board(records: Path, out: Path | None = None) -> int:
    """Print the board's tables and write it as one HTML file.

    Args:
        records: folder of records.
        out: the HTML file; default ``board.html`` beside the folder of records.

    Returns:
        0.

    Raises:
        UserError: there is no record, or one of them cannot be read.
    """
    found = read_records(records)
    if not found:
        raise UserError(f"{records}: no record in this folder; make one with: make bench METHOD=maven")
    from leaderboard.board import build_board
    from leaderboard.html import render_html
    from leaderboard.terminal import render_terminal

    with progress("records") as bar:
        task = bar.add_task("Comparing", total=len(found), note="")
        result = build_board(found, load_cards(), step=lambda: bar.advance(task))
    print(render_terminal(result))  # noqa: T201
    path = out or records.resolve().parent / "board.html"
    write_whole(path, render_html(result))
    print(f"board: {path}")  # noqa: T201
    return 0
