"""Peak memory while a piece of code runs."""

from __future__ import annotations

import threading
from types import TracebackType

import psutil
import torch

MIB = 1024.0 * 1024.0
_SAMPLE_SECONDS = 0.01


class PeakMemory:
    """Context manager that measures peak memory: allocator's peaks on a GPU, sampled resident set on a CPU.

    Attributes:
        allocated_mib: peak of memory held by tensors (GPU), or of the process's resident set (CPU).
        reserved_mib: peak of memory the allocator took from the GPU; None on a CPU.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stop = threading.Event()
        self._peak = 0
        self.allocated_mib = 0.0
        self.reserved_mib: float | None = None

    def __enter__(self) -> PeakMemory:
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
            torch.cuda.reset_peak_memory_stats(self._device)
        else:
            self._peak = psutil.Process().memory_info().rss
            self._thread = threading.Thread(target=self._sample, daemon=True)
            self._thread.start()
        return self

    def _sample(self) -> None:
        process = psutil.Process()
        while not self._stop.wait(_SAMPLE_SECONDS):
            self._peak = max(self._peak, process.memory_info().rss)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
            self.allocated_mib = torch.cuda.max_memory_allocated(self._device) / MIB
            self.reserved_mib = torch.cuda.max_memory_reserved(self._device) / MIB
        else:
            self._stop.set()
            self._thread.join()
            self.allocated_mib = max(self._peak, psutil.Process().memory_info().rss) / MIB
