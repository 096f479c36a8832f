"""Making the synthetic corpus, finishing it, or finding it finished; safe when two processes try at once."""

from __future__ import annotations

import errno
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from benchmark.corpora.affrig import GENERATOR_VERSION
from benchmark.corpora.affrig.files import write_json
from benchmark.corpora.affrig.places import MAKING, SIDECAR
from benchmark.corpora.affrig.splits import get_size
from benchmark.errors import UserError
from benchmark.paths import cache_root
from benchmark.progress import console

_STATE = "state.json"


def default_root(size: str, seed: int = 0) -> Path:
    """Where the corpus of a size and seed is kept."""
    return cache_root() / "affrig" / f"{size}-{seed}-v{GENERATOR_VERSION}"


def make_corpus(size: str, seed: int = 0, root: Path | None = None) -> Path:
    """Make the synthetic corpus, or finish it, or find it finished; returns its folder.

    Args:
        size: ``smoke``, ``small`` or ``full``.
        seed: of everything in it.
        root: folder of the corpus; by default one in the cache that belongs to this size, seed and generator.

    Raises:
        UserError: the size is unknown, a needed package is missing, ``root`` holds something else, or the disk is full.
    """
    get_size(size)
    where = default_root(size, seed) if root is None else root
    wanted = {"size": size, "seed": seed, "generator_version": GENERATOR_VERSION}
    if _finished(where, wanted):
        return where
    _require_packages()
    from benchmark.corpora.affrig.build import build
    from benchmark.corpora.affrig.plan import make_plan

    where.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(where.with_name(f"{where.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        console.print(f"Another process is making {where}; waiting for it.")
        lock.acquire()
    try:
        if not _finished(where, wanted):
            try:
                _claim(where, wanted)
                build(where, make_plan(size, seed), wanted)
            except OSError as error:
                raise _disk_error(where, error) from error
    finally:
        lock.release()
    return where


def _finished(root: Path, wanted: Mapping[str, Any]) -> bool:
    """Whether ``root`` holds the finished corpus.

    Raises:
        UserError: it holds another one.
    """
    try:
        found = json.loads((root / SIDECAR).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        raise UserError(
            f"{root / SIDECAR}: cannot be read ({error}); delete {root} and run the command again."
        ) from None
    _check_same(root, found, wanted)
    return True


def _check_same(root: Path, found: Any, wanted: Mapping[str, Any]) -> None:
    for key, value in wanted.items():
        have = found.get(key) if isinstance(found, dict) else None
        if have != value:
            raise UserError(
                f"{root}: holds a synthetic corpus with {key.replace('_', ' ')} {have!r}, expected {value!r}; "
                "choose another folder with --out, or delete this one."
            )


def _require_packages() -> None:
    from benchmark.corpora.affrig.espeak import find_engine

    find_engine()
    for module in ("av", "simplejpeg", "cv2"):
        try:
            __import__(module)
        except ImportError:
            raise UserError(
                f"the synthetic corpus needs the package {module}, which is not installed; install it with: "
                'pip install "abaw-bench[media]"'
            ) from None


def _disk_error(root: Path, error: OSError) -> UserError:
    reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
    return UserError(
        f"{error.filename or root}: {reason}; what is finished is kept. Mend it and run the same command again."
    )


def _claim(root: Path, wanted: Mapping[str, Any]) -> None:
    """Make sure that ``root`` is ours: empty, or an unfinished corpus of the same size and seed."""
    state = root / MAKING / _STATE
    if state.is_file():
        try:
            _check_same(root, json.loads(state.read_text(encoding="utf-8")), wanted)
        except ValueError:
            raise UserError(f"{state}: cannot be read; delete {root} and run the command again.") from None
        return
    strangers = [path.name for path in root.iterdir() if path.name != MAKING] if root.is_dir() else []
    if strangers:
        raise UserError(
            f'{root}: the folder holds "{sorted(strangers)[0]}" and no synthetic corpus; expected an empty or new '
            "folder. Choose another one with --out."
        )
    write_json(state, dict(wanted))
