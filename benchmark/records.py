"""The record of one run: schema, reading, writing and comparing.

A record holds everything a board or a reviewer needs and nothing that the dataset's licence forbids: sums and
counts per video instead of labels or frames.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from benchmark.errors import UserError
from benchmark.files import beside, flush

SCHEMA: Final = 1


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RunInfo(_Part):
    """What ran."""

    id: str  #: "<method>-<task>-<preset>-s<seed>-<hash>"; equal for equal inputs
    method: str
    title: str
    floor: bool
    task: str
    preset: str
    seed: int
    config: dict[str, Any]  #: the preset with every override applied
    overrides: list[str]  #: the --set options as given
    source_hash: str  #: of the method's package and of the harness
    git_commit: str | None
    git_dirty: bool | None


class StreamInfo(_Part):
    """Which encoder fed a stream, and how much of the scored split it covered."""

    encoder: str
    dim: int
    observed: float = Field(ge=0, le=1)  #: share of stream steps that were really observed


class DataInfo(_Part):
    """What the run was trained and scored on."""

    corpus: str
    synthetic: bool
    size: str | None
    fingerprint: str
    train_split: str
    scored_split: str
    train_trials: int
    scored_trials: int
    scored_frames: int
    labels_seen: list[str]  #: "<task>/<split>" of every label list that fed the run
    streams: dict[str, StreamInfo]
    media_seen: list[str] = []  #: "<task>/<split>" of lists whose frames fed the run, but not their labels
    leaks: list[str] = []  #: trials of the scored split that fed the run all the same, in words
    notes: list[str] = []  #: what was masked, skipped or taken out, in words


class Interval(_Part):
    """A percentile bootstrap interval over base videos."""

    low: float
    high: float
    level: float
    resamples: int
    seed: int


class Rung(_Part):
    """One step of the post-processing ladder."""

    name: str
    value: float
    parts: dict[str, float]


class Coverage(_Part):
    """How the scored frames came by their prediction."""

    valid: int  #: frames with a label that counts
    predicted: int  #: of those, frames whose face crop was there
    filled: int  #: of those, frames predicted from context because the crop was missing


class ScoreInfo(_Part):
    """How it scored, on the declared rung."""

    metric: str
    value: float
    parts: dict[str, float]
    interval: Interval
    rung: str
    ladder: list[Rung]
    coverage: Coverage
    videos: dict[str, Any]  #: metrics.VideoStats.to_json(): sums per video
    selection: Literal["inner", "validation", "none"]


class DegradedScore(_Part):
    """How the same trained run scored on worse inputs, on the declared rung; the clean score is severity 0."""

    kind: str  #: of degradations.KINDS
    severity: float
    seed: int  #: of the damage
    value: float
    parts: dict[str, float]
    interval: Interval
    observed: dict[str, float]  #: stream -> share of its steps that were still observed
    videos: dict[str, Any]  #: metrics.VideoStats.to_json(): sums per video


class Latency(_Part):
    """Milliseconds for one window, batch of one."""

    p50_ms: float
    p95_ms: float


class StageInfo(_Part):
    """What one stage of training took, when it was trained: an earlier run may have made what this one builds on."""

    name: str
    seconds: float
    epochs: int
    steps: int
    key: str  #: hash of everything that decided the stage; "" for the last one, whose result is the run's


class Cost(_Part):
    """What the run cost. Counts are exact; times and memory are those of this machine."""

    device: str
    precision: str
    batch_size: int
    parameters: int
    trainable_parameters: int
    flops_per_frame: float | None
    train_seconds: float
    epochs: int
    steps: int
    predict_frames: int
    model_frames_per_second: float
    end_to_end_frames_per_second: float | None  #: decode and encode and predict
    latency: Latency | None
    peak_memory_mib: float  #: allocated on a GPU, resident set otherwise
    peak_reserved_mib: float | None
    memory_kind: Literal["cuda allocated", "resident set"]
    stages: list[StageInfo] = []  #: of networks that train in more than one


class Environment(_Part):
    """Where it ran."""

    python: str
    platform: str
    cpu: str
    cores: int
    memory_gib: float
    gpu: str | None
    threads: int
    packages: dict[str, str]


class Record(_Part):
    """One run, whole."""

    schema_version: Literal[1] = SCHEMA
    status: Literal["finished", "failed", "skipped"]
    reason: str | None = None
    run: RunInfo
    data: DataInfo | None = None
    score: ScoreInfo | None = None
    cost: Cost | None = None
    environment: Environment
    predictions_sha256: str | None = None
    robustness: list[DegradedScore] = []  #: one entry a kind and severity of ``--degrade``
    history: list[dict[str, float]] = []  #: one entry an epoch: loss terms and inner-fold score
    diagnostics: dict[str, float] = {}  #: means over the scored frames of what the network shows: gates, router weights
    started_at: str  #: UTC, ISO 8601


#: Fields of ``Cost`` that a second run of the same inputs may change.
TIMED = frozenset(
    {
        "train_seconds",
        "model_frames_per_second",
        "end_to_end_frames_per_second",
        "latency",
        "peak_memory_mib",
        "peak_reserved_mib",
    }
)


def without_times(record: Record) -> dict[str, Any]:
    """The parts of a record that the same inputs must reproduce exactly, as plain data."""
    kept = record.model_dump(mode="json", exclude={"started_at", "environment"})
    if kept["cost"]:
        kept["cost"] = {k: v for k, v in kept["cost"].items() if k not in TIMED}
        kept["cost"]["stages"] = [{k: v for k, v in one.items() if k != "seconds"} for one in kept["cost"]["stages"]]
    return kept


def write_record(record: Record, folder: Path) -> Path:
    """Add a record to ``folder`` as ``<run id>-<attempt>.json`` and return its path; never overwrites."""
    text = json.dumps(record.model_dump(mode="json"), indent=1, sort_keys=True, allow_nan=False) + "\n"
    with beside(folder / f"{record.run.id}.json") as temporary:
        temporary.write_text(text, encoding="utf-8")
        flush(temporary)
        for attempt in range(1, 1_000_000):
            path = folder / f"{record.run.id}-{attempt:03d}.json"
            try:
                os.link(temporary, path)  # fails if the name is taken, so two writers never share one
            except FileExistsError:
                continue
            return path
    raise RuntimeError(f"no free record name for {record.run.id} in {folder}")


def read_record(path: Path) -> Record:
    """Read one record.

    Raises:
        UserError: the file is missing, is not JSON, or does not follow the schema; the message names the field.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); expected a record file.") from None
    except ValueError as error:
        raise UserError(f"{path}: not a JSON record ({error}); run the method again to make a new one.") from None
    version = data.get("schema_version") if isinstance(data, dict) else None
    if version != SCHEMA:
        raise UserError(
            f"{path}: schema_version is {version!r}, this program reads {SCHEMA}; upgrade abaw-bench or run again."
        )
    try:
        return Record.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UserError(f"{path}: field {where}: {first['msg']}; the record is not one of this schema.") from None


def read_records(folder: Path) -> list[Record]:
    """Read every record of a folder, in file-name order; of several attempts at one run the last one counts."""
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder of records; make one with: make bench METHOD=maven")
    latest: dict[str, Record] = {}
    for path in sorted(folder.glob("*.json")):
        record = read_record(path)
        latest[record.run.id] = record
    return list(latest.values())
