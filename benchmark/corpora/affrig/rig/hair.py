"""Hair styles: how much of the head is covered, and how far the hair stands off."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.affrig.rig.appearance import HairStyle

F32 = NDArray[np.float32]


@dataclass(frozen=True)
class Style:
    """One style, in decimetres on the base mesh.

    Attributes:
        line: height of the hairline on the midline of the forehead.
        edge: width of the soft edge.
        thickness: how far the hair stands off.
        density: opacity, 1 hides the scalp.
        strand: how far hairs run before they change, as a multiple of their width.
        curtain: whether hair hangs beside the cheeks.
    """

    line: float
    edge: float
    thickness: float
    density: float
    strand: float
    curtain: bool = False


STYLES = MappingProxyType(
    {
        "bald": Style(8.25, 0.12, 0.0, 0.25, 2.0),
        "cropped": Style(7.98, 0.07, 0.015, 0.88, 1.5),
        "short": Style(7.92, 0.035, 0.08, 1.0, 6.0),
        "fringe": Style(7.62, 0.028, 0.075, 1.0, 30.0),
        "bob": Style(7.60, 0.022, 0.07, 1.0, 30.0, curtain=True),
        "long": Style(7.96, 0.025, 0.05, 1.0, 30.0, curtain=True),
    }
)


def coverage(style: HairStyle, position: F32, ragged: F32 | float = 0.0) -> F32:
    """Share of hair (...,) in [0, 1] at head-space positions (..., 3) of the base mesh.

    Args:
        style: name of the style.
        position: (..., 3) decimetres.
        ragged: noise (...,) of unit variance that frays the edge.
    """
    s = STYLES[style]
    x, y, z = np.abs(position[..., 0]), position[..., 1], position[..., 2]
    # The line falls from the forehead to the temples, along the sideburns and behind the ears.
    line = s.line - 0.35 * np.clip(x - 0.35, 0, 1) - 1.0 * np.clip(0.85 - z, 0, 2)
    if s.line < 7.8:  # a fringe is cut straight across the forehead and falls at its sides
        line = line - 0.9 * np.clip(x - 0.42, 0, 0.35)
    with np.errstate(over="ignore"):
        share = 1 / (1 + np.exp(-(y - line - 0.6 * s.edge * ragged) / (0.5 * s.edge)))
    ear = np.clip((x - 0.66) / 0.04, 0, 1) * np.clip((0.80 - z) / 0.06, 0, 1) * np.clip((7.60 - y) / 0.06, 0, 1)
    result: F32 = (share * s.density * (1 - ear) * (y > 6.25)).astype(np.float32)
    return result
