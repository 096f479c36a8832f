"""From what folders of crops and videos are to what is wrong with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from benchmark.corpora.check.crop_folder import CropFolder
from benchmark.corpora.check.finding import Findings
from benchmark.corpora.check.video_file import VideoFile
from benchmark.corpora.trials import TOLERATED_FRAMES

_EXPECTED = "112x112"
#: If this share of all crops has one other size, it is how they were made, not damage.
_UNIFORM = 0.99
_LENGTHS_DIFFER = 1.0
_STARTS_LATE = 0.5
#: ``<id>-<fps>-<width>x<height>``, as many videos are called.
_NAMED_RATE = re.compile(r"[^-]+-(\d+)-\d+x\d+")


def judge_crops(folders: Mapping[Path, CropFolder], findings: Findings) -> None:
    """Findings about crops: their own defects, and sizes other than the rest have."""
    usual = _usual_size(folders, findings)
    for path, folder in folders.items():
        for kind, defect in folder.defects.items():
            named = defect.examples[: defect.count]
            for name, what in named:
                findings.add(kind, path / name, what)
            if defect.count > len(named):
                findings.add(kind, path, "and more of this folder", defect.count - len(named))
        for size, (count, first) in folder.sizes.items():
            if size == usual:
                continue
            what = f"{size}, expected {usual}"
            if count == 1:
                findings.add("crop-size", path / first, what)
            else:
                findings.add("crop-size", path, f"{what}; first {first}", count)
        if not folder.files and not {"crop-digits", "folder-unreadable"} & folder.defects.keys():
            findings.add("crops-missing", path, "the folder holds no crop")


def judge_video(path: Path, video: VideoFile, findings: Findings) -> None:
    """Findings about one video by itself."""
    if video.lacking:
        findings.add("media-truncated", path, f"lacks {video.lacking:,} bytes at its end")
    if video.problem:
        if not video.lacking:
            findings.add("media-unreadable", path, video.problem)
        return
    if video.damaged and not video.lacking:
        findings.add("media-damaged", path, "packets that cannot be read or decoded", video.damaged)
    if video.decoded is not None and video.decoded != video.frames:
        off = abs(video.decoded - video.frames) > TOLERATED_FRAMES
        kind = "media-damaged" if off and video.decoded < video.frames else "media-decoded"
        findings.add(kind, path, f"{video.frames} frames listed, {video.decoded} shown")
    if video.variable:
        findings.add("media-variable", path, f"{video.rate:.2f} frames/s on average")
    named = _NAMED_RATE.fullmatch(path.stem)
    if named and abs(video.rate - float(named[1])) > 0.5:
        findings.add("media-named-rate", path, f"{video.rate:.2f} frames/s on average")
    _judge_sound(path, video, findings)


def _judge_sound(path: Path, video: VideoFile, findings: Findings) -> None:
    if not video.sound:
        findings.add("media-no-sound", path)
        return
    if video.silent:
        findings.add("media-silent", path)
    if abs(video.sound_seconds - video.seconds) > _LENGTHS_DIFFER:
        what = f"pictures {video.seconds:.2f} s, sound {video.sound_seconds:.2f} s"
        findings.add("media-lengths", path, what)
    if abs(video.sound_start) > _STARTS_LATE:
        findings.add("media-offset", path, f"{video.sound_start:+.2f} s")


def _usual_size(folders: Mapping[Path, CropFolder], findings: Findings) -> str:
    """The size that crops are held to: 112x112, unless nearly all have one other size."""
    sizes: Counter[str] = Counter()
    for folder in folders.values():
        sizes.update({size: count for size, (count, _) in folder.sizes.items()})
    if not sizes:
        return _EXPECTED
    size, count = sizes.most_common(1)[0]
    if size == _EXPECTED or count < _UNIFORM * sizes.total():
        return _EXPECTED
    findings.add("crops-other-size", "cropped_aligned", f"{size}, expected {_EXPECTED}", count)
    return size
