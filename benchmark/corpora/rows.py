"""Lines of the text files of a corpus: tolerant of line ends, trailing blank lines and a byte-order mark only."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from benchmark.errors import UserError

#: Bytes of a block of lines, before the end of its last line: some ten thousand rows.
_BLOCK = 1 << 20


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


def line_blocks(path: Path, data: bytes, first_line: int) -> Iterator[tuple[int, list[str]]]:
    """Number of the first line and the lines of one block after another, so that files of millions of rows fit.

    Args:
        path: file, for error messages.
        data: its text from line ``first_line`` on.
        first_line: number of that line.

    Raises:
        UserError: the bytes are not UTF-8; names the line.
    """
    start, first = 0, first_line
    while start < len(data):
        end = data.find(b"\n", start + _BLOCK)
        end = len(data) if end < 0 else end
        lines = decode_lines(path, data[start:end], first)
        yield first, lines
        start, first = end + 1, first + len(lines)


def decode_lines(path: Path, data: bytes, first_line: int = 1) -> list[str]:
    """Lines of a text file, or of the part of it that begins with line ``first_line``.

    Raises:
        UserError: the bytes are not UTF-8; names the line.
    """
    try:
        return data.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + first_line
        raise UserError(f"{path}:{line}: byte {data[error.start]:#04x} is not text; expected a UTF-8 file.") from None


def split_fields(line: str) -> list[str]:
    """Comma-separated fields of a line without the blank space around them."""
    return [field.strip() for field in line.split(",")]


def shorten(text: str) -> str:
    """A line as an error message quotes it: control characters escaped, at most 60 characters."""
    return repr(text if len(text) <= 60 else text[:57] + "...")
