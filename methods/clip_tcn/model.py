"""CLIP + TCN: an image tower learns expressions, then TCN and Transformer read its frozen features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from benchmark.contract import Batch, Losses, Outputs, Stage, Stream
from benchmark.errors import UserError, unknown_name
from benchmark.layers.align import linear
from benchmark.layers.deviation import with_deviation
from benchmark.layers.losses import ccc_loss, masked_bce, masked_cross_entropy
from benchmark.layers.norm import MaskedBatchNorm
from benchmark.tasks import HEADS, Task
from methods.clip_tcn.sequence import Head, SequenceModel
from methods.clip_tcn.tower import TOWERS, ExpressionHead, run_tower

TASKS = ("va", "expr", "au")
#: Seconds over which a lost face is bridged; the predecessor repeats the last features without a limit.
MAX_GAP = 1.0
#: The stream of features that the first stage makes.
FEATURES = "tower_features"
_TOWER, _SEQUENCE = "tower", "sequence"


def build(task: Task, dims: Mapping[str, int], **options: Any) -> nn.Module:
    """Make the network for ``task`` ("va", "expr" or "au") and a stream of face crops; ``options`` as in ``ClipTcn``.

    Raises:
        UserError: another task, or an option has a value that does not exist or does not fit.
    """
    if task.key not in TASKS:
        raise UserError(f'clip_tcn has no head for task "{task.key}"; use --task {", ".join(TASKS)}')
    del dims  # the side of the crops, which the small tower does not care about and CLIP checks itself
    return ClipTcn(task.key, **options)


class ClipTcn(nn.Module):
    """V and A, the expression or the action units of each frame from face crops."""

    def __init__(
        self,
        task: str,
        *,
        tower: str = "clip_vit_b16",
        fine_tune: bool = True,
        learns: Sequence[str] | None = None,
        tower_stride: int = 1,
        tower_training: Mapping[str, object] | None = None,
        flip: bool = True,
        expression_weights: Sequence[float] | None = None,
        widths: Sequence[int] = (768, 256, 128),
        kernel: int = 5,
        width: int = 512,
        layers: int = 8,
        heads: int = 4,
        feed_forward: int = 512,
        head_hidden: int = 256,
        dropout: float = 0.3,
        normalise: bool = False,
        deviations: bool = False,
        input_dropout: float = 0.0,
        unit_weights: Sequence[float] | None = None,
        epochs: Mapping[str, int] | None = None,
    ) -> None:
        """Build the parts.

        Args:
            task: key of the task whose head is trained in the second stage.
            tower: image tower, one of ``tower.TOWERS``.
            fine_tune: whether the first stage trains the tower, or only a classifier on its features.
            learns: parts of the tower that the first stage trains; all if not given.
            tower_stride: the first stage sees every so manieth frame of a window, whose neighbours hardly differ.
            tower_training: settings of the preset's ``training`` that differ in the first stage.
            flip: mirror half of the images while the tower learns.
            expression_weights: weight of each expression in both stages; even if not given.
            widths, kernel, width, layers, heads, feed_forward, dropout: as in ``SequenceModel``.
            head_hidden: hidden width of the head.
            normalise: batch norm of the features before the second stage reads them.
            deviations: also read the features less their mean over the window.
            input_dropout: share of the features that a training step of the second stage does not see.
            unit_weights: weight of the positive side of each action unit; 1 if not given.
            epochs: task key -> epochs of the second stage, where they differ from ``training.max_epochs``.

        Raises:
            UserError: an option has a value that does not exist or does not fit.
        """
        super().__init__()
        if tower not in TOWERS:
            raise unknown_name("value of model.tower", str(tower), TOWERS)
        if width % heads:
            raise UserError(f"model.heads is {heads}, which does not divide model.width {width}")
        self.task, self.tower_stride, self.flip = task, tower_stride, flip
        self.tower_training, self.epochs = dict(tower_training or {}), dict(epochs or {})
        self.deviations = deviations
        self.expression_weights, self.unit_weights = expression_weights, unit_weights
        self.tower = TOWERS[tower]()
        self.learns = tuple(f"tower.{part}" for part in ([""] if learns is None else learns)) if fine_tune else ()
        for prefix in self.learns:
            if not any(name.startswith(prefix) for name, _ in self.named_parameters()):
                raise UserError(f'model.learns names "{prefix[6:]}", which the tower {tower} does not have')
        features = self.tower.dim
        self.expression = ExpressionHead(features)
        self.norm = MaskedBatchNorm(features) if normalise else None
        self.drop = nn.Dropout(input_dropout)
        self.sequence = SequenceModel(
            features * (2 if deviations else 1), widths, kernel, width, layers, heads, feed_forward, dropout
        )
        self.head = Head(width, head_hidden, HEADS[task].width)
        self.stage = _SEQUENCE

    def stages(self) -> tuple[Stage, ...]:
        """Expressions first, whose tower then makes the features; the task on features that no longer change."""
        return (
            Stage(
                _TOWER,
                training=self.tower_training,
                trainable=("expression.", *self.learns),
                lists={"expr": 1.0},
                reads=("face",),
                makes=(FEATURES,),
                options=(
                    "tower",
                    "fine_tune",
                    "learns",
                    "tower_stride",
                    "tower_training",
                    "flip",
                    "expression_weights",
                ),
            ),
            Stage(
                _SEQUENCE,
                training={"max_epochs": self.epochs[self.task]} if self.task in self.epochs else {},
                trainable=("norm.", "sequence.", "head."),
                reads=(FEATURES,),
            ),
        )

    def enter(self, stage: str) -> None:
        """Switch to a stage."""
        self.stage = stage

    def extract(self, batch: Batch) -> dict[str, Stream]:
        """The tower's features of every frame (B, T, D), zero where no face was seen."""
        face = batch.streams["face"]
        with torch.no_grad():
            features = run_tower(self.tower, face.values, face.mask, self.tower.dim)
        return {FEATURES: Stream(features, face.times, face.mask)}

    def forward(self, batch: Batch) -> Outputs:
        """Predict every frame: ``expr`` logits while the tower learns, then the task's head."""
        if self.stage == _TOWER:
            return Outputs({"expr": self._expressions(batch)})
        mask = batch.frame_mask
        times = torch.where(mask, batch.frame_times, 0.0)
        aligned = linear(batch.streams[FEATURES], times, mask, MAX_GAP)
        values, seen = aligned.values, aligned.covered
        if self.norm is not None:
            values = self.norm(values, seen) * seen.unsqueeze(-1)
        shown = with_deviation(values, seen) if self.deviations else values
        hidden = self.sequence(self.drop(shown), seen)
        return Outputs({self.task: self.head(hidden, mask)})

    def loss(self, outputs: Outputs, batch: Batch) -> Losses:
        """``ccc`` (1 - CCC of valence plus that of arousal), ``cross_entropy`` or ``bce``, over valid frames."""
        key = "expr" if self.stage == _TOWER else self.task
        prediction, target, valid = outputs.heads[key], batch.labels[key], batch.valid[key]
        if key == "va":
            return {"ccc": 2 * ccc_loss(prediction, target, valid)}
        if key == "expr":
            return {"cross_entropy": masked_cross_entropy(prediction, target, valid, self._weights("expression"))}
        return {"bce": masked_bce(prediction, target, valid, self._weights("unit"))}

    def _expressions(self, batch: Batch) -> Tensor:
        """Logits (B, T, 8); frames between two that the tower sees take those of the one before."""
        face, step = batch.streams["face"], self.tower_stride
        images, seen = face.values[:, ::step], face.mask[:, ::step]
        if self.training and self.flip:
            mirrored = torch.rand(seen.shape, device=seen.device) < 0.5
            images = torch.where(mirrored[..., None, None, None], images.flip(-1), images)
        features = run_tower(self.tower, images, seen, self.tower.dim)
        logits: Tensor = self.expression(features)
        return logits.repeat_interleave(step, dim=1)[:, : batch.frame_mask.shape[1]]

    def _weights(self, kind: str) -> Tensor | None:
        weights = self.expression_weights if kind == "expression" else self.unit_weights
        return None if weights is None else torch.tensor(weights, device=self.head.second.weight.device)
