"""Which implementation runs a scan."""

from __future__ import annotations

import functools
import importlib
import warnings
from types import ModuleType
from typing import Literal

import torch

from benchmark.errors import UserError

Backend = Literal["auto", "torch", "numba", "cuda"]


@functools.cache
def _failure(module: str) -> str:
    """Why ``module`` cannot be imported, "" if it can. Tried once."""
    try:
        importlib.import_module(module)
    except Exception as error:  # a broken compiled extension raises nearly anything
        return f"{type(error).__name__}: {error}"
    return ""


_MAMBA_SSM = "mamba_ssm.ops.selective_scan_interface"


@functools.cache
def _warn_slow_scan(failure: str) -> None:
    warnings.warn(
        f"mamba-ssm cannot be imported ({failure}); the selective scan runs in plain torch on the GPU, which is much "
        "slower. Install it: pip install --no-build-isolation 'abaw-bench[gpu]'",
        stacklevel=3,
    )


def choose(backend: Backend, device: torch.device, general: bool = False) -> Literal["torch", "numba", "cuda"]:
    """Settle ``auto``, and check that what was asked for can run.

    mamba-ssm is imported for CUDA tensors only: its mere presence makes other libraries call CUDA code.

    Args:
        backend: what the caller asked for.
        device: of the tensors.
        general: whether the scan starts from a given state or is in float64, neither of which mamba-ssm can do.

    Raises:
        UserError: the backend cannot be imported, or does not serve the device or what is asked.
    """
    if backend == "torch":
        return "torch"
    if backend == "auto":
        if device.type == "cpu":
            return "torch" if _failure("numba") else "numba"
        if device.type != "cuda" or general:
            return "torch"
        if failure := _failure(_MAMBA_SSM):
            _warn_slow_scan(failure)
            return "torch"
        return "cuda"
    module, extra, served = ("numba", "fast", "cpu") if backend == "numba" else (_MAMBA_SSM, "gpu", "cuda")
    if device.type != served:
        raise UserError(f'scan backend "{backend}" was asked for a tensor on {device}, but it serves {served} only.')
    if backend == "cuda" and general:
        raise UserError('scan backend "cuda" has no float64 and no given state; leave the backend at "auto".')
    if failure := _failure(module):
        raise UserError(f"scan backend \"{backend}\" cannot be used ({failure}): pip install 'abaw-bench[{extra}]'.")
    return backend


def mamba_ssm() -> ModuleType:
    """mamba-ssm's module of scans; call only after `choose` said "cuda"."""
    return importlib.import_module(_MAMBA_SSM)
