"""The diagnosis as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.text import Text
from tabulate import tabulate

from benchmark.corpora.check.diagnosis import Diagnosis, PartSummary
from benchmark.corpora.check.finding import SEVERITIES, Finding, Group
from benchmark.corpora.check.kinds import Severity

_STYLES: dict[Severity, str] = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}
_HEADERS = (
    "task", "split", "trials", "videos", "rows", "labelled", "with crop", "no crops", "no video", "known counts",
)  # fmt: skip


def show(diagnosis: Diagnosis, console: Console, examples: int) -> None:
    """Print the table by task and split, then the findings by severity, each kind with some of its places."""
    synthetic = ", SYNTHETIC" if diagnosis.synthetic else ""
    how = "everything decoded" if diagnosis.full else "headers and packets; --full decodes everything"
    _print(console, f"{diagnosis.root}\nedition {diagnosis.edition}{synthetic}; {how}\n")
    _print(console, tabulate(list(_table(diagnosis)), headers=_HEADERS, disable_numparse=True, colalign=_ALIGN))
    for severity in SEVERITIES:
        groups = [one for one in diagnosis.groups if one.kind.severity == severity]
        if groups:
            _print(console, "")
            _print(console, f"{severity.upper()}S", _STYLES[severity])
        for one in groups:
            _show_group(one, console, examples)
    _print(console, f"\nmanifest     {diagnosis.manifest}")
    if diagnosis.fingerprint:
        _print(console, f"fingerprint  {diagnosis.fingerprint}  (as in records)")
    _print(console, _verdict(diagnosis), "bold green" if not diagnosis.count("error") else "bold red")


def to_json(diagnosis: Diagnosis) -> dict[str, Any]:
    """The diagnosis as plain data; the same for the same corpus."""
    return {
        "schema": 1,
        "root": str(diagnosis.root),
        "edition": diagnosis.edition,
        "synthetic": diagnosis.synthetic,
        "full": diagnosis.full,
        "healthy": not diagnosis.count("error"),
        "counts": {severity: diagnosis.count(severity) for severity in SEVERITIES},
        "table": [{name: getattr(line, name) for name in PartSummary.__slots__} for line in diagnosis.table],
        "findings": [_group_json(one) for one in diagnosis.groups],
        "crops": diagnosis.crops,
        "videos": diagnosis.media,
        "manifest": diagnosis.manifest,
        "fingerprint": diagnosis.fingerprint,
    }


_ALIGN = ("left", "left", *["right"] * 7, "left")


def _table(diagnosis: Diagnosis) -> Iterator[list[str]]:
    for line in diagnosis.table:
        task = line.task if line.head in (None, line.task) else f"{line.task} {line.head}"
        yield [
            task,
            line.split,
            *map(_number, (line.trials, line.videos, line.rows, line.labelled, line.with_crop)),
            *map(_number, (line.no_crops, line.no_media)),
            {True: "agree", False: "DIFFER", None: "none known"}[line.agrees],
        ]


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _show_group(one: Group, console: Console, examples: int) -> None:
    text = Text.assemble("  ", (one.kind.title, "bold"), f"  [{one.kind.key}]  {one.count:,}")
    console.print(text, soft_wrap=True)
    for finding in one.findings[:examples]:
        _print(console, f"    {_line(finding)}")
    left = sum(finding.count for finding in one.findings[examples:])
    if left:
        _print(console, f"    ... and {left:,} more")
    _print(console, f"    > {one.kind.mend}", "italic")


def _line(finding: Finding) -> str:
    many = (f"{finding.count:,} x " if finding.what else f"{finding.count:,} in all") if finding.count > 1 else ""
    return "  ".join(part for part in (finding.where, f"{many}{finding.what}".strip()) if part)


def _group_json(one: Group) -> dict[str, Any]:
    return {
        "kind": one.kind.key,
        "severity": one.kind.severity,
        "title": one.kind.title,
        "mend": one.kind.mend,
        "count": one.count,
        "places": [{"where": found.where, "what": found.what, "count": found.count} for found in one.findings],
    }


def _verdict(diagnosis: Diagnosis) -> str:
    counts = {severity: diagnosis.count(severity) for severity in SEVERITIES}
    listing = ", ".join(f"{number:,} {name}{'s' * (number != 1)}" for name, number in counts.items())
    return f"{'NOT HEALTHY' if counts['error'] else 'healthy'}: {listing}"


def _print(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style=style), soft_wrap=True)
