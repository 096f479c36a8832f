"""Every encoder by its key: descriptions without torch, encoders on demand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path

from benchmark.encoders.base import Encoder, EncoderSpec
from benchmark.encoders.expression_net import spec as expression_net
from benchmark.encoders.face_crops import spec as face_crops
from benchmark.encoders.fingerprint import file_state
from benchmark.encoders.lexicon_words import spec as lexicon_words
from benchmark.encoders.logmel_patches import spec as logmel_patches
from benchmark.encoders.logmel_prosody import spec as logmel_prosody
from benchmark.encoders.mouth_opening import spec as mouth_opening
from benchmark.encoders.pretrained import published
from benchmark.errors import unknown_name


@dataclass(frozen=True, slots=True)
class Entry:
    """An encoder and how to get it.

    Attributes:
        spec: its description.
        factory: ``module:name`` of what builds it from ``spec``.
        weights: returns the files whose content decides the features beside the spec.
    """

    spec: EncoderSpec
    factory: str
    weights: Callable[[], tuple[Path, ...]] = tuple


_ENTRIES: tuple[Entry, ...] = (
    *(
        Entry(
            spec,
            "benchmark.encoders.expression_net.encoder:ExpressionNetEncoder",
            lambda: (expression_net.WEIGHTS,),
        )
        for spec in (expression_net.SPEC, expression_net.LOGITS, expression_net.GRID)
    ),
    Entry(mouth_opening.SPEC, "benchmark.encoders.mouth_opening.encoder:MouthOpeningEncoder"),
    Entry(logmel_prosody.SPEC, "benchmark.encoders.logmel_prosody.encoder:LogmelProsodyEncoder"),
    Entry(logmel_patches.SPEC, "benchmark.encoders.logmel_patches.encoder:LogmelPatchEncoder"),
    Entry(
        lexicon_words.WORDS,
        "benchmark.encoders.lexicon_words.encoder:WordEncoder",
        lambda: lexicon_words.LISTS,
    ),
    Entry(
        lexicon_words.CAPTIONS,
        "benchmark.encoders.lexicon_words.encoder:CaptionEncoder",
        lambda: lexicon_words.LISTS,
    ),
    *(
        Entry(face_crops.crops_spec(side), "benchmark.encoders.face_crops.encoder:CropsEncoder")
        for side in face_crops.SIDES
    ),
    *(Entry(backbone.spec, backbone.factory, backbone.files) for backbone in published.BACKBONES),
)
_BY_KEY = {entry.spec.key: entry for entry in _ENTRIES}


def list_encoders() -> tuple[EncoderSpec, ...]:
    """Every encoder's description, offline ones first; reads no weights."""
    return tuple(entry.spec for entry in _ENTRIES)


def encoder_spec(key: str) -> EncoderSpec:
    """Description of an encoder; imports no torch and reads no weights.

    Raises:
        UserError: there is no such encoder; the message names the nearest one.
    """
    return _entry(key).spec


def weight_files(key: str) -> tuple[Path, ...]:
    """Files whose content decides an encoder's features beside its spec.

    Raises:
        UserError: there is no such encoder, or its weights are not on this machine.
    """
    return _entry(key).weights()


def get_encoder(key: str) -> Encoder:
    """The encoder named ``key`` with its weights loaded, once a process while they do not change.

    Raises:
        UserError: there is no such encoder, or its weights are missing, incomplete or of another model.
    """
    return _load(key, tuple((path, file_state(path)) for path in weight_files(key)))


@lru_cache(maxsize=16)
def _load(key: str, _weights: tuple[object, ...]) -> Encoder:
    """Build an encoder; ``_weights`` makes files that have changed be read anew."""
    entry = _entry(key)
    module, name = entry.factory.split(":")
    encoder: Encoder = getattr(import_module(module), name)(entry.spec)
    return encoder


def _entry(key: str) -> Entry:
    try:
        return _BY_KEY[key]
    except KeyError:
        raise unknown_name("encoder", key, _BY_KEY) from None
