"""Three parallel TCNs a modality, cross-modal attention with a gate, and a regressor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import torch
from torch import Tensor, nn

from benchmark.contract import Batch, Losses, Outputs
from benchmark.errors import UserError, unknown_name
from benchmark.layers.losses import ccc_loss, masked_mse, windowed_ccc_loss
from benchmark.layers.observed import ObservedFeatures
from benchmark.tasks import HEADS, Task
from methods.tcn_xattn.fusion import Concatenation, GatedCrossAttention
from methods.tcn_xattn.temporal import ParallelTCN

MODALITIES: Final = ("face", "audio_vggish", "audio_logmel")
#: Seconds after which the last observation of a modality no longer counts (inferred).
MAX_GAP: Final = {"face": 0.5, "audio_vggish": 0.3, "audio_logmel": 0.3}
_FUSIONS: Final = ("cross_attention", "concatenation")
_LOSSES: Final = ("window", "pooled")


def build(task: Task, dims: Mapping[str, int], **options: Any) -> nn.Module:
    """Make the network for ``task`` ("va") and streams of ``dims`` features; ``options`` as in ``TcnXattn``.

    Raises:
        UserError: the task is not ``va``, or an option has a value that does not exist or does not fit.
    """
    if task.key != "va":
        raise UserError(f'tcn_xattn predicts valence and arousal only, not "{task.key}"; use --task va')
    return TcnXattn(dims, **options)


class TcnXattn(nn.Module):
    """Valence and arousal of each frame from the face and two views of the sound."""

    def __init__(
        self,
        dims: Mapping[str, int],
        *,
        modalities: Sequence[str] | str = MODALITIES,
        kernels: Sequence[int] | int = (3, 5, 7),
        levels: int = 4,
        face_width: int = 128,
        audio_width: int = 64,
        encoded: int = 64,
        causal: bool = True,
        fusion: Literal["cross_attention", "concatenation"] = "cross_attention",
        width: int = 256,
        heads: int = 4,
        hidden: int = 64,
        dropout: float = 0.1,
        attention_dropout: float = 0.0,
        deviations: bool = False,
        input_dropout: float = 0.0,
        loss: Literal["window", "pooled"] = "window",
        mse_weight: float = 0.0,
    ) -> None:
        """Build the parts.

        Args:
            dims: stream name -> feature width.
            modalities: which streams are read; one may be written without a list.
            kernels: taps of the parallel TCNs of every modality; one may be written without a list.
            levels: blocks of each TCN.
            face_width: channels of the face's TCNs.
            audio_width: channels of each audio stream's TCNs.
            encoded: width of every modality after its TCNs.
            causal: whether the TCNs see only the past.
            fusion: ``cross_attention`` with a gate (code) or ``concatenation`` (abstract). Attention needs the face
                and an audio stream; what remains of fewer modalities is concatenated.
            width: width in which modalities meet.
            heads: attention heads.
            hidden: hidden width of the regressor.
            dropout: in the TCNs.
            attention_dropout: of attention weights.
            deviations, input_dropout: as in ``ObservedFeatures``.
            loss: CCC of each ``window``, averaged (code), or ``pooled`` over the windows of a batch.
            mse_weight: weight of a squared-error term.

        Raises:
            UserError: an option has a value that does not exist or does not fit.
        """
        super().__init__()
        for option, value, known in (("fusion", fusion, _FUSIONS), ("loss", loss, _LOSSES)):
            if value not in known:
                raise unknown_name(f"value of model.{option}", str(value), known)
        if width % heads:
            raise UserError(f"model.heads is {heads}, which does not divide model.width, {width}; choose another.")
        taps = (kernels,) if isinstance(kernels, int) else tuple(kernels)
        if not taps or min(taps) < 1:
            raise UserError(f"model.kernels is {list(taps)}; expected one or more widths of at least 1.")
        names = _known_modalities([modalities] if isinstance(modalities, str) else modalities, dims)
        self.loss_kind, self.mse_weight = loss, mse_weight
        self.inputs = nn.ModuleDict()
        self.temporal = nn.ModuleDict()
        for name in names:
            observed = ObservedFeatures(dims[name], MAX_GAP[name], 0.0, deviations, input_dropout)
            channels = [face_width if name == "face" else audio_width] * levels
            self.inputs[name] = observed
            self.temporal[name] = ParallelTCN(observed.width, channels, taps, encoded, dropout, causal)
        audio = [name for name in names if name != "face"]
        self.fusion: GatedCrossAttention | Concatenation
        if fusion == "cross_attention" and "face" in names and audio:
            self.fusion = GatedCrossAttention("face", audio, encoded, width, heads, attention_dropout)
        else:
            self.fusion = Concatenation(names, encoded, width)
        self.regressor = nn.Sequential(
            nn.Linear(self.fusion.width, hidden), nn.LayerNorm(hidden), nn.GELU(), nn.Linear(hidden, 2)
        )

    def forward(self, batch: Batch) -> Outputs:
        """Predict V and A (B, T, 2) of every frame; extra ``gate`` (B, T) with cross-attention."""
        mask = batch.frame_mask
        times = torch.where(mask, batch.frame_times, 0.0)
        features: dict[str, Tensor] = {}
        covered: dict[str, Tensor] = {}
        for name, observe in self.inputs.items():
            values, covered[name] = observe(batch.streams[name], times, mask)
            features[name] = self.temporal[name](values, mask)
        fused, extras = self.fusion(features, covered)
        return Outputs({"va": torch.tanh(self.regressor(fused))}, extras)

    def loss(self, outputs: Outputs, batch: Batch) -> Losses:
        """``ccc_valence`` and ``ccc_arousal``, both of weight 1 (code), and ``mse`` if it has a weight."""
        prediction, target, valid = outputs.heads["va"], batch.labels["va"], batch.valid["va"]
        if self.loss_kind == "window":
            each = windowed_ccc_loss(prediction, target, valid).unbind()
        else:
            each = tuple(ccc_loss(prediction[..., k : k + 1], target[..., k : k + 1], valid) for k in range(2))
        terms = {f"ccc_{name}": term for name, term in zip(HEADS["va"].names, each, strict=True)}
        if self.mse_weight > 0:
            terms["mse"] = self.mse_weight * masked_mse(prediction, target, valid)
        return terms


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
