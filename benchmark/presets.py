"""Presets: the named configurations of a method, checked key by key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib import resources
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from benchmark.errors import UserError, unknown_name


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Windows(_Section):
    """How a trial is cut, in frames."""

    length: int = Field(ge=1)
    hop: int = Field(ge=1)


class Training(_Section):
    """How a network is trained. Learning rates are per step, epochs count passes over the inner training folds.

    Attributes:
        sampling: ``grid`` takes the windows as they are cut, ``random`` as many, each at a random place of a trial
            (one for every trial if the window is longer than most).
        keep: ``best`` keeps the epoch that scores best on the inner folds, ``last`` the last one, for folds too small
            to choose by; a run that chooses nothing by them learns from them too.
        epoch_windows: windows of one epoch, drawn anew each time; None for all.
    """

    optimizer: Literal["adam", "adamw"] = "adamw"
    learning_rate: float = Field(gt=0)
    weight_decay: float = Field(default=0.0, ge=0)
    batch_size: int = Field(ge=1)
    max_epochs: int = Field(ge=1)
    patience: int = Field(default=8, ge=1)
    keep: Literal["best", "last"] = "best"
    clip_norm: float | None = Field(default=1.0, gt=0)
    schedule: Literal["none", "cosine", "plateau"] = "none"
    warmup_epochs: int = Field(default=0, ge=0)
    precision: Literal["32-true", "bf16-mixed", "16-mixed"] = "32-true"
    inner_folds: int = Field(default=5, ge=2)
    sampling: Literal["grid", "random"] = "grid"
    epoch_windows: int | None = Field(default=None, ge=1)


class SmoothingSettings(_Section):
    """The filter of the ladder's ``smoothed`` rung; see ``training.postprocessing.Smoothing``."""

    kind: Literal["box", "gaussian", "median", "mode"] = "box"
    seconds: float = Field(default=1.0, ge=0)


class Preset(_Section):
    """One named configuration.

    Attributes:
        summary: one sentence for listings.
        streams: stream name -> encoder key.
        model: options of the package's ``build``.
        texts: buffer of the network that holds fixed sentences -> key of the sentence encoder that embeds them.
        weights: part of the network -> published weights with which it starts instead of random ones.
        pictures: list -> folder of face crops without labels, for stages that learn without them (``Stage.lists``).
        standardise: whether networks get features with mean 0 and deviation 1 over the training trials.
        windows, training: None for estimators.
        postprocessing: the rung of the ladder that is this preset's headline.
        smoothing: filter of the ``smoothed`` rung, as the entry declares it.
    """

    summary: str
    streams: dict[str, str]
    model: dict[str, Any] = {}
    texts: dict[str, str] = {}
    weights: dict[str, str] = {}
    pictures: dict[str, str] = {}
    standardise: bool = False
    windows: Windows | None = None
    training: Training | None = None
    postprocessing: Literal["raw", "smoothed", "tuned"] = "raw"
    smoothing: SmoothingSettings = SmoothingSettings()


def load_presets(package: str) -> dict[str, Preset]:
    """Read ``presets.yaml`` of a method package.

    Args:
        package: importable name, such as ``methods.maven``.

    Raises:
        UserError: the file is missing or a key is not one of the schema's.
    """
    file = resources.files(package) / "presets.yaml"
    if not file.is_file():
        raise UserError(f"{package}: presets.yaml is missing; copy the one of methods.maven and change it.")
    raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    if not isinstance(raw, dict) or not raw:
        raise UserError(f"{package}/presets.yaml: expected a mapping of preset names to settings.")
    return {str(name): _validate(settings, f"{package}/presets.yaml, preset {name}") for name, settings in raw.items()}


def choose_preset(presets: Mapping[str, Preset], name: str, method: str) -> Preset:
    """The preset called ``name``; an unknown one is a UserError with the nearest name."""
    try:
        return presets[name]
    except KeyError:
        raise unknown_name(f"preset of {method}", name, presets) from None


def apply_overrides(preset: Preset, overrides: Sequence[str]) -> Preset:
    """Return ``preset`` with every ``key=value`` of ``--set`` applied.

    Keys are dotted paths of the preset (``training.max_epochs``); values are read as YAML. Keys may be new in
    ``pictures`` and within a mapping of ``model``, such as the settings of a stage, which the method checks.

    Raises:
        UserError: the text has no ``=``, the key does not exist, or the value has the wrong type.
    """
    settings = preset.model_dump()
    for override in overrides:
        key, sign, text = override.partition("=")
        if not sign or not key:
            raise UserError(f'--set "{override}": expected key=value, for example --set training.max_epochs=3')
        section, leaf = _place(settings, key)
        if section is None:
            known = sorted(flatten(settings))
            close = get_close_matches(key, known, n=1, cutoff=0.4)
            hint = f' Did you mean "{close[0]}"?' if close else ""
            raise UserError(f'--set "{override}": no setting called "{key}".{hint} Available: {", ".join(known)}.')
        value = yaml.safe_load(text)
        if section.get(leaf) and isinstance(section[leaf], dict) and not isinstance(value, dict):
            raise UserError(f'--set "{override}": expected a mapping, for example --set "{key}={{name: value}}"')
        section[leaf] = value
    return _validate(settings, f"--set {' '.join(overrides)}" if overrides else "preset")


def _place(settings: dict[str, Any], key: str) -> tuple[dict[str, Any] | None, str]:
    """The mapping that holds the setting, None if there is no such setting, and its name there."""
    *path, leaf = key.split(".")
    section = settings
    for part in path:
        if not isinstance(section.get(part), dict):
            return None, leaf
        section = section[part]
    new = path == ["pictures"] or (path[:1] == ["model"] and len(path) > 1)
    return (section if leaf in section or new else None), leaf


def setting(key: str, value: object) -> str:
    """``key=value`` as ``apply_overrides`` reads it back: YAML on one line."""
    return f"{key}={setting_value(value)}"


def setting_value(value: object) -> str:
    """A value as ``--set`` takes it: ``true``, ``0.1``, ``polar``, ``[audio, text]``."""
    plain = list(value) if isinstance(value, tuple) else value
    return yaml.safe_dump(plain, default_flow_style=True, width=1_000_000).removesuffix("...\n").strip()


def flatten(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Every setting of a (dumped) preset by its dotted path, in order; lists are values."""
    leaves: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, dict) and value:
            leaves |= flatten(value, f"{prefix}{key}.")
        else:
            leaves[f"{prefix}{key}"] = value
    return leaves


def _validate(settings: object, where: str) -> Preset:
    try:
        return Preset.model_validate(settings)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise UserError(f"{where}: {key}: {first['msg']} (found {first['input']!r}).") from None
