"""Scores of single trials."""

from __future__ import annotations

import numpy as np
import pytest
from metric_examples import example, items

from benchmark.metrics import VideoStats
from benchmark.metrics.per_video import score_videos
from benchmark.tasks import TASKS


@pytest.mark.parametrize("task", sorted(TASKS))
def test_each_trial_scores_like_itself_alone(task):
    every = dict(items(task, 4, seed=0))
    found = score_videos(example(task, videos=4))
    assert [one.trial for one in found] == sorted(every)
    for one in found:
        alone = VideoStats.from_trials(task, [(one.trial, every[one.trial])])
        assert one.value == pytest.approx(alone.score().value, abs=1e-12)
        assert one.valid == alone.valid_frames


def test_a_head_without_a_frame_has_no_score():
    rows = dict(next(items("mtl", 1, seed=0))[1])
    prediction, label, valid = rows["expr"]
    rows["expr"] = (prediction, label, np.zeros_like(valid))
    (one,) = score_videos(VideoStats.from_trials("mtl", [("t", rows)]))
    assert one.heads["expr"] is None
    assert one.value is None
    assert one.heads["va"] is not None
    assert one.valid["expr"] == 0
