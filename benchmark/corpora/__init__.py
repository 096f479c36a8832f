"""Readers of the Aff-Wild2 layout, checks, and the embedded synthetic corpus."""
