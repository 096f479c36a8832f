"""Sizes and choices that several parts of the package share, and how options become stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmark.errors import UserError, unknown_name

FAMILIES = ("pretrain", "single", "joint", "curriculum")
_SECTIONS = ("training", "windows", "lists")


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceSettings:
    """The vision transformer on crops and the decoder that pretrains it; the defaults are those of MAE's ViT-B/16.

    Attributes:
        patch: side of a patch in pixels; divides the side of the crops.
        width, depth, vit_heads, expansion: of the encoder; ``expansion`` is the feed-forward part over the width.
        decoder_width, decoder_depth, decoder_heads: of the decoder, which only pretraining uses.
        mask_ratio: share of the patches that pretraining hides, in (0, 1).
        normalise_patches: whether the decoder predicts each patch less its mean and over its deviation.
        drop_path: probability that the last block is skipped for an image; it rises linearly from 0 over the blocks.
        augment: whether crops are flipped, moved and recoloured in training.
    """

    patch: int = 16
    width: int = 768
    depth: int = 12
    vit_heads: int = 12
    expansion: int = 4
    decoder_width: int = 512
    decoder_depth: int = 8
    decoder_heads: int = 16
    mask_ratio: float = 0.75
    normalise_patches: bool = True
    drop_path: float = 0.1
    augment: bool = True

    def check(self, side: int) -> None:
        """Raise a ``UserError`` if the sizes do not fit each other or crops of ``side`` pixels."""
        if side % self.patch:
            raise UserError(f"model.patch is {self.patch}, which does not divide crops of {side} px; choose a divisor")
        for width, heads, name in (
            (self.width, self.vit_heads, "width"),
            (self.decoder_width, self.decoder_heads, "decoder_width"),
        ):
            if width % heads or width % 4:
                raise UserError(f"model.{name} is {width}; expected a multiple of 4 and of its {heads} attention heads")
        if not 0 < self.mask_ratio < 1:
            raise UserError(f"model.mask_ratio is {self.mask_ratio:g}; expected a share between 0 and 1")


class StageSettings:
    """What the preset's ``model.stages`` says about a stage: for its family, then for the stage itself."""

    def __init__(self, given: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
        """Keep the settings.

        Args:
            given: family of stages, or stage ``<family>_...`` -> ``training``, ``windows`` and ``lists`` as in
                ``contract.Stage``.

        Raises:
            UserError: an unknown family or section.
        """
        for stage, sections in given.items():
            if stage.partition("_")[0] not in FAMILIES:
                raise unknown_name("stage in model.stages", stage, FAMILIES)
            for section in sections:
                if section not in _SECTIONS:
                    raise unknown_name(f"key of model.stages.{stage}", section, _SECTIONS)
        self._given = given

    def of(self, family: str, name: str, section: str) -> dict[str, Any]:
        """One section of a stage, what is given for ``name`` over what is given for its ``family``."""
        merged: dict[str, Any] = {}
        for key in (family, name):
            merged |= self._given.get(key, {}).get(section, {})
        return merged
