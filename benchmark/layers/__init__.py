"""Blocks that more than one method needs."""
