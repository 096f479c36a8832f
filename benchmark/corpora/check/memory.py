"""What was checked before: a journal in the cache, so that a killed check goes on and a second one is quick."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from benchmark.corpora.check.unit import Outcome, Remembered, Unit
from benchmark.paths import cache_root

#: Files changed less than this many seconds before they were read are checked again next time: a second change within
#: one tick of the file system's clock would otherwise go unseen.
SETTLED = 2.0


class Memory:
    """Results of one corpus, appended one line at a time; a torn or foreign line is ignored."""

    def __init__(self, known: dict[str, Remembered], journal: IO[str] | None, trouble: str = "") -> None:
        self.known = known
        self.trouble = trouble  #: why nothing can be remembered; empty if it can
        self._journal = journal

    def recall(self, unit: Unit) -> Remembered | None:
        """What is known of a unit; whether it still holds, the unit's files tell."""
        return self.known.get(unit.key)

    def keep(self, unit: Unit, outcome: Outcome, full: bool) -> None:
        """Remember a fresh outcome."""
        if self._journal is None or not outcome.fresh or outcome.age < SETTLED:
            return
        line = {"key": unit.key, "state": outcome.state, "full": full, "result": outcome.result}
        self._journal.write(json.dumps(line, separators=(",", ":")) + "\n")
        self._journal.flush()


@contextmanager
def open_memory(root: Path) -> Iterator[Memory]:
    """Open the journal of the corpus in ``root``; one that other rules wrote is begun anew."""
    path = journal_path(root)
    rules = _rules()
    known = _read(path, rules)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        journal = path.open("a" if known is not None else "w", encoding="utf-8")
    except OSError as error:
        yield Memory({}, None, f"{path}: {error.strerror}; nothing of this check will be remembered")
        return
    with journal:
        if known is None:
            journal.write(json.dumps({"rules": rules}) + "\n")
            journal.flush()
        yield Memory(known or {}, journal)


def journal_path(root: Path) -> Path:
    """Where the results of a corpus are kept."""
    name = hashlib.sha256(str(root.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:24]
    return cache_root() / "corpus-check" / f"{name}.jsonl"


def _read(path: Path, rules: str) -> dict[str, Remembered] | None:
    """Everything remembered, the last word for each unit; None if there is nothing, or other rules wrote it."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            if _parse(next(file, "")).get("rules") != rules:
                return None
            known = {}
            for line in file:
                entry = _parse(line)
                if entry.keys() == {"key", "state", "full", "result"}:
                    known[str(entry["key"])] = Remembered(entry["state"], entry["full"], entry["result"])
            return known
    except OSError:
        return None


def _parse(line: str) -> dict[str, Any]:
    """A line of the journal; empty if the check was killed while writing it."""
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _rules() -> str:
    """Hash over the code that judges crops and videos, so that no result outlives a change of it."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for file in sorted([*here.glob("*.py"), *here.parent.glob("*.py")]):
        digest.update(file.read_bytes())
    return digest.hexdigest()
