"""ConvNeXt, Whisper, VGGish and the IR network: tiny checkpoints go through the very code that reads the real ones."""

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
from torch import nn

from benchmark.corpora.trials import Trial
from benchmark.encoders.base import EncoderSpec
from benchmark.encoders.catalogue import encoder_spec, weight_files
from benchmark.encoders.logmel_patches.front_end import hear_patches, patches
from benchmark.encoders.pretrained.faces import FaceNetEncoder
from benchmark.encoders.pretrained.networks.iresnet import IResNet
from benchmark.encoders.pretrained.networks.vggish import Vggish
from benchmark.encoders.pretrained.vggish import VggishEncoder
from benchmark.encoders.pretrained.vision import VisionEncoder
from benchmark.encoders.pretrained.whisper import WhisperEncoder
from benchmark.errors import UserError


def narrow(key: str, dim: int, **settings: object) -> EncoderSpec:
    """The catalogue's description with the width of a tiny model."""
    spec = encoder_spec(key)
    return replace(spec, dim=dim, settings={**spec.settings, **settings})


TINY_VGGISH = {"width": 2, "hidden": 12}
TINY_FACES = {"width": 2, "stages": [1, 2, 1, 1]}


def randomised(network: nn.Module) -> nn.Module:
    """Random weights and batch-norm statistics, so that a forgotten layer shows."""
    torch.manual_seed(0)
    for name, tensor in network.state_dict().items():
        if tensor.is_floating_point():
            tensor.copy_(torch.rand_like(tensor) + 0.5 if name.endswith("var") else torch.randn_like(tensor) * 0.2)
    return network.eval()


def saved(network: nn.Module, folder: Path, prefix: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    save_file({prefix + name: value for name, value in network.state_dict().items()}, folder / "model.safetensors")
    return folder


@pytest.fixture
def vggish(tmp_path: Path) -> Path:
    return saved(randomised(Vggish(6, 2, 12)), tmp_path / "weights" / "vggish")


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    folder = saved(randomised(IResNet(6, 40, 2, (1, 2, 1, 1))), tmp_path / "weights" / "iresnet50_fer", "backbone.")
    state = load_file(folder / "model.safetensors")
    save_file({**state, "logits.weight": torch.zeros(8, 6)}, folder / "model.safetensors")
    return folder


@pytest.fixture
def convnext(tmp_path: Path) -> Path:
    folder = tmp_path / "weights" / "convnext_tiny"
    torch.manual_seed(0)
    transformers.ConvNextModel(
        transformers.ConvNextConfig(hidden_sizes=[8, 8, 16, 32], depths=[1] * 4, image_size=32)
    ).save_pretrained(folder)
    scaling = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
    (folder / "preprocessor_config.json").write_text(json.dumps(scaling))
    return folder


@pytest.fixture
def whisper(tmp_path: Path) -> Path:
    folder = tmp_path / "weights" / "whisper_base"
    torch.manual_seed(0)
    config = transformers.WhisperConfig(
        d_model=32, encoder_layers=2, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2,
        encoder_ffn_dim=48, decoder_ffn_dim=48, max_source_positions=100, num_mel_bins=80, vocab_size=64,
        pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=3,
    )  # fmt: skip
    transformers.WhisperModel(config).save_pretrained(folder)
    transformers.WhisperFeatureExtractor(chunk_length=2).save_pretrained(folder)
    return folder


# --------------------------------------------------------------------------- ConvNeXt
def test_convnext_is_the_models_pooled_output(convnext: Path, make_trial: Callable[..., Trial]) -> None:
    encoder = VisionEncoder(narrow("convnext_tiny", 32), convnext)
    image = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    mean, deviation = (torch.tensor(v).view(3, 1, 1) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    with torch.inference_mode():
        expected = transformers.ConvNextModel.from_pretrained(convnext).eval()(
            (torch.from_numpy(image).permute(0, 3, 1, 2) / 255 - mean) / deviation
        )
    np.testing.assert_allclose(encoder.features(image), expected.pooler_output.numpy(), atol=1e-5)
    result = encoder.encode(make_trial(frames=4, missing=(2,)))
    assert result.values.shape == (4, 32)
    assert result.mask.tolist() == [True, False, True, True]


# --------------------------------------------------------------------------- Whisper
def test_whisper_of_one_piece_is_the_model_itself(whisper: Path) -> None:
    sound = tone(2.0)
    front = transformers.WhisperFeatureExtractor.from_pretrained(whisper)
    mel = front(sound, sampling_rate=RATE, return_tensors="pt").input_features
    with torch.inference_mode():
        expected = transformers.WhisperModel.from_pretrained(whisper).eval().encoder(mel).last_hidden_state[0]
    found = WhisperEncoder(narrow("whisper_base", 32), whisper).features(sound)
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-5)


@pytest.mark.parametrize(("samples", "steps"), [(100, 1), (320, 1), (321, 2), (32_000, 100), (90_001, 282)])
def test_whisper_has_a_step_for_every_20_ms(whisper: Path, samples: int, steps: int) -> None:
    found = WhisperEncoder(narrow("whisper_base", 32), whisper).features(tone(6.0)[:samples])
    assert found.shape == (steps, 32)
    assert np.isfinite(found).all()


def test_whisper_pieces_overlap_and_give_the_steps_of_their_middles(whisper: Path) -> None:
    sound = (tone(5.0) * np.linspace(0.2, 1, 5 * RATE)).astype(np.float32)
    encoder = WhisperEncoder(narrow("whisper_base", 32, context_seconds=0.4), whisper)
    found = encoder.features(sound)
    assert found.shape == (250, 32)
    second = encoder._hidden(sound[60 * 320 : 160 * 320])  # pieces of 100 steps, 60 apart, context of 20
    np.testing.assert_array_equal(found[80:140], second[20:80])
    np.testing.assert_array_equal(found[:80], encoder._hidden(sound[: 100 * 320])[:80])
    np.testing.assert_array_equal(found[200:], encoder._hidden(sound[180 * 320 :])[20:70])


def test_whisper_steps_have_their_own_times(whisper: Path, make_trial: Callable[..., Trial]) -> None:
    encoder = WhisperEncoder(narrow("whisper_base", 32), whisper)
    result = encoder.encode(make_trial(frames=30, sound=tone(3.0)))
    assert len(result.values) >= 149
    assert np.allclose(np.diff(result.times), 0.02)
    assert result.times[0] == pytest.approx(0.01, abs=0.08)  # the AAC encoder's own delay
    silent = encoder.encode(make_trial("video2", sound=None))
    assert not silent.mask.any()


def test_a_front_end_of_another_model_is_refused(whisper: Path) -> None:
    transformers.WhisperFeatureExtractor(chunk_length=30).save_pretrained(whisper)
    with pytest.raises(UserError, match=r"\(16000, 80, 3000\), but the model expects \(16000, 80, 200\)"):
        WhisperEncoder(narrow("whisper_base", 32), whisper)


# --------------------------------------------------------------------------- VGGish
def test_vggish_has_the_published_parameters() -> None:
    with torch.device("meta"):
        network = Vggish(128, 64, 4096)
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    convolutions = {0: (64, 1), 3: (128, 64), 6: (256, 128), 8: (256, 256), 11: (512, 256), 13: (512, 512)}
    expected = {f"features.{k}.weight": (*widths, 3, 3) for k, widths in convolutions.items()}
    expected |= {f"features.{k}.bias": widths[:1] for k, widths in convolutions.items()}
    for k, widths in ((0, (4096, 12288)), (2, (4096, 4096)), (4, (128, 4096))):
        expected |= {f"embeddings.{k}.weight": widths, f"embeddings.{k}.bias": widths[:1]}
    assert shapes == expected


def test_vggish_flattens_with_channels_last(vggish: Path) -> None:
    encoder = VggishEncoder(narrow("vggish", 6, **TINY_VGGISH), vggish)
    patch = np.random.default_rng(0).normal(size=(40, 96, 64)).astype(np.float32)
    state = load_file(vggish / "model.safetensors")
    x = torch.from_numpy(patch)[:, None]
    for k in (0, 3, 6, 8, 11, 13):
        x = nn.functional.conv2d(x, state[f"features.{k}.weight"], state[f"features.{k}.bias"], padding=1).relu()
        if k in (0, 3, 8, 13):
            x = nn.functional.max_pool2d(x, 2)
    y = torch.stack([x[:, :, row, column] for row in range(6) for column in range(4)], 1).flatten(1)
    for k in (0, 2, 4):
        y = y @ state[f"embeddings.{k}.weight"].T + state[f"embeddings.{k}.bias"]
        y = y.relu() if k < 4 else y
    assert (y < 0).any()  # no activation after the embedding
    np.testing.assert_allclose(encoder.features(patch), y.numpy(), atol=1e-4, rtol=1e-4)


def test_vggish_reads_the_patch_of_each_frame(vggish: Path, make_trial: Callable[..., Trial]) -> None:
    trial = make_trial(frames=20, sound=tone(2.0) * np.linspace(0, 1, 2 * RATE, dtype=np.float32))
    encoder = VggishEncoder(narrow("vggish", 6, **TINY_VGGISH), vggish)
    result = encoder.encode(trial)
    assert result.values.shape == (20, 6)
    spectrum, first, _ = hear_patches(trial)
    assert spectrum is not None
    assert first is not None
    np.testing.assert_allclose(result.values[7:8], encoder.features(patches(spectrum, first[7:8])[0]), atol=1e-5)
    assert not encoder.encode(make_trial("video2", sound=None)).mask.any()


# --------------------------------------------------------------------------- IR network
def test_the_ir_network_has_the_published_parameters() -> None:
    with torch.device("meta"):
        network = IResNet(512, 40, 64)
    state = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    assert len(network.body) == 24
    assert state["input_layer.0.weight"] == (64, 3, 3, 3)
    assert state["body.0.res_layer.1.weight"] == (64, 64, 3, 3)
    assert "body.0.shortcut_layer.0.weight" not in state
    for block, width in ((3, 128), (7, 256), (21, 512)):  # first blocks of the stages that halve the size
        assert state[f"body.{block}.shortcut_layer.0.weight"] == (width, width // 2, 1, 1)
        assert state[f"body.{block}.res_layer.3.weight"] == (width, width, 3, 3)
        assert network.body[block].res_layer[3].stride == (2, 2)
    assert state["output_layer.3.weight"] == (512, 512 * 5 * 5)
    assert state["output_layer.4.running_mean"] == (512,)


def test_the_ir_network_reads_the_centre_of_a_48_px_crop(faces: Path, make_trial: Callable[..., Trial]) -> None:
    encoder = FaceNetEncoder(narrow("iresnet50_fer", 6, **TINY_FACES), faces)
    image = np.random.default_rng(0).integers(0, 256, (3, 48, 48, 3), dtype=np.uint8)
    found = encoder.features(image)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    network = randomised(IResNet(6, 40, 2, (1, 2, 1, 1)))
    pixels = (torch.from_numpy(image[:, 4:44, 4:44]).permute(0, 3, 1, 2) / 255 - 0.5) / 0.5
    with torch.inference_mode():
        whole = network.output_layer(network.body(network.input_layer(pixels)))
    np.testing.assert_allclose(found, (whole / whole.norm(dim=1, keepdim=True)).numpy(), atol=1e-5)
    result = encoder.encode(make_trial(frames=5, missing=(3,)))
    assert result.mask.tolist() == [True, True, False, True, True]
    assert not result.values[2].any()


def test_a_block_adds_its_subsampled_or_projected_input() -> None:
    network = randomised(IResNet(4, 16, 2, (2, 1, 1, 1)))
    x = torch.randn(2, 2, 16, 16)
    plain, halving = network.body[1], network.body[2]
    with torch.inference_mode():
        torch.testing.assert_close(plain(x) - plain.res_layer(x), x)
        assert halving(x).shape == (2, 4, 8, 8)
        torch.testing.assert_close(halving(x) - halving.res_layer(x), halving.shortcut_layer(x))


# --------------------------------------------------------------------------- weights that are not right
def test_weights_alone_are_asked_for_where_there_is_no_library(
    vggish: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ABAW_WEIGHTS", str(vggish.parent))
    assert weight_files("vggish") == (vggish / "model.safetensors",)
    with pytest.raises(UserError, match=r"model\.safetensors not found; encoder iresnet50_fer expects model\.safeten"):
        weight_files("iresnet50_fer")


def test_missing_misshapen_and_damaged_weights_are_refused(vggish: Path) -> None:
    spec, path = narrow("vggish", 6, **TINY_VGGISH), vggish / "model.safetensors"
    state = load_file(path)
    save_file({k: v for k, v in state.items() if k != "features.6.bias"}, path)
    with pytest.raises(UserError, match=r"1 parameter\(s\) of vggish are missing, first: features\.6\.bias"):
        VggishEncoder(spec, vggish)
    save_file(state, path)
    with pytest.raises(UserError, match=r"embeddings\.4\.\w+ has shape \(6.*encoder vggish expects \(7"):
        VggishEncoder(replace(spec, dim=7), vggish)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UserError, match="vggish weights cannot be loaded"):
        VggishEncoder(spec, vggish)
