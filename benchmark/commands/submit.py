"""``abaw submit --check``: any submission against the official sample; imports no torch."""

from __future__ import annotations

import json
from pathlib import Path

from benchmark.corpora.submission.asked import asked_rows
from benchmark.corpora.submission.check import check_submission
from benchmark.corpora.submission.formats import get_format, usual_edition
from benchmark.tasks import get_task

_SHOWN = 20


def check(file: Path, sample: Path, task: str, edition: int | None = None, as_json: bool = False) -> int:
    """Check a submission, whoever wrote it, and print every fault.

    Args:
        file: prediction file, or folder of per-trial files.
        sample: official sample file of the task, or root of a corpus that has one.
        task: task key.
        edition: number of the challenge; default: the newest with files of this form.
        as_json: print JSON instead of text.

    Returns:
        0 if nothing is wrong, else 1.

    Raises:
        UserError: a name is unknown, or a file is missing.
    """
    get_task(task)
    about = get_format(task, usual_edition(task, file.is_dir()) if edition is None else edition)
    asked = asked_rows(sample, task)
    faults = check_submission(file, asked, about)
    rows, trials = len(asked.trials), len(set(asked.trials))
    if as_json:
        listed = [{"file": str(one.file), "line": one.line or None, "what": one.what} for one in faults]
        report = {
            "file": str(file),
            "task": task,
            "valid": not faults,
            "rows": rows,
            "trials": trials,
            "faults": listed,
        }
        print(json.dumps(report, indent=1))  # noqa: T201
    elif faults:
        lines = [str(one) for one in faults[:_SHOWN]]
        if len(faults) > _SHOWN:
            lines.append(f"... and {len(faults) - _SHOWN} more")
        print("\n".join([*lines, f"NOT VALID for {task}: {len(faults)} faults, the first wrong line stands first."]))  # noqa: T201
    else:
        print(f"{file}: valid for {task}: {rows:,} rows of {trials} trials.")  # noqa: T201
    return 1 if faults else 0
