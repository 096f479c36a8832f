"""The masked autoencoder of this entry."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from mae_examples import SIDE, TINY, WIDTH
from torch import Tensor, nn
from torch.nn import functional

from methods.mae_curriculum.pixels import Augmentation, normalise, to_bytes, to_unit
from methods.mae_curriculum.settings import FaceSettings
from methods.mae_curriculum.vit import FaceViT, MaskedFaces, positions_2d


def test_fixed_positions_have_the_published_layout_and_are_no_parameters() -> None:
    """MAE's weights: first half sines and cosines of the column, second half of the row, zeros for the class token."""
    grid, width = 3, 8
    table = positions_2d(grid, width)[0]
    assert torch.equal(table[0], torch.zeros(width))
    for row in range(grid):
        for column in range(grid):
            wanted = []
            for place in (column, row):
                for function in (math.sin, math.cos):
                    wanted += [function(place * 10000 ** (-2 * k / (width // 2))) for k in range(width // 4)]
            torch.testing.assert_close(table[1 + row * grid + column], torch.tensor(wanted))
    mae = MaskedFaces(SIDE, FaceSettings(**_face()))
    assert not [name for name, _ in mae.named_parameters() if "pos" in name]
    assert bool(mae.net.decoder.decoder_pos_embed.any())
    assert bool(mae.net.vit.embeddings.position_embeddings.any())


def _face(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in (TINY | options).items() if name in FaceSettings.__dataclass_fields__}


def test_the_loss_is_the_squared_error_over_hidden_patches_only() -> None:
    torch.manual_seed(0)
    mae = MaskedFaces(SIDE, FaceSettings(**_face(normalise_patches=False))).eval()
    images = torch.randn(3, 3, SIDE, SIDE)
    result = mae(images)
    assert result.hidden.mean().item() == pytest.approx(0.75)
    error = (result.images - images).square() * result.hidden
    torch.testing.assert_close(result.loss, error.sum() / (result.hidden.sum() * 3))
    kept = (1 - result.hidden).bool().expand_as(images)
    assert torch.equal(result.images[kept], images[kept])


def test_normalised_patches_come_back_in_their_own_mean_and_deviation() -> None:
    torch.manual_seed(0)
    mae = MaskedFaces(SIDE, FaceSettings(**_face(normalise_patches=True))).eval()
    images = torch.randn(2, 3, SIDE, SIDE) * 0.1 + 5
    result = mae(images)
    hidden = result.hidden.bool().expand_as(images)
    assert (result.images[hidden] - 5).abs().max() < 1  # not about 0, where the decoder's own output lies


def test_hidden_patches_are_drawn_anew_in_training_and_fixed_otherwise() -> None:
    torch.manual_seed(0)
    mae, images = MaskedFaces(SIDE, FaceSettings(**_face())), torch.randn(4, 3, SIDE, SIDE)
    first, second = (mae.train()(images).hidden for _ in range(2))
    assert not torch.equal(first, second)
    assert not torch.equal(first[0], first[1])
    fixed = mae.eval()(images).hidden
    assert torch.equal(fixed, mae(images).hidden)
    assert torch.equal(fixed[0], fixed[1])


def test_hidden_pixels_do_not_reach_the_encoder() -> None:
    torch.manual_seed(0)
    mae, images = (
        MaskedFaces(SIDE, FaceSettings(**_face(normalise_patches=False))).eval(),
        torch.randn(1, 3, SIDE, SIDE),
    )
    result = mae(images)
    changed = torch.where(result.hidden.bool(), images + 9, images)
    hidden = result.hidden.bool().expand_as(images)
    torch.testing.assert_close(mae(changed).images[hidden], result.images[hidden])


def test_pretraining_learns_to_reconstruct_what_images_have_in_common() -> None:
    torch.manual_seed(0)
    mae = MaskedFaces(SIDE, FaceSettings(**_face(normalise_patches=False, decoder_width=16)))
    draw = torch.Generator().manual_seed(1)
    ramp = torch.linspace(-1, 1, SIDE)

    def images(count: int) -> Tensor:
        """A slope of random colour and height: any patch tells it, but where a patch lies has to be known."""
        colour = torch.randn(count, 3, 1, 1, generator=draw)
        return (colour * (ramp[:, None] + 0.5 * ramp)).contiguous()

    optimizer = torch.optim.Adam(mae.parameters(), lr=3e-3)
    before = mae.eval()(images(32)).loss.item()
    mae.train()
    for _ in range(150):
        optimizer.zero_grad()
        mae(images(16)).loss.backward()
        optimizer.step()
    assert mae.eval()(images(32)).loss.item() < 0.3 * before


def test_the_face_encoder_takes_over_the_pretrained_blocks_and_pools_their_tokens() -> None:
    torch.manual_seed(0)
    settings = FaceSettings(**_face())
    mae, face, images = MaskedFaces(SIDE, settings), FaceViT(SIDE, settings).eval(), torch.randn(3, 3, SIDE, SIDE)
    before = face(images)
    face.start_from(mae)
    after = face(images)
    assert not torch.allclose(before, after)
    vit = mae.net.vit.eval()
    vit.config.mask_ratio = 0.0
    order = torch.arange(16).float().expand(3, -1)
    tokens, _, _ = vit.embeddings(images, noise=order)
    for layer in vit.layers:
        tokens = layer(tokens)
    torch.testing.assert_close(after, functional.layer_norm(tokens[:, 1:].mean(1), (WIDTH,), eps=1e-6))


def test_drop_path_keeps_the_mean_and_acts_in_training_only() -> None:
    torch.manual_seed(0)
    face = FaceViT(SIDE, FaceSettings(**_face(depth=1, drop_path=0.0)))
    face.drop, face.norm = [0.5], nn.Identity()
    image = torch.randn(1, 3, SIDE, SIDE)
    whole = face.eval()(image)
    several = face.train()(image.expand(2000, -1, -1, -1))
    assert len(several.round(decimals=4).unique(dim=0)) == 2
    torch.testing.assert_close(several.mean(0, keepdim=True), whole, atol=0.05, rtol=0.1)


def test_pixels_there_and_back_and_augmentation_off_in_eval() -> None:
    images = torch.randint(0, 256, (4, 3, SIDE, SIDE)).to(torch.uint8)
    assert torch.equal(to_bytes(normalise(to_unit(images))), images)
    change = Augmentation()
    assert torch.equal(change.eval()(to_unit(images)), to_unit(images))
    moved = change.train()(to_unit(images))
    assert moved.shape == images.shape
    assert 0 <= moved.min() <= moved.max() <= 1
    assert not torch.allclose(moved, to_unit(images))


def test_augmentation_moves_a_blob_by_no_more_than_was_released() -> None:
    """A centred blob stays within a fifth of the side (crop and move) and half of them are mirrored."""
    torch.manual_seed(0)
    images = torch.zeros(400, 3, 40, 40)
    images[:, :, 18:22, 24:28] = 1
    moved = Augmentation().train()(images).mean(1)
    columns = (moved.sum(1) * torch.arange(40)).sum(1) / moved.sum((1, 2))
    rows = (moved.sum(2) * torch.arange(40)).sum(1) / moved.sum((1, 2))
    assert (rows - 19.5).abs().max() < 13
    assert 0.4 < (columns < 19.5).float().mean() < 0.6
