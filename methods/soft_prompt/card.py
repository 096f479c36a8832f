"""placeholder"""

from benchmark.contract import Card, Paper, StreamNeed

CARD = Card(
    key="soft_prompt",
    title="Soft prompts",
    summary="x.",
    paper=Paper(title="t", authors="a", venue="v", year=2026, access="abstract and code"),
    tasks=("va",),
    streams=(StreamNeed("face", "x"), StreamNeed("audio", "y")),
)
