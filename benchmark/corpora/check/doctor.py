"""Runs every check and makes the diagnosis."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmark.corpora.check.alignment import check_frames, check_rows
from benchmark.corpora.check.diagnosis import Diagnosis
from benchmark.corpora.check.examine import Examined, examine
from benchmark.corpora.check.finding import Findings, group
from benchmark.corpora.check.inventory import read_parts
from benchmark.corpora.check.judge import judge_crops, judge_video
from benchmark.corpora.check.listed import Part, pairs
from benchmark.corpora.check.locate import Key, Located, crop_roots, key_of, locate
from benchmark.corpora.check.manifest import manifest_hash
from benchmark.corpora.check.memory import open_memory
from benchmark.corpora.check.split_sides import check_sides, read_identities
from benchmark.corpora.check.summary import summarize
from benchmark.corpora.check.tree import walk
from benchmark.corpora.layout import SPLITS, Layout
from benchmark.corpora.reader import Corpus, open_corpus
from benchmark.errors import UserError
from benchmark.progress import progress
from benchmark.tasks import TASKS


def diagnose(path: Path, full: bool, jobs: int) -> Diagnosis:
    """Check a corpus.

    Args:
        path: its root.
        full: decode every crop and video instead of reading headers and packets.
        jobs: number of worker processes.

    Raises:
        UserError: there is no corpus, or a package is missing.
    """
    _require_packages(full)
    root = path.resolve()
    corpus = _open(root, path)
    findings = Findings(root)
    for note in corpus.layout.notes:
        findings.add("layout", "", note)
    parts = _read_parts(corpus.layout, findings)
    tree = walk(root, crop_roots(root), findings)
    located = locate(root, parts, tree, findings)
    with open_memory(root) as memory:
        examined = examine(root, located, full, memory, jobs, findings)
    judge_crops(examined.crops, findings)
    for place, video in examined.videos.items():
        judge_video(place, video, findings)
    _align(parts, located, examined, findings)
    check_sides(parts, read_identities(root), findings)
    table = [line for part in parts for line in summarize(corpus, part, located, examined, findings)]
    listings = {place.relative_to(root).as_posix(): one.listing for place, one in examined.crops.items()}
    manifest = manifest_hash(root, _texts(corpus.layout), examined.videos, listings)
    groups = tuple(group(findings))
    sound = not any(one.kind.severity == "error" for one in groups)
    return Diagnosis(
        root=root,
        edition=corpus.layout.edition,
        synthetic=corpus.synthetic,
        full=full,
        table=tuple(table),
        groups=groups,
        manifest=manifest,
        fingerprint=corpus.fingerprint if sound else None,
        crops=sum(one.files for one in examined.crops.values()),
        media=len(examined.videos),
        remembered=examined.remembered,
        units=len(examined.crops) + len(examined.videos),
        trouble=memory.trouble,
    )


def _require_packages(full: bool) -> None:
    for module in ("av", *(("simplejpeg",) if full else ())):
        try:
            __import__(module)
        except ImportError:
            raise UserError(
                f"the package {module} is not installed; expected it for checking media: pip install -e '.[media]'"
            ) from None


def _open(root: Path, path: Path) -> Corpus:
    try:
        return open_corpus(root)
    except UserError as error:
        for child in sorted(root.iterdir()) if root.is_dir() else ():
            if child.is_dir() and not child.name.startswith(".") and _is_corpus(child):
                raise UserError(
                    f"{path}: is no corpus, but holds one in {child.name}; check it with: "
                    f"abaw corpus check {path / child.name}"
                ) from None
        raise error from None


def _is_corpus(folder: Path) -> bool:
    try:
        open_corpus(folder)
    except UserError:
        return False
    return True


def _read_parts(layout: Layout, findings: Findings) -> tuple[Part, ...]:
    with progress("lists") as bar:
        task = bar.add_task("Reading lists", total=len(TASKS) * len(SPLITS), note="")
        return read_parts(layout, findings, lambda title: bar.update(task, advance=1, note=title))


def _align(parts: tuple[Part, ...], located: Mapping[Key, Located], examined: Examined, findings: Findings) -> None:
    compared = set()
    for part, trial in pairs(parts):
        crops, video = examined.of(located[key_of(part, trial)])
        check_rows(part, trial, crops, video, findings)
        place = located[key_of(part, trial)].crops
        if crops is not None and video is not None and place and place not in compared:
            compared.add(place)
            check_frames(findings.relative(place), crops, video, findings)


def _texts(layout: Layout) -> list[Path]:
    places = {*layout.annotations.values(), *layout.test_names.values(), *layout.samples.values()}
    files = {file for place in places for file in (place.iterdir() if place.is_dir() else [place])}
    return sorted(path for path in files if path.is_file())
