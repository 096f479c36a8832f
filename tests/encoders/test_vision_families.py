"""Image backbones of several families: tiny models of the same classes go through the code that reads the real ones."""

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
from benchmark.encoders.pretrained.audio import SpeechEncoder
from benchmark.encoders.pretrained.tokens import TokenEncoder
from benchmark.encoders.pretrained.vision import VisionEncoder
from benchmark.errors import UserError

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
MEAN, DEVIATION = [0.5, 0.4, 0.3], [0.5, 0.6, 0.7]


def save(model: transformers.PreTrainedModel, folder: Path) -> Path:
    model.save_pretrained(folder)
    scaling = {"image_mean": MEAN, "image_std": DEVIATION}
    (folder / "preprocessor_config.json").write_text(json.dumps(scaling))
    return folder


def pixels(image: np.ndarray) -> torch.Tensor:
    """(n, H, W, 3) uint8 as the models want it: (n, 3, H, W), less the mean, over the deviation."""
    scaled = torch.from_numpy(image).permute(0, 3, 1, 2) / 255
    return (scaled - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(DEVIATION).view(3, 1, 1)


def test_beit_gives_the_normed_mean_of_its_patch_tokens(make_trial: Callable[..., Trial], tmp_path: Path) -> None:
    torch.manual_seed(0)
    # as the published model: pooled by the mean of the patches, with relative positions
    config = transformers.BeitConfig(
        **SMALL, image_size=32, patch_size=8, use_mean_pooling=True, use_relative_position_bias=True
    )
    folder = save(transformers.BeitModel(config), tmp_path / "beit_large")
    encoder = VisionEncoder(replace(encoder_spec("beit_large"), dim=32), folder)
    image = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    with torch.inference_mode():
        patches = model(pixels(image)).last_hidden_state[:, 1:]
        expected = model.pooler.layernorm(patches.mean(1))
    np.testing.assert_allclose(encoder.features(image), expected.numpy(), atol=1e-5)
    result = encoder.encode(make_trial(frames=4, missing=(3,)))
    assert result.mask.tolist() == [True, True, False, True]
    assert len({row.tobytes() for row in result.values[result.mask]}) == 3


@pytest.mark.parametrize("side", [4, 8])
def test_dinov2_gives_its_class_token_and_a_pooled_grid(
    make_trial: Callable[..., Trial], tmp_path: Path, side: int
) -> None:
    torch.manual_seed(0)
    # as the published model: positions for another image size, which the model interpolates
    config = transformers.Dinov2Config(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, mlp_ratio=2, image_size=56, patch_size=14
    )
    folder = save(transformers.Dinov2Model(config), tmp_path / f"dinov2_large_grid{side}")
    spec = encoder_spec(f"dinov2_large_grid{side}")
    assert spec.step == (1 + side * side, 1024)
    encoder = TokenEncoder(replace(spec, dim=32, shape=(1 + side * side, 32)), folder)
    image = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    with torch.inference_mode():
        tokens = transformers.AutoModel.from_pretrained(folder).eval()(pixels(image)).last_hidden_state.numpy()
    assert tokens.shape == (2, 1 + 16 * 16, 32)
    patches = tokens[:, 1:].reshape(2, side, 16 // side, side, 16 // side, 32).mean((2, 4))
    got = encoder.features(image)
    np.testing.assert_allclose(got[:, 0], tokens[:, 0], atol=1e-5)
    np.testing.assert_allclose(got[:, 1:], patches.reshape(2, side * side, 32), atol=1e-5)
    result = encoder.encode(make_trial(frames=3, missing=(2,)))
    assert result.values.shape == (3, 1 + side * side, 32)
    assert result.mask.tolist() == [True, False, True]


def test_dinov2_of_another_width_is_refused(tmp_path: Path) -> None:
    config = transformers.Dinov2Config(hidden_size=32, num_hidden_layers=1, num_attention_heads=2, image_size=28)
    folder = save(transformers.Dinov2Model(config), tmp_path / "dinov2_large_grid8")
    with pytest.raises(UserError, match="this model makes 32 features; encoder dinov2_large_grid8 expects 1024"):
        TokenEncoder(encoder_spec("dinov2_large_grid8"), folder)


def test_wavlm_goes_through_the_speech_encoder(tmp_path: Path) -> None:
    torch.manual_seed(0)
    config = transformers.WavLMConfig(
        **SMALL,
        conv_dim=(16,) * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        feat_extract_norm="layer",
        do_stable_layer_norm=True,
    )
    folder = tmp_path / "wavlm_large"
    transformers.WavLMModel(config).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps({"sampling_rate": RATE, "do_normalize": True}))
    sound = tone(1.0)
    scaled = transformers.Wav2Vec2FeatureExtractor(do_normalize=True)(sound, sampling_rate=RATE, return_tensors="pt")
    with torch.inference_mode():
        expected = transformers.AutoModel.from_pretrained(folder).eval()(scaled.input_values).last_hidden_state[0]
    encoder = SpeechEncoder(replace(encoder_spec("wavlm_large"), dim=32), folder)
    np.testing.assert_allclose(encoder.features(sound), expected.numpy(), atol=1e-4)
