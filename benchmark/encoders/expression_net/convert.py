"""Convert the published weights: ``python -m benchmark.encoders.expression_net.convert PACKAGE_DIR OUT``.

PACKAGE_DIR is the unpacked npm package ``@vladmandic/face-api`` (see PROVENANCE.md). The 8-bit codes are kept as they
are, so nothing is lost; only axes are permuted and names changed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmark.errors import UserError
from benchmark.files import write_whole

MODEL = "face_expression_model"


def parameter_name(source: str) -> str:
    """Name in ``network.ExpressionNet`` of a weight of the package ("dense1/conv0/bias")."""
    parts = source.split("/")
    if parts[0] == "fc":
        return {"weights": "classifier.weight", "bias": "classifier.bias"}[parts[1]]
    block, layer, kind = int(parts[0].removeprefix("dense")), int(parts[1].removeprefix("conv")), parts[2]
    prefix = f"blocks.{block}." + ("first" if layer == 0 else f"rest.{layer - 1}")
    if block == 0 and layer == 0:
        return f"{prefix}.{'weight' if kind == 'filters' else 'bias'}"
    leaf = {"depthwise_filter": "depthwise.weight", "pointwise_filter": "pointwise.weight", "bias": "pointwise.bias"}
    return f"{prefix}.{leaf[kind]}"


def to_torch_layout(name: str, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Permute the axes of a TensorFlow weight to torch's order."""
    if name.endswith("depthwise_filter"):  # (h, w, channel, 1) -> (channel, 1, h, w)
        values = values.transpose(2, 3, 0, 1)
    elif values.ndim == 4:  # (h, w, in, out) -> (out, in, h, w)
        values = values.transpose(3, 2, 0, 1)
    elif values.ndim == 2:
        values = values.T
    return np.ascontiguousarray(values)


def convert(package: Path) -> dict[str, npt.NDArray[Any]]:
    """Read the package's weights: parameters by name and, for 8-bit ones, (scale, min) as ``<name>.affine``.

    Raises:
        UserError: the package lacks the model, or its files do not belong together.
    """
    manifest, binary = (package / "model" / f"{MODEL}{end}" for end in ("-weights_manifest.json", ".bin"))
    for path in (manifest, binary):
        if not path.is_file():
            raise UserError(f"{path}: no such file; expected the unpacked npm package @vladmandic/face-api 1.7.15.")
    data, offset = binary.read_bytes(), 0
    tensors: dict[str, npt.NDArray[Any]] = {}
    for entry in json.loads(manifest.read_text(encoding="utf-8"))[0]["weights"]:
        name, code = parameter_name(entry["name"]), entry.get("quantization")
        dtype = np.dtype(code["dtype"] if code else entry["dtype"])
        count = int(np.prod(entry["shape"]))
        if offset + count * dtype.itemsize > len(data):
            raise UserError(f"{binary}: {len(data)} bytes, fewer than {manifest.name} describes.")
        values = np.frombuffer(data, dtype, count, offset).reshape(entry["shape"])
        tensors[name] = to_torch_layout(entry["name"], values)
        if code:
            tensors[f"{name}.affine"] = np.array([code["scale"], code["min"]], np.float64)
        offset += count * dtype.itemsize
    if offset != len(data):
        raise UserError(f"{binary}: {len(data)} bytes, {manifest.name} describes {offset}.")
    return tensors


def main(arguments: list[str]) -> int:
    """Command line: package folder and output file."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m benchmark.encoders.expression_net.convert PACKAGE_DIR OUT\n")
        return 2
    from safetensors.numpy import save

    tensors = convert(Path(arguments[0]))
    write_whole(Path(arguments[1]), save(tensors))
    sys.stderr.write(f"{arguments[1]}: {len(tensors)} tensors\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(2)
