"""Annotation files, test lists and sample files in the layout of Aff-Wild2, and the sidecars of affrig."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.corpora.affrig.files import write_json, write_lines
from benchmark.corpora.affrig.labels import EXPRESSION_NOISE
from benchmark.corpora.affrig.plan import Plan, Trial
from benchmark.corpora.affrig.randomness import generator
from benchmark.corpora.affrig.splits import Split
from benchmark.tasks import ACTION_UNITS, COMPOUND_EXPRESSIONS, EXPRESSIONS, HEADS

PACK = "6th ABAW Annotations"
CHALLENGES = {
    "va": "VA_Estimation_Challenge",
    "expr": "EXPR_Recognition_Challenge",
    "au": "AU_Detection_Challenge",
}
_SETS: dict[Split, str] = {"train": "Train_Set", "validation": "Validation_Set"}
_COLUMNS = {"va": ("valence", "arousal"), "expr": EXPRESSIONS, "au": ACTION_UNITS, "ce": COMPOUND_EXPRESSIONS}
_RELEASES = {
    "va": ("Valence_Arousal_Estimation_Challenge", "VA"),
    "expr": ("Expression_Recognition_Challenge", "Expr"),
    "au": ("Action_Unit_Detection_Challenge", "AU"),
    "ce": ("Compound_Expression_Recognition_Challenge", "CE"),
}
_MTL_HEADER = "image,valence,arousal,expression,aus"
#: Shares of s-Aff-Wild2: rows listed twice, trials without each kind of label in training, EXPR in validation.
_DUPLICATES = 0.007
_MTL_TRAIN_LABELLED = {"va": 0.80, "expr": 0.72, "au": 0.80}
_MTL_VALIDATION_LABELLED = {"va": 1.0, "expr": 0.6, "au": 1.0}

Record = Mapping[str, Any]


def rows(task: str, record: Record, slipped: bool = False) -> list[str]:
    """The rows of one trial's annotation file, without the header.

    Args:
        task: ``va``, ``expr``, ``au`` or ``ce``.
        record: of the trial, as its marker holds it.
        slipped: whether EXPR rows contain the annotators' slips, as in training.
    """
    if task == "va":
        pairs = zip(record["valence"], record["arousal"], strict=True)
        return [",".join("-5" if value == -5 else f"{value:.3f}" for value in pair) for pair in pairs]
    if task == "au":
        return [",".join(map(str, row)) for row in record["action_units"]]
    column = "compound" if task == "ce" else "slipped" if slipped else "expression"
    return [str(value) for value in record[column]]


def _write_trials(folder: Path, task: str, trials: list[Trial], records: Mapping[str, Record], slipped: bool) -> None:
    for trial in trials:
        lines = [",".join(_COLUMNS[task]), *rows(task, records[trial.name], slipped)]
        write_lines(folder / f"{trial.name}.txt", lines)


def _mtl_lines(plan: Plan, split: Split, records: Mapping[str, Record]) -> list[str]:
    """Rows of the multi-task file: some frames that have a crop, some of them twice, each with some of its labels."""
    rng = generator(plan.seed, "mtl", split)
    shares = _MTL_TRAIN_LABELLED if split == "train" else _MTL_VALIDATION_LABELLED
    chosen: list[tuple[str, dict[str, bool], list[int]]] = []
    for trial in plan.split("mtl", split):
        labelled = {head: rng.random() < share for head, share in shares.items()}
        count = len(records[trial.name]["valence"])
        listed = [n for n in records[trial.name]["crops"] if n <= count and rng.random() < 0.45]
        chosen.append((trial.name, labelled, listed))
    for head in shares:  # of few trials, one keeps a kind of label that chance took from all
        chosen[0][1][head] |= not any(labelled[head] for _, labelled, _ in chosen)
    lines: list[str] = []
    for name, labelled, listed in chosen:
        record = records[name]
        expression = record["slipped" if split == "train" else "expression"]
        for number in listed:
            i = number - 1
            valence, arousal = record["valence"][i], record["arousal"][i]
            if -5 in (valence, arousal) or not labelled["va"]:
                valence = arousal = -5.0
            units = record["action_units"][i] if labelled["au"] else [HEADS["au"].invalid] * len(ACTION_UNITS)
            shown = expression[i] if labelled["expr"] else HEADS["expr"].invalid
            fields = [f"{name}/{number:05d}.jpg", _long(valence), _long(arousal), str(shown), *map(str, units)]
            lines.append(",".join(fields))
    for i in sorted(rng.choice(len(lines), max(1, round(_DUPLICATES * len(lines))), replace=False), reverse=True):
        lines.insert(int(i) + 1, lines[int(i)])
    return [_MTL_HEADER, *lines]


def _long(value: float) -> str:
    """A value with the digits of single precision, as in s-Aff-Wild2; -5 stays -5.0."""
    return "-5.0" if value == -5 else f"{float(np.float32(value)):.12g}"


def _test_files(root: Path, plan: Plan, records: Mapping[str, Record]) -> None:
    names, samples = root / "names_of_videos_in_each_test_set", root / "test_set_examples"
    for task, (title, short) in _RELEASES.items():
        trials = plan.split(task, "test")
        write_lines(names / f"{title}_test_set_release.txt", [trial.name for trial in trials])
        header = ",".join(("image_location", *_COLUMNS[task]))
        asked = [f"{t.name}/{i:05d}.jpg," for t in trials for i in range(1, t.rows + 1)]
        write_lines(samples / f"CVPR_6th_ABAW_{short}_test_set_example.txt", [header, *asked])
        folder = root / "test_labels" / CHALLENGES.get(task, "Compound_Expression_Challenge")
        _write_trials(folder, task, trials, records, slipped=False)
    answers = _mtl_lines(plan, "test", records)
    write_lines(root / "test_labels" / "MTL_Challenge" / "test_set_annotations.txt", answers)
    images = list(dict.fromkeys(line.split(",", 1)[0] for line in answers[1:]))
    write_lines(names / "MTL_Challenge_test_set_release.txt", ["image", *images])
    write_lines(samples / "MTL.txt", [_MTL_HEADER, *(f"{image}," for image in images)])


def _noise_sidecar(plan: Plan, records: Mapping[str, Record]) -> dict[str, Any]:
    """Rows (1-based) of training trials whose EXPR label is a slip, and the true class of each."""
    wrong = {}
    for trial in plan.split("expr", "train"):
        true, noisy = records[trial.name]["expression"], records[trial.name]["slipped"]
        found = [i for i, pair in enumerate(zip(true, noisy, strict=True)) if pair[0] != pair[1]]
        wrong[trial.name] = {"rows": [i + 1 for i in found], "true": [true[i] for i in found]}
    return {"rate": EXPRESSION_NOISE, "trials": wrong}


def _identities(plan: Plan) -> dict[str, Any]:
    owners = {trial.name: trial.person for trial in sorted(plan.trials, key=lambda trial: trial.name)}
    people = {key: plan.people[key].attributes() for key in sorted(set(owners.values()))}
    return {"trials": owners, "identities": people}


def write_annotations(root: Path, plan: Plan, records: Mapping[str, Record]) -> None:
    """Write every file that is made of labels.

    Args:
        root: folder of the corpus.
        plan: of the corpus.
        records: trial name -> what its marker holds.
    """
    for split, folder in _SETS.items():
        for task, challenge in CHALLENGES.items():
            trials = plan.split(task, split)
            _write_trials(root / PACK / challenge / folder, task, trials, records, slipped=split == "train")
        _write_trials(root / "compound_labels" / folder, "ce", plan.split("ce", split), records, slipped=False)
        name = {"train": "training", "validation": "validation"}[split]
        write_lines(root / "MTL_Challenge" / f"{name}_set_annotations.txt", _mtl_lines(plan, split, records))
    _test_files(root, plan, records)
    write_json(root / "expr_noise.json", _noise_sidecar(plan, records))
    write_json(root / "identities.json", _identities(plan))
