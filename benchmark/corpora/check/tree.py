"""Every file and folder outside the crops: names that are no text, links that leave, and what does not belong here."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from benchmark.corpora.check.finding import Findings

MEDIA_SUFFIXES = frozenset({".mp4", ".avi", ".mov", ".mkv", ".webm"})
_JUNK = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX"})
_UNFINISHED = frozenset({".part", ".crdownload", ".download", ".filepart", ".tmp"})
#: Folders that may stand among the crop folders of a corpus.
_NO_TRIALS = frozenset({"videos", "names_of_videos_in_each_test_set", "test_set_examples", "prediction_files_format"})
_DEEPEST = 8


@dataclass(slots=True)
class Tree:
    """What was walked over.

    Attributes:
        files: every regular file outside crop folders, by path.
        crop_folders: every folder that holds crops of one trial, by path.
    """

    files: list[Path] = field(default_factory=list)
    crop_folders: list[Path] = field(default_factory=list)

    def media(self) -> list[Path]:
        """Files that are videos, by their suffix in any case."""
        return [path for path in self.files if path.suffix.lower() in MEDIA_SUFFIXES]


def walk(root: Path, crop_roots: Collection[Path], findings: Findings) -> Tree:
    """Walk over a corpus without entering its crop folders.

    Args:
        root: resolved folder of the corpus.
        crop_roots: folders that hold one folder of crops per trial.
        findings: where goes what is wrong.
    """
    tree = Tree()
    _enter(root, root, set(crop_roots), tree, findings, 0)
    tree.files.sort()
    tree.crop_folders.sort()
    return tree


def _enter(root: Path, folder: Path, crop_roots: set[Path], tree: Tree, findings: Findings, depth: int) -> None:
    for entry in _entries(folder, findings):
        path = Path(entry.path)
        if not _is_text(entry.name):
            findings.add("name-encoding", path)
            continue
        if entry.name in _JUNK or entry.name.startswith("._") or path.suffix.lower() in _UNFINISHED:
            findings.add("stray-file", path, "left by another program")
            continue
        if entry.is_symlink() and not _check_link(root, path, findings):
            continue
        if not entry.is_dir():
            tree.files.append(path)
            _check_place(path, folder, crop_roots, findings)
        elif folder in crop_roots and path not in crop_roots and entry.name not in _NO_TRIALS:
            tree.crop_folders.append(path)
        elif depth < _DEEPEST and not entry.name.startswith(".") and entry.name != "cropped":
            _enter(root, path, crop_roots, tree, findings, depth + 1)


def _entries(folder: Path, findings: Findings) -> Iterable[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        findings.add("folder-unreadable", folder, error.strerror or str(error))
        return []


def _check_link(root: Path, path: Path, findings: Findings) -> bool:
    """Whether what a link points to may be looked at."""
    target = path.resolve()
    if not target.exists():
        findings.add("link-broken", path, f"points to {path.readlink()}")
        return False
    if target.is_relative_to(root):
        return not root.is_relative_to(target)
    findings.add("linked-folder" if target.is_dir() else "link-outside", path, f"points to {target}")
    return not root.is_relative_to(target)


def _check_place(path: Path, folder: Path, crop_roots: set[Path], findings: Findings) -> None:
    among_crops = folder in crop_roots and folder.name != "C-EXPR-DB"
    if among_crops and not path.name.startswith("."):
        findings.add("stray-file", path, "expected folders of crops only")
    in_videos = folder.name == "videos" or folder.parent.name == "videos"
    if in_videos and path.suffix not in MEDIA_SUFFIXES and not path.name.startswith("."):
        wanted = path.suffix.lower() if path.suffix.lower() in MEDIA_SUFFIXES else ".mp4 or .avi"
        findings.add("stray-file", path, f"expected a name that ends in {wanted}")


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
