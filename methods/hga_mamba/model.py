"""Granularity alignment in each frame, Vision Mamba over the frames, asymmetric cross-attention to the audio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from benchmark.contract import Batch, Losses, Outputs
from benchmark.errors import UserError, unknown_name
from benchmark.layers.class_weights import AFF_WILD2_AU_POSITIVE
from benchmark.layers.losses import masked_bce
from benchmark.layers.norm import MaskedBatchNorm
from benchmark.layers.position import sinusoidal
from benchmark.tasks import HEADS, Task
from methods.hga_mamba.audio_visual import GatedCrossAttention
from methods.hga_mamba.granularity import GranularityAlignment, alignment_loss
from methods.hga_mamba.over_time import OverTime, Temporal
from methods.hga_mamba.tokens import AudioProjection, FaceProjection

Audio = Literal["asymmetric", "symmetric", "none"]
_UNITS = HEADS["au"].width


def build(task: Task, dims: Mapping[str, int], **options: Any) -> nn.Module:
    """Make the network for ``task`` ("au") and streams of ``dims`` features; ``options`` as in ``HgaMamba``.

    Raises:
        UserError: the task is not ``au``, or an option has a value that does not exist or does not fit.
    """
    if task.key != "au":
        raise UserError(f'hga_mamba detects action units only, not "{task.key}"; use --task au')
    return HgaMamba(dims, **options)


class HgaMamba(nn.Module):
    """Logits of twelve action units of each frame from face tokens and audio."""

    weights: Tensor

    def __init__(
        self,
        dims: Mapping[str, int],
        *,
        tokens: int = 65,
        width: int = 256,
        heads: int = 4,
        alignment: bool = True,
        top_k: int = 16,
        alignment_weight: float = 0.1,
        temporal: Temporal = "mamba",
        layers: int = 4,
        d_state: int = 16,
        d_conv: int = 4,
        expand: int = 2,
        audio: Audio = "asymmetric",
        head_hidden: int = 64,
        dropout: float = 0.3,
        input_dropout: float = 0.0,
        deviations: bool = False,
        positive_weights: Sequence[float] | Literal["published"] | None = "published",
    ) -> None:
        """Build the parts.

        Args:
            dims: stream name -> width of its features, for ``face`` of its tokens.
            tokens: 1 + number of patches of the face's stream.
            width: of every token.
            heads: attention heads.
            alignment: False reads the global token alone.
            top_k: how many patches are active in a frame.
            alignment_weight: weight of the alignment loss; 0 for none.
            temporal: ``mamba``, ``tcn`` or ``none``.
            layers: of the temporal model.
            d_state, d_conv, expand: of Vision Mamba.
            audio: ``asymmetric`` (visual queries only), ``symmetric`` (both ways, concatenated) or ``none``.
            head_hidden: hidden width of the head.
            dropout: in attention, after the temporal model and in the head.
            input_dropout: share of the features that a training step does not see.
            deviations: also read the features less their mean over the window.
            positive_weights: twelve numbers, those ``published`` for Aff-Wild2, or None.

        Raises:
            UserError: an option has a value that does not exist or does not fit.
        """
        super().__init__()
        _check(tokens, width, heads, top_k, temporal, audio)
        self.alignment_weight = alignment_weight
        self.face = FaceProjection(dims["face"], tokens, width, deviations, input_dropout, alignment)
        self.alignment = GranularityAlignment(width, heads, top_k, dropout) if alignment else None
        self.missing = nn.Parameter(torch.zeros(width))
        nn.init.normal_(self.missing, std=0.5)
        self.over_time = OverTime(temporal, width, layers, d_state, d_conv, expand, dropout)
        self.audio = AudioProjection(dims["audio"], width, deviations, input_dropout) if audio != "none" else None
        self.hear = GatedCrossAttention(width, heads, dropout) if audio != "none" else None
        self.see = GatedCrossAttention(width, heads, dropout) if audio == "symmetric" else None
        self.hidden = nn.Linear(width * (2 if audio == "symmetric" else 1), head_hidden, bias=False)  # the norm has one
        self.norm = MaskedBatchNorm(head_hidden)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(head_hidden, _UNITS)
        self.register_buffer("weights", torch.tensor(_weights(positive_weights)), persistent=False)

    def forward(self, batch: Batch) -> Outputs:
        """Predict the logits (B, T, 12) of every frame.

        Extras with alignment: ``whole`` and ``local`` (B, T, width), ``observed`` (B, T) and ``active`` (B, T, k), the
        active patches.
        """
        frames = batch.frame_mask
        times = torch.where(frames, batch.frame_times, 0.0)
        face = self.face(batch.streams["face"], times, frames)
        fused, extras = face.whole, {}
        if self.alignment is not None:
            shape = frames.shape
            found = self.alignment(face.whole.flatten(0, 1), face.patches.flatten(0, 1))
            fused, local, active = (part.unflatten(0, shape) for part in found)
            extras = {"whole": face.whole, "local": local, "observed": face.observed, "active": active}
        place = sinusoidal(times, frames, fused.shape[-1])
        trust = face.trust.unsqueeze(-1)
        visual = self.over_time(trust * fused + (1 - trust) * self.missing + place, frames)
        if self.audio is not None and self.hear is not None:
            sound, heard = self.audio(batch.streams["audio"], times, frames)
            sound = sound + place
            asked = self.hear(visual, sound, heard)
            if self.see is not None:
                asked = torch.cat([asked, self.see(sound, visual, face.observed)], dim=-1)
            visual = asked
        hidden = self.dropout(self.norm(self.hidden(visual), frames))
        return Outputs({"au": self.head(hidden)}, extras)

    def loss(self, outputs: Outputs, batch: Batch) -> Losses:
        """``bce``: weighted binary cross-entropy over the valid frames; ``alignment``: over the frames with a face."""
        terms = {"bce": masked_bce(outputs.heads["au"], batch.labels["au"], batch.valid["au"], self.weights)}
        if self.alignment is not None and self.alignment_weight > 0:
            extras = outputs.extras
            terms["alignment"] = self.alignment_weight * alignment_loss(
                extras["whole"], extras["local"], extras["observed"]
            )
        return terms


def _check(tokens: int, width: int, heads: int, top_k: int, temporal: str, audio: str) -> None:
    for option, value, known in (
        ("temporal", temporal, ("mamba", "tcn", "none")),
        ("audio", audio, ("asymmetric", "symmetric", "none")),
    ):
        if value not in known:
            raise unknown_name(f"value of model.{option}", value, known)
    if width % heads:
        raise UserError(f"model.heads is {heads}, which does not divide model.width, {width}.")
    if tokens < 2:
        raise UserError(f"model.tokens is {tokens}; expected one global token and at least one patch.")
    if top_k < 1:
        raise UserError(f"model.top_k is {top_k}; expected at least one active patch (model.alignment=false for none).")


def _weights(weights: Sequence[float] | str | None) -> list[float]:
    if weights is None:
        return [1.0] * _UNITS
    if isinstance(weights, str):
        if weights != "published":
            raise unknown_name("value of model.positive_weights", weights, ("published",))
        weights = AFF_WILD2_AU_POSITIVE
    if len(weights) != _UNITS or min(weights) <= 0:
        raise UserError(
            f"model.positive_weights is {list(weights)}; expected {_UNITS} positive numbers, published, or null."
        )
    return [float(weight) for weight in weights]
