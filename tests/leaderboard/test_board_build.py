"""Which records become rows, which are set aside, and what a row says."""

from __future__ import annotations

import numpy as np
import pytest
from sample_records import EVIL, METHODS, failed_record, make_record, sample_cards, sample_records, simulated_stats

from benchmark.metrics import VideoStats
from benchmark.records import Record
from leaderboard.board import build_board
from leaderboard.model import Board, Row, Table


def only_table(*records: Record) -> Table:
    tables = build_board(records, sample_cards()).tables
    assert len(tables) == 1
    return tables[0]


def row_of(table: Table, method: str) -> Row:
    (row,) = [row for row in table.rows if row.method == method]
    return row


def test_real_and_synthetic_never_share_a_table(board: Board) -> None:
    for table in board.tables:
        kinds = {record.data.synthetic for row in table.rows for record in row.records if record.data}
        assert kinds == {table.synthetic}
        marked = {any(mark.kind == "synthetic" for mark in row.marks) for row in table.rows}
        assert marked == {table.synthetic}
    assert [table.synthetic for table in board.tables] == [False, True, True, True, True]
    assert [table.task.key for table in board.tables] == ["va", "va", "expr", "au", "mtl"]


def test_the_order_of_the_records_does_not_matter(board: Board) -> None:
    records = sample_records()
    order = np.random.default_rng(3).permutation(len(records))
    assert build_board([records[k] for k in order], dict(reversed(sample_cards().items()))) == board


@pytest.mark.parametrize(
    "change",
    [{"fingerprint": "e" * 64}, {"corpus": "another"}, {"scored_split": "test"}, {"size": "full"}],
)
def test_other_data_is_another_table(change: dict[str, object]) -> None:
    board = build_board([make_record(), make_record("tcn_xattn", data=change)], {})
    assert [len(table.rows) for table in board.tables] == [1, 1]


def test_seeds_become_one_row_with_their_mean_and_spread() -> None:
    records = [make_record(seed=seed) for seed in (3, 1, 2)]
    (row,) = only_table(*records).rows
    values = [record.score.value for record in records if record.score]
    assert [seed.seed for seed in row.seeds] == [1, 2, 3]
    assert row.score == pytest.approx(np.mean(values), abs=1e-12)
    assert row.seed_span is not None
    assert (row.seed_span.low, row.seed_span.high) == (min(values), max(values))
    assert row.parts["valence"] == pytest.approx(np.mean([r.score.parts["valence"] for r in records if r.score]))


def test_the_interval_of_one_seed_is_the_one_of_its_record() -> None:
    record = make_record()
    (row,) = only_table(record).rows
    assert record.score is not None
    assert (row.interval.low, row.interval.high) == (record.score.interval.low, record.score.interval.high)
    assert row.seed_span is None


@pytest.mark.parametrize(
    "change",
    [
        {"run": {"config": {"model": {"width": 32}}}},
        {"run": {"preset": "paper"}},
        {"score": {"selection": "validation"}},
        {"data": {"labels_seen": ["au/train", "va/train"]}},
    ],
)
def test_runs_that_differ_in_more_than_the_seed_are_rows_of_their_own(change: dict[str, dict[str, object]]) -> None:
    assert len(only_table(make_record(seed=1), make_record(seed=2, **change)).rows) == 2  # type: ignore[arg-type]


def test_newer_code_takes_the_place_of_older_code() -> None:
    old = make_record(seed=1, run={"source_hash": "1" * 64, "id": "maven-va-affrig-s1-old"})
    table = only_table(old, make_record(seed=2))
    (row,) = table.rows
    assert [seed.seed for seed in row.seeds] == [2]
    (line,) = table.set_aside
    assert (line.run_id, line.status) == ("maven-va-affrig-s1-old", "superseded")
    assert "11111111" in line.reason


def test_a_seed_counts_once() -> None:
    again = make_record(seed=1, run={"id": "maven-va-affrig-s1-again"}).model_copy(
        update={"started_at": "2026-12-24T08:00:00Z"}
    )
    table = only_table(make_record(seed=1), again)
    assert [seed.run_id for seed in table.rows[0].seeds] == ["maven-va-affrig-s1-again"]
    assert table.set_aside[0].status == "superseded"


def test_floors_have_a_row_but_no_rank_and_are_what_others_are_held_against(board: Board) -> None:
    table = board.tables[0]
    floors = [row for row in table.rows if row.floor]
    assert [row.method for row in floors] == ["ridge", "constant"]
    assert all(row.rank is None and row.tier is not None and row.versus_floor is None for row in floors)
    assert table.best_floor == floors[0].key
    best = table.rows[0]
    assert best.versus_floor is not None
    assert best.versus_floor.delta == pytest.approx(best.score - floors[0].score, abs=1e-12)
    assert best.versus_floor.delta in best.versus_floor.span
    assert best.versus_top is None


def test_rows_stand_by_score_and_ranks_skip_floors_and_leaks(board: Board) -> None:
    for table in board.tables:
        scores = [row.score for row in table.rows]
        assert scores == sorted(scores, reverse=True)
        ranks = [row.rank for row in table.rows if row.rank is not None]
        assert ranks == list(range(1, len(ranks) + 1))
        tiers = [row.tier for row in table.rows if row.tier is not None]
        assert tiers == sorted(tiers)
        assert tiers[0] == 1


def test_training_on_the_scored_split_is_a_leak_and_not_ranked(board: Board) -> None:
    row = row_of(board.tables[0], "evil")
    assert row.leaked
    assert (row.rank, row.tier, row.versus_floor, row.versus_top) == (None, None, None, None)
    assert "leak" in [mark.kind for mark in row.marks]


def test_an_allowed_leak_is_marked_whatever_list_it_was_in() -> None:
    leak = "LEAK: expr/train holds 2 trials of scored videos (a_right, b)"
    row = only_table(make_record(data={"leaks": [leak]})).rows[0]
    assert row.leaked
    assert row.rank is None
    assert [mark.text for mark in row.notes if mark.kind == "leak"] == [f"{leak}. It is not ranked."]


def test_labels_of_the_scored_split_are_a_leak_unless_they_only_chose_the_checkpoint() -> None:
    labels = {"labels_seen": ["va/train", "va/validation"]}
    assert only_table(make_record(data=labels)).rows[0].leaked
    chosen = only_table(make_record(data=labels, score={"selection": "validation"})).rows[0]
    assert not chosen.leaked
    assert chosen.rank == 1
    assert [mark.kind for mark in chosen.notes] == ["selection"]


def test_marks_name_other_tasks_labels_and_changed_options(board: Board) -> None:
    real, synthetic = (row_of(table, "hga_mamba") for table in board.tables[:2])
    assert [mark.kind for mark in real.notes] == ["selection", "labels", "note"]
    assert "expr/train" in real.notes[1].text
    assert [mark.kind for mark in synthetic.notes] == ["override", "seed"]
    assert "model.width=64" in synthetic.notes[0].text


def test_many_notes_stay_short_in_the_mark() -> None:
    row = only_table(make_record(data={"notes": [f"video {k} has no sound" for k in range(50)]})).rows[0]
    assert row.notes[0].text.startswith("video 0 has no sound. ")
    assert "47 more" in row.notes[0].text


def test_failed_seeds_are_reported_on_the_row_and_in_the_list(board: Board) -> None:
    table = board.tables[1]
    assert [(line.method, line.seed, line.status) for line in table.set_aside] == [("hga_mamba", 2, "failed")]
    assert "NaN at epoch 3" in table.set_aside[0].reason
    assert "1 of 2 seeds missing" in [mark.label for mark in row_of(table, "hga_mamba").marks]
    assert [(line.title, line.status) for line in board.set_aside] == [(EVIL, "skipped")]


def test_a_run_that_failed_without_a_corpus_still_marks_its_row() -> None:
    board = build_board([make_record(seed=1), failed_record("maven", "va", 2, "out of memory", data=False)], {})
    assert [mark.label for mark in board.tables[0].rows[0].notes] == ["1 of 2 seeds missing"]
    assert board.tables[0].set_aside == ()
    assert board.set_aside[0].reason == "out of memory"


def test_a_table_of_failures_has_no_row() -> None:
    table = only_table(failed_record("maven", "va", 1, "disk full"))
    assert table.rows == ()
    assert table.set_aside[0].reason == "disk full"


@pytest.mark.parametrize("field", ["value", "parts", "videos", "metric"])
def test_a_score_that_its_sums_do_not_give_is_set_aside(field: str) -> None:
    good = make_record()
    assert good.score is not None
    videos = good.score.model_dump()["videos"]
    videos["heads"]["va"][0][0][3] = 1e6
    wrong = {
        "value": good.score.value + 1e-6,
        "parts": good.score.parts | {"valence": 0.99},
        "videos": videos,
        "metric": "accuracy",
    }
    table = only_table(make_record("tcn_xattn"), make_record(score={field: wrong[field]}))
    assert [row.method for row in table.rows] == ["tcn_xattn"]
    assert [line.status for line in table.set_aside] == ["not verified"]


def test_runs_scored_on_other_videos_are_not_compared() -> None:
    fewer = simulated_stats("va", "evil", 0.45, 1, videos=20)
    table = only_table(make_record(), make_record("tcn_xattn"), make_record("evil", stats=fewer))
    assert [row.method for row in table.rows if row.method == "evil"] == []
    (line,) = table.set_aside
    assert (line.method, line.status) == ("evil", "other videos")
    assert "scored on one side only" in line.reason


def test_one_row_alone_has_rank_one_and_nothing_to_be_compared_with() -> None:
    (row,) = only_table(make_record()).rows
    assert (row.rank, row.tier, row.versus_floor, row.versus_top) == (1, 1, None, None)


def test_two_identical_methods_are_tied() -> None:
    stats = simulated_stats("va", "maven", 0.7, 1)
    table = only_table(make_record("maven", stats=stats), make_record("tcn_xattn", stats=stats))
    assert [row.tier for row in table.rows] == [1, 1]
    assert table.rows[1].versus_top is not None
    assert table.rows[1].versus_top.p == 1.0


def test_parts_keep_the_order_of_the_task_although_files_are_sorted(board: Board) -> None:
    au = board.tables[3]
    assert au.part_names[:4] == ("AU1", "AU2", "AU4", "AU6")
    assert board.tables[4].main_parts == ("va", "expr", "au")
    shuffled = make_record(task="va")
    assert shuffled.score is not None
    parts = dict(sorted(shuffled.score.parts.items()))
    assert only_table(make_record(score={"parts": parts})).part_names == ("valence", "arousal")


def test_cost_is_the_median_over_seeds_and_the_largest_memory() -> None:
    records = [make_record(seed=seed) for seed in (1, 2, 3)]
    cost = only_table(*records).rows[0].cost
    assert cost is not None
    costs = [record.cost for record in records if record.cost]
    assert cost.end_to_end == costs[1].end_to_end_frames_per_second
    assert cost.parameters == METHODS["maven"][3]
    assert cost.peak_mib == max(one.peak_memory_mib for one in costs)
    assert cost.machine == "Example CPU, 8 cores"


def test_every_record_is_counted_once_by_the_progress() -> None:
    records = sample_records()
    steps: list[int] = []
    build_board(records, sample_cards(), step=lambda: steps.append(1))
    assert len(steps) == len(records)


def test_the_table_says_what_was_scored(board: Board) -> None:
    record = make_record()
    assert record.score is not None
    stats = VideoStats.from_json(record.score.videos)
    table = board.tables[0]
    assert (table.videos, table.trials) == (len(set(stats.base_videos)), len(stats.trials))
    assert table.frames == stats.valid_frames["va"]
    assert table.videos < table.trials  # two people of one video are resampled together
