"""The contact sheet: right size, atomically written, and helpful when called wrongly."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.corpora.affrig.rig import Appearance, sheet
from benchmark.errors import UserError


def test_a_sheet_has_a_cell_for_each_person_and_column() -> None:
    picture = sheet.sheet([Appearance(), Appearance(glasses=True)], {"neutral": {}, "AU12": {"AU12": 1.0}}, size=48)
    assert picture.shape == (2 * (48 + 18), 2 * 48, 3)
    assert (picture[18:66, :48] != picture[18:66, 48:]).any()


def test_expression_prototypes_use_known_actions() -> None:
    sheet.sheet([Appearance()], sheet.EXPRESSIONS, size=16)
    with pytest.raises(UserError, match="unknown facial action"):
        sheet.sheet([Appearance()], {"x": {"AU99": 1.0}}, size=16)


def test_command_writes_two_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "_ROWS", 1)
    assert sheet.main([str(tmp_path / "s.png")]) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["s-expressions.png", "s.png"]
    assert (tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")


def test_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert sheet.main(["picture.gif"]) == 2
    assert "OUT.png" in capsys.readouterr().err
