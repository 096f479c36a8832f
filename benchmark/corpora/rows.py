"""Lines of the text files of a corpus: tolerant of line ends, trailing blank lines and a byte-order mark only."""

from __future__ import annotations

import codecs
from pathlib import Path

from benchmark.errors import UserError


def read_text_bytes(path: Path, expected: str) -> bytes:
    r"""Content of a text file with ``\n`` line ends, no byte-order mark, and no trailing blank space.

    Args:
        path: file to read.
        expected: what the file should hold, for the error message.

    Raises:
        UserError: the file cannot be read or holds nothing but blank space.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); expected {expected}.") from None
    data = data.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n").rstrip()
    if not data:
        raise UserError(f"{path}: the file is empty; expected {expected}.")
    return data


def decode_lines(path: Path, data: bytes) -> list[str]:
    """Lines of a text file.

    Raises:
        UserError: the bytes are not UTF-8; names the line.
    """
    try:
        return data.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UserError(f"{path}:{line}: byte {data[error.start]:#04x} is not text; expected a UTF-8 file.") from None


def split_fields(line: str) -> list[str]:
    """Comma-separated fields of a line without the blank space around them."""
    return [field.strip() for field in line.split(",")]


def shorten(text: str) -> str:
    """A line as an error message quotes it: control characters escaped, at most 60 characters."""
    return repr(text if len(text) <= 60 else text[:57] + "...")
