from __future__ import annotations

import pytest

from benchmark.errors import UserError
from benchmark.presets import Preset, Training, Windows, apply_overrides, choose_preset

PRESET = Preset(
    summary="for tests",
    streams={"face": "expression_net"},
    model={"width": 64, "head": "polar", "modalities": ["face", "audio"]},
    windows=Windows(length=100, hop=50),
    training=Training(learning_rate=1e-3, batch_size=16, max_epochs=10),
)


def test_overrides_reach_nested_keys_and_keep_types() -> None:
    changed = apply_overrides(PRESET, ["training.max_epochs=3", "model.head=cartesian", "model.modalities=[face]"])
    assert changed.training is not None
    assert changed.training.max_epochs == 3
    assert changed.model == {"width": 64, "head": "cartesian", "modalities": ["face"]}
    assert PRESET.training is not None
    assert PRESET.training.max_epochs == 10


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("training.max_epoch=3", 'Did you mean "training.max_epochs"?'),
        ("model.heads=polar", 'Did you mean "model.head"?'),
        ("training.max_epochs", "expected key=value"),
        ("training.max_epochs=many", "training.max_epochs"),
        ("training.max_epochs=0", "training.max_epochs"),
        ("training=3", "expected a mapping"),
    ],
)
def test_a_wrong_override_is_named(override: str, words: str) -> None:
    with pytest.raises(UserError) as error:
        apply_overrides(PRESET, [override])
    assert words in str(error.value)


def test_unknown_preset_suggests_the_nearest() -> None:
    with pytest.raises(UserError, match=r'unknown preset of maven "papr"\. Did you mean "paper"\?'):
        choose_preset({"paper": PRESET, "affrig": PRESET}, "papr", "maven")
