"""What is particular to this entry; the rules for every network are checked over the registry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from mae_examples import SIDE, TINY, WIDTH, batch_of, make
from torch import Tensor, nn
from torch.nn import functional

from benchmark.contract import Batch, Stream
from benchmark.errors import UserError
from benchmark.layers.losses import masked_bce
from benchmark.presets import load_presets
from benchmark.tasks import COMPOUND_EXPRESSIONS, EXPRESSIONS, get_task
from methods.mae_curriculum.compound import Compound
from methods.mae_curriculum.curriculum import (
    BASIC,
    COMPOUNDS,
    admissible,
    compound_scores,
    mixed_targets,
    targets,
)
from methods.mae_curriculum.fusion import FeatureFusion
from methods.mae_curriculum.model import build
from methods.mae_curriculum.multitask import MultiTask
from methods.mae_curriculum.pixels import normalise, to_unit
from methods.mae_curriculum.settings import StageSettings
from methods.mae_curriculum.subtasks import answering, check_groups


# --------------------------------------------------------------------------- the multi-task track
def test_fusion_adds_features_of_one_width_as_they_are_and_skips_what_was_not_seen() -> None:
    torch.manual_seed(0)
    fusion = FeatureFusion(WIDTH, {"single_au": WIDTH, "face_expression": 6}, dropout=0.3).eval()
    batch, face = batch_of(), torch.randn(2, 5, WIDTH)
    streams = batch.streams
    other = streams["face_expression"]
    mapped = functional.linear(
        other.values, fusion.maps["face_expression"][1].weight, fusion.maps["face_expression"][1].bias
    )
    total = face + streams["single_au"].values + mapped * other.mask.unsqueeze(-1)
    hidden = functional.relu(functional.linear(total, fusion.mix[0].weight, fusion.mix[0].bias))
    wanted = functional.leaky_relu(functional.linear(hidden, fusion.mix[3].weight, fusion.mix[3].bias), 0.1)
    torch.testing.assert_close(fusion(face, streams), wanted)
    assert not list(fusion.maps["single_au"].parameters())


def test_a_training_step_does_not_see_a_share_of_all_fused_features() -> None:
    fusion = FeatureFusion(WIDTH, {"single_au": WIDTH}, dropout=0.0, stream_dropout=1.0).train()
    batch, face = batch_of(), torch.randn(2, 5, WIDTH)
    torch.testing.assert_close(fusion(face, batch.streams), fusion.mix(face))


def test_stages_of_the_multi_task_track_and_what_each_depends_on() -> None:
    network = make("mtl", frozen=["face_expression"], stages={"single": {"training": {"max_epochs": 3}}})
    stages = {stage.name: stage for stage in network.stages()}
    assert list(stages) == [
        *("pretrain", "single_au", "single_expr", "single_valence"),
        "joint_au_expr_valence_arousal",
    ]
    pretrain, single, joint = stages["pretrain"], stages["single_expr"], stages["joint_au_expr_valence_arousal"]
    assert (pretrain.judge, pretrain.labels, pretrain.after) == ("probe", False, ())
    assert single.after == ("pretrain",)
    assert single.makes == ("single_expr",)
    assert single.training == {"max_epochs": 3}
    assert set(joint.reads) == {"face", "face_expression", "single_au", "single_expr", "single_valence"}
    assert joint.after == ("pretrain", "single_au", "single_expr", "single_valence")
    assert "temporal" in joint.options
    assert not {"temporal", "frozen", "joint"} & {*single.options, *pretrain.options}
    assert not {"mask_ratio", "decoder_width"} & set(single.options)  # they reach it through pretrain
    assert [stage.name for stage in make("mtl", pretrain="none", singles=[]).stages()] == [
        "joint_au_expr_valence_arousal"
    ]


def test_an_encoder_is_copied_once_and_the_copy_survives_a_file() -> None:
    network = make("mtl")
    network.enter("pretrain")
    expert = network.joint["au_expr_valence_arousal"]
    source = network.mae.net.vit.layers[0].mlp.fc1.weight
    assert not torch.equal(expert.vit.vit.layers[0].mlp.fc1.weight, source)
    network.enter("joint_au_expr_valence_arousal")
    assert torch.equal(expert.vit.vit.layers[0].mlp.fc1.weight, source)
    with torch.no_grad():
        expert.vit.vit.layers[0].mlp.fc1.weight.add_(1)
    network.enter("joint_au_expr_valence_arousal")  # as before predicting
    assert not torch.equal(expert.vit.vit.layers[0].mlp.fc1.weight, source)
    other = make("mtl", seed=1)
    other.load_state_dict(network.state_dict())
    other.enter("joint_au_expr_valence_arousal")
    assert torch.equal(
        other.joint["au_expr_valence_arousal"].vit.vit.layers[0].mlp.fc1.weight,
        expert.vit.vit.layers[0].mlp.fc1.weight,
    )


def test_each_label_is_answered_by_the_first_group_that_trains_all_it_needs() -> None:
    groups = check_groups([["valence", "au"], ["au", "expr", "valence"], ["arousal", "valence"]])
    assert groups == (("au", "valence"), ("au", "expr", "valence"), ("valence", "arousal"))
    assert [answering(groups, head) for head in ("au", "expr", "va")] == [0, 1, 2]
    network = make("mtl", joint=groups, singles=[], temporal="none").eval()
    batch = batch_of()
    for stage in network.stages():  # as training does: each expert copies the encoder when its stage begins
        network.enter(stage.name)
    full = network(batch).heads
    for head, name in (("au", "au_valence"), ("expr", "au_expr_valence")):
        network.enter(f"joint_{name}")
        torch.testing.assert_close(network(batch).heads[head], full[head])
        assert not bool(network(batch).heads["va"][..., 1].any())
    network.enter("joint_valence_arousal")
    network.train()
    assert not bool(network(batch).heads["au"].any())  # it trains its own group only


def test_the_losses_of_the_multi_task_track_are_the_released_sum_over_each_labels_own_rows() -> None:
    network, batch = make("mtl", singles=[], temporal="none", augment=False).eval(), batch_of(3, 8)
    network.enter("joint_au_expr_valence_arousal")
    outputs = network(batch)
    terms = network.loss(outputs, batch)
    assert list(terms) == ["au", "expr", "valence", "arousal"]
    heads, labels, valid = outputs.heads, batch.labels, batch.valid
    wanted = {
        "au": functional.binary_cross_entropy_with_logits(heads["au"][valid["au"]], labels["au"][valid["au"]]),
        "expr": functional.cross_entropy(heads["expr"][valid["expr"]], labels["expr"][valid["expr"]]),
    }
    for column, name in enumerate(("valence", "arousal")):
        x, y = heads["va"][valid["va"]][:, column].double(), labels["va"][valid["va"]][:, column].double()
        covariance = ((x - x.mean()) * (y - y.mean())).mean()
        ccc = 2 * covariance / (x.var(correction=0) + y.var(correction=0) + (x.mean() - y.mean()) ** 2)
        wanted[name] = (1 - ccc).float()
    for name, value in wanted.items():
        torch.testing.assert_close(terms[name], value, atol=1e-5, rtol=1e-4)
    assert heads["va"].abs().max() <= 1


@pytest.mark.parametrize("kind", ["transformer", "lstm", "tcn"])
def test_only_the_chosen_sub_tasks_are_predicted_in_context(kind: str) -> None:
    network = make("mtl", singles=[], temporal=kind, temporal_tasks=["valence", "arousal"]).eval()
    batch = batch_of(1, 6, observed=2.0)
    face = batch.streams["face"]
    changed = face.values.clone()
    changed[:, 0] = 255 - changed[:, 0]
    other = replace(batch, streams={**batch.streams, "face": replace(face, values=changed)})
    first, second = network(batch).heads, network(other).heads
    assert not torch.allclose(first["va"][:, -1], second["va"][:, -1]) or kind == "tcn"
    assert not torch.allclose(first["va"][:, 1], second["va"][:, 1])
    torch.testing.assert_close(first["au"][:, 1:], second["au"][:, 1:])
    torch.testing.assert_close(first["expr"][:, 1:], second["expr"][:, 1:])


def test_extracted_features_are_those_of_the_stage_and_mask_what_was_not_seen() -> None:
    network, batch = make("mtl").eval(), batch_of()
    network.enter("single_valence")
    made = network.extract(batch)
    assert list(made) == ["single_valence"]
    stream = made["single_valence"]
    assert torch.equal(stream.mask, batch.streams["face"].mask)
    assert stream.values.shape == (2, 5, WIDTH)
    crops = batch.streams["face"]
    alone = network.singles["valence"].vit(normalise(to_unit(crops.values[crops.mask])))
    torch.testing.assert_close(stream.values[stream.mask], alone)


def test_the_picture_has_three_rows_and_is_drawn_by_pretraining_alone() -> None:
    network, batch = make("mtl"), batch_of(2, 5, observed=2.0)
    network.enter("pretrain")
    picture = network.sheet(batch)
    assert picture is not None
    assert picture.shape == (3 * (SIDE + 2) + 2, 10 * (SIDE + 2) + 2, 3)
    assert picture.dtype == torch.uint8
    crop = picture[2 : 2 + SIDE, 2 : 2 + SIDE].permute(2, 0, 1)
    assert torch.equal(crop, batch.streams["face"].values[0, 0])
    masked = picture[SIDE + 4 : 2 * SIDE + 4, 2 : 2 + SIDE].permute(2, 0, 1)
    assert (masked == 128).all(0).float().mean() >= 0.75
    network.enter("single_au")
    assert network.sheet(batch) is None


# --------------------------------------------------------------------------- the curriculum
def test_each_compound_expression_is_made_of_the_two_basic_ones_in_its_name() -> None:
    stems = {
        "Anger": "Angr",
        "Disgust": "Disgust",
        "Fear": "Fear",
        "Happiness": "Happ",
        "Sadness": "Sad",
        "Surprise": "Surpris",
    }
    for name, pair in zip(COMPOUND_EXPRESSIONS, COMPOUNDS, strict=True):
        assert len(set(pair)) == 2
        assert {basic for basic, stem in stems.items() if stem in name} == {BASIC[k] for k in pair}


def test_a_compound_score_is_the_sum_of_two_probabilities() -> None:
    basic = torch.randn(3, 4, 6)
    scores = compound_scores(basic)
    for column, (first, second) in enumerate(COMPOUNDS):
        wanted = 1 / (1 + torch.exp(-basic[..., first])) + 1 / (1 + torch.exp(-basic[..., second]))
        torch.testing.assert_close(scores[..., column].exp(), wanted)
    share = scores.softmax(-1)
    torch.testing.assert_close(share, scores.exp() / scores.exp().sum(-1, keepdim=True))


def test_targets_of_basic_and_compound_labels() -> None:
    batch = batch_of(4, 30)
    target, counts = targets(batch)
    for row in range(4):
        for frame in range(30):
            wanted = set()
            if bool(batch.valid["ce"][row, frame]):
                wanted = set(COMPOUNDS[int(batch.labels["ce"][row, frame])])
            elif bool(batch.valid["expr"][row, frame]):
                name = EXPRESSIONS[int(batch.labels["expr"][row, frame])]
                wanted = {BASIC.index(name)} if name in BASIC else set()
            assert bool(counts[row, frame]) == bool(wanted)
            if wanted:
                assert set(target[row, frame].nonzero().flatten().tolist()) == wanted
    only = replace(batch, labels={"ce": batch.labels["ce"]}, valid={"ce": batch.valid["ce"]})
    assert torch.equal(targets(only)[1], batch.valid["ce"])


def test_the_eleven_pairs_that_may_be_mixed() -> None:
    table = admissible()
    assert torch.equal(table, table.T)
    assert int(table.sum()) == 22
    assert not bool(table.diagonal().any())
    left_out = {(BASIC[i], BASIC[j]) for i in range(6) for j in range(i) if not table[i, j]}
    assert left_out == {("Fear", "Disgust"), ("Happiness", "Anger"), ("Happiness", "Fear"), ("Sadness", "Happiness")}


def test_mixtures_count_only_for_admissible_pairs_of_basic_faces() -> None:
    index = {name: k for k, name in enumerate(BASIC)}
    target = torch.zeros(5, 6)
    for row, names in enumerate((("Fear",), ("Surprise",), ("Happiness",), ("Fear", "Surprise"), ("Anger",))):
        target[row, [index[name] for name in names]] = 1
    counts = torch.tensor([True, True, True, True, False])
    first, second = torch.tensor([0, 0, 3, 0, 4]), torch.tensor([1, 2, 1, 0, 1])
    both, allowed = mixed_targets(target, counts, first, second)
    assert allowed.tolist() == [True, False, False, False, False]
    assert both[0].nonzero().flatten().tolist() == sorted((index["Fear"], index["Surprise"]))


@pytest.mark.parametrize("mixing", ["mixup", "cutmix"])
def test_mixtures_are_made_of_the_two_faces_they_name_and_reach_the_loss(mixing: str) -> None:
    network = make("ce", mixing=mixing, frozen=["face_expression"], augment=False, drop_path=0.0, fusion_dropout=0.0)
    batch = batch_of(3, 20)
    batch = replace(batch, labels={"expr": batch.labels["expr"]}, valid={"expr": batch.valid["expr"]})
    network.enter("curriculum_1")
    outputs = network.train()(batch)
    extras = outputs.extras
    face = batch.streams["face"]
    crops = to_unit(face.values[face.mask])
    first, second = crops[extras["first"]], crops[extras["second"]]
    half = SIDE // 2
    faces = (first + second) / 2 if mixing == "mixup" else torch.cat([first[..., :half], second[..., half:]], dim=-1)
    features = batch.streams["face_expression"].values[face.mask]
    mixture = (features[extras["first"]] + features[extras["second"]]) / 2
    ones = torch.ones(1, len(faces), dtype=torch.bool)
    hidden = network.recogniser.fuse(
        network.recogniser.vit(normalise(faces)).unsqueeze(0),
        {"face_expression": Stream(mixture.unsqueeze(0), ones.float(), ones)},
    )
    torch.testing.assert_close(extras["mixed"], network.recogniser.heads["basic"](hidden)[0], atol=1e-5, rtol=1e-4)
    without = replace(outputs, extras={"basic": extras["basic"]})
    assert not torch.allclose(network.loss(outputs, batch)["basic"], network.loss(without, batch)["basic"])
    assert "mixed" not in network.eval()(batch).extras


def test_stages_of_the_curriculum() -> None:
    network = make("ce", stages={"curriculum": {"training": {"batch_size": 7}}})
    assert isinstance(network, Compound)
    pretrain, *stages = network.stages()
    assert pretrain.name == "pretrain"
    assert [stage.lists for stage in stages] == [
        {"expr": 1.0},
        {"expr": 0.8, "ce": 0.2},
        {"expr": 0.6, "ce": 0.4},
        {"ce": 1.0},
    ]
    assert [stage.training["max_epochs"] for stage in stages] == [5, 5, 3, 3]
    assert all(stage.training["batch_size"] == 7 for stage in stages)
    assert [stage.after for stage in stages][2] == ("pretrain", "curriculum_1", "curriculum_2")
    zero_shot = make("ce", compound_shares=[0], compound_epochs=[4]).stages()[-1]
    assert zero_shot.lists == {"expr": 1}
    assert zero_shot.judge == "none"


def test_the_loss_of_the_curriculum_is_bmc_of_raw_outputs_or_bce() -> None:
    batch = batch_of(3, 8)
    for kind in ("bmc", "bce"):
        network = make("ce", compound_loss=kind, noise_sigma=0.7).eval()
        outputs = network(batch)
        target, counts = targets(batch)
        raw, wanted = outputs.extras["basic"][counts], target[counts]
        if kind == "bce":
            expected = masked_bce(outputs.extras["basic"], target, counts)
        else:
            rows = []
            for i in range(len(raw)):  # -log of the share that the own target has of all densities
                densities = torch.stack([torch.exp(-((raw[i] - one) ** 2).sum() / (2 * 0.49)) for one in wanted])
                rows.append(-torch.log(densities[i] / densities.sum()) * 2 * 0.49)
            expected = torch.stack(rows).mean()
        torch.testing.assert_close(network.loss(outputs, batch)["basic"], expected, atol=1e-5, rtol=1e-4)


def test_the_curriculum_learns_compounds_from_basic_faces_alone() -> None:
    """Zero-shot: six patterns, one a basic expression; an overlay of two is then named by their pair."""
    network = make("ce", pretrain="none", compound_shares=[0], compound_epochs=[1], augment=False, compound_loss="bce")
    network.enter("curriculum_1")
    draw = torch.Generator().manual_seed(3)
    patterns = torch.zeros(6, 3, SIDE, SIDE)
    for k in range(6):  # one colour in the upper or lower half
        patterns[k, k % 3, 8 * (k // 3) : 8 * (k // 3) + 8] = 1.0

    def batch_for(kinds: Tensor, images: Tensor, key: str) -> Batch:
        images = (255 * (0.8 * images + 0.1 * torch.rand(images.shape, generator=draw))).clamp(0, 255).to(torch.uint8)
        seen, times = torch.ones(len(kinds), 1, dtype=torch.bool), torch.zeros(len(kinds), 1)
        return Batch(
            {"face": Stream(images.unsqueeze(1), times, seen)},
            {key: kinds.unsqueeze(1)},
            {key: seen},
            times,
            seen,
            ("t",) * len(kinds),
            (0,) * len(kinds),
        )

    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(80):
        kinds = torch.randint(6, (32,), generator=draw)
        labels = torch.tensor([EXPRESSIONS.index(name) for name in BASIC])[kinds]
        batch = batch_for(labels, patterns[kinds], "expr")
        optimizer.zero_grad()
        network.loss(network(batch), batch)["basic"].backward()
        optimizer.step()
    kinds = torch.randint(7, (70,), generator=draw)
    pairs = torch.tensor(COMPOUNDS)[kinds]
    overlay = torch.maximum(patterns[pairs[:, 0]], patterns[pairs[:, 1]])
    found = network.eval()(batch_for(kinds, overlay, "ce")).heads["ce"][:, 0].argmax(-1)
    assert (found == kinds).float().mean() > 0.5  # 1 in 7 by chance


# --------------------------------------------------------------------------- options
@pytest.mark.parametrize(
    ("task", "options", "words"),
    [
        ("mtl", {"pretrain": "dino"}, "model.pretrain"),
        ("mtl", {"temporal": "gru"}, "model.temporal"),
        ("mtl", {"joint": [["au", "expr"], ["valence"]]}, "no group that trains valence and arousal"),
        ("mtl", {"joint": [["au", "exp"]]}, 'sub-task in model.joint "exp". Did you mean "expr"'),
        ("mtl", {"singles": ["va"]}, "model.singles"),
        ("mtl", {"frozen": ["face_expresion"]}, 'Did you mean "face_expression"'),
        ("mtl", {"patch": 5}, "model.patch is 5, which does not divide crops of 16 px"),
        ("mtl", {"width": 18}, "model.width is 18"),
        ("mtl", {"mask_ratio": 1.0}, "model.mask_ratio is 1"),
        ("mtl", {"stages": {"singel": {}}}, "model.stages"),
        ("mtl", {"stages": {"single": {"epochs": {}}}}, "model.stages.single"),
        ("ce", {"mixing": "mixed"}, "model.mixing"),
        ("ce", {"compound_loss": "mse"}, "model.compound_loss"),
        ("ce", {"compound_shares": [0, 1]}, "2 stages and model.compound_epochs 4"),
        ("ce", {"compound_shares": [2], "compound_epochs": [1]}, "shares between 0 and 1"),
    ],
)
def test_wrong_options_say_which_and_what_fits(task: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words.replace(".", r"\.")):
        make(task, **options)


def test_needs_the_tasks_and_the_crops_it_was_made_for() -> None:
    with pytest.raises(UserError, match="--task mtl or --task ce"):
        make("va")
    with pytest.raises(UserError, match="face: crops_48"):
        build(get_task("mtl"), {"face_expression": 6}, **TINY)
    with pytest.raises(TypeError, match="unexpected keyword argument 'pach'"):
        make("mtl", pach=4)


def test_stage_settings_of_one_stage_lie_over_those_of_its_family() -> None:
    settings = StageSettings({"joint": {"training": {"a": 1, "b": 1}}, "joint_au": {"training": {"b": 2}}})
    assert settings.of("joint", "joint_au", "training") == {"a": 1, "b": 2}
    assert settings.of("joint", "joint_expr", "training") == {"a": 1, "b": 1}
    assert settings.of("joint", "joint_au", "windows") == {}


def test_paper_preset_has_the_papers_sizes() -> None:
    options = load_presets("methods.mae_curriculum")["paper"].model
    with torch.device("meta"):
        network = build(get_task("mtl"), {"face": 224}, **options)
    assert isinstance(network, MultiTask)
    assert [name for name, _ in network.joint.items()] == ["au_valence", "au_expr_valence", "valence_arousal"]
    vit = network.joint["valence_arousal"].vit
    assert sum(p.numel() for p in vit.parameters()) == 85_647_360  # ViT-B/16 without classifier and positions
    assert network.joint["au_valence"].in_context == ("valence",)
    assert isinstance(network.joint["valence_arousal"].temporal.lstm, nn.LSTM)
