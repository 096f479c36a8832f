"""One trial's features on disk: a safetensors file that proves what it holds before it is used."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmark.encoders.base import Array, Encoded
from benchmark.files import write_whole

FORMAT = 1
_DTYPES: dict[str, tuple[str, np.dtype[Any]]] = {
    "values": ("F16", np.dtype("<f2")),
    "times": ("F64", np.dtype("<f8")),
    "mask": ("BOOL", np.dtype("?")),
}
_LARGEST = float(np.finfo(np.float16).max)


class BadEntryError(Exception):
    """The file is not a whole and unchanged entry."""


@dataclass(frozen=True, slots=True)
class Header:
    """What an entry says about itself.

    Attributes:
        key: hash of everything that decided the features.
        source: the files they were made from, to find entries that are out of date.
        notes: what the encoder reported.
        checksum: CRC-32 of times, mask and values.
    """

    key: str
    source: str
    notes: tuple[str, ...]
    checksum: int


def to_half(values: Array) -> tuple[npt.NDArray[np.float16], int]:
    """Round to float16; returns the values and how many lay beyond its range and were clipped to +-65504."""
    beyond = int((np.abs(values) > _LARGEST).sum())
    return np.clip(values, -_LARGEST, _LARGEST).astype(np.float16), beyond


def write_entry(path: Path, key: str, source: str, encoded: Encoded) -> None:
    """Store features in float16, whole or not at all."""
    from safetensors.numpy import save

    values, beyond = to_half(np.asarray(encoded.values))
    notes = [*encoded.notes, *([f"{beyond} value(s) clipped to the range of float16"] if beyond else [])]
    tensors: dict[str, Any] = {
        "times": np.ascontiguousarray(encoded.times, np.float64),
        "mask": np.ascontiguousarray(encoded.mask, np.bool_),
        "values": np.ascontiguousarray(values),
    }
    about = {"format": FORMAT, "key": key, "source": source, "notes": notes, "checksum": _checksum(tensors)}
    # one metadata field, because the order of several is not kept and equal entries shall be equal files
    write_whole(path, save(tensors, metadata={"entry": json.dumps(about, sort_keys=True)}))


def read_entry(path: Path) -> tuple[Header, Encoded]:
    """Map an entry into memory after checking its length and checksum.

    Raises:
        BadEntryError: it is missing, cut short, damaged or no entry.
    """
    header, layout, offset = _read_header(path)
    arrays: dict[str, Array] = {}
    for name, (kind, dtype) in _DTYPES.items():
        shape, (start, stop) = tuple(layout[name]["shape"]), layout[name]["data_offsets"]
        if layout[name]["dtype"] != kind or int(np.prod(shape)) * dtype.itemsize != stop - start:
            raise BadEntryError(f"{name} is not {kind} of shape {shape}")
        empty = stop == start  # of images only the mask is kept; nothing cannot be mapped
        arrays[name] = np.zeros(shape, dtype) if empty else np.memmap(path, dtype, "r", offset + start, shape)
    if _checksum(arrays) != header.checksum:
        raise BadEntryError("its checksum does not fit its content")
    encoded = Encoded(arrays["values"], np.array(arrays["times"]), np.array(arrays["mask"]), header.notes)
    return header, encoded


def read_header(path: Path) -> Header:
    """What an entry says about itself, without reading its features.

    Raises:
        BadEntryError: it is missing, cut short or no entry.
    """
    return _read_header(path)[0]


def _read_header(path: Path) -> tuple[Header, dict[str, Any], int]:
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            size = file.seek(0, 2)
            if not 2 <= length <= size - 8:
                raise BadEntryError("it is cut short")
            file.seek(8)
            layout = json.loads(file.read(length))
        about = json.loads(layout.pop("__metadata__")["entry"])
        header = Header(about["key"], about["source"], tuple(about["notes"]), about["checksum"])
        ends = [layout[name]["data_offsets"][1] for name in _DTYPES]
    except OSError as error:
        raise BadEntryError(str(error.strerror)) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadEntryError(f"its header cannot be read ({error!r})") from None
    if about.get("format") != FORMAT or size != 8 + length + max(ends):
        raise BadEntryError("it is cut short or of another format")
    return header, layout, 8 + length


def _checksum(tensors: dict[str, Any]) -> int:
    value = 0
    for name in ("times", "mask", "values"):
        value = zlib.crc32(np.ascontiguousarray(tensors[name]).view(np.uint8).data, value)
    return value
