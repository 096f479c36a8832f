"""The board as plain text for a terminal."""

from __future__ import annotations

from tabulate import tabulate

from leaderboard.forest import shorten
from leaderboard.model import Board, Row, SetAside, Table
from leaderboard.numbers import DASH, compact, fixed, p_value, signed, span
from leaderboard.words import data_name, findings, printable, sample_words

_HEADERS = ("#", "tier", "method", "score", "interval", "vs floor", "p vs top", "frames/s", "published")
_ALIGN = ("right", "right", "left", "right", "left", "right", "right", "right", "right")


def render_terminal(board: Board) -> str:
    """Every table of the board with its findings and the runs set aside; ends with a line feed."""
    blocks = [_table(table) for table in board.tables]
    if board.set_aside:
        blocks.append(_set_aside(board.set_aside, "Runs that stopped before their corpus was read"))
    return "\n\n".join(blocks) + "\n"


def _table(table: Table) -> str:
    kind = "SYNTHETIC, says nothing about real people" if table.synthetic else f"{table.split} scores"
    title = f"{table.task.title} on {data_name(table)}: {kind}"
    lines = [printable(title), "=" * len(title)]
    if table.rows:
        about = f"{table.task.metric}; {sample_words(table)}; {table.level:.0%} intervals over these videos"
        rows = [[printable(cell) for cell in _cells(row)] for row in table.rows]
        grid = tabulate(rows, headers=_HEADERS, tablefmt="simple", disable_numparse=True, colalign=_ALIGN)
        lines += [about, "", grid, "", *(printable(sentence) for sentence in findings(table))]
        stars = [f"* {row.title}: {mark.text}" for row in table.rows for mark in row.notes]
        lines += [printable(star) for star in stars]
    if table.set_aside:
        lines += ["", _set_aside(table.set_aside, "Runs set aside")]
    return "\n".join(lines)


def _cells(row: Row) -> list[str]:
    kind = "floor" if row.floor else row.preset
    rung = "" if row.rung == "raw" else f", {row.rung}"
    seeds = f", {len(row.seeds)} seeds" if row.seed_span else ""
    star = " *" if row.notes else ""
    published = DASH
    if row.published is not None:
        published = fixed(row.published.value)
        if row.published.gap is not None:
            published += f" ({signed(row.published.gap)})"
    return [
        str(row.rank or DASH),
        str(row.tier or DASH),
        f"{shorten(row.title, 26 - len(rung))} ({kind}{rung}{seeds}){star}",
        fixed(row.score),
        span(row.interval),
        signed(row.versus_floor.delta if row.versus_floor else None),
        p_value(row.versus_top.p if row.versus_top else None),
        compact(row.cost.end_to_end if row.cost else None),
        published,
    ]


def _set_aside(lines: tuple[SetAside, ...], title: str) -> str:
    return "\n".join([f"{title}:", *(f"- {line.status}: {line.run_id}: {printable(line.reason)}" for line in lines)])
