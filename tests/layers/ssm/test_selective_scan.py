"""One recurrence, three backends: values, gradients, dtypes, states, absent steps."""

from __future__ import annotations

import pytest
import torch

from benchmark.layers.ssm import selective_scan

CPU_BACKENDS = ("torch", "numba")


def outputs_and_gradients(scan, inputs):
    """y, the last state, and the gradient of a weighted sum of both for every input."""
    y, last = scan(**inputs)
    loss = (y * torch.linspace(-1, 2, y.numel(), dtype=y.dtype).view_as(y)).sum() + (last * last).sum()
    return [y.detach(), last.detach(), *torch.autograd.grad(loss, list(inputs.values()))]


def full_scan(backend, **fixed):
    def scan(**inputs):
        return selective_scan(**inputs, delta_softplus=True, return_last_state=True, backend=backend, **fixed)

    return scan


@pytest.mark.parametrize("backend", CPU_BACKENDS)
@pytest.mark.parametrize(
    ("length", "channels"), [(1, 3), (2, 1), (3, 64), (33, 5), (64, 3), (130, 70)], ids=lambda value: str(value)
)
def test_follows_the_definition_with_every_gradient(scan_inputs, definition, backend, length, channels):
    inputs = scan_inputs(channels=channels, states=3, length=length)
    expected = outputs_and_gradients(definition, inputs)
    for ours, theirs in zip(outputs_and_gradients(full_scan(backend), inputs), expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("backend", CPU_BACKENDS)
@pytest.mark.parametrize("softplus", [True, False])
def test_gradients_are_those_of_finite_differences(scan_inputs, backend, softplus):
    inputs = scan_inputs()
    if not softplus:
        inputs["delta"] = inputs["delta"].detach().abs().requires_grad_()

    def scan(*values):
        return selective_scan(
            **dict(zip(inputs, values, strict=True)), delta_softplus=softplus, return_last_state=True, backend=backend
        )

    assert torch.autograd.gradcheck(scan, tuple(inputs.values()))


@pytest.mark.parametrize("backend", CPU_BACKENDS)
@pytest.mark.parametrize("left_out", ["D", "z", "delta_bias", "initial_state"])
def test_what_is_left_out_counts_as_neutral(scan_inputs, backend, left_out):
    inputs = scan_inputs(length=9)
    neutral = dict(inputs) | {left_out: torch.zeros_like(inputs[left_out])}
    if left_out == "z":  # no gate is a gate of one, and silu(z) = 1 at this z
        neutral["z"] = torch.full_like(inputs["z"], 1.2784645427610738)
    rest = {name: tensor for name, tensor in inputs.items() if name != left_out}
    y = selective_scan(**rest, delta_softplus=True, backend=backend)
    torch.testing.assert_close(y, selective_scan(**neutral, delta_softplus=True, backend=backend))
    y.sum().backward()
    assert all(tensor.grad is not None and tensor.grad.abs().sum() > 0 for tensor in rest.values())


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 2e-5), (torch.bfloat16, 2e-2)])
@pytest.mark.parametrize("backend", CPU_BACKENDS)
def test_lower_precisions_stay_near_float64_and_keep_their_dtype(scan_inputs, backend, dtype, tolerance):
    exact = scan_inputs(channels=20, states=16, length=150)
    rounded = {name: tensor.detach().to(dtype).requires_grad_() for name, tensor in exact.items()}
    same = {name: tensor.detach().double().requires_grad_() for name, tensor in rounded.items()}
    results = outputs_and_gradients(full_scan(backend), rounded)
    assert results[0].dtype == dtype
    assert results[1].dtype == torch.float32
    for ours, theirs in zip(results, outputs_and_gradients(full_scan("torch"), same), strict=True):
        assert (ours.double() - theirs).norm() <= tolerance * theirs.norm()


def test_backends_agree_in_float32_over_many_chunks(scan_inputs):
    inputs = scan_inputs(channels=130, states=16, length=700, dtype=torch.float32)
    results = [outputs_and_gradients(full_scan(backend), inputs) for backend in CPU_BACKENDS]
    for ours, theirs in zip(*results, strict=True):
        assert (ours - theirs).norm() <= 2e-6 * theirs.norm()


def test_the_number_of_threads_changes_no_byte(scan_inputs):
    inputs = scan_inputs(channels=256, states=16, length=300, dtype=torch.float32)  # enough work to start threads
    results = []
    for count in (1, 2, 3):
        torch.set_num_threads(count)  # the fixture puts it back
        results.append(outputs_and_gradients(full_scan("numba"), inputs))
    for other in results[1:]:
        assert all(torch.equal(ours, theirs) for ours, theirs in zip(other, results[0], strict=True))


@pytest.mark.parametrize("backend", CPU_BACKENDS)
def test_a_scan_in_two_parts_is_one_scan(scan_inputs, backend):
    inputs = scan_inputs(length=100)
    whole, last = full_scan(backend)(**inputs)
    timed = ("u", "delta", "B", "C", "z")
    first = inputs | {name: inputs[name][..., :37] for name in timed}
    y, state = full_scan(backend)(**first)
    rest = inputs | {name: inputs[name][..., 37:] for name in timed} | {"initial_state": state}
    y_rest, last_rest = full_scan(backend)(**rest)
    torch.testing.assert_close(torch.cat([y, y_rest], 2), whole)
    torch.testing.assert_close(last_rest, last)


@pytest.mark.parametrize("backend", CPU_BACKENDS)
def test_a_step_of_minus_infinity_is_as_good_as_absent(scan_inputs, backend):
    inputs = scan_inputs(length=12)
    present = torch.ones(12, dtype=torch.bool)
    present[[0, 4, 5, 11]] = False
    marked = inputs | {"delta": inputs["delta"].detach().masked_fill(~present, -torch.inf).requires_grad_()}
    y, last = full_scan(backend)(**marked)
    timed = ("u", "delta", "B", "C", "z")
    y_short, last_short = full_scan(backend)(**inputs | {name: inputs[name][..., present] for name in timed})
    torch.testing.assert_close(y[..., present], y_short)
    torch.testing.assert_close(last, last_short)
    gradients = torch.autograd.grad(y[..., present].sum() + last.sum(), list(marked.values()))
    assert all(gradient.isfinite().all() for gradient in gradients)
    assert gradients[0][..., ~present].abs().max() < 1e-30


@pytest.mark.parametrize("backend", CPU_BACKENDS)
def test_takes_views_groups_and_sequences_without_gradients(scan_inputs, backend):
    inputs = {name: tensor.detach() for name, tensor in scan_inputs(length=7).items()}
    expected = selective_scan(**inputs, delta_softplus=True, backend=backend)
    inputs["B"], inputs["C"] = inputs["B"][:, None], inputs["C"][:, None]
    for name in ("u", "delta", "z"):
        inputs[name] = torch.stack([inputs[name], inputs[name]], 3)[..., 1]  # every second number of a larger tensor
    assert torch.equal(selective_scan(**inputs, delta_softplus=True, backend=backend), expected)


@pytest.mark.parametrize("backend", CPU_BACKENDS)
def test_nan_is_not_hidden(scan_inputs, backend):
    inputs = {name: tensor.detach() for name, tensor in scan_inputs(length=6).items()}
    for name in inputs:
        spoilt = inputs | {name: inputs[name].clone()}
        spoilt[name].view(-1)[0] = torch.nan
        y, last = full_scan(backend)(**spoilt)
        assert y.isnan().any() or last.isnan().any(), name


def test_shapes_that_do_not_fit_are_refused(scan_inputs):
    inputs = scan_inputs()
    with pytest.raises(ValueError, match=r"delta must be \(2, 3, 5\).*found \(2, 3, 4\)"):
        selective_scan(**inputs | {"delta": inputs["delta"][..., :4]})
    with pytest.raises(ValueError, match="L >= 1"):
        selective_scan(**inputs | {"u": inputs["u"][..., :0]})
