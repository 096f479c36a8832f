"""Facts about the constant floor."""

from __future__ import annotations

from benchmark.contract import Card, Deviation, StreamNeed

CARD = Card(
    key="baseline_mean",
    title="Constant floor",
    summary="The same answer for every frame: training mean of V and A, most frequent class, every action unit on.",
    paper=None,
    tasks=("va", "expr", "au", "mtl", "ce"),
    streams=(StreamNeed("face", "none: only the number of frames is read"),),
    deviations=(
        Deviation(
            "action units are always on instead of on where the majority is",
            "a unit that is never predicted has F1 0, one that is always predicted 2p / (1 + p) with prevalence p: the "
            "stronger constant is the honest floor",
            "the floor of AU and MTL is far above 0",
        ),
        Deviation(
            "valence and arousal are constant",
            "the concordance of any constant is 0",
            "the floor of VA is exactly 0 and a score below it means anti-correlation",
        ),
    ),
    kind="estimator",
    floor=True,
)
