from __future__ import annotations

import subprocess
import sys


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_importing_the_harness_imports_no_torch() -> None:
    assert run("import sys, benchmark; print('torch' in sys.modules)") == "False\n"


def test_torchvision_imports_after_the_harness_and_its_transforms_run() -> None:
    code = (
        "import benchmark, torch, torchvision.transforms.v2 as t;"
        "print(tuple(t.functional.resize(torch.zeros(3, 8, 8), [4, 4], antialias=True).shape))"
    )
    assert run(code) == "(3, 4, 4)\n"
