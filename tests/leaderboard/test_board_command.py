"""``abaw board``: from a folder of records to text and one HTML file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sample_records import make_record

from benchmark.commands import board as command
from benchmark.errors import UserError
from benchmark.records import write_record


@pytest.fixture
def records(tmp_path: Path) -> Path:
    folder = tmp_path / "runs" / "records"
    for method in ("maven", "ridge"):
        write_record(make_record(method), folder)
    return folder


def test_it_prints_the_table_and_writes_the_page_beside_the_records(
    records: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.board(records) == 0
    out = capsys.readouterr().out
    page = records.parent / "board.html"
    assert "MAVEN (affrig, smoothed)" in out
    assert out.endswith(f"board: {page}\n")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert sorted(path.name for path in records.parent.iterdir()) == ["board.html", "records"]


def test_the_same_records_give_the_same_bytes(records: Path, tmp_path: Path) -> None:
    command.board(records, tmp_path / "a" / "one.html")
    command.board(records, tmp_path / "b" / "two.html")
    assert (tmp_path / "a" / "one.html").read_bytes() == (tmp_path / "b" / "two.html").read_bytes()


@pytest.mark.parametrize("exists", [True, False])
def test_no_record_is_a_users_mistake_with_the_command_that_mends_it(tmp_path: Path, exists: bool) -> None:
    folder = tmp_path / "records"
    if exists:
        folder.mkdir()
    with pytest.raises(UserError, match="make bench METHOD=maven"):
        command.board(folder)
    assert not (tmp_path / "board.html").exists()


def test_the_board_needs_no_torch() -> None:
    code = (
        "import sys; import leaderboard.html, leaderboard.terminal, leaderboard.board, benchmark.commands.board, "
        "benchmark.commands.verify; heavy = {'torch', 'sklearn', 'scipy', 'transformers'} & set(sys.modules); "
        "sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
