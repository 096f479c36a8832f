"""Facts about the linear floor."""

from __future__ import annotations

from benchmark.contract import Card, Deviation, StreamNeed

CARD = Card(
    key="baseline_ridge",
    title="Linear floor",
    summary="Ridge and logistic regression on one frame's frozen features: what backbones give without any method.",
    paper=None,
    tasks=("va", "expr", "au", "mtl", "ce"),
    streams=(
        StreamNeed("face", "whatever the preset names"),
        StreamNeed("audio", "whatever the preset names"),
        StreamNeed("text", "whatever the preset names"),
    ),
    deviations=(
        Deviation(
            "at most model.max_frames training frames, evenly spaced over all trials",
            "neighbouring frames are near copies and a linear map needs no more",
            "memory stays at max_frames x features numbers however large the corpus",
        ),
        Deviation(
            "classes and action units are weighted by their inverse frequency",
            "F1 counts every class alike; without weights rare ones are never predicted",
            "a stronger floor",
        ),
    ),
    kind="estimator",
    floor=True,
)
