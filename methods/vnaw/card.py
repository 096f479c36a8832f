"""Facts about V-NAW, from its abstract, a summary of its text and its released code."""
from benchmark.contract import Card, Paper, StreamNeed

CARD = Card(
    key="vnaw",
    title="V-NAW",
    summary="Weighs each label.",
    paper=Paper(title="V-NAW", authors="Lee", venue="CVPRW", year=2025, access="abstract and code"),
    tasks=("expr",),
    streams=(StreamNeed("face", "Swin"),),
    ablations={
        "model.loss": ("nla", "jsd", "naw", "cross_entropy"),
        "model.detach_weights": (False, True),
        "model.drop_frames": ([0.2, 0.4], [0.0, 0.0]),
        "model.erase": (0.2, 0.0),
        "model.divergence": ("jensen_shannon", "released"),
    },
)
