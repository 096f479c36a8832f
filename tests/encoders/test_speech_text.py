"""Transcript and caption files: bad ones are refused with the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.encoders.speech_text import read_segments, read_words
from benchmark.errors import UserError


def write(folder: Path, text: str) -> Path:
    path = folder / "video.json"
    path.write_text(text)
    return path


def test_words_come_in_order_of_time(tmp_path: Path) -> None:
    words = '{"word": "b", "start": 2, "end": 3}, {"word": " a ", "start": 0, "end": 1}'
    path = write(tmp_path, f'{{"video": "v", "words": [{words}]}}')
    assert [(word.text, word.middle) for word in read_words(path)] == [("a", 0.5), ("b", 2.5)]


def test_no_file_is_no_text() -> None:
    assert read_words(None) == read_segments(None) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", 'expected an object with a list "words"'),
        ('{"words": 3}', 'expected an object with a list "words"'),
        ('{"words": [{"word": "a", "start": 0, "end": 1}, {"word": "b"}]}', r"words\[1\]: expected"),
        ('{"words": [{"word": "a", "start": 2, "end": 1}]}', r"words\[0\]: expected text and start <= end"),
        ('{"words": [{"word": "a", "start": NaN, "end": 1}]}', r"words\[0\]: expected text and start <= end"),
        ('{"words": [{"word": 7, "start": 0, "end": 1}]}', r"words\[0\]: expected text"),
        ('{"words": ["a"]}', r"words\[0\]: expected"),
    ],
)
def test_a_bad_file_is_refused_with_the_place(tmp_path: Path, text: str, says: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(UserError, match=says) as caught:
        read_words(path)
    assert str(path) in str(caught.value)
