"""Written, read and scored: a submission scores what its predictions score, in every format of every edition."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from submission_examples import activations

from benchmark.corpora.lists import ImageRows
from benchmark.corpora.matching import match
from benchmark.corpora.predictions import read_predictions
from benchmark.corpora.submission.asked import every_frame_of
from benchmark.corpora.submission.formats import TRACKS, get_format
from benchmark.corpora.submission.write import write_submission
from benchmark.corpora.truth import read_truth
from benchmark.metrics import VideoStats
from benchmark.metrics.decisions import decide
from benchmark.tasks import HEADS, TASKS

CASES = [(task, edition) for edition, tracks in TRACKS.items() for task in tracks if (task, edition) != ("au", 1)]
lengths = st.lists(st.integers(1, 12), min_size=1, max_size=5)


def labels(rng: np.random.Generator, head: str, frames: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels and validity of a trial, a fifth of the rows without a label, never all of them."""
    valid = rng.random(frames) < 0.8
    valid[0] = True
    kind, width = HEADS[head].kind, HEADS[head].width
    if kind == "regression":
        values = rng.uniform(-1, 1, (frames, 2)).round(3)
    else:
        values = rng.integers(0, 2, (frames, width)) if kind == "binary" else rng.integers(0, classes, frames)
    values[~valid] = HEADS[head].invalid
    return values, valid


def fields(values: np.ndarray) -> list[str]:
    return [",".join(str(value) for value in np.atleast_1d(row).tolist()) for row in values]


def write_labels(folder: Path, task: str, truth: dict[str, dict[str, np.ndarray]]) -> Path:
    """Annotation files of a task, by hand."""
    if task != "mtl":
        folder.mkdir()
        for trial, heads in truth.items():
            rows = [",".join(HEADS[task].names), *fields(heads[task])]
            (folder / f"{trial}.txt").write_text("\n".join(rows) + "\n")
        return folder
    rows = ["image,valence,arousal,expression,aus"]
    for trial, heads in truth.items():
        parts = zip(*(fields(heads[head]) for head in ("va", "expr", "au")), strict=True)
        rows += [f"{trial}/{k:05d}.jpg,{','.join(row)}" for k, row in enumerate(parts, start=1)]
    path = folder.with_suffix(".txt")
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.mark.parametrize(("task", "edition"), CASES)
@given(counts=lengths, seed=st.integers(0, 2**32 - 1))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_written_submission_scores_what_its_predictions_score(
    task: str, edition: int, tmp_path_factory: pytest.TempPathFactory, counts: list[int], seed: int
) -> None:
    folder, rng, about = tmp_path_factory.mktemp("round"), np.random.default_rng(seed), get_format(task, edition)
    trials = [(f"video{k}{'_left' if k % 2 else ''}", count) for k, count in enumerate(counts)]
    asked: ImageRows = every_frame_of(trials)
    predicted = activations(asked, task, seed)
    truth, items = {}, []
    for trial, count in trials:
        truth[trial], rows = {}, {}
        for head in TASKS[task].heads:
            values, valid = labels(rng, head, count, about.classes.get(head, 0))
            decided = decide(head, predicted[trial][head][:, : about.classes.get(head)])
            truth[trial][head] = values
            rows[head] = (np.round(decided, about.decimals) if head == "va" else decided, values, valid)
        items.append((trial, rows))
    written = write_submission(task, edition, asked, predicted, folder / "submission").path
    source = read_truth(write_labels(folder / "labels", task, truth), TASKS[task], None)
    matched = match(written, TASKS[task], source, read_predictions(written, TASKS[task].heads))
    score = VideoStats.from_trials(task, matched.trials.items()).score()
    expected = VideoStats.from_trials(task, items).score()
    assert score.value == pytest.approx(expected.value, abs=1e-6)  # labels and predictions are kept in float32
    assert score.parts == pytest.approx(expected.parts, abs=1e-6)
