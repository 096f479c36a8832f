"""ConvNeXt and Whisper features, a Transformer encoder, an MLP for twelve action units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import torch
from torch import Tensor, nn

from benchmark.contract import Batch, Losses, Outputs
from benchmark.errors import UserError, unknown_name
from benchmark.layers.class_weights import AFF_WILD2_AU_POSITIVE
from benchmark.layers.losses import masked_bce
from benchmark.layers.norm import MaskedBatchNorm
from benchmark.layers.observed import ObservedFeatures
from benchmark.tasks import HEADS, Task
from methods.convnext_whisper.fusion import FrameFusion, TokenFusion
from methods.convnext_whisper.streams import Convolutions, FrameEmbedding, Projection

MODALITIES: Final = ("face", "audio")
#: Seconds after which the last observation of a modality no longer counts (inferred).
MAX_GAP: Final = {"face": 0.5, "audio": 0.3}
_FUSIONS: Final = ("frames", "tokens")
_WEIGHINGS: Final = ("units", "positives")
_UNITS: Final = HEADS["au"].width
_WEIGHTS: Final = {"published": AFF_WILD2_AU_POSITIVE, "none": (1.0,) * _UNITS}


def build(task: Task, dims: Mapping[str, int], **options: Any) -> nn.Module:
    """Make the network for ``task`` ("au") and streams of ``dims`` features; ``options`` as in ``ConvnextWhisper``.

    Raises:
        UserError: the task is not ``au``, or an option has a value that does not exist or does not fit.
    """
    if task.key != "au":
        raise UserError(f'convnext_whisper predicts action units only, not "{task.key}"; use --task au')
    return ConvnextWhisper(dims, **options)


class ConvnextWhisper(nn.Module):
    """Logits of twelve action units for each frame from face and sound."""

    weight: Tensor

    def __init__(
        self,
        dims: Mapping[str, int],
        *,
        modalities: Sequence[str] | str = MODALITIES,
        face_width: int = 256,
        audio_width: int = 128,
        audio_kernel: float = 0.02,
        tcn: bool = False,
        fusion: Literal["frames", "tokens"] = "frames",
        fusion_hidden: int = 256,
        width: int = 128,
        layers: int = 4,
        heads: int = 4,
        feed_forward: int = 128,
        head_hidden: int = 64,
        dropout: float = 0.3,
        deviations: bool = False,
        input_dropout: float = 0.0,
        weights: Sequence[float] | Literal["published", "none"] = "published",
        weigh: Literal["units", "positives"] = "units",
    ) -> None:
        """Build the parts.

        Args:
            dims: stream name -> feature width.
            modalities: which streams are read; one may be written without a list.
            face_width: width of the face's embedding, or of its TCN's first levels.
            audio_width: the same of the sound.
            audio_kernel: seconds, standard deviation of the mean of audio steps around each frame.
            tcn: whether TCNs embed the streams, as in the group's repository, or linear maps.
            fusion: a token a frame (``frames``, repository) or a token a frame and modality (``tokens``).
            fusion_hidden: width between the two maps before the encoder; ``frames`` only.
            width: of the encoder.
            layers: of the encoder.
            heads: attention heads of the encoder.
            feed_forward: hidden width of its feed-forward parts.
            head_hidden: hidden width of the MLP.
            dropout: in encoder and TCNs.
            deviations, input_dropout: as in ``ObservedFeatures``.
            weights: twelve numbers against the imbalance of units, those ``published`` for Aff-Wild2, or ``none``.
            weigh: whether a weight scales both sides of its ``units``'s loss (released code) or its ``positives``.

        Raises:
            UserError: an option has a value that does not exist or does not fit.
        """
        super().__init__()
        for option, value, known in (("fusion", fusion, _FUSIONS), ("weigh", weigh, _WEIGHINGS)):
            if value not in known:
                raise unknown_name(f"value of model.{option}", str(value), known)
        if width % heads:
            raise UserError(f"model.heads is {heads}, which does not divide model.width, {width}; choose another.")
        names = _known_modalities([modalities] if isinstance(modalities, str) else modalities, dims)
        self.streams = nn.ModuleDict()
        widths: dict[str, int] = {}
        for name in names:
            kernel = audio_kernel if name == "audio" else 0.0
            observed = ObservedFeatures(dims[name], MAX_GAP[name], kernel, deviations, input_dropout)
            own = face_width if name == "face" else audio_width
            embed = Convolutions(observed.width, own, dropout) if tcn else Projection(observed.width, own)
            self.streams[name] = FrameEmbedding(observed, embed)
            widths[name] = embed.width
        self.fusion: FrameFusion | TokenFusion
        if fusion == "frames":
            self.fusion = FrameFusion(widths, fusion_hidden, width, layers, heads, feed_forward, dropout)
        else:
            self.fusion = TokenFusion(widths, width, layers, heads, feed_forward, dropout)
        self.hidden = nn.Linear(width, head_hidden, bias=False)  # batch norm would take a bias out again
        self.norm = MaskedBatchNorm(head_hidden)
        self.out = nn.Linear(head_hidden, _UNITS)
        self.weigh = weigh
        self.register_buffer("weight", torch.tensor(_weights(weights)), persistent=False)

    def forward(self, batch: Batch) -> Outputs:
        """Predict the logits (B, T, 12) of every frame."""
        mask = batch.frame_mask
        times = torch.where(mask, batch.frame_times, 0.0)
        features: dict[str, Tensor] = {}
        covered: dict[str, Tensor] = {}
        for name, embed in self.streams.items():
            features[name], covered[name] = embed(batch.streams[name], times, mask)
        hidden = self.hidden(self.fusion(features, covered, times, mask))
        return Outputs({"au": self.out(torch.relu(self.norm(hidden, mask)))})

    def loss(self, outputs: Outputs, batch: Batch) -> Losses:
        """``bce``: weighted binary cross-entropy over the valid frames."""
        arguments = (outputs.heads["au"], batch.labels["au"], batch.valid["au"])
        if self.weigh == "units":
            return {"bce": masked_bce(*arguments, unit_weight=self.weight)}
        return {"bce": masked_bce(*arguments, positive_weight=self.weight)}


def _weights(weights: Sequence[float] | str) -> list[float]:
    if isinstance(weights, str):
        if weights not in _WEIGHTS:
            raise unknown_name("value of model.weights", weights, _WEIGHTS)
        return list(_WEIGHTS[weights])
    if len(weights) != _UNITS or min(weights) <= 0:
        raise UserError(f"model.weights is {list(weights)}; expected {_UNITS} positive numbers, published, or none.")
    return [float(weight) for weight in weights]


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
