"""Numbers as a reader sees them, axes, and the drawings that stand on them."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_records import make_record

from benchmark.records import StageInfo
from leaderboard import forest, scatter
from leaderboard.axis import linear_axis, log_axis
from leaderboard.model import Board, Span
from leaderboard.numbers import compact, count, duration, fixed, memory, p_value, percent, signed, span
from leaderboard.sparkline import HEIGHT, PAD, WIDTH, sparklines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (fixed(0.12345), "0.123"),
        (fixed(-0.5), "−0.500"),
        (fixed(-0.0001), "0.000"),
        (fixed(None), "–"),
        (signed(0.1), "+0.100"),
        (signed(-0.1), "−0.100"),
        (signed(0.0001), "0.000"),
        (span(Span(-0.1, 0.25)), "−0.100 to 0.250"),
        (p_value(0.0002), "< 0.001"),
        (p_value(1.0), "1.000"),
        (compact(1234567), "1.23M"),
        (compact(0.002), "2.0e-3"),
        (compact(0), "0"),
        (compact(999.6), "1.00k"),
        (compact(2), "2"),
        (compact(0.5), "0.5"),
        (compact(6.7e10), "67.0G"),
        (compact(None), "–"),
        (duration(4.6), "4.6 s"),
        (duration(59.99), "1 min 00 s"),
        (duration(3600 * 5 + 200), "5 h 03 min"),
        (percent(0.99999), "99.9 %"),
        (percent(1.0), "100 %"),
        (percent(0.0), "0 %"),
        (memory(512.4), "512 MiB"),
        (memory(3481.6), "3.4 GiB"),
        (count(1, "video"), "1 video"),
        (count(1076, "video"), "1,076 videos"),
    ],
)
def test_numbers_are_printed_as_a_reader_expects(text: str, expected: str) -> None:
    assert text == expected


values = st.lists(st.floats(-3, 3).map(lambda x: round(x, 6)), min_size=1, max_size=20)


@given(values)
def test_a_linear_axis_holds_its_values_between_round_ticks(numbers: list[float]) -> None:
    axis = linear_axis(numbers, 100, 500)
    assert axis.low <= min(numbers)
    assert axis.high >= max(numbers)
    assert 2 <= len(axis.ticks) <= 12
    assert [tick.at for tick in axis.ticks] == sorted(tick.at for tick in axis.ticks)
    assert len({tick.label for tick in axis.ticks}) == len(axis.ticks)
    for tick in axis.ticks:
        assert axis.at(float(tick.label.replace("−", "-"))) == pytest.approx(tick.at, abs=0.15)
    if min(numbers) >= 0:
        assert axis.low >= 0


@given(st.lists(st.floats(0.01, 1e8), min_size=1, max_size=10))
def test_a_log_axis_gives_equal_ratios_equal_lengths(numbers: list[float]) -> None:
    axis = log_axis(numbers, 0, 1000)
    assert axis.low < min(numbers) <= max(numbers) < axis.high
    middle = math.sqrt(axis.low * axis.high)
    assert axis.at(middle) == pytest.approx(500, abs=0.1)
    assert all(0 <= tick.at <= 1000 for tick in axis.ticks)


def test_log_ticks_are_written_out() -> None:
    labels = [tick.label for tick in log_axis([0.4, 90], 0, 1000).ticks]
    assert labels == ["0.5", "1", "2", "5", "10", "20", "50", "100"]
    assert [tick.label for tick in log_axis([15, 2e6], 0, 1000).ticks] == ["100", "1k", "10k", "100k", "1M"]


@pytest.mark.parametrize("layout", [forest.WIDE, forest.NARROW])
def test_the_forest_places_every_row_within_its_axis(board: Board, layout: forest.ForestLayout) -> None:
    for table in board.tables:
        drawing = forest.forest(table, layout)
        assert drawing is not None
        assert [whisker.row for whisker in drawing.whiskers] == list(table.rows)
        for whisker in drawing.whiskers:
            assert layout.left <= whisker.low <= whisker.high <= layout.right
            assert whisker.at == drawing.axis.at(whisker.row.score)
            assert len(whisker.seeds) in (0, len(whisker.row.seeds))
            assert len(whisker.name) <= layout.letters
        firsts = [whisker.tier for whisker in drawing.whiskers if whisker.tier is not None]
        assert firsts == sorted(set(firsts))
        assert drawing.floor_at in [whisker.at for whisker in drawing.whiskers if whisker.row.floor]


def test_the_scatter_shows_every_measured_row_and_names_the_others(board: Board) -> None:
    drawing = scatter.scatter(board.tables[0], scatter.WIDE)
    assert drawing is not None
    assert drawing.end_to_end
    assert [row.method for row in drawing.unmeasured] == ["hga_mamba"]
    assert len(drawing.points) + len(drawing.unmeasured) == len(board.tables[0].rows)
    signs = [point.sign for point in drawing.points]
    assert len(set(signs)) == len(signs)


def test_a_row_is_dominated_where_a_faster_one_is_in_a_better_tier(board: Board) -> None:
    drawing = scatter.scatter(board.tables[1], scatter.WIDE)
    assert drawing is not None
    by_method = {point.row.method: point for point in drawing.points}
    assert by_method["evil"].dominated  # the ridge floor is faster and better
    assert not by_method["moe_fusion"].dominated  # the slowest, but the best
    assert not by_method["constant"].dominated  # the worst, but the fastest


def test_without_end_to_end_speeds_the_model_alone_is_shown_and_said(board: Board) -> None:
    table = board.tables[0]
    rows = tuple(replace(row, cost=replace(row.cost, end_to_end=None)) for row in table.rows if row.cost)
    drawing = scatter.scatter(replace(table, rows=rows), scatter.WIDE)
    assert drawing is not None
    assert not drawing.end_to_end
    assert scatter.scatter(replace(table, rows=rows[:1]), scatter.WIDE) is None


def test_sparklines_follow_the_history() -> None:
    curves = sparklines(make_record())
    assert [curve.name for curve in curves] == ["ccc loss", "inner score"]
    loss = curves[0]
    history = make_record().history
    assert (loss.first, loss.last) == (history[0]["ccc loss"], history[-1]["ccc loss"])
    assert loss.end == (WIDTH - PAD, HEIGHT - PAD)  # the loss ends at its lowest, at the right
    assert loss.path.count("L") == len(history) - 1


def test_no_curve_joins_two_stages_of_training() -> None:
    record = make_record()
    assert record.cost is not None
    stages = [StageInfo(name=name, seconds=1.0, epochs=2, steps=4, key="") for name in ("pretrain", "head")]
    history = [
        {"stage": 1, "epoch": 1, "loss_rebuild": 4.0, "probe_score": 0.1},
        {"stage": 1, "epoch": 2, "loss_rebuild": 2.0},
        {"stage": 2, "epoch": 1, "loss_mse": 0.5, "inner_score": 0.1},
        {"stage": 2, "epoch": 2, "loss_mse": 0.4, "inner_score": 0.3},
    ]
    staged = record.model_copy(update={"history": history, "cost": record.cost.model_copy(update={"stages": stages})})
    curves = {curve.name: (curve.first, curve.last) for curve in sparklines(staged)}
    assert curves == {
        "pretrain: loss_rebuild": (4.0, 2.0),
        "head: loss_mse": (0.5, 0.4),
        "head: inner_score": (0.1, 0.3),
    }
