"""Image towers that stage 1 fine-tunes: the paper's CLIP, and a small net for machines without a GPU."""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor, nn

from benchmark.layers.expression_net import ExpressionNet
from benchmark.tasks import HEADS

#: Images that go through a tower at a time when nothing is learned, so that memory does not grow with the window.
CHUNK = 64


class ClipTower(nn.Module):
    """CLIP ViT-B/16 with its projection, by the names of the published weights (Radford et al. 2021)."""

    dim = 512
    side = 224
    mean: Tensor
    deviation: Tensor

    def __init__(self, **sizes: Any) -> None:
        """Build with random weights; ``sizes`` replace those of ViT-B/16, for tests."""
        from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

        super().__init__()
        settings = {"hidden_size": 768, "intermediate_size": 3072, "patch_size": 16, "image_size": 224} | sizes
        inner = CLIPVisionModelWithProjection(CLIPVisionConfig(projection_dim=self.dim, **settings))
        self.vision_model, self.visual_projection = inner.vision_model, inner.visual_projection
        scale = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
        for name, values in zip(("mean", "deviation"), scale, strict=True):
            self.register_buffer(name, 255 * torch.tensor(values).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, 224, 224) RGB in 0..255 -> (N, 512)."""
        pooled = self.vision_model(pixel_values=(images - self.mean) / self.deviation).pooler_output
        result: Tensor = self.visual_projection(pooled)
        return result


class SmallTower(ExpressionNet):
    """The offline expression net with its seven logits as projected features; 1/250 of CLIP's parameters."""

    dim = 7

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, H, W) RGB in 0..255, H and W multiples of 16 -> (N, 7)."""
        result: Tensor = self.classifier(self.pooled(images))
        return result


TOWERS: Final[dict[str, type[ClipTower] | type[SmallTower]]] = {"clip_vit_b16": ClipTower, "small": SmallTower}


class ExpressionHead(nn.Module):
    """What the tower learns expressions with: layer norm, because towers differ in scale, and a linear map."""

    def __init__(self, width: int) -> None:
        """Build for features of ``width``; starts with nearly even probabilities."""
        super().__init__()
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, HEADS["expr"].width)
        nn.init.normal_(self.out.weight, std=0.01)
        nn.init.zeros_(self.out.bias)

    def forward(self, features: Tensor) -> Tensor:
        """(..., width) -> (..., 8) logits."""
        logits: Tensor = self.out(self.norm(features))
        return logits


def run_tower(tower: nn.Module, images: Tensor, seen: Tensor, width: int) -> Tensor:
    """Features of the frames that were seen: (B, T, 3, H, W) and (B, T) -> (B, T, width), zero elsewhere."""
    shown = images[seen].float()
    step = len(shown) if torch.is_grad_enabled() else CHUNK
    parts = [tower(part) for part in shown.split(max(step, 1))] if len(shown) else []
    features = images.new_zeros((*seen.shape, width), dtype=torch.float32)
    return features.masked_scatter(seen.unsqueeze(-1), torch.cat(parts)) if parts else features
