"""MAVEN: six cross-modal attentions, refinement, two additive encoders and a polar head (sec. 3, fig. 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from benchmark.contract import Batch, Losses, Outputs
from benchmark.errors import UserError, unknown_name
from benchmark.layers.losses import ccc_loss, masked_mse
from benchmark.tasks import Task
from methods.maven.encoder import AdditiveEncoder, local_mean
from methods.maven.fusion import CrossModalAttention, Query, Refinement
from methods.maven.heads import HEADS
from methods.maven.tokens import MODALITIES, ModalityTokens

Loss = Literal["paper", "released", "ccc"]
_LOSSES = ("paper", "released", "ccc")
_QUERIES = ("receiver", "source")


def build(task: Task, dims: Mapping[str, int], **options: Any) -> nn.Module:
    """Make the network for ``task`` ("va") and streams of ``dims`` features; ``options`` as in ``Maven``.

    Raises:
        UserError: the task is not ``va``, or an option has a value that does not exist or does not fit.
    """
    if task.key != "va":
        raise UserError(f'maven predicts valence and arousal only, not "{task.key}"; use --task va')
    return Maven(dims, **options)


class Maven(nn.Module):
    """Valence and arousal of each frame from face, audio and text."""

    def __init__(
        self,
        dims: Mapping[str, int],
        *,
        modalities: Sequence[str] | str = MODALITIES,
        embed: int | None = None,
        heads: int = 2,
        query: Query = "receiver",
        cross_attention: bool = True,
        refinement: bool = True,
        width: int = 768,
        encoders: int = 2,
        attention_dim: int = 64,
        expansion: int = 4,
        pool_seconds: float = 0.0,
        head: str = "polar",
        hidden: Sequence[int] = (512, 256),
        dropout: float = 0.1,
        head_dropout: float = 0.2,
        deviations: bool = False,
        input_dropout: float = 0.0,
        loss: Loss = "paper",
        ccc_weight: float = 1.0,
    ) -> None:
        """Build the parts.

        Args:
            dims: stream name -> feature width.
            modalities: which of face, audio and text are read; one may be written without a list.
            embed: width of every modality's tokens; None keeps each backbone's own width (eq. 15-17).
            heads: attention heads of cross-attention and refinement.
            query: who asks on a cross-modal path, see ``CrossModalAttention``.
            cross_attention: whether modalities exchange information before they are concatenated.
            refinement: whether each modality is refined by self-attention (eq. 15-18).
            width: d_proj and d_beit, the width after concatenation (eq. 20, 25).
            encoders: number of additive encoders in series; 0 is the model of the released test code.
            attention_dim: width of the vectors d of eq. 21.
            expansion: width of the encoders' feed-forward part in units of ``width``.
            pool_seconds: length of the segment around each frame that is averaged (eq. 26); 0 for none.
            head: ``polar`` (eq. 29-31) or ``cartesian``.
            hidden: d_1 and d_2 of the emotion predictor (eq. 27-28).
            dropout: in attention and encoders.
            head_dropout: after the fully connected layers of the emotion predictor (sec. 3.8).
            deviations, input_dropout: as in ``ModalityTokens``.
            loss: ``paper`` (eq. 32), ``released`` (adds a CCC term that carries no gradient) or ``ccc`` (adds
                ``ccc_weight`` times a real one).
            ccc_weight: weight of the real CCC term.

        Raises:
            UserError: an option has a value that does not exist or does not fit.
        """
        super().__init__()
        for option, value, known in (("query", query, _QUERIES), ("head", head, HEADS), ("loss", loss, _LOSSES)):
            if value not in known:
                raise unknown_name(f"value of model.{option}", str(value), known)
        names = _known_modalities([modalities] if isinstance(modalities, str) else modalities, dims)
        widths = {name: embed or dims[name] for name in names}
        for name, token_width in widths.items():
            if token_width % heads:
                raise UserError(
                    f"model.heads is {heads}, which does not divide the {token_width} features of {name}; "
                    "choose another with --set model.heads=… or --set model.embed=…"
                )
        self.loss_kind, self.ccc_weight, self.pool_seconds = loss, ccc_weight, pool_seconds
        self.tokens = nn.ModuleDict(
            {name: ModalityTokens(name, dims[name], widths[name], deviations, input_dropout) for name in names}
        )
        crossing = cross_attention and len(names) > 1
        self.cross = CrossModalAttention(widths, heads, dropout, query) if crossing else None
        self.refinements = nn.ModuleDict(
            {name: Refinement(widths[name], heads, dropout) for name in names} if refinement else {}
        )
        self.projection = nn.Linear(sum(widths.values()), width)
        self.encoders = nn.ModuleList(
            AdditiveEncoder(width, attention_dim, expansion, dropout) for _ in range(encoders)
        )
        self.norm = nn.LayerNorm(width) if encoders else nn.Identity()
        first, second = hidden
        self.head = HEADS[head](width, (first, second), head_dropout)

    def forward(self, batch: Batch) -> Outputs:
        """Predict V and A (B, T, 2) of every frame; extras ``intensity`` and ``angle`` (B, T) with a polar head."""
        times, mask = batch.frame_times, batch.frame_mask
        times = torch.where(mask, times, 0.0)
        features: dict[str, Tensor] = {}
        covered: dict[str, Tensor] = {}
        for name, tokens in self.tokens.items():
            features[name], covered[name] = tokens(batch.streams[name], times, mask)
        if self.cross is not None:
            features = self.cross(features, covered)
        for name, refine in self.refinements.items():
            features[name] = refine(features[name], mask)
        hidden = self.projection(torch.cat(list(features.values()), dim=-1))
        for encode in self.encoders:
            hidden = encode(hidden, mask)
        hidden = self.norm(hidden)
        if self.pool_seconds > 0:
            hidden = local_mean(hidden, times, mask, self.pool_seconds)
        affect, extras = self.head(hidden)
        return Outputs({"va": affect}, extras)

    def loss(self, outputs: Outputs, batch: Batch) -> Losses:
        """``mse`` (eq. 32: summed over V and A) and, as configured, a CCC term."""
        prediction, target, valid = outputs.heads["va"], batch.labels["va"], batch.valid["va"]
        mse = target.shape[-1] * masked_mse(prediction, target, valid)
        if self.loss_kind == "paper":
            return {"mse": mse}
        ccc = ccc_loss(prediction, target, valid)
        if self.loss_kind == "released":
            # mean, not sum; the CCC is a Python number there and only shifts the logged value
            return {"mse": mse / target.shape[-1] + 0.1 * ccc.detach()}
        return {"mse": mse, "ccc": self.ccc_weight * ccc}


def _known_modalities(modalities: Sequence[str], dims: Mapping[str, int]) -> list[str]:
    if not modalities:
        raise UserError(f"model.modalities is empty; name at least one of {', '.join(MODALITIES)}")
    for name in modalities:
        if name not in MODALITIES:
            raise unknown_name("value in model.modalities", name, MODALITIES)
        if name not in dims:
            raise UserError(
                f'model.modalities names "{name}", but the preset has no such stream (it has '
                f"{', '.join(sorted(dims))}); add it under streams"
            )
    return [name for name in MODALITIES if name in modalities]
