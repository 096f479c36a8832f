"""The expression net: equal to an independent computation, and honest about crops it could not use."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
import torch
from encoder_media import crop
from safetensors.numpy import load_file
from scipy.signal import correlate2d

from benchmark.corpora.trials import Trial
from benchmark.encoders.catalogue import get_encoder
from benchmark.encoders.expression_net import convert as converter
from benchmark.encoders.expression_net.encoder import ExpressionNetEncoder
from benchmark.encoders.expression_net.network import load_network
from benchmark.encoders.expression_net.spec import GRID, SPEC, WEIGHTS
from benchmark.errors import UserError


@pytest.fixture(scope="module")
def encoder() -> ExpressionNetEncoder:
    return ExpressionNetEncoder()


def pattern() -> np.ndarray:
    y, x = np.mgrid[:112, :112]
    return np.stack([(3 * x + 5 * y) % 256, (x * y // 7) % 256, (200 - x + y // 2) % 256], -1).astype(np.uint8)


# --------------------------------------------------------------------------- an independent computation
def weights() -> dict[str, np.ndarray]:
    stored = load_file(WEIGHTS)
    result = {}
    for name, values in stored.items():
        if not name.endswith(".affine"):
            scale, low = stored.get(f"{name}.affine", (1.0, 0.0))
            result[name] = values.astype(np.float64) * scale + low
    return result


def same_conv(image: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """One channel, one 3x3 kernel, TensorFlow's "same" padding: (H, W) -> (H / stride, W / stride)."""
    size = image.shape[0]
    total = (-(-size // stride) - 1) * stride + 3 - size
    padded = np.pad(image, (total // 2, total - total // 2))
    return correlate2d(padded, kernel, mode="valid")[::stride, ::stride]


def separable(x: np.ndarray, w: dict[str, np.ndarray], name: str, stride: int = 1) -> np.ndarray:
    deep = np.stack([same_conv(x[c], w[f"{name}.depthwise.weight"][c, 0], stride) for c in range(len(x))])
    mixed = np.einsum("oc,chw->ohw", w[f"{name}.pointwise.weight"][:, :, 0, 0], deep)
    return mixed + w[f"{name}.pointwise.bias"][:, None, None]


def reference(image: np.ndarray) -> np.ndarray:
    w = weights()
    x = (image.astype(np.float64).transpose(2, 0, 1) - np.array([122.782, 117.001, 104.298])[:, None, None]) / 255
    for block in range(4):
        name = f"blocks.{block}"
        if block == 0:
            kernel = w[f"{name}.first.weight"]
            out1 = np.stack([sum(same_conv(x[c], kernel[o, c], 2) for c in range(3)) for o in range(32)])
            out1 = out1 + w[f"{name}.first.bias"][:, None, None]
        else:
            out1 = separable(x, w, f"{name}.first", 2)
        out1 = np.maximum(out1, 0)
        out2 = separable(out1, w, f"{name}.rest.0")
        out3 = separable(np.maximum(out1 + out2, 0), w, f"{name}.rest.1")
        out4 = separable(np.maximum(out1 + out2 + out3, 0), w, f"{name}.rest.2")
        x = np.maximum(out1 + out2 + out3 + out4, 0)
    return x.mean((1, 2))


def test_the_port_equals_an_independent_computation(encoder: ExpressionNetEncoder) -> None:
    ours = encoder.features(pattern()[None])[0]
    assert np.abs(ours - reference(pattern())).max() < 1e-4
    assert ours.std() > 0.1


def test_the_port_equals_the_published_files(encoder: ExpressionNetEncoder) -> None:
    # computed once with numpy from face_expression_model.bin in its own TensorFlow layout
    features = encoder.features(pattern()[None])
    golden = [2.3255689, 0.1505468, 0.7234078, 1.7165191, 0.1028652, 4.0250020, 0.1714015, 1.4482892]
    np.testing.assert_allclose(features[0, :8], golden, atol=1e-4)
    assert features.sum() == pytest.approx(181.42502, abs=2e-3)
    expected_logits = [-9.407084, -5.299685, -0.352920, -12.815397, -11.350937, -10.625521, -11.928340]
    with torch.inference_mode():
        logits = encoder.network.classifier(torch.from_numpy(features))[0].numpy()
    np.testing.assert_allclose(logits, expected_logits, atol=2e-4)


def test_a_crop_gets_the_same_features_in_any_batch(encoder: ExpressionNetEncoder) -> None:
    images = np.random.default_rng(0).integers(0, 256, (8, 112, 112, 3), dtype=np.uint8)
    together = encoder.features(images)
    alone = np.concatenate([encoder.features(images[i : i + 1]) for i in range(8)])
    np.testing.assert_allclose(together, alone, atol=2e-5)


# --------------------------------------------------------------------------- conversion
def package_from(folder: Path) -> Path:
    """The published package's two files, made back from the committed weights."""
    stored = load_file(WEIGHTS)
    names = ["dense0/conv0/filters", "dense0/conv0/bias"]
    for block in range(4):
        for layer in range(4):
            if (block, layer) != (0, 0):
                names += [f"dense{block}/conv{layer}/{k}" for k in ("depthwise_filter", "pointwise_filter", "bias")]
    manifest, data = [], b""
    for name in [*names, "fc/weights", "fc/bias"]:
        ours = converter.parameter_name(name)
        values = stored[ours]
        if name.endswith("depthwise_filter"):
            values = values.transpose(2, 3, 0, 1)
        elif values.ndim == 4:
            values = values.transpose(2, 3, 1, 0)
        elif values.ndim == 2:
            values = values.T
        entry = {"name": name, "shape": list(values.shape), "dtype": "float32"}
        if f"{ours}.affine" in stored:
            scale, low = stored[f"{ours}.affine"].tolist()
            entry["quantization"] = {"dtype": "uint8", "scale": scale, "min": low}
        manifest.append(entry)
        data += np.ascontiguousarray(values).tobytes()
    (folder / "model").mkdir()
    (folder / "model" / "face_expression_model-weights_manifest.json").write_text(json.dumps([{"weights": manifest}]))
    (folder / "model" / "face_expression_model.bin").write_bytes(data)
    return folder


def test_conversion_makes_the_committed_file_byte_for_byte(tmp_path: Path) -> None:
    package, out = package_from(tmp_path), tmp_path / "out.safetensors"
    assert (package / "model" / "face_expression_model.bin").stat().st_size == 329_468
    assert converter.main([str(package), str(out)]) == 0
    assert out.read_bytes() == WEIGHTS.read_bytes()


def test_conversion_refuses_a_cut_file(tmp_path: Path) -> None:
    package = package_from(tmp_path)
    binary = package / "model" / "face_expression_model.bin"
    binary.write_bytes(binary.read_bytes()[:-5])
    with pytest.raises(UserError, match="fewer than"):
        converter.convert(package)
    assert not list(tmp_path.glob("*.safetensors"))


def test_conversion_names_the_missing_package(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"face_expression_model-weights_manifest\.json: no such file"):
        converter.convert(tmp_path)


# --------------------------------------------------------------------------- crops of a trial
def test_frames_without_a_crop_are_masked(make_trial: Callable[..., Trial]) -> None:
    trial = make_trial(frames=11, missing=(1, 5))
    result = get_encoder("expression_net").encode(trial)
    assert result.values.shape == (11, 256)
    assert result.values.dtype == np.float32
    assert np.flatnonzero(~result.mask).tolist() == [0, 4]
    assert (result.values[[0, 4]] == 0).all()
    assert (np.abs(result.values[result.mask]).sum(1) > 0).all()
    assert result.notes == ()
    np.testing.assert_allclose(result.times, np.arange(11) / 10, atol=1e-6)


def test_rows_meet_their_own_crops(make_trial: Callable[..., Trial], encoder: ExpressionNetEncoder) -> None:
    trial = make_trial(frames=20, missing=(2,))
    result = encoder.encode(trial)
    image = simplejpeg.decode_jpeg(trial.crop_path(19).read_bytes(), colorspace="RGB")
    np.testing.assert_allclose(result.values[18], encoder.features(image[None])[0], atol=2e-5)


@pytest.mark.parametrize("damage", ["truncated", "empty", "not a jpeg", "hole"])
def test_a_damaged_crop_is_masked_and_named(make_trial: Callable[..., Trial], damage: str) -> None:
    trial = make_trial(frames=4)
    path = trial.crop_path(3)
    whole = path.read_bytes()
    middle = len(whole) // 2
    data = {
        "truncated": whole[: len(whole) * 2 // 3],
        "empty": b"",
        "not a jpeg": b"\x89PNG\r\n\x1a\n" + bytes(200),
        "hole": whole[:middle] + b"\xff\xd9" + whole[middle + 2 :],
    }[damage]
    path.write_bytes(data)
    result = get_encoder("expression_net").encode(trial)
    assert result.mask.tolist() == [True, True, False, True]
    assert (result.values[2] == 0).all()
    assert len(result.notes) == 1
    assert result.notes[0].startswith("1 unreadable crop(s) masked, first: video1/00003.jpg (")


def test_crops_of_another_size_are_resized_and_counted(make_trial: Callable[..., Trial]) -> None:
    trial = make_trial(frames=4)
    usual = get_encoder("expression_net").encode(trial)
    for row in (2, 4):
        trial.crop_path(row).write_bytes(crop(row, size=224))
    result = get_encoder("expression_net").encode(trial)
    assert result.mask.all()
    assert result.notes == ("2 crop(s) resized to 112x112, first: video1/00002.jpg (224x224)",)
    np.testing.assert_array_equal(result.values[[0, 2]], usual.values[[0, 2]])


def test_a_grey_jpeg_is_read_as_grey(make_trial: Callable[..., Trial], encoder: ExpressionNetEncoder) -> None:
    trial = make_trial(frames=1)
    grey = np.ascontiguousarray(pattern()[:, :, :1])
    trial.crop_path(1).write_bytes(simplejpeg.encode_jpeg(grey, colorspace="GRAY", quality=100))
    result = encoder.encode(trial)
    assert result.mask.all()
    np.testing.assert_allclose(result.values[0], encoder.features(np.repeat(grey, 3, 2)[None])[0], atol=0.05)


def test_no_crop_at_all(make_trial: Callable[..., Trial]) -> None:
    trial = make_trial(frames=3, missing=(1, 2, 3))
    result = get_encoder("expression_net").encode(trial)
    assert not result.mask.any()
    assert result.values.shape == (3, 256)


def test_encoding_leaves_torch_as_it_was_and_repeats_exactly(make_trial: Callable[..., Trial]) -> None:
    trial = make_trial(frames=20)
    threads = torch.get_num_threads()
    first = get_encoder("expression_net").encode(trial)
    assert torch.get_num_threads() == threads
    torch.set_num_threads(1)
    try:
        second = get_encoder("expression_net").encode(trial)
    finally:
        torch.set_num_threads(threads)
    np.testing.assert_array_equal(first.values, second.values)


def test_logits_are_the_classifier_on_the_pooled_features(make_trial: Callable[..., Trial]) -> None:
    trial = make_trial(frames=6, missing=(2,))
    features, logits = (get_encoder(key).encode(trial) for key in ("expression_net", "expression_logits"))
    network = load_network(WEIGHTS)
    expected = features.values @ network.classifier.weight.detach().numpy().T + network.classifier.bias.detach().numpy()
    assert logits.values.shape == (6, 7)
    np.testing.assert_allclose(logits.values[logits.mask], expected[features.mask], atol=1e-4)
    assert not logits.values[~logits.mask].any()


def test_grid_tokens_are_means_of_the_two_last_maps_over_the_face_and_its_sixteenths(
    make_trial: Callable[..., Trial],
) -> None:
    encoder = ExpressionNetEncoder(GRID)
    images = np.random.default_rng(0).integers(0, 256, (3, 112, 112, 3), dtype=np.uint8)
    tokens = encoder.features(images)
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float()
    assert tokens.shape == (3, *GRID.step) == (3, 17, 384)
    with torch.inference_mode():
        maps = [part.numpy() for part in encoder.network.maps(pixels)]
    third, fourth = maps[2], maps[3]
    assert (third.shape, fourth.shape) == ((3, 128, 14, 14), (3, 256, 7, 7))
    np.testing.assert_allclose(tokens[:, 0, :128], third.mean((2, 3)), atol=1e-5)
    np.testing.assert_allclose(tokens[:, 0, 128:], ExpressionNetEncoder(SPEC).features(images), atol=1e-5)
    # 7 rows in four patches: 0-1, 1-3, 3-5, 5-6; 14 rows: 0-3, 3-6, 7-10, 10-13
    np.testing.assert_allclose(tokens[:, 1, 128:], fourth[:, :, :2, :2].mean((2, 3)), atol=1e-5)
    np.testing.assert_allclose(tokens[:, 2, 128:], fourth[:, :, :2, 1:4].mean((2, 3)), atol=1e-5)
    np.testing.assert_allclose(tokens[:, 5, 128:], fourth[:, :, 1:4, :2].mean((2, 3)), atol=1e-5)
    np.testing.assert_allclose(tokens[:, 16, :128], third[:, :, 10:, 10:].mean((2, 3)), atol=1e-5)
    result = encoder.encode(make_trial(frames=3, missing=(2,)))
    assert result.values.shape == (3, 17, 384)
    assert result.mask.tolist() == [True, False, True]
