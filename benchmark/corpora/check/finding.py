"""What was found, where, and how often."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmark.corpora.check.kinds import KINDS, Kind, Severity
from benchmark.errors import UserError

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Attributes:
        kind: key of ``KINDS``.
        where: file or folder relative to the corpus, with ``:line`` where there is one; or a task and split.
        what: what was found and what was expected; may be empty if the kind says it all.
        count: how many things at this place.
    """

    kind: str
    where: str
    what: str = ""
    count: int = 1


class Findings:
    """Collects findings below one root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._all: list[Finding] = []
        self._told: set[tuple[str, str, str]] = set()

    def add(self, kind: str, where: Path | str, what: str = "", count: int = 1) -> None:
        """Add a finding of a kind in ``KINDS``; a path is shown relative to the root."""
        if kind not in KINDS:
            raise KeyError(kind)
        self._all.append(Finding(kind, self.relative(where), what, count))

    def add_once(self, kind: str, subject: str, where: Path | str, what: str, count: int = 1) -> None:
        """Add a finding unless the same was found of the same subject: three tasks may list one trial."""
        if (kind, subject, what) not in self._told:
            self._told.add((kind, subject, what))
            self.add(kind, where, what, count)

    def add_error(self, kind: str, error: UserError) -> None:
        """Add what a reader refused, which begins with the file and perhaps the line."""
        match = re.match(r"(?P<where>.+?\.\w+(:\d+)?): (?P<what>.*)", str(error), re.DOTALL)
        where, what = (match["where"], match["what"]) if match else ("", str(error))
        self.add(kind, where.replace(f"{self.root}/", "", 1), what)

    def relative(self, where: Path | str) -> str:
        """A place as findings show it."""
        if isinstance(where, str):
            return _printable(where)
        return _printable(str(where.relative_to(self.root) if where.is_relative_to(self.root) else where))

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._all)


@dataclass(frozen=True, slots=True)
class Group:
    """All findings of one kind, sorted by place."""

    kind: Kind
    findings: tuple[Finding, ...]

    @property
    def count(self) -> int:
        """How many things were found."""
        return sum(finding.count for finding in self.findings)


def group(findings: Iterable[Finding]) -> list[Group]:
    """Findings by kind: errors first, in the order of ``KINDS``."""
    by_kind: dict[str, list[Finding]] = {}
    for finding in findings:
        by_kind.setdefault(finding.kind, []).append(finding)
    return [
        Group(kind, tuple(sorted(by_kind[key], key=lambda one: (one.where, one.what))))
        for key, kind in KINDS.items()
        if key in by_kind
    ]


def _printable(text: str) -> str:
    """A name with bytes that are no text, and control characters, escaped."""
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
