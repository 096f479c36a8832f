"""Does a record's score follow from the sums it holds? Recomputes every claim that can be recomputed."""

from __future__ import annotations

import math
from dataclasses import dataclass

from benchmark.degradations import KINDS
from benchmark.errors import UserError, unknown_name
from benchmark.metrics import VideoStats, bootstrap_scores, interval
from benchmark.metrics.bootstrap import check_same_labels
from benchmark.records import Record, Rung, ScoreInfo
from benchmark.tasks import TASKS, Task

#: Sums are exact in JSON; adding them up on another machine may differ in the last bits.
TOLERANCE = 1e-9

#: What no reader can check without the labels, the weights and the machine.
UNCHECKED = (
    "that these sums come from this method's predictions (predictions_sha256 ties them to a file, if you have it)",
    "the other rungs of the ladder, whose sums are not kept",
    "training history, cost and environment",
)


@dataclass(frozen=True, slots=True)
class Check:
    """One claim of a record against what follows from its sums.

    Attributes:
        claim: what was checked, in words.
        claimed: what the record says.
        found: what follows.
        ok: whether the two agree.
    """

    claim: str
    claimed: str
    found: str
    ok: bool

    @property
    def off_by(self) -> str:
        """Difference of two numbers, empty where they agree or are not numbers."""
        try:
            return "" if self.ok else f"{float(self.claimed) - float(self.found):+.3g}"
        except ValueError:
            return ""


def parse_sums(record: Record) -> VideoStats | UserError:
    """The sums of a finished record, or why they cannot be the sums of any predictions."""
    if record.score is None:
        raise ValueError(f"{record.run.id} has no score")
    try:
        stats = VideoStats.from_json(record.score.videos)
        stats.score()
    except UserError as error:
        return error
    return stats


def check_record(record: Record) -> tuple[Check, ...]:
    """Every check of a finished record, in reading order.

    Raises:
        ValueError: the record has no score.
    """
    stats = parse_sums(record)
    if record.score is None or isinstance(stats, UserError):
        return (Check("sums are possible", "yes", str(stats), False),)
    checks = [Check("sums are possible", "yes", "yes", True), *check_score(record.run.task, record.score, stats)]
    if checks[-1].claim == _TASK:  # nothing else can be compared
        return tuple(checks)
    checks += _check_interval(record.score, stats)
    checks += _check_rung(record.score)
    checks += _check_counts(record, stats)
    checks += check_curves(record)
    start = "-".join((record.run.method, record.run.task, record.run.preset, f"s{record.run.seed}", ""))
    checks.append(Check("run id names the run", record.run.id, f"{start}…", record.run.id.startswith(start)))
    return tuple(checks)


_TASK = "task of the sums"


def check_score(task: str, score: ScoreInfo, stats: VideoStats) -> list[Check]:
    """Task, metric, headline score and every part; the task alone where it differs."""
    if stats.task != task:
        return [Check(_TASK, task, stats.task, False)]
    known: Task = TASKS[task]
    found = stats.score()
    checks = [
        Check("metric", score.metric, known.metric, score.metric == known.metric),
        _number("score", score.value, found.value),
    ]
    for name, value in found.parts.items():
        checks.append(_number(name, score.parts.get(name), value))
    extra = sorted(set(score.parts) - set(found.parts))
    checks += [Check(f"part {name}", repr(score.parts[name]), "no such part", False) for name in extra]
    return checks


def check_curves(record: Record) -> list[Check]:
    """Scores on worse inputs against their own sums, which must be of the same trials and labels as the clean ones."""
    checks = []
    for one in record.robustness:
        claim = f"score under {one.kind}={one.severity:g}"
        try:
            if one.kind not in KINDS:
                raise unknown_name("degradation", one.kind, KINDS)
            stats = VideoStats.from_json(one.videos)
            if record.score is not None:
                check_same_labels(VideoStats.from_json(record.score.videos), stats)
            checks.append(_number(claim, one.value, stats.score().value))
        except UserError as error:
            checks.append(Check(claim, repr(one.value), str(error), False))
    return checks


def _check_interval(score: ScoreInfo, stats: VideoStats) -> list[Check]:
    claim = score.interval
    if not (0 < claim.level < 1 and claim.resamples > 0 and claim.seed >= 0):
        stated = f"level {claim.level}, {claim.resamples} resamples, seed {claim.seed}"
        return [Check("interval", stated, "cannot be resampled", False)]
    low, high = interval(bootstrap_scores(stats, claim.resamples, claim.seed), claim.level)
    return [_number("interval, low", claim.low, low), _number("interval, high", claim.high, high)]


def _check_rung(score: ScoreInfo) -> list[Check]:
    rungs = [rung for rung in score.ladder if rung.name == score.rung]
    if len(rungs) != 1:
        names = ", ".join(rung.name for rung in score.ladder) or "none"
        return [Check("declared rung is on the ladder", score.rung, names, False)]
    rung: Rung = rungs[0]
    checks = [_number(f"ladder, {rung.name}", rung.value, score.value)]
    same = rung.parts.keys() == score.parts.keys() and all(_close(rung.parts[k], score.parts[k]) for k in rung.parts)
    return [*checks, Check(f"ladder, parts of {rung.name}", "same", "same" if same else "other", same)]


def _check_counts(record: Record, stats: VideoStats) -> list[Check]:
    if record.score is None or record.data is None:
        return [Check("data", "missing", "expected for a finished run", False)]
    data, coverage = record.data, record.score.coverage
    frames = stats.valid_frames.values()
    least, most = max(frames), sum(frames)  # one frame may count for several heads
    bounds = str(least) if least == most else f"{least} to {most}"
    made = coverage.predicted + coverage.filled
    return [
        Check(
            "scored trials", str(data.scored_trials), str(len(stats.trials)), data.scored_trials == len(stats.trials)
        ),
        Check("frames that count", str(coverage.valid), bounds, least <= coverage.valid <= most),
        Check("frames with a prediction", str(made), str(coverage.valid), made == coverage.valid),
        Check("scored frames", str(data.scored_frames), f"at least {least}", data.scored_frames >= least),
    ]


def _number(claim: str, claimed: float | None, found: float) -> Check:
    if claimed is None:
        return Check(claim, "missing", repr(found), False)
    return Check(claim, repr(claimed), repr(found), _close(claimed, found))


def _close(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=0, abs_tol=TOLERANCE)
