"""Soft prompts: face and sound of a clip, fused, and nine regions in words that the face feature must resemble."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from benchmark.contract import Batch, Losses, Outputs
from benchmark.errors import UserError, unknown_name
from benchmark.layers.align import gaussian, linear
from benchmark.layers.deviation import with_deviation
from benchmark.layers.losses import ccc_loss
from benchmark.tasks import Task
from methods.soft_prompt.clips import clip_rows, take
from methods.soft_prompt.fusion import FUSIONS, GATE_INPUTS, Fusion
from methods.soft_prompt.regions import Labels, RegionHead, masked_kl, prompts, prototypes, region_labels
from methods.soft_prompt.temporal import TEMPORAL, make_temporal

#: Seconds after which the last sight of the face, or the last sound, no longer counts (inferred).
MAX_GAP = {"face": 0.5, "audio": 0.5}
_LABELS = ("distance", "hard")


def build(task: Task, dims: Mapping[str, int], **options: Any) -> nn.Module:
    """Make the network for ``task`` ("va") and streams of ``dims`` features; ``options`` as in ``SoftPrompt``.

    Raises:
        UserError: the task is not ``va``, or an option has a value that does not exist or does not fit.
    """
    if task.key != "va":
        raise UserError(f'soft_prompt predicts valence and arousal only, not "{task.key}"; use --task va')
    return SoftPrompt(dims, **options)


class SoftPrompt(nn.Module):
    """Valence and arousal of each frame from a clip of face and sound that ends with it or lies around it."""

    prompts: Tensor

    def __init__(
        self,
        dims: Mapping[str, int],
        *,
        width: int = 256,
        temporal: str = "gru",
        hidden: int = 256,
        levels: int = 2,
        kernel: int = 3,
        fusion: str = "cross_attn_gated",
        gate_with: str = "image",
        heads: int = 4,
        feed_forward: int = 1024,
        head_hidden: int = 128,
        dropout: float = 0.1,
        head_dropout: float = 0.2,
        clip_seconds: float = 10.0,
        clip_steps: int = 20,
        audio_steps: int = 20,
        audio_reach: float = 0.25,
        causal: bool = True,
        labels: Labels = "distance",
        sigma: float = 0.45,
        kl_weight: float = 0.2,
        logit_scale: float = 10.0,
        frozen_prompts: bool = False,
        prompt_width: int = 512,
        deviations: bool = False,
        input_dropout: float = 0.0,
    ) -> None:
        """Build the parts.

        Args:
            dims: stream name -> feature width.
            width: width of both sequences.
            temporal: ``gru`` (paper) or ``tcn`` (released code).
            hidden: GRU units a direction, or channels of the TCN.
            levels, kernel: blocks and taps of the TCN.
            fusion: ``cross_attn_gated``, ``cross_attn`` or ``gated``.
            gate_with: as in ``Fusion``.
            heads, feed_forward: of the cross-attention.
            head_hidden: hidden width of the head.
            dropout, head_dropout: in temporal models and fusion; in the head.
            clip_seconds: length of a clip.
            clip_steps, audio_steps: steps of face and sound in a clip.
            audio_reach: deviation of the Gaussian that averages the sound around a step, seconds.
            causal: whether a clip ends with its frame (the entry) or lies around it.
            labels, sigma: as in ``region_labels``.
            kl_weight: weight of the KL term; lambda of the paper.
            logit_scale, frozen_prompts, prompt_width: as in ``RegionHead``.
            deviations: also read the features less their mean over the window.
            input_dropout: share of the features that a training step does not see.

        Raises:
            UserError: an option has a value that does not exist or does not fit.
        """
        super().__init__()
        for option, value, known in (
            ("temporal", temporal, TEMPORAL),
            ("fusion", fusion, FUSIONS),
            ("gate_with", gate_with, GATE_INPUTS),
            ("labels", labels, _LABELS),
        ):
            if value not in known:
                raise unknown_name(f"value of model.{option}", str(value), known)
        if width % heads:
            raise UserError(f"model.heads is {heads}, which does not divide model.width {width}")
        if sigma <= 0:
            raise UserError(f"model.sigma is {sigma}; expected a positive distance in the valence-arousal plane")
        self.clip_seconds, self.causal = clip_seconds, causal
        self.clip_steps, self.audio_steps, self.audio_reach = clip_steps, audio_steps, audio_reach
        self.label_kind, self.sigma, self.kl_weight = labels, sigma, kl_weight
        self.deviations = deviations
        self.drop = nn.Dropout(input_dropout)
        copies = 2 if deviations else 1
        sizes = (width, hidden, levels, kernel)
        self.image_in = nn.Linear(copies * dims["face"], width)
        self.audio_in = nn.Linear(copies * dims["audio"], width)
        self.image_temporal = make_temporal(temporal, sizes, dropout)
        self.audio_temporal = make_temporal(temporal, sizes, dropout)
        self.fusion = Fusion(fusion, gate_with, width, heads, feed_forward, dropout)
        self.head = nn.Sequential(
            nn.Linear(width, head_hidden), nn.ReLU(), nn.Dropout(head_dropout), nn.Linear(head_hidden, 2)
        )
        self.regions = RegionHead(width, prompt_width, dims["face"], logit_scale, frozen_prompts)
        # not a number until the harness fills them in, so that a forgotten text encoder cannot go unseen
        self.register_buffer("prompts", torch.full((len(prompts()), prompt_width), torch.nan))

    def texts(self) -> dict[str, tuple[str, ...]]:
        """The sentences that the harness embeds once, by the buffer that receives them."""
        return {"prompts": prompts()}

    def forward(self, batch: Batch) -> Outputs:
        """Predict V and A (B, T, 2) of every frame.

        Extras: ``regions`` (B, T, 9) logits, ``sighted`` (B, T) where a clip shows a face, and, with a gate, its mean
        ``gate`` (B, T) in [0, 1].
        """
        mask = batch.frame_mask
        times = torch.where(mask, batch.frame_times, 0.0)
        face = linear(batch.streams["face"], times, mask, MAX_GAP["face"])
        audio = gaussian(batch.streams["audio"], times, mask, self.audio_reach, MAX_GAP["audio"])
        rows = clip_rows(times, mask, self.clip_seconds, self.clip_steps, self.causal)
        audio_rows = clip_rows(times, mask, self.clip_seconds, self.audio_steps, self.causal)
        seen = take(face.covered.unsqueeze(-1), rows).squeeze(-1)
        heard = take(audio.covered.unsqueeze(-1), audio_rows).squeeze(-1)
        image = self.image_temporal(take(self.image_in(self._input(face.values, face.covered)), rows), seen)
        sound = self.audio_temporal(take(self.audio_in(self._input(audio.values, audio.covered)), audio_rows), heard)
        fused, gate = self.fusion(image, sound, heard)
        shape = mask.shape
        affect = self.head(fused.mean(1)).unflatten(0, shape)
        shown = take(face.values, rows).mean(1) if self.regions.frozen else image.mean(1)
        logits = self.regions(shown, prototypes(self.prompts)).unflatten(0, shape)
        extras = {"regions": logits, "sighted": seen.any(1).unflatten(0, shape)}
        if gate is not None:
            extras["gate"] = gate.detach().mean((1, 2)).unflatten(0, shape)
        return Outputs({"va": affect}, extras)

    def loss(self, outputs: Outputs, batch: Batch) -> Losses:
        """``ccc``: (1 - CCC) of valence plus that of arousal; ``kl``: from the regions of the label to those seen."""
        prediction, target, valid = outputs.heads["va"], batch.labels["va"], batch.valid["va"]
        wanted = region_labels(target, self.sigma, self.label_kind)
        kl = masked_kl(wanted, outputs.extras["regions"], valid & outputs.extras["sighted"])
        return {"ccc": 2 * ccc_loss(prediction, target, valid), "kl": self.kl_weight * kl}

    def _input(self, values: Tensor, covered: Tensor) -> Tensor:
        result: Tensor = self.drop(with_deviation(values, covered) if self.deviations else values)
        return result
