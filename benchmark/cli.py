"""The ``abaw`` command: thin, and quick to start because every command imports its own work."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from benchmark.errors import UserError

app = typer.Typer(
    name="abaw",
    help="Train, score and cost the published ABAW entries under one exact protocol.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
corpus_app = typer.Typer(help="Make, check and look at corpora.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(corpus_app, name="corpus")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Out = Annotated[Path, typer.Option(help="Folder for records, weights, predictions and the board.")]
CorpusName = Annotated[str, typer.Option(help="'affrig' (synthetic, embedded) or the folder of a real corpus.")]


class Size(StrEnum):
    """Sizes of the synthetic corpus."""

    SMOKE = "smoke"
    SMALL = "small"
    FULL = "full"


class Select(StrEnum):
    """Where checkpoints are chosen."""

    INNER = "inner"
    VALIDATION = "validation"


CorpusSize = Annotated[Size, typer.Option(help="Size of the synthetic corpus.")]


@app.command()
def methods(as_json: AsJson = False) -> None:
    """List the methods, their tasks, streams and presets."""
    from benchmark.commands.methods import methods as run

    run(as_json)


@app.command()
def bench(
    names: Annotated[list[str], typer.Argument(metavar="METHOD...", help="Methods to run; 'all' for every entry.")],
    task: Annotated[str | None, typer.Option(help="va, expr, au, mtl or ce; default: the method's first.")] = None,
    corpus: CorpusName = "affrig",
    size: CorpusSize = Size.SMALL,
    preset: Annotated[str | None, typer.Option(help="Default: 'affrig' on affrig, 'paper' on a real corpus.")] = None,
    seeds: Annotated[str, typer.Option(help="Seeds, separated by commas.")] = "0",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    out: Out = Path("runs"),
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="key=value of the methods' preset, never of a floor's; repeatable."),
    ] = None,
    select: Annotated[Select, typer.Option(help="Choose checkpoints on inner folds, or as papers do.")] = Select.INNER,
    fresh: Annotated[bool, typer.Option(help="Train again although this very run has a record.")] = False,
    allow_leak: Annotated[bool, typer.Option(help="Train on videos of the scored split; marked on the board.")] = False,
    degrade: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND=SEVERITY,...",
            help="Score again on worse inputs; repeatable. Kinds: video_missing, audio_missing, text_missing, "
            "occlusion, blur, audio_snr, audio_shift, fps.",
        ),
    ] = None,
) -> None:
    """Train, score and cost methods and the floors; write records and the board."""
    from benchmark.commands.bench import BenchOptions
    from benchmark.commands.bench import bench as run

    options = BenchOptions(
        names=tuple(names),
        task=task,
        corpus=corpus,
        size=size.value,
        preset=preset,
        seeds=seeds,
        device=device,
        out=out,
        overrides=tuple(settings or ()),
        select=select.value,
        fresh=fresh,
        allow_leak=allow_leak,
        degrade=tuple(degrade or ()),
    )
    raise typer.Exit(run(options))


@app.command()
def ablate(
    method: Annotated[str, typer.Argument(metavar="METHOD", help="Method whose ablation table to run.")],
    task: Annotated[str | None, typer.Option(help="va, expr, au, mtl or ce; default: the method's first.")] = None,
    corpus: CorpusName = "affrig",
    size: CorpusSize = Size.SMALL,
    preset: Annotated[str | None, typer.Option(help="Default: 'affrig' on affrig, 'paper' on a real corpus.")] = None,
    seeds: Annotated[str, typer.Option(help="Seeds, separated by commas.")] = "0,1,2",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    out: Out = Path("runs"),
    only: Annotated[list[str] | None, typer.Option(help="Change this switch only; repeatable.")] = None,
    grid: Annotated[list[str] | None, typer.Option(help="Cross this switch with another one; give it twice.")] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help="key=value in every run; repeatable.")] = None,
    fresh: Annotated[bool, typer.Option(help="Train again although these very runs have records.")] = False,
) -> None:
    """Switch a method's mechanisms off one by one and show what each is worth, with intervals."""
    from benchmark.commands.ablate import AblateOptions
    from benchmark.commands.ablate import ablate as run

    options = AblateOptions(
        method=method,
        task=task,
        corpus=corpus,
        size=size.value,
        preset=preset,
        seeds=seeds,
        device=device,
        out=out,
        overrides=tuple(settings or ()),
        only=tuple(only or ()),
        grid=tuple(grid or ()),
        fresh=fresh,
    )
    raise typer.Exit(run(options))


@app.command()
def board(
    records: Annotated[Path, typer.Option(help="Folder of records.")] = Path("runs/records"),
    out: Annotated[Path | None, typer.Option(help="HTML file; default: board.html beside the records' folder.")] = None,
) -> None:
    """Make the leaderboard from records alone."""
    from benchmark.commands.board import board as run

    raise typer.Exit(run(records, out))


@app.command()
def score(
    predictions: Annotated[Path, typer.Argument(metavar="PRED", help="Prediction file, or folder of per-trial files.")],
    annotations: Annotated[Path, typer.Option(help="Folder of annotation files, MTL file, or corpus root.")],
    task: Annotated[str, typer.Option(help="va, expr, au, mtl or ce.")],
    split: Annotated[str | None, typer.Option(help="Split to score, if --annotations is a corpus root.")] = None,
    variant: Annotated[list[str] | None, typer.Option(help="Also score by another team's convention.")] = None,
    as_json: AsJson = False,
) -> None:
    """Score any prediction file against annotations; trains nothing and needs no GPU."""
    from benchmark.commands.score import score as run

    raise typer.Exit(run(predictions, annotations, task, as_json, split, variant or []))


@app.command()
def submit(
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="Record file or id of a finished run.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; for editions 1 to 3 a new folder.")] = None,
    edition: Annotated[int | None, typer.Option(help="Edition of the challenge; default: the newest.")] = None,
    runs: Annotated[Path | None, typer.Option(help="The run's --out folder; default: the record's, or runs.")] = None,
    corpus: Annotated[str | None, typer.Option(help="Corpus of the run; default: the same 'affrig'.")] = None,
    test: Annotated[Path | None, typer.Option(help="Corpus with the test release; default: the run's.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    allow_leak: Annotated[bool, typer.Option(help="Submit although the run saw labels of test trials.")] = False,
    file: Annotated[Path | None, typer.Option("--check", help="Check this file or folder instead.")] = None,
    sample: Annotated[Path | None, typer.Option(help="For --check: official sample file, or corpus root.")] = None,
    task: Annotated[str | None, typer.Option(help="For --check: va, expr, au, mtl or ce.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the submission file of a run, or check any file against the official sample."""
    if file is not None:
        if run is not None or out is not None or sample is None or task is None:
            raise UserError("--check FILE: expected --sample and --task with it, and neither a run nor --out.")
        from benchmark.commands.submit import check

        raise typer.Exit(check(file, sample, task, edition, as_json))
    if run is None or out is None:
        raise UserError("expected a run and --out FILE, or --check FILE --sample SAMPLE --task TASK.")
    if sample is not None or task is not None:
        raise UserError("--sample and --task belong to --check; a run knows its task and finds the test list itself.")
    from benchmark.commands.submit_run import SubmitOptions, submit_run

    raise typer.Exit(
        submit_run(SubmitOptions(run, out, runs, edition, corpus, test, device, allow_leak, as_json=as_json))
    )


@app.command()
def noise(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Record file or id of a finished run of task expr.")],
    runs: Annotated[Path | None, typer.Option(help="The run's --out folder; default: the record's, or runs.")] = None,
    corpus: Annotated[str | None, typer.Option(help="Corpus of the run; default: the same 'affrig'.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    as_json: AsJson = False,
) -> None:
    """Tell how well a run finds the wrong labels that it learnt from; needs a corpus that knows them (affrig)."""
    from benchmark.commands.noise import NoiseOptions
    from benchmark.commands.noise import noise as run_noise

    raise typer.Exit(run_noise(NoiseOptions(run, runs, corpus, device, as_json)))


@app.command()
def verify(record: Annotated[Path, typer.Argument(help="Record file.")]) -> None:
    """Recompute a record's score and interval from the sums it holds."""
    from benchmark.commands.verify import verify as run

    raise typer.Exit(run(record))


@corpus_app.command("make")
def corpus_make(
    size: CorpusSize = Size.SMALL,
    seed: Annotated[int, typer.Option(help="Seed of the whole corpus.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder; default: in the cache.")] = None,
) -> None:
    """Make the synthetic corpus affrig in the layout of Aff-Wild2."""
    from benchmark.commands.corpus_make import make as run

    raise typer.Exit(run(size.value, seed, out))


@corpus_app.command("show")
def corpus_show(
    corpus: CorpusName = "affrig",
    size: CorpusSize = Size.SMALL,
    out: Annotated[Path, typer.Option(help="Picture to write.")] = Path("corpus.png"),
    trials: Annotated[int, typer.Option(min=1, help="How many trials to show.")] = 8,
) -> None:
    """Draw a contact sheet: frames, labels and gaps of some trials."""
    from benchmark.commands.corpus_show import show as run
    from benchmark.corpora.reader import open_named

    raise typer.Exit(run(open_named(corpus, size.value).root, out, trials))


@corpus_app.command("check")
def corpus_check(
    path: Annotated[Path, typer.Argument(help="Root of a corpus in the Aff-Wild2 layout.")],
    full: Annotated[bool, typer.Option(help="Decode every crop and every medium, not only their headers.")] = False,
    examples: Annotated[int, typer.Option(min=1, help="How many places to print for each finding.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Check a corpus before any GPU minute: layout, counts, missing or broken media, splits."""
    from benchmark.commands.corpus_check import check as run

    raise typer.Exit(run(path, as_json, full=full, examples=examples))


def main() -> None:
    """Entry point: a ``UserError`` becomes one sentence and exit status 2."""
    try:
        app()
    except UserError as error:
        sys.stderr.write(f"abaw: {error}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.stderr.write("abaw: interrupted; the same command goes on where it stopped.\n")
        sys.exit(130)
    except OSError as error:
        if error.errno not in (28, 122):  # no space left, quota exceeded
            raise
        sys.stderr.write(f"abaw: {error.filename or 'disk'}: no space left; free some, then run the same command.\n")
        sys.exit(2)
