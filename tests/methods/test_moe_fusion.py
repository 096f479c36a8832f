"""What is particular to Team RAS's entry; the rules for every network are checked over the registry."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import torch
from contract_batches import make_batch, without_streams
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from benchmark.contract import Batch, Stream
from benchmark.errors import UserError
from benchmark.layers.losses import masked_ccc
from benchmark.presets import Training, load_presets
from benchmark.tasks import get_task
from methods.moe_fusion.audio import StatisticsPooling, seconds_of
from methods.moe_fusion.card import CARD
from methods.moe_fusion.crossing import CrossingStack
from methods.moe_fusion.losses import WEIGHTS, affect_terms
from methods.moe_fusion.mixture import DirectedMixture, usage_name
from methods.moe_fusion.model import MoeFusion, build
from methods.moe_fusion.mouth import SpeechFilter, smooth
from methods.moe_fusion.reliability import ReliabilityFusion
from methods.moe_fusion.steps import members, nearest_member, to_frames, to_steps

DIMS = {"face": 6, "face_mouth": 1, "audio": 5, "behaviour": 4}
SMALL: dict[str, Any] = {
    "width": 16, "face_layers": 2, "face_heads": 4, "behaviour_layers": 2, "audio_attention": 8, "fusion_heads": 4,
    "fusion_feed_forward": 16, "face_coverage": 0.3, "mouth_threshold": -0.5,
}  # fmt: skip
MODALITIES = ("face", "behaviour", "audio")


def make(seed: int = 0, **options: Any) -> MoeFusion:
    torch.manual_seed(seed)
    model = build(get_task("va"), DIMS, **(SMALL | options))
    assert isinstance(model, MoeFusion)
    return model


def batch_of(**options: Any) -> Batch:
    return make_batch(DIMS, frozenset({"face", "face_mouth"}), get_task("va"), **options)


def streams_of(model: DirectedMixture | ReliabilityFusion, width: int = 16) -> tuple[dict[str, Tensor], Tensor]:
    draw = torch.Generator().manual_seed(3)
    return {n: torch.randn(2, 9, width + 2, generator=draw) for n in MODALITIES}, torch.ones(2, 9, dtype=torch.bool)


# --------------------------------------------------------------------------- steps
def test_frames_and_segments_by_hand() -> None:
    times = torch.tensor([[0.0, 1.0, 2.5, 4.5, 9.0]])
    centres = torch.tensor([[2.0, 4.0, 99.0]])
    real, there = torch.ones(1, 5, dtype=torch.bool), torch.tensor([[True, True, False]])
    inside = members(centres, there, times, real, 2.0)
    assert inside[0].int().tolist() == [[1, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 0]]
    near = nearest_member(centres, there, times, real, 4.9)
    assert near[0].int().tolist() == [[1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0]]
    values = torch.tensor([[[10.0], [20.0], [7.0]]])
    assert to_frames(values, inside)[0, :, 0].tolist() == [10, 10, 15, 20, 0]
    labels, valid = torch.tensor([[[1.0], [2.0], [6.0], [8.0], [5.0]]]), torch.tensor([[True, False, True, True, True]])
    target, counted = to_steps(labels, valid, inside)
    assert target[0, :, 0].tolist() == [3.5, 7.0, 0.0]
    assert counted[0].tolist() == [True, True, False]


def test_seconds_are_those_of_the_video_in_every_window() -> None:
    times = torch.tensor([[2.7, 3.1, 4.0], [0.0, 0.2, 0.4]])
    mask = torch.tensor([[True, True, True], [True, True, False]])
    assert seconds_of(times, mask).tolist() == [[2.5, 3.5, 4.5], [0.5, 1.5, 2.5]]


# --------------------------------------------------------------------------- audio
def test_pooling_is_the_weighted_mean_and_deviation_of_each_chunk() -> None:
    torch.manual_seed(0)
    pool, values = StatisticsPooling(3, 4, 0.0).eval(), torch.randn(1, 7, 3)
    chunks = torch.zeros(1, 7, 3, dtype=torch.bool)
    chunks[0, :4, 0] = chunks[0, 4:6, 1] = True  # the last step is masked, the third chunk empty
    found = pool(values, chunks)
    for index, steps in enumerate((range(4), range(4, 6))):
        part = values[0, list(steps)]
        weight = pool.score(part).squeeze(-1).softmax(0)
        mean = sum(w * x for w, x in zip(weight, part, strict=True))
        variance = sum(w * (x - mean) ** 2 for w, x in zip(weight, part, strict=True))
        torch.testing.assert_close(found[0, index], torch.cat([mean, (variance + 1e-6).sqrt()]))
    assert not found[0, 2].any()


@settings(max_examples=60, deadline=None)
@given(flags=st.lists(st.booleans(), min_size=1, max_size=60), rate=st.sampled_from([8.0, 12.0, 24.0, 25.0, 50.0]))
def test_smoothing_is_that_of_runs_of_frames(flags: list[bool], rate: float) -> None:
    """An independent form: lists of runs, in frames as the released script counts; at these rates no limit is a tie."""

    def runs(values: list[bool]) -> list[tuple[int, int]]:
        edges = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(values)) if a != b), len(values)]
        return list(pairwise(edges))

    expected = list(flags)
    for start, stop in runs(flags):
        inner = start > 0 and stop < len(flags)
        if not flags[start] and inner and stop - start <= max(1, round(0.15 * rate)):
            expected[start:stop] = [True] * (stop - start)
    filled = list(expected)
    for start, stop in runs(filled):
        if filled[start] and stop - start <= max(1, round(0.20 * rate)):
            expected[start:stop] = [False] * (stop - start)
    times = torch.arange(len(flags)).div(rate)[None]
    real = torch.ones_like(times, dtype=torch.bool)
    if len(flags) > 1:
        assert smooth(torch.tensor([flags]), times, real)[0].tolist() == expected
    padded = torch.cat([times, torch.zeros(1, 3)], dim=1)
    more = torch.cat([real, torch.zeros(1, 3, dtype=torch.bool)], dim=1)
    found = smooth(torch.tensor([[*flags, True, True, True]]), padded, more)[0]
    assert found[: len(flags)].tolist() == smooth(torch.tensor([flags]), times, real)[0].tolist()
    assert not found[len(flags) :].any()


def test_audio_counts_where_the_mouth_is_open_for_a_second_and_the_face_is_there() -> None:
    times = (torch.arange(120) / 10.0)[None]
    real = torch.ones_like(times, dtype=torch.bool)
    opened = torch.zeros(1, 120)
    opened[0, 45:56] = 1.0  # 1.1 s, within the windows that start at 2 and at 4 s
    centres = seconds_of(times, real)
    judge = SpeechFilter(threshold=0.5, coverage=0.8)
    mouth = Stream(opened[..., None], times, real.clone())
    assert judge(mouth, times, real, centres)[0].nonzero().flatten().tolist() == [2, 3, 4, 5, 6, 7]
    mouth.mask[0, 65:78] = False  # 13 of the 40 frames of the window from 4 s, 0 of the one from 2 s but for 65-59
    assert judge(mouth, times, real, centres)[0].nonzero().flatten().tolist() == [2, 3, 4, 5]
    short = replace(mouth, values=torch.where(times[..., None] < 5.0, mouth.values, 0.0))
    assert not judge(short, times, real, centres).any()  # half a second is not enough


def test_the_filter_can_be_switched_off() -> None:
    batch = batch_of()
    silent = replace(batch, streams={**batch.streams, "face_mouth": replace(
        batch.streams["face_mouth"], values=torch.full_like(batch.streams["face_mouth"].values, -9.0))})  # fmt: skip
    on, off = make().eval(), make(audio_filter=False).eval()
    assert not on(silent).extras["audio mask"].any()
    assert off(silent).extras["audio mask"].any()
    assert on(batch).extras["audio mask"].any()
    bare = {name: dim for name, dim in DIMS.items() if name != "face_mouth"}
    with pytest.raises(UserError, match="needs the stream face_mouth"):
        build(get_task("va"), bare, **SMALL)


# --------------------------------------------------------------------------- face
def test_position_once_or_in_every_layer() -> None:
    """With attention and feed-forward part zeroed, a layer normalises its query, and the query carries the position."""
    x, position, mask = torch.randn(1, 5, 8), torch.randn(1, 5, 8), torch.ones(1, 5, dtype=torch.bool)
    for kind in ("every", "once"):
        stack = CrossingStack(8, 2, 2, 8, 0.0, kind)  # type: ignore[arg-type]
        for layer in stack.layers:
            for part in (layer.attention.out, layer.feed_forward[-1]):  # type: ignore[union-attr, index]
                torch.nn.init.zeros_(part.weight)  # type: ignore[union-attr, arg-type]
                torch.nn.init.zeros_(part.bias)  # type: ignore[union-attr, arg-type]
        norm = torch.nn.LayerNorm(8)
        expected = x if kind == "every" else x + position
        for _ in range(2):
            query = expected + position if kind == "every" else expected
            expected = expected + norm(norm(query))  # the outer residual
        torch.testing.assert_close(stack(x, None, mask, position), expected)


def test_a_lost_face_is_the_nearest_one_and_soon_not_covered() -> None:
    model, batch = make().eval(), batch_of(frames=40)
    face = batch.streams["face"]
    face.mask[:] = True
    face.mask[:, 5:30] = False
    model.enter("face")
    exported = model._export("face", batch, batch.frame_times)
    assert exported.covered[0].tolist() == [True] * 15 + [False] * 5 + [True] * 20  # 1 s to each side at 10 frames/s
    moved = replace(face, values=torch.where(face.mask[..., None], face.values, 5.0))
    torch.testing.assert_close(model(replace(batch, streams={**batch.streams, "face": moved})).heads["va"],
                               model(batch).heads["va"])  # fmt: skip


# --------------------------------------------------------------------------- experts
def test_one_expert_for_each_ordered_pair() -> None:
    mixture = DirectedMixture(MODALITIES, 16, 0, 4, 16, 0.0, "learned", True)
    assert sorted(mixture.experts) == sorted(f"{a}_to_{b}" for a in MODALITIES for b in MODALITIES if a != b)
    assert not DirectedMixture(("face",), 16, 0, 4, 16, 0.0, "learned", True).experts


@pytest.mark.parametrize("masking", [True, False])
def test_experts_whose_source_is_missing_get_no_weight(masking: bool) -> None:
    torch.manual_seed(0)
    mixture = DirectedMixture(MODALITIES, 16, 0, 4, 16, 0.0, "learned", masking).eval()
    streams, real = streams_of(mixture)
    covered = {name: real.clone() for name in MODALITIES}
    covered["audio"][0, 2:] = False
    covered["face"][1, 4] = covered["behaviour"][1, 4] = covered["audio"][1, 4] = False
    tokens = {n: p(streams[n]) * covered[n].unsqueeze(-1) for n, p in mixture.projections.items()}
    weights = mixture.route(tokens, covered)
    logits = mixture.router(torch.cat(list(tokens.values()), -1))  # type: ignore[misc]
    from_audio = [source == "audio" for source, _ in mixture.pairs]
    kept = torch.tensor([not one for one in from_audio])
    full = torch.exp(logits) / torch.exp(logits).sum(-1, keepdim=True)
    torch.testing.assert_close(weights[0, :2], full[0, :2])
    if masking:
        part = torch.exp(logits[0, 2:]) * kept
        torch.testing.assert_close(weights[0, 2:], part / part.sum(-1, keepdim=True))
        assert not weights[1, 4].any()
    else:
        torch.testing.assert_close(weights, full)


def test_the_mixture_is_the_weighted_sum_and_uniform_means_equal() -> None:
    torch.manual_seed(0)
    mixture = DirectedMixture(MODALITIES, 16, 0, 4, 16, 0.0, "uniform", True).eval()
    streams, real = streams_of(mixture)
    times = torch.arange(9.0).div(10).expand(2, 9)
    covered = dict.fromkeys(MODALITIES, real)
    affect, shown = mixture(streams, covered, times, real)
    from benchmark.layers.position import sinusoidal

    placed = {n: p(streams[n]) + sinusoidal(times, real, 16) for n, p in mixture.projections.items()}
    opinions = [mixture.experts[f"{s}_to_{t}"](placed[t], placed[s], real) for s, t in mixture.pairs]
    torch.testing.assert_close(affect, mixture.head(torch.stack(opinions).mean(0))[1])
    for pair in mixture.pairs:
        torch.testing.assert_close(shown[usage_name(*pair)], torch.full((2, 9), 1 / 6))
    assert set(shown) == set(mixture.diagnostics())


def test_usage_is_told_by_what_is_missing() -> None:
    model, batch = make().eval(), batch_of(windows=2)
    shown = model(without_streams(batch, {"behaviour"})).extras
    assert set(model.diagnostics()) <= set(shown)
    for name in model.diagnostics():
        concerned = ~shown[name].isnan()
        assert not (name.endswith("nothing missing") and concerned.any())
        if name.endswith("behaviour missing"):
            assert concerned.all()
        if "router behaviour to" in name and concerned.any():
            assert not shown[name][concerned].any()


# --------------------------------------------------------------------------- gates
def test_gates_start_from_the_priors_and_skip_what_is_missing() -> None:
    torch.manual_seed(0)
    fusion = ReliabilityFusion(MODALITIES, 16, 1, 4, 32, 4, 0.0).eval()
    for gate in fusion.gates.values():
        torch.nn.init.zeros_(gate[-1].weight)  # type: ignore[index]
        torch.nn.init.zeros_(gate[-1].bias)  # type: ignore[index]
    tokens = {"face": torch.randn(1, 4, 16), "behaviour": torch.randn(1, 4, 16)}
    face, behaviour = torch.tensor([[True, True, False, False]]), torch.tensor([[True, False, True, False]])
    weights = fusion.weigh(tokens, {"face": face, "behaviour": behaviour})
    torch.testing.assert_close(weights[0], torch.tensor([[0.85, 0.15], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]))


def test_audio_that_is_masked_does_not_reach_the_frames() -> None:
    torch.manual_seed(0)
    fusion = ReliabilityFusion(MODALITIES, 16, 1, 4, 32, 4, 0.0).eval()
    streams, real = streams_of(fusion)
    covered, audio = {"face": real, "behaviour": real}, torch.randn(2, 3, 18)
    some = torch.tensor([[True, False, True], [False, False, False]])
    first, _ = fusion(streams, covered, audio, some, real)
    changed = torch.where(some[..., None], audio, 7.0)
    torch.testing.assert_close(fusion(streams, covered, changed, some, real)[0], first)
    other = audio + torch.where(some[..., None], 1.0, 0.0)
    moved = (fusion(streams, covered, other, some, real)[0] - first).abs().amax((1, 2))
    assert moved[0] > 1e-5
    assert moved[1] == 0


# --------------------------------------------------------------------------- losses
def test_loss_terms_are_those_of_the_code() -> None:
    draw = torch.Generator().manual_seed(0)
    x, y = torch.randn(3, 8, 2, generator=draw), torch.randn(3, 8, 2, generator=draw)
    valid = torch.rand(3, 8, generator=draw) > 0.3
    terms = affect_terms("audio", WEIGHTS["audio"], x, y, valid)
    ccc = masked_ccc(x, y, valid)
    torch.testing.assert_close(terms["audio_ccc"], 0.7 * (1 - ccc[0]) + 0.3 * (1 - ccc[1]))
    torch.testing.assert_close(terms["audio_mse"], 0.1 * (x - y)[valid].square().mean())
    face = affect_terms("face", WEIGHTS["face"], x, y, valid)
    by_window = [1 - masked_ccc(x[i : i + 1], y[i : i + 1], valid[i : i + 1]).mean() for i in range(3)]
    torch.testing.assert_close(face["face_ccc"], torch.stack(by_window).mean())
    assert list(face) == ["face_ccc"]
    assert WEIGHTS["fusion"].mse == 0.01


# --------------------------------------------------------------------------- stages
def test_stages_train_one_part_each_with_their_own_settings() -> None:
    preset = load_presets("methods.moe_fusion")["paper"]
    assert preset.training is not None
    with torch.device("meta"):
        model = build(get_task("va"), {"face": 256, "face_mouth": 1, "audio": 1024, "behaviour": 2560}, **preset.model)
    assert isinstance(model, MoeFusion)
    stages = model.stages()
    assert [stage.name for stage in stages] == ["face", "behaviour", "audio", "fusion"]
    rates = {}
    for stage in stages:
        rates[stage.name] = Training.model_validate({**preset.training.model_dump(), **stage.training}).learning_rate
        (prefix,) = stage.trainable
        assert any(name.startswith(prefix) for name, _ in model.named_parameters())
    assert rates == {"face": 1e-4, "behaviour": 3e-4, "audio": 2e-4, "fusion": 1e-4}
    learnt = [name for name, _ in model.named_parameters()]
    assert all(any(name.startswith(s.trainable) for s in stages) for name in learnt)


@pytest.mark.parametrize("fusion", ["dcmmoe", "raav", "transformer"])
def test_the_fusion_never_trains_the_branches(fusion: str) -> None:
    model, batch = make(fusion=fusion), batch_of()
    for stage in ("", "fusion"):
        model.enter(stage)
        model.train()
        terms = model.loss(model(batch.without_labels()), batch)
        branches = [p for p in model.branches.parameters() if p.requires_grad]
        gradients = torch.autograd.grad(terms["fusion_ccc"], branches, allow_unused=True, retain_graph=True)
        assert not any(g is not None and g.any() for g in gradients)
        assert ("face_ccc" in terms) == (stage == "")


def test_frozen_branches_do_not_drop_out() -> None:
    model, batch = make(fusion_dropout=0.0, face_dropout=0.5), batch_of()
    model.enter("fusion")
    model.train()
    assert not any(part.training for part in model.branches.modules())
    assert model.fusion.training
    torch.testing.assert_close(model(batch).heads["va"], model(batch).heads["va"])
    model.enter("joint")
    assert all(part.training for part in model.train().branches.modules())


@pytest.mark.parametrize("name", MODALITIES)
def test_in_its_stage_a_branch_predicts_alone(name: str) -> None:
    model, batch = make().eval(), batch_of()
    model.enter(name)
    needed = {name, "face_mouth"} if name == "audio" else {name}
    only = replace(batch, streams={k: v for k, v in batch.streams.items() if k in needed})
    outputs = model(only)
    terms = model.loss(outputs, only)
    assert {term.split("_")[0] for term in terms} == {name}
    exported = model._export(name, batch, batch.frame_times)
    torch.testing.assert_close(outputs.heads["va"], exported.affect)


def test_joint_training_is_one_stage() -> None:
    (stage,) = make(staged=False).stages()
    assert stage.trainable == ()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fusion": "dcmoe"}, 'unknown value of model.fusion "dcmoe". Did you mean "dcmmoe"'),
        ({"router": "none"}, "model.router"),
        ({"position": "never"}, "model.position"),
        ({"face_ccc": "video"}, "model.face_ccc"),
        ({"modalities": ("face", "text")}, "model.modalities"),
        ({"modalities": ()}, "model.modalities is empty"),
        ({"fusion": "raav", "modalities": "audio"}, "model.fusion=raav"),
        ({"face_heads": 3}, "model.face_heads is 3, which does not divide model.width, 16"),
        ({"stages": {"faces": {}}}, "model.stages"),
    ],
)
def test_wrong_options_say_which_and_what_fits(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words.replace(".", r"\.")):
        make(**options)


def test_another_task_is_refused() -> None:
    with pytest.raises(UserError, match="--task va"):
        build(get_task("au"), DIMS)


@pytest.mark.parametrize("fusion", ["dcmmoe", "raav", "transformer"])
@pytest.mark.parametrize("modalities", [("face",), ("face", "audio"), ("behaviour", "audio"), MODALITIES])
def test_every_fusion_takes_any_modalities(fusion: str, modalities: tuple[str, ...]) -> None:
    model, batch = make(fusion=fusion, modalities=modalities), batch_of()
    terms = model.loss(model(batch.without_labels()), batch)
    total = torch.stack(list(terms.values())).sum()
    total.backward()
    assert math.isfinite(total.item())
    learnt = {name for name, p in model.fusion.named_parameters() if p.grad is not None and p.grad.any()}
    assert learnt == {name for name, _ in model.fusion.named_parameters()}


def test_paper_presets_have_the_released_sizes() -> None:
    dims = {"face": 256, "face_mouth": 1, "audio": 1024, "behaviour": 2560}
    for name, fusion in (("paper", DirectedMixture), ("paper_raav", ReliabilityFusion)):
        with torch.device("meta"):
            model = build(get_task("va"), dims, **load_presets("methods.moe_fusion")[name].model)
        assert isinstance(model, MoeFusion)
        assert isinstance(model.fusion, fusion)
        shapes = {n: tuple(p.shape) for n, p in model.branches.named_parameters()}
        assert shapes["audio.embed.2.weight"] == (256, 2048)
        assert shapes["behaviour.blocks.11.mamba.in_proj.weight"] == (512, 256)
        assert shapes["behaviour.blocks.0.mamba.conv1d.weight"] == (256, 1, 5)
        assert shapes["behaviour.blocks.0.mamba.A_log"] == (256, 8)
        assert shapes["behaviour.blocks.0.mamba.dt_proj.weight"] == (256, 16)
        assert shapes["behaviour.head.hidden.0.weight"] == (512, 256)
        assert "face.layers.layers.4.attention.query.weight" in shapes


def test_ablations_are_settings_of_every_preset() -> None:
    for preset in load_presets("methods.moe_fusion").values():
        for key in CARD.ablations:
            section, option = key.split(".")
            assert section == "model"
            assert option in preset.model
