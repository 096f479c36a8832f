"""Every sentence encoder by its key; read without torch."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from benchmark.encoders.lexicon_words import spec as lexicon_words
from benchmark.encoders.pretrained.published import backbone
from benchmark.errors import unknown_name

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SentenceSpec:
    """Everything that decides a sentence's embedding apart from the weights.

    Attributes:
        key: name in presets.
        dim: width D of an embedding.
        version: raised whenever the code changes what comes out.
        summary: one line for listings.
        factory: ``module:name`` of the encoder, made from the spec.
        weights: returns the files whose content decides the embeddings too.
        settings: plain JSON values.
    """

    key: str
    dim: int
    version: int
    summary: str
    factory: str
    weights: Callable[[], tuple[Path, ...]] = tuple
    settings: Mapping[str, object] = field(default_factory=dict)

    def fingerprint(self) -> str:
        """The parts that decide the embeddings, as canonical JSON."""
        parts = {"key": self.key, "dim": self.dim, "version": self.version, "settings": dict(self.settings)}
        return json.dumps(parts, sort_keys=True)


class SentenceEncoder(Protocol):
    """Turns sentences into vectors."""

    def embed(self, sentences: Sequence[str]) -> Floats:
        """n sentences -> (n, D) float32."""


SENTENCES: tuple[SentenceSpec, ...] = (
    SentenceSpec(
        key="lexicon_sentence",
        dim=lexicon_words.CAPTIONS.dim,
        version=1,
        summary="hashed n-grams and affect lexicon, averaged over the words of a sentence",
        factory="benchmark.encoders.sentences.lexicon:LexiconSentences",
        weights=lambda: lexicon_words.LISTS,
        settings=lexicon_words.CAPTIONS.settings,
    ),
    SentenceSpec(
        key="clip_text_vit_b16",
        dim=512,
        version=1,
        summary="text tower of CLIP ViT-B/16, projected",
        factory="benchmark.encoders.sentences.clip:ClipSentences",
        weights=lambda: (*backbone("clip_vit_b16").files(), backbone("clip_vit_b16").folder / "tokenizer.json"),
        settings={"backbone": "clip_vit_b16", "output": "projection"},
    ),
)
_BY_KEY = {spec.key: spec for spec in SENTENCES}


def sentence_spec(key: str) -> SentenceSpec:
    """Description of a sentence encoder; reads no weights.

    Raises:
        UserError: there is none of that name; the message names the nearest one.
    """
    try:
        return _BY_KEY[key]
    except KeyError:
        raise unknown_name("sentence encoder", key, _BY_KEY) from None


def make_encoder(spec: SentenceSpec) -> SentenceEncoder:
    """The encoder that ``spec`` describes, with its weights loaded."""
    module, name = spec.factory.split(":")
    encoder: SentenceEncoder = getattr(import_module(module), name)(spec)
    return encoder
