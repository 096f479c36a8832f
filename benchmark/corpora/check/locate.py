"""Where each trial's crops and video are, and why one is not found: other names, other folders, not there at all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmark.corpora.check.finding import Findings
from benchmark.corpora.check.listed import Listed, Part, pairs
from benchmark.corpora.check.tree import MEDIA_SUFFIXES, Tree
from benchmark.corpora.names import base_video
from benchmark.corpora.places import COMPOUND, find_places

_SIDE = re.compile(r"[-_. ](left|right)$", re.IGNORECASE)

#: Trial of the compound-expression clips or not, and its name: clips have folders of their own.
Key = tuple[bool, str]


@dataclass(frozen=True, slots=True)
class Located:
    """What one trial has.

    Attributes:
        crops: its folder of crops, or None.
        media: its video, or None.
    """

    crops: Path | None
    media: Path | None


def key_of(part: Part, trial: Listed) -> Key:
    """What a trial is looked up by."""
    return part.task == "ce", trial.name


def crop_roots(root: Path) -> set[Path]:
    """Folders that hold folders of crops."""
    return {folder for task in ("va", "ce") for folder in find_places(root, task).crops if folder.is_dir()}


def locate(root: Path, parts: tuple[Part, ...], tree: Tree, findings: Findings) -> dict[Key, Located]:
    """Find the crops and the video of every trial; what is missing goes to the findings."""
    places = {True: find_places(root, "ce"), False: find_places(root, "va")}
    found: dict[Key, Located] = {}
    first: dict[Key, tuple[Part, Listed]] = {}
    for part, trial in pairs(parts):
        key = key_of(part, trial)
        if key not in found:
            folder = places[key[0]].crop_dir(trial.name)
            found[key] = Located(folder if folder.is_dir() else None, places[key[0]].find_media(trial.name))
            first[key] = part, trial
    missing = {key: one for key, one in first.items() if not found[key].crops and not found[key].media}
    unreleased = {key for key, (part, _) in missing.items() if part.split == "test"}
    for key in sorted(unreleased):
        findings.add("list-trial", missing[key][1].source, f"trial {key[1]}")
    listed = {key: one for key, (_, one) in first.items() if key not in unreleased}
    if (root / "cropped_aligned" / "cropped_aligned").is_dir():
        findings.add("crops-nested", root / "cropped_aligned" / "cropped_aligned")
    else:
        _check_crops(root, listed, found, tree, findings)
    _check_media(listed, found, tree, findings)
    return found


def _check_crops(
    root: Path, listed: dict[Key, Listed], found: dict[Key, Located], tree: Tree, findings: Findings
) -> None:
    if any((one.crops or root).parent.name.startswith("batch") for one in found.values()):
        findings.add("crops-batches", "cropped_aligned")
    used = {one.crops for one in found.values()}
    free = {folder.name: folder for folder in tree.crop_folders if folder not in used}
    for clips in (False, True):
        own = {key: one for key, one in sorted(listed.items()) if key[0] == clips}
        if own and not any(found[key].crops for key in own):
            _tell_no_crops(root, clips, findings)
            continue
        for key, trial in own.items():
            if found[key].crops:
                continue
            other = next((name for name in free if _plain(name) == _plain(key[1])), None)
            if other:
                what = f"expected a folder {key[1]} for the trial of {trial.source}"
                findings.add("side-crops", free.pop(other), what)
            else:
                findings.add("crops-missing", trial.source, f"expected {_crop_place(clips)}/{key[1]}/")
    for folder in free.values():
        findings.add("crops-unused", folder)


def _tell_no_crops(root: Path, clips: bool, findings: Findings) -> None:
    if not clips and (root / "cropped").is_dir():
        findings.add("crops-unaligned", root / "cropped")
    else:
        place = _crop_place(clips)
        findings.add("crops-none", place, f"expected {place}/{'<clip>' if clips else '<trial>'}/00001.jpg")


def _check_media(listed: dict[Key, Listed], found: dict[Key, Located], tree: Tree, findings: Findings) -> None:
    used = {one.media for one in found.values()}
    by_video: dict[str, list[Path]] = {}
    for path in tree.media():
        by_video.setdefault(_plain(path.stem), []).append(path)
        if path not in used and _SIDE.search(path.stem):
            findings.add("side-media", path, f"expected {base_video(path.stem)}{path.suffix.lower()}")
    for clips in (False, True):
        own = {key: one for key, one in sorted(listed.items()) if key[0] == clips}
        place = f"{COMPOUND}/videos" if clips else "videos/batch1"
        if own and not any(found[key].media for key in own):
            findings.add("media-none", place, f"expected {place}/{'<clip>' if clips else '<video>'}.mp4")
            continue
        missing = {base_video(key[1]): trial for key, trial in own.items() if not found[key].media}
        for video, trial in missing.items():
            if not any(_SIDE.search(path.stem) for path in by_video.get(_plain(video), ())):
                findings.add("media-missing", trial.source, f"expected {place}/{video}.mp4 or its like")
    for path in tree.media():
        if path in used or _SIDE.search(path.stem) or path.suffix not in MEDIA_SUFFIXES:
            continue
        twin = next((other for other in by_video[_plain(path.stem)] if other in used), None)
        if twin and twin.stem == path.stem:
            findings.add("media-twice", path, f"used is {findings.relative(twin)}")
        else:
            findings.add("media-unused", path)


def _plain(name: str) -> str:
    """A name without its side in any spelling, and without case."""
    return _SIDE.sub("", name).casefold()


def _crop_place(clips: bool) -> str:
    return COMPOUND if clips else "cropped_aligned"


def media_of(found: Iterable[Located]) -> list[Path]:
    """Every video that some trial has, once, by path."""
    return sorted({one.media for one in found if one.media})
