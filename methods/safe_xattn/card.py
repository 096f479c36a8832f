"""Facts about the safe cross-attention entry; its paper was readable in abstract only."""

from __future__ import annotations

from benchmark.contract import Card, Deviation, Paper, Published, StreamNeed

CARD = Card(
    key="safe_xattn",
    title="Safe cross-attention",
    summary="Face and audio branches ask each other, and a frame is left alone where the other has nothing to say.",
    paper=Paper(
        title="Solution to the 10th ABAW Expression Recognition Challenge: A Robust Multimodal Framework with Safe "
        "Cross-Attention and Modality Dropout",
        authors="Yu, Zheng, Wang, Zhang, Zhu, Liang, Huang, Liu",
        venue="arXiv (10th ABAW)",
        year=2026,
        arxiv="2603.08034",
        access="abstract",
    ),
    tasks=("expr",),
    streams=(
        StreamNeed("face", "BEiT-L/16, 1024 features a frame, frozen (from a summary, not the paper)"),
        StreamNeed("audio", "WavLM large, 1024 features, frozen (from a summary, not the paper)"),
    ),
)
