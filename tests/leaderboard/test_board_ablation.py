"""Ablation runs: out of competition, against their default, corrected over their table."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sample_records import make_record, sample_cards, simulated_stats
from test_board_html import Page

from benchmark.metrics import bootstrap_scores, holm, interval
from benchmark.records import Record
from leaderboard.ablation_plot import strips
from leaderboard.ablation_text import ablation_findings, render_ablation_text
from leaderboard.board import build_board
from leaderboard.export import to_json
from leaderboard.html import render_ablation, render_html
from leaderboard.model import Ablation, Board
from leaderboard.words import ablate_command

CARDS = sample_cards()
CARDS["maven"] = replace(
    CARDS["maven"], ablations={"model.head": ("polar", "cartesian", "<b>flat</b>"), "model.layers": (2, 1, 0)}
)
SKILLS = {("polar", 2): 0.74, ("cartesian", 2): 0.4, ("polar", 1): 0.74, ("cartesian", 1): 0.38}


def run(head: str = "polar", layers: int = 2, seed: int = 1, given: tuple[str, ...] = (), **more: Any) -> Record:
    """A record of a configuration; ``given`` are the overrides beside the two switches."""
    overrides = list(given)
    overrides += [f"model.head={head}"] if head != "polar" else []
    overrides += [f"model.layers={layers}"] if layers != 2 else []
    skill = SKILLS.get((head, layers), 0.5)
    config = {"model": {"head": head, "layers": layers, "width": 64 if not given else 32}}
    stats = simulated_stats("va", f"maven{head}{layers}", skill, seed)
    return make_record("maven", seed=seed, stats=stats, run={"config": config, "overrides": overrides, **more})


def board_of(*records: Record) -> Board:
    return build_board([*records, make_record("tcn_xattn"), make_record("ridge")], CARDS)


def only(board: Board) -> Ablation:
    (ablation,) = board.tables[0].ablations
    return ablation


def test_a_changed_switch_is_no_row_and_changes_nothing_for_the_others() -> None:
    plain, with_runs = board_of(run()), board_of(run(), run("cartesian"), run(layers=1))
    assert plain.tables[0].rows == with_runs.tables[0].rows
    assert plain.tables[0].pair_resamples == with_runs.tables[0].pair_resamples
    assert only(with_runs).row in {row.key for row in with_runs.tables[0].rows if row.method == "maven"}
    entry = next(one for one in with_runs.methods if one.key == "maven")
    assert entry.ablations == with_runs.tables[0].ablations


def test_a_changed_switch_without_its_default_stays_a_row() -> None:
    table = board_of(run("cartesian")).tables[0]
    assert not table.ablations
    assert "maven" in {row.method for row in table.rows}


@pytest.mark.parametrize("key", ["model.width", "training.epochs"])
def test_a_setting_that_is_no_switch_makes_a_row_of_its_own(key: str) -> None:
    other = run(given=(f"{key}=32",))
    table = board_of(run(), other).tables[0]
    assert not table.ablations
    assert [row.method for row in table.rows].count("maven") == 2


def test_options_in_every_run_are_part_of_the_default() -> None:
    given = ("model.width=32",)
    ablation = only(board_of(run(), run(given=given), run("cartesian", given=given)))
    assert ablation.overrides == given
    assert [dict(one.changed) for one in ablation.variants] == [{"model.head": "cartesian"}]


def test_runs_of_other_code_than_the_default_are_set_aside() -> None:
    table = board_of(run(), run("cartesian", source_hash="1" * 64), run(layers=1)).tables[0]
    assert [dict(one.changed) for one in table.ablations[0].variants] == [{"model.layers": "1"}]
    (line,) = table.set_aside
    assert line.status == "superseded"
    assert "11111111" in line.reason


def test_differences_are_paired_over_shared_seeds_and_corrected_over_the_table() -> None:
    records = [run(seed=seed) for seed in (1, 2)]
    records += [run("cartesian", seed=seed) for seed in (2, 3)] + [run(layers=1, seed=1)]
    ablation = only(board_of(*records))
    changed = [dict(one.changed) for one in ablation.variants]
    assert changed == [{"model.head": "cartesian"}, {"model.layers": "1"}]
    head, layers = ablation.variants
    assert head.shared_seeds == 1
    stats = simulated_stats("va", "mavenpolar2", 0.74, 2), simulated_stats("va", "mavencartesian2", 0.4, 2)
    drawn = [bootstrap_scores(one, ablation.pair_resamples, 0) for one in stats]
    low, high = interval(drawn[1] - drawn[0], 0.95)
    gap = head.versus_default
    assert gap is not None
    assert gap.delta == pytest.approx(stats[1].score().value - stats[0].score().value, abs=1e-12)
    assert (gap.span.low, gap.span.high) == pytest.approx((low, high), abs=1e-12)
    tails = [min((one <= 0).sum(), (one >= 0).sum()) for one in (drawn[1] - drawn[0], _layers_samples(ablation))]
    raw = [min(1.0, 2 * (int(tail) + 1) / (ablation.pair_resamples + 1)) for tail in tails]
    assert layers.versus_default is not None
    assert [gap.p, layers.versus_default.p] == pytest.approx(holm(raw))


def _layers_samples(ablation: Ablation) -> Any:
    one, two = simulated_stats("va", "mavenpolar1", 0.74, 1), simulated_stats("va", "mavenpolar2", 0.74, 1)
    draws = ablation.pair_resamples
    return np.subtract(bootstrap_scores(one, draws, 0), bootstrap_scores(two, draws, 0))


def test_without_a_shared_seed_there_is_a_score_but_no_difference() -> None:
    (variant,) = only(board_of(run(seed=1), run("cartesian", seed=2))).variants
    assert variant.versus_default is None
    assert variant.shared_seeds == 0
    assert variant.score == pytest.approx(simulated_stats("va", "mavencartesian2", 0.4, 2).score().value)


def test_two_switches_changed_together_make_a_grid() -> None:
    ablation = only(board_of(run(), run("cartesian"), run(layers=1), run("cartesian", layers=1)))
    (grid,) = ablation.grids
    assert (grid.down, grid.across) == ("model.head", "model.layers")
    assert (grid.down_values, grid.across_values) == (("polar", "cartesian"), ("2", "1"))
    assert grid.cells["polar", "2"] == ablation.default
    assert dict(grid.cells["cartesian", "1"].changed) == {"model.head": "cartesian", "model.layers": "1"}
    assert len(ablation.singles) == 2
    assert ablation.not_run == ("model.head=<b>flat</b>", "model.layers=0")


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ([{"head": "cartesian"}, {"layers": 1}], ""),
        ([{"layers": 1}, {"layers": 0}], "--only model.layers"),
        (
            [{"head": "cartesian"}, {"layers": 1}, {"head": "cartesian", "layers": 1}],
            "--grid model.head --grid model.layers",
        ),
    ],
)
def test_the_command_of_a_table_names_the_switches_it_was_made_with(others: list[dict[str, Any]], words: str) -> None:
    command = ablate_command(only(board_of(run(), *(run(**other) for other in others))))
    assert command.split("--size small")[-1].strip() == words


def test_the_strips_hold_zero_and_every_interval() -> None:
    ablation = only(board_of(run(), run("cartesian"), run(layers=1)))
    drawing = strips(ablation)
    assert drawing.strip(ablation.default) is None
    for variant in ablation.variants:
        strip = drawing.strip(variant)
        assert strip is not None
        assert variant.versus_default is not None
        assert 0 <= strip.low <= strip.at <= strip.high <= 240
        assert (strip.at < drawing.zero) == (variant.versus_default.delta < 0)


def test_the_sentences_name_what_differs_and_what_does_not() -> None:
    same = run().model_copy(update={"run": run(layers=1).run})
    lower, rest = ablation_findings(only(board_of(run(), run("cartesian"), same)))
    assert lower.startswith("Lower than the default: model.head=cartesian (−")
    assert rest == "These videos show no difference for 1 other change of 2."


def test_the_page_is_escaped_whole_and_marked_synthetic() -> None:
    board = board_of(run(), run("<b>flat</b>"), run("cartesian"), run(layers=1), run("cartesian", layers=1))
    page = render_ablation(only(board))
    assert Page(page).tags
    assert "<b>flat" not in page
    assert page.count("SYNTHETIC") >= 1
    assert "<script" not in page
    assert page == render_ablation(only(board))
    whole = render_html(board)
    Page(whole)
    assert "<b>flat" not in whole
    assert f'href="#{only(board).key}"' in whole
    assert f'id="{only(board).key}"' in whole


def test_the_text_holds_every_configuration_and_the_grid() -> None:
    text = render_ablation_text(only(board_of(run(), run("cartesian"), run(layers=1), run("cartesian", layers=1))))
    assert "SYNTHETIC" in text
    assert "cartesian, 1" in text
    assert "(default)" in text
    assert "Not run: model.head=<b>flat</b>, model.layers=0." in text


def test_the_boards_json_holds_every_configuration() -> None:
    board = board_of(run(), run("cartesian"))
    (exported,) = json.loads(to_json(board))["tables"][0]["ablations"]
    default, changed = exported["configurations"]
    assert default["vs_default"] is None
    assert changed["changed"] == {"model.head": "cartesian"}
    gap = only(board).variants[0].versus_default
    assert gap is not None
    assert (changed["vs_default"], changed["vs_default_p_holm"]) == (gap.delta, gap.p)
