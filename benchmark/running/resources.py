"""Fills what a network has from outside before it is trained: fixed sentences and published weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import nn

from benchmark.encoders.initial_weights import initial_weights
from benchmark.encoders.sentences.catalogue import sentence_spec
from benchmark.encoders.sentences.store import embed_sentences
from benchmark.errors import UserError
from benchmark.presets import Preset


def fill_resources(network: nn.Module, preset: Preset, where: str) -> None:
    """Fill the buffers and parts of a network that the preset's ``texts`` and ``weights`` name.

    Args:
        network: as ``build`` returns it.
        where: preset, for messages.

    Raises:
        UserError: as ``fill_texts`` and ``fill_weights``.
    """
    fill_texts(network, preset.texts, where)
    fill_weights(network, preset.weights, where)


def fill_texts(network: nn.Module, encoders: Mapping[str, str], where: str) -> None:
    """Embed the sentences that ``network.texts()`` names and copy them into its buffers; does nothing without any.

    Args:
        network: as ``build`` returns it.
        encoders: buffer name -> key of a sentence encoder.
        where: preset, for messages.

    Raises:
        UserError: preset and network name different buffers, or the encoder's width is not the buffer's.
    """
    wanted: Mapping[str, tuple[str, ...]] = network.texts() if hasattr(network, "texts") else {}  # type: ignore[operator]
    if set(wanted) != set(encoders):
        raise UserError(
            f"{where}: texts names {_listed(encoders)}; the network embeds sentences into {_listed(wanted)}."
        )
    for name, sentences in wanted.items():
        buffer, spec = network.get_buffer(name), sentence_spec(encoders[name])
        if buffer.shape != (len(sentences), spec.dim):
            raise UserError(
                f"{where}: {spec.key} makes {spec.dim} features a sentence; {name} holds {tuple(buffer.shape)}. "
                f"Choose another encoder under texts, or set the width under model."
            )
        buffer.copy_(torch.from_numpy(embed_sentences(spec.key, sentences)))


def fill_weights(network: nn.Module, sources: Mapping[str, str], where: str) -> None:
    """Start parts of a network from published weights; parts that ``sources`` does not name start at random.

    Args:
        network: as ``build`` returns it.
        sources: name of a module of the network -> key of the weights; parameters beyond the module's are ignored.
        where: preset, for messages.

    Raises:
        UserError: there is no such module, or the weights do not cover it.
    """
    for name, key in sources.items():
        if not hasattr(network, name):
            parts = [child for child, _ in network.named_children()]
            raise UserError(f"{where}: weights names {name}; the network has {_listed(parts)}.")
        module: nn.Module = getattr(network, name)
        state = initial_weights(key)
        own = module.state_dict()
        misfit = sorted(n for n, value in own.items() if n not in state or state[n].shape != value.shape)
        if misfit:
            raise UserError(
                f"{where}: the weights {key} are not of the architecture of {name}: {len(misfit)} of its {len(own)} "
                f"parameters are missing or of another shape, first: {misfit[0]}."
            )
        module.load_state_dict({n: state[n] for n in own})


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
