"""One hash for a whole copy of a corpus: names, sizes, and the content of lists and annotations."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path


def manifest_hash(root: Path, texts: Iterable[Path], media: Iterable[Path], crops: Mapping[str, str]) -> str:
    """SHA-256 that two copies share if they hold the same data, wherever and whenever they were unpacked.

    Args:
        root: folder of the corpus.
        texts: annotation files, test lists and sample files; their content counts.
        media: videos; name and size count.
        crops: folder of crops, relative to the root -> hash over names and sizes of its files.
    """
    lines = [f"text {path.relative_to(root).as_posix()} {_content(path)}" for path in texts]
    lines += [f"media {path.relative_to(root).as_posix()} {path.stat().st_size}" for path in media]
    lines += [f"crops {folder} {listing}" for folder, listing in crops.items()]
    return hashlib.sha256("\n".join(sorted(lines)).encode("utf-8", "surrogateescape")).hexdigest()


def _content(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
