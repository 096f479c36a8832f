"""Language backbones over the transcript: one vector a word, with the rest of the talk as context."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch

from benchmark.encoders.base import Encoded, EncoderSpec
from benchmark.encoders.pretrained.loading import device, load_model, load_tokenizer
from benchmark.encoders.pretrained.published import backbone
from benchmark.encoders.speech_text import read_words

if TYPE_CHECKING:
    from benchmark.corpora.trials import Trial


class TextEncoder:
    """Any RoBERTa-like ``transformers`` model with a ``tokenizer.json``, read from a local folder."""

    def __init__(self, spec: EncoderSpec, folder: Path | None = None) -> None:
        self.spec = spec
        folder = folder or backbone(spec.key).folder
        self.network = load_model(spec, folder, add_pooling_layer=False)
        self.tokenizer = load_tokenizer(folder)
        self.pieces = int(spec.settings["pieces"])  # type: ignore[call-overload]
        self.context = int(spec.settings["context_pieces"])  # type: ignore[call-overload]

    def encode(self, trial: Trial) -> Encoded:
        """Encode a trial's words: (L, D) at the middle of each word, in seconds."""
        words = read_words(trial.transcript)
        if not words:
            return Encoded.absent(self.spec.dim)
        return Encoded(
            self.features([word.text for word in words]),
            np.array([word.middle for word in words]),
            np.ones(len(words), np.bool_),
        )

    def features(self, words: list[str]) -> npt.NDArray[np.float32]:
        """n words in order -> (n, D) float32: hidden states averaged over the pieces of each word."""
        pieces: list[int] = []
        owner: list[int] = []
        for index, word in enumerate(words):
            found = self.tokenizer.encode(word if index == 0 else f" {word}", add_special_tokens=False).ids
            pieces += found
            owner += [index] * len(found)
        sums = np.zeros((len(words), self.spec.dim), np.float32)
        np.add.at(sums, owner, self._hidden(pieces))
        counts = np.maximum(np.bincount(owner, minlength=len(words)), 1).astype(np.float32)
        means: npt.NDArray[np.float32] = sums / counts[:, None]
        return means

    def _hidden(self, pieces: list[int]) -> npt.NDArray[np.float32]:
        """Hidden state of every piece, read in parts with ``context`` pieces on both sides."""
        begin, end = self.network.config.bos_token_id, self.network.config.eos_token_id  # type: ignore[union-attr]
        parts = []
        for start in range(0, len(pieces), self.pieces):
            stop = min(start + self.pieces, len(pieces))
            low, high = max(0, start - self.context), min(len(pieces), stop + self.context)
            tokens = torch.tensor([[begin, *pieces[low:high], end]], device=device())
            with torch.inference_mode():
                hidden = self.network(input_ids=tokens).last_hidden_state[0].float().cpu().numpy()
            parts.append(hidden[1 + start - low : 1 + stop - low])
        return np.concatenate(parts)
