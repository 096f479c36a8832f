"""Turn a published ``pytorch_model.bin`` into safetensors: ``python -m benchmark.encoders.pretrained.convert FOLDER``.

Reads tensors only (``weights_only``), so a file that tries to run code is refused.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmark.encoders.pretrained.backbone import MODEL
from benchmark.errors import UserError
from benchmark.files import write_whole

SOURCE = "pytorch_model.bin"


def convert(folder: Path) -> Path:
    """Write ``folder/model.safetensors`` from ``folder/pytorch_model.bin`` and return its path.

    Raises:
        UserError: there is no such file, or it holds more than tensors.
    """
    import pickle

    import torch
    from safetensors.torch import save

    source = folder / SOURCE
    try:
        state = torch.load(source, map_location="cpu", weights_only=True)
    except OSError as error:
        raise UserError(f"{source}: cannot be read ({error.strerror}); expected the model's weights.") from None
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise UserError(f"{source}: not a file of plain tensors ({str(error).splitlines()[0]}); not loaded.") from None
    tensors = {name: value.clone().contiguous() for name, value in state.items() if isinstance(value, torch.Tensor)}
    target = folder / MODEL
    write_whole(target, save(tensors, metadata={"format": "pt"}))
    return target


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m benchmark.encoders.pretrained.convert FOLDER")
    try:
        sys.stderr.write(f"wrote {convert(Path(sys.argv[1]))}\n")
    except UserError as failure:
        sys.exit(f"error: {failure}")
