"""What a method and the harness owe each other.

This module never imports torch at run time, so that cards can be read by the command line and by the board in
milliseconds. Tensor annotations are strings for the type checker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import Tensor


# --------------------------------------------------------------------------- cards: data only
@dataclass(frozen=True, slots=True)
class Paper:
    """Where a method was published."""

    title: str
    authors: str
    venue: str
    year: int
    arxiv: str | None = None
    code: str | None = None
    access: str = ""  #: what of it could be read: "full text", "abstract", "abstract and code"

    @property
    def url(self) -> str | None:
        """Address of the arXiv abstract, or None."""
        return f"https://arxiv.org/abs/{self.arxiv}" if self.arxiv else None


@dataclass(frozen=True, slots=True)
class Published:
    """One number a paper reports.

    Attributes:
        task: task key.
        split: ``validation`` or ``test``.
        metric: ``score`` for the task's headline metric, else the part ("valence CCC", "accuracy").
        value: the number as printed.
        source: table, section or page it was read from.
        note: conditions that keep it from being comparable, if any.
    """

    task: str
    split: Literal["validation", "test"]
    metric: str
    value: float
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Deviation:
    """One way in which this package differs from the paper or its code."""

    what: str
    why: str
    effect: str


@dataclass(frozen=True, slots=True)
class StreamNeed:
    """A stream that a method reads.

    Attributes:
        name: ``face``, ``audio``, ``text`` or ``behaviour``.
        paper_encoder: the backbone of the paper, in words.
    """

    name: str
    paper_encoder: str


@dataclass(frozen=True, slots=True)
class Card:
    """The facts of a method; importable without torch.

    Attributes:
        key: folder name in ``methods/`` and name on the command line.
        title: what the board prints.
        summary: one sentence on what the method claims.
        paper: publication, or None for floors.
        tasks: task keys the method can be trained for.
        streams: streams it reads.
        published: numbers of the paper.
        deviations: every known difference from the paper or its code.
        ablations: preset key (dotted) -> values that reproduce the paper's ablation, first one is the default.
        kind: ``network`` (a torch module in model.py) or ``estimator`` (fit/predict, no gradient).
        floor: True for the baselines that every score is compared with.
    """

    key: str
    title: str
    summary: str
    paper: Paper | None
    tasks: tuple[str, ...]
    streams: tuple[StreamNeed, ...]
    published: tuple[Published, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    ablations: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    kind: Literal["network", "estimator"] = "network"
    floor: bool = False


# --------------------------------------------------------------------------- tensors
@dataclass(frozen=True, slots=True)
class Stream:
    """One modality of a batch on its own time grid.

    Attributes:
        values: (B, L, D) features, (B, L, P, D) grids of P tokens, or (B, L, 3, side, side) uint8 RGB images.
        times: (B, L) seconds from the start of the video; meaningless where ``mask`` is False.
        mask: (B, L) bool, True where the stream was really observed.
    """

    values: Tensor
    times: Tensor
    mask: Tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of windows.

    Attributes:
        streams: stream name -> stream.
        labels: head key -> (B, T, width) float, (B, T) int64 or (B, T, width) float, see ``tasks.Head.kind``.
        valid: head key -> (B, T) bool, True where the label counts.
        frame_times: (B, T) seconds of each frame.
        frame_mask: (B, T) bool, True for a frame of the trial, False for padding.
        trial: B trial names.
        start: B row indices (0-based) of the first frame of each window.
    """

    streams: Mapping[str, Stream]
    labels: Mapping[str, Tensor]
    valid: Mapping[str, Tensor]
    frame_times: Tensor
    frame_mask: Tensor
    trial: tuple[str, ...]
    start: tuple[int, ...]

    def to(self, device: torch.device) -> Batch:
        """Copy every tensor to ``device``."""

        def move(tensor: Tensor) -> Tensor:
            return tensor.to(device, non_blocking=True)

        return replace(
            self,
            streams={k: Stream(move(s.values), move(s.times), move(s.mask)) for k, s in self.streams.items()},
            labels={k: move(v) for k, v in self.labels.items()},
            valid={k: move(v) for k, v in self.valid.items()},
            frame_times=move(self.frame_times),
            frame_mask=move(self.frame_mask),
        )

    def without_labels(self) -> Batch:
        """The same windows with no labels, as a model sees them in ``forward``."""
        return replace(self, labels={}, valid={})


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a model predicts for a batch.

    Attributes:
        heads: head key -> (B, T, width); V and A in their own units, logits for ``classes`` and ``binary`` heads.
        extras: named tensors that the loss or a diagnosis needs (gates, router weights, polar coordinates).
    """

    heads: Mapping[str, Tensor]
    extras: Mapping[str, Tensor] = field(default_factory=dict)


Losses = dict[str, "Tensor"]
"""Named scalar loss terms, already weighted; the engine adds them up and logs each."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of training; a network that has more than one returns them from ``stages()``.

    What an earlier stage made is kept by content: it is trained again only if something that it depends on has
    changed. The result of a stage is what its ``trainable`` prefixes name, parameters and buffers.

    Attributes:
        name: unique within the method; the network's ``enter(name)`` is called before the stage, if it has one.
        training: settings of the preset's ``training`` section that differ in this stage.
        trainable: prefixes of the names of the parameters that learn; empty means all of them. Modules of which
            nothing learns are in eval mode.
        windows: ``length`` and ``hop`` that differ in this stage.
        lists: task key, or name of one of the preset's ``pictures`` where ``labels`` is False -> share of an epoch's
            windows that come from its training list; empty means the run's own task alone. The network must answer
            with the heads of the first task (of the run's own, if it is among them or there is none), and its loss
            finds ``valid`` all False for heads that a window has no labels for.
        judge: ``heads`` scores the inner folds each epoch and keeps the best epoch; ``probe`` keeps the last epoch and
            reports what a linear map of ``embed(batch)`` scores; ``none`` keeps the last epoch and scores nothing.
        probe_every: epochs from one probe to the next.
        labels: False for a stage that learns from frames alone; no label of its lists counts as seen then.
        reads: the streams of the preset (or made by an earlier stage) that its windows hold; empty means all.
        makes: streams that the network's ``extract(batch)`` makes when the stage is over, one step a frame; later
            stages and predictions read them, and they are kept with the other features.
        options: the ``model`` options that decide the stage; empty means all of them.
        after: names of the stages that it builds on; None means all before it.
    """

    name: str
    training: Mapping[str, object] = field(default_factory=dict)
    trainable: tuple[str, ...] = ()
    windows: Mapping[str, int] = field(default_factory=dict)
    lists: Mapping[str, float] = field(default_factory=dict)
    judge: Literal["heads", "probe", "none"] = "heads"
    probe_every: int = 1
    labels: bool = True
    reads: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    after: tuple[str, ...] | None = None


class Network(Protocol):
    """What ``build`` in ``model.py`` returns for ``kind="network"``: a ``torch.nn.Module`` with these two methods.

    Optional:
        ``stages() -> tuple[Stage, ...]``: more than one step of training. The network is built in the order of its
            stages, so that an option of a later one does not change the first weights of an earlier one.
        ``enter(name)``: called before each stage, and with the last one's name before predicting.
        ``extract(batch) -> Mapping[str, Stream]``: the streams that the stage just trained ``makes``, (B, T, D) each.
        ``embed(batch) -> Tensor``: (B, T, D), what a linear probe reads.
        ``progress(share)``: called before each epoch with the share of the stage's epochs that are over, in [0, 1).
        ``sheet(batch) -> Tensor | None``: a picture (H, W, 3) uint8 of what the stage just trained does with a batch
            of inner validation windows, or None; saved beside the record.
        ``diagnostics() -> tuple[str, ...]``: names of extras of shape (B, T) whose means over the scored frames go
            into the record, NaN at frames that they say nothing about.
        ``label_trust(outputs, batch) -> Mapping[str, Tensor]``: head key -> (B, T) in [0, 1], how far the loss believes
            each frame's label; meaningless where it is not valid. ``abaw noise`` compares it with labels that are known
            to be wrong; nothing is trained on it.
    """

    def forward(self, batch: Batch) -> Outputs:
        """Predict every frame of every window; never reads labels."""

    def loss(self, outputs: Outputs, batch: Batch) -> Losses:
        """Named loss terms over the valid frames."""


class ReadsTexts(Protocol):
    """What a network adds that compares with fixed sentences (prompts).

    The network keeps the sentences, the preset's ``texts`` names the text encoder, and the harness fills the buffers
    before training, so that a model reads no file and its saved weights hold all that it needs.
    """

    def texts(self) -> Mapping[str, tuple[str, ...]]:
        """Buffer name -> n sentences; the buffer is (n, D) and its content before it is filled does not matter."""


@dataclass(frozen=True, slots=True)
class TrialArrays:
    """One trial as an estimator sees it.

    Attributes:
        name: trial name.
        streams: stream name -> (N, D) float32 features aligned to the N frames, zero where not observed.
        observed: stream name -> (N,) bool.
        labels, valid: as in ``Batch`` without the batch axis.
    """

    name: str
    streams: Mapping[str, np.ndarray]
    observed: Mapping[str, np.ndarray]
    labels: Mapping[str, np.ndarray]
    valid: Mapping[str, np.ndarray]


class Estimator(Protocol):
    """What ``model.py`` provides for ``kind="estimator"``."""

    def fit(self, trials: list[TrialArrays]) -> None:
        """Learn from the valid frames of the training trials."""

    @property
    def parameters(self) -> int:
        """Number of fitted coefficients; each costs one multiply-add per frame."""

    def predict(self, trial: TrialArrays) -> Mapping[str, np.ndarray]:
        """Head key -> (N, width), as in ``Outputs.heads``."""
