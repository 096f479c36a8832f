from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ABAW = [sys.executable, "-c", "from benchmark.cli import main; main()"]


def abaw(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*ABAW, *arguments], capture_output=True, text=True, cwd=cwd, timeout=120)


def test_help_imports_nothing_heavy() -> None:
    heavy = ("torch", "numpy", "pydantic", "sklearn")
    code = f"import sys; import benchmark.cli; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"
    shown = abaw("--help")
    assert shown.returncode == 0
    for command in ("methods", "bench", "board", "score", "verify", "corpus"):
        assert command in shown.stdout


def test_methods_as_json() -> None:
    rows = json.loads(abaw("methods", "--json").stdout)
    maven = next(row for row in rows if row["key"] == "maven")
    assert maven["tasks"] == ["va"]
    assert {"paper", "affrig"} <= set(maven["presets"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bench", "mavn"], 'unknown method "mavn". Did you mean "maven"?'),
        (["bench", "maven", "--preset", "afrig"], 'unknown preset of maven "afrig". Did you mean "affrig"?'),
        (["bench", "maven", "--task", "vaa"], 'unknown task "vaa". Did you mean "va"?'),
        (["bench", "maven", "--task", "au"], "maven is made for va"),
        (["bench", "maven", "--set", "training.max_epoch=2"], 'Did you mean "training.max_epochs"?'),
        (
            ["bench", "baseline_ridge", "--set", "standardise=true"],
            "baseline_ridge is a floor, the same for every method",
        ),
        (["bench", "maven", "--seeds", "one"], "expected whole numbers"),
        (["bench", "maven", "--device", "tpu"], "expected auto, cpu or cuda"),
        (["bench", "maven", "--corpus", "/nowhere/at/all"], "/nowhere/at/all"),
        (["board", "--records", "/nowhere/at/all"], "make bench METHOD=maven"),
        (["verify", "/nowhere/record.json"], "/nowhere/record.json"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_2(arguments: list[str], words: str, tmp_path: Path) -> None:
    result = abaw(*arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stderr.count("abaw: ") == 1
    assert not list(tmp_path.iterdir()), "nothing half-written"
