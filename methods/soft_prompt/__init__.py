"""Distance-aware soft prompt learning for valence and arousal (arXiv 2603.13415)."""
