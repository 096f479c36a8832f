"""Damaged files of every format: read to the value, or refused in one sentence; never a traceback, never a guess."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fuzz_formats import FORMATS, WrongError, lines_of, mutate

from benchmark.errors import UserError

#: Of 13 formats: 1,040 files in every run of the tests, 13,000 in the slow one.
FAST, SLOW = 80, 1000


@pytest.mark.parametrize("kind", FORMATS)
def test_the_good_file_is_read_as_the_second_reader_reads_it(tmp_path: Path, kind: str) -> None:
    about = FORMATS[kind]
    path = tmp_path / "good.txt"
    path.write_text(about.good)
    assert about.read(path) == about.judge(lines_of(about.good))


@pytest.mark.parametrize("kind", FORMATS)
def test_damaged_files_are_read_to_the_value_or_refused(tmp_path: Path, kind: str) -> None:
    assert damage(kind, tmp_path / "m.txt", range(FAST)) < FAST


@pytest.mark.slow
@pytest.mark.parametrize("kind", FORMATS)
def test_thirteen_thousand_damaged_files(tmp_path: Path, kind: str) -> None:
    accepted = damage(kind, tmp_path / "m.txt", range(FAST, FAST + SLOW))
    assert SLOW * 0.02 < accepted < SLOW * 0.98


def damage(kind: str, path: Path, cases: range) -> int:
    """How many of the damaged files the reader accepted, each to the very values of the second reader."""
    about, accepted = FORMATS[kind], 0
    for case in cases:
        text = mutate(about.good, np.random.default_rng([list(FORMATS).index(kind), case]))
        path.write_text(text, encoding="utf-8", newline="")
        try:
            expected = about.judge(lines_of(text))
        except WrongError:
            with pytest.raises(UserError) as caught:
                about.read(path)
            message = str(caught.value)
            assert message.startswith(str(path)), (case, text)
            assert "\n" not in message, (case, text)
            continue
        accepted += 1
        assert about.read(path) == expected, (case, text)
    return accepted
