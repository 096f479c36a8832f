"""The module around any method's network that Fabric sets up: tensors in, tensors out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from torch import Tensor, nn

from benchmark.contract import Batch, Stream
from benchmark.training.standardise import Standardiser

Tensors = dict[str, dict[str, Tensor]]
Mode = Literal["predict", "loss", "extract", "embed"]


class MethodModule(nn.Module):
    """Runs a network's ``forward`` and ``loss`` in one call on plain dictionaries of tensors.

    Fabric's precision and multi-process wrappers walk dictionaries but refuse frozen dataclasses, and they only see
    calls of ``forward``; this class is the bridge.
    """

    def __init__(self, network: nn.Module, standardiser: Standardiser | None = None) -> None:
        """
        Args:
            network: the method.
            standardiser: applied to every stream first, or None for features as the encoders give them.
        """
        super().__init__()
        self.network = network
        self.standardiser = standardiser

    def forward(self, tensors: Tensors, trial: tuple[str, ...], start: tuple[int, ...], mode: Mode) -> Any:
        """Return what ``mode`` asks for.

        ``predict`` and ``loss`` give (head outputs, loss terms, diagnostics), the loss terms being empty for
        ``predict`` and diagnostics the extras that the network lists in its ``diagnostics()``, if it has one;
        ``extract`` gives name -> (values, times, mask), ``embed`` (B, T, D).
        """
        if self.standardiser is not None:
            scaled = {n: self.standardiser(n, values, tensors["mask"][n]) for n, values in tensors["values"].items()}
            tensors = {**tensors, "values": scaled}
        batch = _batch(tensors, trial, start)
        if mode == "extract":
            made = self.network.extract(batch.without_labels())  # type: ignore[operator]
            return {name: (stream.values, stream.times, stream.mask) for name, stream in made.items()}
        if mode == "embed":
            return self.network.embed(batch.without_labels())  # type: ignore[operator]
        outputs = self.network(batch.without_labels())
        losses = self.network.loss(outputs, batch) if mode == "loss" else {}  # type: ignore[operator]
        shown = self.network.diagnostics() if hasattr(self.network, "diagnostics") else ()  # type: ignore[operator]
        return dict(outputs.heads), losses, {name: outputs.extras[name] for name in shown if name in outputs.extras}


def call(module: nn.Module, batch: Batch, with_loss: bool) -> tuple[Mapping[str, Tensor], Mapping[str, Tensor]]:
    """Run a ``MethodModule`` (bare or wrapped by Fabric) on a batch."""
    heads, losses, _ = module(_tensors(batch), batch.trial, batch.start, "loss" if with_loss else "predict")
    return heads, losses


def observe(module: nn.Module, batch: Batch) -> tuple[Mapping[str, Tensor], Mapping[str, Tensor]]:
    """Run a ``MethodModule`` (bare or wrapped by Fabric) without labels; returns head outputs and diagnostics."""
    heads, _, shown = module(_tensors(batch), batch.trial, batch.start, "predict")
    return heads, shown


def extract(module: nn.Module, batch: Batch) -> Mapping[str, Stream]:
    """The streams that the network of a ``MethodModule`` makes of a batch."""
    made = module(_tensors(batch), batch.trial, batch.start, "extract")
    return {name: Stream(*parts) for name, parts in made.items()}


def embed(module: nn.Module, batch: Batch) -> Tensor:
    """What a linear probe reads of the network of a ``MethodModule``: (B, T, D)."""
    features: Tensor = module(_tensors(batch), batch.trial, batch.start, "embed")
    return features


def _tensors(batch: Batch) -> Tensors:
    return {
        "values": {name: stream.values for name, stream in batch.streams.items()},
        "times": {name: stream.times for name, stream in batch.streams.items()},
        "mask": {name: stream.mask for name, stream in batch.streams.items()},
        "labels": dict(batch.labels),
        "valid": dict(batch.valid),
        "frames": {"times": batch.frame_times, "mask": batch.frame_mask},
    }


def _batch(tensors: Tensors, trial: tuple[str, ...], start: tuple[int, ...]) -> Batch:
    streams = {
        name: Stream(values, tensors["times"][name], tensors["mask"][name])
        for name, values in tensors["values"].items()
    }
    frames = tensors["frames"]
    return Batch(streams, tensors["labels"], tensors["valid"], frames["times"], frames["mask"], trial, start)
