"""The rig: what every face shares, and the way from facial actions to a person's deformation."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from benchmark.corpora.affrig.rig import curtain, template, wrinkles
from benchmark.corpora.affrig.rig.actions import ACTIONS, index, matrices, to_units
from benchmark.corpora.affrig.rig.appearance import Appearance
from benchmark.corpora.affrig.rig.asset import Asset, load_asset
from benchmark.corpora.affrig.rig.face import Face

F32 = NDArray[np.float32]

#: Decimetres.
_EYE_SETBACK = 0.035


class Rig:
    """Mesh, units and furrows of the embedded head; get it from `load_rig`.

    Attributes:
        units: names of the U deformation units (52 ARKit-like ones, and own ones).
        actions: names of the A facial actions that `weights` takes, in order.
    """

    def __init__(self, asset: Asset) -> None:
        self.asset = asset
        self.units: tuple[str, ...] = asset.units.names
        self.actions: tuple[str, ...] = ACTIONS
        self.template = template.make_template(asset)
        self.curtain = curtain.make_curtain(asset.vertices[self.template.skin_vertices])
        self._left, self._right = matrices(self.units)
        angle, height, step = template.texel_grid()
        self.layers = wrinkles.make_layers(angle, height, step, self.units)
        self.arc = template.column_directions()
        # Shapes move lids along straight lines: set back in depth, the round eyeball cannot cut through a closing lid.
        self.eye_setback = (_EYE_SETBACK * (self.template.eye_side != 0)).astype(np.float32)
        self.lids_up = [self.units.index(f"eyeLookUp{side}") for side in ("Left", "Right")]
        self.lids_down = [self.units.index(f"eyeLookDown{side}") for side in ("Left", "Right")]

    def action(self, name: str) -> int:
        """Column of an action in the input of `weights`.

        Raises:
            UserError: no action is called so.
        """
        return index(name)

    def weights(self, actions: NDArray[np.floating], asymmetry: NDArray[np.floating] | float = 0.0) -> F32:
        """Unit weights (T, U) in [0, 1] of action intensities (T, A); see `actions.to_units` for ``asymmetry``."""
        return to_units(actions, asymmetry, self._left, self._right)

    def face(self, appearance: Appearance) -> Face:
        """Build one person: about a fifth of a second of geometry, paint and baked light.

        Raises:
            UserError: ``appearance.shape`` or ``.asymmetry`` names no identity target.
        """
        return Face(self, appearance)


@lru_cache(maxsize=1)
def load_rig() -> Rig:
    """Read, check and prepare the embedded rig, once a process.

    Raises:
        UserError: the asset is missing or damaged.
    """
    return Rig(load_asset())
