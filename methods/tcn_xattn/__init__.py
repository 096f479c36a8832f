"""Interactive Multimodal Fusion with Temporal Modeling (arXiv 2503.10523)."""
