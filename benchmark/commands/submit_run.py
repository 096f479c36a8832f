"""``abaw submit RUN``: from a finished run to the exact submission file of an edition."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.corpora.reader import Corpus, open_corpus, open_named
from benchmark.corpora.submission.asked import asked_rows
from benchmark.corpora.submission.formats import get_format, usual_edition
from benchmark.corpora.submission.write import write_submission
from benchmark.errors import UserError, unknown_name
from benchmark.progress import console
from benchmark.records import Record, read_record, read_records

if TYPE_CHECKING:
    from benchmark.running.answers import Answers


@dataclass(frozen=True, slots=True)
class SubmitOptions:
    """The options of ``abaw submit RUN`` as given; see its help."""

    run: str
    out: Path
    runs: Path | None
    edition: int | None
    corpus: str | None
    test: Path | None
    device: str
    allow_leak: bool
    as_json: bool


def submit_run(options: SubmitOptions) -> int:
    """Predict the test list of the run's task and write the edition's file, whole and valid or not at all.

    Returns:
        0.

    Raises:
        UserError: the run cannot be found or restored, its test list is missing, or the file cannot be written.
    """
    record, folder = find_run(options.run, options.runs)
    task = record.run.task
    edition = usual_edition(task, per_trial=False) if options.edition is None else options.edition
    about = get_format(task, edition)
    if about.per_trial and options.out.exists():
        raise UserError(f"--out {options.out}: is there already; edition {edition} needs the name of a new folder.")
    if not about.per_trial and options.out.is_dir():
        raise UserError(f"--out {options.out}: is a folder; expected the name of a file for edition {edition}.")
    corpus = corpus_of(record, options.corpus)
    released = open_corpus(options.test) if options.test else corpus
    test = released.trials(task, "test")
    asked = asked_rows(released.root, task)

    from benchmark.encoders.store import FeatureStore
    from benchmark.running.answers import answer
    from benchmark.running.restore import restore

    store = FeatureStore()
    restored = restore(record, folder, corpus, options.device, store)
    answers = answer(restored, test, about.classes, options.allow_leak, store)
    try:
        written = write_submission(task, edition, asked, answers.decisions, options.out)
    except OSError as error:
        raise UserError(f"--out {options.out}: cannot be written ({error.strerror}); choose another place.") from None
    for leak in answers.leaks:
        console.print(leak, highlight=False, soft_wrap=True, markup=False)
    report = {
        "file": str(written.path),
        "run": record.run.id,
        "task": task,
        "edition": edition,
        "synthetic": released.synthetic,
        "rows": written.rows,
        "trials": written.trials,
        "rung": answers.rung,
        "tuned": _tuned(answers),
        "leaks": list(answers.leaks),
    }
    print(json.dumps(report, indent=1) if options.as_json else _text(report))  # noqa: T201
    return 0


def find_run(run: str, runs: Path | None) -> tuple[Record, Path]:
    """The record of a run and the ``--out`` folder it lies in.

    Args:
        run: a record file, or a run id.
        runs: the folder; default: for a record file the one above its folder, else ``runs``.

    Raises:
        UserError: there is no such record.
    """
    path = Path(run)
    if path.suffix == ".json" or path.is_file():
        return read_record(path), runs or path.resolve().parent.parent
    folder = runs or Path("runs")
    found = {record.run.id: record for record in read_records(folder / "records")}
    if run not in found:
        raise unknown_name(f"run in {folder / 'records'}", run, found)
    return found[run], folder


def corpus_of(record: Record, given: str | None) -> Corpus:
    """The corpus that a run was trained on, or the one that is given.

    Raises:
        UserError: the run did not finish, or ran on a real corpus and none is given.
    """
    if record.data is None:
        raise UserError(f"{record.run.id}: the run is {record.status} and names no corpus; expected a finished run.")
    if given is None and not record.data.synthetic:
        raise UserError(f"{record.run.id}: ran on {record.data.corpus}; give the folder of that corpus with --corpus.")
    return open_named(given or "affrig", record.data.size or "small")


def _tuned(answers: Answers) -> dict[str, Any]:
    return {
        key: {
            "seconds": one.seconds,
            **({"thresholds": one.thresholds.tolist()} if one.thresholds is not None else {}),
            **({"biases": one.biases.tolist()} if one.biases is not None else {}),
        }
        for key, one in answers.tuned.items()
    }


def _text(report: dict[str, Any]) -> str:
    lines = ["SYNTHETIC corpus: this file answers no real challenge."] if report["synthetic"] else []
    rung = report["rung"] + (" on the whole validation split" if report["rung"] == "tuned" else "")
    lines += [f"{key}: {settings}" for key, settings in report["tuned"].items()]
    lines.append(f"run {report['run']}, rung {rung}, task {report['task']}, edition {report['edition']}")
    lines.append(f"{report['file']}: {report['rows']:,} rows of {report['trials']} trials, read again and valid.")
    return "\n".join(lines)
