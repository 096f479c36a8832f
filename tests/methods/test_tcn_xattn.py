"""What is particular to tcn_xattn; the rules for every network are checked over the registry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from contract_batches import make_batch, without_streams

from benchmark.contract import Batch
from benchmark.encoders.catalogue import encoder_spec
from benchmark.errors import UserError
from benchmark.layers.losses import ccc_loss, masked_mse
from benchmark.presets import load_presets
from benchmark.tasks import get_task
from methods.tcn_xattn.fusion import Concatenation, GatedCrossAttention
from methods.tcn_xattn.model import TcnXattn, build

VA = get_task("va")
DIMS = {"face": 12, "audio_vggish": 8, "audio_logmel": 6}
SMALL: dict[str, Any] = {"levels": 2, "face_width": 8, "audio_width": 6, "encoded": 10, "width": 16, "hidden": 8}


def _make(seed: int = 0, **options: Any) -> TcnXattn:
    torch.manual_seed(seed)
    model = build(VA, DIMS, **(SMALL | options))
    assert isinstance(model, TcnXattn)
    return model.eval()


def _batch(**options: Any) -> Batch:
    return make_batch(DIMS, frozenset(DIMS), VA, **options)


def test_fusion_is_the_repaired_formula_of_the_code() -> None:
    torch.manual_seed(0)
    fusion = GatedCrossAttention("face", ("one", "two"), 5, 8, heads=2, dropout=0.0).eval()
    features = {name: torch.randn(1, 7, 5) for name in ("face", "one", "two")}
    covered = {name: torch.ones(1, 7, dtype=torch.bool) for name in features}
    covered["two"][0, 4:] = False
    found, extras = fusion(features, covered)

    def head(weight: torch.Tensor, bias: torch.Tensor | None, x: torch.Tensor, h: int) -> torch.Tensor:
        return (x @ weight.T + (0 if bias is None else bias))[:, 4 * h : 4 * h + 4]

    face = fusion.project_face(features["face"])[0]
    heard = []
    for name in ("one", "two"):
        memory = fusion.project_audio(features[name])[0][covered[name][0]]
        a, mixed = fusion.attention, []
        for h in range(2):
            scores = head(a.query.weight, a.query.bias, face, h) @ head(a.key.weight, None, memory, h).T / 2
            mixed.append(scores.softmax(-1) @ head(a.value.weight, a.value.bias, memory, h))
        heard.append(torch.cat(mixed, -1) @ a.out.weight.T + a.out.bias)
    gate = (torch.cat([face, *heard], -1) @ fusion.gate.weight.T + fusion.gate.bias).sigmoid()
    mean = (heard[0] + heard[1]) / 2
    expected = torch.cat([gate * face + (1 - gate) * mean, mean], -1)
    torch.testing.assert_close(found[0], expected)
    torch.testing.assert_close(extras["gate"][0], gate.mean(-1))


def test_both_sounds_missing_are_heard_as_exactly_nothing() -> None:
    model, batch = _make(), _batch(observed=1.0)
    silent = without_streams(batch, {"audio_vggish", "audio_logmel"})
    assert isinstance(model.fusion, GatedCrossAttention)
    features = {name: torch.randn(3, 24, 10) for name in DIMS}
    covered = {name: torch.full((3, 24), name == "face") for name in DIMS}
    fused, _ = model.fusion(features, covered)
    assert not fused[..., 16:].any()
    louder = replace(
        silent, streams={n: replace(s, values=s.values + (n != "face") * 9) for n, s in silent.streams.items()}
    )
    torch.testing.assert_close(model(louder).heads["va"], model(silent).heads["va"])


def test_a_causal_network_of_concatenated_modalities_never_looks_ahead() -> None:
    batch = _batch(observed=1.0)
    later = replace(
        batch,
        streams={
            n: replace(s, values=torch.where(s.times.unsqueeze(-1) > 1.25, s.values + 3, s.values))
            for n, s in batch.streams.items()
        },
    )
    for causal in (True, False):
        model = _make(fusion="concatenation", causal=causal)
        same = model(batch).heads["va"][:, :12], model(later).heads["va"][:, :12]
        assert torch.allclose(*same, atol=1e-6) == causal


def test_kernels_run_side_by_side_on_the_same_input() -> None:
    model = _make(kernels=[3, 5, 7])
    taps = [network.blocks[0].first.weight.shape[-1] for network in model.temporal["face"].networks]
    assert taps == [3, 5, 7]
    x, mask = torch.randn(2, 24, 12), torch.ones(2, 24, dtype=torch.bool)
    parallel = model.temporal["face"]
    parts = torch.cat([network(x, mask) for network in parallel.networks], -1)
    torch.testing.assert_close(parallel(x, mask), parts @ parallel.projection.weight.T + parallel.projection.bias)
    assert len(_make(kernels=5).temporal["face"].networks) == 1


def test_loss_is_one_minus_the_ccc_of_every_window() -> None:
    batch = _batch()
    model = _make()
    outputs = model(batch.without_labels())
    terms = model.loss(outputs, batch)
    assert list(terms) == ["ccc_valence", "ccc_arousal"]
    each = []
    for row in range(3):
        valid = batch.valid["va"][row]
        x, y = outputs.heads["va"][row][valid], batch.labels["va"][row][valid]
        covariance = ((x - x.mean(0)) * (y - y.mean(0))).mean(0)
        spread = x.var(0, correction=0) + y.var(0, correction=0) + (x.mean(0) - y.mean(0)) ** 2
        each.append(1 - 2 * covariance / spread)
    torch.testing.assert_close(torch.stack(list(terms.values())), torch.stack(each).mean(0))


def test_pooled_loss_and_squared_error() -> None:
    batch = _batch()
    model = _make(loss="pooled", mse_weight=0.5)
    outputs = model(batch.without_labels())
    arguments = (outputs.heads["va"], batch.labels["va"], batch.valid["va"])
    terms = model.loss(outputs, batch)
    torch.testing.assert_close((terms["ccc_valence"] + terms["ccc_arousal"]) / 2, ccc_loss(*arguments))
    torch.testing.assert_close(terms["mse"], 0.5 * masked_mse(*arguments))


@pytest.mark.parametrize(
    ("modalities", "kind"),
    [
        (["face", "audio_logmel"], GatedCrossAttention),
        (["audio_vggish", "audio_logmel"], Concatenation),
        ("face", Concatenation),
    ],
)
def test_fewer_modalities_and_others_are_not_read(modalities: Any, kind: type) -> None:
    model, batch = _make(modalities=modalities), _batch()
    assert isinstance(model.fusion, kind)
    names = [modalities] if isinstance(modalities, str) else modalities
    only = replace(batch, streams={name: batch.streams[name] for name in names})
    torch.testing.assert_close(model(only).heads["va"], model(batch).heads["va"])


def test_paper_preset_has_the_widths_of_the_code() -> None:
    preset = load_presets("methods.tcn_xattn")["paper"]
    dims = {stream: encoder_spec(key).dim for stream, key in preset.streams.items()}
    assert dims == {"face": 512, "audio_vggish": 128, "audio_logmel": 128}
    with torch.device("meta"):
        model = build(VA, dims, **preset.model)
    assert isinstance(model, TcnXattn)
    shapes = {name: tuple(p.shape) for name, p in model.named_parameters()}
    assert shapes["temporal.face.projection.weight"] == (64, 384)
    assert shapes["temporal.audio_logmel.projection.weight"] == (64, 192)
    assert shapes["fusion.gate.weight"] == (256, 768)
    assert shapes["regressor.0.weight"] == (64, 512)
    assert [len(n.blocks) for n in model.temporal["face"].networks] == [4, 4, 4]
    assert model.temporal["face"].networks[2].blocks[3].sides == (6 * 8, 0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fusion": "cross"}, 'unknown value of model.fusion "cross". Did you mean "cross_attention"'),
        ({"loss": "mse"}, "model.loss"),
        ({"modalities": ("face", "text")}, "model.modalities"),
        ({"modalities": ()}, "model.modalities is empty"),
        ({"heads": 3}, "model.heads is 3, which does not divide model.width, 16"),
        ({"kernels": [3, 0]}, r"model.kernels is \[3, 0\]"),
    ],
)
def test_wrong_options_say_which_and_what_fits(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words.replace(".", r"\.")):
        _make(**options)


def test_needs_the_task_and_the_streams_it_was_made_for() -> None:
    with pytest.raises(UserError, match="--task va"):
        build(get_task("au"), DIMS)
    with pytest.raises(UserError, match='names "audio_logmel"'):
        build(VA, {"face": 4, "audio_vggish": 4})
