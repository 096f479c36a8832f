"""Building a corpus from its plan: units in parallel, then the files that are made of all of them, then the sidecar."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmark.corpora.affrig.annotation_files import write_annotations
from benchmark.corpora.affrig.files import write_json
from benchmark.corpora.affrig.fingerprint import fingerprint
from benchmark.corpora.affrig.places import MAKING, SIDECAR
from benchmark.corpora.affrig.plan import Plan, Unit
from benchmark.corpora.affrig.rig import load_rig
from benchmark.corpora.affrig.unit_files import make_unit, read_marker
from benchmark.errors import UserError
from benchmark.progress import progress

_NOTICE = "SYNTHETIC: rendered faces, synthesised speech, labels from the generator. Says nothing about Aff-Wild2."
_BYTES_PER_FRAME = 9_000
_PACKAGES = ("numpy", "scipy", "opencv-python-headless", "simplejpeg", "av", "espeakng-loader", "numba")


def _check_space(root: Path, plan: Plan) -> None:
    needed = plan.rendered_frames * _BYTES_PER_FRAME
    free = shutil.disk_usage(root).free
    if free < needed:
        raise UserError(
            f"{root}: {free / 1e6:.0f} MB are free, expected at least {needed / 1e6:.0f} MB for the corpus of size "
            f"{plan.size}; free some space, or set ABAW_CACHE to a folder on another disk."
        )


def build(root: Path, plan: Plan, wanted: Mapping[str, Any]) -> None:
    """Make what is missing of a corpus; a unit that was finished before is kept, anything else is made anew.

    Args:
        root: folder of the corpus, claimed and locked by the caller.
        plan: of the corpus.
        wanted: size, seed and generator version, for the sidecar.

    Raises:
        OSError: the disk is full or not writable; finished units stay.
        UserError: too little space is free to begin with.
    """
    markers = {unit.name: read_marker(root, unit) for unit in plan.units}
    todo = [unit for unit in plan.units if markers[unit.name] is None]
    todo.sort(key=lambda unit: unit.people)
    _check_space(root, plan)
    done = len(plan.units) - len(todo)
    note = f"(resumed: {done} of {len(plan.units)} videos were done)" if done else ""
    with progress("frames") as bar:
        total = sum(_frames(unit) for unit in todo)
        task = bar.add_task(f"Making affrig {plan.size}", total=total, note=note)
        load_rig()
        with ThreadPoolExecutor(min(8, os.cpu_count() or 1), thread_name_prefix="affrig") as pool:
            jobs = [pool.submit(make_unit, root, plan, unit, lambda: bar.advance(task)) for unit in todo]
            try:
                for job in as_completed(jobs):
                    job.result()
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
    for unit in todo:
        markers[unit.name] = read_marker(root, unit)
    records: dict[str, Any] = {}
    for name, marker in markers.items():
        if marker is None:
            raise UserError(f"{root}: the files of {name} changed while they were made; run the same command again.")
        records |= {trial["name"]: trial for trial in marker["trials"]}
    write_annotations(root, plan, records)
    write_json(root / SIDECAR, _sidecar(plan, wanted, markers))
    shutil.rmtree(root / MAKING)


def _frames(unit: Unit) -> int:
    return max(unit.frames, *(trial.rows for trial in unit.trials))


def _sidecar(plan: Plan, wanted: Mapping[str, Any], markers: Mapping[str, Any]) -> dict[str, Any]:
    ordered = [markers[name] for name in sorted(markers)]
    packages = {}
    for package in _PACKAGES:
        try:
            packages[package] = version(package)
        except PackageNotFoundError:
            continue
    crops = sum(len(trial["crops"]) for marker in ordered for trial in marker["trials"])
    return {
        "synthetic": True,
        "notice": _NOTICE,
        **wanted,
        "fingerprint": fingerprint([wanted, [marker["content"] for marker in ordered]]),
        "pixels_and_sound": fingerprint([marker["pixels"] for marker in ordered]),
        "packages": packages,
        "counts": {
            "videos": sum(unit.batch is not None for unit in plan.units),
            "clips": sum(unit.batch is None for unit in plan.units),
            "trials": len(plan.trials),
            "identities": len({trial.person for trial in plan.trials}),
            "crops": crops,
        },
    }
