"""Where the files of the corpus lie."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmark.corpora.affrig.plan import Trial, Unit

#: The file that marks a finished corpus, written last.
SIDECAR = "affrig.json"
#: Folder of the markers of finished units while a corpus is being made.
MAKING = ".making"


def crop_folder(root: Path, trial: Trial) -> Path:
    """Where the crops of a trial lie."""
    return root / ("cropped_aligned" if trial.compound is None else "C-EXPR-DB") / trial.name


def media_file(root: Path, unit: Unit) -> Path:
    """Where the video of a unit lies."""
    if unit.batch is None:
        return root / "C-EXPR-DB" / "videos" / f"{unit.name}.mp4"
    return root / "videos" / unit.batch / f"{unit.name}.mp4"


def marker_file(root: Path, unit: Unit) -> Path:
    """The file that is written last when a unit is whole."""
    return root / MAKING / f"{unit.name}.json"
