"""Embeddings of sentences on disk, made once for each encoder, its weights and the sentences' own words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from benchmark.encoders.fingerprint import ContentHasher
from benchmark.encoders.sentences.catalogue import Floats, make_encoder, sentence_spec
from benchmark.files import write_whole
from benchmark.paths import cache_root


def embed_sentences(key: str, sentences: Sequence[str], root: Path | None = None) -> Floats:
    """Embed n sentences with the encoder ``key``, or take them from the store: (n, D) float32.

    Args:
        root: folder of the store, ``sentences`` in the cache if not given.

    Raises:
        UserError: there is no such encoder, or its weights are missing or of another model.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file, save

    spec = sentence_spec(key)
    root = cache_root() / "sentences" if root is None else root
    weights = [ContentHasher(root / ".hashes").files([path]) for path in spec.weights()]
    parts = [spec.fingerprint(), weights, list(sentences)]
    path = root / key / f"{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]}.safetensors"
    try:
        found: Floats = load_file(path)["embeddings"]
        if found.shape == (len(sentences), spec.dim):
            return found
    except (OSError, KeyError, SafetensorError):  # absent or damaged: made anew
        pass
    made = make_encoder(spec).embed(sentences)
    write_whole(path, save({"embeddings": made}))
    return made
