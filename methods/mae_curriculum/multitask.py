"""The multi-task track: single-task stages that make features, and joint stages that fuse them [released code]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from benchmark.contract import Batch, Losses, Outputs, Stage, Stream
from benchmark.errors import UserError, unknown_name
from methods.mae_curriculum.expert import FACE, Expert
from methods.mae_curriculum.network import PRETRAIN, PretrainedNetwork
from methods.mae_curriculum.settings import FaceSettings, StageSettings
from methods.mae_curriculum.subtasks import (
    SUBTASKS,
    activate,
    answering,
    check_groups,
    subtask_losses,
    to_heads,
)
from methods.mae_curriculum.temporal import make_temporal

_FUSION_OPTIONS = ("frozen", "feature_dropout", "finetune", "singles", "joint", "fusion_dropout", "au_weights")
_TEMPORAL_OPTIONS = ("temporal", "temporal_tasks", "layers", "heads", "temporal_dropout", "tcn_widths")


def single_name(subtask: str) -> str:
    """Name of the stage that fine-tunes on one sub-task, and of the stream of features that it makes."""
    return f"single_{subtask}"


class MultiTask(PretrainedNetwork):
    """Valence, arousal, expression and action units of each frame from its crop and its neighbours."""

    def __init__(
        self,
        side: int,
        face: FaceSettings,
        stages: StageSettings,
        *,
        pretrain: str,
        probe_every: int,
        singles: Sequence[str],
        frozen: Mapping[str, int],
        joint: Sequence[Sequence[str]],
        fusion_dropout: float,
        feature_dropout: float,
        finetune: bool,
        au_weights: Sequence[float] | None,
        temporal: str,
        temporal_tasks: Sequence[str],
        layers: int,
        heads: int,
        temporal_dropout: float,
        tcn_widths: Sequence[int],
    ) -> None:
        """Build the parts in the order of the stages.

        Args:
            side: of the crops in pixels.
            face: sizes of the encoder.
            stages: what the preset says about each stage.
            pretrain, probe_every: as in ``PretrainedNetwork``.
            singles: sub-tasks on each of which an encoder is fine-tuned alone, whose features are then fused in.
            frozen: stream of the preset -> width, fused in likewise.
            joint: groups of sub-tasks that are trained together; a label is answered by the first group that trains
                all it needs.
            fusion_dropout: dropout of the fusion.
            feature_dropout: share of all fused features, frozen and of single tasks, that a training step does not see.
            finetune: whether the face encoder learns in joint stages too.
            au_weights: weight of the positive frames of each action unit, or None for 1.
            temporal, layers, heads, temporal_dropout, tcn_widths: as in ``make_temporal``.
            temporal_tasks: sub-tasks that are predicted in context; the others frame by frame.

        Raises:
            UserError: an option has a value that does not exist or does not fit.
        """
        super().__init__(side, face, pretrain, probe_every)
        for name in (*singles, *temporal_tasks):
            if name not in SUBTASKS:
                raise unknown_name("sub-task in model.singles or model.temporal_tasks", name, SUBTASKS)
        self.groups = check_groups(joint)
        self.settings, self.finetune = stages, finetune
        if au_weights is not None and len(au_weights) != SUBTASKS["au"]:
            raise UserError(f"model.au_weights has {len(au_weights)} numbers; expected one for each of the 12 units")
        self.au_weights = None if au_weights is None else tuple(au_weights)
        self.singles = nn.ModuleDict(
            {name: Expert(side, face, {name: SUBTASKS[name]}, {}, fusion_dropout) for name in singles}
        )
        fused = {**{single_name(name): face.width for name in singles}, **frozen}
        self.reads = (FACE, *fused)
        self.joint = nn.ModuleDict()
        for group in self.groups:
            context = make_temporal(temporal, face.width, layers, heads, temporal_dropout, tcn_widths)
            outputs = {name: SUBTASKS[name] for name in group}
            expert = Expert(side, face, outputs, fused, fusion_dropout, feature_dropout, context, temporal_tasks)
            self.joint["_".join(group)] = expert
        self.stage = self.stages()[-1].name

    def stages(self) -> tuple[Stage, ...]:
        """Pretraining, one stage a single sub-task, one a group of sub-tasks."""
        settings, before = self.settings, self.after_pretraining
        singles = [
            Stage(
                single_name(name),
                training=settings.of("single", single_name(name), "training"),
                trainable=(f"singles.{name}.",),
                windows=settings.of("single", single_name(name), "windows"),
                lists=settings.of("single", single_name(name), "lists"),
                reads=(FACE,),
                judge="none",  # its own inner score says little of the features, and the released epochs are fixed
                makes=(single_name(name),),
                options=(*self.encoder_options, *(("au_weights",) if name == "au" else ())),
                after=before,
            )
            for name in self.singles
        ]
        joint = [
            Stage(
                f"joint_{name}",
                training=settings.of("joint", f"joint_{name}", "training"),
                trainable=Expert.trainable(f"joint.{name}.", self.finetune),
                windows=settings.of("joint", f"joint_{name}", "windows"),
                reads=self.reads,
                options=(*self.encoder_options, *_FUSION_OPTIONS, *_TEMPORAL_OPTIONS),
                after=(*before, *(stage.name for stage in singles)),
            )
            for name in self.joint
        ]
        return (*self.pretraining(settings), *singles, *joint)

    def enter(self, name: str) -> None:
        """Start the stage: an expert that has not been trained yet copies the pretrained encoder."""
        self.check_stage(name, tuple(stage.name for stage in self.stages()))
        if self.mae is not None and name != PRETRAIN:
            self._expert.start_from(self.mae)

    @property
    def _expert(self) -> Expert:
        family, _, name = self.stage.partition("_")
        return cast(Expert, (self.singles if family == "single" else self.joint)[name])

    def forward(self, batch: Batch) -> Outputs:
        """Predict ``va``, ``expr`` and ``au``; labels that the stage does not train are all zeros.

        The last stage predicts all of them, each by its own group, once it does not train.
        """
        if self.stage == PRETRAIN:
            return self.reconstruct(batch, to_heads({}, batch.frame_mask))
        if self.training or self.stage != f"joint_{list(self.joint)[-1]}":
            return Outputs(self._heads(self._expert, batch))
        experts = list(self.joint.values())
        numbers = {head: answering(self.groups, head) for head in ("va", "expr", "au")}
        found = {number: self._heads(experts[number], batch) for number in sorted(set(numbers.values()))}
        return Outputs({head: found[number][head] for head, number in numbers.items()})

    def _heads(self, expert: nn.Module, batch: Batch) -> dict[str, Tensor]:
        outputs = {name: activate(name, raw) for name, raw in expert(batch).items()}
        return to_heads(outputs, batch.frame_mask)

    def loss(self, outputs: Outputs, batch: Batch) -> Losses:
        """``reconstruction`` in pretraining, else one term for each sub-task that the stage trains."""
        if self.stage == PRETRAIN:
            return self.reconstruction_loss(outputs)
        return subtask_losses(list(self._expert.heads), dict(outputs.heads), batch, self.au_weights)

    @torch.no_grad()
    def extract(self, batch: Batch) -> dict[str, Stream]:
        """The features of the single-task encoder that has just been trained, (B, T, width)."""
        stream = batch.streams[FACE]
        feature = self._expert.feature(batch)
        return {self.stage: Stream(feature, stream.times, stream.mask)}
