"""The compound-expression track: a curriculum over six basic expressions [released code]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import torch
from torch import Tensor

from benchmark.contract import Batch, Losses, Outputs, Stage, Stream
from benchmark.errors import UserError, unknown_name
from benchmark.layers.losses import balanced_mse, masked_bce
from methods.mae_curriculum.curriculum import BASIC, compound_scores, mixed_targets, targets
from methods.mae_curriculum.expert import FACE, Expert
from methods.mae_curriculum.network import PRETRAIN, PretrainedNetwork
from methods.mae_curriculum.settings import FaceSettings, StageSettings

MIXING: Final = ("none", "mixup", "cutmix")
COMPOUND_LOSSES: Final = ("bmc", "bce")


class Compound(PretrainedNetwork):
    """Seven compound expressions of each frame, as sums of the basic ones they are made of."""

    def __init__(
        self,
        side: int,
        face: FaceSettings,
        stages: StageSettings,
        *,
        pretrain: str,
        probe_every: int,
        frozen: Mapping[str, int],
        fusion_dropout: float,
        feature_dropout: float,
        finetune: bool,
        compound_shares: Sequence[float],
        compound_epochs: Sequence[int],
        compound_loss: str,
        noise_sigma: float,
        mixing: str,
        mixing_share: float,
        mixing_alpha: float,
    ) -> None:
        """Build the parts in the order of the stages.

        Args:
            side: of the crops in pixels.
            face: sizes of the encoder.
            stages: what the preset says about each stage.
            pretrain, probe_every: as in ``PretrainedNetwork``.
            frozen: stream of the preset -> width, fused in.
            fusion_dropout, feature_dropout, finetune: as in ``MultiTask``.
            compound_shares: share of windows with compound labels in each stage of the curriculum, the others have
                single ones; ``[0]`` never sees a compound label, which is the challenge's zero-shot setting.
            compound_epochs: epochs of each stage.
            compound_loss: ``bmc`` (balanced MSE of the raw outputs) or ``bce``.
            noise_sigma: of the balanced MSE.
            mixing: whether mixtures of two faces are added in training, and how.
            mixing_share: number of mixtures per face of the batch.
            mixing_alpha: share of the first face in a ``mixup``.

        Raises:
            UserError: an option has a value that does not exist or does not fit.
        """
        super().__init__(side, face, pretrain, probe_every)
        for option, value, known in (("mixing", mixing, MIXING), ("compound_loss", compound_loss, COMPOUND_LOSSES)):
            if value not in known:
                raise unknown_name(f"value of model.{option}", value, known)
        if len(compound_shares) != len(compound_epochs) or not compound_shares:
            raise UserError(
                f"model.compound_shares has {len(compound_shares)} stages and model.compound_epochs "
                f"{len(compound_epochs)}; expected as many, and at least one"
            )
        if not all(0 <= share <= 1 for share in compound_shares):
            raise UserError(f"model.compound_shares is {list(compound_shares)}; expected shares between 0 and 1")
        self.settings, self.finetune = stages, finetune
        self.shares, self.epochs = tuple(compound_shares), tuple(compound_epochs)
        self.loss_kind, self.noise_sigma = compound_loss, noise_sigma
        self.mixing, self.mixing_share, self.mixing_alpha = mixing, mixing_share, mixing_alpha
        self.reads = (FACE, *frozen)
        self.recogniser = Expert(side, face, {"basic": len(BASIC)}, frozen, fusion_dropout, feature_dropout)
        self.stage = self.stages()[-1].name

    def stages(self) -> tuple[Stage, ...]:
        """Pretraining, then one stage for each share of compound expressions."""
        curriculum: list[Stage] = []
        for number, (share, epochs) in enumerate(zip(self.shares, self.epochs, strict=True), 1):
            name = f"curriculum_{number}"
            lists = {"expr": 1 - share, "ce": share}
            curriculum.append(
                Stage(
                    name,
                    training={
                        **self.settings.of("curriculum", name, "training"),
                        "max_epochs": epochs,
                        "patience": epochs,
                    },
                    trainable=Expert.trainable("recogniser.", self.finetune),
                    windows=self.settings.of("curriculum", name, "windows"),
                    lists={task: part for task, part in lists.items() if part > 0},
                    judge="none",  # released epochs are fixed; an inner fold has too few of the seven classes
                    reads=self.reads,
                    options=(
                        *self.encoder_options,
                        *("frozen", "feature_dropout", "finetune", "fusion_dropout", "compound_loss", "noise_sigma"),
                        *("mixing", "mixing_share", "mixing_alpha"),
                    ),
                    after=(*self.after_pretraining, *(stage.name for stage in curriculum)),
                )
            )
        return (*self.pretraining(self.settings), *curriculum)

    def enter(self, name: str) -> None:
        """Start the stage: the recogniser copies the pretrained encoder once."""
        self.check_stage(name, tuple(stage.name for stage in self.stages()))
        if self.mae is not None and name != PRETRAIN:
            self.recogniser.start_from(self.mae)

    def forward(self, batch: Batch) -> Outputs:
        """Predict ``ce``; extra ``basic`` (B, T, 6) is the raw output, ``mixed`` (M, 6) that of mixtures."""
        if self.stage == PRETRAIN:
            like = batch.frame_mask
            return self.reconstruct(batch, {"ce": torch.zeros(*like.shape, 7, device=like.device)})
        stream = batch.streams[FACE]
        images = self.recogniser.crops(stream)
        feature = self.recogniser.encode(images, stream.mask)
        basic = self._head(self.recogniser.fuse(feature, batch.streams))
        extras = {"basic": basic}
        if self.training and self.mixing != "none" and len(images) > 1:
            extras |= self._mix(images, batch)
        return Outputs({"ce": compound_scores(basic)}, extras)

    def _mix(self, images: Tensor, batch: Batch) -> dict[str, Tensor]:
        """Mixtures of M random pairs of the N observed faces, whatever they are labelled; the loss picks.

        Returns:
            ``mixed`` (M, 6) raw outputs, ``first`` and ``second`` (M,) indices of the faces.
        """
        count = max(1, round(self.mixing_share * len(images)))
        first, second = (torch.randint(len(images), (count,), device=images.device) for _ in range(2))
        if self.mixing == "mixup":
            share = self.mixing_alpha
            faces = share * images[first] + (1 - share) * images[second]
        else:  # left half of one, right half of the other
            share, half = 0.5, images.shape[-1] // 2
            faces = torch.cat([images[first][..., :half], images[second][..., half:]], dim=-1)
        everywhere = torch.ones(1, count, dtype=torch.bool, device=images.device)
        feature = self.recogniser.encode(faces, everywhere)
        mask = batch.streams[FACE].mask
        streams = {}
        for name in self.reads[1:]:  # frozen features of a mixture are the mixture of the frozen features
            stream = batch.streams[name]
            values, seen = stream.values[mask], stream.mask[mask]
            mixture = share * values[first] + (1 - share) * values[second]
            both = seen[first] & seen[second]
            streams[name] = Stream(mixture.unsqueeze(0), both.float().unsqueeze(0), both.unsqueeze(0))
        mixed = self._head(self.recogniser.fuse(feature, streams))
        return {"mixed": mixed[0], "first": first, "second": second}

    def _head(self, hidden: Tensor) -> Tensor:
        result: Tensor = self.recogniser.heads["basic"](hidden)
        return result

    def loss(self, outputs: Outputs, batch: Batch) -> Losses:
        """``reconstruction`` in pretraining; else ``basic`` on the batch's faces and their counted mixtures."""
        if self.stage == PRETRAIN:
            return self.reconstruction_loss(outputs)
        basic = outputs.extras["basic"]
        target, counts = targets(batch)
        prediction, target, counts = basic.flatten(0, 1), target.flatten(0, 1), counts.flatten()
        if "mixed" in outputs.extras:
            faces = batch.streams[FACE].mask.flatten()
            first, second = outputs.extras["first"], outputs.extras["second"]
            both, allowed = mixed_targets(target[faces], counts[faces], first, second)
            prediction = torch.cat([prediction, outputs.extras["mixed"]])
            target, counts = torch.cat([target, both]), torch.cat([counts, allowed])
        if self.loss_kind == "bce":
            return {"basic": masked_bce(prediction, target, counts)}
        return {"basic": balanced_mse(prediction, target, counts, self.noise_sigma)}
