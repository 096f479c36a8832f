"""Nine regions of the valence-arousal plane, what each looks like in words, and how near a label is to each."""

from __future__ import annotations

from typing import Final, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import log_softmax, normalize, one_hot

Labels = Literal["distance", "hard"]

#: Valence first, then arousal, each from low to high; wording of the released code.
STATES: Final = (
    "sad, tired, and low-energy",
    "displeased and uncomfortable",
    "angry, tense, and highly aroused",
    "calm, expressionless, and low-energy",
    "neutral and emotionally ordinary",
    "alert, attentive, and emotionally neutral",
    "relaxed, content, and pleasant",
    "happy and pleasant",
    "excited, joyful, and energetic",
)
TEMPLATES: Final = ("a photo of a person who looks {}", "a face showing {}", "a facial expression of {}")
LEVELS: Final = (-0.66, 0.0, 0.66)


def prompts() -> tuple[str, ...]:
    """The 27 sentences, the three templates of a state next to each other."""
    return tuple(template.format(state) for state in STATES for template in TEMPLATES)


def prototypes(embeddings: Tensor) -> Tensor:
    """(27, D) embeddings of ``prompts()`` -> (9, D) unit vectors: normalise, average a state's three, normalise."""
    return normalize(normalize(embeddings, dim=-1).unflatten(0, (len(STATES), len(TEMPLATES))).mean(1), dim=-1)


def region_labels(affect: Tensor, sigma: float, kind: Labels) -> Tensor:
    """Share of each region in a label: (..., 2) valence and arousal -> (..., 9), which sums to 1.

    Args:
        sigma: width of the Gaussian over the distance to a region's centre, for ``kind="distance"``.
        kind: ``distance`` for shares by distance, ``hard`` for the nearest region alone.
    """
    levels = torch.tensor(LEVELS, dtype=affect.dtype, device=affect.device)
    centres = torch.cartesian_prod(levels, levels)
    squared = (affect.unsqueeze(-2) - centres).square().sum(-1)
    if kind == "hard":
        return one_hot(squared.argmin(-1), len(centres)).to(affect.dtype)
    return (-squared / (2 * sigma**2)).softmax(-1)


def masked_kl(target: Tensor, logits: Tensor, valid: Tensor) -> Tensor:
    """Mean over valid frames of KL(target || softmax(logits)), both (B, T, R); a connected 0 if none is valid."""
    log_share = log_softmax(logits.float(), dim=-1)
    divergence = (torch.xlogy(target, target) - target * log_share).sum(-1)
    return torch.where(valid, divergence, 0.0).sum() / valid.sum().clamp(min=1)


class RegionHead(nn.Module):
    """How much a feature resembles each region's words: ``scale * cos(W feature, prototype)``."""

    fixed: Tensor

    def __init__(self, width: int, prompt_width: int, raw_width: int, scale: float, frozen: bool) -> None:
        """Build the head.

        Args:
            width: width of the temporal feature.
            prompt_width: width of the text space.
            raw_width: width of the face feature as the encoder gives it.
            scale: what cosines are multiplied with.
            frozen: read the raw feature instead of the temporal one, with nothing to train in between, as in the
                released configuration. Where the face encoder has no common space with the text, a fixed random map
                stands for the missing one.
        """
        super().__init__()
        self.scale, self.frozen = scale, frozen
        self.map = None if frozen else nn.Linear(width, prompt_width)
        if frozen and raw_width != prompt_width:
            self.register_buffer("fixed", torch.randn(prompt_width, raw_width) / raw_width**0.5)

    def forward(self, feature: Tensor, regions: Tensor) -> Tensor:
        """Logits (..., 9) of a clip's feature.

        Args:
            feature: (..., width) temporal or, if ``frozen``, (..., raw_width) raw.
            regions: (9, prompt_width) unit vectors.
        """
        if self.map is not None:
            feature = self.map(feature)
        elif hasattr(self, "fixed"):
            feature = feature @ self.fixed.T
        logits: Tensor = self.scale * normalize(feature, dim=-1) @ regions.T
        return logits
