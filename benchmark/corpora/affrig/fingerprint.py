"""Fingerprints: what must come out of a seed on every machine, and what the installed codecs made of it."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from benchmark.corpora.affrig.simulate import Content

#: Floats count to four decimals, so that the last bits of another processor change nothing.
_STEPS = 1e4


def _feed(digest: Any, value: object) -> None:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        digest.update(b"{%d" % len(value))
        for key in sorted(value):
            _feed(digest, key)
            _feed(digest, value[key])
    elif isinstance(value, np.ndarray):
        numbers = np.rint(value * _STEPS) if value.dtype.kind == "f" else value
        digest.update(f"a{value.dtype.kind}{value.shape}".encode())
        digest.update(np.ascontiguousarray(numbers, dtype="<i8").tobytes())
    elif isinstance(value, float | np.floating):
        digest.update(b"f%d;" % round(float(value) * _STEPS))
    elif isinstance(value, bool | int | np.integer) or value is None:
        digest.update(f"i{value};".encode())
    elif isinstance(value, str):
        digest.update(f"s{len(value)}:{value}".encode())
    elif isinstance(value, Iterable):
        digest.update(b"[")
        for item in value:
            _feed(digest, item)
        digest.update(b"]")
    else:
        raise TypeError(f"cannot fingerprint {type(value).__name__}")


def fingerprint(value: object) -> str:
    """SHA-256 of nested data classes, mappings, sequences, arrays and scalars; floats to four decimals."""
    digest = hashlib.sha256()
    _feed(digest, value)
    return digest.hexdigest()


def content_fingerprint(content: Content) -> str:
    """Fingerprint of the labels and parameters of a video; the sound's samples are not among them."""
    return fingerprint(
        {
            "unit": content.unit,
            "ticks": content.ticks,
            "people": [dataclasses.replace(person, emotion=None) for person in content.people],  # type: ignore[arg-type]
            "felt": [np.stack([p.emotion.valence, p.emotion.arousal]) for p in content.people],
            "said": [(u.speaker, u.start, u.text, u.prosody, u.spoken.phonemes) for u in content.utterances],
            "silent": content.sound is None,
        }
    )
