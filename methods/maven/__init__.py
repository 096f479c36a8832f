"""MAVEN: Multi-modal Attention for Valence-Arousal Emotion Network (arXiv 2503.12623)."""
