"""Fills the buffers in which a network keeps fixed sentences."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from benchmark.encoders.sentences.catalogue import sentence_spec
from benchmark.encoders.sentences.store import embed_sentences
from benchmark.errors import UserError


def fill_texts(network: nn.Module, encoders: Mapping[str, str], where: str) -> None:
    """Embed the sentences that ``network.texts()`` names and copy them into its buffers; does nothing without any.

    Args:
        network: as ``build`` returns it.
        encoders: the preset's ``texts``: buffer name -> key of a sentence encoder.
        where: preset, for messages.

    Raises:
        UserError: preset and network name different buffers, or the encoder's width is not the buffer's.
    """
    wanted: Mapping[str, tuple[str, ...]] = network.texts() if hasattr(network, "texts") else {}  # type: ignore[operator]
    if set(wanted) != set(encoders):
        raise UserError(
            f"{where}: texts names {', '.join(sorted(encoders)) or 'nothing'}; the network embeds sentences into "
            f"{', '.join(sorted(wanted)) or 'nothing'}."
        )
    for name, sentences in wanted.items():
        buffer, spec = network.get_buffer(name), sentence_spec(encoders[name])
        if buffer.shape != (len(sentences), spec.dim):
            raise UserError(
                f"{where}: {spec.key} makes {spec.dim} features a sentence; {name} holds {tuple(buffer.shape)}. "
                f"Choose another encoder under texts, or set the width under model."
            )
        buffer.copy_(torch.from_numpy(embed_sentences(spec.key, sentences)))
