"""Test lists and sample files: readable, agreeing with each other, and every frame of a trial listed once."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmark.corpora.check.finding import Findings
from benchmark.corpora.check.listed import Listed
from benchmark.corpora.layout import Layout
from benchmark.corpora.lists import ImageRows, read_images, read_names
from benchmark.corpora.trials import Frames, every_frame
from benchmark.errors import UserError


def read_release(layout: Layout, task: str, findings: Findings) -> list[Listed]:
    """Test trials of a task; empty if the corpus has no list of them or cannot be read."""
    names_file, sample_file = layout.test_names.get(task), layout.samples.get(task)
    if task == "mtl":
        return _images_only(names_file, sample_file, findings)
    rows = _by_trial(sample_file, findings) if sample_file else {}
    names = _names(names_file, findings) if names_file else {}
    if sample_file:
        _check_numbers(sample_file, rows, findings)
    if names_file and sample_file and names and rows:
        _check_same(names_file, set(names), sample_file, set(rows), findings)
    source = findings.relative(sample_file or names_file or "")
    return [
        Listed(
            name,
            f"{findings.relative(names_file)}:{names[name]}" if names_file and name in names else source,
            rows.get(name),
        )
        for name in sorted({*names, *rows})
    ]


def _images_only(names_file: Path | None, sample_file: Path | None, findings: Findings) -> list[Listed]:
    """The multi-task track lists images in both files."""
    found = {path: _by_trial(path, findings) for path in (sample_file, names_file) if path}
    if sample_file and names_file and all(found.values()):
        theirs, ours = found[names_file], found[sample_file]
        _check_same(names_file, set(theirs), sample_file, set(ours), findings)
        for name in sorted(set(theirs) & set(ours)):
            if not np.array_equal(theirs[name], ours[name]):
                found_rows = f"{len(theirs[name])} images of trial {name}, the sample file {len(ours[name])} others"
                findings.add("list-sample", names_file, found_rows)
    for path, rows in found.items():
        if rows:
            return [Listed(name, findings.relative(path), frames) for name, frames in rows.items()]
    return []


def _by_trial(path: Path, findings: Findings) -> dict[str, Frames]:
    try:
        images: ImageRows = read_images(path)
    except UserError as error:
        findings.add_error("list-bad", error)
        return {}
    return {name: images.frames[rows] for name, rows in images.by_trial().items()}


def _names(path: Path, findings: Findings) -> dict[str, int]:
    """Trial -> line."""
    try:
        return {name: line for line, name in enumerate(read_names(path), start=1)}
    except UserError as error:
        findings.add_error("list-bad", error)
        return {}


def _check_numbers(path: Path, rows: dict[str, Frames], findings: Findings) -> None:
    for name, frames in rows.items():
        wrong = np.flatnonzero(frames != every_frame(len(frames)))
        if len(wrong):
            what = f"trial {name} has no frame {wrong[0] + 1:05d} or has it twice, expected 1..N, each once"
            findings.add("list-bad", path, what)


def _check_same(names_file: Path, names: set[str], sample_file: Path, sampled: set[str], findings: Findings) -> None:
    for path, other, only in ((names_file, sample_file, names - sampled), (sample_file, names_file, sampled - names)):
        if only:
            what = f"{_some(only)} not in {findings.relative(other)}"
            findings.add("list-sample", path, what, len(only))


def _some(names: set[str]) -> str:
    first = sorted(names)[:3]
    return ", ".join(first) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
