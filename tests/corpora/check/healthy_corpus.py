"""A small corpus with everything a complete one has: five tasks, three splits, two persons, gaps, and odd lengths."""

from __future__ import annotations

from pathlib import Path

from tiny_corpus import AU_ROW, CHALLENGES, annotate, crop, film, mtl_text, write

from benchmark.tasks import HEADS

PACK = "6th ABAW Annotations"
NAMES = "names_of_videos_in_each_test_set"
TITLES = {
    "va": "Valence_Arousal_Estimation_Challenge",
    "expr": "Expression_Recognition_Challenge",
    "au": "Action_Unit_Detection_Challenge",
    "ce": "Compound_Expression_Recognition_Challenge",
}
#: trial -> (split folder, or None for the test set; rows; numbers of its crops; frames of its video).
TRIALS = {
    "1-30-64x64": ("Train_Set", 9, range(1, 10), 8),
    "video7_left": ("Train_Set", 8, (1, 2, 4, 5, 6, 7, 8), 8),
    "video7_right": ("Train_Set", 8, range(1, 10), 8),
    "video9": ("Validation_Set", 10, range(1, 11), 12),
    "video11": (None, 6, range(1, 7), 6),
}
CLIPS = {"01": (6, 6), "02": (7, 6)}
LABELS = {"va": "0.25,-0.5", "expr": "4", "au": AU_ROW}


def annotation(root: Path, task: str, trial: str) -> Path:
    """Where the annotation of a trial lies."""
    return root / PACK / CHALLENGES[task] / str(TRIALS[trial][0]) / f"{trial}.txt"


def names_file(root: Path, task: str) -> Path:
    """Where the list of test trials of a task lies."""
    return root / NAMES / f"{TITLES[task]}_test_set_release.txt"


def sample_file(root: Path, task: str) -> Path:
    """Where the sample file of a task lies."""
    short = {"expr": "Expr"}.get(task, task.upper())
    return root / "test_set_examples" / f"CVPR_6th_ABAW_{short}_test_set_example.txt"


def mtl_file(root: Path, split: str) -> Path:
    """Where the multi-task annotations of ``training`` or ``validation`` lie."""
    return root / "MTL_Challenge" / f"{split}_set_annotations.txt"


def _write_test_lists(root: Path) -> None:
    asked = {task: {"video11": 6} for task in CHALLENGES} | {"ce": {name: rows for name, (rows, _) in CLIPS.items()}}
    for task, trials in asked.items():
        write(names_file(root, task), "\n".join(trials) + "\n")
        header = ",".join(("image_location", *HEADS[task].names))
        rows = [f"{trial}/{k:05d}.jpg," for trial, count in trials.items() for k in range(1, count + 1)]
        write(sample_file(root, task), "\n".join([header, *rows]) + "\n")
    images = [f"video11/{k:05d}.jpg" for k in (1, 3, 4)]
    write(root / NAMES / "MTL_Challenge_test_set_release.txt", "\n".join(["image", *images]) + "\n")
    write(root / "test_set_examples" / "MTL.txt", "\n".join(f"{image}," for image in images) + "\n")


def _write_mtl(root: Path) -> None:
    rows = {
        "training": [("1-30-64x64", k) for k in (1, 2, 5)] + [("video7_left", k) for k in (2, 4)],
        "validation": [("video9", k) for k in (1, 2, 2, 7)],
    }
    for split, images in rows.items():
        text = mtl_text(
            [(f"{trial}/{k:05d}.jpg", "0.5,-5.0" if k == 5 else "0.5,0.25", "7", AU_ROW) for trial, k in images]
        )
        write(mtl_file(root, split), text)


def make_healthy(root: Path) -> Path:
    """Write the corpus into a new folder and return it."""
    for trial, (split, rows, crops, _) in TRIALS.items():
        for task in CHALLENGES if split else ():
            marker = ",".join([str(HEADS[task].invalid)] * (1 if task == "expr" else HEADS[task].width))
            annotate(annotation(root, task, trial), task, [LABELS[task]] * (rows - 1) + [marker])
        crop(root / "cropped_aligned" / trial, crops)
    for name, (rows, frames) in CLIPS.items():
        crop(root / "C-EXPR-DB" / name, range(1, rows + 1))
        film(root / "C-EXPR-DB" / "videos" / f"{name}.mp4", [k / 30 for k in range(frames)])
    _write_test_lists(root)
    _write_mtl(root)
    videos = root / "videos"
    film(videos / "batch1" / "1-30-64x64.mp4", [k / 30 for k in range(8)])
    film(videos / "batch1" / "video7.avi", [k / 30 for k in range(8)], codec="mpeg4")
    film(videos / "batch2" / "video9.mp4", [k / 25 for k in range(12)])
    film(videos / "batch2" / "video11.mp4", [k / 30 for k in range(6)], faststart=True)
    return root
