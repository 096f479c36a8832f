"""The header reader against a real decoder, on whole, truncated and damaged files."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import simplejpeg

from benchmark.corpora.check.jpeg import BadJpegError, Header, HeaderReader

RNG = np.random.default_rng(3)


def picture(width: int, height: int) -> np.ndarray:
    coarse = RNG.integers(0, 255, (8, 8, 3), dtype=np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize("size", [(112, 112), (224, 224), (37, 90), (1, 1)])
@pytest.mark.parametrize("kind", ["baseline", "progressive", "gray", "restart"])
def test_sizes_and_channels_are_those_of_the_image(size: tuple[int, int], kind: str) -> None:
    image = picture(*size)
    if kind == "gray":
        data = simplejpeg.encode_jpeg(image[:, :, :1].copy(), colorspace="GRAY")
    elif kind == "baseline":
        data = simplejpeg.encode_jpeg(image)
    else:
        option = cv2.IMWRITE_JPEG_PROGRESSIVE if kind == "progressive" else cv2.IMWRITE_JPEG_RST_INTERVAL
        data = cv2.imencode(".jpg", image, [option, 1])[1].tobytes()
    assert HeaderReader().read(data) == Header(*size, 1 if kind == "gray" else 3)


def test_every_truncation_is_found() -> None:
    data = simplejpeg.encode_jpeg(picture(112, 112))
    fresh, seasoned = HeaderReader(), HeaderReader()
    seasoned.read(data)
    for length in range(len(data) - 1):
        for reader in (HeaderReader() if length < 700 else fresh, seasoned):
            with pytest.raises(BadJpegError) as caught:
                reader.read(data[:length])
            assert caught.value.truncated or length == 1
    assert seasoned.read(data + b"\0\0\n") == Header(112, 112, 3)


def test_a_reader_that_knows_one_header_still_reads_others() -> None:
    reader = HeaderReader()
    files = [simplejpeg.encode_jpeg(picture(*size), quality=q) for size in ((112, 112), (96, 80)) for q in (30, 95)]
    expected = [Header(112, 112, 3)] * 2 + [Header(96, 80, 3)] * 2
    for order in ([0, 1, 2, 3], [3, 0, 2, 1, 1]):
        assert [reader.read(files[i]) for i in order] == [expected[i] for i in order]


def test_an_end_marker_within_a_thumbnail_does_not_count() -> None:
    data = simplejpeg.encode_jpeg(picture(112, 112))
    thumbnail = b"\xff\xd8\xff\xd9"
    segment = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    with_thumbnail = data[:2] + segment + data[2:]
    assert HeaderReader().read(with_thumbnail) == Header(112, 112, 3)
    with pytest.raises(BadJpegError):
        HeaderReader().read(with_thumbnail[:-2])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"\x89PNG\r\n", "the file is PNG"),
        (b"GIF89a", "the file is GIF"),
        (b"RIFF1234WEBP", "the file is WebP"),
        (b"<!DOCTYPE html>", "HTML"),
        (b"what is this", "no JPEG"),
        (b"\xff\xd8\xff\xd9", "breaks off|ends before"),
        (b"\xff\xd8\x00\x01\x02\x03", "expected a marker"),
    ],
)
def test_what_is_no_jpeg_is_named(data: bytes, words: str) -> None:
    with pytest.raises(BadJpegError, match=words):
        HeaderReader().read(data)


def test_damaged_bytes_end_in_a_header_or_a_bad_jpeg() -> None:
    original = simplejpeg.encode_jpeg(picture(112, 112))
    refused = 0
    for case in range(3000):
        data = bytearray(original)
        for _ in range((1, 3, 30)[case % 3]):
            data[RNG.integers(min(len(data), 700) if case % 2 else len(data))] = RNG.integers(256)
        try:
            header = HeaderReader().read(bytes(data))
        except BadJpegError:
            refused += 1
        else:
            assert header.width >= 0
    assert 100 < refused < 2900
