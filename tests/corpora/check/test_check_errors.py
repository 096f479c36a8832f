"""Every error in its own copy of the healthy corpus: the doctor names it, the place, and no other error."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from damage import CROPS, V7, V9, V11, Break, cut, edit, jpeg, lists, places, remake, spoil_scan
from healthy_corpus import PACK, annotation, mtl_file, names_file, sample_file
from tiny_corpus import crop, film, write

from benchmark.corpora.check.doctor import diagnose


def spell_side_in_capitals(root: Path) -> None:
    path = annotation(root, "va", V7)
    path.rename(path.with_stem("video7_Left"))
    crop(root / CROPS / "video7_Left", range(1, 9))
    shutil.copy(root / "videos/batch1/video7.avi", root / "videos/batch1/video7_Left.avi")


def link_outside(root: Path) -> None:
    write(root.parent / "secret.txt", "x")
    (root / CROPS / V9 / "notes.jpg").symlink_to(root.parent / "secret.txt")


def list_a_trial_that_is_not_in_the_sample(root: Path) -> None:
    lists(root, "video11\nvideo12\n")
    crop(root / CROPS / "video12", range(1, 7))
    shutil.copy(root / "videos/batch2/video11.mp4", root / "videos/batch2/video12.mp4")


#: name -> how to break it, kind, pattern of the place, pattern of what is said.
BROKEN: dict[str, tuple[Break, str, str, str]] = {
    "va out of range": (
        lambda r: edit(annotation(r, "va", V7), 4, "1.5,0"),
        "annotation-row",
        rf"VA_Estimation_Challenge/Train_Set/{V7}\.txt:4",
        r"found '1.5,0', expected valence,arousal in \[-1, 1\] or the marker -5",
    ),
    "an au too few": (
        lambda r: edit(annotation(r, "au", V9), 3, "0,0,0,0,0,0,0,0,0,0,0"),
        "annotation-row",
        rf"Validation_Set/{V9}\.txt:3",
        "expected 12 values",
    ),
    "an unknown class": (
        lambda r: edit(annotation(r, "expr", V9), 2, "8"),
        "annotation-row",
        rf"{V9}\.txt:2",
        r"0\.\.7",
    ),
    "an empty annotation": (lambda r: write(annotation(r, "va", V7), ""), "annotation-empty", f"{V7}.txt", "empty"),
    "a header alone": (
        lambda r: write(annotation(r, "va", V7), "valence,arousal\n"),
        "annotation-empty",
        f"{V7}.txt",
        "a header and no row",
    ),
    "the annotation of another task": (
        lambda r: shutil.copy(annotation(r, "au", V7), annotation(r, "va", V7)),
        "annotation-header",
        f"{V7}.txt:1",
        "expected 'valence,arousal'",
    ),
    "no header": (
        lambda r: write(annotation(r, "va", V7), "0,0\n" * 8),
        "annotation-header",
        f"{V7}.txt:1",
        "found the header '0,0'",
    ),
    "an annotation that is no text": (
        lambda r: annotation(r, "va", V7).write_bytes(b"valence,arousal\n0,0\n\xff\xfe,0\n"),
        "annotation-unreadable",
        f"{V7}.txt:3",
        "0xff is not text",
    ),
    "a field too few in the multi-task file": (
        lambda r: edit(mtl_file(r, "training"), 3, "1-30-64x64/00002.jpg,0.5,0.25,7"),
        "annotation-row",
        "training_set_annotations.txt:3",
        "expected 16 fields",
    ),
    "a bad value in the multi-task file": (
        lambda r: edit(mtl_file(r, "training"), 4, "1-30-64x64/00005.jpg,0.5,0.25,9" + ",0" * 12),
        "annotation-row",
        "training_set_annotations.txt:4",
        r"found '9'",
    ),
    "another header of the multi-task file": (
        lambda r: edit(mtl_file(r, "training"), 1, "image,valence"),
        "annotation-header",
        "training_set_annotations.txt:1",
        "image,valence",
    ),
    "a crop cut short": (lambda r: cut(r / CROPS / V9 / "00003.jpg"), "crop-truncated", f"{V9}/00003", "breaks off"),
    "an empty crop": (lambda r: write(r / CROPS / V9 / "00003.jpg", ""), "crop-truncated", "00003.jpg", "is empty"),
    "a png called jpg": (
        lambda r: (r / CROPS / V9 / "00002.jpg").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50)),
        "crop-unreadable",
        f"{V9}/00002.jpg",
        "the file is PNG",
    ),
    "an error page called jpg": (
        lambda r: write(r / CROPS / V9 / "00002.jpg", "<html>404</html>"),
        "crop-unreadable",
        f"{V9}/00002.jpg",
        "HTML",
    ),
    "a crop of another size": (
        lambda r: jpeg(r / CROPS / V9 / "00005.jpg", 224),
        "crop-size",
        f"{V9}/00005.jpg",
        "224x224, expected 112x112",
    ),
    "frames counted from zero": (
        lambda r: jpeg(r / CROPS / V9 / "00000.jpg"),
        "crop-zero",
        f"{V9}/00000.jpg",
        "numbers from 00001",
    ),
    "four digits": (
        lambda r: (r / CROPS / V9 / "00004.jpg").rename(r / CROPS / V9 / "0004.jpg"),
        "crop-digits",
        f"{V9}/0004.jpg",
        "expected 00004.jpg",
    ),
    "no crops of a trial": (lambda r: shutil.rmtree(r / CROPS / V9), "crops-missing", f"{V9}", f"{CROPS}/{V9}/"),
    "an empty folder of crops": (
        lambda r: [path.unlink() for path in (r / CROPS / V9).iterdir()],
        "crops-missing",
        f"{CROPS}/{V9}",
        "holds no crop",
    ),
    "the crops of a longer video": (
        lambda r: crop(r / CROPS / V9, range(11, 14)),
        "crops-beyond-rows",
        f"{V9}.txt",
        "10 rows, last crop 00013.jpg",
    ),
    "crops beyond the video": (
        lambda r: remake(r / "videos/batch2" / f"{V11}.mp4", 3),
        "crops-beyond-frames",
        f"{CROPS}/{V11}",
        "last crop 00006.jpg, 3 video frames",
    ),
    "unaligned crops alone": (
        lambda r: (r / CROPS).rename(r / "cropped"),
        "crops-unaligned",
        "cropped",
        "",
    ),
    "no crops at all": (lambda r: shutil.rmtree(r / CROPS), "crops-none", CROPS, "expected cropped_aligned/<trial>"),
    "a folder merged into itself": (
        lambda r: ((r / CROPS).rename(r / "x"), (r / CROPS).mkdir(), (r / "x").rename(r / CROPS / CROPS)),
        "crops-nested",
        f"{CROPS}/{CROPS}",
        "",
    ),
    "crops under another side": (
        lambda r: (r / CROPS / V9).rename(r / CROPS / f"{V9}_right"),
        "side-crops",
        f"{CROPS}/{V9}_right",
        f"expected a folder {V9} ",
    ),
    "a video with a side": (
        lambda r: (r / "videos/batch2/video9.mp4").rename(r / "videos/batch2/video9_left.mp4"),
        "side-media",
        "videos/batch2/video9_left.mp4",
        "expected video9.mp4",
    ),
    "a side in capitals": (spell_side_in_capitals, "side-spelling", "video7_Left.txt", 'found "_Left"'),
    "no video of a trial": (
        lambda r: (r / "videos/batch2/video9.mp4").unlink(),
        "media-missing",
        f"{V9}.txt",
        "expected videos/batch1/video9.mp4",
    ),
    "a video cut short, index at the end": (
        lambda r: cut(r / "videos/batch2/video9.mp4"),
        "media-truncated",
        "videos/batch2/video9.mp4",
        r"lacks [\d,]+ bytes",
    ),
    "a video cut short, index in front": (
        lambda r: cut(r / "videos/batch2/video11.mp4"),
        "media-truncated",
        "videos/batch2/video11.mp4",
        r"lacks [\d,]+ bytes",
    ),
    "an avi cut short": (
        lambda r: cut(r / "videos/batch1/video7.avi"),
        "media-truncated",
        "videos/batch1/video7.avi",
        r"lacks [\d,]+ bytes",
    ),
    "a video that is none": (
        lambda r: write(r / "videos/batch2/video9.mp4", "no video"),
        "media-unreadable",
        "videos/batch2/video9.mp4",
        "cannot be opened as a video",
    ),
    "sound without pictures": (
        lambda r: ((r / "videos/batch2/video9.mp4").unlink(), film(r / "videos/batch2/video9.mp4", [], seconds=1.0)),
        "media-unreadable",
        "videos/batch2/video9.mp4",
        "has no video stream",
    ),
    "more rows than frames": (
        lambda r: remake(r / "videos/batch2/video9.mp4", 20),
        "frames-differ",
        f"{V9}.txt",
        "10 rows, 20 video frames",
    ),
    "a listed image beyond the video": (
        lambda r: [edit(mtl_file(r, "validation"), 5, f"{V9}/00077.jpg,0,0,0" + ",0" * 12)],
        "frames-differ",
        "validation_set_annotations.txt",
        "image 00077.jpg listed, 12 video frames",
    ),
    "a trial on two sides": (
        lambda r: shutil.copy(annotation(r, "expr", V9), annotation(r, "expr", V7).with_stem(V9)),
        "trial-on-two-sides",
        "expr train / validation",
        f"trial {V9}",
    ),
    "a person on two sides": (
        lambda r: write(r / "identities.json", f'{{"trials": {{"{V7}": "p1", "{V9}": "p1", "{V11}": "p2"}}}}'),
        "subject-on-two-sides",
        "va train / validation",
        "person p1",
    ),
    "a test trial that is not there": (
        lambda r: lists(r, "video11\nvideo12\n", "video12/00001.jpg,\n"),
        "list-trial",
        f"{names_file(Path(), 'va')}:2",
        "trial video12",
    ),
    "a sample of other trials": (
        list_a_trial_that_is_not_in_the_sample,
        "list-sample",
        str(names_file(Path(), "va")),
        "video12 not in test_set_examples/",
    ),
    "a test list with a name twice": (
        lambda r: lists(r, "video11\nvideo11\n"),
        "list-bad",
        f"{names_file(Path(), 'va')}:2",
        "stands already in line 1",
    ),
    "a sample that skips a frame": (
        lambda r: lists(r, "video11\n", "video11/00008.jpg,\n"),
        "list-bad",
        str(sample_file(Path(), "va")),
        "has no frame 00007",
    ),
    "a sample that is none": (
        lambda r: write(sample_file(r, "va"), "video11,3\n"),
        "list-bad",
        f"{sample_file(Path(), 'va')}:1",
        "expected an image location",
    ),
    "a name that is no text": (
        lambda r: (r / "videos" / os.fsdecode(b"\xff\xfe")).mkdir(),
        "name-encoding",
        r"videos/\\xff\\xfe",
        "",
    ),
    "a crop whose name is no text": (
        lambda r: Path(os.fsdecode(os.fsencode(r / CROPS / V9) + b"/\xff.jpg")).write_bytes(b"x"),
        "name-encoding",
        rf"{V9}/\\xff\.jpg",
        "",
    ),
    "a link that leaves": (link_outside, "link-outside", f"{V9}/notes.jpg", "points to .*secret.txt"),
    "a list that is a link": (
        lambda r: (
            shutil.move(annotation(r, "va", V9), r.parent / "elsewhere.txt"),
            annotation(r, "va", V9).symlink_to(r.parent / "elsewhere.txt"),
        ),
        "link-outside",
        f"{V9}.txt",
        "points to .*elsewhere.txt",
    ),
    "a link to nothing": (
        lambda r: (r / "videos" / "gone.mp4").symlink_to(r / "nowhere"),
        "link-broken",
        "videos/gone.mp4",
        "points to .*nowhere",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_an_error_is_named_with_its_place_and_no_other_error_is(corpus: Path, name: str) -> None:
    damage, kind, where, what = BROKEN[name]
    damage(corpus)
    diagnosis = diagnose(corpus, full=False, jobs=1)
    errors = {g.kind.key for g in diagnosis.groups if g.kind.severity == "error"}
    follows = {"side-spelling": {"side-media"}, "crops-beyond-frames": {"frames-differ"}}.get(kind, set())
    assert errors - follows == {kind}, [(key, places(diagnosis, key)) for key in errors]
    found = places(diagnosis, kind)
    assert any(re.search(f"{where}.*  .*{what}", one) for one in found), found
    assert diagnosis.fingerprint is None


def test_capital_letters_of_a_video_are_told_beside_the_missing_one(corpus: Path) -> None:
    (corpus / "videos/batch2/video9.mp4").rename(corpus / "videos/batch2/video9.MP4")
    diagnosis = diagnose(corpus, full=False, jobs=1)
    assert any("video9.txt" in one for one in places(diagnosis, "media-missing"))
    assert any("expected a name that ends in .mp4" in one for one in places(diagnosis, "stray-file"))


def test_a_copied_annotation_is_told_apart_from_a_trial(corpus: Path) -> None:
    source = annotation(corpus, "va", "video9")
    shutil.copy(source, source.with_stem("video9 (1)"))
    assert places(diagnose(corpus, full=False, jobs=1), "annotation-copy") == [
        f"{PACK}/VA_Estimation_Challenge/Validation_Set/video9 (1).txt  "
    ]


def test_decoding_finds_what_headers_hide(corpus: Path) -> None:
    spoil_scan(corpus / CROPS / "video9" / "00006.jpg")
    assert not diagnose(corpus, full=False, jobs=1).count("error")
    deep = diagnose(corpus, full=True, jobs=1)
    assert [one.split("  ")[0] for one in places(deep, "crop-unreadable")] == [f"{CROPS}/video9/00006.jpg"]
    assert "cannot be decoded" in places(deep, "crop-unreadable")[0]


def test_decoding_finds_damaged_pictures_of_a_video(corpus: Path) -> None:
    path = corpus / "videos/batch2/video9.mp4"
    data = bytearray(path.read_bytes())
    media = data.index(b"mdat") + 4
    data[media + 40 : media + (len(data) - media) // 2] = bytes(
        len(data[media + 40 : media + (len(data) - media) // 2])
    )
    path.write_bytes(data)
    assert not diagnose(corpus, full=False, jobs=1).count("error")
    assert places(diagnose(corpus, full=True, jobs=1), "media-damaged")


def test_many_bad_rows_are_counted_and_some_named(corpus: Path) -> None:
    path = annotation(corpus, "expr", "video9")
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], *(["99"] * 500), *(["3"] * 3)]) + "\n")
    diagnosis = diagnose(corpus, full=False, jobs=1)
    (rows,) = [g for g in diagnosis.groups if g.kind.key == "annotation-row"]
    assert rows.count == 500
    assert len(rows.findings) == 21
