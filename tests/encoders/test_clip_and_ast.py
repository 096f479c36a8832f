"""CLIP and AST: tiny models of the same classes go through the very code that reads the real ones."""

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

from benchmark.corpora.trials import Trial
from benchmark.encoders.catalogue import encoder_spec
from benchmark.encoders.pretrained.spectrogram import SpectrogramEncoder
from benchmark.encoders.pretrained.vision import ClipVisionEncoder
from benchmark.encoders.sentences.catalogue import sentence_spec
from benchmark.encoders.sentences.clip import ClipSentences
from benchmark.encoders.sentences.store import embed_sentences
from benchmark.errors import UserError
from methods.soft_prompt.regions import prompts

TOWER = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
SENTENCES = ("a photo of a person who looks happy and pleasant", "a face showing sad, tired, and low-energy")


def make_clip(folder: Path, projection: int = 512, seed: int = 0) -> Path:
    """A tiny CLIP with both towers, tokenizer and scaling, in the layout of the published one."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    torch.manual_seed(seed)
    config = transformers.CLIPConfig(
        text_config={**TOWER, "vocab_size": 300, "max_position_embeddings": 77, "eos_token_id": 1, "bos_token_id": 0},
        vision_config={**TOWER, "image_size": 32, "patch_size": 8},
        projection_dim=projection,
    )
    transformers.CLIPModel(config).save_pretrained(folder)
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))  # noqa: S106 - no password
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    special = ["<|startoftext|>", "<|endoftext|>", "<unk>"]
    tokenizer.train_from_iterator(prompts(), trainers.BpeTrainer(vocab_size=300, special_tokens=special))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{special[0]} $A {special[1]}", special_tokens=[(special[0], 0), (special[1], 1)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    scaling = {"image_mean": [0.48, 0.46, 0.41], "image_std": [0.27, 0.26, 0.28]}
    (folder / "preprocessor_config.json").write_text(json.dumps(scaling))
    return folder


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "weights" / "clip_vit_b16")


@pytest.fixture
def ast(tmp_path: Path) -> Path:
    folder = tmp_path / "weights" / "ast_audioset"
    torch.manual_seed(0)
    config = transformers.ASTConfig(**TOWER, max_length=64, num_mel_bins=32)
    transformers.ASTModel(config).save_pretrained(folder)
    transformers.ASTFeatureExtractor(num_mel_bins=32, max_length=64).save_pretrained(folder)
    return folder


def narrow(**settings: object):  # type: ignore[no-untyped-def]
    spec = encoder_spec("ast_audioset")
    return replace(spec, dim=32, settings={**spec.settings, **settings})


def test_image_features_are_those_of_the_whole_model(make_trial: Callable[..., Trial], clip: Path) -> None:
    encoder = ClipVisionEncoder(encoder_spec("clip_vit_b16"), clip)
    image = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)  # no resizing
    mean, deviation = (torch.tensor(v).view(3, 1, 1) for v in ([0.48, 0.46, 0.41], [0.27, 0.26, 0.28]))
    pixels = (torch.from_numpy(image).permute(0, 3, 1, 2) / 255 - mean) / deviation
    model = transformers.CLIPModel.from_pretrained(clip).eval()
    with torch.inference_mode():
        expected = model.visual_projection(model.vision_model(pixels).pooler_output)
    np.testing.assert_allclose(encoder.features(image), expected.numpy(), atol=1e-5)
    result = encoder.encode(make_trial(frames=4, missing=(2,)))
    assert result.values.shape == (4, 512)
    assert result.mask.tolist() == [True, False, True, True]


def test_text_features_are_those_of_the_whole_model(clip: Path) -> None:
    encoder = ClipSentences(sentence_spec("clip_text_vit_b16"), clip)
    model = transformers.CLIPModel.from_pretrained(clip).eval()
    ids = encoder.tokenizer.encode(SENTENCES[0]).ids
    assert (ids[0], ids[-1]) == (0, 1)
    with torch.inference_mode():
        states = model.text_model(input_ids=torch.tensor([ids])).last_hidden_state[0, -1]
        expected = model.text_projection(states)
    np.testing.assert_allclose(encoder.embed(SENTENCES)[0], expected.numpy(), atol=1e-5)


def test_a_sentence_that_is_too_long_keeps_its_end_mark(clip: Path) -> None:
    encoder = ClipSentences(sentence_spec("clip_text_vit_b16"), clip)
    long = encoder.embed(["happy " * 200, "happy " * 300])
    assert np.isfinite(long).all()
    np.testing.assert_array_equal(long[0], long[1])


def test_sentences_are_embedded_once_and_anew_for_other_weights(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ABAW_WEIGHTS", str(clip.parent))
    calls: list[int] = []
    plain = ClipSentences.embed
    monkeypatch.setattr(ClipSentences, "embed", lambda self, s: calls.append(1) or plain(self, s))
    store = tmp_path / "store"
    first = embed_sentences("clip_text_vit_b16", SENTENCES, store)
    np.testing.assert_array_equal(embed_sentences("clip_text_vit_b16", SENTENCES, store), first)
    assert len(calls) == 1
    np.testing.assert_array_equal(embed_sentences("clip_text_vit_b16", SENTENCES[::-1], store), first[::-1])
    for damaged in store.glob("*/*.safetensors"):
        damaged.write_bytes(damaged.read_bytes()[:40])
    np.testing.assert_array_equal(embed_sentences("clip_text_vit_b16", SENTENCES, store), first)
    make_clip(clip, seed=1)
    assert np.abs(embed_sentences("clip_text_vit_b16", SENTENCES, store) - first).max() > 1e-3
    assert len(calls) == 4


def test_missing_text_weights_name_the_model_and_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABAW_WEIGHTS", str(tmp_path))
    with pytest.raises(UserError, match=f"^{tmp_path / 'clip_vit_b16'}: .*openai/clip-vit-base-patch16"):
        embed_sentences("clip_text_vit_b16", SENTENCES, tmp_path)
    with pytest.raises(UserError, match='Did you mean "lexicon_sentence"'):
        embed_sentences("lexicon_sentences", SENTENCES, tmp_path)


def test_one_window_equals_the_model_itself(ast: Path) -> None:
    sound = tone(0.5) * np.linspace(0.1, 1, RATE // 2, dtype=np.float32)
    encoder = SpectrogramEncoder(narrow(), ast)
    mel = transformers.ASTFeatureExtractor(num_mel_bins=32, max_length=64)(
        sound, sampling_rate=RATE, return_tensors="pt"
    )
    with torch.inference_mode():
        hidden = transformers.AutoModel.from_pretrained(ast).eval()(mel.input_values).last_hidden_state[0, 2:]
    grid = hidden.reshape(2, 5, 32)  # (32 - 16) / 10 + 1 bands, (64 - 16) / 10 + 1 columns
    found = encoder.features(sound)
    assert len(found) == ((RATE // 2 - 400) // 160 + 1 - 16) // 10 + 1 == 4
    np.testing.assert_allclose(found, grid.mean(0)[:4].numpy(), atol=1e-5)


def test_long_sound_is_read_in_windows_with_sound_on_both_sides(ast: Path) -> None:
    encoder = SpectrogramEncoder(narrow(), ast)
    encoder.kept = 2
    assert encoder.window == 5
    sound = np.random.default_rng(0).normal(0, 0.1, 3 * RATE).astype(np.float32)
    found = encoder.features(sound)
    assert len(found) == ((3 * RATE - 400) // 160 + 1 - 16) // 10 + 1
    middle = encoder._hidden(sound[9 * 1600 : 9 * 1600 + 4 * 1600 + 2800])  # columns 9..13, of which 10 and 11 are kept
    np.testing.assert_allclose(found[10:12], middle[1:3], atol=1e-5)
    last = encoder._hidden(sound[(len(found) - 5) * 1600 :][: 4 * 1600 + 2800])
    np.testing.assert_allclose(found[-1], last[4], atol=1e-5)


def test_sound_columns_lie_at_their_own_times(make_trial: Callable[..., Trial], ast: Path) -> None:
    encoder = SpectrogramEncoder(narrow(), ast)
    result = encoder.encode(make_trial(frames=20, sound=tone(2.0)))
    assert result.values.shape[1] == 32
    assert np.allclose(np.diff(result.times), 0.1)
    assert result.times[0] == pytest.approx(0.0875, abs=0.08)  # the AAC encoder's own delay
    assert encoder.features(tone(0.01)).shape == (1, 32)


def test_no_sound_is_masked(make_trial: Callable[..., Trial], ast: Path) -> None:
    assert not SpectrogramEncoder(narrow(), ast).encode(make_trial(sound=None)).mask.any()


def test_another_rate_or_length_is_refused(ast: Path) -> None:
    place = ast / "preprocessor_config.json"
    settings = json.loads(place.read_text())
    for name, value in (("sampling_rate", 8000), ("max_length", 1024)):
        place.write_text(json.dumps({**settings, name: value}))
        with pytest.raises(UserError, match=f"{name} is {value}, expected"):
            SpectrogramEncoder(narrow(), ast)
