"""A published backbone as an encoder, and where its weights are looked for; read without torch."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from benchmark.encoders.base import EncoderSpec
from benchmark.errors import UserError
from benchmark.paths import cache_root

#: The only weight format that is read: it holds tensors and cannot run code.
MODEL = "model.safetensors"
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
        required: the other files that must be there; weights alone for networks that no library has.
    """

    spec: EncoderSpec
    model_id: str
    factory: str
    companions: tuple[str, ...] = ()
    required: tuple[str, ...] = (CONFIG, MODEL)

    @property
    def folder(self) -> Path:
        """Where the weights are looked for."""
        return weights_root() / self.spec.key

    def files(self) -> tuple[Path, ...]:
        """The files that decide the features.

        Raises:
            UserError: some are missing; the message names the folder, the files and the model they belong to.
        """
        expected = (*self.required, *self.companions)
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
