"""The catalogue: descriptions without torch, names with help."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from benchmark.encoders.catalogue import encoder_spec, get_encoder, list_encoders, weight_files
from benchmark.errors import UserError


def test_descriptions_need_no_torch() -> None:
    code = (
        "import sys, json; from benchmark.encoders.catalogue import list_encoders;"
        "print(json.dumps([[s.key, s.stream, s.dim] for s in list_encoders()]));"
        "assert not {'torch', 'scipy', 'av', 'transformers'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    listed = {key: (stream, dim) for key, stream, dim in json.loads(done.stdout)}
    assert listed["expression_net"] == ("face", 256)
    assert listed["swin_base"] == ("face", 1024)
    assert listed["hubert_base"] == ("audio", 768)
    assert listed["roberta_base"] == ("text", 768)
    assert {"logmel_prosody", "lexicon_words", "caption_words"} <= listed.keys()


def test_keys_are_unique_and_found() -> None:
    keys = [spec.key for spec in list_encoders()]
    assert len(set(keys)) == len(keys)
    assert [encoder_spec(key).key for key in keys] == keys


@pytest.mark.parametrize("call", [encoder_spec, get_encoder, weight_files])
def test_an_unknown_encoder_is_answered_with_the_nearest(call: object) -> None:
    with pytest.raises(UserError, match=r'unknown encoder "expresion_net".*Did you mean "expression_net"'):
        call("expresion_net")  # type: ignore[operator]


def test_an_encoder_is_loaded_once() -> None:
    assert get_encoder("lexicon_words") is get_encoder("lexicon_words")


def test_settings_are_part_of_the_fingerprint() -> None:
    prints = [spec.fingerprint() for spec in list_encoders()]
    assert len(set(prints)) == len(prints)
    spec = encoder_spec("logmel_prosody")
    assert json.loads(spec.fingerprint())["settings"]["bands"] == 32
