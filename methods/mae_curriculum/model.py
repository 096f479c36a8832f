"""The networks of the entry: one for the multi-task track, one for compound expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from benchmark.errors import UserError
from benchmark.tasks import Task
from methods.mae_curriculum.compound import Compound
from methods.mae_curriculum.multitask import MultiTask
from methods.mae_curriculum.network import crop_side, face_settings, fused_streams
from methods.mae_curriculum.settings import StageSettings


def build(
    task: Task,
    dims: Mapping[str, int],
    *,
    pretrain: str = "mae",
    probe_every: int = 5,
    stages: Mapping[str, Mapping[str, Mapping[str, Any]]] | None = None,
    frozen: Sequence[str] = (),
    fusion_dropout: float = 0.3,
    feature_dropout: float = 0.0,
    finetune: bool = True,
    au_weights: Sequence[float] | None = None,
    singles: Sequence[str] = ("au", "expr", "valence"),
    joint: Sequence[Sequence[str]] = (("au", "expr", "valence", "arousal"),),
    temporal: str = "none",
    temporal_tasks: Sequence[str] = ("valence", "arousal"),
    layers: int = 2,
    heads: int = 4,
    temporal_dropout: float = 0.3,
    tcn_widths: Sequence[int] = (768, 512, 256),
    compound_shares: Sequence[float] = (0.0, 0.2, 0.4, 1.0),
    compound_epochs: Sequence[int] = (5, 5, 3, 3),
    compound_loss: str = "bmc",
    noise_sigma: float = 1.0,
    mixing: str = "none",
    mixing_share: float = 0.5,
    mixing_alpha: float = 0.5,
    **face_options: Any,
) -> nn.Module:
    """Make the network for ``task`` and crops (``face``) and frozen features of ``dims``.

    Options are those of ``MultiTask`` or ``Compound`` (each reads its own) and of ``FaceSettings``; ``stages`` holds
    what differs in a stage or a family of stages, ``frozen`` names streams of features.

    Raises:
        UserError: the task is neither ``mtl`` nor ``ce``, or an option has a value that does not exist or fit.
    """
    face = face_settings(face_options)
    side, fused, settings = crop_side(dims), fused_streams(frozen, dims), StageSettings(stages or {})
    if task.key == "mtl":
        return MultiTask(
            side,
            face,
            settings,
            pretrain=pretrain,
            probe_every=probe_every,
            singles=singles,
            frozen=fused,
            joint=joint,
            fusion_dropout=fusion_dropout,
            feature_dropout=feature_dropout,
            finetune=finetune,
            au_weights=au_weights,
            temporal=temporal,
            temporal_tasks=temporal_tasks,
            layers=layers,
            heads=heads,
            temporal_dropout=temporal_dropout,
            tcn_widths=tcn_widths,
        )
    if task.key == "ce":
        return Compound(
            side,
            face,
            settings,
            pretrain=pretrain,
            probe_every=probe_every,
            frozen=fused,
            fusion_dropout=fusion_dropout,
            feature_dropout=feature_dropout,
            finetune=finetune,
            compound_shares=compound_shares,
            compound_epochs=compound_epochs,
            compound_loss=compound_loss,
            noise_sigma=noise_sigma,
            mixing=mixing,
            mixing_share=mixing_share,
            mixing_alpha=mixing_alpha,
        )
    raise UserError(f'mae_curriculum predicts mtl and ce, not "{task.key}"; use --task mtl or --task ce')
