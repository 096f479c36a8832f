"""Shared set-up of the submission tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # tiny_corpus.py, the writers of hand-made files
