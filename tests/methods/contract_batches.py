"""Random but well-formed batches for the contract tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn

from benchmark.contract import Batch, Stage, Stream
from benchmark.tasks import HEADS, Task
from benchmark.training.networks import enter, stages_of

FRAMES_PER_SECOND = 10.0
STEPS_PER_FRAME = 2  #: of streams that have their own time grid


def make_batch(
    steps: Mapping[str, int | tuple[int, ...]],
    on_frames: frozenset[str],
    task: Task,
    windows: int = 3,
    frames: int = 24,
    seed: int = 0,
    observed: float = 0.8,
    heads: tuple[str, ...] = (),
) -> Batch:
    """Windows of full length with ``observed`` of every stream's steps present and 0.8 of the labels valid.

    Args:
        steps: stream -> width of its vectors, or shape of a step: (P, D) of tokens, (3, side, side) of an image.
        heads: those that have labels beside the task's.
    """
    draw = torch.Generator().manual_seed(seed)
    times = torch.arange(frames).div(FRAMES_PER_SECOND).expand(windows, frames).contiguous()
    streams = {}
    for name, step in steps.items():
        length = frames if name in on_frames else frames * STEPS_PER_FRAME
        mask = torch.rand(windows, length, generator=draw) < observed
        values = _steps(windows, length, (step,) if isinstance(step, int) else step, draw)
        values[~mask] = 0
        rate = FRAMES_PER_SECOND * (1 if name in on_frames else STEPS_PER_FRAME)
        streams[name] = Stream(values, torch.arange(length).div(rate).expand(windows, length).contiguous(), mask)
    labels, valid = {}, {}
    for key in dict.fromkeys((*task.heads, *heads)):
        head = HEADS[key]
        if head.kind == "regression":
            labels[key] = torch.rand(windows, frames, head.width, generator=draw) * 1.6 - 0.8
        elif head.kind == "classes":
            labels[key] = torch.randint(head.width, (windows, frames), generator=draw)
        else:
            labels[key] = (torch.rand(windows, frames, head.width, generator=draw) < 0.4).float()
        valid[key] = torch.rand(windows, frames, generator=draw) < 0.8
    return Batch(
        streams=streams,
        labels=labels,
        valid=valid,
        frame_times=times,
        frame_mask=torch.ones(windows, frames, dtype=torch.bool),
        trial=tuple(f"video{i}" for i in range(windows)),
        start=(0,) * windows,
    )


def _steps(windows: int, length: int, step: tuple[int, ...], draw: torch.Generator) -> Tensor:
    if len(step) == 3:
        return torch.randint(0, 256, (windows, length, *step), generator=draw).to(torch.uint8)
    return torch.randn(windows, length, *step, generator=draw)


def walk(network: nn.Module, batch: Batch) -> Iterator[tuple[Stage, Batch]]:
    """Go through the stages as training does: each with the batch that it reads and the parameters that learn in it."""
    for stage in stages_of(network):
        enter(network, stage.name)
        for name, parameter in network.named_parameters():
            parameter.requires_grad_(not stage.trainable or name.startswith(stage.trainable))
        seen = {name: one for name, one in batch.streams.items() if not stage.reads or name in stage.reads}
        yield stage, replace(batch, streams=seen)
        if stage.makes:
            training = network.training
            network.eval()
            with torch.no_grad():
                made = network.extract(replace(batch, streams=seen).without_labels())  # type: ignore[operator]
            network.train(training)
            assert set(made) == set(stage.makes)
            assert all(one.values.shape[:2] == batch.frame_mask.shape for one in made.values())
            batch = replace(batch, streams={**batch.streams, **made})


def last(network: nn.Module, batch: Batch) -> Batch:
    """Walk to the last stage, leave the network there and return what it reads."""
    return list(walk(network, batch))[-1][1]


def without_streams(batch: Batch, names: set[str]) -> Batch:
    """The batch with the named streams not observed at all."""
    streams = {
        name: Stream(torch.zeros_like(s.values), s.times, torch.zeros_like(s.mask)) if name in names else s
        for name, s in batch.streams.items()
    }
    return replace(batch, streams=streams)


def rows(batch: Batch, index: slice) -> Batch:
    """Some windows of a batch."""
    return replace(
        batch,
        streams={n: Stream(s.values[index], s.times[index], s.mask[index]) for n, s in batch.streams.items()},
        labels={k: v[index] for k, v in batch.labels.items()},
        valid={k: v[index] for k, v in batch.valid.items()},
        frame_times=batch.frame_times[index],
        frame_mask=batch.frame_mask[index],
        trial=batch.trial[index],
        start=batch.start[index],
    )


def padded(batch: Batch, extra: int) -> Batch:
    """The batch with ``extra`` frames of padding and as many steps in every stream, as collation pads."""

    def pad(tensor: torch.Tensor, value: float = 0.0) -> torch.Tensor:
        shape = (tensor.shape[0], extra, *tensor.shape[2:])
        return torch.cat([tensor, torch.full(shape, value, dtype=tensor.dtype)], dim=1)

    return replace(
        batch,
        streams={n: Stream(pad(s.values), pad(s.times), pad(s.mask)) for n, s in batch.streams.items()},
        labels={k: pad(v) for k, v in batch.labels.items()},
        valid={k: pad(v) for k, v in batch.valid.items()},
        frame_times=pad(batch.frame_times),
        frame_mask=pad(batch.frame_mask),
    )
