"""Valid records and cards with simulated predictions, for every situation that a board must show.

The predictions are simulated and the numbers are made up; what is real is that every score, part and interval follows
from the sums in the record.
"""

from __future__ import annotations

import hashlib
import zlib
from functools import cache
from typing import Any

import numpy as np

from benchmark.contract import Card, Deviation, Paper, Published, StreamNeed
from benchmark.metrics import VideoStats, bootstrap_scores, interval
from benchmark.records import (
    Cost,
    Coverage,
    DataInfo,
    Environment,
    Interval,
    Latency,
    Record,
    Rung,
    RunInfo,
    ScoreInfo,
    StreamInfo,
)
from benchmark.tasks import HEADS, TASKS

EVIL = '<script>document.title="owned"</script> & "Sons"'

#: method -> (title, skill 0..1, end-to-end frames a second, parameters)
METHODS: dict[str, tuple[str, float, float | None, int]] = {
    "maven": ("MAVEN", 0.74, 61.0, 48_213_764),
    "tcn_xattn": ("TCN + cross-attention", 0.72, 143.0, 12_402_178),
    "moe_fusion": ("Mixture-of-experts fusion (Team RAS)", 0.77, 38.5, 31_880_450),
    "evil": (EVIL, 0.45, 210.0, 905_218),
    "hga_mamba": ("Hierarchical granularity alignment with state space models", 0.6, None, 22_000_000),
}
FLOORS: dict[str, tuple[str, float, float | None, int]] = {
    "constant": ("Training mean", 0.0, 5200.0, 2),
    "ridge": ("Ridge on face features", 0.5, 240.0, 1026),
}
ENVIRONMENT = Environment(
    python="3.11.9",
    platform="Linux-6.1-x86_64",
    cpu="Example CPU",
    cores=8,
    memory_gib=31.2,
    gpu=None,
    threads=8,
    packages={"numpy": "2.4.6", "torch": "2.13.0"},
)


@cache
def simulated_stats(task: str, method: str, skill: float, seed: int, videos: int = 24, frames: int = 160) -> VideoStats:
    """Sums of simulated predictions; the labels depend on nothing but the task and the video."""

    def trials() -> Any:
        for index in range(videos):
            trial = f"{index // 2}-30_left" if index % 7 == 3 else f"{index}-30"
            labels = np.random.default_rng([1, index])
            noise = np.random.default_rng([2, index, seed, zlib.crc32(method.encode())])
            rows = {}
            for head in TASKS[task].heads:
                rows[head] = _rows(head, labels, noise, skill, frames)
            yield trial, rows

    return VideoStats.from_trials(task, trials())


@cache
def _interval(stats: VideoStats) -> tuple[float, float]:
    return interval(bootstrap_scores(stats, 10_000, 0), 0.95)


def _rows(head: str, labels: np.random.Generator, noise: np.random.Generator, skill: float, frames: int) -> Any:
    spec = HEADS[head]
    valid = labels.random(frames) > 0.05
    if spec.kind == "regression":
        walk = np.cumsum(labels.normal(size=(frames, spec.width)), axis=0) / 12 + labels.normal(size=spec.width) * 0.3
        truth = np.clip(walk, -1, 1)
        taste = np.random.default_rng([3, int(skill * 100)]).normal(size=spec.width) * 0.2
        shift = labels.normal(size=spec.width) * 0.3 + noise.normal(size=spec.width) * 0.12 + taste * 0.5
        blur = shift * (1.6 - skill) + noise.normal(size=(frames, spec.width)) * 0.2
        guess = np.clip(skill**2 * truth + blur * (skill > 0), -1, 1)
        return guess, truth, valid
    if spec.kind == "classes":
        truth = labels.integers(0, spec.width, size=frames // 8 + 1).repeat(8)[:frames]
        right = noise.random(frames) < skill * noise.uniform(0.6, 1.2)
        other = noise.integers(0, spec.width, size=frames) if skill > 0 else np.zeros(frames, dtype=np.int64)
        return np.where(right, truth, other), truth, valid
    truth = (labels.random((frames // 8 + 1, spec.width)) < 0.3).repeat(8, axis=0)[:frames].astype(np.int64)
    flip = noise.random((frames, spec.width)) > 0.55 + 0.45 * skill
    return np.where(flip, 1 - truth, truth) if skill > 0 else np.ones_like(truth), truth, valid


def make_record(
    method: str = "maven",
    task: str = "va",
    seed: int = 1,
    *,
    preset: str = "affrig",
    synthetic: bool = True,
    stats: VideoStats | None = None,
    data: dict[str, Any] | None = None,
    run: dict[str, Any] | None = None,
    score: dict[str, Any] | None = None,
) -> Record:
    """One finished record; ``data``, ``run`` and ``score`` replace fields of those parts."""
    floor = method in FLOORS
    title, skill, speed, parameters = (FLOORS if floor else METHODS)[method]
    stats = stats or simulated_stats(task, method, skill, 0 if floor else seed)
    found = stats.score()
    smooth = 0.98
    low, high = _interval(stats)
    valid = max(stats.valid_frames.values())
    digest = hashlib.sha256(f"{method}{task}{preset}{seed}{synthetic}{run}{data}".encode()).hexdigest()
    run_info: dict[str, Any] = {
        "id": f"{method}-{task}-{preset}-s{seed}-{digest[:10]}",
        "method": method,
        "title": title,
        "floor": floor,
        "task": task,
        "preset": preset,
        "seed": seed,
        "config": {"model": {"width": 64, "dropout": 0.1}, "training": {"epochs": 12, "learning_rate": 3e-4}},
        "overrides": [],
        "source_hash": "5f0c7e21" * 8,
        "git_commit": "a94e65d1c0ffee00a94e65d1c0ffee00a94e65d1",
        "git_dirty": False,
    }
    data_info: dict[str, Any] = {
        "corpus": "affrig" if synthetic else "Aff-Wild2 (ABAW 6)",
        "synthetic": synthetic,
        "size": "small" if synthetic else None,
        "fingerprint": ("b7c1" if synthetic else "09ae") * 16,
        "train_split": "train",
        "scored_split": "validation",
        "train_trials": 60,
        "scored_trials": len(stats.trials),
        "scored_frames": valid + 40,
        "labels_seen": [f"{task}/train"],
        "streams": {"face": StreamInfo(encoder="resnet18-affrig", dim=512, observed=0.985)},
        "notes": [],
    }
    score_info: dict[str, Any] = {
        "metric": TASKS[task].metric,
        "value": found.value,
        "parts": found.parts,
        "interval": Interval(low=low, high=high, level=0.95, resamples=10_000, seed=0),
        "rung": "smoothed",
        "ladder": [
            Rung(name="raw", value=found.value * smooth, parts={k: v * smooth for k, v in found.parts.items()}),
            Rung(name="smoothed", value=found.value, parts=found.parts),
        ],
        "coverage": Coverage(valid=valid, predicted=valid - 61, filled=61),
        "videos": stats.to_json(),
        "selection": "none" if floor else "inner",
    }
    jitter = 1 + 0.02 * seed
    cost = Cost(
        device="cpu",
        precision="float32",
        batch_size=8,
        parameters=parameters,
        trainable_parameters=parameters // 2,
        flops_per_frame=None if floor else parameters * 2.1,
        train_seconds=3.2 if floor else parameters / 2e5 * jitter,
        epochs=0 if floor else 12,
        steps=0 if floor else 480,
        predict_frames=valid + 40,
        model_frames_per_second=(speed or 90.0) * 14 * jitter,
        end_to_end_frames_per_second=None if speed is None else speed * jitter,
        latency=None if floor else Latency(p50_ms=parameters / 1e6 * jitter, p95_ms=parameters / 7e5 * jitter),
        peak_memory_mib=410 + parameters / 1e5,
        peak_reserved_mib=None,
        memory_kind="resident set",
    )
    curve = np.random.default_rng([seed, parameters])
    history = [
        {
            "epoch": float(e),
            "ccc loss": float(0.9 * 0.8**e + 0.2 + 0.02 * curve.random()),
            "inner score": skill * e / 12,
        }
        for e in range(12)
    ]
    return Record(
        status="finished",
        run=RunInfo.model_validate(run_info | (run or {})),
        data=DataInfo.model_validate(data_info | (data or {})),
        score=ScoreInfo.model_validate(score_info | (score or {})),
        cost=cost,
        environment=ENVIRONMENT,
        predictions_sha256=digest,
        history=[] if floor else history,
        diagnostics={"router face to audio": 0.25, "gate <i>": 0.75} if method == "maven" else {},
        started_at=f"2026-11-2{seed}T08:00:00Z",
    )


def failed_record(
    method: str, task: str, seed: int, reason: str, *, status: str = "failed", data: bool = True
) -> Record:
    """A run without a score, with or without knowledge of its corpus."""
    whole = make_record(method, task, seed).model_dump(mode="json")
    whole |= {
        "status": status,
        "reason": reason,
        "score": None,
        "cost": None,
        "predictions_sha256": None,
        "history": [],
    }
    if not data:
        whole["data"] = None
    return Record.model_validate(whole)


def sample_records() -> list[Record]:
    """Every situation at once: several tasks, seeds, real and synthetic, floors, marks, failures."""
    records = [make_record(m, "va", seed) for m in ("maven", "tcn_xattn", "moe_fusion") for seed in (1, 2, 3)]
    records += [make_record("evil", "va", 1), make_record("hga_mamba", "va", 1, run={"overrides": ["model.width=64"]})]
    records += [make_record(floor, task, 1) for floor in FLOORS for task in ("va", "expr", "au", "mtl")]
    records += [make_record(m, task, 1) for m in ("maven", "tcn_xattn", "evil") for task in ("expr", "au", "mtl")]
    real = {"synthetic": False, "preset": "paper"}
    records += [make_record(m, "va", 1, **real) for m in ("maven", "tcn_xattn", "moe_fusion", "constant", "ridge")]
    records.append(
        make_record(
            "hga_mamba",
            "va",
            1,
            **real,
            data={
                "labels_seen": ["expr/train", "va/train"],
                "notes": ["2 videos have no sound; audio is masked there."],
            },
            score={"selection": "validation"},
        )
    )
    records.append(make_record("evil", "va", 1, **real, data={"train_split": "train+validation"}))
    records.append(failed_record("hga_mamba", "va", 2, "loss became NaN at epoch 3, step 120"))
    records.append(failed_record("evil", "va", 4, f"no stream called {EVIL}", status="skipped", data=False))
    return records


def sample_cards() -> dict[str, Card]:
    """Cards for the sample methods; "hga_mamba" has none, "safe_xattn" was never run."""
    streams = (StreamNeed("face", "CLIP ViT-B/16"), StreamNeed("audio", "HuBERT-large"))
    published = (
        Published("va", "validation", "score", 0.3061, "Table 1"),
        Published("va", "validation", "score", 0.2459, "Table 2", "visual only"),
        Published("va", "validation", "valence CCC", 0.30, "Table 1"),
        Published("va", "test", "score", 0.28, "Table 2"),
    )
    deviations = (
        Deviation(
            "Faces are the official crops.", "The authors' own crops are not released.", "Unknown, likely small."
        ),
        Deviation("No ensemble.", "The paper averages five folds.", "Lowers the score by 0.01 to 0.02."),
    )
    cards = {}
    for key, (title, *_rest) in METHODS.items():
        if key == "hga_mamba":
            continue
        paper = Paper(
            f"On {title}", "A. Author, B. <b>Author</b>", "CVPRW", 2025, arxiv="2503.12623", access="full text"
        )
        numbers = published if key != "evil" else ()
        cards[key] = Card(key, title, f"{title} claims something.", paper, ("va",), streams, numbers, deviations)
    for key, (title, *_rest) in FLOORS.items():
        cards[key] = Card(key, title, "A floor.", None, tuple(TASKS), streams[:1], kind="estimator", floor=True)
    number = Published("va", "validation", "score", 0.61, "abstract")
    cards["safe_xattn"] = Card("safe_xattn", "SAFE cross-attention", "Not run.", None, ("va",), streams, (number,))
    return cards
