"""`abaw ablate`: which configurations run, and one whole table on the smallest synthetic corpus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from benchmark.cli import app
from benchmark.commands.ablate import plan_changes
from benchmark.errors import UserError
from benchmark.presets import Preset, apply_overrides, flatten, setting
from benchmark.records import read_records
from benchmark.registry import get_method

MAVEN = get_method("maven")
BASE = MAVEN.presets()["affrig"]
QUICK = ("--size", "smoke", "--set", "training.max_epochs=1", "--set", "training.batch_size=2")


def card(**ablations: tuple[object, ...]) -> Any:
    return replace(MAVEN.card, ablations={key.replace("__", "."): values for key, values in ablations.items()})


def test_every_value_runs_once_and_the_default_once() -> None:
    plan = plan_changes(MAVEN.card, BASE)
    assert plan[0] == ()
    assert len(plan) == len(set(plan))
    values = sum(len(values) - 1 for values in MAVEN.card.ablations.values())  # the first one is the default
    assert len(plan) == 1 + values
    for change in plan[1:]:
        (one,) = change
        key = one.partition("=")[0]
        before, after = flatten(BASE.model_dump()), flatten(apply_overrides(BASE, change).model_dump())
        assert {name for name in before if before[name] != after[name]} == {key}


@pytest.mark.parametrize("values", [(30, 10, 30, 10), (10, 30)])
def test_the_presets_value_is_the_default_wherever_the_card_lists_it(values: tuple[object, ...]) -> None:
    assert plan_changes(card(training__max_epochs=values), BASE) == [(), ("training.max_epochs=10",)]


def test_a_preset_with_another_default_changes_to_all_values_of_the_card() -> None:
    other = apply_overrides(BASE, ["model.encoders=7"])
    plan = plan_changes(MAVEN.card, other, only=["model.encoders"])
    assert plan == [(), ("model.encoders=1",), ("model.encoders=2",), ("model.encoders=0",)]


def test_numbers_that_mean_the_same_are_the_same() -> None:
    assert plan_changes(card(training__clip_norm=(1, 1.0, 2)), BASE) == [(), ("training.clip_norm=2",)]


def test_true_is_not_one() -> None:
    assert len(plan_changes(card(model__refinement=(True, 1)), BASE)) == 2


def test_a_grid_is_both_switches_alone_and_every_pair() -> None:
    plan = plan_changes(MAVEN.card, BASE, grid=["model.encoders", "model.refinement"])
    assert plan == [
        (),
        ("model.encoders=2",),
        ("model.encoders=0",),
        ("model.refinement=false",),
        ("model.encoders=2", "model.refinement=false"),
        ("model.encoders=0", "model.refinement=false"),
    ]


@pytest.mark.parametrize(
    ("only", "grid", "message"),
    [
        (["model.hed"], [], 'switch of maven "model.hed". Did you mean "model.head"'),
        ([], ["model.head"], "expected two different switches"),
        ([], ["model.head", "model.head"], "expected two different switches"),
        ([], ["model.head", "modal.query"], 'Did you mean "model.query"'),
        (["model.head"], ["model.head", "model.query"], "cannot be given together"),
    ],
)
def test_a_wrong_switch_is_a_users_mistake(only: list[str], grid: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        plan_changes(MAVEN.card, BASE, only, grid)


def test_a_method_without_a_table_and_a_key_that_is_no_setting_are_refused() -> None:
    with pytest.raises(UserError, match="no ablation table"):
        plan_changes(get_method("baseline_mean").card, BASE)
    with pytest.raises(UserError, match=r'no setting called "model\.haed"'):
        plan_changes(card(model__haed=("a", "b")), BASE)


@pytest.mark.parametrize("value", [True, None, 3, 0.1, 1e-4, "polar", "yes", "1", [], ["face", "audio"], ("a",), ""])
def test_a_setting_is_read_back_as_it_was(value: object) -> None:
    preset = Preset(summary="", streams={}, model={"x": "other"})
    found = apply_overrides(preset, [setting("model.x", value)]).model["x"]
    assert found == (list(value) if isinstance(value, tuple) else value)
    assert type(found) is (list if isinstance(value, tuple) else type(value))


@pytest.fixture
def ablate(affrig_smoke: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `abaw ablate maven` in this process, which has torch already."""
    monkeypatch.setenv("ABAW_CACHE", str(affrig_smoke.parent.parent))
    command = ["ablate", "maven", "--seeds", "0", *QUICK]
    return lambda out, *arguments: CliRunner().invoke(app, [*command, "--out", str(out), *arguments])


def test_a_table_is_run_kept_completed_and_shown(ablate: Any, tmp_path: Path) -> None:
    first = ablate(tmp_path, "--only", "model.head")
    assert first.exit_code == 0, first.output
    assert "model.head  cartesian" in first.stdout
    page = tmp_path / "ablation-maven-va.html"
    assert "cartesian" in page.read_text()
    assert "SYNTHETIC" in page.read_text()
    assert len(read_records(tmp_path / "records")) == 2

    wider = ablate(tmp_path, "--only", "model.head", "--only", "model.refinement")
    assert wider.exit_code == 0, wider.output
    assert wider.output.count("kept ") == 2
    found = read_records(tmp_path / "records")
    assert len(found) == 3
    assert len({record.run.id for record in found}) == 3
    assert all(record.status == "finished" for record in found)
    board = (tmp_path / "board.html").read_text()
    assert "2 ablations of MAVEN" in board
    assert board.count('<td class="n strong score"') == 1


def test_a_change_that_breaks_is_said_and_the_rest_is_shown(ablate: Any, tmp_path: Path) -> None:
    result = ablate(tmp_path, "--only", "model.head", "--set", "training.learning_rate=1.0e+30")
    assert result.exit_code == 1
    assert "failed: training.max_epochs=1" in result.stdout
    assert "No ablation table" in result.stdout
