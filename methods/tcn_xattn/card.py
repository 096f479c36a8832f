"""Facts about "Interactive Multimodal Fusion with Temporal Modeling", from its abstract and its released code."""
from __future__ import annotations
from benchmark.contract import Card, Deviation, Paper, StreamNeed
CARD = Card(
    key="tcn_xattn",
    title="TCN + cross-attention",
    summary="x.",
    paper=Paper(title="t", authors="a", venue="v", year=2025, arxiv="2503.10523", access="abstract and code"),
    tasks=("va",),
    streams=(StreamNeed("face", "x"), StreamNeed("audio_vggish", "x"), StreamNeed("audio_logmel", "x")),
)
