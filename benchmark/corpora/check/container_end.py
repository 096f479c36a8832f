"""Whether a media file is as long as its own boxes say; reads a few bytes, decodes nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO


def missing_bytes(path: Path) -> int:
    """How many bytes an mp4, mov or avi file lacks at its end; 0 if none, or if the format does not say.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(12)
        if head[4:8] == b"ftyp":
            return max(0, _end_of_boxes(file, size) - size)
        if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
            return max(0, 8 + int.from_bytes(head[4:8], "little") - size)
    return 0


def _end_of_boxes(file: BinaryIO, size: int) -> int:
    """Where the last top-level box ends, as far as the boxes that are there say."""
    at = 0
    while at + 8 <= size:
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 0:  # up to the end of the file
            return size
        if length == 1 and len(head) == 16:
            length = int.from_bytes(head[8:16], "big")
        if length < 8:
            return size  # damaged; opening it says so
        at += length
    return at if at >= size else size
