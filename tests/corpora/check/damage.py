"""Ways to damage a corpus."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import simplejpeg
from healthy_corpus import names_file, sample_file
from tiny_corpus import film

from benchmark.corpora.check.diagnosis import Diagnosis

CROPS = "cropped_aligned"
V7, V9, V11 = "video7_left", "video9", "video11"
Break = Callable[[Path], object]


def edit(path: Path, line: int, text: str) -> None:
    """Replace a line (1-based) of a text file."""
    lines = path.read_text().splitlines()
    lines[line - 1] = text
    path.write_text("\n".join(lines) + "\n")


def cut(path: Path, share: float = 0.6) -> None:
    """Cut a file short."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


def jpeg(path: Path, size: int = 112, gray: bool = False) -> None:
    """Write a JPEG of another size or colour."""
    picture = np.full((size, size, 1 if gray else 3), 90, dtype=np.uint8)
    path.write_bytes(simplejpeg.encode_jpeg(picture, colorspace="GRAY" if gray else "RGB"))


def spoil_scan(path: Path) -> None:
    """Damage what only decoding sees: a marker in the middle of the scan."""
    data = bytearray(path.read_bytes())
    at = data.rindex(b"\xff\xda") + 14
    data[at : at + 40] = b"\xff\xd3" * 20
    path.write_bytes(data)


def remake(path: Path, frames: int, **options: object) -> None:
    """Encode a video anew."""
    path.unlink()
    film(path, [k / 30 for k in range(frames)], **options)  # type: ignore[arg-type]


def lists(root: Path, names: str, rows: str = "") -> None:
    """Replace the VA test list, and add rows to its sample file."""
    names_file(root, "va").write_text(names)
    with sample_file(root, "va").open("a") as file:
        file.write(rows)


def places(diagnosis: Diagnosis, kind: str) -> list[str]:
    """``where  what`` of every finding of a kind."""
    return [f"{one.where}  {one.what}" for g in diagnosis.groups if g.kind.key == kind for one in g.findings]
