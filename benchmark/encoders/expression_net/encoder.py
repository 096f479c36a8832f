"""Encodes a trial's crops with the expression net on all of the process's threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from benchmark.encoders.base import Encoded, EncoderSpec
from benchmark.encoders.crops import CropReader, Images
from benchmark.encoders.expression_net.network import load_network
from benchmark.encoders.expression_net.spec import GRID, GRID_SIDE, LOGITS, SPEC, WEIGHTS

if TYPE_CHECKING:
    from benchmark.corpora.trials import Trial

#: Crops a step: eight keep the widest activations in the second-level cache.
BATCH = 8


class ExpressionNetEncoder:
    """Pooled features, seven logits or tokens of every crop; frames without a usable crop are masked."""

    def __init__(self, spec: EncoderSpec = SPEC) -> None:
        self.spec = spec
        self.network = load_network(WEIGHTS)
        _keep_freed_memory()

    def encode(self, trial: Trial) -> Encoded:
        """Encode every frame of a trial: (N, *spec.step) on the trial's frame times."""
        frames = trial.n_frames
        values = np.zeros((frames, *self.spec.step), np.float32)
        mask = np.zeros(frames, np.bool_)
        reader = CropReader(trial, 112)
        workers = torch.get_num_threads()
        with _one_thread_an_operation(), ThreadPoolExecutor(workers) as pool:
            waiting: deque[tuple[npt.NDArray[np.int64], Future[npt.NDArray[np.float32]]]] = deque()

            def collect(limit: int) -> None:
                while len(waiting) > limit:
                    rows, result = waiting.popleft()
                    values[rows], mask[rows] = result.result(), True

            for rows, images in reader.batches(BATCH):
                waiting.append((rows, pool.submit(self.features, images)))
                collect(2 * workers)
            collect(0)
        return Encoded(values, trial.frame_times(), mask, reader.notes())

    def features(self, images: Images) -> npt.NDArray[np.float32]:
        """(n, 112, 112, 3) uint8 RGB -> (n, *spec.step) float32."""
        with torch.inference_mode():
            maps = self.network.maps(torch.from_numpy(images).permute(0, 3, 1, 2).float())  # stays channels-last
            if self.spec.key == GRID.key:
                features = with_patches(maps[-2:], GRID_SIDE)
            else:
                features = maps[-1].mean((2, 3))
                if self.spec.key == LOGITS.key:
                    features = self.network.classifier(features)
            result: npt.NDArray[np.float32] = features.numpy()
        return result


def with_patches(maps: Sequence[Tensor], side: int) -> Tensor:
    """Tokens of a face: the mean of the maps, then their means over a grid of patches, row by row.

    Args:
        maps: (n, D, H, W) each of its own D, H and W; a token holds the features of all of them.
        side: of the grid; neighbouring patches share a row where it does not divide H.

    Returns:
        (n, 1 + side * side, sum of D).
    """
    grids = [torch.cat([adaptive_avg_pool2d(one, k).flatten(2) for one in maps], dim=1) for k in (1, side)]
    return torch.cat(grids, dim=2).transpose(1, 2)


@contextmanager
def _one_thread_an_operation() -> Iterator[None]:
    """Let each worker compute alone: on whole batches that is faster than all workers sharing every operation."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _keep_freed_memory() -> None:
    """Stop the C library from handing activations back to the system after every layer.

    glibc raises its limit for that to the largest block ever freed, at most 32 MiB. One such block makes the net
    half as fast again, because its activations are no longer paged in anew each time. Harmless elsewhere.
    """
    block: Any = torch.empty((32 << 20) - 8192, dtype=torch.uint8)
    del block
