"""The embedded synthetic corpus: rendered faces, synthesised speech and exact labels in the Aff-Wild2 layout.

Everything here is a simulation. Scores on it show that the harness works and how mechanisms compare under known
conditions; they say nothing about Aff-Wild2. See docs/affrig.md for every map and rate.
"""

from __future__ import annotations

#: Raise whenever the same size and seed would give other labels, pixels or sound: it is part of the cache folder.
GENERATOR_VERSION = 8
