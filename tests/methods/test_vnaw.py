"""What is particular to V-NAW; the rules for every network are checked over the registry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from contract_batches import make_batch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.spatial.distance import jensenshannon
from scipy.stats import multivariate_normal

from benchmark.contract import Batch, Stream
from benchmark.encoders.expression_net.network import load_network
from benchmark.encoders.expression_net.spec import WEIGHTS
from benchmark.errors import UserError
from benchmark.running.resources import fill_weights
from benchmark.tasks import get_task
from methods.vnaw.augmentation import OPERATIONS, augmented, erased_pixels, kept_frames, recolour
from methods.vnaw.backbones import FeatureLayer, SmallBackbone, SwinBackbone
from methods.vnaw.consistency import jensen_shannon, released_divergence
from methods.vnaw.model import Vnaw, build
from methods.vnaw.weighting import growth, noise_aware_weights

SMALL: dict[str, Any] = {
    "backbone": "small", "features": 12, "width": 8, "layers": 1, "feed_forward": 12, "dropout": 0.0,
}  # fmt: skip


def _make(seed: int = 0, **options: Any) -> Vnaw:
    torch.manual_seed(seed)
    model = build(get_task("expr"), {"face": 16}, **(SMALL | options))
    assert isinstance(model, Vnaw)
    return model


def _batch(windows: int = 2, frames: int = 9, side: int = 16, seed: int = 0) -> Batch:
    return make_batch(
        {"face": (3, side, side)}, frozenset({"face"}), get_task("expr"), windows=windows, frames=frames, seed=seed
    )


# --------------------------------------------------------------------------- weights
def _logits(p: list[float]) -> torch.Tensor:
    return torch.tensor(p, dtype=torch.float64).clamp(min=1e-9).log()


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5])
@pytest.mark.parametrize(
    "p", [[0.7, 0.2, 0.1], [0.4, 0.35, 0.25], [0.1, 0.3, 0.6], [0.02, 0.97, 0.01], [0.34, 0.33, 0.33]]
)
def test_weights_are_gaussians_of_the_label_and_its_nearest_negative(p: list[float], share: float) -> None:
    grown = 1 - np.exp(-15 * share)
    negative = max(p[1:])
    won = p[0] >= negative
    mean = (0.5, 0.5) if won else (0.3, 0.15)
    spread = [[0.75, -0.5 * grown], [-0.5 * grown, 0.75]] if won else [[0.85, 0.8], [0.8, 0.85]]
    gaussian = multivariate_normal(mean, spread)
    expected = gaussian.pdf((p[0], negative)) / gaussian.pdf(mean)
    found = noise_aware_weights(_logits(p), torch.tensor(0), growth(share))
    assert found.item() == pytest.approx(expected, rel=1e-4)


@given(arrays.arrays(np.float32, (5, 8), elements=st.floats(-20, 20, width=32)), st.floats(0, 1))
def test_weights_lie_between_zero_and_one(logits: np.ndarray, share: float) -> None:
    weights = noise_aware_weights(torch.from_numpy(logits), torch.arange(5), growth(share))
    assert ((weights >= 0) & (weights <= 1)).all()


def test_a_label_that_has_clearly_lost_counts_next_to_nothing() -> None:
    p = [[0.98, 0.01, 0.01], [0.5, 0.5, 0.0], [0.3, 0.4, 0.3], [0.01, 0.98, 0.01]]
    sure, even, unsure, lost = noise_aware_weights(
        torch.stack([_logits(row) for row in p]), torch.zeros(4, dtype=torch.int64), growth(1)
    )
    assert even > 0.99
    assert 0.8 < sure < even
    assert lost < 0.01 < 0.3 < unsure


def test_progress_turns_the_spread_and_is_part_of_the_saved_weights() -> None:
    model = _make()
    assert model.grown.item() == 0
    model.progress(0.1)
    assert model.state_dict()["grown"].item() == pytest.approx(1 - np.exp(-1.5))
    p = _logits([0.9, 0.1, 0.0])
    assert noise_aware_weights(p, torch.tensor(0), 0.0) < noise_aware_weights(p, torch.tensor(0), 1.0)


# --------------------------------------------------------------------------- divergences
def test_jensen_shannon_is_scipys() -> None:
    draw = torch.Generator().manual_seed(0)
    a, b = torch.randn(6, 8, generator=draw), 3 * torch.randn(6, 8, generator=draw)
    expected = jensenshannon(a.softmax(-1).numpy(), b.softmax(-1).numpy(), axis=1) ** 2
    np.testing.assert_allclose(jensen_shannon(a, b).numpy(), expected, rtol=1e-4, atol=1e-6)
    far = jensen_shannon(torch.tensor([[500.0, 0.0]]), torch.tensor([[0.0, 500.0]]))
    assert far.item() == pytest.approx(np.log(2), rel=1e-6)


def test_the_released_divergence_has_its_middle_in_the_logits() -> None:
    a, b = torch.tensor([[1.0, -1.0, 0.5]]), torch.tensor([[0.0, 2.0, -1.0]])
    p, q, m = (x.softmax(-1).numpy().astype(float)[0] for x in (a, b, (a + b) / 2))
    expected = 0.5 * (np.sum(m * np.log(m / p)) + np.sum(m * np.log(m / q)))
    assert released_divergence(a, b).item() == pytest.approx(expected, rel=1e-5)
    assert released_divergence(a, a).item() == pytest.approx(0, abs=1e-7)


# --------------------------------------------------------------------------- augmentation
def test_clips_lose_between_a_fifth_and_two_fifths_of_their_frames() -> None:
    torch.manual_seed(0)
    mask = torch.ones(400, 100, dtype=torch.bool)
    mask[:, 90:] = False
    kept = kept_frames(mask, (0.2, 0.4))
    assert not (kept & ~mask).any()
    lost = 1 - kept.sum(1) / 90
    assert lost.mean().item() == pytest.approx(0.3, abs=0.01)
    assert lost.std().item() == pytest.approx(np.sqrt(0.2**2 / 12 + 0.3 * 0.7 / 90), abs=0.01)  # rates differ by clip
    assert torch.equal(kept_frames(mask, (0.0, 0.0)), mask)
    assert torch.equal(kept_frames(mask, (0.9999999, 0.9999999)), mask)  # nothing would be left


@settings(max_examples=20)
@given(st.floats(0.05, 0.6), st.integers(0, 1000))
def test_what_is_erased_is_one_rectangle_of_its_share(share: float, seed: int) -> None:
    torch.manual_seed(seed)
    for gone in erased_pixels(4, 128, share):
        rows, columns = gone.any(1), gone.any(0)
        assert torch.equal(gone, rows[:, None] & columns[None, :])
        for line in (rows, columns):
            assert line.int().diff().abs().sum() <= 2  # without gaps
        assert gone.float().mean().item() == pytest.approx(share, abs=2.5 / 128)


def test_the_same_pixels_are_erased_in_every_frame_of_a_clip() -> None:
    torch.manual_seed(0)
    values = torch.full((2, 5, 3, 32, 32), 200, dtype=torch.uint8)
    seen = torch.ones(2, 5, dtype=torch.bool)
    seen[0, 3:] = False
    first, second = augmented(values, seen, 0.2, False).split([3, 5])
    for clip in (first, second):
        assert (clip == clip[:1]).all()
        assert (clip[0, 0] == 0).float().mean().item() == pytest.approx(0.2, abs=0.05)
    assert not torch.equal(first[0], second[0])
    assert torch.equal(augmented(values, seen, 0.0, False), values[seen])


@pytest.mark.parametrize("index", range(len(OPERATIONS)))
def test_an_operation_on_colours_treats_all_frames_alike(index: int, monkeypatch: pytest.MonkeyPatch) -> None:
    image = torch.randint(40, 200, (1, 3, 24, 24), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    monkeypatch.setattr(torch, "randint", lambda low, *args, **_: torch.tensor(index if low == len(OPERATIONS) else 6))
    torch.manual_seed(1)
    changed = recolour(image.expand(3, -1, -1, -1))
    assert changed.dtype == torch.uint8
    assert (changed == changed[:1]).all()
    assert torch.equal(changed[0], image[0]) == (OPERATIONS[index] == "nothing")


# --------------------------------------------------------------------------- backbones
def test_the_small_backbone_starts_as_the_offline_net() -> None:
    model = _make()
    fill_weights(model, {"backbone": "expression_net"}, "affrig")
    images = torch.randint(0, 256, (2, 48, 48, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = load_network(WEIGHTS)(images)
        torch.testing.assert_close(model.backbone(images.permute(0, 3, 1, 2).float()), expected, atol=1e-4, rtol=1e-4)


def test_the_swin_backbone_has_the_papers_shape() -> None:
    with torch.device("meta"):
        config = SwinBackbone().encoder.config
    assert (config.image_size, config.patch_size, config.embed_dim, config.window_size) == (112, 2, 96, 7)
    assert (config.depths, config.num_heads) == ([2, 2, 6, 2], [3, 6, 12, 24])
    tiny = SwinBackbone(embed_dim=6, depths=[1, 1], num_heads=[1, 2], image_size=28).eval()
    assert tiny(torch.rand(2, 3, 28, 28)).shape == (2, tiny.dim) == (2, 12)


def test_the_feature_layer_normalises_each_feature() -> None:
    torch.manual_seed(0)
    layer = FeatureLayer(5, 7)
    out = layer(10 * torch.randn(400, 5) + 3)
    np.testing.assert_allclose(out.mean(0).detach(), 0, atol=1e-5)
    np.testing.assert_allclose(out.std(0, correction=0).detach(), 1, atol=1e-2)
    assert FeatureLayer(5, None)(torch.randn(9, 5)).shape == (9, 5)


# --------------------------------------------------------------------------- model
def test_the_loss_has_the_weights_of_its_type() -> None:
    batch = _batch()
    model = _make().train()
    model.progress(0.3)
    outputs = model(batch.without_labels())
    kept, logits = outputs.extras["kept"], outputs.heads["expr"]
    counted = batch.valid["expr"] & kept
    each = -logits[counted].log_softmax(-1).gather(1, batch.labels["expr"][counted][:, None]).squeeze(1)
    weight = noise_aware_weights(logits[counted], batch.labels["expr"][counted], growth(0.3))
    apart = jensen_shannon(logits[kept], outputs.extras["flipped"][kept])
    parts = {"cross_entropy": each.mean(), "noise_aware": (weight * each).mean(), "divergence": apart.mean()}
    expected = {
        "nla": (0.5, 0.5, 0.4), "naw": (1.0, 0.4, None), "jsd": (1.0, None, 0.5), "cross_entropy": (1.0, None, None),
    }  # fmt: skip
    for kind, shares in expected.items():
        model.loss_kind = kind
        found = model.loss(outputs, batch)
        wanted = {name: share for name, share in zip(parts, shares, strict=True) if share is not None}
        assert set(found) == set(wanted)
        for name, share in wanted.items():
            torch.testing.assert_close(found[name], share * parts[name])


def test_class_weights_scale_both_cross_entropies_but_not_the_trust() -> None:
    batch = _batch()
    plain, weighted = _make(), _make(class_weights=[float(k) for k in range(1, 9)])
    outputs = plain.train()(batch.without_labels())
    counted = batch.valid["expr"] & outputs.extras["kept"]
    label, logits = batch.labels["expr"][counted], outputs.heads["expr"][counted]
    each = -logits.log_softmax(-1).gather(1, label[:, None]).squeeze(1) * (label + 1)
    found = weighted.loss(outputs, batch)
    torch.testing.assert_close(found["cross_entropy"], 0.5 * each.mean())
    trust = noise_aware_weights(logits, label, 0.0)
    torch.testing.assert_close(found["noise_aware"], 0.5 * (trust * each).mean())
    torch.testing.assert_close(plain.label_trust(outputs, batch), weighted.label_trust(outputs, batch))


def test_detached_weights_are_constants_for_the_gradient() -> None:
    batch = _batch()
    gradients = []
    for detach in (False, True):
        model = _make(detach_weights=detach)
        torch.manual_seed(3)
        outputs = model(batch.without_labels())
        logits = outputs.heads["expr"]
        term = model.loss(outputs, batch)["noise_aware"]
        gradients.append(torch.autograd.grad(term, logits)[0])
        counted = batch.valid["expr"] & outputs.extras["kept"]
    label = batch.labels["expr"][counted]
    p = logits[counted].softmax(-1)
    weight = noise_aware_weights(logits[counted], label, 0.0)
    by_hand = 0.5 * weight[:, None] * (p - torch.eye(8)[label]) / len(label)
    torch.testing.assert_close(gradients[1][counted], by_hand)
    assert not torch.allclose(gradients[0][counted], by_hand)


def test_dropped_frames_change_no_prediction_and_no_loss() -> None:
    batch = _batch()
    model = _make(erase=0.0, recolour=False)
    torch.manual_seed(5)
    outputs = model(batch.without_labels())
    kept = outputs.extras["kept"]
    assert (~kept).any()
    face = batch.streams["face"]
    noise = torch.where(kept[..., None, None, None], face.values, 255 - face.values)
    labels = {"expr": torch.where(kept, batch.labels["expr"], (batch.labels["expr"] + 1) % 8)}
    other = replace(batch, streams={"face": Stream(noise, face.times, face.mask)}, labels=labels)
    again = _make(erase=0.0, recolour=False)
    torch.manual_seed(5)
    changed = again(other.without_labels())
    assert torch.equal(changed.extras["kept"], kept)
    assert torch.equal(changed.heads["expr"][kept], outputs.heads["expr"][kept])
    for name, term in model.loss(outputs, batch).items():
        assert torch.equal(term, again.loss(changed, other)[name])


def test_the_second_clip_is_the_first_one_mirrored() -> None:
    batch = _batch()
    face = batch.streams["face"]
    even = torch.minimum(face.values, face.values.flip(-1))  # mirrors itself
    model = _make(erase=0.0, recolour=False)
    outputs = model(replace(batch, streams={"face": Stream(even, face.times, face.mask)}).without_labels())
    torch.testing.assert_close(outputs.extras["flipped"], outputs.heads["expr"])
    outputs = model(batch.without_labels())
    assert not torch.allclose(outputs.extras["flipped"], outputs.heads["expr"])
    assert not model.eval()(batch.without_labels()).extras


def test_a_frame_without_a_face_takes_the_nearest_face() -> None:
    batch = _batch(windows=1)
    face = batch.streams["face"]
    mask = torch.ones_like(face.mask)
    mask[0, 4] = False
    times = face.times.clone()
    times[0, 4] += 0.03  # nearer to the frame after
    lost = replace(batch, streams={"face": Stream(face.values, times, mask)}, frame_times=times)
    values = face.values.clone()
    values[0, 4] = values[0, 5]
    copied = replace(batch, streams={"face": Stream(values, times, torch.ones_like(mask))}, frame_times=times)
    model = _make().eval()
    torch.testing.assert_close(model(lost).heads["expr"], model(copied).heads["expr"])


def test_every_draw_comes_from_torchs_generator() -> None:
    batch, model = _batch(), _make()
    torch.manual_seed(7)
    state = torch.get_rng_state()
    first = model(batch.without_labels())
    second = model(batch.without_labels())
    torch.set_rng_state(state)
    assert torch.equal(model(batch.without_labels()).extras["kept"], first.extras["kept"])
    assert not torch.equal(second.extras["kept"], first.extras["kept"])


def test_trust_in_a_label_is_its_weight() -> None:
    batch, model = _batch(), _make().eval()
    outputs = model(batch.without_labels())
    trust = model.label_trust(outputs, batch)["expr"]
    assert trust.shape == batch.frame_mask.shape
    torch.testing.assert_close(trust, noise_aware_weights(outputs.heads["expr"], batch.labels["expr"], 0.0))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": "nwa"}, "naw"),
        ({"backbone": "swim"}, "swin"),
        ({"divergence": "released_"}, "released"),
        ({"heads": 3}, "heads"),
        ({"drop_frames": [0.4, 0.2]}, "drop_frames"),
        ({"erase": 1.0}, "erase"),
        ({"learns": ["blocks.9"]}, "blocks.9"),
    ],
)
def test_options_that_do_not_fit_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        _make(**options)
    with pytest.raises(UserError, match="expr"):
        build(get_task("va"), {"face": 16}, **SMALL)


def test_only_what_is_named_of_the_backbone_learns() -> None:
    model = _make(learns=["blocks.3"])
    (stage,) = model.stages()
    learning = [name for name, _ in model.named_parameters() if name.startswith(stage.trainable)]
    assert {name.split(".")[2] for name in learning if name.startswith("backbone.")} == {"3"}
    assert {name.split(".")[0] for name in learning} == {"backbone", "feature", "project", "temporal", "classifier"}
    assert not hasattr(SmallBackbone(), "classifier")
