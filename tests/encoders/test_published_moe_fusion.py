"""The backbones of Team RAS: tiny or random models go through the very code that reads the real ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from encoder_media import FPS, RATE, tone, write_video
from safetensors.torch import load_file, save_file

from benchmark.corpora.trials import Trial
from benchmark.encoders.base import EncoderSpec
from benchmark.encoders.catalogue import encoder_spec, weight_files
from benchmark.encoders.pretrained.affective_net import AffectiveNet, AffectiveNetEncoder
from benchmark.encoders.pretrained.audio import SpeechEncoder
from benchmark.encoders.pretrained.video_language import VideoLanguageEncoder
from benchmark.encoders.segments import Segment, read_segments
from benchmark.errors import UserError

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% for c in m.content %}{% if c.type == 'video' %}<|video_pad|>"
    "{% else %}{{ c.text }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = ["<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]


def narrow(key: str, dim: int, **settings: object) -> EncoderSpec:
    spec = encoder_spec(key)
    return replace(spec, dim=dim, settings={**spec.settings, **settings})


# --------------------------------------------------------------------------- WavLM
def test_wavlm_goes_through_the_speech_encoder(make_trial: Callable[..., Trial], tmp_path: Path) -> None:
    folder = tmp_path / "wavlm_large"
    torch.manual_seed(0)
    config = transformers.WavLMConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, conv_dim=(16,) * 7,
        num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=2, feat_extract_norm="layer",
        do_stable_layer_norm=True,
    )  # fmt: skip
    transformers.WavLMModel(config).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps({"sampling_rate": RATE, "do_normalize": True}))
    encoder = SpeechEncoder(narrow("wavlm_large", 32), folder)
    sound = tone(1.0)
    scaled = (sound - sound.mean()) / np.sqrt(sound.var() + 1e-7)
    with torch.inference_mode():
        expected = transformers.WavLMModel.from_pretrained(folder).eval()(torch.from_numpy(scaled)[None])
    np.testing.assert_allclose(encoder.features(sound), expected.last_hidden_state[0].numpy(), atol=1e-4)
    assert encoder.encode(make_trial(frames=20, sound=tone(2.0))).mask.all()


# --------------------------------------------------------------------------- GRADA
@pytest.fixture(scope="module")
def grada(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights") / "grada_b1"
    folder.mkdir()
    torch.manual_seed(0)
    heads = {"classifier.weight": torch.zeros(8, 256), "regression.weight": torch.zeros(2, 256)}
    save_file({**AffectiveNet().state_dict(), **heads}, folder / "model.safetensors")
    return folder


def test_grada_gives_the_published_embedding(make_trial: Callable[..., Trial], grada: Path) -> None:
    """The layers are put together anew here, from torchvision's own model and the published names."""
    from torchvision.models import efficientnet_b1

    state = load_file(grada / "model.safetensors")
    base = efficientnet_b1()
    base.load_state_dict(
        {k.removeprefix("model."): v for k, v in state.items() if k.startswith("model.")}, strict=False
    )
    base.classifier = torch.nn.Identity()
    image = np.random.default_rng(0).integers(0, 256, (2, 240, 240, 3), dtype=np.uint8)  # no resizing
    mean, deviation = (torch.tensor(v).view(3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    with torch.inference_mode():
        pooled = base.eval()((torch.from_numpy(image).permute(0, 3, 1, 2) / 255 - mean) / deviation)
        linear = pooled @ state["embeddings_layer.weight"].T + state["embeddings_layer.bias"]
        scaled = (linear - state["batchnorm.running_mean"]) / (state["batchnorm.running_var"] + 1e-5).sqrt()
        expected = torch.tanh(scaled * state["batchnorm.weight"] + state["batchnorm.bias"])
    encoder = AffectiveNetEncoder(encoder_spec("grada_b1"), grada)
    np.testing.assert_allclose(encoder.features(image), expected.numpy(), atol=1e-5)
    result = encoder.encode(make_trial(frames=3, missing=(2,)))
    assert result.values.shape == (3, 256)
    assert result.mask.tolist() == [True, False, True]


def test_weights_of_another_network_are_refused(grada: Path, tmp_path: Path) -> None:
    state = load_file(grada / "model.safetensors")
    lost = {k: v for k, v in state.items() if k != "batchnorm.bias"}
    for wrong, words in ((lost, "batchnorm.bias is None"), (state | {"odd": torch.zeros(1)}, "odd is no parameter")):
        save_file(wrong, tmp_path / "model.safetensors")
        with pytest.raises(UserError, match=words):
            AffectiveNetEncoder(encoder_spec("grada_b1"), tmp_path)


# --------------------------------------------------------------------------- Qwen3-VL
@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tokenizers import ByteLevelBPETokenizer

    folder = tmp_path_factory.mktemp("weights") / "qwen3_vl_4b"
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(["judge the affect of the person"] * 5, vocab_size=290, special_tokens=SPECIAL)
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer._tokenizer, additional_special_tokens=SPECIAL
    )
    fast.pad_token = SPECIAL[1]
    ids = {name: fast.convert_tokens_to_ids(name) for name in SPECIAL}
    size = {"shortest_edge": 32 * 32 * 2, "longest_edge": 64 * 64 * 16}
    transformers.Qwen3VLProcessor(
        image_processor=transformers.Qwen2VLImageProcessor(patch_size=16, merge_size=2),
        tokenizer=fast,
        video_processor=transformers.Qwen3VLVideoProcessor(size=size),
        chat_template=TEMPLATE,
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.Qwen3VLConfig(
        text_config={
            "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
            "num_key_value_heads": 1, "head_dim": 16, "vocab_size": 320, "max_position_embeddings": 4096,
            "rope_parameters": {"rope_type": "default", "mrope_section": [4, 2, 2], "rope_theta": 10000.0},
        },
        vision_config={
            "depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "out_hidden_size": 32,
            "deepstack_visual_indexes": [0], "num_position_embeddings": 64,
        },
        image_token_id=ids["<|image_pad|>"], video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"], vision_end_token_id=ids["<|vision_end|>"],
    )  # fmt: skip
    transformers.Qwen3VLForConditionalGeneration(config).save_pretrained(folder)
    return folder


def test_a_segment_is_the_last_token_of_video_and_question(qwen: Path) -> None:
    encoder = VideoLanguageEncoder(narrow("qwen3_vl_4b", 32), qwen)
    images = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3), dtype=np.uint8)
    found = encoder.features(Segment(0.0, 1.0, images))
    assert encoder.text.endswith("<|im_start|>assistant\n")
    whole = transformers.Qwen3VLForConditionalGeneration.from_pretrained(qwen).eval()
    inputs = encoder.processor(
        text=[encoder.text], videos=[list(images)], do_sample_frames=False, return_tensors="pt",
        video_metadata=[{"total_num_frames": 4, "fps": 4.0, "frames_indices": [0, 1, 2, 3]}],
    )  # fmt: skip
    with torch.inference_mode():
        states = whole(**inputs, output_hidden_states=True).hidden_states
    np.testing.assert_allclose(found, states[-1][0, -1].numpy(), atol=1e-4)
    assert np.abs(encoder.features(Segment(0.0, 1.0, 255 - images)) - found).max() > 1e-3  # the picture matters


def test_a_trial_is_read_in_overlapping_segments(make_trial: Callable[..., Trial], qwen: Path) -> None:
    encoder = VideoLanguageEncoder(narrow("qwen3_vl_4b", 32), qwen)
    result = encoder.encode(make_trial(frames=5 * FPS))
    assert result.values.shape == (3, 32)
    assert result.times.tolist() == pytest.approx([2.0, 3.5, 4.5])
    assert not encoder.encode(make_trial("mute", media=False)).mask.any()
    assert not encoder.encode(make_trial("short", frames=5)).mask.any()


def test_files_of_a_model_in_parts_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABAW_WEIGHTS", str(tmp_path))
    folder = tmp_path / "qwen3_vl_4b"
    folder.mkdir()
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}))
    with pytest.raises(UserError, match=r"model-1\.safetensors, model-2\.safetensors"):
        weight_files("qwen3_vl_4b")
    index.write_text(json.dumps({"weight_map": {"a": "../secret.safetensors"}}))
    with pytest.raises(UserError, match="outside its folder"):
        weight_files("qwen3_vl_4b")
    index.write_text("[]")
    with pytest.raises(UserError, match="not an index"):
        weight_files("qwen3_vl_4b")


# --------------------------------------------------------------------------- segments
def test_segments_overlap_and_the_last_ones_are_shorter(tmp_path: Path) -> None:
    write_video(tmp_path / "v.mp4", 7 * FPS, None)
    found = list(read_segments(tmp_path / "v.mp4", seconds=4, shift=2, least=1, rate=4, longest_side=32))
    assert [(s.start, round(s.end, 2)) for s in found] == [(0, 4), (2, 6), (4, 7), (6, 7)]
    assert [len(s.images) for s in found] == [16, 16, 12, 4]
    assert all(max(s.images.shape[1:3]) <= 32 for s in found)
    np.testing.assert_array_equal(found[0].images[8:], found[1].images[:8])


def test_a_file_without_video_is_refused(tmp_path: Path) -> None:
    (tmp_path / "v.mp4").write_bytes(b"no video")
    with pytest.raises(UserError, match="cannot be opened"):
        list(read_segments(tmp_path / "v.mp4", seconds=4, shift=2, least=1, rate=4, longest_side=32))
