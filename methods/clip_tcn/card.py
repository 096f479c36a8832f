"""placeholder"""

from benchmark.contract import Card, Paper, StreamNeed

CARD = Card(
    key="clip_tcn",
    title="CLIP + TCN",
    summary="x.",
    paper=Paper(title="t", authors="a", venue="v", year=2025, access="abstract"),
    tasks=("va", "expr", "au"),
    streams=(StreamNeed("face", "x"),),
)
