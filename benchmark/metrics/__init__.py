"""Scores and their uncertainty, computed from per-video sums and counts alone; numpy only."""

from benchmark.metrics.base_video import base_video, recording
from benchmark.metrics.bootstrap import Difference, bootstrap_scores, interval, paired_bootstrap
from benchmark.metrics.headline import Score
from benchmark.metrics.ties import Comparison, compare, holm, tie_tiers
from benchmark.metrics.variants import variant_names, variant_scores
from benchmark.metrics.video_stats import VideoStats

__all__ = [
    "Comparison",
    "Difference",
    "Score",
    "VideoStats",
    "base_video",
    "bootstrap_scores",
    "compare",
    "holm",
    "interval",
    "paired_bootstrap",
    "recording",
    "tie_tiers",
    "variant_names",
    "variant_scores",
]
