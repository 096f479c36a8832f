"""Reading every list of a corpus: annotations and test releases of all tasks, into parts."""

from __future__ import annotations

from collections.abc import Callable

from benchmark.corpora.check.annotation_rows import read_folder
from benchmark.corpora.check.finding import Findings
from benchmark.corpora.check.listed import Listed, Part
from benchmark.corpora.check.mtl_rows import read_mtl_file
from benchmark.corpora.check.release import read_release
from benchmark.corpora.layout import SPLITS, Layout, expected_place
from benchmark.tasks import TASKS


def read_parts(layout: Layout, findings: Findings, step: Callable[[str], None]) -> tuple[Part, ...]:
    """Every task and split that the corpus names, in the order of tasks and splits.

    Args:
        layout: where the lists are.
        findings: where goes what is wrong with them.
        step: called with the title of each part when it is read.
    """
    parts = []
    for task in TASKS:
        for split in SPLITS:
            trials = _trials(layout, task, split, findings)
            if trials:
                parts.append(Part(task, split, tuple(trials)))
            step(f"{task} {split}")
        _check_splits(layout, task, findings)
    return tuple(parts)


def _trials(layout: Layout, task: str, split: str, findings: Findings) -> list[Listed]:
    if split == "test":
        return read_release(layout, task, findings)
    place = layout.annotations.get((task, split))
    if place is None:
        return []
    trials = read_mtl_file(place, findings) if task == "mtl" else read_folder(place, task, findings)
    if place.is_dir() and not any(place.glob("*.txt")):
        findings.add("annotation-empty", place, "the folder holds no annotation file")
    return trials


def _check_splits(layout: Layout, task: str, findings: Findings) -> None:
    has = {split for split in ("train", "validation") if (task, split) in layout.annotations}
    for split in sorted({"train", "validation"} - has if has else set()):
        findings.add("split-missing", f"{task} {split}", f"expected {expected_place(task, split)}")
