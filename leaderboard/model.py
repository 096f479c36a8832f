"""What a board is made of: plain frozen data, filled by ``board.py`` and read by every renderer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from benchmark.contract import Card, Published
from benchmark.degradations import Kind
from benchmark.records import Record
from benchmark.tasks import Task

MarkKind = Literal["synthetic", "leak", "selection", "labels", "override", "seed", "source", "note"]
SetAsideStatus = Literal["failed", "skipped", "superseded", "not verified", "other videos"]
Verdict = Literal[
    "within our interval",
    "published is higher",
    "published is lower",
    "other conditions",
    "test labels are private",
    "part not in our record",
    "only run on synthetic data",
    "not run",
]


@dataclass(frozen=True, slots=True)
class Span:
    """A closed range; ``low <= high``."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        """True where ``low <= value <= high``."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Gap:
    """A row's score minus another row's score, resampled over the same videos.

    Attributes:
        delta: difference of the scores, in units of the score.
        span: paired bootstrap interval of the difference.
        p: two-sided bootstrap p value, Holm-corrected over all pairs of the table.
    """

    delta: float
    span: Span
    p: float


@dataclass(frozen=True, slots=True)
class Mark:
    """Something a reader must know before trusting or comparing a row."""

    kind: MarkKind
    label: str  #: two or three words, shown in the table
    text: str  #: one sentence

    @property
    def warns(self) -> bool:
        """True where the mark lowers the trust in the number, False where it only informs."""
        return self.kind in {"synthetic", "leak", "selection", "seed"}


@dataclass(frozen=True, slots=True)
class SeedScore:
    """One run behind a row."""

    seed: int
    value: float
    run_id: str


@dataclass(frozen=True, slots=True)
class CostLine:
    """Cost of a row: counts of its first run, medians of times and maxima of memory over its seeds.

    Attributes:
        machine: the processor that did the work.
        flops_per_frame: floating-point operations, None where they could not be counted.
        frames_per_second: model alone, from cached features.
        end_to_end: frames a second with decoding and encoding, None where it was not measured.
        p50_ms, p95_ms: latency of one window, milliseconds.
        peak_mib: peak memory in MiB, of the kind ``memory_kind`` says.
    """

    device: str
    machine: str
    precision: str
    batch_size: int
    parameters: int
    trainable: int
    flops_per_frame: float | None
    train_seconds: float
    epochs: int
    frames_per_second: float
    end_to_end: float | None
    p50_ms: float | None
    p95_ms: float | None
    peak_mib: float
    memory_kind: str


@dataclass(frozen=True, slots=True)
class PublishedScore:
    """The headline validation number of a row's paper, beside ours.

    Attributes:
        value: as printed.
        gap: ours minus published, None on synthetic data, where the two are different things.
    """

    value: float
    source: str
    note: str
    gap: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A row's score on worse inputs.

    Attributes:
        score: mean over the seeds that were scored so.
        interval: over base videos, of that mean.
        change: this score minus the clean score of the same seeds, paired over the videos.
        seeds: how many seeds were scored so.
        observed: stream -> share of its steps that were still observed, of the first seed.
    """

    severity: float
    score: float
    interval: Span
    change: float
    change_span: Span
    seeds: int
    observed: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """A row under one kind of degradation; ``points`` from the mildest severity to the gravest."""

    kind: Kind
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One method under one configuration, over its seeds.

    Attributes:
        key: unique on the board; anchor in the HTML.
        rank: 1 is best; None for floors and for rows that may not be ranked (leak).
        rung: the declared rung of the post-processing ladder, on which the score stands.
        score: mean over the seeds.
        interval: percentile bootstrap over base videos of the mean over the seeds.
        seed_span: smallest and largest score of a seed, None where there is one seed.
        parts: part name -> mean over the seeds, in the record's order.
        versus_floor: difference to the best floor of the table, None for the floors or where there is none.
        versus_top: difference to the best ranked row, None for that row itself.
        tier: 1 is the group that the data cannot tell from the best row; None where ``rank`` is withheld for a leak.
        observed: share of scored frames whose face crop was there, 0 to 1.
        curves: how it scored on worse inputs, by kind.
        records: the runs, by seed.
    """

    key: str
    rank: int | None
    method: str
    title: str
    preset: str
    rung: str
    floor: bool
    leaked: bool
    seeds: tuple[SeedScore, ...]
    score: float
    interval: Span
    seed_span: Span | None
    parts: Mapping[str, float]
    versus_floor: Gap | None
    versus_top: Gap | None
    tier: int | None
    cost: CostLine | None
    observed: float
    published: PublishedScore | None
    marks: tuple[Mark, ...]
    records: tuple[Record, ...]
    curves: tuple[Curve, ...] = ()

    @property
    def notes(self) -> tuple[Mark, ...]:
        """Marks that are this row's own; that data are synthetic is true of the whole table."""
        return tuple(mark for mark in self.marks if mark.kind != "synthetic")


@dataclass(frozen=True, slots=True)
class Variant:
    """One configuration of an ablation table, over its seeds.

    Attributes:
        changed: switch -> value, both as ``--set`` takes them; empty for the default configuration.
        score: mean over the seeds.
        versus_default: this score minus the default's, over the seeds that both have; None for the default, or where
            they share no seed. Its p value is Holm-corrected over the table.
        shared_seeds: how many seeds ``versus_default`` rests on.
        train_seconds: median over the seeds, None where no run measured its cost; ``parameters`` likewise.
    """

    changed: Mapping[str, str]
    seeds: tuple[SeedScore, ...]
    score: float
    interval: Span
    seed_span: Span | None
    versus_default: Gap | None
    shared_seeds: int
    parameters: int | None
    train_seconds: float | None


@dataclass(frozen=True, slots=True)
class Grid:
    """Two switches crossed.

    Attributes:
        down, across: the two switches, with their values in the order of the card's table.
        cells: (value of ``down``, value of ``across``) -> configuration; a pair that was not run is absent.
    """

    down: str
    across: str
    down_values: tuple[str, ...]
    across_values: tuple[str, ...]
    cells: Mapping[tuple[str, str], Variant]


@dataclass(frozen=True, slots=True)
class Ablation:
    """One method with the switches of its card changed, against its own default configuration.

    Attributes:
        key: unique on the board; anchor in the HTML.
        row: key of the default configuration's row.
        overrides: options set by hand in the default configuration and in every variant.
        defaults: switch -> value in the default configuration, for the switches of the card and those changed.
        variants: every configuration but the default, by the order of the card's table.
        grids: pairs of switches that were crossed.
        not_run: ``switch=value`` of the card's table that have no record here.
        pair_resamples: resamples behind the differences.
    """

    key: str
    row: str
    method: str
    title: str
    preset: str
    overrides: tuple[str, ...]
    task: Task
    synthetic: bool
    corpus: str
    size: str | None
    split: str
    videos: int
    level: float
    pair_resamples: int
    defaults: Mapping[str, str]
    default: Variant
    variants: tuple[Variant, ...]
    grids: tuple[Grid, ...]
    not_run: tuple[str, ...]

    @property
    def singles(self) -> tuple[Variant, ...]:
        """Variants with one switch changed."""
        return tuple(variant for variant in self.variants if len(variant.changed) == 1)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A run that has no row, and why."""

    title: str
    method: str
    task: str
    preset: str
    seed: int
    run_id: str
    status: SetAsideStatus
    reason: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that may be compared: one task, one kind of data, one corpus, one scored split.

    Attributes:
        key: unique on the board; anchor in the HTML.
        videos: base videos that the bootstrap draws from.
        level, resamples, seed: of every score interval of the table.
        pair_resamples: of the differences; more than ``resamples`` where many pairs share one error rate.
        part_names: names of the parts, in the record's order.
        best_floor: key of the floor that ``Row.versus_floor`` refers to.
        ablations: runs with switches of their method's card changed; they are no rows and compete with none.
    """

    key: str
    task: Task
    synthetic: bool
    corpus: str
    size: str | None
    fingerprint: str
    split: str
    videos: int
    trials: int
    frames: int
    level: float
    resamples: int
    pair_resamples: int
    seed: int
    part_names: tuple[str, ...]
    rows: tuple[Row, ...]
    set_aside: tuple[SetAside, ...]
    best_floor: str | None
    ablations: tuple[Ablation, ...] = ()

    @property
    def main_parts(self) -> tuple[str, ...]:
        """Names of the few parts that fit beside the score: V and A, or the three terms of MTL."""
        names = tuple(name for name in self.part_names if "/" not in name)
        return names if len(names) <= 3 else ()

    @property
    def fine_parts(self) -> tuple[str, ...]:
        """Names of the other parts: classes, action units."""
        return tuple(name for name in self.part_names if name not in self.main_parts)


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One published number and what this board has to set against it.

    Attributes:
        row: key of our row, None where there is none.
        ours: our value of the same metric, None where there is none.
        span: our interval; only the headline score has one.
        gap: ours minus published.
    """

    published: Published
    row: str | None
    preset: str | None
    ours: float | None
    span: Span | None
    gap: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class MethodEntry:
    """All that the board knows of a method."""

    key: str
    title: str
    card: Card | None
    ledger: tuple[LedgerLine, ...]
    rows: tuple[Row, ...]
    ablations: tuple[Ablation, ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """Everything the renderers show.

    Attributes:
        tables: real data before synthetic, then by task.
        set_aside: runs that stopped before their corpus was known.
        methods: by title, floors last.
        records: number of records read.
    """

    tables: tuple[Table, ...]
    set_aside: tuple[SetAside, ...]
    methods: tuple[MethodEntry, ...]
    records: int
