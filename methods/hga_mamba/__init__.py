"""Hierarchical granularity alignment and Vision Mamba for action units (arXiv 2603.11306)."""
