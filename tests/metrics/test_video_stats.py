"""VideoStats: order, merging, selection, exact JSON, and refusal of what cannot be scored."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_examples import example, head_rows, items

from benchmark.errors import UserError
from benchmark.metrics import VideoStats, base_video
from benchmark.tasks import HEADS, TASKS

ALL_TASKS = sorted(TASKS)


@pytest.mark.parametrize(
    ("trial", "video"),
    [
        ("5-60-1920x1080_left", "5-60-1920x1080"),
        ("video59_right", "video59"),
        ("video45_1", "video45_1"),
        ("video2", "video2"),
        ("left", "left"),
        ("a_left_right", "a_left"),
    ],
)
def test_base_video_drops_one_side_suffix(trial, video):
    assert base_video(trial) == video


@pytest.mark.parametrize("task", ALL_TASKS)
@given(order=st.permutations(range(8)), cut=st.integers(0, 8))
@settings(max_examples=15, deadline=None)
def test_order_of_videos_and_of_merging_changes_no_bit(task, order, cut):
    every = list(items(task, 6, seed=3))
    whole = VideoStats.from_trials(task, every)
    shuffled = [every[i] for i in order if i < len(every)]
    rest = [one for i, one in enumerate(every) if i not in order]
    first = VideoStats.from_trials(task, shuffled[:cut])
    second = VideoStats.from_trials(task, shuffled[cut:] + rest)
    assert first.merge(second).to_json() == whole.to_json() == second.merge(first).to_json()
    assert first.merge(second).score() == whole.score()


@pytest.mark.parametrize("task", ALL_TASKS)
def test_json_round_trip_is_exact_through_text(task):
    stats = example(task)
    text = json.dumps(stats.to_json(), allow_nan=False)
    back = VideoStats.from_json(json.loads(text))
    assert back.trials == stats.trials
    for head in stats.heads:
        assert back.heads[head].dtype == stats.heads[head].dtype
        assert back.heads[head].tobytes() == stats.heads[head].tobytes()
    assert back.score() == stats.score()
    empty = stats.select([])
    assert VideoStats.from_json(empty.to_json()).heads.keys() == empty.heads.keys()


def test_mtl_adds_up_three_terms_each_over_its_own_valid_rows():
    rows = dict(items("mtl", 4, seed=1))
    mtl = VideoStats.from_trials("mtl", rows.items()).score()
    alone = {head: VideoStats.from_trials(head, rows.items()).score() for head in ("va", "expr", "au")}
    assert mtl.value == pytest.approx(sum(one.value for one in alone.values()), abs=1e-12)
    for head, one in alone.items():
        assert mtl.parts[head] == one.value
        assert {f"{head}/{name}": value for name, value in one.parts.items()}.items() <= mtl.parts.items()
    assert len(mtl.parts) == 3 + 2 + 8 + 12


def test_select_keeps_both_people_of_a_video():
    stats = example("va")
    some = stats.select(["video00", "video01", "unknown"])
    assert some.trials == ("video00_left", "video00_right", "video01")
    assert some.base_videos == ("video00", "video00", "video01")
    others = stats.select(set(stats.base_videos) - {"video00", "video01"})
    assert some.merge(others).to_json() == stats.to_json()


def test_valid_frames_counts_each_head_apart():
    rows = dict(items("mtl", 3, seed=2))
    stats = VideoStats.from_trials("mtl", rows.items())
    for head in TASKS["mtl"].heads:
        assert stats.valid_frames[head] == sum(int(one[head][2].sum()) for one in rows.values())


def test_tables_are_read_only():
    stats = example("va")
    with pytest.raises(ValueError, match="read-only"):
        stats.heads["va"][0] = 0


def test_nothing_to_score_is_said():
    prediction, label, valid = head_rows("va", 5, np.random.default_rng(0))
    stats = VideoStats.from_trials("va", [("t", {"va": (prediction, label, np.zeros_like(valid))})])
    with pytest.raises(UserError, match="va: no frame with a valid label in 1 trials"):
        stats.score()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1.001, -5.0])
@pytest.mark.parametrize("labelled", [True, False])
def test_a_va_prediction_out_of_range_names_trial_row_and_column(bad, labelled):
    prediction, label, valid = head_rows("va", 9, np.random.default_rng(0))
    prediction[4, 1], valid[4] = bad, labelled
    with pytest.raises(
        UserError, match=r"trial clip_left, row 5: arousal prediction is .*expected a number in \[-1, 1\]"
    ):
        VideoStats.from_trials("va", [("clip_left", {"va": (prediction, np.clip(label, -1, 1), valid)})])


@pytest.mark.parametrize("bad", [np.nan, -5.0, 1.2])
def test_a_va_label_out_of_range_counts_only_where_valid(bad):
    prediction, label, valid = head_rows("va", 9, np.random.default_rng(0))
    label, valid = np.clip(label, -1, 1), np.ones(9, bool)
    label[3, 0] = bad
    with pytest.raises(UserError, match="trial t, row 4: valence label"):
        VideoStats.from_trials("va", [("t", {"va": (prediction, label, valid)})])
    valid[3] = False
    assert VideoStats.from_trials("va", [("t", {"va": (prediction, label, valid)})]).valid_frames == {"va": 8}


@pytest.mark.parametrize(("head", "bad"), [("expr", 8), ("expr", -1), ("ce", 7), ("au", 2), ("au", -1)])
@pytest.mark.parametrize("side", ["prediction", "label"])
def test_an_integer_out_of_range_names_trial_and_row(head, bad, side):
    rows = head_rows(head, 9, np.random.default_rng(0))
    prediction, label, valid = np.array(rows[0]), np.where(rows[1] < 0, 0, rows[1]), np.ones(9, bool)
    (prediction if side == "prediction" else label)[2] = bad
    with pytest.raises(UserError, match=rf"trial t, row 3: .* {side} is {bad}; expected an integer in 0\.\."):
        VideoStats.from_trials(head, [("t", {head: (prediction, label, valid)})])


@pytest.mark.parametrize("head", list(HEADS))
def test_wrong_shapes_and_dtypes_are_a_mistake_of_the_caller(head):
    prediction, label, valid = head_rows(head, 9, np.random.default_rng(0))
    wrong = prediction.astype(np.int64) if head == "va" else prediction.astype(np.float64)
    for rows in ((prediction[:5], label, valid), (wrong, label, valid), (prediction, label, valid.astype(int))):
        with pytest.raises(ValueError, match=f"trial t, {head}"):
            VideoStats.from_trials(head, [("t", {head: rows})])


def test_a_trial_given_twice_or_merged_twice_is_refused():
    every = list(items("va", 2, seed=0))
    with pytest.raises(UserError, match="video00_left was given twice"):
        VideoStats.from_trials("va", [*every, every[0]])
    stats = VideoStats.from_trials("va", every)
    with pytest.raises(ValueError, match="cannot merge"):
        stats.merge(stats)
    with pytest.raises(ValueError, match="cannot merge"):
        stats.merge(example("expr"))


def _without(key):
    return lambda data: data.pop(key)


def _set(*path, value):
    def change(data):
        for step in path[:-1]:
            data = data[step]
        data[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("task", "change", "message"),
    [
        ("va", _without("trials"), "expected the keys task, trials and heads"),
        ("va", _set("extra", value=1), "expected the keys"),
        ("va", _set("task", value="vx"), "task is 'vx'"),
        ("va", _set("task", value=["va"]), "task is"),
        ("va", _set("task", value="expr"), "heads are"),
        ("va", _set("trials", value=3), "list of names"),
        ("va", _set("trials", 1, value="zz"), "sorted"),
        ("va", _set("trials", 1, value=None), "list of names"),
        ("va", _set("heads", "va", 2, 0, 1, value="1"), "table of float64"),
        ("va", _set("heads", "va", 2, 0, value=[1, 2]), "table of float64"),
        ("va", _set("heads", "va", value={"a": 1}), "table of float64"),
        ("va", _set("heads", "va", 2, 0, 3, value=float("nan")), "video01 are impossible"),
        ("va", _set("heads", "va", 2, 0, 0, value=1.5), "video01 are impossible"),
        ("va", _set("heads", "va", 2, 0, 0, value=1e300), "video01 are impossible"),
        ("va", _set("heads", "va", 2, 0, 1, value=1e6), "video01 are impossible"),
        ("va", _set("heads", "va", 2, 0, 5, value=1e6), "video01 are impossible"),
        ("va", _set("heads", "va", 2, 0, 3, value=-1.0), "video01 are impossible"),
        ("expr", _set("heads", "expr", 2, 0, 3, value=-1), "video01 are impossible"),
        ("expr", _set("heads", "expr", 2, 0, 3, value=1.5), "table of int64"),
        ("expr", _set("heads", "expr", 2, 0, 3, value=True), None),
        ("au", _set("heads", "au", 2, 0, 3, value=10**6), "video01 are impossible"),
        ("au", _set("heads", "au", 2, 0, 3, value=10**30), "table of int64"),
    ],
)
def test_damaged_json_is_refused_in_words(task, change, message):
    data = copy.deepcopy(example(task).to_json())
    change(data)
    if message is None:  # numpy reads True among integers as 1, a possible count
        assert VideoStats.from_json(data).heads[task][2, 0, 3] == 1
        return
    with pytest.raises(UserError, match=message):
        VideoStats.from_json(data)


@pytest.mark.parametrize("data", [None, [], "va", 3])
def test_json_that_is_no_object_is_refused(data):
    with pytest.raises(UserError, match="per-video sums"):
        VideoStats.from_json(data)
