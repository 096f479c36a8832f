"""Where the annotations, test lists and sample files of a corpus are: the folder names of every edition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import UserError

SPLITS = ("train", "validation", "test")

#: Folder of each task's per-trial annotations -> editions that used the name.
_CHALLENGES = {
    "va": {"VA_Estimation_Challenge": "3-10", "VA_Set": "1-2"},
    "expr": {
        "EXPR_Recognition_Challenge": "6-10",
        "EXPR_Classification_Challenge": "3-5",
        "EXPR_Set": "1-2",
    },
    "au": {"AU_Detection_Challenge": "3-10", "AU_Set": "1-2"},
}
_SPLIT_FOLDERS = {"train": ("Train_Set", "Training_Set"), "validation": ("Validation_Set",)}
_MTL_FILES = {
    "train": ("training_set_annotations", "train_set"),
    "validation": ("validation_set_annotations", "validation_set"),
}
#: Compound-expression labels exist only for the synthetic corpus; the challenge released none.
_COMPOUND_LABELS = "compound_labels"
_TEST_FOLDERS = ("names_of_videos_in_each_test_set", "test_set_examples", "prediction_files_format", "MTL_Challenge")
_TEST_NAMES = {
    "va": r"valence_arousal_.*test_set_release\.txt",
    "expr": r"expression_.*test_set_release\.txt",
    "au": r"action_unit_.*test_set_release\.txt",
    "mtl": r"mtl_challenge_test_set_release\.txt",
    "ce": r"compound_expression_.*test_set_release\.txt",
}
_SAMPLE_NAMES = {
    "va": r".*_va_test_set_(sample|example)\.txt",
    "expr": r".*_expr_test_set_(sample|example)\.txt",
    "au": r".*_au_test_set_(sample|example)\.txt",
    "mtl": r"(.*_)?mtl(_test_set_(sample|example))?\.txt",
    "ce": r".*_ce_test_set_(sample|example)\.txt",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """What a corpus holds, and where.

    Attributes:
        root: folder of the corpus.
        edition: challenge editions with these folder names: ``1``, ``2``, ``3-5``, ``6-10``, ``3-10``, ``4, 7, 11``
            (multi-task only) or ``compound`` (compound expressions only).
        annotations: (task, split) -> folder of per-trial files; for ``mtl`` one file.
        test_names: task -> list of test trials; for ``mtl`` of test images.
        samples: task -> official sample of a prediction file, which fixes the rows of every test trial.
        notes: what was found twice and not used.
    """

    root: Path
    edition: str
    annotations: Mapping[tuple[str, str], Path]
    test_names: Mapping[str, Path]
    samples: Mapping[str, Path]
    notes: tuple[str, ...] = ()

    def describe(self) -> list[str]:
        """One line for each thing found, for ``abaw corpus check``."""
        lines = [f"edition {self.edition}"]
        lines += [f"{task} {split}: {path.relative_to(self.root)}" for (task, split), path in self.annotations.items()]
        lines += [f"{task} test names: {path.relative_to(self.root)}" for task, path in self.test_names.items()]
        lines += [f"{task} test sample: {path.relative_to(self.root)}" for task, path in self.samples.items()]
        return lines


def find_layout(root: Path) -> Layout:
    """Recognise the folders of a corpus.

    Raises:
        UserError: ``root`` is no folder, or holds no annotations and no test list of any edition.
    """
    if not root.is_dir():
        raise UserError(f"{root}: no such folder; expected the root of a corpus in the Aff-Wild2 layout.")
    notes: list[str] = []
    annotations: dict[tuple[str, str], Path] = {}
    names: set[str] = set()
    for task, challenges in _CHALLENGES.items():
        found = [parent / name for parent in _annotation_roots(root) for name in challenges if (parent / name).is_dir()]
        if not found:
            continue
        notes += [f"{other.relative_to(root)} is not used: {found[0].relative_to(root)} is" for other in found[1:]]
        splits = _splits(found[0])
        annotations |= {(task, split): folder for split, folder in splits.items()}
        names |= {found[0].name, *(folder.name for folder in splits.values())}
    for split, stems in _MTL_FILES.items():
        files = [
            parent / "MTL_Challenge" / f"{stem}{end}"
            for parent in (root, *_annotation_roots(root))
            for stem in stems
            for end in (".txt", ".csv")
        ]
        found = list(dict.fromkeys(path for path in files if path.is_file()))
        if found:
            annotations["mtl", split] = found[0]
            notes += [f"{other.relative_to(root)} is not used: {found[0].name} is" for other in found[1:]]
    if (root / _COMPOUND_LABELS).is_dir():
        annotations |= {("ce", split): folder for split, folder in _splits(root / _COMPOUND_LABELS).items()}
    files = sorted(_test_files(root))
    test_names, samples = _match(root, files, _TEST_NAMES, notes), _match(root, files, _SAMPLE_NAMES, notes)
    if not annotations and not test_names and not samples:
        raise UserError(
            f"{root}: found none of the folders of Aff-Wild2, s-Aff-Wild2 or C-EXPR-DB; expected for example "
            f'"6th ABAW Annotations/VA_Estimation_Challenge/Train_Set" or '
            f'"MTL_Challenge/training_set_annotations.txt" in it. Give the folder that holds these.'
        )
    return Layout(root, _edition(names, annotations), annotations, test_names, samples, tuple(notes))


def expected_place(task: str, split: str) -> str:
    """Where the annotations of a task and split are looked for, in words."""
    if split == "test":
        return "a test list in names_of_videos_in_each_test_set/ or a sample file in test_set_examples/"
    if task == "mtl":
        return f"MTL_Challenge/{_MTL_FILES[split][0]}.txt"
    if task == "ce":
        return f"{_COMPOUND_LABELS}/{_SPLIT_FOLDERS[split][0]}/<clip>.txt (only the synthetic corpus has such labels)"
    return f"<edition> ABAW Annotations/{next(iter(_CHALLENGES[task]))}/{_SPLIT_FOLDERS[split][0]}/<trial>.txt"


def _annotation_roots(root: Path) -> list[Path]:
    """Folders that may hold the challenges' folders, newest edition first."""
    packs = [path for path in root.iterdir() if path.is_dir() and path.name.endswith("ABAW Annotations")]
    packs.sort(key=lambda path: (_pack_number(path.name), path.name), reverse=True)
    return [*packs, *(path for path in (root / "annotations", root) if path.is_dir())]


def _pack_number(name: str) -> int:
    words = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
    first = name.split()[0].lower()
    digits = re.match(r"\d{1,3}", first)
    if digits:
        return int(digits[0])
    return words.index(first) + 1 if first in words else 0


def _splits(folder: Path) -> dict[str, Path]:
    return {
        split: folder / name for split, names in _SPLIT_FOLDERS.items() for name in names if (folder / name).is_dir()
    }


def _test_files(root: Path) -> Iterator[Path]:
    for parent in (root, *_annotation_roots(root), root / "test_data", root / "C-EXPR-DB"):
        for name in _TEST_FOLDERS:
            if (parent / name).is_dir():
                yield from (path for path in (parent / name).iterdir() if path.is_file())


def _match(root: Path, files: list[Path], patterns: Mapping[str, str], notes: list[str]) -> dict[str, Path]:
    chosen = {}
    for task, pattern in patterns.items():
        found = list(dict.fromkeys(path for path in files if re.fullmatch(pattern, path.name, re.IGNORECASE)))
        if found:
            chosen[task] = found[-1]  # of the samples of several editions the newest, by name
            notes += [f"{other.relative_to(root)} is not used: {found[-1].name} is" for other in found[:-1]]
    return chosen


def _edition(names: set[str], annotations: Mapping[tuple[str, str], Path]) -> str:
    if "EXPR_Recognition_Challenge" in names:
        return "6-10"
    if "EXPR_Classification_Challenge" in names:
        return "3-5"
    if names & {"VA_Set", "EXPR_Set", "AU_Set"}:
        return "1" if "Training_Set" in names else "2"
    if names:
        return "3-10"
    tasks = {task for task, _ in annotations}
    return "4, 7, 11" if "mtl" in tasks else "compound" if "ce" in tasks else "test lists only"
