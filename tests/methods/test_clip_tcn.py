"""What is particular to CLIP + TCN; the rules for every network are checked over the registry."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from contract_batches import make_batch
from safetensors.torch import load_file, save_file
from torch.nn import functional

from benchmark.contract import Batch, Stream
from benchmark.encoders.expression_net.network import load_network
from benchmark.encoders.expression_net.spec import WEIGHTS
from benchmark.errors import UserError
from benchmark.presets import load_presets
from benchmark.running.resources import fill_weights
from benchmark.tasks import HEADS, get_task
from methods.clip_tcn.card import CARD
from methods.clip_tcn.model import FEATURES, ClipTcn, build
from methods.clip_tcn.tower import ClipTower, SmallTower, run_tower

SMALL: dict[str, Any] = {
    "tower": "small", "widths": (8, 6), "kernel": 3, "width": 8, "layers": 1, "heads": 2, "feed_forward": 12,
    "head_hidden": 6, "dropout": 0.0,
}  # fmt: skip
TINY = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2, "patch_size": 8,
        "image_size": 32}  # fmt: skip


def _make(task: str = "va", seed: int = 0, **options: Any) -> ClipTcn:
    torch.manual_seed(seed)
    model = build(get_task(task), {"face": 16}, **(SMALL | options))
    assert isinstance(model, ClipTcn)
    return model


def _features(task: str = "va", **options: Any) -> Batch:
    return make_batch({FEATURES: 7}, frozenset({FEATURES}), get_task(task), **options)


def _images(task: str = "va", windows: int = 2, frames: int = 9, side: int = 16) -> Batch:
    """Crops of noise, some faces missing."""
    draw = torch.Generator().manual_seed(0)
    batch = make_batch({"face": 4}, frozenset({"face"}), get_task(task), windows=windows, frames=frames)
    pixels = torch.randint(0, 256, (windows, frames, 3, side, side), generator=draw, dtype=torch.uint8)
    face = batch.streams["face"]
    return replace(batch, streams={"face": Stream(pixels, face.times, face.mask)})


# --------------------------------------------------------------------------- towers
def test_the_small_tower_gives_the_logits_of_the_offline_net() -> None:
    model = _make()
    fill_weights(model, {"tower": "expression_net"}, "affrig")
    net = load_network(WEIGHTS)
    images = torch.randint(0, 256, (2, 48, 48, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = net.classifier(net(images))
        torch.testing.assert_close(model.tower(images.permute(0, 3, 1, 2).float()), expected, atol=1e-4, rtol=1e-4)


def _publish(folder: Path) -> None:
    """A tiny CLIP of both towers in the layout of the published one."""
    torch.manual_seed(0)
    text = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = transformers.CLIPConfig(
        text_config={**text, "vocab_size": 10}, vision_config={**TINY, "projection_dim": 512}, projection_dim=512
    )
    transformers.CLIPModel(config).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps({"image_mean": [0.5] * 3, "image_std": [0.5] * 3}))


def test_the_clip_tower_starts_from_the_published_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "clip_vit_b16"
    _publish(folder)
    monkeypatch.setenv("ABAW_WEIGHTS", str(tmp_path))
    model = _make()
    model.tower = ClipTower(**TINY)
    fill_weights(model, {"tower": "clip_vit_b16"}, "paper")
    published = transformers.CLIPModel.from_pretrained(folder).eval()
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 255
    mean, deviation = (torch.tensor(v).view(3, 1, 1) for v in
                       ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]))  # fmt: skip
    with torch.no_grad():
        pooled = published.vision_model((images / 255 - mean) / deviation).pooler_output
        expected = published.visual_projection(pooled)
        torch.testing.assert_close(model.tower.eval()(images), expected, atol=1e-4, rtol=1e-4)
    state = load_file(folder / "model.safetensors")
    lost = next(name for name in state if name.startswith("vision_model") and name.endswith("fc1.weight"))
    del state[lost]
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UserError, match=f"1 of its .* parameters are missing or of another shape, first: {lost}"):
        fill_weights(model, {"tower": "clip_vit_b16"}, "paper")


def test_weights_of_another_architecture_or_part_are_refused() -> None:
    with pytest.raises(UserError, match="the weights expression_net are not of the architecture of sequence"):
        fill_weights(_make(), {"sequence": "expression_net"}, "affrig")
    with pytest.raises(UserError, match=r"affrig: weights names towr; the network has .*tower"):
        fill_weights(_make(), {"towr": "expression_net"}, "affrig")
    with pytest.raises(UserError, match='Did you mean "expression_net"'):
        fill_weights(_make(), {"tower": "expression_nets"}, "affrig")


def test_only_seen_faces_pass_the_tower() -> None:
    tower = SmallTower()
    batch = _images()
    face = batch.streams["face"]
    features = run_tower(tower, face.values, face.mask, 7)
    assert not features[~face.mask].any()
    torch.testing.assert_close(features[face.mask][3], tower(face.values[face.mask].float())[3])
    assert not run_tower(tower, face.values, torch.zeros_like(face.mask), 7).any()


# --------------------------------------------------------------------------- stages
def test_the_first_stage_learns_expressions_and_moves_the_tower_alone() -> None:
    model, batch = _make("va", flip=False), _images("expr")
    model.enter("tower")
    outputs = model(batch.without_labels())
    assert set(outputs.heads) == {"expr"}
    assert outputs.heads["expr"].shape == (2, 9, 8)
    terms = model.loss(outputs, batch)
    valid = batch.valid["expr"]
    expected = functional.cross_entropy(outputs.heads["expr"][valid], batch.labels["expr"][valid])
    torch.testing.assert_close(terms["cross_entropy"], expected)
    terms["cross_entropy"].backward()
    moved = {name.split(".")[0] for name, p in model.named_parameters() if p.grad is not None and p.grad.any()}
    assert moved == {"tower", "expression"}


@pytest.mark.parametrize(
    ("options", "learned"),
    [
        ({}, {"tower", "expression"}),
        ({"fine_tune": False}, {"expression"}),
        ({"learns": ["blocks.3", "classifier"]}, {"tower", "expression"}),
    ],
)
def test_stages_train_the_tower_on_expressions_and_then_the_rest(options: dict[str, Any], learned: set[str]) -> None:
    model = _make(normalise=True, epochs={"va": 3}, **options)
    first, second = model.stages()
    assert first.lists == {"expr": 1.0}
    assert (first.reads, first.makes, second.reads) == (("face",), (FEATURES,), (FEATURES,))
    assert second.training == {"max_epochs": 3}
    names = [name for name, _ in model.named_parameters()]
    both = [[name for name in names if name.startswith(stage.trainable)] for stage in (first, second)]
    assert {name.split(".")[0] for name in both[0]} == learned
    assert {name.split(".")[0] for name in both[1]} == {"norm", "sequence", "head"}
    if "learns" in options:
        assert not any(name.startswith(("tower.blocks.2", "tower.blocks.0")) for name in both[0])
    elif not options:
        assert sorted(both[0] + both[1]) == sorted(names)


def test_options_of_the_second_stage_do_not_decide_the_first() -> None:
    first = _make().stages()[0]
    assert not set(first.options) & {"widths", "layers", "dropout", "epochs"}
    one, other = (_make(**options).state_dict() for options in ({}, {"widths": (4,), "layers": 0}))
    tower = [name for name in one if name.startswith(("tower.", "expression."))]
    assert all(torch.equal(one[name], other[name]) for name in tower)


def test_the_tower_makes_features_without_gradient_and_zero_where_no_face_is() -> None:
    model, batch = _make(), _images()
    made = model.extract(batch)[FEATURES]
    face = batch.streams["face"]
    assert made.values.shape == (2, 9, 7)
    assert not made.values.requires_grad
    assert torch.equal(made.mask, face.mask)
    assert not made.values[~face.mask].any()
    torch.testing.assert_close(
        made.values[face.mask], model.tower(face.values[face.mask].float()), atol=1e-5, rtol=1e-4
    )


def test_frames_between_two_that_the_tower_sees_take_the_one_before() -> None:
    model, batch = _make("expr", tower_stride=4).eval(), _images("expr")
    model.enter("tower")
    logits = model(batch).heads["expr"]
    assert logits.shape == (2, 9, 8)
    for frame in range(9):
        assert torch.equal(logits[:, frame], logits[:, frame - frame % 4])
    every = _make("expr", tower_stride=1).eval()
    every.enter("tower")
    torch.testing.assert_close(every(batch).heads["expr"][:, [0, 4, 8]], logits[:, [0, 4, 8]], atol=1e-5, rtol=1e-4)


def test_the_tower_learns_to_tell_colours() -> None:
    batch = _images("expr", windows=2, frames=6)
    kinds = torch.tensor([[0, 1, 2, 2, 1, 0], [1, 1, 0, 2, 0, 2]])
    pixels = torch.zeros(2, 6, 3, 16, 16).scatter_(2, kinds[:, :, None, None, None].expand(-1, -1, 1, 16, 16), 200.0)
    face = batch.streams["face"]
    valid = {"expr": torch.ones_like(face.mask)}
    streams = {"face": Stream(pixels, face.times, torch.ones_like(face.mask))}
    batch = replace(batch, streams=streams, labels={"expr": kinds}, valid=valid)
    model = _make("expr")
    fill_weights(model, {"tower": "expression_net"}, "affrig")
    model.enter("tower")
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(40):
        optimizer.zero_grad()
        model.loss(model(batch.without_labels()), batch)["cross_entropy"].backward()
        optimizer.step()
    found = model.eval()(batch).heads["expr"].argmax(-1)
    assert (found == kinds).all()


def test_mirrored_images_are_drawn_in_training_only() -> None:
    model, batch = _make("expr"), _images("expr")
    model.enter("tower")
    with torch.no_grad():
        first, second = model(batch).heads["expr"], model(batch).heads["expr"]
        assert not torch.equal(first, second)
        model.eval()
        assert torch.equal(model(batch).heads["expr"], model(batch).heads["expr"])


# --------------------------------------------------------------------------- sequence
@pytest.mark.parametrize("task", ["va", "expr", "au"])
def test_losses_are_torchs_with_the_presets_weights(task: str) -> None:
    weights = {"expression_weights": [1.0 + k for k in range(8)], "unit_weights": [1.0 + k for k in range(12)]}
    model, batch = _make(task, **weights), _features(task)
    outputs = model.eval()(batch.without_labels())
    assert outputs.heads[task].shape == (3, 24, HEADS[task].width)
    valid = batch.valid[task]
    prediction, target = outputs.heads[task][valid], batch.labels[task][valid]
    (term,) = model.loss(outputs, batch).values()
    if task == "expr":
        expected = functional.cross_entropy(prediction, target, torch.tensor(weights["expression_weights"]))
    elif task == "au":
        expected = functional.binary_cross_entropy_with_logits(
            prediction, target, pos_weight=torch.tensor(weights["unit_weights"])
        )
    else:
        mean, other = prediction.mean(0), target.mean(0)
        covariance = ((prediction - mean) * (target - other)).mean(0)
        spread = prediction.var(0, correction=0) + target.var(0, correction=0) + (mean - other) ** 2
        expected = 2 - (2 * covariance / spread).sum()
    torch.testing.assert_close(term, expected, atol=1e-4, rtol=1e-4)


def test_either_half_of_the_sequence_model_can_be_left_out() -> None:
    batch = _features()
    assert _make(widths=()).sequence.tcn is None
    assert _make(layers=0).sequence.encoder is None
    for options in ({"widths": ()}, {"layers": 0}, {"widths": (), "layers": 0}):
        model = _make(**options)
        model.loss(model(batch.without_labels()), batch)["ccc"].backward()
        learned = model.stages()[1].trainable
        assert all((p.grad is not None) == name.startswith(learned) for name, p in model.named_parameters())


def test_without_any_context_a_frame_is_predicted_from_itself() -> None:
    batch = _features(observed=1.0)
    face = batch.streams[FEATURES]
    changed = face.values.clone()
    changed[:, 5] += 1
    other = replace(batch, streams={FEATURES: replace(face, values=changed)})
    for options, alone in (({"widths": (), "layers": 0}, True), ({"layers": 0}, False), ({"widths": ()}, False)):
        model = _make(**options).eval()
        same = torch.isclose(model(batch).heads["va"], model(other).heads["va"], atol=1e-7).all(-1).all(0)
        assert not same[5]
        assert bool(same[:5].all() and same[6:].all()) == alone


# --------------------------------------------------------------------------- options and presets
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tower": "clip_vit_b32"}, 'unknown value of model.tower "clip_vit_b32". Did you mean "clip_vit_b16"'),
        ({"learns": ["blocks.9"]}, 'model.learns names "blocks.9", which the tower small does not have'),
        ({"heads": 3}, "model.heads is 3, which does not divide model.width 8"),
    ],
)
def test_wrong_options_say_which_and_what_fits(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words.replace(".", r"\.")):
        _make(**options)


def test_other_tasks_are_refused() -> None:
    with pytest.raises(UserError, match="--task va, expr, au"):
        build(get_task("mtl"), {"face": 4})


@pytest.mark.parametrize("normalise", [True, False])
def test_features_are_normalised_over_seen_frames(normalise: bool) -> None:
    model, batch = _make(normalise=normalise).train(), _features(observed=0.7)
    seen: list[torch.Tensor] = []
    model.sequence.register_forward_pre_hook(lambda _, given: seen.append(given[0][given[1]]))
    stream = batch.streams[FEATURES]
    shifted = replace(stream, values=(stream.values * 5 + 3) * stream.mask.unsqueeze(-1))
    model(replace(batch, streams={FEATURES: shifted}))
    assert bool(seen[0].mean(0).abs().max() < 1e-4) == normalise


def test_paper_preset_has_the_predecessors_sizes() -> None:
    preset = load_presets("methods.clip_tcn")["paper"]
    with torch.device("meta"):
        model = build(get_task("expr"), {"face": 224}, **preset.model)
    assert isinstance(model, ClipTcn)
    assert sum(p.numel() for p in model.tower.parameters()) == 86_192_640
    tcn, encoder = model.sequence.tcn, model.sequence.encoder
    assert tcn is not None
    assert encoder is not None
    assert [block.first.out_channels for block in tcn.blocks] == [768, 256, 128]
    assert len(encoder.layers) == 8
    assert model.sequence.widen.weight.shape == (512, 128)
    assert (model.head.first.out_features, model.head.second.out_features) == (256, 8)


def test_every_ablation_builds() -> None:
    for preset in load_presets("methods.clip_tcn").values():
        for key, values in CARD.ablations.items():
            for value in values:
                with torch.device("meta"):
                    build(get_task("au"), {"face": 80}, **(preset.model | {key.removeprefix("model."): value}))
