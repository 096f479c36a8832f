"""Let the registry's CUDA-linked torchvision be imported beside a CPU build of torch.

Where torchvision's compiled extension cannot load, ``import torchvision`` dies because two operator *schemas* that
only the extension declares are missing, and timm, open_clip and every transformers model die with it. Declaring the
two schemas is enough. No kernel is faked: ``torchvision.ops.nms`` still raises torchvision's own error.

Costs nothing until something imports torchvision; does nothing where the extension loads.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

_OPERATORS = ("nms", "qnms")
_SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


class _Finder(importlib.abc.MetaPathFinder):
    """Declares the schemas the moment torchvision is about to be imported."""

    def __init__(self) -> None:
        self.library: Any = None  # dropping the library would undefine the operators

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname == "torchvision" and self.library is None:
            spec = importlib.machinery.PathFinder.find_spec(fullname, path)
            if spec is not None and spec.submodule_search_locations:
                self._declare(Path(next(iter(spec.submodule_search_locations))))
        return None  # the ordinary finders do the import

    def _declare(self, package: Path) -> None:
        import torch

        for extension in package.glob("_C*.so"):
            try:
                torch.ops.load_library(str(extension))
            except (OSError, ImportError):
                continue
            return  # this build fits this torch: nothing to mend
        self.library = torch.library.Library("torchvision", "FRAGMENT")
        for operator in _OPERATORS:
            if not hasattr(torch.ops.torchvision, operator):
                self.library.define(operator + _SIGNATURE)


def install() -> None:
    """Put the finder first on ``sys.meta_path``, once."""
    if "torchvision" not in sys.modules and not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
