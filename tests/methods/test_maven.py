"""What is particular to MAVEN; the rules for every network are checked over the registry."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch

from benchmark.contract import Batch, Stream
from benchmark.errors import UserError
from benchmark.layers.losses import masked_ccc
from benchmark.presets import load_presets
from benchmark.tasks import get_task
from methods.maven.card import CARD
from methods.maven.encoder import local_mean
from methods.maven.heads import PolarHead
from methods.maven.model import Maven, build

DIMS = {"face": 12, "audio": 8, "text": 6}
SMALL: dict[str, Any] = {"embed": 16, "width": 24, "attention_dim": 8, "expansion": 2, "hidden": (16, 8)}


def toy_batch(seed: int, windows: int, frames: int = 60) -> Batch:
    """A slow walk in V and A that drives three noisy streams: each sees a part of it, with steps missing.

    The maps from affect to features are the same for every seed; faces see both at once, voices mostly arousal,
    words mostly valence.
    """
    world, draw = torch.Generator().manual_seed(7), torch.Generator().manual_seed(seed)
    times = torch.arange(frames) / 30.0
    phase, speed = torch.rand(windows, 1, 2, generator=draw) * 6.28, 1 + 3 * torch.rand(windows, 1, 2, generator=draw)

    def affect(at: torch.Tensor) -> torch.Tensor:
        return 0.8 * torch.sin(phase + speed * at[None, :, None])

    streams: dict[str, Stream] = {}
    steps = {"face": times, "audio": torch.arange(0, frames / 30, 0.02), "text": torch.arange(0.1, frames / 30, 0.35)}
    share = {"face": (1.0, 1.0), "audio": (0.1, 1.0), "text": (1.0, 0.1)}
    for name, at in steps.items():
        maps = torch.randn(2, DIMS[name], generator=world)
        clean = (affect(at) * torch.tensor(share[name])) @ maps
        noisy = clean + 0.5 * torch.randn(clean.shape, generator=draw)
        seen = torch.rand(windows, len(at), generator=draw) > 0.2
        streams[name] = Stream(noisy * seen.unsqueeze(-1), at.expand(windows, -1), seen)
    return Batch(
        streams=streams,
        labels={"va": affect(times)},
        valid={"va": torch.rand(windows, frames, generator=draw) > 0.1},
        frame_times=times.expand(windows, -1),
        frame_mask=torch.ones(windows, frames, dtype=torch.bool),
        trial=tuple(f"toy{k}" for k in range(windows)),
        start=(0,) * windows,
    )


def _make(seed: int = 0, **options: Any) -> Maven:
    torch.manual_seed(seed)
    model = build(get_task("va"), DIMS, **(SMALL | options))
    assert isinstance(model, Maven)
    return model


def _train(model: Maven, batch: Batch, steps: int, learning_rate: float = 3e-3) -> None:
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    model.train()
    for _ in range(steps):
        optimizer.zero_grad()
        total = torch.stack(list(model.loss(model(batch.without_labels()), batch).values())).sum()
        total.backward()
        optimizer.step()


@torch.no_grad()
def _score(model: Maven, batch: Batch) -> float:
    outputs = model.eval()(batch.without_labels())
    return float(masked_ccc(outputs.heads["va"], batch.labels["va"], batch.valid["va"]).mean())


def test_learns_the_toy_world_and_generalises_to_unseen_windows() -> None:
    model, unseen = _make(loss="ccc", hidden=(64, 32)), toy_batch(1, 16)
    before = _score(model, unseen)
    _train(model, toy_batch(0, 32), steps=45)
    assert before < 0.3
    assert _score(model, unseen) > 0.8


@pytest.mark.parametrize(("head", "loss"), [("polar", "paper"), ("cartesian", "paper"), ("polar", "released")])
def test_overfits_a_tiny_batch(head: str, loss: str) -> None:
    model, batch = _make(head=head, loss=loss, dropout=0.0, head_dropout=0.0), toy_batch(2, 2, frames=24)
    _train(model, batch, steps=120)
    assert _score(model, batch) > 0.9


@pytest.mark.parametrize("name", list(DIMS))
def test_each_modality_alone_can_be_trained_and_others_are_not_read(name: str) -> None:
    model, batch = _make(modalities=name), toy_batch(3, 2)
    only = replace(batch, streams={name: batch.streams[name]})
    torch.testing.assert_close(model.eval()(only).heads["va"], model(batch).heads["va"])
    assert model.cross is None


def test_six_paths_and_switches() -> None:
    full = _make()
    assert full.cross is not None
    assert sorted(full.cross.paths) == sorted(f"{a}_to_{b}" for a in DIMS for b in DIMS if a != b)
    assert _make(cross_attention=False).cross is None
    assert not _make(refinement=False).refinements
    assert not _make(encoders=0).encoders


@pytest.mark.parametrize("query", ["receiver", "source"])
def test_source_content_reaches_the_receiver_only_when_the_receiver_asks(query: str) -> None:
    """With eq. 14 the audio can only regroup the face's own values, so constant face tokens hide it."""
    model, batch = _make(query=query).eval(), toy_batch(4, 1)
    assert model.cross is not None
    covered = dict.fromkeys(DIMS, batch.frame_mask)
    tokens = {name: torch.ones(1, 60, 16) for name in DIMS}
    tokens["text"] = torch.zeros(1, 60, 16)
    other = tokens | {"audio": torch.randn(1, 60, 16, generator=torch.Generator().manual_seed(0))}
    same = torch.allclose(model.cross(tokens, covered)["face"], model.cross(other, covered)["face"], atol=1e-5)
    assert same == (query == "source")


@pytest.mark.parametrize("query", ["receiver", "source"])
def test_modalities_may_keep_their_own_widths(query: str) -> None:
    model, batch = _make(embed=None, query=query), toy_batch(4, 2)
    outputs = model(batch.without_labels())
    assert outputs.heads["va"].shape == (2, 60, 2)
    assert model.projection.in_features == sum(DIMS.values())
    sum(model.loss(outputs, batch).values()).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() and p.grad.any() for p in model.parameters())


def test_polar_output_fills_the_square_and_its_extras_agree() -> None:
    head = PolarHead(4, (8, 8), 0.0)
    with torch.no_grad():
        for layer in head.layers:
            if isinstance(layer, torch.nn.Linear):
                layer.weight.normal_(std=2.0, generator=torch.Generator().manual_seed(0))
    pooled = 5 * torch.randn(1, 4000, 4, generator=torch.Generator().manual_seed(1))
    affect, extras = head(pooled)
    assert affect.abs().max() <= 1
    assert extras["intensity"].max() > 1.2  # beyond the unit circle, towards the corners
    assert (extras["angle"].abs() <= math.pi).all()
    rebuilt = torch.stack((extras["angle"].cos(), extras["angle"].sin()), -1) * extras["intensity"].unsqueeze(-1)
    torch.testing.assert_close(rebuilt, affect, atol=1e-5, rtol=1e-4)


def test_polar_output_is_smooth_across_pi_and_finite_at_the_origin() -> None:
    head = PolarHead(3, (3, 3), 0.0)
    head.layers = torch.nn.Sequential(torch.nn.Identity())
    beside = torch.tensor([[[2.0, -1.0, 1e-4], [2.0, -1.0, -1e-4]]])
    affect, extras = head(beside)
    assert (extras["angle"][0, 0] - extras["angle"][0, 1]).abs() > 6  # the angle itself jumps there
    torch.testing.assert_close(affect[:, 0], affect[:, 1], atol=1e-3, rtol=0)
    origin = torch.zeros(1, 1, 3, requires_grad=True)
    head(origin)[0].sum().backward()
    assert origin.grad is not None
    assert origin.grad.isfinite().all()


def test_a_missing_stream_is_not_the_same_as_zeros() -> None:
    model, batch = _make().eval(), toy_batch(5, 1)
    face = batch.streams["face"]

    def predict(values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        streams = {**batch.streams, "face": replace(face, values=values, mask=mask)}
        result: torch.Tensor = model(replace(batch, streams=streams)).heads["va"]
        return result

    zeros, seen, unseen = torch.zeros_like(face.values), torch.ones_like(face.mask), torch.zeros_like(face.mask)
    assert not torch.allclose(predict(zeros, seen), predict(zeros, unseen), atol=1e-4)
    torch.testing.assert_close(predict(face.values, unseen), predict(zeros, unseen))


def test_local_mean_of_a_long_segment_is_eq_26() -> None:
    hidden, times = torch.randn(1, 6, 3), torch.tensor([[0.0, 0.1, 0.25, 0.3, 0.4, 9.0]])
    mask = torch.tensor([[True, True, True, True, True, False]])
    whole = local_mean(hidden, times, mask, seconds=100.0)
    torch.testing.assert_close(whole[0, 0], hidden[0, :5].mean(0))
    torch.testing.assert_close(whole[0, 0], whole[0, 4])
    near = local_mean(hidden, times, mask, seconds=0.21)
    torch.testing.assert_close(near[0, 0], hidden[0, :2].mean(0))
    torch.testing.assert_close(near[0, 3], hidden[0, 2:5].mean(0))


def test_losses_of_the_three_kinds() -> None:
    batch = toy_batch(6, 2)
    terms: dict[str, Mapping[str, torch.Tensor]] = {}
    for kind in ("paper", "released", "ccc"):
        model = _make(loss=kind).eval()
        terms[kind] = model.loss(model(batch), batch)
    error = (model(batch).heads["va"] - batch.labels["va"]).square().sum(-1)[batch.valid["va"]].mean()
    torch.testing.assert_close(terms["paper"]["mse"], error)  # eq. 32
    torch.testing.assert_close(terms["released"]["mse"], error / 2 + 0.1 * terms["ccc"]["ccc"])
    assert list(terms["ccc"]) == ["mse", "ccc"]
    model = _make(loss="released").eval()
    gradient = torch.autograd.grad(model.loss(model(batch), batch)["mse"], model.projection.weight)[0]
    plain = _make(loss="paper").eval()
    expected = torch.autograd.grad(plain.loss(plain(batch), batch)["mse"], plain.projection.weight)[0]
    torch.testing.assert_close(gradient, expected / 2)  # the CCC term moves nothing


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"head": "polr"}, 'unknown value of model.head "polr". Did you mean "polar"'),
        ({"loss": "mae"}, "model.loss"),
        ({"query": "both"}, "model.query"),
        ({"modalities": ("face", "behaviour")}, "model.modalities"),
        ({"modalities": ()}, "model.modalities is empty"),
        ({"embed": None, "heads": 5}, "does not divide the 12 features of face"),
    ],
)
def test_wrong_options_say_which_and_what_fits(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words.replace(".", r"\.")):
        _make(**options)


def test_needs_the_task_and_the_streams_it_was_made_for() -> None:
    with pytest.raises(UserError, match="--task va"):
        build(get_task("expr"), DIMS)
    with pytest.raises(UserError, match='names "text"'):
        build(get_task("va"), {"face": 4, "audio": 4})


def test_paper_preset_has_the_papers_widths() -> None:
    with torch.device("meta"):
        model = build(
            get_task("va"), {"face": 1024, "audio": 768, "text": 768}, **load_presets("methods.maven")["paper"].model
        )
    assert isinstance(model, Maven)
    assert model.projection.in_features == 1024 + 768 + 768
    assert all(p.is_meta for p in model.parameters())


def test_every_ablation_is_a_setting_of_both_presets_and_builds() -> None:
    for preset in load_presets("methods.maven").values():
        for key, values in CARD.ablations.items():
            section, option = key.split(".")
            assert section == "model"
            assert option in preset.model
            for value in values:
                with torch.device("meta"):
                    build(get_task("va"), {"face": 16, "audio": 8, "text": 8}, **(preset.model | {option: value}))


def test_published_means_agree_with_their_parts_except_where_the_card_says_so() -> None:
    rows = [CARD.published[start : start + 3] for start in range(0, len(CARD.published), 3)]
    for valence, arousal, mean in rows:
        half = (valence.value + arousal.value) / 2
        assert ("as printed" in mean.note) == (abs(half - mean.value) > 1e-4)
