"""What is particular to granularity alignment with Vision Mamba; the rules for every network are checked over all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from contract_batches import make_batch, without_streams
from torch.nn import functional

from benchmark.contract import Batch, Stream
from benchmark.encoders.catalogue import encoder_spec
from benchmark.errors import UserError
from benchmark.layers.class_weights import AFF_WILD2_AU_POSITIVE
from benchmark.presets import load_presets
from benchmark.tasks import get_task
from methods.hga_mamba.audio_visual import GatedCrossAttention
from methods.hga_mamba.granularity import GranularityAlignment, alignment_loss, most_similar
from methods.hga_mamba.model import HgaMamba, build

TOKENS, TOKEN = 10, 6
DIMS = {"face": TOKEN, "audio": 5}
SMALL: dict[str, Any] = {"tokens": TOKENS, "width": 16, "layers": 1, "d_state": 4, "expand": 1, "top_k": 3}


def _make(seed: int = 0, **options: Any) -> HgaMamba:
    torch.manual_seed(seed)
    model = build(get_task("au"), DIMS, **(SMALL | options))
    assert isinstance(model, HgaMamba)
    return model


def _batch(**options: Any) -> Batch:
    return make_batch({"face": (TOKENS, TOKEN), "audio": 5}, frozenset({"face"}), get_task("au"), **options)


def _logits(model: HgaMamba, batch: Batch) -> torch.Tensor:
    with torch.no_grad():
        return model.eval()(batch.without_labels()).heads["au"]  # type: ignore[no-any-return]


# --------------------------------------------------------------------------- granularity alignment
def test_active_patches_are_the_k_with_the_highest_cosine() -> None:
    draw = torch.Generator().manual_seed(0)
    whole, patches = torch.randn(5, 8, generator=draw), torch.randn(5, 9, 8, generator=draw)
    for frame, chosen in enumerate(most_similar(whole, patches, 4).tolist()):
        w = whole[frame] / whole[frame].norm()
        cosines = [float(w @ p / p.norm()) for p in patches[frame]]
        assert chosen == sorted(range(9), key=lambda i: -cosines[i])[:4]
    assert most_similar(whole, patches, 50).shape == (5, 9)


def test_only_active_patches_are_read_and_in_any_order() -> None:
    torch.manual_seed(0)
    layer = GranularityAlignment(8, 2, 3, 0.0)
    whole, patches = torch.randn(4, 8), torch.randn(4, 9, 8)
    fused, local, active = layer(whole, patches)
    idle = torch.ones(4, 9, dtype=torch.bool).scatter(1, active, False)
    less = torch.where(idle.unsqueeze(-1), -10 * whole.unsqueeze(1), patches)  # least similar there is
    torch.testing.assert_close(layer(whole, less)[0], fused)
    torch.testing.assert_close(layer(whole, patches.flip(1))[0], fused)
    moved = patches.clone()
    moved[0, active[0, 0]] *= 3  # the same direction, so the same choice
    assert not torch.allclose(layer(whole, moved)[0][0], fused[0])
    gate = layer.gate(torch.cat([whole, local], -1)).sigmoid()
    torch.testing.assert_close(fused, gate * whole + (1 - gate) * local)


def test_all_patches_active_is_torch_attention_from_the_global_token() -> None:
    torch.manual_seed(0)
    layer = GranularityAlignment(8, 2, 9, 0.0)
    whole, patches = torch.randn(4, 8), torch.randn(4, 9, 8)
    maps = layer.attention
    q, k, v = (
        part.unflatten(-1, (2, 4)).transpose(1, 2)
        for part in (maps.query(whole.unsqueeze(1)), maps.key(patches), maps.value(patches))
    )
    mixed = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
    torch.testing.assert_close(layer(whole, patches)[1], layer.norm(maps.out(mixed)).squeeze(1))


def test_alignment_loss_is_one_minus_cosine_over_frames_with_a_face() -> None:
    draw = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, 5, 4, generator=draw), torch.randn(2, 5, 4, generator=draw)
    mask = torch.rand(2, 5, generator=draw) < 0.6
    each = [1 - float(x @ y / x.norm() / y.norm()) for x, y in zip(a[mask], b[mask], strict=True)]
    assert alignment_loss(a, b, mask).item() == pytest.approx(sum(each) / len(each), rel=1e-5)
    assert alignment_loss(a, 3 * a, mask).item() == pytest.approx(0, abs=1e-6)
    assert alignment_loss(a, b, torch.zeros_like(mask)).item() == 0


def test_global_token_and_patches_come_from_their_places_in_the_stream() -> None:
    model, batch = _make(alignment=False, input_dropout=0.0), _batch(observed=1.0)
    face = batch.streams["face"]
    other = face.values.clone()
    other[:, :, 1:] = 0  # the patches
    moved = replace(batch, streams=batch.streams | {"face": Stream(other, face.times, face.mask)})
    assert torch.equal(_logits(model, batch), _logits(model, moved))
    full = _make()
    assert not torch.allclose(_logits(full, batch), _logits(full, moved))
    outputs = full.eval()(batch.without_labels())
    assert outputs.extras["active"].shape == (3, 24, 3)
    assert int(outputs.extras["active"].max()) < TOKENS - 1


def test_deviations_stand_beside_their_own_token() -> None:
    model, batch = _make(deviations=True).eval(), _batch(observed=1.0)
    values = batch.streams["face"].values
    whole = torch.cat([values[:, :, 0], values[:, :, 0] - values[:, :, 0].mean(1, keepdim=True)], -1)
    patch = torch.cat([values[:, :, 4], values[:, :, 4] - values[:, :, 4].mean(1, keepdim=True)], -1)
    tokens = model.face(batch.streams["face"], batch.frame_times, batch.frame_mask)
    assert model.face.patch is not None
    torch.testing.assert_close(tokens.whole, model.face.whole(whole), atol=1e-5, rtol=1e-4)
    expected = model.face.patch.projection(patch) + model.face.patch.place[3]
    torch.testing.assert_close(tokens.patches[:, :, 3], expected, atol=1e-5, rtol=1e-4)


# --------------------------------------------------------------------------- sound
def test_without_sound_cross_attention_is_the_residual() -> None:
    torch.manual_seed(0)
    layer = GatedCrossAttention(8, 2, 0.0)
    x, memory = torch.randn(2, 6, 8), torch.randn(2, 6, 8)
    heard = torch.tensor([[False] * 6, [True, False, True, False, False, False]])
    got = layer(x, memory, heard)
    assert torch.equal(got[0], x[0])
    said = layer.attention(layer.query_norm(x), layer.memory_norm(memory), heard)
    gate = layer.gate(torch.cat([x, said], -1)).sigmoid()
    torch.testing.assert_close(got, x + gate * said)


def test_sound_never_asks_sight_unless_symmetric() -> None:
    assert _make().see is None
    assert _make(audio="symmetric").see is not None
    silent = _make(audio="none")
    assert silent.audio is None
    batch = _batch()
    assert torch.equal(_logits(silent, batch), _logits(silent, without_streams(batch, {"audio"})))
    assert not torch.equal(_logits(_make(), batch), _logits(_make(), without_streams(batch, {"audio"})))


@pytest.mark.parametrize("temporal", ["mamba", "tcn", "none"])
def test_a_frame_sees_others_through_the_temporal_model_alone(temporal: str) -> None:
    model, batch = _make(temporal=temporal, audio="none", deviations=False), _batch(observed=1.0)
    face = batch.streams["face"]
    other = face.values.clone()
    other[:, 10] += 3
    moved = _logits(model, replace(batch, streams=batch.streams | {"face": Stream(other, face.times, face.mask)}))
    changed = (moved != _logits(model, batch)).any(-1).any(0)
    assert bool(changed[10])
    assert bool(changed[9]) == bool(changed[11]) == (temporal != "none")  # both directions


# --------------------------------------------------------------------------- the whole
def test_loss_weighs_positives_and_drops_the_alignment_term_with_its_weight() -> None:
    batch = _batch()
    model = _make(positive_weights="published", alignment_weight=0.0).eval()
    outputs = model(batch.without_labels())
    terms = model.loss(outputs, batch)
    assert set(terms) == {"bce"}
    valid = batch.valid["au"]
    p, y = outputs.heads["au"][valid].sigmoid(), batch.labels["au"][valid]
    weight = torch.tensor(AFF_WILD2_AU_POSITIVE)
    torch.testing.assert_close(terms["bce"], -(weight * y * p.log() + (1 - y) * (1 - p).log()).mean())
    assert set(_make().loss(_make()(batch.without_labels()), batch)) == {"bce", "alignment"}


def test_a_small_unit_in_one_patch_is_found_with_patches_and_not_without() -> None:
    """Unit 0 fires where one of nine patches changes; the global token does not show it."""
    draw = torch.Generator().manual_seed(3)
    label = (torch.rand(8, 24, generator=draw) < 0.5).float()
    values = torch.randn(8, 24, TOKENS, TOKEN, generator=draw) * 0.3
    values[:, :, 1:] += torch.randn(TOKENS - 1, TOKEN, generator=draw)
    values[:, :, 7] += 2 * label.unsqueeze(-1)
    base = _batch(windows=8, observed=1.0)
    face = Stream(values, base.streams["face"].times, base.streams["face"].mask)
    labels = torch.zeros(8, 24, 12)
    labels[..., 0] = label
    batch = replace(
        base,
        streams=base.streams | {"face": face},
        labels={"au": labels},
        valid={"au": torch.ones(8, 24, dtype=torch.bool)},
    )
    right = {}
    for alignment in (True, False):
        model = _make(
            alignment=alignment, top_k=9, temporal="none", audio="none", positive_weights=None, dropout=0.0
        ).train()
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        for _ in range(60):
            optimizer.zero_grad()
            torch.stack(list(model.loss(model(batch.without_labels()), batch).values())).sum().backward()
            optimizer.step()
        right[alignment] = ((_logits(model, batch)[..., 0] > 0) == (label > 0)).float().mean().item()
    assert right[True] > 0.95
    assert right[False] < 0.85


def test_mistakes_are_explained() -> None:
    for option, found in (
        ({"temporal": "lstm"}, "model.temporal"),
        ({"audio": "both"}, "model.audio"),
        ({"heads": 3}, "model.heads is 3"),
        ({"tokens": 1}, "model.tokens is 1"),
        ({"top_k": 0}, "model.top_k is 0"),
        ({"positive_weights": [1.0]}, "expected 12 positive numbers"),
        ({"positive_weights": "mine"}, "model.positive_weights"),
    ):
        with pytest.raises(UserError, match=found):
            _make(**option)
    with pytest.raises(UserError, match=r"model.tokens is 7, but a frame of the stream face is \(10, 6\)"):
        _make(tokens=7)(_batch())
    with pytest.raises(UserError, match="--task au"):
        build(get_task("va"), DIMS)


def test_presets_agree_with_their_encoders() -> None:
    for preset in load_presets("methods.hga_mamba").values():
        assert encoder_spec(preset.streams["face"]).step[0] == preset.model["tokens"]
    paper = load_presets("methods.hga_mamba")["paper"]
    assert encoder_spec(paper.streams["face"]).step == (65, 1024)
    assert encoder_spec("dinov2_large_grid4").step == (17, 1024)
