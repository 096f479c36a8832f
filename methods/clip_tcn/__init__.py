"""Emotion recognition with CLIP and sequential learning (arXiv 2503.09929)."""
