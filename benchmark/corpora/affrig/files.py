"""Writing the text files of the corpus."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmark.files import write_whole


def write_json(path: Path, data: Any) -> None:
    """Write JSON whole or not at all, keys in the given order, so that equal data gives equal bytes."""
    write_whole(path, json.dumps(data, indent=1, allow_nan=False) + "\n")


def write_lines(path: Path, lines: list[str]) -> None:
    """Write a text file whole or not at all."""
    write_whole(path, "\n".join(lines) + "\n")
