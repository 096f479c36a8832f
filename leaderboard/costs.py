"""The cost of a row from the costs of its seeds."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from benchmark.records import Cost, Record
from leaderboard.model import CostLine


def merge_costs(records: Iterable[Record]) -> CostLine | None:
    """Counts of the first run, medians of times, the largest memory; None where no run measured its cost.

    Runs on another device than the first, or in another precision, are left out: their times do not mix.
    """
    measured = [(record.cost, record.environment) for record in records if record.cost is not None]
    if not measured:
        return None
    first, place = measured[0]
    machine = place.gpu if first.device.startswith("cuda") and place.gpu else f"{place.cpu}, {place.cores} cores"
    alike = [cost for cost, _ in measured if _kind(cost) == _kind(first)]
    latencies = [cost.latency for cost in alike if cost.latency is not None]
    end_to_end = [c.end_to_end_frames_per_second for c in alike if c.end_to_end_frames_per_second is not None]
    return CostLine(
        device=first.device,
        machine=machine,
        precision=first.precision,
        batch_size=first.batch_size,
        parameters=first.parameters,
        trainable=first.trainable_parameters,
        flops_per_frame=first.flops_per_frame,
        train_seconds=median(cost.train_seconds for cost in alike),
        epochs=first.epochs,
        frames_per_second=median(cost.model_frames_per_second for cost in alike),
        end_to_end=median(end_to_end) if end_to_end else None,
        p50_ms=median(latency.p50_ms for latency in latencies) if latencies else None,
        p95_ms=median(latency.p95_ms for latency in latencies) if latencies else None,
        peak_mib=max(cost.peak_memory_mib for cost in alike),
        memory_kind=first.memory_kind,
    )


def _kind(cost: Cost) -> tuple[str, str, str]:
    return cost.device, cost.precision, cost.memory_kind
