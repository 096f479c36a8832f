from __future__ import annotations

from pathlib import Path

import pytest
from fuzz_formats import FORMATS, lines_of

from benchmark.corpora import rows
from benchmark.errors import UserError

PATH = Path("f.txt")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("text", ["a", "a\nb", "a\n\nbcd\n e", "é\nüü\nß"])
def test_blocks_hold_every_line_once_and_know_its_number(monkeypatch: pytest.MonkeyPatch, text: str, size: int) -> None:
    monkeypatch.setattr(rows, "_BLOCK", size)
    found = list(rows.line_blocks(PATH, text.encode(), first_line=2))
    assert [line for _, lines in found for line in lines] == text.split("\n")
    for first, lines in found:
        assert text.split("\n")[first - 2] == lines[0]


def test_a_bad_byte_names_its_line_in_any_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_BLOCK", 2)
    with pytest.raises(UserError, match=r"f\.txt:5: byte 0xff is not text"):
        list(rows.line_blocks(PATH, b"a\nb\nc\n\xff\n", first_line=2))


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind.startswith(("prediction", "mtl"))])
def test_files_read_in_blocks_of_a_line_are_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    monkeypatch.setattr(rows, "_BLOCK", 1)
    path = tmp_path / "f.txt"
    path.write_text(FORMATS[kind].good)
    assert FORMATS[kind].read(path) == FORMATS[kind].judge(lines_of(FORMATS[kind].good))
