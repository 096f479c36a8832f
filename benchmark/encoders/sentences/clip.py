"""Sentences by the text tower of a CLIP model (Radford et al. 2021)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from benchmark.encoders.pretrained.loading import device, load_model, load_tokenizer
from benchmark.encoders.pretrained.published import backbone
from benchmark.encoders.sentences.catalogue import Floats, SentenceSpec


class ClipSentences:
    """Projected text features, as they are compared with image features; not normalised."""

    def __init__(self, spec: SentenceSpec, folder: Path | None = None) -> None:
        self.spec = spec
        folder = folder or backbone(str(spec.settings["backbone"])).folder
        self.network = load_model(spec, folder, tower="CLIPTextModelWithProjection")
        self.tokenizer = load_tokenizer(folder)
        self.longest = int(self.network.config.max_position_embeddings)  # type: ignore[union-attr, arg-type]

    def embed(self, sentences: Sequence[str]) -> Floats:
        """n sentences -> (n, D) float32; a sentence beyond the tower's length is cut before its end mark."""
        rows = []
        for sentence in sentences:  # one at a time: no padding whose mark the tower could mistake for the end
            pieces = self.tokenizer.encode(sentence).ids
            if len(pieces) > self.longest:
                pieces = [*pieces[: self.longest - 1], pieces[-1]]
            with torch.inference_mode():
                found = self.network(input_ids=torch.tensor([pieces], device=device())).text_embeds[0]
            rows.append(found.float().cpu().numpy())
        result: Floats = np.stack(rows)
        return result
