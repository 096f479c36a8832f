from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from benchmark import registry
from benchmark.errors import UserError

CARD = """
from benchmark.contract import Card
CARD = Card(key="{key}", title="T", summary="S.", paper=None, tasks=("va",), streams=(), floor=False)
"""


@pytest.fixture
def plug_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Pretends that third-party packages announce methods through the entry-point group."""
    monkeypatch.syspath_prepend(tmp_path)
    announced: list[EntryPoint] = []

    def add(package: str, text: str) -> None:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
        (tmp_path / package / "card.py").write_text(text)
        announced.append(EntryPoint(package, package, registry.ENTRY_POINT_GROUP))

    monkeypatch.setattr(registry, "entry_points", lambda group: announced)
    registry.load_methods.cache_clear()
    yield add
    registry.load_methods.cache_clear()


def test_listing_methods_imports_no_torch() -> None:
    code = "import sys; from benchmark.registry import load_cards; print(len(load_cards()), 'torch' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert int(out[0]) >= 3
    assert out[1] == "False"


def test_floors_come_last_and_keys_are_folders() -> None:
    cards = list(registry.load_cards().values())
    assert [card.floor for card in cards] == sorted(card.floor for card in cards)


def test_unknown_method_suggests_the_nearest() -> None:
    with pytest.raises(UserError, match=r'unknown method "mavn"\. Did you mean "maven"\?'):
        registry.get_method("mavn")


def test_third_parties_add_methods(plug_in) -> None:  # type: ignore[no-untyped-def]
    plug_in("their_package", CARD.format(key="theirs"))
    assert registry.get_method("theirs").package == "their_package"


def test_a_broken_plug_in_is_left_out_with_a_warning(plug_in) -> None:  # type: ignore[no-untyped-def]
    plug_in("broken_package", "import a_module_that_does_not_exist")
    with pytest.warns(UserWarning, match="broken_package.*left out"):
        methods = registry.load_methods()
    assert "maven" in methods


def test_two_packages_with_one_key_are_refused(plug_in) -> None:  # type: ignore[no-untyped-def]
    plug_in("copycat", CARD.format(key="maven"))
    with pytest.raises(ValueError, match='share the key "maven"'):
        registry.load_methods()


def test_an_option_that_the_method_lacks_is_named() -> None:
    from benchmark.tasks import get_task

    with pytest.raises(UserError, match=r"methods\.baseline_ridge/presets\.yaml.*'penalty'"):
        registry.get_method("baseline_ridge").build(get_task("va"), {"face": 3}, {"penalty": 1})
