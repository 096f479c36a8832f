"""Sentences that a method fixes in advance (prompts), embedded once by a text encoder and kept."""
