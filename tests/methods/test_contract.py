"""What every network in the registry must do; a new method only has to appear."""

from __future__ import annotations

from importlib import resources

import pytest
import torch
from contract_batches import make_batch, padded, rows, without_streams
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from benchmark.contract import Batch, Outputs
from benchmark.encoders.catalogue import encoder_spec
from benchmark.presets import Preset, apply_overrides
from benchmark.registry import Method, load_methods
from benchmark.running.resources import fill_resources
from benchmark.tasks import HEADS, Task, get_task

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


def on_frames(preset: Preset) -> frozenset[str]:
    return frozenset(stream for stream, key in preset.streams.items() if encoder_spec(key).grid == "frames")


def build(method: Method, task: Task, preset: Preset | None = None, seed: int = 0) -> nn.Module:
    preset = preset or method.presets()["affrig"]
    torch.manual_seed(seed)
    network = method.build(task, dims_of(preset), preset.model)
    assert isinstance(network, nn.Module)
    fill_resources(network, preset, method.card.key)
    return network


def batch_for(method: Method, task: Task, **options: int) -> Batch:
    preset = method.presets()["affrig"]
    return make_batch(dims_of(preset), on_frames(preset), task, **options)  # type: ignore[arg-type]


def evaluate(network: nn.Module, batch: Batch) -> Outputs:
    network.eval()
    with torch.no_grad():
        outputs: Outputs = network(batch.without_labels())
    return outputs


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
        assert set(preset.streams) == {need.name for need in card.streams}
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
                apply_overrides(preset, [f"{key}={value}"])


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
    network, batch = build(method, task), batch_for(method, task)
    outputs = network(batch.without_labels())
    assert set(outputs.heads) == set(task.heads)
    for key, values in outputs.heads.items():
        assert values.shape == (3, 24, HEADS[key].width)
        assert torch.isfinite(values).all()
    terms = network.loss(outputs, batch)  # type: ignore[operator]
    assert terms
    assert all(term.ndim == 0 and torch.isfinite(term) for term in terms.values())


@pytest.mark.parametrize(("method", "key", "value"), SWITCHES)
def test_every_switch_of_the_ablations_runs(method: Method, key: str, value: object) -> None:
    preset = apply_overrides(method.presets()["affrig"], [f"{key}={value}"])
    task = get_task(method.card.tasks[0])
    network = build(method, task, preset)
    batch = make_batch(dims_of(preset), on_frames(preset), task)
    terms = loss_terms(network, batch)
    torch.stack(list(terms.values())).sum().backward()
    assert all(torch.isfinite(term) for term in terms.values())


@pytest.mark.parametrize(("method", "task"), NETWORK_TASKS)
def test_every_parameter_learns_and_every_loss_term_reaches_one(method: Method, task: Task) -> None:
    network, batch = build(method, task), batch_for(method, task)
    parameters = {name: p for name, p in network.named_parameters() if p.requires_grad}
    terms = loss_terms(network, batch)
    reached: set[str] = set()
    for term_name, term in terms.items():
        gradients = torch.autograd.grad(term, list(parameters.values()), retain_graph=True, allow_unused=True)
        hit = {name for name, g in zip(parameters, gradients, strict=True) if g is not None and bool(g.any())}
        assert hit, f"loss term {term_name} reaches no parameter"
        reached |= hit
    assert not set(parameters) - reached


@pytest.mark.parametrize(("method", "task"), NETWORK_TASKS)
def test_any_stream_may_be_missing(method: Method, task: Task) -> None:
    network, batch = build(method, task), batch_for(method, task)
    for names in [*({name} for name in batch.streams), set(batch.streams)]:
        network.train()
        network.zero_grad()
        total = torch.stack(list(loss_terms(network, without_streams(batch, names)).values())).sum()
        total.backward()
        assert torch.isfinite(total), f"loss without {names}"
        for name, parameter in network.named_parameters():
            assert parameter.grad is None or torch.isfinite(parameter.grad).all(), f"gradient of {name} without {names}"
        for values in evaluate(network, without_streams(batch, names)).heads.values():
            assert torch.isfinite(values).all(), f"prediction without {names}"


@pytest.mark.parametrize(("method", "task"), NETWORK_TASKS)
def test_no_valid_label_gives_a_zero_loss_not_nan(method: Method, task: Task) -> None:
    network, batch = build(method, task), batch_for(method, task)
    for mask in batch.valid.values():
        mask.fill_(False)
    total = torch.stack(list(loss_terms(network, batch).values())).sum()
    total.backward()
    assert torch.isfinite(total)
    assert all(p.grad is None or torch.isfinite(p.grad).all() for p in network.parameters())


@pytest.mark.parametrize(("method", "task"), NETWORK_TASKS)
def test_a_window_is_predicted_alone_as_in_company(method: Method, task: Task) -> None:
    network, batch = build(method, task), batch_for(method, task)
    together = evaluate(network, batch)
    for row in range(3):
        alone = evaluate(network, rows(batch, slice(row, row + 1)))
        for key, values in alone.heads.items():
            torch.testing.assert_close(values[0], together.heads[key][row], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("method", "task"), NETWORK_TASKS)
def test_padding_changes_nothing(method: Method, task: Task) -> None:
    network, batch = build(method, task), batch_for(method, task)
    bare, more = evaluate(network, batch), evaluate(network, padded(batch, 9))
    for key, values in bare.heads.items():
        torch.testing.assert_close(more.heads[key][:, :24], values, atol=1e-5, rtol=1e-5)
    network.eval()
    for name, term in loss_terms(network, batch).items():
        torch.testing.assert_close(loss_terms(network, padded(batch, 9))[name], term, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("method", "task"), NETWORK_TASKS)
def test_the_seed_fixes_every_number(method: Method, task: Task) -> None:
    batch = batch_for(method, task)
    first, second = (loss_terms(build(method, task, seed=5), batch) for _ in range(2))
    assert {k: v.item() for k, v in first.items()} == {k: v.item() for k, v in second.items()}


@pytest.mark.parametrize(("method", "task"), NETWORK_TASKS)
def test_weights_survive_a_file_exactly(method: Method, task: Task, tmp_path) -> None:  # type: ignore[no-untyped-def]
    network, batch = build(method, task, seed=1), batch_for(method, task)
    save_file(network.state_dict(), tmp_path / "weights.safetensors")
    other = build(method, task, seed=2)
    other.load_state_dict(load_file(tmp_path / "weights.safetensors"), strict=True)
    for key, values in evaluate(network, batch).heads.items():
        assert torch.equal(values, evaluate(other, batch).heads[key])


@pytest.mark.parametrize(("method", "task"), NETWORK_TASKS)
def test_a_tiny_batch_can_be_learnt(method: Method, task: Task) -> None:
    network, batch = build(method, task), batch_for(method, task, windows=2, frames=12)
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
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
