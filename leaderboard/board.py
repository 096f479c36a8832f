"""From records to a board: tables of comparable rows, ranked and compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from benchmark.contract import Card
from benchmark.records import Record
from benchmark.tasks import TASKS
from leaderboard.grouping import TableKey, set_aside, table_key
from leaderboard.ledger import ledger, with_published
from leaderboard.model import Board, MethodEntry, SetAside, Table
from leaderboard.table import build_table


def build_board(records: Iterable[Record], cards: Mapping[str, Card], step: Callable[[], None] = lambda: None) -> Board:
    """Build the board of a set of records.

    The result depends on the records alone, not on their order, the clock or the machine.

    Args:
        records: any records, finished or not.
        cards: method key -> card; a record whose method has none gets a row but no published number.
        step: called once for each record that was resampled or set aside.
    """
    known = dict(cards)
    everything = sorted(records, key=lambda record: (record.run.id, record.started_at))
    groups: dict[TableKey, list[Record]] = defaultdict(list)
    nowhere: list[SetAside] = []
    for record in everything:
        if record.data is not None:
            groups[table_key(record.run.task, record.data)].append(record)
        else:
            nowhere.append(set_aside(record))
            step()
    order = {task: index for index, task in enumerate(TASKS)}
    keys = sorted(groups, key=lambda key: (key.synthetic, order[key.task], *key[2:]))
    tables = tuple(with_published(build_table(key, groups[key], known, nowhere, step), known) for key in keys)
    return Board(tables, tuple(nowhere), _methods(everything, known, tables), len(everything))


def _methods(records: Sequence[Record], cards: Mapping[str, Card], tables: Sequence[Table]) -> tuple[MethodEntry, ...]:
    """Every method that has a record or a published number."""
    titles = {record.run.method: record.run.title for record in records}
    floors = {record.run.method for record in records if record.run.floor}
    titles |= {key: card.title for key, card in cards.items() if card.published or key in titles}
    entries = [
        MethodEntry(
            key=key,
            title=title,
            card=cards.get(key),
            ledger=ledger(cards[key], tables) if key in cards else (),
            rows=tuple(row for table in tables for row in table.rows if row.method == key),
            ablations=tuple(one for table in tables for one in table.ablations if one.method == key),
        )
        for key, title in titles.items()
    ]
    return tuple(sorted(entries, key=lambda entry: (entry.key in floors, entry.title.casefold(), entry.key)))
