"""The vision transformer on face crops, and the masked autoencoder that pretrains it (He et al. 2022, 2111.06377).

Both are transformers' ViTMAE. Its fixed positions are set here and kept as buffers: a network that is built without a
checkpoint has zeros there (transformers 5.23), and then the decoder cannot tell one hidden patch from another.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import ViTMAEConfig, ViTMAEForPreTraining, ViTMAEModel

from methods.mae_curriculum.settings import FaceSettings


def positions_2d(grid: int, width: int) -> Tensor:
    """(1, 1 + grid * grid, width): sines and cosines of column, then of row, of each patch; zeros for the class token.

    The order is that of MAE's published weights (their rows and columns are swapped).
    """
    rates = 10000.0 ** -(torch.arange(width // 4, dtype=torch.float64) / (width // 4))
    rows, columns = torch.meshgrid(torch.arange(grid), torch.arange(grid), indexing="ij")
    parts = [
        function(place.flatten()[:, None] * rates) for place in (columns, rows) for function in (torch.sin, torch.cos)
    ]
    patches = torch.cat(parts, dim=1).float()
    return torch.cat([torch.zeros(1, width), patches]).unsqueeze(0).to(torch.get_default_device())


def _config(side: int, settings: FaceSettings) -> ViTMAEConfig:
    return ViTMAEConfig(
        image_size=side,
        patch_size=settings.patch,
        hidden_size=settings.width,
        num_hidden_layers=settings.depth,
        num_attention_heads=settings.vit_heads,
        intermediate_size=settings.expansion * settings.width,
        decoder_hidden_size=settings.decoder_width,
        decoder_num_hidden_layers=settings.decoder_depth,
        decoder_num_attention_heads=settings.decoder_heads,
        decoder_intermediate_size=settings.expansion * settings.decoder_width,
        mask_ratio=settings.mask_ratio,
        norm_pix_loss=settings.normalise_patches,
        layer_norm_eps=1e-6,
    )


def _fix_positions(module: nn.Module, name: str, grid: int) -> None:
    width = module.get_parameter(name).shape[-1]
    delattr(module, name)
    module.register_buffer(name, positions_2d(grid, width), persistent=False)


def _draw(module: nn.Module) -> None:
    """First weights as MAE's own code draws them; transformers' deviation of 0.02 is too small for narrow ones."""
    for part in module.modules():
        if isinstance(part, nn.Linear):
            nn.init.xavier_uniform_(part.weight)
            nn.init.zeros_(part.bias)


def _tokens(vit: ViTMAEModel, images: Tensor, drop: list[float], training: bool) -> Tensor:
    """Patch tokens (N, P, D) after all blocks, nothing hidden, before the last norm."""
    embeddings = vit.embeddings
    places = embeddings.position_embeddings
    patches = embeddings.patch_embeddings(images) + places[:, 1:]
    first = (embeddings.cls_token + places[:, :1]).expand(len(images), -1, -1)
    hidden = torch.cat([first, patches], dim=1)
    for layer, probability in zip(vit.layers, drop, strict=True):
        after = layer(hidden)
        if training and probability > 0:
            kept = torch.rand(len(images), 1, 1, device=images.device) >= probability
            after = hidden + (after - hidden) * kept / (1 - probability)
        hidden = after
    return hidden[:, 1:]


class FaceViT(nn.Module):
    """Crops to one feature each: the mean of the patch tokens, normalised (MAE's global pool and fc_norm)."""

    def __init__(self, side: int, settings: FaceSettings) -> None:
        """Build the encoder for crops of ``side`` pixels."""
        super().__init__()
        self.vit = ViTMAEModel(_config(side, settings))
        self.vit.layernorm = nn.Identity()  # fc_norm after pooling takes its place
        _draw(self.vit)
        _fix_positions(self.vit.embeddings, "position_embeddings", side // settings.patch)
        self.drop = torch.linspace(0, settings.drop_path, settings.depth, device="cpu").tolist()
        self.norm = nn.LayerNorm(settings.width, eps=1e-6)

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, side, side) normalised -> (N, width)."""
        result: Tensor = self.norm(_tokens(self.vit, images, self.drop, self.training).mean(1))
        return result

    def start_from(self, mae: MaskedFaces) -> None:
        """Take over the weights of a pretrained encoder."""
        self.vit.load_state_dict(
            {name: value for name, value in mae.net.vit.state_dict().items() if not name.startswith("layernorm.")}
        )


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """What the autoencoder makes of N crops.

    Attributes:
        loss: scalar, mean squared error over the pixels of the hidden patches, normalised a patch if so set.
        images: (N, 3, side, side), normalised like the input; the decoder's pixels where hidden, else the input's.
        hidden: (N, 1, side, side) float, 1 where a patch was hidden.
    """

    loss: Tensor
    images: Tensor
    hidden: Tensor


class MaskedFaces(nn.Module):
    """Masked autoencoder: sees a share of the patches of a crop, predicts the pixels of the others."""

    def __init__(self, side: int, settings: FaceSettings) -> None:
        """Build encoder and decoder for crops of ``side`` pixels."""
        super().__init__()
        self.net = ViTMAEForPreTraining(_config(side, settings))
        _draw(self.net)
        grid = side // settings.patch
        _fix_positions(self.net.vit.embeddings, "position_embeddings", grid)
        _fix_positions(self.net.decoder, "decoder_pos_embed", grid)
        self.patches, self.normalised = grid * grid, settings.normalise_patches

    def forward(self, images: Tensor) -> Reconstruction:
        """Hide and predict patches of (N, 3, side, side), N >= 1; random ones in training, else the same for all."""
        if self.training:
            noise = torch.rand(len(images), self.patches, device=images.device)
        else:  # a fixed pattern, so that an image is judged alone as in company
            order = torch.randperm(self.patches, generator=torch.Generator().manual_seed(0))
            noise = order.to(images.device).float().expand(len(images), -1)
        out = self.net(images, noise=noise)
        pixels = self.net.patchify(images)
        predicted = out.logits.detach()
        if self.normalised:
            predicted = predicted * pixels.var(-1, keepdim=True).add(1e-6).sqrt() + pixels.mean(-1, keepdim=True)
        hidden = out.mask.unsqueeze(-1)
        return Reconstruction(
            out.loss,
            self.net.unpatchify(torch.where(hidden > 0, predicted, pixels)),
            self.net.unpatchify(hidden.expand_as(pixels).contiguous())[:, :1],
        )

    def features(self, images: Tensor) -> Tensor:
        """(N, 3, side, side) -> (N, width): the mean of the patch tokens with nothing hidden."""
        vit = self.net.vit
        result: Tensor = vit.layernorm(_tokens(vit, images, [0.0] * len(vit.layers), False)).mean(1)
        return result
