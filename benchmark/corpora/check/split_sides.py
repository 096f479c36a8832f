"""Who is on two sides: trials, videos and persons in two splits of a task, and in another task's training."""

from __future__ import annotations

import json
from collections.abc import Collection
from itertools import combinations
from pathlib import Path

from benchmark.corpora.check.finding import Findings
from benchmark.corpora.check.listed import Part
from benchmark.corpora.names import base_video, recording


def check_sides(parts: Collection[Part], identities: dict[str, str], findings: Findings) -> None:
    """Compare the splits of every task with each other, and scored splits with the training of other tasks.

    Args:
        parts: of the corpus.
        identities: trial -> person, as far as known; the real releases do not say.
        findings: where goes what is found.
    """
    for a, b in combinations(parts, 2):
        if a.task == b.task:
            _check_pair(a, b, identities, findings)
    for scored in parts:
        for training in parts:
            if scored.split != "train" and training.split == "train" and scored.task != training.task:
                _check_other_task(scored, training, findings)


def read_identities(root: Path) -> dict[str, str]:
    """Trial -> person, from the sidecar of a synthetic corpus; empty if there is none that can be read."""
    try:
        data = json.loads((root / "identities.json").read_text(encoding="utf-8"))
        return {str(trial): str(person) for trial, person in data["trials"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _check_pair(a: Part, b: Part, identities: dict[str, str], findings: Findings) -> None:
    both = a.names & b.names
    for name in sorted(both):
        findings.add("trial-on-two-sides", f"{a.title} / {b.split}", f"trial {name}")
    videos = (a.videos & b.videos) - {base_video(name) for name in both}
    for video in sorted(videos):
        sides = sorted(name for name in a.names | b.names if base_video(name) == video)
        findings.add("video-on-two-sides", f"{a.title} / {b.split}", f"video {video}: {', '.join(sides)}")
    recordings = (_recordings(a) & _recordings(b)) - {recording(video) for video in a.videos & b.videos}
    for name in sorted(recordings):
        findings.add("parts-on-two-sides", f"{a.title} / {b.split}", f"parts of {name}")
    people = {identities.get(name, "") for name in a.names} & {identities.get(name, "") for name in b.names}
    for person in sorted(people - {""}):
        findings.add("subject-on-two-sides", f"{a.title} / {b.split}", f"person {person}")


def _check_other_task(scored: Part, training: Part, findings: Findings) -> None:
    shared = sorted(scored.videos & training.videos)
    if shared:
        some = ", ".join(shared[:3]) + (f" and {len(shared) - 3} more" if len(shared) > 3 else "")
        what = f"{len(shared)} of {len(scored.videos)} videos are in {training.title}: {some}"
        findings.add("other-task-training", scored.title, what, len(shared))


def _recordings(part: Part) -> set[str]:
    return {recording(video) for video in part.videos}
