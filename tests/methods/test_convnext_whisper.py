"""What is particular to convnext_whisper; the rules for every network are checked over the registry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from contract_batches import make_batch, without_streams

from benchmark.contract import Batch
from benchmark.encoders.catalogue import encoder_spec
from benchmark.errors import UserError
from benchmark.layers.class_weights import AFF_WILD2_AU_POSITIVE
from benchmark.presets import load_presets
from benchmark.tasks import get_task
from methods.convnext_whisper.fusion import FrameFusion, TokenFusion
from methods.convnext_whisper.model import ConvnextWhisper, build
from methods.convnext_whisper.streams import Convolutions

AU = get_task("au")
DIMS = {"face": 12, "audio": 8}
SMALL: dict[str, Any] = {
    "face_width": 16, "audio_width": 8, "fusion_hidden": 12, "width": 8, "layers": 1, "heads": 2, "feed_forward": 8,
    "head_hidden": 6,
}  # fmt: skip


def _make(seed: int = 0, **options: Any) -> ConvnextWhisper:
    torch.manual_seed(seed)
    model = build(AU, DIMS, **(SMALL | options))
    assert isinstance(model, ConvnextWhisper)
    return model.eval()


def _batch(**options: Any) -> Batch:
    return make_batch(DIMS, frozenset({"face"}), AU, **options)


def _bce(logits: torch.Tensor, labels: torch.Tensor, positive: torch.Tensor, negative: torch.Tensor) -> torch.Tensor:
    p = logits.sigmoid()
    return -(positive * labels * p.log() + negative * (1 - labels) * (1 - p).log()).mean()


@pytest.mark.parametrize("weigh", ["units", "positives"])
def test_the_published_weights_scale_units_or_their_positives(weigh: str) -> None:
    model, batch = _make(weigh=weigh), _batch()
    outputs = model(batch.without_labels())
    valid = batch.valid["au"]
    weight = torch.tensor(AFF_WILD2_AU_POSITIVE)
    negative = weight if weigh == "units" else torch.ones(12)
    expected = _bce(outputs.heads["au"][valid], batch.labels["au"][valid], weight, negative)
    torch.testing.assert_close(model.loss(outputs, batch)["bce"], expected)


def test_without_weights_every_unit_counts_alike() -> None:
    model, batch = _make(weights="none"), _batch()
    outputs, valid, one = model(batch.without_labels()), batch.valid["au"], torch.ones(12)
    expected = _bce(outputs.heads["au"][valid], batch.labels["au"][valid], one, one)
    for weigh in ("units", "positives"):
        torch.testing.assert_close(_make(weights="none", weigh=weigh).loss(outputs, batch)["bce"], expected)


def test_weights_are_no_part_of_the_saved_state() -> None:
    assert "weight" not in _make().state_dict()


def test_without_layers_a_frame_is_told_by_itself() -> None:
    batch = _batch(observed=1.0)
    face = batch.streams["face"]
    values = face.values.clone()
    values[:, 12:] += 3
    changed = replace(batch, streams={**batch.streams, "face": replace(face, values=values)})
    for layers in (0, 1):
        model = _make(layers=layers)
        first, second = (model(b).heads["au"][:, :12] for b in (batch, changed))
        assert torch.allclose(first, second, atol=1e-6) == (layers == 0)


def test_frames_are_maps_of_concatenated_embeddings() -> None:
    torch.manual_seed(0)
    fusion = FrameFusion({"face": 3, "audio": 2}, 5, 4, layers=0, heads=1, feed_forward=4, dropout=0.0)
    features = {"face": torch.randn(1, 2, 3), "audio": torch.randn(1, 2, 2)}
    times, mask = torch.zeros(1, 2), torch.ones(1, 2, dtype=torch.bool)
    x = torch.cat([features["face"], features["audio"]], -1) @ fusion.map[0].weight.T + fusion.map[0].bias
    x = torch.where(x > 0, x, 0.1 * x) @ fusion.map[2].weight.T + fusion.map[2].bias
    at_zero = torch.tensor([0.0, 1.0, 0.0, 1.0])  # sines and cosines of no time
    torch.testing.assert_close(fusion(features, {}, times, mask), x + at_zero)


def test_tokens_without_an_observation_are_neither_heard_nor_counted() -> None:
    torch.manual_seed(0)
    fusion = TokenFusion({"face": 3, "audio": 2}, 4, layers=2, heads=2, feed_forward=4, dropout=0.0).eval()
    features = {"face": torch.randn(1, 5, 3), "audio": torch.randn(1, 5, 2)}
    times, mask = torch.arange(5.0)[None], torch.ones(1, 5, dtype=torch.bool)
    covered = {"face": mask.clone(), "audio": mask.clone()}
    covered["audio"][0, 3:] = False
    louder = {"face": features["face"], "audio": features["audio"] + (torch.arange(5) > 2).float()[None, :, None]}
    found = fusion(features, covered, times, mask)
    torch.testing.assert_close(fusion(louder, covered, times, mask), found)
    assert not torch.allclose(fusion(louder, {"face": mask, "audio": mask}, times, mask), found)
    alone = fusion(features, {"face": mask, "audio": ~mask}, times, mask)
    only = TokenFusion({"face": 3}, 4, layers=2, heads=2, feed_forward=4, dropout=0.0).eval()
    only.load_state_dict({k: v for k, v in fusion.state_dict().items() if "audio" not in k})
    torch.testing.assert_close(alone, only(features, {"face": mask}, times, mask))


def test_a_frame_with_no_observation_at_all_still_has_a_prediction() -> None:
    for fusion in ("frames", "tokens"):
        model, batch = _make(fusion=fusion), _batch()
        assert model(without_streams(batch, set(DIMS))).heads["au"].isfinite().all()


@pytest.mark.parametrize("name", list(DIMS))
def test_each_modality_alone_and_others_are_not_read(name: str) -> None:
    model, batch = _make(modalities=name), _batch()
    only = replace(batch, streams={name: batch.streams[name]})
    torch.testing.assert_close(model(only).heads["au"], model(batch).heads["au"])


def test_the_repositorys_tcns_halve_the_widths() -> None:
    model = _make(tcn=True, face_width=16, audio_width=8)
    face = model.streams["face"].embed
    assert isinstance(face, Convolutions)
    assert [block.second.weight.shape[0] for block in face.network.blocks] == [16, 16, 8, 8, 8]
    assert {block.first.weight.shape[2] for block in face.network.blocks} == {5}
    assert model.fusion.map[0].in_features == 8 + 4


def test_paper_preset_has_the_widths_of_the_repository() -> None:
    preset = load_presets("methods.convnext_whisper")["paper"]
    dims = {stream: encoder_spec(key).dim for stream, key in preset.streams.items()}
    assert dims == {"face": 768, "audio": 512}
    with torch.device("meta"):
        model = build(AU, dims, **preset.model)
    assert isinstance(model, ConvnextWhisper)
    assert isinstance(model.fusion, FrameFusion)
    assert model.fusion.map[0].weight.shape == (256, 256 + 128)
    assert model.fusion.map[2].weight.shape == (128, 256)
    assert len(model.fusion.encoder.layers) == 4
    assert model.hidden.weight.shape == (64, 128)
    assert model.out.weight.shape == (12, 64)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fusion": "token"}, 'unknown value of model.fusion "token". Did you mean "tokens"'),
        ({"weigh": "all"}, "model.weigh"),
        ({"weights": "publish"}, 'model.weights "publish". Did you mean "published"'),
        ({"weights": [1.0, 2.0]}, "expected 12 positive numbers"),
        ({"modalities": ("face", "text")}, "model.modalities"),
        ({"modalities": ()}, "model.modalities is empty"),
        ({"heads": 3}, "model.heads is 3, which does not divide model.width, 8"),
    ],
)
def test_wrong_options_say_which_and_what_fits(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words.replace(".", r"\.")):
        _make(**options)


def test_needs_the_task_and_the_streams_it_was_made_for() -> None:
    with pytest.raises(UserError, match="--task au"):
        build(get_task("va"), DIMS)
    with pytest.raises(UserError, match='names "audio"'):
        build(AU, {"face": 4})
