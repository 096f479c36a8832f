"""Image backbones that learn with the rest: the paper's Swin Transformer, and a small net for two CPU cores."""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor, nn

from benchmark.layers.expression_net import WIDTHS, ExpressionNet
from benchmark.layers.norm import MaskedBatchNorm

#: Mean and deviation of RGB in 0..1 (code).
MEAN: Final = (0.577, 0.4494, 0.4001)
DEVIATION: Final = (0.2628, 0.2395, 0.2383)
#: Constant of the batch norms after a backbone (code).
EPSILON: Final = 2e-5


class SwinBackbone(nn.Module):
    """Swin Transformer with patches of 2 px on crops of 112 px (code)."""

    dim = 768
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
        self.dim = self.encoder.num_features
        for name, values in (("mean", MEAN), ("deviation", DEVIATION)):
            self.register_buffer(name, 255 * torch.tensor(values).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, 112, 112) RGB in 0..255 -> (N, 768)."""
        result: Tensor = self.encoder(pixel_values=(images - self.mean) / self.deviation).pooler_output
        return result


class SmallBackbone(ExpressionNet):
    """The expression net that ships with the package, down to its 256 pooled features.

    Its published weights learned expressions from single pictures, which is how the paper's backbone starts too.
    """

    dim = WIDTHS[-1]

    def __init__(self) -> None:
        """Build with random weights."""
        super().__init__()
        del self.classifier  # of seven expressions; the clip has its own

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, H, W) RGB in 0..255, H and W multiples of 16 -> (N, 256)."""
        return self.pooled(images.contiguous(memory_format=torch.channels_last))


BACKBONES: Final[dict[str, type[SwinBackbone] | type[SmallBackbone]]] = {"swin": SwinBackbone, "small": SmallBackbone}


class FeatureLayer(nn.Module):
    """What stands between backbone and clip (code): two linear maps, each normalised; or the last norm alone."""

    def __init__(self, width: int, out: int | None) -> None:
        """Build for features of ``width``; without ``out`` there are no maps and the width stays."""
        super().__init__()
        self.out = width if out is None else out
        self.maps = (
            nn.ModuleList()
            if out is None
            else nn.ModuleList(nn.Linear(width, after, bias=False) for after in (width, out))
        )
        self.norms = nn.ModuleList(
            MaskedBatchNorm(after, eps=EPSILON) for after in ([width] if out is None else [width, out])
        )

    def forward(self, features: Tensor) -> Tensor:
        """(N, width) -> (N, out); batch statistics are those of the N real frames."""
        every = torch.ones(len(features), dtype=torch.bool, device=features.device)
        if not self.maps:
            result: Tensor = self.norms[0](features, every)
            return result
        for linear, norm in zip(self.maps, self.norms, strict=True):
            features = norm(linear(features), every)
        return features
