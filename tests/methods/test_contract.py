"""What every network in the registry must do; a new method only has to appear."""

from __future__ import annotations

from importlib import resources

import pytest
import torch
from contract_batches import last, make_batch, padded, rows, walk, without_streams
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from benchmark.contract import Batch, Outputs
from benchmark.cost.flops import flops_per_frame
from benchmark.encoders.catalogue import encoder_spec
from benchmark.presets import Preset, apply_overrides, setting
from benchmark.registry import Method, load_methods
from benchmark.running.resources import fill_resources
from benchmark.tasks import HEADS, Task, get_task
from benchmark.training.module import MethodModule
from benchmark.training.networks import stages_of

METHODS = list(load_methods().values())
NETWORKS = [method for method in METHODS if method.card.kind == "network"]
NETWORK_TASKS = [pytest.param(m, get_task(t), id=f"{m.card.key}-{t}") for m in NETWORKS for t in m.card.tasks]
SWITCHES = [
    pytest.param(method, key, value, id=f"{method.card.key}-{key}={value}")
    for method in NETWORKS
    for key, values in method.card.ablations.items()
    for value in values
]


def dims_of(preset: Preset) -> dict[str, int]:
    return {stream: encoder_spec(key).dim for stream, key in preset.streams.items()}


def steps_of(preset: Preset) -> dict[str, int | tuple[int, ...]]:
    return {stream: encoder_spec(key).step for stream, key in preset.streams.items()}


def on_frames(preset: Preset) -> frozenset[str]:
    return frozenset(stream for stream, key in preset.streams.items() if encoder_spec(key).grid == "frames")


def build(method: Method, task: Task, preset: Preset | None = None, seed: int = 0) -> nn.Module:
    preset = preset or method.presets()["affrig"]
    torch.manual_seed(seed)
    network = method.build(task, dims_of(preset), preset.model)
    assert isinstance(network, nn.Module)
    fill_resources(network, preset, method.card.key)
    return network


def raw_batch(method: Method, task: Task, network: nn.Module, preset: Preset | None = None, **options: int) -> Batch:
    """What the harness would load: every stream of the preset, and labels for every list of every stage."""
    preset = preset or method.presets()["affrig"]
    heads = tuple(head for stage in stages_of(network) for key in stage.lists for head in get_task(key).heads)
    return make_batch(steps_of(preset), on_frames(preset), task, heads=heads, **options)  # type: ignore[arg-type]


def ready(method: Method, task: Task, preset: Preset | None = None, **options: int) -> tuple[nn.Module, Batch]:
    """A network in its last stage and a batch that it reads."""
    network = build(method, task, preset)
    return network, last(network, raw_batch(method, task, network, preset, **options))


def evaluate(network: nn.Module, batch: Batch) -> Outputs:
    network.eval()
    with torch.no_grad():
        outputs: Outputs = network(batch.without_labels())
    return outputs


def final(network: nn.Module, raw: Batch) -> Outputs:
    """Predictions by the whole pipeline, made streams included."""
    network.eval()
    return evaluate(network, last(network, raw))


def loss_terms(network: nn.Module, batch: Batch) -> dict[str, Tensor]:
    terms: dict[str, Tensor] = network.loss(network(batch.without_labels()), batch)  # type: ignore[operator]
    return terms


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.card.key)
def test_card_and_files_are_complete(method: Method) -> None:
    card, presets = method.card, method.presets()
    assert card.title
    assert card.summary.endswith(".")
    assert set(card.tasks) <= {"va", "expr", "au", "mtl", "ce"}
    assert "affrig" in presets
    for preset in presets.values():
        assert set(preset.streams) <= {need.name for need in card.streams}
        assert all(dims_of(preset).values())
    assert all(d.what and d.why and d.effect for d in card.deviations)
    if card.floor:
        return
    assert card.paper is not None
    assert card.paper.access
    assert "paper" in presets
    assert (resources.files(method.package) / "README.md").is_file()
    for published in card.published:
        assert published.task in card.tasks
        assert published.source


@pytest.mark.parametrize("method", NETWORKS, ids=lambda m: m.card.key)
def test_ablations_name_settings_of_the_presets(method: Method) -> None:
    for name, preset in method.presets().items():
        for key, values in method.card.ablations.items():
            assert len(values) >= 2, f"{name}: {key} has nothing to switch"
            for value in values:
                apply_overrides(preset, [setting(key, value)])


@pytest.mark.parametrize("method", NETWORKS, ids=lambda m: m.card.key)
def test_paper_preset_builds_without_memory(method: Method) -> None:
    preset = method.presets()["paper"]
    for key in method.card.tasks:
        with torch.device("meta"):
            network = method.build(get_task(key), dims_of(preset), preset.model)
        assert sum(parameter.numel() for parameter in network.parameters()) > 0
        assert all(parameter.is_meta for parameter in network.parameters())


@pytest.mark.parametrize(("method", "task"), NETWORK_TASKS)
def test_output_shapes_and_finite_loss(method: Method, task: Task) -> None:
    network, batch = ready(method, task)
    outputs = network(batch.without_labels())
    assert set(outputs.heads) >= set(task.heads)
    for key in task.heads:
        assert outputs.heads[key].shape == (3, 24, HEADS[key].width)
        assert torch.isfinite(outputs.heads[key]).all()
    terms = network.loss(outputs, batch)  # type: ignore[operator]
    assert terms
    assert all(term.ndim == 0 and torch.isfinite(term) for term in terms.values())


@pytest.mark.parametrize(("method", "key", "value"), SWITCHES)
def test_every_switch_of_the_ablations_learns_and_is_costed(method: Method, key: str, value: object) -> None:
    preset = apply_overrides(method.presets()["affrig"], [setting(key, value)])
    network, batch = ready(method, get_task(method.card.tasks[0]), preset, windows=2, frames=6)
    terms = loss_terms(network, batch)
    torch.stack(list(terms.values())).sum().backward()
    assert all(torch.isfinite(term) for term in terms.values())
    assert flops_per_frame(MethodModule(network).eval(), batch) > 0


@pytest.mark.parametrize(("method", "task"), NETWORK_TASKS)
def test_every_stage_is_complete(method: Method, task: Task) -> None:
    """In every stage each parameter that may learn does, each loss term reaches one, and the judged heads are there."""
    network = build(method, task)
    names = [stage.name for stage in stages_of(network)]
    assert len(set(names)) == len(names)
    for stage, batch in walk(network, raw_batch(method, task, network)):
        parameters = {name: p for name, p in network.named_parameters() if p.requires_grad}
        assert parameters, stage.name
        outputs = network(batch.without_labels())
        judged = task if not stage.lists or task.key in stage.lists else get_task(next(iter(stage.lists)))
        assert stage.judge != "heads" or set(judged.heads) <= set(outputs.heads), stage.name
        reached: set[str] = set()
        for term_name, term in network.loss(outputs, batch).items():  # type: ignore[operator]
            gradients = torch.autograd.grad(term, list(parameters.values()), retain_graph=True, allow_unused=True)
            hit = {name for name, g in zip(parameters, gradients, strict=True) if g is not None and bool(g.any())}
            assert hit, f"{stage.name}: loss term {term_name} reaches no parameter"
            reached |= hit
        assert not set(parameters) - reached, stage.name


@pytest.mark.parametrize(("method", "task"), NETWORK_TASKS)
def test_any_stream_may_be_missing(method: Method, task: Task) -> None:
    network = build(method, task)
    raw = raw_batch(method, task, network)
    for names in [*({name} for name in raw.streams), set(raw.streams)]:
        network.train()
        for stage, batch in walk(network, without_streams(raw, names)):
            network.zero_grad()
            total = torch.stack(list(loss_terms(network, batch).values())).sum()
            total.backward()
            assert torch.isfinite(total), f"{stage.name}: loss without {names}"
            for name, parameter in network.named_parameters():
                finite = parameter.grad is None or torch.isfinite(parameter.grad).all()
                assert finite, f"{stage.name}: gradient of {name} without {names}"
        for values in final(network, without_streams(raw, names)).heads.values():
            assert torch.isfinite(values).all(), f"prediction without {names}"


@pytest.mark.parametrize(("method", "task"), NETWORK_TASKS)
def test_no_valid_label_gives_a_zero_loss_not_nan(method: Method, task: Task) -> None:
    network, batch = ready(method, task)
    for mask in batch.valid.values():
        mask.fill_(False)
    total = torch.stack(list(loss_terms(network, batch).values())).sum()
    total.backward()
    assert torch.isfinite(total)
    assert all(p.grad is None or torch.isfinite(p.grad).all() for p in network.parameters())


@pytest.mark.parametrize(("method", "task"), NETWORK_TASKS)
def test_a_window_is_predicted_alone_as_in_company(method: Method, task: Task) -> None:
    network = build(method, task)
    raw = raw_batch(method, task, network)
    together = final(network, raw)
    for row in range(3):
        alone = final(network, rows(raw, slice(row, row + 1)))
        for key, values in alone.heads.items():
            torch.testing.assert_close(values[0], together.heads[key][row], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("method", "task"), NETWORK_TASKS)
def test_padding_changes_nothing(method: Method, task: Task) -> None:
    network = build(method, task)
    raw = raw_batch(method, task, network)
    bare, more = final(network, raw), final(network, padded(raw, 9))
    for key, values in bare.heads.items():
        torch.testing.assert_close(more.heads[key][:, :24], values, atol=1e-5, rtol=1e-5)
    plain = loss_terms(network, last(network, raw))
    for name, term in loss_terms(network, last(network, padded(raw, 9))).items():
        torch.testing.assert_close(term, plain[name], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("method", "task"), NETWORK_TASKS)
def test_the_seed_fixes_every_number(method: Method, task: Task) -> None:
    def terms() -> dict[str, float]:
        network = build(method, task, seed=5)
        batch = last(network, raw_batch(method, task, network))
        torch.manual_seed(6)
        return {name: term.item() for name, term in loss_terms(network, batch).items()}

    assert terms() == terms()


@pytest.mark.parametrize(("method", "task"), NETWORK_TASKS)
def test_weights_survive_a_file_exactly(method: Method, task: Task, tmp_path) -> None:  # type: ignore[no-untyped-def]
    network = build(method, task, seed=1)
    raw = raw_batch(method, task, network)
    save_file(network.state_dict(), tmp_path / "weights.safetensors")
    other = build(method, task, seed=2)
    other.load_state_dict(load_file(tmp_path / "weights.safetensors"), strict=True)
    for key, values in final(network, raw).heads.items():
        assert torch.equal(values, final(other, raw).heads[key])


@pytest.mark.parametrize(("method", "task"), NETWORK_TASKS)
def test_a_tiny_batch_can_be_learnt(method: Method, task: Task) -> None:
    network, batch = ready(method, task, windows=2, frames=12)
    optimizer = torch.optim.Adam([p for p in network.parameters() if p.requires_grad], lr=3e-3)
    network.eval()
    before = sum(term.item() for term in loss_terms(network, batch).values())
    network.train()
    for _ in range(150):
        optimizer.zero_grad()
        torch.stack(list(loss_terms(network, batch).values())).sum().backward()
        optimizer.step()
    network.eval()
    after = sum(term.item() for term in loss_terms(network, batch).values())
    assert after < 0.5 * before
