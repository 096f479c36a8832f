"""Loading a backbone from its local folder, and refusing one whose weights do not cover the whole model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import nn

from benchmark.encoders.pretrained.backbone import MODEL
from benchmark.errors import UserError

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class Described(Protocol):
    """What an encoder's description says of its model."""

    @property
    def key(self) -> str: ...
    @property
    def dim(self) -> int: ...


def load_model(
    spec: Described, folder: Path, tower: str = "AutoModel", dtype: torch.dtype = torch.float32, **options: Any
) -> nn.Module:
    """Load ``folder``'s model for inference, on the GPU where there is one.

    Args:
        spec: whose ``dim`` the model's hidden states, or its projection where it has one, must have.
        folder: holds ``config.json`` and ``model.safetensors``; no network, no remote code, no pickle.
        tower: the class of ``transformers`` that reads it, where only a part of the model is wanted.
        dtype: of its weights.
        options: passed to the model's constructor.

    Raises:
        UserError: the folder cannot be read, leaves parameters at random values, or has another width.
    """
    import transformers

    log = transformers.utils.logging
    verbosity = log.get_verbosity()
    log.disable_progress_bar()
    log.set_verbosity_error()  # what it would warn of is refused below, or is a head that is not used
    try:
        model, info = getattr(transformers, tower).from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            output_loading_info=True,
            dtype=dtype,
            **options,
        )
    except Exception as error:  # the library raises many kinds for files that are damaged or of another model
        raise UserError(
            f"{folder}: the {spec.key} weights cannot be loaded ({_first_line(error)}); put them there anew."
        ) from error
    finally:
        log.set_verbosity(verbosity)
    absent = sorted([*info["missing_keys"], *(str(key) for key in info["mismatched_keys"])])
    if absent:
        raise UserError(
            f"{folder}: {len(absent)} parameter(s) of {spec.key} are not in model.safetensors and would be random, "
            f"first: {absent[0]}; expected the weights of the whole model."
        )
    width = model.config.projection_dim if tower.endswith("WithProjection") else _width(model)
    if width != spec.dim:
        raise UserError(f"{folder}: this model makes {width} features; encoder {spec.key} expects {spec.dim}.")
    network: nn.Module = model.eval().to(device())
    return network


def fill(network: nn.Module, spec: Described, folder: Path) -> nn.Module:
    """Put ``folder``'s weights into a network of ours, for inference, on the GPU where there is one.

    A common prefix ``backbone.`` is taken off and a classifier ``logits`` left out, as entrants save them.

    Raises:
        UserError: the file cannot be read, lacks parameters or has some of another shape.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = folder / MODEL
    try:
        state = load_file(path)
    except (OSError, SafetensorError) as error:
        raise UserError(
            f"{path}: the {spec.key} weights cannot be loaded ({_first_line(error)}); put them there anew."
        ) from error
    state = {name.removeprefix("backbone."): value for name, value in state.items() if not name.startswith("logits.")}
    own = network.state_dict()
    counters = {name for name in own if name.endswith("num_batches_tracked")}  # of batch norm; decide nothing here
    absent = sorted(own.keys() - state.keys() - counters)
    if absent:
        raise UserError(
            f"{path}: {len(absent)} parameter(s) of {spec.key} are missing, first: {absent[0]}; "
            "expected the weights of the whole model."
        )
    for name in sorted(own.keys() & state.keys()):
        if own[name].shape != state[name].shape:
            raise UserError(
                f"{path}: {name} has shape {tuple(state[name].shape)}; encoder {spec.key} expects "
                f"{tuple(own[name].shape)}."
            )
    network.load_state_dict({name: state.get(name, own[name]) for name in own})
    return network.eval().to(device())


def device() -> torch.device:
    """Where backbones run."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def load_tokenizer(folder: Path) -> Tokenizer:
    """Read ``folder``'s ``tokenizer.json``.

    Raises:
        UserError: it is missing or damaged.
    """
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # the library raises plain Exception
        raise UserError(f"{folder / 'tokenizer.json'}: cannot be read ({error}); put it there anew.") from None


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        UserError: the file is not one.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read as JSON ({error}); put the model's own file there anew.") from None
    if not isinstance(data, dict):
        raise UserError(f"{path}: expected a JSON object, found {type(data).__name__}.")
    return data


def _width(model: nn.Module) -> int:
    config: Any = model.config
    text = config.get_text_config()  # the configuration itself where a model has but one
    width = getattr(model, "num_features", None) or getattr(text, "hidden_size", None) or config.hidden_sizes[-1]
    return int(width)


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
