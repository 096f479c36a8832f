"""Checking 2,000 crops: `pytest tests/perf/test_corpus_check_perf.py --benchmark-enable`."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import simplejpeg

from benchmark.corpora.check.unit import Remembered, Unit, check_unit

CROPS = 2_000


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Unit:
    """A folder of face-sized JPEGs of about 8 KB."""
    root = tmp_path_factory.mktemp("crops").resolve()
    generator = np.random.default_rng(0)
    (root / "trial").mkdir()
    for number in range(1, CROPS + 1):
        coarse = generator.integers(0, 255, (14, 14, 3), dtype=np.uint8)
        smooth = cv2.resize(coarse, (112, 112), interpolation=cv2.INTER_CUBIC).astype(np.int64)
        noisy = (smooth + generator.integers(-6, 7, smooth.shape)).clip(0, 255).astype(np.uint8)
        (root / "trial" / f"{number:05d}.jpg").write_bytes(simplejpeg.encode_jpeg(noisy, quality=92))
    return Unit("crops", "trial", root)


@pytest.mark.parametrize("full", [False, True], ids=["headers", "decoded"])
def test_crops_are_checked(benchmark, unit: Unit, full: bool) -> None:
    assert benchmark(check_unit, unit, full, None).result["files"] == CROPS


def test_remembered_crops_are_found_unchanged(benchmark, unit: Unit) -> None:
    first = check_unit(unit, False, None)
    known = Remembered(first.state, False, first.result)
    assert not benchmark(check_unit, unit, False, known).fresh


def test_crops_are_decoded_by_a_loop_of_opencv(benchmark, unit: Unit) -> None:
    """What the header check replaces."""
    files = sorted(Path(unit.place).glob("*.jpg"))

    def loop() -> int:
        return sum(cv2.imread(str(path)) is not None for path in files)

    assert benchmark.pedantic(loop, rounds=2) == CROPS
