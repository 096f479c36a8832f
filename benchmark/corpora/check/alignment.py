"""Rows against crops against video frames: who has how many, and which labelled rows have a crop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.check.crop_folder import CropFolder
from benchmark.corpora.check.finding import Findings
from benchmark.corpora.check.listed import Listed, Part
from benchmark.corpora.check.video_file import VideoFile
from benchmark.corpora.trials import TOLERATED_FRAMES

#: Fewer crops than this share of a trial's labelled rows are suspicious; of the real trials 98 % have theirs.
_FEW = 0.5


def rows_with_crop(trial: Listed, crops: CropFolder | None) -> NDArray[np.bool_]:
    """(N,) True where the row's crop is there."""
    if trial.frames is None:
        return np.zeros(0, dtype=bool)
    present = np.zeros(trial.last + 2, dtype=bool)
    for first, last in crops.runs if crops else ():
        present[first : last + 1] = True  # what lies beyond the last row falls off
    return np.asarray(present[trial.frames])


def check_rows(
    part: Part, trial: Listed, crops: CropFolder | None, video: VideoFile | None, findings: Findings
) -> None:
    """Compare one trial's rows with its crops and its video; what is missing altogether is told elsewhere."""
    if trial.frames is None:
        return
    if crops is not None and part.dense:
        beyond = crops.last - trial.last
        if beyond > 0:
            kind = "crops-off" if beyond <= TOLERATED_FRAMES else "crops-beyond-rows"
            what = f"{trial.last} rows, last crop {crops.last:05d}.jpg"
            findings.add_once(kind, trial.name, trial.source, what, _after(crops, trial.last))
    if crops is not None:
        _check_coverage(part, trial, crops, findings)
    if video is not None and video.whole and (part.dense or trial.last > shown(video)):
        off = trial.last - shown(video)
        if off:
            kind = "frames-off" if abs(off) <= TOLERATED_FRAMES else "frames-differ"
            rows = f"{trial.last} rows" if part.dense else f"image {trial.last:05d}.jpg listed"
            findings.add_once(kind, trial.name, trial.source, f"{rows}, {shown(video)} video frames")


def check_frames(place: str, crops: CropFolder, video: VideoFile, findings: Findings) -> None:
    """Compare the numbers of a trial's crops with the frames of its video."""
    beyond = crops.last - shown(video)
    if video.whole and beyond > 0:
        kind = "crops-frames-off" if beyond <= TOLERATED_FRAMES else "crops-beyond-frames"
        findings.add(kind, place, f"last crop {crops.last:05d}.jpg, {shown(video)} video frames")


def shown(video: VideoFile) -> int:
    """Frames that the video shows: counted by decoding if that was done."""
    return video.frames if video.decoded is None else video.decoded


def labelled(trials: Iterable[Listed], crops: Mapping[str, CropFolder]) -> dict[str, tuple[int, int]]:
    """Head key -> valid rows, and how many of them have a crop."""
    total: dict[str, tuple[int, int]] = {}
    for trial in trials:
        present = rows_with_crop(trial, crops.get(trial.name))
        for head, valid in trial.valid.items():
            rows, with_crop = total.get(head, (0, 0))
            total[head] = rows + int(valid.sum()), with_crop + int((valid & present).sum())
    return total


def _after(crops: CropFolder, row: int) -> int:
    return sum(last - max(first, row + 1) + 1 for first, last in crops.runs if last > row)


def _check_coverage(part: Part, trial: Listed, crops: CropFolder, findings: Findings) -> None:
    present = rows_with_crop(trial, crops)
    if not part.dense:
        missing = int((~present).sum())
        if missing:
            findings.add("mtl-crop", trial.source, f"trial {trial.name}", missing)
        return
    for head, valid in trial.valid.items():
        rows, with_crop = int(valid.sum()), int((valid & present).sum())
        if with_crop < _FEW * rows:
            findings.add("crops-few", trial.source, f"{with_crop} of {rows} labelled {head} rows have a crop")
