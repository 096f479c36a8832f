"""One fine-tuned recogniser: the face encoder, what is fused in, the temporal module and linear heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from benchmark.contract import Batch, Stream
from methods.mae_curriculum.fusion import FeatureFusion
from methods.mae_curriculum.pixels import Augmentation, normalise, to_unit
from methods.mae_curriculum.settings import FaceSettings
from methods.mae_curriculum.vit import FaceViT, MaskedFaces

FACE = "face"


class Expert(nn.Module):
    """Face crops and fused features to the outputs of some sub-tasks.

    Its face encoder starts as a copy of the pretrained one, once: a flag among the buffers, saved with the weights,
    says whether that has happened.
    """

    started: Tensor

    def __init__(
        self,
        side: int,
        face: FaceSettings,
        outputs: Mapping[str, int],
        fused: Mapping[str, int],
        fusion_dropout: float,
        feature_dropout: float = 0.0,
        temporal: nn.Module | None = None,
        in_context: Sequence[str] = (),
    ) -> None:
        """Build the parts.

        Args:
            side: of the crops in pixels.
            face: sizes of the encoder.
            outputs: sub-task -> number of outputs.
            fused: stream name -> width, added to the face feature; empty leaves the fusion out.
            fusion_dropout: dropout of the fusion.
            feature_dropout: share of the fused features that a training step does not see.
            temporal: made by ``make_temporal``.
            in_context: sub-tasks whose heads read what the temporal module gives; the others read single frames.
        """
        super().__init__()
        self.vit = FaceViT(side, face)
        self.augmentation = Augmentation() if face.augment else nn.Identity()
        self.missing = nn.Parameter(torch.zeros(face.width))
        nn.init.normal_(self.missing, std=0.5)
        self.fusion = FeatureFusion(face.width, fused, fusion_dropout, feature_dropout) if fused else None
        self.in_context = tuple(name for name in outputs if name in in_context) if temporal is not None else ()
        self.temporal = temporal if self.in_context else None
        self.heads = nn.ModuleDict({name: nn.Linear(face.width, width) for name, width in outputs.items()})
        self.register_buffer("started", torch.zeros((), dtype=torch.bool))

    def start_from(self, mae: MaskedFaces) -> None:
        """Copy the pretrained face encoder, unless this expert has been trained before."""
        if not bool(self.started):
            self.vit.start_from(mae)
            self.started.fill_(True)

    @staticmethod
    def trainable(prefix: str, finetune: bool) -> tuple[str, ...]:
        """Prefixes of what learns in the expert called ``prefix``; without ``finetune``, all but the face encoder."""
        return (
            (prefix,)
            if finetune
            else tuple(f"{prefix}{part}" for part in ("missing", "fusion.", "temporal.", "heads."))
        )

    def crops(self, stream: Stream) -> Tensor:
        """The observed crops of a batch (N, 3, side, side), augmented in training, in [0, 1]."""
        images: Tensor = self.augmentation(to_unit(stream.values[stream.mask]))
        return images

    def encode(self, images: Tensor, mask: Tensor) -> Tensor:
        """Features (B, T, width) of the N crops in [0, 1] that belong where ``mask`` (B, T) is True."""
        absent = self.missing.expand(*mask.shape, -1)
        if not len(images):
            return absent
        found = self.vit(normalise(images)).to(absent.dtype)
        return absent.masked_scatter(mask.unsqueeze(-1), found)

    def feature(self, batch: Batch) -> Tensor:
        """The face feature of every frame (B, T, width), before anything is fused in."""
        stream = batch.streams[FACE]
        return self.encode(self.crops(stream), stream.mask)

    def fuse(self, feature: Tensor, streams: Mapping[str, Stream]) -> Tensor:
        """Add the other streams to the face feature."""
        return feature if self.fusion is None else self.fusion(feature, streams)

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Sub-task -> (B, T, outputs), before any activation."""
        hidden = self.fuse(self.feature(batch), batch.streams)
        context = hidden if self.temporal is None else self.temporal(hidden, batch)
        return {name: head(context if name in self.in_context else hidden) for name, head in self.heads.items()}
