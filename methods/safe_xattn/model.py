"""Face and audio in two Transformer branches, safe cross-attention between them, eight expressions per frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from benchmark.contract import Batch, Losses, Outputs
from benchmark.errors import UserError, unknown_name
from benchmark.layers.class_weights import AFF_WILD2_EXPRESSION
from benchmark.layers.losses import masked_cross_entropy, masked_focal
from benchmark.tasks import HEADS, Task
from methods.safe_xattn.branch import Branch
from methods.safe_xattn.cross_attention import SafeCrossAttention, within_reach
from methods.safe_xattn.modality_dropout import drop_modalities

BRANCHES = ("face", "audio")
_CLASSES = HEADS["expr"].width


def build(task: Task, dims: Mapping[str, int], **options: Any) -> nn.Module:
    """Make the network for ``task`` ("expr") and streams of ``dims`` features; ``options`` as in ``SafeXattn``.

    Raises:
        UserError: the task is not ``expr``, or an option has a value that does not exist or does not fit.
    """
    if task.key != "expr":
        raise UserError(f'safe_xattn predicts expressions only, not "{task.key}"; use --task expr')
    return SafeXattn(dims, **options)


class SafeXattn(nn.Module):
    """Expression logits of each frame from face and audio, either of which may be missing."""

    weights: Tensor

    def __init__(
        self,
        dims: Mapping[str, int],
        *,
        branches: Sequence[str] | str = BRANCHES,
        width: int = 256,
        layers: int = 4,
        heads: int = 4,
        feed_forward: int = 1024,
        attention: Literal["safe", "ordinary", "none"] = "safe",
        reach_seconds: float = 0.0,
        flag_width: int = 16,
        head_hidden: int = 256,
        dropout: float = 0.3,
        face_input_dropout: float = 0.0,
        audio_input_dropout: float = 0.0,
        deviations: bool = False,
        face_dropout: float = 0.25,
        audio_dropout: float = 0.1,
        loss: Literal["focal", "cross_entropy"] = "focal",
        gamma: float = 2.0,
        class_weights: Sequence[float] | Literal["published"] | None = "published",
    ) -> None:
        """Build the parts.

        Args:
            dims: stream name -> feature width.
            branches: which of face and audio are read; one may be written without a list.
            width: of every token.
            layers: Transformer layers of each branch.
            heads: attention heads, in the branches and between them.
            feed_forward: hidden width of the Transformer layers.
            attention: between the branches, ``safe``, ``ordinary`` (see ``SafeCrossAttention``) or ``none``.
            reach_seconds: how far a frame looks into the other modality; 0 for the whole window.
            flag_width: width of the embedding that tells the head whether a modality was observed.
            head_hidden: hidden width of the head.
            dropout: in branches, cross-attention and head.
            face_input_dropout, audio_input_dropout: share of the features that a training step does not see.
            deviations: also read the features less their mean over the window.
            face_dropout, audio_dropout: how often a training window has to do without the whole modality.
            loss: ``focal`` or ``cross_entropy``, both with ``class_weights``.
            gamma: of the focal loss.
            class_weights: eight numbers, those ``published`` for Aff-Wild2, or None.

        Raises:
            UserError: an option has a value that does not exist or does not fit.
        """
        super().__init__()
        for option, value, known in (
            ("attention", attention, ("safe", "ordinary", "none")),
            ("loss", loss, ("focal", "cross_entropy")),
        ):
            if value not in known:
                raise unknown_name(f"value of model.{option}", str(value), known)
        if width % heads:
            raise UserError(f"model.heads is {heads}, which does not divide model.width, {width}.")
        if min(face_dropout, audio_dropout) < 0 or face_dropout + audio_dropout > 1:
            raise UserError(
                f"model.face_dropout and model.audio_dropout are {face_dropout} and {audio_dropout}; expected shares "
                "of the windows that sum to 1 at most."
            )
        names = _known([branches] if isinstance(branches, str) else branches, dims)
        self.reach, self.loss_kind, self.gamma = reach_seconds, loss, gamma
        self.shares = {"face": face_dropout, "audio": audio_dropout}
        unseen = {"face": face_input_dropout, "audio": audio_input_dropout}
        self.branches = nn.ModuleDict(
            {
                name: Branch(name, dims[name], width, layers, heads, feed_forward, dropout, unseen[name], deviations)
                for name in names
            }
        )
        self.cross = nn.ModuleDict(
            {name: SafeCrossAttention(width, heads, dropout, attention == "safe") for name in names}
            if attention != "none" and len(names) > 1
            else {}
        )
        self.flags = nn.ModuleDict({name: nn.Embedding(2, flag_width) for name in names})
        self.head = nn.Sequential(
            nn.LayerNorm(len(names) * (width + flag_width)),
            nn.Linear(len(names) * (width + flag_width), head_hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(head_hidden, _CLASSES),
        )
        self.register_buffer("weights", torch.tensor(_weights(class_weights)), persistent=False)

    def forward(self, batch: Batch) -> Outputs:
        """Predict the logits (B, T, 8) of every frame; in training, some windows first lose a modality."""
        frames = batch.frame_mask
        times = torch.where(frames, batch.frame_times, 0.0)
        streams = {name: batch.streams[name] for name in self.branches}
        if self.training and len(streams) > 1:
            streams = drop_modalities(streams, self.shares)
        tokens: dict[str, Tensor] = {}
        observed: dict[str, Tensor] = {}
        for name, branch in self.branches.items():
            tokens[name], observed[name] = branch(streams[name], times, frames)
        parts: list[Tensor] = []
        for name in self.branches:
            mixed = tokens[name]
            if name in self.cross:
                other = BRANCHES[1 - BRANCHES.index(name)]
                allowed = within_reach(times, frames, observed[other], self.reach)
                mixed = self.cross[name](mixed, tokens[other], allowed)
            parts += [mixed, self.flags[name](observed[name].long())]
        return Outputs({"expr": self.head(torch.cat(parts, dim=-1))})

    def loss(self, outputs: Outputs, batch: Batch) -> Losses:
        """``focal`` or ``cross_entropy`` over the valid frames."""
        logits, target, valid = outputs.heads["expr"], batch.labels["expr"], batch.valid["expr"]
        if self.loss_kind == "focal":
            return {"focal": masked_focal(logits, target, valid, self.weights, self.gamma)}
        return {"cross_entropy": masked_cross_entropy(logits, target, valid, self.weights)}


def _known(branches: Sequence[str], dims: Mapping[str, int]) -> list[str]:
    if not branches:
        raise UserError(f"model.branches is empty; name at least one of {', '.join(BRANCHES)}")
    for name in branches:
        if name not in BRANCHES:
            raise unknown_name("value in model.branches", name, BRANCHES)
        if name not in dims:
            raise UserError(
                f'model.branches names "{name}", but the preset has no such stream (it has '
                f"{', '.join(sorted(dims))}); add it under streams"
            )
    return [name for name in BRANCHES if name in branches]


def _weights(weights: Sequence[float] | str | None) -> list[float]:
    if weights is None:
        return [1.0] * _CLASSES
    if isinstance(weights, str):
        if weights != "published":
            raise unknown_name("value of model.class_weights", weights, ("published",))
        weights = AFF_WILD2_EXPRESSION
    if len(weights) != _CLASSES or min(weights) <= 0:
        raise UserError(
            f"model.class_weights is {list(weights)}; expected {_CLASSES} positive numbers, published, or null."
        )
    return [float(weight) for weight in weights]
