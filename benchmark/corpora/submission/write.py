"""Writing a submission: whole, read again and found right, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from benchmark.corpora.lists import ImageRows
from benchmark.corpora.submission.check import check_submission, locations
from benchmark.corpora.submission.formats import Format, get_format
from benchmark.corpora.submission.values import rows_of_trial
from benchmark.errors import UserError
from benchmark.files import whole
from benchmark.progress import progress

Predictions = Mapping[str, Mapping[str, NDArray[Any]]]
"""Trial -> head key -> activations (N, width) or decisions; N rows in the order of the trial's frames."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    Attributes:
        path: file or folder.
        rows, trials: how many.
        ignored: predicted trials that nobody asked for, by name.
    """

    path: Path
    rows: int
    trials: int
    ignored: tuple[str, ...]


def write_submission(task: str, edition: int, asked: ImageRows, predictions: Predictions, path: Path) -> Written:
    """Write the exact prediction file of an edition, or the folder of per-trial files of editions 1 to 3.

    Args:
        task: task key.
        edition: number of the challenge.
        asked: rows to write, in order: see ``asked_rows`` and ``every_frame_of``.
        predictions: one row for each asked row of a trial, ordered by frame number.
        path: file to write, replaced if it is there; for per-trial files a new folder.

    Raises:
        UserError: the edition had no such track, a prediction is missing or has another length, a value is not finite
            or out of range, or the folder is there already.
    """
    about = get_format(task, edition)
    by_trial = asked.by_trial()
    missing = [trial for trial in by_trial if trial not in predictions]
    if missing:
        raise UserError(
            f"no prediction for trial {missing[0]} ({len(missing)} of {len(by_trial)} test trials are missing); "
            "expected predictions of the test set, not of the validation set."
        )
    if about.per_trial and path.exists():
        raise UserError(f"{path}: is there already; expected the name of a new folder.")
    texts: dict[str, list[str]] = {}
    with progress("trials") as bar:
        step = bar.add_task("Writing predictions", total=len(by_trial), note="")
        for trial, rows in by_trial.items():
            texts[trial] = rows_of_trial(about, trial, predictions[trial], len(rows))
            bar.advance(step)
    with whole(path) as temporary:
        if about.per_trial:
            temporary.mkdir()
            for trial, rows_of in texts.items():
                _write_lines(temporary / f"{trial}.txt", [about.header, *rows_of])
        else:
            _write_lines(temporary, [about.header, *_in_order(asked, texts)])
        _read_again(temporary, asked, about)
    ignored = tuple(sorted(set(predictions) - set(by_trial)))
    return Written(path, len(asked.trials), len(by_trial), ignored)


def _in_order(asked: ImageRows, texts: Mapping[str, list[str]]) -> list[str]:
    lines = locations(asked)
    for trial, rows in asked.by_trial().items():
        for row, text in zip(rows.tolist(), texts[trial], strict=True):
            lines[row] += f",{text}"
    return lines


def _read_again(temporary: Path, asked: ImageRows, about: Format) -> None:
    faults = check_submission(temporary, asked, about)
    if faults:
        raise RuntimeError(f"the written file is not what it should be: {faults[0]}")


def _write_lines(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
