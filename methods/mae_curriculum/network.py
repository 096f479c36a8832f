"""What the networks of both tracks share: pretraining on crops without labels, and stepping from stage to stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn

from benchmark.contract import Batch, Losses, Outputs, Stage
from benchmark.errors import UserError, unknown_name
from methods.mae_curriculum.expert import FACE
from methods.mae_curriculum.pixels import contact_sheet, evenly, normalise, to_bytes, to_unit
from methods.mae_curriculum.settings import FaceSettings, StageSettings
from methods.mae_curriculum.vit import MaskedFaces

PRETRAIN: Final = "pretrain"
PRETRAINING: Final = ("mae", "none")
_SHEET_COLUMNS: Final = 12
_VIT_OPTIONS: Final = ("patch", "width", "depth", "vit_heads", "expansion")
_DECODER_OPTIONS: Final = ("decoder_width", "decoder_depth", "decoder_heads", "mask_ratio", "normalise_patches")


class PretrainedNetwork(nn.Module):
    """A masked autoencoder and, in subclasses, the recognisers that start from its encoder."""

    def __init__(self, side: int, face: FaceSettings, pretrain: str, probe_every: int) -> None:
        """Build the autoencoder, unless ``pretrain`` is ``none``.

        Args:
            side: of the crops in pixels.
            face: sizes of encoder and decoder.
            pretrain: one of ``PRETRAINING``.
            probe_every: epochs of pretraining from one linear probe to the next.

        Raises:
            UserError: an option has a value that does not exist or does not fit.
        """
        super().__init__()
        if pretrain not in PRETRAINING:
            raise unknown_name("value of model.pretrain", pretrain, PRETRAINING)
        face.check(side)
        self.face = face
        self.mae = MaskedFaces(side, face) if pretrain == "mae" else None
        self.probe_every = probe_every
        self.stage = ""  # set by subclasses to their last one, and by ``enter``

    def pretraining(self, settings: StageSettings) -> tuple[Stage, ...]:
        """The first stage, if there is pretraining."""
        if self.mae is None:
            return ()
        return (
            Stage(
                PRETRAIN,
                training=settings.of(PRETRAIN, PRETRAIN, "training"),
                trainable=("mae.",),
                windows=settings.of(PRETRAIN, PRETRAIN, "windows"),
                lists=settings.of(PRETRAIN, PRETRAIN, "lists"),
                judge="probe",
                probe_every=self.probe_every,
                labels=False,
                reads=(FACE,),
                options=("pretrain", *_VIT_OPTIONS, *_DECODER_OPTIONS),
                after=(),
            ),
        )

    @property
    def encoder_options(self) -> tuple[str, ...]:
        """Options that decide every stage that fine-tunes the encoder."""
        return ("pretrain", *_VIT_OPTIONS, "drop_path", "augment")

    @property
    def after_pretraining(self) -> tuple[str, ...]:
        """What a stage that starts from the pretrained encoder builds on."""
        return () if self.mae is None else (PRETRAIN,)

    @property
    def _autoencoder(self) -> MaskedFaces:
        if self.mae is None:
            raise RuntimeError("the network was built with model.pretrain=none and has no autoencoder")
        return self.mae

    def reconstruct(self, batch: Batch, heads: Mapping[str, Tensor]) -> Outputs:
        """Hide and predict patches of the observed crops; extra ``reconstruction`` is the loss, a scalar."""
        stream, mae = batch.streams[FACE], self._autoencoder
        images = stream.values[stream.mask]
        if len(images):
            loss = mae(normalise(to_unit(images))).loss
        else:  # connected, so that a batch without a face is no special case
            loss = torch.stack([parameter.sum() for parameter in mae.parameters()]).sum() * 0.0
        return Outputs(heads, {"reconstruction": loss})

    @staticmethod
    def reconstruction_loss(outputs: Outputs) -> Losses:
        """The one term of pretraining."""
        return {"reconstruction": outputs.extras["reconstruction"]}

    def embed(self, batch: Batch) -> Tensor:
        """What a linear probe reads: the pretrained encoder's feature (B, T, width), zeros where no face is."""
        stream, mae = batch.streams[FACE], self._autoencoder
        features = torch.zeros(*stream.mask.shape, self.face.width, device=stream.mask.device)
        if bool(stream.mask.any()):
            images = normalise(to_unit(stream.values[stream.mask]))
            features[stream.mask] = mae.features(images).to(features.dtype)
        return features

    @torch.no_grad()
    def sheet(self, batch: Batch) -> Tensor | None:
        """After pretraining: crops, the crops as the encoder saw them, and what came back, three rows."""
        stream = batch.streams[FACE]
        found = stream.values[stream.mask]
        if self.stage != PRETRAIN or self.mae is None or not len(found):
            return None
        shown = normalise(to_unit(found[evenly(len(found), _SHEET_COLUMNS)]))
        mode = self.mae.training
        result = self.mae.eval()(shown)
        self.mae.train(mode)
        original, back = to_bytes(shown), to_bytes(result.images)
        masked = torch.where(result.hidden > 0, torch.full_like(original, 128), original)
        return contact_sheet([original, masked, back])

    def check_stage(self, name: str, known: tuple[str, ...]) -> None:
        """Remember the stage.

        Raises:
            KeyError: the network has no such stage.
        """
        if name not in known:
            raise KeyError(name)
        self.stage = name


def crop_side(dims: Mapping[str, int]) -> int:
    """Side of the crops that the preset names.

    Raises:
        UserError: the preset has no stream of crops.
    """
    if FACE not in dims:
        raise UserError("mae_curriculum reads face crops; add face: crops_48 (or another side) under streams")
    return dims[FACE]


def fused_streams(names: Sequence[str], dims: Mapping[str, int]) -> dict[str, int]:
    """Width of each stream of frozen features that is fused in.

    Raises:
        UserError: the preset has no such stream, or it is the crops.
    """
    others = [name for name in dims if name != FACE]
    for name in names:
        if name not in others:
            raise unknown_name("stream in model.frozen", name, others)
    return {name: dims[name] for name in names}


def face_settings(options: Mapping[str, Any]) -> FaceSettings:
    """The options of the face encoder.

    Raises:
        TypeError: there is no such option; worded as Python words it, because the registry reads it.
    """
    for name in options:
        if name not in FaceSettings.__dataclass_fields__:
            raise TypeError(f"build() got an unexpected keyword argument '{name}'")
    return FaceSettings(**options)
