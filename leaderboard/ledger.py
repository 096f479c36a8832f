"""Published numbers beside ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchmark.contract import Card, Published
from leaderboard.model import LedgerLine, PublishedScore, Row, Span, Table, Verdict


def headline(card: Card | None, table: Table, score: float, interval: Span) -> PublishedScore | None:
    """The published validation score that stands beside a row; None where the card names none.

    The first one without conditions of its own, else the first one.
    """
    wanted = (table.task.key, "validation", "score")
    found = [one for one in card.published if (one.task, one.split, one.metric) == wanted] if card else []
    if not found:
        return None
    published = min(found, key=lambda one: bool(one.note))
    gap, verdict = _judge(published, table, score, interval)
    return PublishedScore(published.value, published.source, published.note, gap, verdict)


def with_published(table: Table, cards: dict[str, Card]) -> Table:
    """The table with the published score beside each row."""
    rows = tuple(
        replace(row, published=headline(cards.get(row.method), table, row.score, row.interval)) for row in table.rows
    )
    return replace(table, rows=rows)


def ledger(card: Card, tables: Sequence[Table]) -> tuple[LedgerLine, ...]:
    """Every published number of a card with each of our rows that speaks to it; one line where there is none."""
    lines: list[LedgerLine] = []
    for published in card.published:
        if published.split == "test":
            lines.append(_without_ours(published, "test labels are private"))
            continue
        if published.note:
            lines.append(_without_ours(published, "other conditions"))
            continue
        ours = [
            (table, row)
            for table in tables
            for row in table.rows
            if row.method == card.key and table.task.key == published.task
        ]
        real = [(table, row) for table, row in ours if not table.synthetic and table.split == "validation"]
        if not real:
            verdict: Verdict = "only run on synthetic data" if ours else "not run"
            lines.append(_without_ours(published, verdict))
        lines += [_line(published, table, row) for table, row in real]
    return tuple(lines)


def part_value(row: Row, metric: str) -> float | None:
    """A part of the score by the name that a paper's number has on a card: "valence CCC", "AU1 F1", "valence"."""
    name = metric.removesuffix(" CCC").removesuffix(" F1")
    lowered = {part.casefold(): value for part, value in row.parts.items()}
    return lowered.get(name.casefold())


def _without_ours(published: Published, verdict: Verdict) -> LedgerLine:
    return LedgerLine(published, None, None, None, None, None, verdict)


def _line(published: Published, table: Table, row: Row) -> LedgerLine:
    is_headline = published.metric == "score"
    preset = f"{row.preset}, leak" if row.leaked else row.preset
    ours = row.score if is_headline else part_value(row, published.metric)
    if ours is None:
        return LedgerLine(published, row.key, preset, None, None, None, "part not in our record")
    span = row.interval if is_headline else None
    gap, verdict = _judge(published, table, ours, span)
    return LedgerLine(published, row.key, preset, ours, span, gap, verdict)


def _judge(published: Published, table: Table, ours: float, span: Span | None) -> tuple[float | None, Verdict]:
    if table.synthetic:
        return None, "only run on synthetic data"
    if published.note:
        return None, "other conditions"
    if span is not None and published.value in span:
        return ours - published.value, "within our interval"
    return ours - published.value, "published is higher" if published.value > ours else "published is lower"
