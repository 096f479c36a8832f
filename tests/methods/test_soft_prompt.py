"""What is particular to the soft-prompt entry; the rules for every network are checked over the registry."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from contract_batches import make_batch, padded
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from benchmark.contract import Batch, Stream
from benchmark.encoders.sentences.store import embed_sentences
from benchmark.errors import UserError
from benchmark.presets import load_presets
from benchmark.running.resources import fill_texts
from benchmark.tasks import get_task
from methods.soft_prompt.card import CARD
from methods.soft_prompt.clips import clip_rows, take
from methods.soft_prompt.fusion import Fusion
from methods.soft_prompt.model import SoftPrompt, build
from methods.soft_prompt.regions import STATES, masked_kl, prompts, prototypes, region_labels

DIMS = {"face": 12, "audio": 8}
SMALL: dict[str, Any] = {
    "width": 16, "hidden": 8, "feed_forward": 24, "head_hidden": 8, "clip_seconds": 1.0, "clip_steps": 5,
    "audio_steps": 7, "prompt_width": 10,
}  # fmt: skip


def _make(seed: int = 0, **options: Any) -> SoftPrompt:
    torch.manual_seed(seed)
    model = build(get_task("va"), DIMS, **(SMALL | options))
    assert isinstance(model, SoftPrompt)
    model.prompts.copy_(torch.randn(27, model.prompts.shape[1], generator=torch.Generator().manual_seed(9)))
    return model


def _batch(seed: int = 0, frames: int = 24) -> Batch:
    return make_batch(DIMS, frozenset({"face"}), get_task("va"), frames=frames, seed=seed)


# --------------------------------------------------------------------------- regions
def _nearest(v: float, a: float) -> int:
    def level(x: float) -> int:
        return 0 if x < -0.33 else 1 if x <= 0.33 else 2

    return 3 * level(v) + level(a)


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(0.2, 2))
@settings(max_examples=60, deadline=None)
def test_labels_fall_with_the_distance_to_the_centre(v: float, a: float, sigma: float) -> None:
    found = region_labels(torch.tensor([v, a], dtype=torch.float64), sigma, "distance")
    weights = [
        math.exp(-((v - cv) ** 2 + (a - ca) ** 2) / (2 * sigma**2))
        for cv in (-0.66, 0, 0.66)
        for ca in (-0.66, 0, 0.66)
    ]
    np.testing.assert_allclose(found.numpy(), np.array(weights) / sum(weights), atol=1e-6)
    hard = region_labels(torch.tensor([v, a], dtype=torch.float64), sigma, "hard")
    assert hard.sum() == 1
    if min(abs(abs(v) - 0.33), abs(abs(a) - 0.33)) > 1e-6:
        assert int(hard.argmax()) == _nearest(v, a) == int(found.argmax())


def test_states_are_in_the_order_of_the_labels() -> None:
    corners = ((-0.8, -0.8, "sad"), (-0.8, 0.8, "angry"), (0.8, -0.8, "relaxed"), (0.8, 0.8, "excited"))
    for v, a, word in (*corners, (0.0, 0.0, "neutral")):
        assert word in STATES[int(region_labels(torch.tensor([v, a]), 0.45, "distance").argmax())]


def test_prototypes_average_the_three_templates_of_a_state() -> None:
    assert len(prompts()) == 27
    assert all(state in sentence for state, three in zip(STATES, np.reshape(prompts(), (9, 3)), strict=True)
               for sentence in three)  # fmt: skip
    raw = np.random.default_rng(0).normal(size=(27, 6))
    unit = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    for state in range(9):
        mean = unit[3 * state : 3 * state + 3].mean(0)
        np.testing.assert_allclose(prototypes(torch.from_numpy(raw))[state], mean / np.linalg.norm(mean), atol=1e-12)


def test_offline_prototypes_keep_the_geometry_of_the_plane() -> None:
    found = prototypes(torch.from_numpy(embed_sentences("lexicon_sentence", prompts())))
    alike = found @ found.T
    corners = [0, 2, 6, 8]
    for state in range(9):  # each corner is liker to the states beside it than to the opposite corner
        if state in corners:
            beside = [s for s in range(9) if s != state and abs(s // 3 - state // 3) + abs(s % 3 - state % 3) == 1]
            assert alike[state, beside].min() > alike[state, 8 - state]


def test_kl_is_torchs_and_counts_valid_frames_only() -> None:
    draw = torch.Generator().manual_seed(0)
    target, logits = torch.rand(2, 5, 9, generator=draw).softmax(-1), torch.randn(2, 5, 9, generator=draw)
    valid = torch.tensor([[True, False, True, True, False], [False] * 5])
    expected = functional.kl_div(logits[valid].log_softmax(-1), target[valid], reduction="batchmean")
    torch.testing.assert_close(masked_kl(target, logits, valid), expected)
    assert masked_kl(target, logits, torch.zeros_like(valid)) == 0
    hard = functional.one_hot(target.argmax(-1), 9).float()
    torch.testing.assert_close(
        masked_kl(hard, logits, valid), functional.cross_entropy(logits[valid], hard[valid].argmax(-1))
    )


# --------------------------------------------------------------------------- what the KL term trains
def _trained(steps: int = 4, **options: Any) -> dict[str, torch.Tensor]:
    model, batch = _make(dropout=0.0, head_dropout=0.0, **options), _batch()
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    for _ in range(steps):
        optimizer.zero_grad()
        torch.stack(list(model.loss(model(batch.without_labels()), batch).values())).sum().backward()
        optimizer.step()
    return {name: tensor for name, tensor in model.state_dict().items() if "map" not in name}


def test_frozen_prompts_train_the_very_weights_of_no_prompts() -> None:
    with_term, without = _trained(frozen_prompts=True), _trained(frozen_prompts=True, kl_weight=0.0)
    assert all(torch.equal(with_term[name], without[name]) for name in with_term)
    moved, plain = _trained(), _trained(kl_weight=0.0)
    assert not torch.equal(moved["image_in.weight"], plain["image_in.weight"])


@pytest.mark.parametrize("dims", [DIMS, {"face": 10, "audio": 8}])
def test_frozen_prompts_leave_the_kl_term_without_gradient(dims: dict[str, int]) -> None:
    torch.manual_seed(0)
    model = build(get_task("va"), dims, **(SMALL | {"frozen_prompts": True}))
    model.prompts.normal_()
    batch = make_batch(dims, frozenset({"face"}), get_task("va"))
    terms = model.loss(model(batch.without_labels()), batch)
    assert not terms["kl"].requires_grad
    assert terms["kl"] > 0


def test_the_kl_term_reaches_the_face_branch_and_not_the_sound() -> None:
    model, batch = _make(), _batch()
    model.loss(model(batch.without_labels()), batch)["kl"].backward()
    assert model.image_in.weight.grad is not None
    assert model.image_in.weight.grad.any()
    assert model.audio_in.weight.grad is None


# --------------------------------------------------------------------------- clips
@pytest.mark.parametrize("causal", [True, False])
def test_clip_rows_are_the_nearest_frames(causal: bool) -> None:
    draw = np.random.default_rng(0)
    times = np.sort(draw.uniform(0, 4, (2, 40)), axis=1)
    mask = np.ones((2, 40), bool)
    mask[1, 30:] = False
    times[~mask] = 0
    rows = clip_rows(torch.from_numpy(times), torch.from_numpy(mask), 1.5, 6, causal).numpy()
    for b in range(2):
        real = times[b, mask[b]]
        for t, now in enumerate(real):
            wanted = np.linspace(now - 1.5, now, 6) + (0 if causal else 0.75)
            distance = np.abs(real[None] - wanted[:, None])
            chosen = distance[np.arange(6), rows[b, t]]
            np.testing.assert_allclose(chosen, distance.min(1), atol=1e-12)
    if causal:
        assert (rows[0] <= np.arange(40)[:, None]).all()
        assert (rows[0][:, -1] == np.arange(40)).all()


def test_take_gathers_a_clip_for_every_frame() -> None:
    sequence = torch.arange(12.0).view(2, 3, 2)
    rows = torch.tensor([[[0, 2], [1, 1], [2, 0]]] * 2)
    found = take(sequence, rows)
    assert found.shape == (6, 2, 2)
    torch.testing.assert_close(found[3], sequence[1, [0, 2]])


@pytest.mark.parametrize("temporal", ["gru", "tcn"])
def test_a_causal_model_does_not_know_later_faces(temporal: str) -> None:
    batch = _batch()
    face = batch.streams["face"]
    face = Stream(torch.randn_like(face.values), face.times, torch.ones_like(face.mask))
    later = face.values.clone()
    later[:, 12:] += 5
    before, after = (
        replace(batch, streams={**batch.streams, "face": replace(face, values=v)}) for v in (face.values, later)
    )
    for causal in (True, False):
        model = _make(temporal=temporal, causal=causal).eval()
        same = torch.isclose(model(before).heads["va"], model(after).heads["va"], atol=1e-6).all(-1).all(0)
        assert bool(same[:12].all()) == causal
        assert not same[12:].any()


# --------------------------------------------------------------------------- fusion
def test_gate_lies_between_its_two_inputs() -> None:
    torch.manual_seed(0)
    fusion = Fusion("cross_attn_gated", "image", 8, 2, 16, 0.0).eval()
    image, audio, heard = torch.randn(3, 4, 8), torch.randn(3, 6, 8), torch.ones(3, 6, dtype=torch.bool)
    assert fusion.cross is not None
    assert fusion.gate is not None
    fused, g = fusion(image, audio, heard)
    assert g is not None
    a, b = fusion.gate.first(fusion.cross(image, audio, heard)), fusion.gate.second(image)
    torch.testing.assert_close(fused, fusion.gate.out(g * a + (1 - g) * b))
    assert ((g > 0) & (g < 1)).all()


@pytest.mark.parametrize(
    ("kind", "gate_with"), [("cross_attn", "image"), ("gated", "image"), ("cross_attn_gated", "audio")]
)
def test_unheard_sound_never_matters(kind: str, gate_with: str) -> None:
    torch.manual_seed(0)
    fusion = Fusion(kind, gate_with, 8, 2, 16, 0.0).eval()
    image, audio = torch.randn(2, 4, 8), torch.randn(2, 6, 8)
    heard = torch.tensor([[True, False, True, True, False, True], [False] * 6])
    other = torch.where(heard.unsqueeze(-1), audio, torch.randn(2, 6, 8))
    torch.testing.assert_close(fusion(image, audio, heard)[0], fusion(image, other, heard)[0])
    assert (fusion(image, audio, heard)[0][0] - fusion(image, audio + 1, heard)[0][0]).abs().max() > 1e-4


def test_gated_alone_pools_the_sound_to_the_faces_steps() -> None:
    torch.manual_seed(0)
    fusion = Fusion("gated", "image", 8, 2, 16, 0.0).eval()
    image, audio, heard = torch.randn(2, 3, 8), torch.randn(2, 6, 8), torch.ones(2, 6, dtype=torch.bool)
    assert fusion.cross is None
    assert fusion.gate is not None
    torch.testing.assert_close(fusion(image, audio, heard)[0], fusion.gate(image, audio.view(2, 3, 2, 8).mean(2))[0])


# --------------------------------------------------------------------------- the whole
def test_loss_of_the_va_head_is_the_sum_of_two() -> None:
    model, batch = _make().eval(), _batch()
    outputs = model(batch.without_labels())
    valid = batch.valid["va"]
    x, y = outputs.heads["va"][valid].detach().double().numpy(), batch.labels["va"][valid].double().numpy()
    ccc = 0.0
    for i in range(2):
        apart = (x[:, i].mean() - y[:, i].mean()) ** 2
        ccc += 2 * np.cov(x[:, i], y[:, i], bias=True)[0, 1] / (x[:, i].var() + y[:, i].var() + apart)
    assert float(model.loss(outputs, batch)["ccc"].detach()) == pytest.approx(2 - ccc, abs=1e-4)


def test_padding_leaves_the_regions_alone_too() -> None:
    model, batch = _make().eval(), _batch()
    torch.testing.assert_close(
        model(padded(batch, 7)).extras["regions"][:, :24], model(batch).extras["regions"], atol=1e-5, rtol=1e-5
    )


def test_prompts_that_were_never_embedded_are_not_a_number() -> None:
    torch.manual_seed(0)
    model, batch = build(get_task("va"), DIMS, **SMALL), _batch()
    assert model.loss(model(batch.without_labels()), batch)["kl"].isnan()


def test_the_harness_fills_the_prompts_and_refuses_a_misfit() -> None:
    preset = load_presets("methods.soft_prompt")["affrig"]
    model = build(get_task("va"), {"face": 7, "audio": 115}, **preset.model)
    fill_texts(model, preset.texts, "affrig")
    np.testing.assert_array_equal(model.prompts.numpy(), embed_sentences("lexicon_sentence", prompts()))
    with pytest.raises(UserError, match=r"lexicon_sentence makes 136 features a sentence; prompts holds \(27, 10\)"):
        fill_texts(_make(), preset.texts, "affrig")
    with pytest.raises(UserError, match="affrig: texts names nothing; the network embeds sentences into prompts"):
        fill_texts(_make(), {}, "affrig")
    with pytest.raises(UserError, match="sentence encoder"):
        fill_texts(_make(), {"prompts": "clip_text"}, "affrig")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"temporal": "grus"}, 'unknown value of model.temporal "grus". Did you mean "gru"'),
        ({"fusion": "gate"}, "model.fusion"),
        ({"gate_with": "text"}, "model.gate_with"),
        ({"labels": "soft"}, "model.labels"),
        ({"heads": 5}, "model.heads is 5, which does not divide model.width 16"),
        ({"sigma": 0.0}, "model.sigma is 0.0"),
    ],
)
def test_wrong_options_say_which_and_what_fits(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words.replace(".", r"\.")):
        _make(**options)


def test_other_tasks_are_refused() -> None:
    with pytest.raises(UserError, match="--task va"):
        build(get_task("expr"), DIMS)


def test_paper_preset_has_the_codes_widths_and_every_switch_builds() -> None:
    for name, preset in load_presets("methods.soft_prompt").items():
        for key, values in CARD.ablations.items():
            option = key.removeprefix("model.")
            assert name != "affrig" or preset.model[option] == values[0]
            for value in values:
                with torch.device("meta"):
                    build(get_task("va"), {"face": 512, "audio": 768}, **(preset.model | {option: value}))
    with torch.device("meta"):
        paper = build(get_task("va"), {"face": 512, "audio": 768}, **load_presets("methods.soft_prompt")["paper"].model)
    assert isinstance(paper, SoftPrompt)
    assert paper.image_in.weight.shape == (256, 512)
    assert paper.audio_in.weight.shape == (256, 768)
    assert paper.prompts.shape == (27, 512)
    assert paper.regions.map is not None
    assert paper.regions.map.weight.shape == (512, 256)
