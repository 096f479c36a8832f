"""What a table says, in sentences, and the commands that make it again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from benchmark.records import Record
from leaderboard.model import Ablation, Gap, Row, Table
from leaderboard.numbers import count, fixed, span

_FEW = 4  #: names that a sentence can bear


def printable(text: str) -> str:
    """``text`` without control characters, which could move a terminal's cursor or hide what follows."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def data_name(table: Table) -> str:
    """The corpus with its size: "affrig, small"."""
    return f"{table.corpus}, {table.size}" if table.size else table.corpus


def findings(table: Table) -> tuple[str, ...]:
    """The result of a table in plain sentences; empty where nothing is ranked."""
    ranked = [row for row in table.rows if row.rank is not None]
    if not ranked:
        return ()
    best = ranked[0]
    under_floor = any(row.score > best.score for row in table.rows if row.key == table.best_floor)
    highest = "the highest score of the methods" if under_floor else "the highest score"
    sentences = [f"{best.title} has {highest}, {fixed(best.score)} (interval {span(best.interval)})."]
    tied = [row for row in ranked[1:] if row.tier == best.tier]
    if tied:
        sentences.append(f"These videos cannot tell it from {_names(tied)}.")
    elif len(ranked) > 1:
        sentences.append("No other method is tied with it on these videos.")
    sentences += _against_floor(table, ranked)
    return tuple(sentences)


def _against_floor(table: Table, ranked: Sequence[Row]) -> list[str]:
    floor = next((row for row in table.rows if row.key == table.best_floor), None)
    if floor is None:
        return ["No floor was run here: whether the methods beat a trivial one is not known."]
    not_above = [row for row in ranked if not _beats(row.versus_floor, 1 - table.level)]
    if not not_above:
        return [f"Every method beats the best floor, {floor.title} ({fixed(floor.score)})."]
    if len(not_above) == len(ranked):
        return [f"No method is shown to beat the best floor, {floor.title} ({fixed(floor.score)})."]
    return [f"Not shown to beat the best floor, {floor.title} ({fixed(floor.score)}): {_names(not_above)}."]


def _beats(gap: Gap | None, alpha: float) -> bool:
    return gap is not None and gap.delta > 0 and gap.p < alpha


def sample_words(table: Table) -> str:
    """What was scored: "23 base videos, 24 trials (one person in one video), 3 648 frames with a label"."""
    trials = f"{count(table.trials, 'trial')} (one person in one video)"
    return f"{count(table.videos, 'base video')}, {trials}, {count(table.frames, 'frame')} with a label"


def bench_command(records: Sequence[Record]) -> str:
    """The command line that makes the records of one row again."""
    run, data, score = records[0].run, records[0].data, records[0].score
    seeds = ",".join(str(record.run.seed) for record in records)
    words = ["abaw", "bench", run.method, "--task", run.task, "--preset", run.preset, "--seeds", seeds]
    if data is not None and data.synthetic:
        words += ["--corpus", data.corpus, *(["--size", data.size] if data.size else [])]
    elif data is not None:
        words += ["--corpus", "PATH/TO/AFF-WILD2"]
    for setting in run.overrides:
        words += ["--set", setting]
    if score is not None and score.selection == "validation":
        words += ["--select", "validation"]
    return shlex.join(words)


def ablate_command(ablation: Ablation) -> str:
    """The command line that makes an ablation table again."""
    seeds = ",".join(str(seed.seed) for seed in ablation.default.seeds)
    words = ["abaw", "ablate", ablation.method, "--task", ablation.task.key, "--preset", ablation.preset]
    words += ["--seeds", seeds]
    if ablation.synthetic:
        words += ["--corpus", ablation.corpus, *(["--size", ablation.size] if ablation.size else [])]
    else:
        words += ["--corpus", "PATH/TO/AFF-WILD2"]
    for grid in ablation.grids[:1]:
        words += ["--grid", grid.down, "--grid", grid.across]
    changed = list(dict.fromkeys(key for variant in ablation.singles for key in variant.changed))
    if not ablation.grids and not {one.partition("=")[0] for one in ablation.not_run} <= set(changed):
        words += [word for key in changed for word in ("--only", key)]  # whole switches of the card were left out
    for setting in ablation.overrides:
        words += ["--set", setting]
    return shlex.join(words)


def _names(rows: Sequence[Row]) -> str:
    titles = list(dict.fromkeys(row.title for row in rows))
    if len(titles) > _FEW:
        return f"{', '.join(titles[:_FEW])} and {len(titles) - _FEW} more"
    return " and ".join([", ".join(titles[:-1]), titles[-1]] if len(titles) > 1 else titles)
