"""Published backbones: tiny models of the same classes go through the very code that reads the real ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from encoder_media import RATE, tone
from safetensors.torch import load_file, save_file

from benchmark.corpora.trials import Trial
from benchmark.encoders.base import EncoderSpec
from benchmark.encoders.catalogue import encoder_spec, get_encoder, weight_files
from benchmark.encoders.pretrained.audio import SpeechEncoder
from benchmark.encoders.pretrained.convert import convert
from benchmark.encoders.pretrained.text import TextEncoder
from benchmark.encoders.pretrained.vision import VisionEncoder
from benchmark.encoders.store import FeatureStore
from benchmark.errors import UserError

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


def narrow(key: str, dim: int = 32, **settings: object) -> EncoderSpec:
    """The catalogue's description with the width of a tiny model."""
    spec = encoder_spec(key)
    return replace(spec, dim=dim, settings={**spec.settings, **settings})


@pytest.fixture
def swin(tmp_path: Path) -> Path:
    folder = tmp_path / "weights" / "swin_base"
    torch.manual_seed(0)
    config = transformers.SwinConfig(
        image_size=32, patch_size=2, embed_dim=8, depths=[1, 1, 1], num_heads=[1, 2, 4], window_size=4
    )
    transformers.SwinModel(config).save_pretrained(folder)
    scaling = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
    (folder / "preprocessor_config.json").write_text(json.dumps(scaling))
    return folder


@pytest.fixture
def hubert(tmp_path: Path) -> Path:
    folder = tmp_path / "weights" / "hubert_base"
    torch.manual_seed(0)
    config = transformers.HubertConfig(
        **SMALL,
        conv_dim=(16,) * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        feat_extract_norm="layer",  # group norm would tie a chunk's features to its length
        do_stable_layer_norm=True,
    )
    transformers.HubertModel(config).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps({"sampling_rate": RATE, "do_normalize": True}))
    return folder


@pytest.fixture
def roberta(tmp_path: Path) -> Path:
    from tokenizers import ByteLevelBPETokenizer

    folder = tmp_path / "weights" / "roberta_base"
    torch.manual_seed(0)
    tokenizer = ByteLevelBPETokenizer()
    lines = ["i am very happy today", "this is sad and terrible"] * 10
    tokenizer.train_from_iterator(lines, vocab_size=300, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    config = transformers.RobertaConfig(
        **SMALL, vocab_size=320, max_position_embeddings=60, bos_token_id=0, pad_token_id=1, eos_token_id=2
    )
    transformers.RobertaModel(config, add_pooling_layer=False).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


# --------------------------------------------------------------------------- vision
def test_vision_encodes_every_crop(make_trial: Callable[..., Trial], swin: Path) -> None:
    trial = make_trial(frames=5, missing=(2,))
    result = VisionEncoder(narrow("swin_base"), swin).encode(trial)
    assert result.values.shape == (5, 32)
    assert result.mask.tolist() == [True, False, True, True, True]
    assert not result.values[1].any()
    assert len({row.tobytes() for row in result.values[result.mask]}) == 4


def test_vision_scales_like_the_models_own_processor(swin: Path) -> None:
    encoder = VisionEncoder(narrow("swin_base"), swin)
    image = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3), dtype=np.uint8)  # no resizing
    pixels = (torch.from_numpy(image).permute(0, 3, 1, 2) / 255 - torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)) / (
        torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    )
    with torch.inference_mode():
        expected = transformers.AutoModel.from_pretrained(swin).eval()(pixels).pooler_output
    np.testing.assert_allclose(encoder.features(image), expected.numpy(), atol=1e-5)


# --------------------------------------------------------------------------- audio
def test_speech_steps_are_20_ms_at_their_own_times(make_trial: Callable[..., Trial], hubert: Path) -> None:
    result = SpeechEncoder(narrow("hubert_base"), hubert).encode(make_trial(frames=20, sound=tone(2.0)))
    assert result.values.shape[1] == 32
    assert len(result.values) >= 99
    assert result.mask.all()
    assert np.allclose(np.diff(result.times), 0.02)
    assert result.times[0] == pytest.approx(0.0125, abs=0.08)  # the AAC encoder's own delay


def test_chunks_with_context_join_without_a_seam(hubert: Path) -> None:
    sound = tone(4.0) * np.linspace(0.2, 1, 4 * RATE, dtype=np.float32)
    whole = SpeechEncoder(narrow("hubert_base"), hubert).features(sound)
    pieces = SpeechEncoder(narrow("hubert_base", chunk_seconds=1), hubert).features(sound)
    assert whole.shape == pieces.shape == ((4 * RATE - 400) // 320 + 1, 32)
    assert np.abs(whole - pieces).mean() < 0.1 * whole.std()


def test_one_chunk_equals_the_model_itself(hubert: Path) -> None:
    sound = tone(1.0)
    scaled = transformers.Wav2Vec2FeatureExtractor(do_normalize=True)(sound, sampling_rate=RATE, return_tensors="pt")
    with torch.inference_mode():
        expected = transformers.AutoModel.from_pretrained(hubert).eval()(scaled.input_values).last_hidden_state[0]
    np.testing.assert_allclose(
        SpeechEncoder(narrow("hubert_base"), hubert).features(sound), expected.numpy(), atol=1e-4
    )


def test_sound_shorter_than_one_step_is_padded(hubert: Path) -> None:
    assert SpeechEncoder(narrow("hubert_base"), hubert).features(tone(0.01)).shape == (1, 32)


def test_no_sound_is_masked(make_trial: Callable[..., Trial], hubert: Path) -> None:
    result = SpeechEncoder(narrow("hubert_base"), hubert).encode(make_trial(sound=None))
    assert not result.mask.any()
    assert result.values.shape == (1, 32)


def test_another_sampling_rate_is_refused(hubert: Path) -> None:
    (hubert / "preprocessor_config.json").write_text('{"sampling_rate": 8000}')
    with pytest.raises(UserError, match="sampling_rate is 8000, expected 16000"):
        SpeechEncoder(narrow("hubert_base"), hubert)


# --------------------------------------------------------------------------- text
def test_one_vector_a_word(make_trial: Callable[..., Trial], roberta: Path) -> None:
    trial = make_trial(words=[("I", 0, 0.2), ("am", 0.2, 0.4), ("unhappy", 0.4, 1.0)])
    result = TextEncoder(narrow("roberta_base"), roberta).encode(trial)
    assert result.values.shape == (3, 32)
    assert result.times.tolist() == pytest.approx([0.1, 0.3, 0.7])
    assert len({row.tobytes() for row in result.values}) == 3


def test_pieces_of_a_word_are_averaged(roberta: Path) -> None:
    encoder = TextEncoder(narrow("roberta_base"), roberta)
    first, second = (encoder.tokenizer.encode(text, add_special_tokens=False).ids for text in ("happy", " unhappy"))
    assert len(second) > 1
    with torch.inference_mode():
        model = transformers.AutoModel.from_pretrained(roberta).eval()
        hidden = model(torch.tensor([[0, *first, *second, 2]])).last_hidden_state[0].numpy()
    found = encoder.features(["happy", "unhappy"])
    np.testing.assert_allclose(found[0], hidden[1 : 1 + len(first)].mean(0), atol=1e-5)
    np.testing.assert_allclose(found[1], hidden[1 + len(first) : -1].mean(0), atol=1e-5)


def test_long_talk_is_read_in_parts(roberta: Path) -> None:
    encoder = TextEncoder(narrow("roberta_base", pieces=30, context_pieces=10), roberta)
    words = ["i", "am", "very", "happy", "today", "and", "this", "is", "terrible"] * 12
    values = encoder.features(words)
    assert values.shape == (len(words), 32)
    assert np.isfinite(values).all()
    assert (np.abs(values).sum(1) > 0).all()


# --------------------------------------------------------------------------- weights that are not right
@pytest.mark.parametrize("key", ["swin_base", "hubert_base", "roberta_base"])
def test_missing_weights_are_explained(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABAW_WEIGHTS", str(tmp_path / "elsewhere"))
    for call in (weight_files, get_encoder):
        with pytest.raises(UserError) as caught:
            call(key)
        message = str(caught.value)
        assert message.startswith(f"{tmp_path / 'elsewhere' / key}: config.json, model.safetensors")
        assert {"swin_base": "microsoft/swin", "hubert_base": "facebook/hubert", "roberta_base": "roberta-base"}[
            key
        ] in message


def test_without_a_setting_the_weights_lie_in_the_cache(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"^{tmp_path / 'cache' / 'weights' / 'swin_base'}: "):
        weight_files("swin_base")


def test_parameters_that_would_stay_random_are_refused(swin: Path) -> None:
    state = load_file(swin / "model.safetensors")
    lost = next(name for name in state if name.endswith("query.weight"))
    del state[lost]
    save_file(state, swin / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UserError, match=r"1 parameter\(s\) of swin_base are not in model.safetensors.*layers\.0"):
        VisionEncoder(narrow("swin_base"), swin)


def test_weights_of_another_width_are_refused(swin: Path) -> None:
    with pytest.raises(UserError, match="this model makes 32 features; encoder swin_base expects 1024"):
        VisionEncoder(encoder_spec("swin_base"), swin)


def test_damaged_weights_are_refused(swin: Path) -> None:
    path = swin / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(UserError, match="swin_base weights cannot be loaded"):
        VisionEncoder(narrow("swin_base"), swin)


def test_a_model_that_wants_to_run_its_own_code_is_refused(swin: Path) -> None:
    config = json.loads((swin / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoConfig": "mine.Config", "AutoModel": "mine.Model"}}
    (swin / "config.json").write_text(json.dumps(config))
    (swin / "mine.py").write_text("raise SystemExit('code of the model was run')")
    with pytest.raises(UserError, match="cannot be loaded"):
        VisionEncoder(narrow("swin_base"), swin)


# --------------------------------------------------------------------------- conversion and the store
def test_a_pickled_checkpoint_is_named_and_converted(roberta: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = load_file(roberta / "model.safetensors")
    torch.save(before, roberta / "pytorch_model.bin")
    (roberta / "model.safetensors").unlink()
    monkeypatch.setenv("ABAW_WEIGHTS", str(roberta.parent))
    with pytest.raises(UserError, match=r"python -m benchmark\.encoders\.pretrained\.convert"):
        weight_files("roberta_base")
    after = load_file(convert(roberta))
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert TextEncoder(narrow("roberta_base"), roberta).features(["happy"]).shape == (1, 32)


def test_a_pickle_that_runs_code_is_not_loaded(tmp_path: Path) -> None:
    class Harmful:
        def __reduce__(self) -> tuple[object, tuple[str, str]]:
            return Path.write_text, (str(tmp_path / "ran"), "")

    torch.save({"weight": Harmful()}, tmp_path / "pytorch_model.bin")
    with pytest.raises(UserError, match="not a file of plain tensors"):
        convert(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"pytorch_model.bin"}


def test_the_catalogue_loads_a_model_of_full_width_and_new_weights_mean_new_features(
    make_trial: Callable[..., Trial], roberta: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ABAW_WEIGHTS", str(roberta.parent))
    trial, store = make_trial(words=[("happy", 0, 1)]), FeatureStore()
    for seed in (1, 2):
        torch.manual_seed(seed)
        config = transformers.RobertaConfig(
            hidden_size=768, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, vocab_size=320,
            max_position_embeddings=60, bos_token_id=0, pad_token_id=1, eos_token_id=2,
        )  # fmt: skip
        transformers.RobertaModel(config, add_pooling_layer=False).save_pretrained(roberta)
        assert store.ensure([trial], ["roberta_base"]).encoded == 1
        assert store.load(trial, "roberta_base").values.shape == (1, 768)
    assert store.ensure([trial], ["roberta_base"]).reused == 1
