"""Robustness curves: numbers from the sums, mildest first, drawn within their panel, escaped."""

from __future__ import annotations

import numpy as np
import pytest
from sample_records import EVIL, make_record, sample_cards, simulated_stats
from test_board_html import Page

from benchmark.metrics import bootstrap_scores, interval
from benchmark.records import DegradedScore, Interval, Record
from leaderboard.board import build_board
from leaderboard.html import render_html
from leaderboard.model import Row, Table
from leaderboard.robustness_plot import BOTTOM, LEFT, RIGHT, TOP, legend, panels
from leaderboard.verify import check_record

SKILLS = {("video_missing", 0.3): 0.6, ("video_missing", 1.0): 0.3, ("audio_snr", 20.0): 0.7, ("audio_snr", 0.0): 0.5}


def with_curves(method: str, seed: int = 1, *, keys: tuple[tuple[str, float], ...] = tuple(SKILLS)) -> Record:
    record = make_record(method, seed=seed)
    curves = []
    for kind, severity in keys:
        stats = simulated_stats("va", f"{method}{kind}", SKILLS[kind, severity], seed)
        found = stats.score()
        curves.append(
            DegradedScore(
                kind=kind,
                severity=severity,
                seed=0,
                value=found.value,
                parts=found.parts,
                interval=Interval(low=0, high=1, level=0.95, resamples=10_000, seed=0),
                observed={"face": 0.5},
                videos=stats.to_json(),
            )
        )
    return record.model_copy(update={"robustness": curves})


def table_of(*records: Record) -> Table:
    (table,) = build_board(records, sample_cards()).tables
    return table


def row_of(table: Table, method: str) -> Row:
    return next(row for row in table.rows if row.method == method)


def test_points_stand_from_the_mildest_to_the_gravest() -> None:
    shuffled = tuple(reversed(SKILLS))
    curves = row_of(table_of(with_curves("maven", keys=shuffled)), "maven").curves
    assert [(curve.kind.key, [point.severity for point in curve.points]) for curve in curves] == [
        ("video_missing", [0.3, 1.0]),
        ("audio_snr", [20.0, 0.0]),
    ]


def test_a_point_is_the_mean_over_the_seeds_that_have_it_paired_with_their_clean_scores() -> None:
    records = [with_curves("maven", 1), with_curves("maven", 2), make_record("maven", seed=3)]
    point = row_of(table_of(*records), "maven").curves[0].points[1]
    assert point.seeds == 2
    worse = [simulated_stats("va", "mavenvideo_missing", 0.3, seed) for seed in (1, 2)]
    clean = [simulated_stats("va", "maven", 0.74, seed) for seed in (1, 2)]
    assert point.score == pytest.approx(np.mean([one.score().value for one in worse]))
    change = np.mean([w.score().value - c.score().value for w, c in zip(worse, clean, strict=True)])
    assert point.change == pytest.approx(change)
    drawn = np.mean([bootstrap_scores(w) - bootstrap_scores(c) for w, c in zip(worse, clean, strict=True)], axis=0)
    assert (point.change_span.low, point.change_span.high) == pytest.approx(interval(drawn))


def test_curves_change_no_rank_and_no_score() -> None:
    names = ("maven", "tcn_xattn", "ridge")
    plain, curved = table_of(*map(make_record, names)), table_of(*map(with_curves, names))
    assert [(row.key, row.score, row.rank, row.tier) for row in plain.rows] == [
        (row.key, row.score, row.rank, row.tier) for row in curved.rows
    ]
    assert panels(plain) == ()


def test_every_mark_lies_in_its_panel_and_discs_do_not_overlap() -> None:
    names = ("maven", "tcn_xattn", "moe_fusion", "evil", "hga_mamba", "ridge", "constant")
    table = table_of(*map(with_curves, names))
    drawn = panels(table)
    assert [panel.kind.key for panel in drawn] == ["video_missing", "audio_snr"]
    for panel in drawn:
        assert len(panel.lines) == len(names)
        for line in panel.lines:
            assert len(line.marks) == 3
            for mark in line.marks:
                assert LEFT <= mark.x <= RIGHT
                assert TOP <= mark.high <= mark.y <= mark.low <= BOTTOM
        discs = sorted(line.disc for line in panel.lines)
        assert np.diff(discs).min() >= 17 - 0.11
    assert [line.row.key for line in legend(drawn)] == [row.key for row in table.rows]


def test_a_row_without_a_severity_has_a_gap_in_the_table_and_a_shorter_line() -> None:
    table = table_of(with_curves("maven"), with_curves("ridge", keys=(("video_missing", 0.3),)))
    video, noise = panels(table)
    assert video.severities == (0.3, 1.0)
    assert [len(line.marks) for line in video.lines] == [3, 2]
    assert [line.row.method for line in noise.lines] == ["maven"]
    Page(render_html(build_board([with_curves("maven"), with_curves("ridge", keys=(("video_missing", 0.3),))], {})))


def test_the_page_names_the_kinds_and_escapes_titles() -> None:
    page = render_html(build_board([with_curves("maven"), with_curves("evil")], sample_cards()))
    Page(page)
    assert "Video missing" in page
    assert "share of the frames that are missing" in page
    assert EVIL not in page
    assert page == render_html(build_board([with_curves("evil"), with_curves("maven")], sample_cards()))


def test_a_changed_or_foreign_curve_is_found_and_the_run_set_aside() -> None:
    good = with_curves("maven")
    assert all(check.ok for check in check_record(good) if check.claim.startswith("score under"))
    one = good.robustness[0]
    other = simulated_stats("va", "maven", 0.5, 1, videos=20).to_json()
    for change in ({"value": one.value + 0.01}, {"kind": "vidio"}, {"videos": other}, {"videos": {}}):
        bad = good.model_copy(update={"robustness": [one.model_copy(update=change)]})
        assert not all(check.ok for check in check_record(bad))
        table = table_of(bad, make_record("ridge"))
        assert [line.status for line in table.set_aside] == ["not verified"]
