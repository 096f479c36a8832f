"""What is particular to safe cross-attention; the rules for every network are checked over the registry."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from contract_batches import without_streams
from torch.nn import functional

from benchmark.contract import Batch, Stream
from benchmark.errors import UserError
from benchmark.presets import load_presets
from benchmark.tasks import get_task
from methods.safe_xattn.cross_attention import SafeCrossAttention, within_reach
from methods.safe_xattn.modality_dropout import drop_modalities
from methods.safe_xattn.model import SafeXattn, build

DIMS = {"face": 10, "audio": 6}
SMALL: dict[str, Any] = {
    "width": 16, "layers": 1, "feed_forward": 32, "head_hidden": 16, "dropout": 0.1, "flag_width": 4,
    "class_weights": None,
}  # fmt: skip


def toy_batch(seed: int, windows: int, frames: int = 30) -> Batch:
    """Expressions in runs of ten frames; face and audio each show the class through a map of their own, with noise."""
    world, draw = torch.Generator().manual_seed(7), torch.Generator().manual_seed(seed)
    times = torch.arange(frames) / 10.0
    labels = torch.randint(0, 8, (windows, frames // 10), generator=draw).repeat_interleave(10, dim=1)
    streams = {}
    for name, at in {"face": times, "audio": torch.arange(2 * frames) / 20.0}.items():
        shown = torch.randn(8, DIMS[name], generator=world)[labels[:, (at * 10).long()]]
        values = shown + 0.3 * torch.randn(shown.shape, generator=draw)
        streams[name] = Stream(values, at.expand(windows, -1), torch.ones(windows, len(at), dtype=torch.bool))
    everything = torch.ones(windows, frames, dtype=torch.bool)
    names = tuple(f"toy{k}" for k in range(windows))
    return Batch(
        streams, {"expr": labels}, {"expr": everything}, times.expand(windows, -1), everything, names, (0,) * windows
    )


def _make(seed: int = 0, **options: Any) -> SafeXattn:
    torch.manual_seed(seed)
    model = build(get_task("expr"), DIMS, **(SMALL | options))
    assert isinstance(model, SafeXattn)
    return model


def _logits(model: SafeXattn, batch: Batch) -> torch.Tensor:
    with torch.no_grad():
        return model.eval()(batch.without_labels()).heads["expr"]  # type: ignore[no-any-return]


# --------------------------------------------------------------------------- safe cross-attention
def test_where_nothing_was_observed_only_the_residual_passes() -> None:
    torch.manual_seed(0)
    layer = SafeCrossAttention(8, 2, 0.0, safe=True)
    x, memory = torch.randn(2, 5, 8), torch.full((2, 5, 8), torch.nan)
    allowed = torch.zeros(2, 5, 5, dtype=torch.bool)
    memory[1] = torch.randn(5, 8)
    allowed[1, :3] = True
    got = layer(x, torch.nan_to_num(memory, nan=1e6), allowed)
    assert torch.equal(got[0], x[0])
    assert torch.equal(got[1, 3:], x[1, 3:])
    assert (got[1, :3] != x[1, :3]).any(-1).all()


def test_where_everything_was_observed_it_is_ordinary_attention_bit_for_bit() -> None:
    torch.manual_seed(0)
    layer = SafeCrossAttention(8, 2, 0.0, safe=True)
    x, memory = torch.randn(2, 33, 8), torch.randn(2, 33, 8)
    heads = layer.attention
    query, keys = layer.query_norm(x), layer.memory_norm(memory)
    q, k, v = (
        part.unflatten(-1, (2, 4)).transpose(1, 2) for part in (heads.query(query), heads.key(keys), heads.value(keys))
    )
    expected = x + heads.out(functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))
    assert torch.equal(layer(x, memory, torch.ones(2, 33, 33, dtype=torch.bool)), expected)


def test_absent_features_cannot_leak_through_safe_attention_but_do_through_ordinary() -> None:
    batch = without_streams(toy_batch(0, 2), {"audio"})
    with_noise = {"audio": Stream(torch.randn(2, 60, 6), batch.streams["audio"].times, batch.streams["audio"].mask)}
    noisy = Batch(**{**_fields(batch), "streams": {**batch.streams, **with_noise}})
    safe = _make(face_dropout=0.0, audio_dropout=0.0)
    assert torch.equal(_logits(safe, batch), _logits(safe, noisy))
    ordinary = _make(attention="ordinary")
    # what stands at absent frames (positions) reaches the face's tokens there, and not in the safe one
    for model, moved in ((safe, False), (ordinary, True)):
        before = _logits(model, batch)
        with torch.no_grad():
            model.branches["audio"].encoder.norm.bias += 3 * torch.randn(16)
            model.cross["face"].memory_norm.bias += torch.randn(16)
        face_part = _face_part(model, batch)
        assert before.isfinite().all()
        assert torch.equal(face_part[0], face_part[1]) != moved


def _fields(batch: Batch) -> dict[str, Any]:
    return {name: getattr(batch, name) for name in Batch.__dataclass_fields__}


def _face_part(model: SafeXattn, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """The face's tokens before and after they asked the audio."""
    seen: list[torch.Tensor] = []

    def keep(_module: torch.nn.Module, inputs: tuple[torch.Tensor, ...], result: torch.Tensor) -> None:
        seen.extend((inputs[0], result))

    hook = model.cross["face"].register_forward_hook(keep)
    _logits(model, batch)
    hook.remove()
    return seen[0], seen[1]


def test_reach_is_in_seconds_and_only_to_observed_frames() -> None:
    times = torch.tensor([[0.0, 0.4, 1.0, 3.0, 0.0]])
    frames = torch.tensor([[True, True, True, True, False]])
    observed = torch.tensor([[True, False, True, True, True]])
    near = within_reach(times, frames, observed, 1.0)[0]
    assert near.tolist() == [
        [True, False, True, False, False],
        [True, False, True, False, False],
        [True, False, True, False, False],
        [False, False, False, True, False],
        [True, False, True, False, False],
    ]
    assert torch.equal(within_reach(times, frames, observed, 0.0)[0], (observed & frames).expand(5, 5))


# --------------------------------------------------------------------------- modality dropout
def test_modalities_are_dropped_as_often_as_asked_and_never_both() -> None:
    torch.manual_seed(0)
    batch = toy_batch(0, 1)
    many = {
        n: Stream(s.values.expand(4000, -1, -1), s.times, s.mask.expand(4000, -1)) for n, s in batch.streams.items()
    }
    kept = drop_modalities(many, {"face": 0.25, "audio": 0.1})
    gone = {name: ~stream.mask.any(1) for name, stream in kept.items()}
    assert not (gone["face"] & gone["audio"]).any()
    assert gone["face"].float().mean().item() == pytest.approx(0.25, abs=0.025)
    assert gone["audio"].float().mean().item() == pytest.approx(0.1, abs=0.02)
    for name, stream in kept.items():
        assert not stream.values[gone[name]].any()
        assert torch.equal(stream.values[~gone[name]], many[name].values[~gone[name]])


def test_the_last_modality_of_a_window_is_never_dropped() -> None:
    for name, other in (("face", "audio"), ("audio", "face")):
        batch = without_streams(toy_batch(0, 50), {other})
        kept = drop_modalities(batch.streams, {"face": 0.5, "audio": 0.5})
        assert kept[name].mask.all()


def test_nothing_is_dropped_outside_training() -> None:
    model, batch = _make(face_dropout=0.9), toy_batch(0, 4)
    assert torch.equal(_logits(model, batch), _logits(model, batch))


# --------------------------------------------------------------------------- the whole
def test_with_modality_dropout_either_modality_alone_still_tells_the_expression() -> None:
    model, train, unseen = _make(face_dropout=0.3, audio_dropout=0.2), toy_batch(0, 48), toy_batch(1, 16)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    model.train()
    for _ in range(120):
        optimizer.zero_grad()
        model.loss(model(train.without_labels()), train)["focal"].backward()
        optimizer.step()
    target = unseen.labels["expr"]
    for missing in (set(), {"face"}, {"audio"}):
        right = (_logits(model, without_streams(unseen, missing)).argmax(-1) == target).float().mean().item()
        assert right > 0.6, f"without {missing}: {right}"  # chance is 0.125


def test_switches_and_their_mistakes() -> None:
    assert len(_make(attention="none").cross) == 0
    assert set(_make(branches="audio").branches) == {"audio"}
    for option, found in (
        ({"attention": "unsafe"}, "model.attention"),
        ({"loss": "focl"}, "model.loss"),
        ({"branches": ["face", "text"]}, "model.branches"),
        ({"branches": []}, "model.branches is empty"),
        ({"heads": 3}, "model.heads is 3"),
        ({"face_dropout": 0.8, "audio_dropout": 0.3}, "sum to 1"),
        ({"class_weights": [1.0]}, "expected 8 positive numbers"),
        ({"class_weights": "mine"}, "model.class_weights"),
    ):
        with pytest.raises(UserError, match=found):
            _make(**option)
    with pytest.raises(UserError, match="--task expr"):
        build(get_task("va"), DIMS)


def test_paper_preset_is_what_the_facts_say() -> None:
    preset = load_presets("methods.safe_xattn")["paper"]
    assert preset.streams == {"face": "beit_large", "audio": "wavlm_large"}
    assert (preset.model["gamma"], preset.model["attention"], preset.model["loss"]) == (2.0, "safe", "focal")
    assert preset.windows is not None
    assert preset.windows.hop < preset.windows.length  # otherwise nothing votes
