from __future__ import annotations

from pathlib import Path

import pytest

from benchmark import files
from benchmark.files import beside, whole, write_whole


def test_text_and_bytes_are_written_as_they_are_and_folders_made(tmp_path: Path) -> None:
    write_whole(tmp_path / "new" / "a.txt", "zwei\nZeilen, ü\n")
    assert (tmp_path / "new" / "a.txt").read_bytes() == "zwei\nZeilen, ü\n".encode()
    write_whole(tmp_path / "new" / "a.txt", b"\0\r\n")
    assert (tmp_path / "new" / "a.txt").read_bytes() == b"\0\r\n"
    assert [path.name for path in tmp_path.rglob("*")] == ["new", "a.txt"]


def test_a_failed_write_leaves_the_old_file_and_no_scraps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "page.html"
    path.write_text("old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_block_that_fails_leaves_nothing_of_a_folder(tmp_path: Path) -> None:
    def broken() -> None:
        with whole(tmp_path / "out") as temporary:
            temporary.mkdir()
            (temporary / "half.txt").write_text("half")
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - raised above
        broken()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_appears_with_all_its_files(tmp_path: Path) -> None:
    with whole(tmp_path / "out") as temporary:
        (temporary / "deep").mkdir(parents=True)
        (temporary / "deep" / "a").write_text("1")
        assert not (tmp_path / "out").exists()
    assert [path.name for path in sorted(tmp_path.rglob("*"))] == ["out", "deep", "a"]


def test_two_writers_of_one_file_have_two_names(tmp_path: Path) -> None:
    with beside(tmp_path / "a") as first, beside(tmp_path / "a") as second:
        assert first != second
        assert first.parent == second.parent == tmp_path
        assert first.name.startswith(".a.")
