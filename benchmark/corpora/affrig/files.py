"""Writing files whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def write_whole(path: Path, data: bytes) -> None:
    """Write ``data`` to a temporary name in the same folder, make it durable and rename it to ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, data: Any) -> None:
    """Write JSON whole or not at all, keys in the given order, so that equal data gives equal bytes."""
    write_whole(path, (json.dumps(data, indent=1, allow_nan=False) + "\n").encode())


def write_lines(path: Path, lines: list[str]) -> None:
    """Write a text file whole or not at all."""
    write_whole(path, ("\n".join(lines) + "\n").encode())
