"""Backbones that turn crops, sound and words into streams of features, and their cache on disk."""
