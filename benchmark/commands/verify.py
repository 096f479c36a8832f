"""``abaw verify``: does a record's score follow from the sums it holds?"""

from __future__ import annotations

from pathlib import Path

from tabulate import tabulate

from benchmark.records import read_record


def verify(record: Path) -> int:
    """Recompute every claim of a record that can be recomputed without labels, and print what was checked.

    Returns:
        0 where every claim holds, 1 where one differs or the record has no score.

    Raises:
        UserError: the file cannot be read or is not a record.
    """
    from leaderboard.verify import UNCHECKED, check_record

    run = read_record(record)
    if run.score is None or run.status != "finished":
        print(f"{record}: the run is {run.status} and has no score to verify. Reason: {run.reason or 'none given'}")  # noqa: T201
        return 1
    checks = check_record(run)
    rows = [
        [
            check.claim,
            _short(check.claimed),
            _short(check.found),
            "ok" if check.ok else f"DIFFERS {check.off_by}".strip(),
        ]
        for check in checks
    ]
    wrong = sum(not check.ok for check in checks)
    print(f"{record}\n{run.run.title}, task {run.run.task}, preset {run.run.preset}, seed {run.run.seed}\n")  # noqa: T201
    print(tabulate(rows, headers=["claim", "the record says", "its sums give", ""], disable_numparse=True))  # noqa: T201
    print("\nCannot be checked from a record: " + "; ".join(UNCHECKED) + ".")  # noqa: T201
    verdict = f"claims that differ: {wrong} of {len(checks)}" if wrong else f"all {len(checks)} claims hold"
    print(f"\n{'NOT VERIFIED' if wrong else 'verified'}: {verdict}.")  # noqa: T201
    return 1 if wrong else 0


def _short(text: str) -> str:
    """A number with nine digits, anything else as it is."""
    try:
        return f"{float(text):.9g}" if "." in text or "e" in text else text
    except ValueError:
        return text
