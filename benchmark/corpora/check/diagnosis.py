"""What the doctor says about a corpus, as data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmark.corpora.check.finding import Group


@dataclass(frozen=True, slots=True)
class PartSummary:
    """One line of the table: one task, split and head.

    Attributes:
        task, split: of the part.
        head: whose labels are counted; None where there are none.
        trials, videos, rows: their numbers; rows is None if a trial's length is unknown.
        labelled: rows with a valid label.
        with_crop: of these, rows that have a crop.
        no_crops, no_media: trials without any crop, and without a video.
        agrees: whether all counts are the known ones; None if nothing is known.
    """

    task: str
    split: str
    head: str | None
    trials: int
    videos: int
    rows: int | None
    labelled: int | None
    with_crop: int | None
    no_crops: int
    no_media: int
    agrees: bool | None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the doctor says.

    Attributes:
        root: resolved folder of the corpus.
        edition: editions whose folder names it has.
        synthetic: whether it is affrig.
        full: whether everything was decoded.
        table: one line for each task, split and head.
        groups: findings by kind, errors first.
        manifest: hash of the whole copy.
        fingerprint: hash that records carry; None where errors were found.
        crops, media: how many were looked at.
        remembered, units: folders and videos whose earlier result still held, and all of them.
        trouble: why results are not remembered; empty if they are.
    """

    root: Path
    edition: str
    synthetic: bool
    full: bool
    table: tuple[PartSummary, ...]
    groups: tuple[Group, ...]
    manifest: str
    fingerprint: str | None
    crops: int
    media: int
    remembered: int
    units: int
    trouble: str

    def count(self, severity: str) -> int:
        """Number of findings of a severity."""
        return sum(one.count for one in self.groups if one.kind.severity == severity)
