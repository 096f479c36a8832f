"""What runs where, and what is not touched."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from benchmark.errors import UserError
from benchmark.layers.ssm import backends

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
PROBE = """
import sys, torch
from benchmark.layers.ssm import Mamba
y = Mamba(8)(torch.randn(1, 4, 8))
y.sum().backward()
assert "mamba_ssm" not in sys.modules and "triton" not in sys.modules
"""


def test_mamba_ssm_is_never_imported_for_the_cpu(tmp_path, monkeypatch):
    package = tmp_path / "mamba_ssm"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('mamba_ssm was imported')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    subprocess.run([sys.executable, "-c", PROBE], check=True)


@pytest.fixture
def importable(monkeypatch):
    """Say which modules can be imported."""

    def say(*modules):
        monkeypatch.setattr(backends, "_failure", lambda module: "" if module.split(".")[0] in modules else "not here")
        backends._warn_slow_scan.cache_clear()

    return say


def test_auto_takes_the_fastest_there_is(importable):
    importable("numba", "mamba_ssm")
    assert backends.choose("auto", CPU) == "numba"
    assert backends.choose("auto", CUDA) == "cuda"
    assert backends.choose("auto", CUDA, general=True) == "torch"
    assert backends.choose("auto", torch.device("meta")) == "torch"
    importable()
    assert backends.choose("auto", CPU) == "torch"


def test_a_slow_scan_on_a_gpu_is_told_once(importable, recwarn):
    importable("numba")
    assert backends.choose("auto", CUDA) == backends.choose("auto", CUDA) == "torch"
    assert [str(w.message) for w in recwarn if "mamba-ssm cannot be imported (not here)" in str(w.message)] == [
        str(recwarn[0].message)
    ]


@pytest.mark.parametrize(
    ("backend", "device", "general", "message"),
    [
        ("cuda", CPU, False, "serves cuda only"),
        ("numba", CUDA, False, "serves cpu only"),
        ("cuda", CUDA, True, "no float64 and no given state"),
        ("cuda", CUDA, False, r"not here.*pip install 'abaw-bench\[gpu\]'"),
        ("numba", CPU, False, r"not here.*pip install 'abaw-bench\[fast\]'"),
    ],
)
def test_what_cannot_run_is_said_in_a_sentence(importable, backend, device, general, message):
    importable()
    with pytest.raises(UserError, match=message):
        backends.choose(backend, device, general)


def test_a_module_that_breaks_on_import_counts_as_missing(tmp_path, monkeypatch):
    (tmp_path / "broken_extension.py").write_text("raise OSError('undefined symbol')")
    monkeypatch.syspath_prepend(tmp_path)
    assert backends._failure("broken_extension") == "OSError: undefined symbol"
    assert backends._failure("math") == ""
