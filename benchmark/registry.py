"""Finds method packages and reads their cards without importing torch."""

from __future__ import annotations

import importlib
import pkgutil
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from benchmark.contract import Card
from benchmark.errors import UserError, unknown_name
from benchmark.presets import Preset, load_presets
from benchmark.tasks import Task

ENTRY_POINT_GROUP = "abaw_bench.methods"


@dataclass(frozen=True, slots=True)
class Method:
    """A method package: its card, its presets, and the way to build its model.

    Attributes:
        card: the facts.
        package: importable name of the folder with card.py, model.py and presets.yaml.
    """

    card: Card
    package: str

    def presets(self) -> dict[str, Preset]:
        """Every preset of the package."""
        return load_presets(self.package)

    def build(self, task: Task, dims: Mapping[str, int], options: Mapping[str, Any]) -> Any:
        """Build the network or estimator; imports model.py, and with it torch or scikit-learn.

        Args:
            task: what to predict.
            dims: stream name -> width of its features.
            options: the preset's ``model`` section.

        Raises:
            UserError: an option that the method does not have.
        """
        model = importlib.import_module(f"{self.package}.model")
        try:
            return model.build(task, dims, **options)
        except TypeError as error:
            if "unexpected keyword argument" not in str(error):
                raise
            name = str(error).rpartition("argument ")[2]
            raise UserError(f"{self.package}/presets.yaml, model: the method has no option {name}.") from None


@cache
def load_methods() -> dict[str, Method]:
    """Every method by key: the packages of ``methods/`` and those of third parties, entries first, floors last.

    A third-party package that fails to import is left out with a warning that says why.

    Raises:
        ValueError: two packages claim one key, or a card's key is not its folder's name.
    """
    import methods

    packages = [f"methods.{info.name}" for info in pkgutil.iter_modules(methods.__path__) if info.ispkg]
    found = [Method(importlib.import_module(f"{package}.card").CARD, package) for package in packages]
    for method in found:
        if method.package != f"methods.{method.card.key}":
            raise ValueError(f'{method.package}/card.py: key is "{method.card.key}", expected the folder\'s name')
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        try:
            card = importlib.import_module(f"{entry.value}.card").CARD
        except Exception as error:  # a broken plug-in must not take the others with it
            warnings.warn(f"method {entry.name} ({entry.value}) left out: {error!r}", stacklevel=2)
            continue
        found.append(Method(card, entry.value))
    by_key: dict[str, Method] = {}
    for method in sorted(found, key=lambda m: (m.card.floor, m.card.key)):
        if method.card.key in by_key:
            raise ValueError(
                f'{method.package} and {by_key[method.card.key].package} share the key "{method.card.key}"'
            )
        by_key[method.card.key] = method
    return by_key


def load_cards() -> dict[str, Card]:
    """Every card by key."""
    return {key: method.card for key, method in load_methods().items()}


def get_method(key: str) -> Method:
    """Return the method called ``key``.

    Raises:
        UserError: there is none; the message names the nearest one.
    """
    try:
        return load_methods()[key]
    except KeyError:
        raise unknown_name("method", key, load_methods(), fix="abaw methods") from None
