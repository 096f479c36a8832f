"""Results are remembered while they are true: killed checks go on, and changed files are checked again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from damage import CROPS, cut, places

from benchmark.corpora.check import memory as memory_module
from benchmark.corpora.check.doctor import diagnose
from benchmark.corpora.check.memory import journal_path, open_memory
from benchmark.corpora.check.pool import check_units
from benchmark.corpora.check.unit import Unit, check_unit

UNITS = 13  # 7 folders of crops and 6 videos


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_module, "SETTLED", -1.0)  # the copies are seconds old


def test_a_second_check_reads_no_file_and_says_the_same(corpus: Path) -> None:
    first, second = diagnose(corpus, False, 1), diagnose(corpus, False, 1)
    assert (first.remembered, second.remembered, second.units) == (0, UNITS, UNITS)
    assert first.groups == second.groups
    assert first.table == second.table


def test_a_thorough_result_serves_a_quick_check_but_not_the_other_way(corpus: Path) -> None:
    diagnose(corpus, False, 1)
    assert diagnose(corpus, True, 1).remembered == 0
    assert diagnose(corpus, True, 1).remembered == UNITS
    assert diagnose(corpus, False, 1).remembered == UNITS


def test_a_changed_file_is_checked_again_even_if_size_and_time_are_put_back(corpus: Path) -> None:
    diagnose(corpus, False, 1)
    path = corpus / CROPS / "video9" / "00003.jpg"
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[-2:] = b"\0\0"
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    again = diagnose(corpus, False, 1)
    assert again.remembered == UNITS - 1
    assert [one.split("  ")[0] for one in places(again, "crop-truncated")] == [f"{CROPS}/video9/00003.jpg"]


@pytest.mark.parametrize("damage", ["added", "removed", "video"])
def test_added_removed_and_replaced_files_are_seen(corpus: Path, damage: str) -> None:
    diagnose(corpus, False, 1)
    if damage == "added":
        (corpus / CROPS / "video9" / "00011.jpg").write_bytes((corpus / CROPS / "video9" / "00010.jpg").read_bytes())
    elif damage == "removed":
        (corpus / CROPS / "video9" / "00005.jpg").unlink()
    else:
        cut(corpus / "videos/batch2/video11.mp4")
    assert diagnose(corpus, False, 1).remembered == UNITS - 1


def test_fresh_files_are_not_remembered(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_module, "SETTLED", 1e9)
    diagnose(corpus, False, 1)
    assert diagnose(corpus, False, 1).remembered == 0


KILLED = """
import os, signal, sys
from pathlib import Path
from benchmark.corpora.check import memory
from benchmark.corpora.check.doctor import diagnose
memory.SETTLED = -1.0
kept = []
keep = memory.Memory.keep
def kill_after_five(self, *arguments):
    keep(self, *arguments)
    kept.append(1)
    if len(kept) == 5:
        os.kill(os.getpid(), signal.SIGKILL)
memory.Memory.keep = kill_after_five
diagnose(Path(sys.argv[1]), False, 1)
"""


def test_a_killed_check_goes_on_where_it_stopped(corpus: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(corpus)], capture_output=True, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    with journal_path(corpus).open("a") as file:
        file.write('{"key": "crops:cropped_aligned/video9", "sta')  # a line torn by the kill
    resumed = diagnose(corpus, False, 1)
    assert resumed.remembered == 5
    assert resumed.groups == diagnose(corpus, False, 1).groups
    assert diagnose(corpus, False, 1).remembered >= UNITS - 1  # what the torn line swallowed is checked again


def test_results_of_other_rules_are_not_trusted(corpus: Path) -> None:
    diagnose(corpus, False, 1)
    path = journal_path(corpus)
    path.write_text(path.read_text().replace('{"rules": "', '{"rules": "0', 1))
    assert diagnose(corpus, False, 1).remembered == 0
    assert diagnose(corpus, False, 1).remembered == UNITS


def test_a_cache_that_cannot_be_written_is_said_and_stops_nothing(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ABAW_CACHE", str(tmp_path / "file"))
    diagnosis = diagnose(corpus, False, 1)
    assert "nothing of this check will be remembered" in diagnosis.trouble
    assert diagnosis.count("error") == 0


class Deadly(Unit):
    """A file on which the decoder dies."""

    @property
    def place(self) -> Path:
        os.kill(os.getpid(), signal.SIGKILL)
        return self.root


def test_workers_agree_with_this_process_and_a_crash_costs_one_unit(corpus: Path) -> None:
    folders = sorted(path for path in (corpus / CROPS).iterdir())
    units = [Unit("crops", str(folder.relative_to(corpus)), corpus) for folder in folders]
    deadly = Deadly("video", "videos/deadly.mp4", corpus)
    with open_memory(corpus) as memory:
        found = dict(check_units([units[0], deadly, *units[1:]], False, memory, jobs=2, few=0))
    assert found.pop(deadly) is None
    assert {unit: outcome.result for unit, outcome in found.items() if outcome} == {
        unit: check_unit(unit, False, None).result for unit in units
    }


def test_a_check_that_is_stopped_keeps_what_was_done(corpus: Path) -> None:
    units = [Unit("crops", str(path.relative_to(corpus)), corpus) for path in sorted((corpus / CROPS).iterdir())]
    with open_memory(corpus) as memory:
        results = check_units(units, False, memory, jobs=2, few=0)
        next(results)
        results.close()
    with open_memory(corpus) as memory:
        assert len(memory.known) == 1
