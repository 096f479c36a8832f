"""Warnings and notes: named with their place, and never an error."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from damage import CROPS, V7, V9, Break, edit, jpeg, places, remake
from healthy_corpus import PACK, annotation, mtl_file
from tiny_corpus import crop, film, write

from benchmark.corpora.check.doctor import diagnose
from benchmark.corpora.check.kinds import KINDS


def train_expressions_on_video9(root: Path) -> None:
    training, validation = annotation(root, "expr", V7).parent, annotation(root, "expr", V9).parent
    (validation / f"{V9}.txt").rename(training / f"{V9}.txt")
    (training / "video7_right.txt").rename(validation / "video7_right.txt")


def put_crops_in_a_batch(root: Path) -> None:
    folders = list((root / CROPS).iterdir())
    (root / CROPS / "batch1").mkdir()
    for folder in folders:
        folder.rename(root / CROPS / "batch1" / folder.name)


WARNED: dict[str, tuple[Break, str, str, str]] = {
    "a video without sound": (
        lambda r: remake(r / "videos/batch2/video9.mp4", 12, sound_from=None),
        "media-no-sound",
        "video9.mp4",
        "",
    ),
    "digital silence": (
        lambda r: remake(r / "videos/batch2/video9.mp4", 12, channels=(0.0,)),
        "media-silent",
        "video9.mp4",
        "",
    ),
    "sound that is longer": (
        lambda r: remake(r / "videos/batch2/video9.mp4", 12, seconds=2.0),
        "media-lengths",
        "video9.mp4",
        r"pictures 0\.40 s, sound 2\.0",
    ),
    "sound that is late": (
        lambda r: remake(r / "videos/batch2/video9.mp4", 12, sound_from=0.7, seconds=0.3),
        "media-offset",
        "video9.mp4",
        r"\+0\.[67]\d s",
    ),
    "a variable frame rate": (
        lambda r: (
            (r / "videos/batch2/video9.mp4").unlink(),
            film(r / "videos/batch2/video9.mp4", np.cumsum([1 / 30, 1 / 10] * 6).tolist()),
        ),
        "media-variable",
        "video9.mp4",
        "frames/s on average",
    ),
    "another rate than the name says": (
        lambda r: (
            (r / "videos/batch1/1-30-64x64.mp4").unlink(),
            film(r / "videos/batch1/1-30-64x64.mp4", [k / 20 for k in range(8)]),
        ),
        "media-named-rate",
        "1-30-64x64.mp4",
        r"20\.00 frames/s",
    ),
    "no videos": (
        lambda r: [shutil.rmtree(r / folder) for folder in ("videos", "C-EXPR-DB/videos")],
        "media-none",
        "videos",
        "",
    ),
    "a video twice": (
        lambda r: shutil.copy(r / "videos/batch1/video7.avi", r / "videos/batch2/video7.avi"),
        "media-twice",
        "videos/batch2/video7.avi",
        "used is videos/batch1/video7.avi",
    ),
    "a video nobody lists": (
        lambda r: shutil.copy(r / "videos/batch1/video7.avi", r / "videos/batch2/video99.avi"),
        "media-unused",
        "videos/batch2/video99.avi",
        "",
    ),
    "crops nobody lists": (lambda r: crop(r / CROPS / "video99", (1,)), "crops-unused", f"{CROPS}/video99", ""),
    "crops in batches": (put_crops_in_a_batch, "crops-batches", CROPS, ""),
    "two persons of one video on two sides": (
        lambda r: annotation(r, "expr", "video7_right").rename(annotation(r, "expr", V9).with_stem("video7_right")),
        "video-on-two-sides",
        "expr train / validation",
        "video video7: video7_left, video7_right",
    ),
    "validation of one task in the training of another": (
        train_expressions_on_video9,
        "other-task-training",
        "va validation",
        "1 of 1 videos are in expr train: video9",
    ),
    "parts of one recording on two sides": (
        lambda r: (
            annotation(r, "expr", V9).rename(annotation(r, "expr", V9).with_stem("video7_2")),
            crop(r / CROPS / "video7_2", range(1, 11)),
            shutil.copy(annotation(r, "expr", V7), annotation(r, "expr", V7).with_stem("video7_1")),
            crop(r / CROPS / "video7_1", range(1, 9)),
            film(r / "videos/batch1/video7_1.mp4", [k / 30 for k in range(8)]),
            film(r / "videos/batch1/video7_2.mp4", [k / 30 for k in range(10)]),
        ),
        "parts-on-two-sides",
        "expr train / validation",
        "parts of video7",
    ),
    "a split left out": (
        lambda r: shutil.rmtree(annotation(r, "au", V9).parent),
        "split-missing",
        "au validation",
        "expected .*AU_Detection_Challenge/Validation_Set",
    ),
    "hardly any crops": (
        lambda r: [(r / CROPS / V9 / f"{k:05d}.jpg").unlink() for k in range(1, 8)],
        "crops-few",
        f"{V9}.txt",
        "2 of 9 labelled va rows",
    ),
    "gray crops": (
        lambda r: jpeg(r / CROPS / V9 / "00005.jpg", gray=True),
        "crop-colour",
        f"{V9}/00005.jpg",
        r"1 channel\(s\)",
    ),
    "all crops of another size": (
        lambda r: [jpeg(path, 96) for folder in (CROPS, "C-EXPR-DB") for path in (r / folder).glob("*/*.jpg")],
        "crops-other-size",
        CROPS,
        "96x96, expected 112x112",
    ),
    "an image listed twice with different labels": (
        lambda r: edit(mtl_file(r, "validation"), 4, f"{V9}/00002.jpg,0.1,0.25,7" + ",0" * 12),
        "mtl-conflict",
        "validation_set_annotations.txt:4",
        f"{V9}/00002.jpg",
    ),
    "a listed image without a crop": (
        lambda r: (r / CROPS / V9 / "00007.jpg").unlink(),
        "mtl-crop",
        "validation_set_annotations.txt",
        f"trial {V9}",
    ),
    "rows of the multi-task file without a label": (
        lambda r: edit(mtl_file(r, "training"), 2, "1-30-64x64/00001.jpg,-5,-5,-1" + ",-1" * 12),
        "mtl-unlabelled",
        "training_set_annotations.txt",
        "",
    ),
    "a trial without a label": (
        lambda r: write(annotation(r, "expr", V7), annotation(r, "expr", V7).read_text().split("\n")[0] + "\n-1" * 8),
        "no-label",
        f"{V7}.txt",
        "8 rows",
    ),
    "half-marked rows": (
        lambda r: edit(annotation(r, "va", V7), 3, "-5,0.5"),
        "va-half",
        f"{V7}.txt",
        "",
    ),
    "a stray annotation": (
        lambda r: write(annotation(r, "va", V7).with_suffix(".TXT~"), "x"),
        "stray-file",
        f"{V7}.TXT~",
        "expected <trial>.txt",
    ),
    "a folder among annotations": (
        lambda r: (annotation(r, "va", V7).parent / "Train_Set").mkdir(),
        "stray-file",
        "Train_Set/Train_Set",
        "whose files are not read",
    ),
    "a stray file among crops": (lambda r: write(r / CROPS / V9 / "Thumbs.db", "x"), "stray-file", "Thumbs.db", ""),
    "a stray file beside crops": (lambda r: write(r / CROPS / "list.csv", "x"), "stray-file", "list.csv", "folders"),
    "a half-finished download": (lambda r: write(r / "videos/v.mp4.part", "x"), "stray-file", "v.mp4.part", "program"),
    "a subtitle among videos": (
        lambda r: write(r / "videos/batch1/v.srt", "x"),
        "stray-file",
        "videos/batch1/v.srt",
        "ends in .mp4",
    ),
    "another edition beside the used one": (
        lambda r: shutil.copytree(r / PACK, r / "3rd ABAW Annotations"),
        "layout",
        "",
        "3rd ABAW Annotations/VA_Estimation_Challenge is not used",
    ),
    "a folder that is a link": (
        lambda r: (shutil.move(r / CROPS, r.parent / "faces"), (r / CROPS).symlink_to(r.parent / "faces")),
        "linked-folder",
        CROPS,
        "points to .*faces",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WARNED)
def test_a_warning_or_note_is_named_with_its_place_and_is_no_error(corpus: Path, name: str) -> None:
    damage, kind, where, what = WARNED[name]
    damage(corpus)
    diagnosis = diagnose(corpus, full=False, jobs=1)
    errors = {g.kind.key: places(diagnosis, g.kind.key) for g in diagnosis.groups if g.kind.severity == "error"}
    assert errors == {}
    found = places(diagnosis, kind)
    assert any(re.search(f"{where}.*  .*{what}", one) for one in found), found


def test_every_kind_says_what_to_do() -> None:
    for key, kind in KINDS.items():
        assert kind.key == key
        assert kind.mend.endswith("."), key
        assert kind.title[0].islower() or kind.title[:2].isupper(), key
