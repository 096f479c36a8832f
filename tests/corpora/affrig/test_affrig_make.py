"""Making the corpus: finished, interrupted, twice at once, in the wrong place, without what it needs."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from corpus_bytes import digests

from benchmark.corpora.affrig import GENERATOR_VERSION
from benchmark.corpora.affrig.make import default_root, make_corpus
from benchmark.corpora.affrig.places import MAKING, SIDECAR
from benchmark.errors import UserError

MAKE = "import sys; from pathlib import Path; from benchmark.corpora.affrig.make import make_corpus; "
MAKE += "make_corpus('smoke', 0, Path(sys.argv[1]))"


def start(root: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", MAKE, str(root)], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_killed_in_the_middle_and_resumed_equals_uninterrupted(affrig_smoke: Path, tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    process = start(root)
    while not (root / MAKING).is_dir() or len(list((root / MAKING).glob("[!s.]*.json"))) < 3:
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (root / SIDECAR).exists()
    done = len(list((root / MAKING).glob("[!s.]*.json")))
    whole = digests(affrig_smoke)
    assert done < 10, "nothing was left to resume"
    # a crop that is cut short after its marker was written is noticed too
    marker = json.loads(next(iter(sorted((root / MAKING).glob("[!s.]*.json")))).read_text())["trials"][0]["name"]
    folder = next(path for path in (root / "cropped_aligned" / marker, root / "C-EXPR-DB" / marker) if path.is_dir())
    crop = min(folder.iterdir())
    crop.write_bytes(crop.read_bytes()[:100])
    make_corpus("smoke", 0, root)
    assert digests(root) == whole
    assert not (root / MAKING).exists()


def test_two_processes_at_once_make_one_corpus(affrig_smoke: Path, tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    first, second = start(root), start(root)
    errors = [process.communicate()[1] for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], errors
    assert sum("Another process is making" in error for error in errors) == 1
    assert digests(root) == digests(affrig_smoke)


def test_a_write_that_fails_leaves_nothing_that_is_trusted(affrig_smoke: Path, tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))  # less than the speech engine
    try:
        with pytest.raises(UserError, match=r"cannot be copied here \(File too large\).* set TMPDIR"):
            make_corpus("smoke", 0, root)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not (root / SIDECAR).exists()
    (root / "captions").write_text("in the way")
    with pytest.raises(
        UserError, match=r"captions.*: File exists; what is finished is kept.* run the same command again"
    ):
        make_corpus("smoke", 0, root)
    assert not (root / SIDECAR).exists()
    (root / "captions").unlink()
    assert digests(make_corpus("smoke", 0, root)) == digests(affrig_smoke)


def test_a_finished_corpus_is_found_without_work(affrig_smoke: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in affrig_smoke.rglob("*")}
    assert make_corpus("smoke", 0, affrig_smoke) == affrig_smoke
    assert {path: path.stat().st_mtime_ns for path in affrig_smoke.rglob("*")} == before
    code = MAKE + "; assert 'numba' not in sys.modules and 'scipy' not in sys.modules and 'av' not in sys.modules"
    subprocess.run([sys.executable, "-c", code, str(affrig_smoke)], check=True)


def test_the_default_folder_tells_size_seed_and_version(monkeypatch: pytest.MonkeyPatch, affrig_smoke: Path) -> None:
    monkeypatch.setenv("ABAW_CACHE", str(affrig_smoke.parent.parent))
    assert default_root("small", 7).name == f"small-7-v{GENERATOR_VERSION}"
    assert make_corpus("smoke") == affrig_smoke


@pytest.mark.parametrize(("size", "seed", "key"), [("small", 0, "size"), ("smoke", 1, "seed")])
def test_another_corpus_in_the_folder_is_refused(affrig_smoke: Path, size: str, seed: int, key: str) -> None:
    with pytest.raises(UserError, match=f"holds a synthetic corpus with {key}"):
        make_corpus(size, seed, affrig_smoke)


def test_a_folder_with_other_files_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "cropped_aligned").mkdir()
    with pytest.raises(UserError, match=r"cropped_aligned.* and no synthetic corpus"):
        make_corpus("smoke", 0, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["cropped_aligned"]


def test_a_damaged_sidecar_is_named(tmp_path: Path) -> None:
    (tmp_path / SIDECAR).write_text("{")
    with pytest.raises(UserError, match=r"affrig\.json: cannot be read .* delete"):
        make_corpus("smoke", 0, tmp_path)


def test_a_missing_package_is_named_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, extra in (("espeakng_loader", "corpus"), ("simplejpeg", "media")):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, module, None)
            with pytest.raises(UserError, match=rf'pip install "abaw-bench\[{extra}\]"'):
                make_corpus("smoke", 0, tmp_path / "corpus")
    assert not (tmp_path / "corpus").exists()


def test_sidecar_marks_the_corpus_as_synthetic(affrig_smoke: Path) -> None:
    facts = json.loads((affrig_smoke / SIDECAR).read_text())
    assert facts["synthetic"] is True
    assert "SYNTHETIC" in facts["notice"]
    assert (facts["size"], facts["seed"], facts["generator_version"]) == ("smoke", 0, GENERATOR_VERSION)
    assert len(facts["fingerprint"]) == len(facts["pixels_and_sound"]) == 64
    assert facts["counts"]["crops"] == len(list(affrig_smoke.rglob("*.jpg")))
    assert os.environ.get("HOME", "?") not in (affrig_smoke / SIDECAR).read_text()
