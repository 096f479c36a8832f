"""``abaw noise RUN``: whether a trained run tells the wrong labels that it learnt from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.commands.submit_run import corpus_of, find_run

if TYPE_CHECKING:
    from benchmark.running.label_noise import LabelJudgement


@dataclass(frozen=True, slots=True)
class NoiseOptions:
    """The options of ``abaw noise`` as given; see its help."""

    run: str
    runs: Path | None
    corpus: str | None
    device: str
    as_json: bool


def noise(options: NoiseOptions) -> int:
    """Restore a run of task ``expr`` and print how well its loss, and its trust in labels, find the wrong ones.

    Returns:
        0.

    Raises:
        UserError: the run cannot be found or restored, is of another task, or its corpus knows no wrong labels.
    """
    record, folder = find_run(options.run, options.runs)
    corpus = corpus_of(record, options.corpus)

    from benchmark.encoders.store import FeatureStore
    from benchmark.running.label_noise import judge_labels
    from benchmark.running.restore import restore

    store = FeatureStore()
    judged = judge_labels(restore(record, folder, corpus, options.device, store), store)
    report: dict[str, Any] = {"run": record.run.id, "synthetic": corpus.synthetic}
    report["trials"] = {side: _facts(one) for side, one in judged.items()}
    print(json.dumps(report, indent=1) if options.as_json else _text(report))  # noqa: T201
    return 0


def _facts(judged: LabelJudgement) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "trials": judged.trials,
        "base_videos": len(judged.loss.videos),
        "frames": judged.frames,
        "wrong": judged.wrong,
        "loss": {"auc": judged.loss.area, "interval": list(judged.loss.interval())},
    }
    if judged.distrust is not None:
        gap = judged.distrust.minus(judged.loss)
        facts["distrust"] = {"auc": judged.distrust.area, "interval": list(judged.distrust.interval())}
        facts["distrust_minus_loss"] = {"delta": gap.delta, "interval": [gap.low, gap.high], "p": gap.p}
    return facts


#: What the two kinds of training trials are called.
_SIDES = {"learnt": "learnt from", "held_out": "held out"}


def _text(report: dict[str, Any]) -> str:
    lines = [f"{report['run']}: area under the ROC curve for wrong labels of EXPR training, SYNTHETIC"]
    for side, facts in report["trials"].items():
        lines.append(
            f"{_SIDES[side]}: {facts['trials']} trials of {facts['base_videos']} base videos, {facts['frames']:,} "
            f"labels, {facts['wrong']:,} of them wrong"
        )
        lines.append(f"  plain loss      {_area(facts['loss'])}")
        if "distrust" in facts:
            gap = facts["distrust_minus_loss"]
            low, high = gap["interval"]
            lines.append(f"  1 - weight      {_area(facts['distrust'])}")
            lines.append(f"  difference     {gap['delta']:+.3f}  {low:+.3f} to {high:+.3f}  p = {gap['p']:.3f}")
    lines.append("0.5 tells nothing; 95% intervals over base videos.")
    return "\n".join(lines)


def _area(facts: dict[str, Any]) -> str:
    low, high = facts["interval"]
    return f"{facts['auc']:.3f}  {low:.3f} to {high:.3f}"
