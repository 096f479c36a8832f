"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A free temporary name in the folder of ``path``, made if need be; whatever lies there afterwards is removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        yield temporary
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary)
        else:
            temporary.unlink(missing_ok=True)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A temporary name that becomes ``path`` when the block ends well.

    The block makes a file there, or a folder if nothing lies at ``path`` yet. A reader or a crash at any moment finds
    what was there before or all of the new.
    """
    with beside(path) as temporary:
        yield temporary
        for file in sorted(temporary.rglob("*")) if temporary.is_dir() else [temporary]:
            flush(file)
        temporary.replace(path)


def write_whole(path: Path, data: bytes | str) -> None:
    """Replace ``path`` by ``data``, text as UTF-8, whole or not at all; makes its folder if need be."""
    with whole(path) as temporary:
        temporary.write_bytes(data.encode("utf-8") if isinstance(data, str) else data)


def flush(path: Path) -> None:
    """Wait until a file's content is on the disk; folders are left to the file system."""
    if path.is_file():
        with path.open("rb") as file:
            os.fsync(file.fileno())
