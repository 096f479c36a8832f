"""Where the pictures, media and texts of a trial lie in a corpus."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmark.corpora.media import find_media
from benchmark.corpora.names import base_video

COMPOUND = "C-EXPR-DB"


@dataclass(frozen=True, slots=True)
class Places:
    """Folders of one task.

    Attributes:
        root: folder of the corpus.
        crops: folders that hold one folder of crops per trial, in the order they are searched.
        media: folders that ``find_media`` searches, in order.
    """

    root: Path
    crops: tuple[Path, ...]
    media: tuple[Path, ...]

    def crop_dir(self, trial: str) -> Path:
        """Folder of the trial's crops; the usual place if there is none."""
        return next((path / trial for path in self.crops if (path / trial).is_dir()), self.crops[0] / trial)

    def find_media(self, trial: str) -> Path | None:
        """Video of the trial, or None."""
        return next((path for folder in self.media if (path := find_media(folder, trial))), None)

    def transcript(self, trial: str) -> Path | None:
        """Words of the trial's video with their times, or None."""
        return _existing(self.root / "transcripts" / f"{base_video(trial)}.json")

    def captions(self, trial: str) -> Path | None:
        """Behaviour captions of the trial, or None."""
        return _existing(self.root / "captions" / f"{trial}.json")


def find_places(root: Path, task: str) -> Places:
    """Places of a task: compound-expression clips lie in ``C-EXPR-DB``, everything else beside the annotations."""
    crops = root / "cropped_aligned"
    if task == "ce":
        inside = root / COMPOUND
        return Places(root, (inside / "cropped_aligned", inside, crops), (inside, root))
    batches = sorted(path for path in crops.iterdir() if path.name.startswith("batch")) if crops.is_dir() else []
    elsewhere = (root / "test_data" / "cropped_aligned", root / "MTL_Challenge" / "cropped_aligned")
    return Places(root, (crops, *batches, *elsewhere), (root,))


def _existing(path: Path) -> Path | None:
    return path if path.is_file() else None
