from __future__ import annotations

import torch
from torch import Tensor, nn

from benchmark.contract import Batch, Losses, Outputs, Stream
from benchmark.cost.flops import flops_per_frame
from benchmark.training.module import MethodModule


class _Queries(nn.Module):
    """Learned queries, handed to a submodule, look at the features."""

    def __init__(self) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.zeros(1, 3, 4))
        self.project = nn.Linear(4, 5)

    def forward(self, batch: Batch) -> Outputs:
        projected = self.project(self.queries.expand(len(batch.trial), -1, -1))
        return Outputs({"va": projected[:, :1, :2].expand(-1, batch.frame_mask.shape[1], -1)})

    def loss(self, outputs: Outputs, batch: Batch) -> Losses:
        raise AssertionError("no loss is counted")


def batch(frames: int) -> Batch:
    times, mask = torch.zeros(1, frames), torch.ones(1, frames, dtype=torch.bool)
    stream = Stream(torch.zeros(1, frames, 2), times, mask)
    return Batch({"face": stream}, {"va": torch.zeros(1, frames, 2)}, {"va": mask}, times, mask, ("t",), (0,))


def test_a_matrix_product_counts_two_operations_a_multiply_add_over_the_frames() -> None:
    module = MethodModule(_Queries()).eval()
    assert flops_per_frame(module, batch(6)) == 2 * 3 * 4 * 5 / 6


def test_what_learns_still_learns_afterwards() -> None:
    network = _Queries()
    network.project.bias.requires_grad_(False)
    flops_per_frame(MethodModule(network).eval(), batch(2))
    assert [p.requires_grad for p in network.parameters()] == [True, True, False]


def test_another_pass_can_be_counted() -> None:
    def twice(module: nn.Module, one: Batch) -> Tensor:
        first: Tensor = module.network.project(torch.zeros(1, 4))  # type: ignore[union-attr, operator]
        module.network.project(torch.zeros(1, 4))  # type: ignore[union-attr, operator]
        return first

    assert flops_per_frame(MethodModule(_Queries()).eval(), batch(1), twice) == 2 * 2 * 4 * 5
