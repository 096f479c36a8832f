"""Published weights with which a network's own backbone starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from benchmark.encoders.expression_net import spec as expression_net
from benchmark.encoders.pretrained.backbone import MODEL
from benchmark.encoders.pretrained.published import backbone
from benchmark.errors import UserError, unknown_name

if TYPE_CHECKING:
    from torch import Tensor


def initial_weights(key: str) -> Mapping[str, Tensor]:
    """Parameters by the names that their architecture has where it was published.

    Raises:
        UserError: there are none of that name, or they are not on this machine.
    """
    try:
        read = _SOURCES[key]
    except KeyError:
        raise unknown_name("initial weights", key, _SOURCES) from None
    return read()


def _expression_net() -> Mapping[str, Tensor]:
    from benchmark.encoders.expression_net.network import load_state

    return load_state(expression_net.WEIGHTS)


def _clip_vit_b16() -> Mapping[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    entry = backbone("clip_vit_b16")
    entry.files()
    try:
        return load_file(entry.folder / MODEL)
    except SafetensorError as error:
        raise UserError(f"{entry.folder / MODEL}: cannot be read ({error}); put it there anew.") from None


_SOURCES: Final[Mapping[str, Callable[[], Mapping[str, Tensor]]]] = {
    "expression_net": _expression_net,
    "clip_vit_b16": _clip_vit_b16,
}
