"""Names that come out of data files: trial names and image locations. None may point outside its folder."""

from __future__ import annotations

import re

from benchmark.metrics.base_video import base_video, recording

__all__ = ["base_video", "is_plain_name", "parse_image", "recording"]

_IMAGE = re.compile(r"(?P<trial>[^/\\]+)/(?P<number>[0-9]{5,9})\.jpg")


def is_plain_name(name: str) -> bool:
    """Whether ``name`` can be one file or folder name: no separator, no control character, not ``.`` or ``..``."""
    return bool(name) and name.isprintable() and not name.startswith(".") and not set(name) & set('/\\:*?"<>|')


def parse_image(location: str) -> tuple[str, int] | None:
    """Trial and 1-based frame number of an image location such as ``video45_1/00001.jpg``; None if it is none."""
    match = _IMAGE.fullmatch(location)
    if not match or not is_plain_name(match["trial"]) or int(match["number"]) < 1:
        return None
    return match["trial"], int(match["number"])
