"""Published numbers beside ours: only what may be compared is compared."""

from __future__ import annotations

import pytest
from sample_records import make_record

from benchmark.contract import Card, Published
from benchmark.records import Record
from leaderboard.board import build_board
from leaderboard.model import Board, LedgerLine, MethodEntry


def card(*published: Published) -> Card:
    return Card("maven", "MAVEN", "x", None, ("va",), (), published)


def real(**change: dict[str, object]) -> Record:
    return make_record(synthetic=False, preset="paper", **change)  # type: ignore[arg-type]


def lines(record: Record | None, *published: Published) -> tuple[LedgerLine, ...]:
    records = [record] if record else [make_record("tcn_xattn")]
    board = build_board(records, {"maven": card(*published)})
    return entry(board).ledger


def entry(board: Board) -> MethodEntry:
    (found,) = [method for method in board.methods if method.key == "maven"]
    return found


def headline(value: float, note: str = "") -> Published:
    return Published("va", "validation", "score", value, "Table 1", note)


@pytest.mark.parametrize(
    ("shift", "verdict"),
    [(0.0, "within our interval"), (0.3, "published is higher"), (-0.3, "published is lower")],
)
def test_a_validation_score_is_held_against_our_interval(shift: float, verdict: str) -> None:
    record = real()
    assert record.score is not None
    (line,) = lines(record, headline(record.score.value + shift))
    assert line.verdict == verdict
    assert line.gap == pytest.approx(-shift, abs=1e-12)
    assert line.span is not None
    assert line.preset == "paper"


def test_a_part_is_compared_by_name_and_has_no_interval() -> None:
    record = real()
    assert record.score is not None
    (line,) = lines(record, Published("va", "validation", "Valence CCC", 0.1, "Table 1"))
    assert line.ours == record.score.parts["valence"]
    assert line.span is None
    (line,) = lines(record, Published("va", "validation", "RMSE", 0.1, "Table 1"))
    assert (line.ours, line.verdict) == (None, "part not in our record")


def test_synthetic_scores_are_never_held_against_published_ones() -> None:
    board = build_board([make_record()], {"maven": card(headline(0.3))})
    (line,) = entry(board).ledger
    assert (line.ours, line.gap, line.verdict) == (None, None, "only run on synthetic data")
    published = board.tables[0].rows[0].published
    assert published is not None
    assert (published.value, published.gap) == (0.3, None)


def test_private_test_labels_missing_runs_and_other_conditions_say_so() -> None:
    (line,) = lines(real(), Published("va", "test", "score", 0.3, "Table 2"))
    assert (line.ours, line.verdict) == (None, "test labels are private")
    (line,) = lines(None, headline(0.3))
    assert (line.ours, line.verdict) == (None, "not run")
    (line,) = lines(real(), headline(0.3, "audio only"))
    assert (line.ours, line.gap, line.verdict) == (None, None, "other conditions")


def test_the_number_beside_a_row_is_the_one_without_conditions() -> None:
    board = build_board([real()], {"maven": card(headline(0.9, "five folds"), headline(0.3))})
    published = board.tables[0].rows[0].published
    assert published is not None
    assert published.value == 0.3
    board = build_board([real()], {"maven": card(headline(0.9, "five folds"))})
    published = board.tables[0].rows[0].published
    assert published is not None
    assert (published.value, published.gap, published.verdict) == (0.9, None, "other conditions")


def test_each_of_our_rows_gets_its_line() -> None:
    board = build_board(
        [real(), real(score={"selection": "validation"}, run={"id": "x"})], {"maven": card(headline(0.3))}
    )
    assert len({line.row for line in entry(board).ledger}) == 2


def test_a_leaked_run_is_named_as_one() -> None:
    (line,) = lines(real(data={"train_split": "train+validation"}), headline(0.3))
    assert line.preset == "paper, leak"


def test_methods_without_a_run_or_without_a_card_are_listed(board: Board) -> None:
    by_key = {method.key: method for method in board.methods}
    assert by_key["safe_xattn"].rows == ()
    assert by_key["safe_xattn"].ledger[0].verdict == "not run"
    assert by_key["hga_mamba"].card is None
    assert [method.key for method in board.methods][-2:] == ["ridge", "constant"]
