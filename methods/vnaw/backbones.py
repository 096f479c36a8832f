"""Image backbones that learn with the rest: the paper's Swin Transformer, and a small net for two CPU cores."""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor, nn

from benchmark.layers.expression_net import ExpressionNet
from benchmark.layers.norm import MaskedBatchNorm

#: Mean and deviation of RGB in 0..1 (code).
MEAN: Final = (0.577, 0.4494, 0.4001)
DEVIATION: Final = (0.2628, 0.2395, 0.2383)
#: Constant of the batch norms of the feature layer (code).
EPSILON: Final = 2e-5


class SwinBackbone(nn.Module):
    """Swin Transformer with patches of 2 px on crops of 112 px and a feature layer of two normalised maps (code)."""

    dim = 512
    mean: Tensor
    deviation: Tensor

    def __init__(self, **sizes: Any) -> None:
        """Build with random weights; ``sizes`` replace those of the paper, for tests."""
        from transformers import SwinConfig, SwinModel

        super().__init__()
        settings = {
            "image_size": 112,
            "patch_size": 2,
            "embed_dim": 96,
            "depths": [2, 2, 6, 2],
            "num_heads": [3, 6, 12, 24],
            "window_size": 7,
            "drop_path_rate": 0.1,
            "attention_probs_dropout_prob": 0.1,
        } | sizes
        self.encoder = SwinModel(SwinConfig(**settings))
        width = self.encoder.num_features
        self.first, self.second = nn.Linear(width, width, bias=False), nn.Linear(width, self.dim, bias=False)
        self.first_norm, self.second_norm = MaskedBatchNorm(width, eps=EPSILON), MaskedBatchNorm(self.dim, eps=EPSILON)
        for name, values in (("mean", MEAN), ("deviation", DEVIATION)):
            self.register_buffer(name, 255 * torch.tensor(values).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, 112, 112) RGB in 0..255 -> (N, 512)."""
        pooled = self.encoder(pixel_values=(images - self.mean) / self.deviation).pooler_output
        every = torch.ones(len(pooled), dtype=torch.bool, device=pooled.device)
        result: Tensor = self.second_norm(self.second(self.first_norm(self.first(pooled), every)), every)
        return result


class SmallBackbone(nn.Module):
    """The expression net that ships with the package: its seven logits, normalised as the paper's features are.

    Its published weights are those of a net trained on single pictures of expressions, which is how the paper's
    backbone starts too.
    """

    dim = 7

    def __init__(self) -> None:
        """Build with random weights."""
        super().__init__()
        self.net = ExpressionNet()
        self.norm = MaskedBatchNorm(self.dim, eps=EPSILON)

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, H, W) RGB in 0..255, H and W multiples of 16 -> (N, 7)."""
        logits = self.net.classifier(self.net.pooled(images.contiguous(memory_format=torch.channels_last)))
        result: Tensor = self.norm(logits, torch.ones(len(logits), dtype=torch.bool, device=logits.device))
        return result


BACKBONES: Final[dict[str, type[SwinBackbone] | type[SmallBackbone]]] = {"swin": SwinBackbone, "small": SmallBackbone}
