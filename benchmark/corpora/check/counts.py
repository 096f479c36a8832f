"""Known counts of the releases, as entrants and papers report them, and of the synthetic corpus, as it is planned."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmark.corpora.check.finding import Findings
from benchmark.corpora.check.listed import Part
from benchmark.corpora.identity import SIDECAR
from benchmark.corpora.reader import Corpus


@dataclass(frozen=True, slots=True)
class Known:
    """Counts of one task and split; where sources differ, each of them is accepted.

    Attributes:
        trials: number of trials; empty if unknown.
        rows: number of rows.
        valid: head key -> labelled rows.
        with_crop: head key -> labelled rows that have a crop.
    """

    trials: tuple[int, ...] = ()
    rows: tuple[int, ...] = ()
    valid: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    with_crop: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


#: Editions 6 to 10 for va, expr and au; 7 and 11 for mtl; 6 to 9 for ce. Sources and doubts: docs/protocol.md.
_RELEASES: dict[tuple[str, str], Known] = {
    ("va", "train"): Known((356,), (), {"va": (1_679_857,)}, {"va": (1_653_930,)}),
    ("va", "validation"): Known((76,), (), {"va": (382_021,)}, {"va": (376_332,)}),
    ("va", "test"): Known((162,), (927_210,)),
    ("expr", "train"): Known((247, 248), (), {"expr": (592_216, 597_361)}, {"expr": (585_317,)}),
    ("expr", "validation"): Known((70,), (453_535,), {"expr": (284_230,)}, {"expr": (280_532,)}),
    ("expr", "test"): Known((228,), (1_022_655,)),
    ("au", "train"): Known((295,), (), {"au": (1_359_523,)}),
    ("au", "validation"): Known((105,), (), {"au": (445_845,)}, {"au": (445_836,)}),
    ("au", "test"): Known((141,), (729_736,)),
    ("mtl", "train"): Known((257,), (142_382,), {"va": (103_917,), "expr": (90_645,), "au": (103_316,)}),
    ("mtl", "validation"): Known((50,), (26_876,), {"va": (26_876,), "expr": (15_440,), "au": (26_876,)}),
    ("mtl", "test"): Known((), (51_159,)),
    ("ce", "test"): Known((56,), (26_145,)),
}


def known_counts(corpus: Corpus, part: Part) -> Known | None:
    """What a part should count; None if nobody says."""
    if corpus.synthetic:
        return _planned(corpus, part)
    layout = corpus.layout
    if part.task == "mtl":
        place = layout.annotations.get((part.task, "train"))
        third = place is not None and place.stem == "train_set"  # the third edition had other data
        return None if third else _RELEASES.get((part.task, part.split))
    if part.task != "ce" and layout.edition not in ("6-10", "test lists only"):
        return None
    return _RELEASES.get((part.task, part.split))


def check_counts(part: Part, known: Known, labelled: Mapping[str, tuple[int, int]], findings: Findings) -> bool:
    """Compare a part with its known counts; returns whether all agree.

    Args:
        part: task and split.
        known: what it should count.
        labelled: head key -> valid rows, and how many of them have a crop.
        findings: where differences go.
    """
    wrong: list[tuple[str, int, tuple[int, ...]]] = []
    rows = sum(trial.rows for trial in part.trials)
    if all(trial.frames is not None for trial in part.trials):
        wrong.append(("rows", rows, known.rows))
    wrong.append(("trials", len(part.trials), known.trials))
    for head, (valid, with_crop) in labelled.items():
        wrong.append((f"labelled {head} rows", valid, known.valid.get(head, ())))
        wrong.append((f"labelled {head} rows with a crop", with_crop, known.with_crop.get(head, ())))
    agree = True
    for name, found, expected in wrong:
        if expected and found not in expected:
            agree = False
            wanted = " or ".join(f"{number:,}" for number in expected)
            findings.add("count-differs", part.title, f"{found:,} {name}, known are {wanted}")
    return agree


def _planned(corpus: Corpus, part: Part) -> Known | None:
    from benchmark.corpora.affrig import GENERATOR_VERSION
    from benchmark.corpora.affrig.plan import make_plan
    from benchmark.corpora.affrig.splits import SIZES

    sidecar = json.loads((corpus.root / SIDECAR).read_text(encoding="utf-8"))
    size, seed = sidecar.get("size"), sidecar.get("seed")
    if sidecar.get("generator_version") != GENERATOR_VERSION or size not in SIZES or not isinstance(seed, int):
        return None
    trials = make_plan(size, seed).split(part.task, part.split)  # type: ignore[arg-type]
    return Known((len(trials),), (sum(trial.rows for trial in trials),) if part.dense else ())
