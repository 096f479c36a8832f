"""What leaves the board as CSV, JSON, LaTeX and plain text."""

from __future__ import annotations

import csv
import io
import json

import pytest
from sample_records import EVIL, make_record, sample_cards, simulated_stats

from leaderboard.board import build_board
from leaderboard.export import to_csv, to_json, to_latex
from leaderboard.model import Board
from leaderboard.terminal import render_terminal
from leaderboard.words import bench_command, findings, printable


def test_csv_gives_back_every_row_at_full_precision(board: Board) -> None:
    for table in board.tables:
        lines = list(csv.DictReader(io.StringIO(to_csv(table))))
        assert [float(line["score"]) for line in lines] == [row.score for row in table.rows]
        assert [float(line["score_low"]) for line in lines] == [row.interval.low for row in table.rows]
        assert {line["synthetic"] for line in lines} == {"yes" if table.synthetic else "no"}
        for name in table.part_names:
            assert [float(line[f"part {name}"]) for line in lines] == [row.parts[name] for row in table.rows]


@pytest.mark.parametrize("title", ["=1+1", "+A1", "-A1", "@SUM(A1)"])
def test_csv_cells_are_never_formulas(title: str) -> None:
    (table,) = build_board([make_record(run={"title": title})], {}).tables
    (line,) = csv.DictReader(io.StringIO(to_csv(table)))
    assert line["title"] == f"'{title}"


def test_json_holds_the_board_and_says_what_is_synthetic(board: Board) -> None:
    whole = json.loads(to_json(board))
    assert whole["records"] == board.records
    assert [len(table["rows"]) for table in whole["tables"]] == [len(table.rows) for table in board.tables]
    for table in whole["tables"]:
        assert {row["synthetic"] for row in table["rows"]} == {table["synthetic"]}
    assert whole["tables"][1]["set_aside"][0]["reason"].startswith("loss became NaN")


def test_latex_escapes_and_marks_synthetic_rows(board: Board) -> None:
    text = to_latex(board.tables[1])
    assert r"\textless{}script\textgreater{}" in text
    assert r"\& \textquotedbl{}Sons" in text
    assert text.count("& SYNTHETIC ") == len(board.tables[1].rows)
    assert r"\caption{SYNTHETIC data" in text
    assert all(line.count("&") - line.count(r"\&") == 7 for line in text.splitlines() if line.endswith(r"\\"))
    real = to_latex(board.tables[0])
    assert "SYNTHETIC" not in real
    assert real.count("& real ") == len(board.tables[0].rows)


def test_the_terminal_shows_every_row_mark_and_failure(board: Board) -> None:
    text = render_terminal(board)
    for table in board.tables:
        assert table.task.title in text
        for sentence in findings(table):
            assert sentence in text
        for row in table.rows:
            for mark in row.notes:
                assert f"* {row.title}: {mark.text}" in text
    assert text.count("SYNTHETIC") == 4
    assert "validation scores" in text
    assert "NaN at epoch 3" in text
    assert max(len(line) for line in text.splitlines() if line.startswith("  ")) <= 132
    assert text.endswith("\n")


def test_a_title_cannot_steer_the_terminal() -> None:
    record = make_record(run={"title": "good\x1b[2J\x07name"})
    text = render_terminal(build_board([record], sample_cards()))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert printable("a\nb") == "a\N{REPLACEMENT CHARACTER}b"


def test_findings_say_who_leads_who_is_tied_and_who_beats_the_floor(board: Board) -> None:
    real, synthetic = (" ".join(findings(table)) for table in board.tables[:2])
    assert real.startswith("Mixture-of-experts fusion (Team RAS) has the highest score, ")
    assert "Every method beats the best floor, Ridge on face features" in real
    assert f"Not shown to beat the best floor, Ridge on face features (0.326): {EVIL}." in synthetic
    mtl = " ".join(findings(board.tables[4]))
    assert "These videos cannot tell it from " in mtl


@pytest.mark.parametrize(
    ("skill", "words"), [(0.2, "the highest score of the methods, "), (0.9, "the highest score, ")]
)
def test_no_method_has_the_highest_score_while_a_floor_is_above_it(skill: float, words: str) -> None:
    entry = make_record(stats=simulated_stats("va", "maven", skill, 1))
    table = build_board([entry, make_record("ridge")], sample_cards()).tables[0]
    assert findings(table)[0].startswith(f"{sample_cards()['maven'].title} has {words}")


def test_findings_without_a_floor_say_that_too() -> None:
    (table,) = build_board([make_record()], {}).tables
    assert findings(table)[-1].startswith("No floor was run here")


def test_the_command_makes_the_row_again() -> None:
    records = [make_record(seed=seed, run={"overrides": ["model.name=a b"]}) for seed in (1, 2)]
    assert bench_command(records) == (
        "abaw bench maven --task va --preset affrig --seeds 1,2 --corpus affrig --size small --set 'model.name=a b'"
    )
    real = make_record(synthetic=False, preset="paper", score={"selection": "validation"})
    assert bench_command([real]).endswith("--corpus PATH/TO/AFF-WILD2 --select validation")
