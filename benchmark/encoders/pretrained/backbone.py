"""A published backbone as an encoder, and where its weights are looked for; read without torch."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from benchmark.encoders.base import EncoderSpec
from benchmark.errors import UserError
from benchmark.paths import cache_root

#: The only weight format that is read: it holds tensors and cannot run code.
MODEL = "model.safetensors"
#: Names the files of a model that is published in several.
INDEX = "model.safetensors.index.json"
CONFIG = "config.json"


def weights_root() -> Path:
    """Folder of all backbone weights: ``$ABAW_WEIGHTS``, else ``weights`` in the cache."""
    configured = os.environ.get("ABAW_WEIGHTS")
    return Path(configured).expanduser() if configured else cache_root() / "weights"


@dataclass(frozen=True, slots=True)
class Backbone:
    """A published model as an encoder.

    Attributes:
        spec: its description; ``spec.dim`` is checked against the model on loading.
        model_id: name under which its authors publish it.
        factory: ``module:name`` of the encoder class.
        companions: files beside model and configuration that decide the features (tokenizer, sample scaling).
        configured: whether it has a configuration, as all models of transformers; networks of ours have none.
    """

    spec: EncoderSpec
    model_id: str
    factory: str
    companions: tuple[str, ...] = ()
    configured: bool = True

    @property
    def folder(self) -> Path:
        """Where the weights are looked for."""
        return weights_root() / self.spec.key

    def files(self) -> tuple[Path, ...]:
        """The files that decide the features.

        Raises:
            UserError: some are missing; the message names the folder, the files and the model they belong to.
        """
        expected = (*((CONFIG,) if self.configured else ()), *self._model_files(), *self.companions)
        missing = [name for name in expected if not (self.folder / name).is_file()]
        if not missing:
            return tuple(self.folder / name for name in expected)
        message = (
            f"{self.folder}: {', '.join(missing)} not found; encoder {self.spec.key} expects {', '.join(expected)} "
            f"of the model {self.model_id} there (another place: set ABAW_WEIGHTS to the folder above)."
        )
        if MODEL in missing and (self.folder / "pytorch_model.bin").is_file():
            message += f" Make {MODEL} with: python -m benchmark.encoders.pretrained.convert {self.folder}"
        raise UserError(message)

    def _model_files(self) -> tuple[str, ...]:
        """One file, or the index of a model in parts and its parts."""
        index = self.folder / INDEX
        if (self.folder / MODEL).is_file() or not index.is_file():
            return (MODEL,)
        try:
            parts = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError(
                f"{index}: not an index of model files ({error!r}); put the model's own file there."
            ) from None
        inside = [part for part in parts if isinstance(part, str) and Path(part).name == part]
        if len(inside) != len(parts):
            raise UserError(f"{index}: names a file outside its folder; put the model's own file there.")
        return (INDEX, *inside)
