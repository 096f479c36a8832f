"""A JPEG's header and end, without decoding: enough to find wrong sizes, other formats and truncated files."""

from __future__ import annotations

from dataclasses import dataclass

#: Frame headers: all start-of-frame markers but DHT (C4), JPG (C8) and DAC (CC), which share their range.
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_START_OF_SCAN, _END = 0xDA, b"\xff\xd9"
_OTHER_FORMATS = {b"\x89PNG": "PNG", b"GIF8": "GIF", b"RIFF": "WebP", b"BM": "BMP", b"<": "HTML or XML"}


@dataclass(frozen=True, slots=True)
class Header:
    """What the header says.

    Attributes:
        width, height: pixels.
        components: colour channels.
    """

    width: int
    height: int
    components: int


class BadJpegError(ValueError):
    """The data is no whole JPEG; ``truncated`` tells whether it breaks off."""

    def __init__(self, reason: str, truncated: bool) -> None:
        super().__init__(reason)
        self.truncated = truncated


class HeaderReader:
    """Reads headers; files that begin like the last one, as all crops of one encoder do, cost one comparison."""

    def __init__(self) -> None:
        self._known = b""
        self._header = Header(0, 0, 0)

    def read(self, data: bytes) -> Header:
        """Header of a whole JPEG.

        Raises:
            BadJpegError: the data is empty, is another format, has no image, or breaks off.
        """
        if not self._known or not data.startswith(self._known):
            self._header, end = _parse(data)
            self._known = data[:end]
        if not data.endswith(_END) and data.rfind(_END, len(self._known)) < 0:
            raise BadJpegError(f"breaks off after {len(data)} bytes, without the end-of-image marker", truncated=True)
        return self._header


def _parse(data: bytes) -> tuple[Header, int]:
    """Header, and where the scan begins."""
    if not data:
        raise BadJpegError("the file is empty", truncated=True)
    if not data.startswith(b"\xff\xd8"):
        name = next((name for magic, name in _OTHER_FORMATS.items() if data.startswith(magic)), "no JPEG")
        raise BadJpegError(f"the file is {name}, expected a JPEG", truncated=False)
    at, header = 2, None
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise BadJpegError(f"byte {at} is {data[at]:#04x}, expected a marker", truncated=False)
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker == _END[1]:
            raise BadJpegError("the file ends before any image", truncated=False)
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if length < 2:
            raise BadJpegError(f"the segment at byte {at} has no length", truncated=False)
        if marker in _FRAME_HEADERS and at + 10 <= len(data):
            height, width = int.from_bytes(data[at + 5 : at + 7], "big"), int.from_bytes(data[at + 7 : at + 9], "big")
            header = Header(width, height, data[at + 9])
        at += 2 + length
        if marker == _START_OF_SCAN:
            if header is None:
                raise BadJpegError("the scan has no frame header", truncated=False)
            return header, at
    raise BadJpegError(f"breaks off within the header, after {len(data)} bytes", truncated=True)
