"""Per-trial annotation files: goldens, tolerance of blank space, and refusal of everything else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_corpus import AU_ROW, NO_AU, ROWS, annotate, write

from benchmark.corpora.annotations import read_annotation
from benchmark.errors import UserError
from benchmark.tasks import HEADS


def test_va_golden(tmp_path):
    found = read_annotation(
        annotate(tmp_path / "t.txt", "va", ["0.25,-0.5", "-5,-5", "1,-1", "-5,0.3", "0.3,-5", "-5.0,-5"]), "va"
    )
    assert found.labels.dtype == np.float32
    expected = np.array([[0.25, -0.5], [-5, -5], [1, -1], [-5, 0.3], [0.3, -5], [-5, -5]], np.float32)
    np.testing.assert_array_equal(found.labels, expected)
    assert found.valid.tolist() == [True, False, True, False, False, False]


def test_expr_golden_has_eight_names_over_one_field(tmp_path):
    found = read_annotation(annotate(tmp_path / "t.txt", "expr", ["0", "7", "-1", "3"]), "expr")
    assert (found.labels.dtype, found.labels.tolist()) == (np.int64, [0, 7, -1, 3])
    assert found.valid.tolist() == [True, True, False, True]


def test_seven_expressions_of_editions_1_and_2(tmp_path):
    header = ",".join(HEADS["expr"].names[:7])
    assert read_annotation(write(tmp_path / "t.txt", f"{header}\n6\n-1\n"), "expr").labels.tolist() == [6, -1]
    with pytest.raises(UserError, match=r"t\.txt:2: found '7', expected one class number in 0\.\.6"):
        read_annotation(write(tmp_path / "t.txt", f"{header}\n7\n"), "expr")


def test_au_golden(tmp_path):
    found = read_annotation(annotate(tmp_path / "t.txt", "au", [AU_ROW, NO_AU]), "au")
    assert found.labels.dtype == np.int64
    assert found.labels.tolist() == [[0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0], [-1] * 12]
    assert found.valid.tolist() == [True, False]


def test_compound_golden(tmp_path):
    assert read_annotation(annotate(tmp_path / "t.txt", "ce"), "ce").labels.tolist() == [6, -1, 0, 2]


@pytest.mark.parametrize("head", list(HEADS))
def test_blank_space_and_line_ends_do_not_matter(tmp_path, head):
    plain = read_annotation(annotate(tmp_path / "plain.txt", head), head)
    names = " , ".join(HEADS[head].names)
    rows = [" " + row.replace(",", " ,\t") + "  " for row in ROWS[head]]
    loose = write(tmp_path / "loose.txt", "\ufeff " + names + " \r\n" + "\r\n".join(rows) + "\r\n\r\n  \n")
    found = read_annotation(loose, head)
    np.testing.assert_array_equal(found.labels, plain.labels)
    np.testing.assert_array_equal(found.valid, plain.valid)


BAD_ROWS = [
    ("va", "nan,0.1"),
    ("va", "0.1,inf"),
    ("va", "1.2,0.1"),
    ("va", "0.1,-1.0000001"),
    ("va", "5,5"),
    ("va", "-4,-4"),
    ("va", "abc,0.1"),
    ("va", "0.1"),
    ("va", "0.1,0.2,0.3"),
    ("va", "0.1;0.2"),
    ("va", "0.1,"),
    ("va", ""),
    ("va", "0_1,0.1"),
    ("va", "0x0,0.1"),
    ("va", "0. 5,0.1"),
    ("va", "\u0661,0.1"),
    ("expr", "8"),
    ("expr", "-2"),
    ("expr", "3.0"),
    ("expr", "nan"),
    ("expr", "Anger"),
    ("expr", "0,0,0,1,0,0,0,0"),
    ("expr", ""),
    ("expr", "1e0"),
    ("expr", "99999999999999999999"),
    ("ce", "7"),
    ("au", "2" + AU_ROW[1:]),
    ("au", "-1" + AU_ROW[1:]),
    ("au", AU_ROW[:-2]),
    ("au", AU_ROW + ",0"),
    ("au", AU_ROW + ","),
    ("au", "0.5" + AU_ROW[1:]),
    ("au", ""),
]


@pytest.mark.parametrize(("head", "row"), BAD_ROWS)
@pytest.mark.parametrize("where", [0, 2])
def test_a_row_that_is_neither_label_nor_marker_names_its_line(tmp_path, head, row, where):
    rows = list(ROWS[head])
    rows.insert(where, row)
    with pytest.raises(UserError) as caught:
        read_annotation(annotate(tmp_path / "5-60.txt", head, rows), head)
    assert f"5-60.txt:{where + 2}: found {row!r}, expected " in str(caught.value)


@pytest.mark.parametrize("head", list(HEADS))
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty; expected the header"),
        (" \n\n ", "is empty; expected the header"),
        ("HEADER\n", "a header and no row"),
        ("HEADER", "a header and no row"),
        ("ROW\nROW\n", r":1: found the header"),
        ("arousal,valence\nROW\n", r":1: found the header 'arousal,valence', expected"),
        ("\nHEADER\nROW\n", r":1: found the header ''"),
    ],
)
def test_a_file_without_header_or_rows_is_refused(tmp_path, head, text, message):
    text = text.replace("HEADER", ",".join(HEADS[head].names)).replace("ROW", ROWS[head][0])
    with pytest.raises(UserError, match=message):
        read_annotation(write(tmp_path / "t.txt", text), head)


def test_a_file_of_another_task_or_edition_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"expected .*AU1,AU2"):
        read_annotation(annotate(tmp_path / "t.txt", "va"), "au")
    with pytest.raises(UserError, match="AU1,AU2,AU4,AU6,AU12,AU15,AU20,AU25"):
        read_annotation(write(tmp_path / "t.txt", "AU1,AU2,AU4,AU6,AU12,AU15,AU20,AU25\n" + "0," * 7 + "0\n"), "au")


def test_unreadable_files_are_said(tmp_path):
    with pytest.raises(UserError, match=r"none\.txt: cannot be read \(No such file"):
        read_annotation(tmp_path / "none.txt", "va")
    with pytest.raises(UserError, match="cannot be read"):
        read_annotation(tmp_path, "va")
    (tmp_path / "bytes.txt").write_bytes(b"valence,arousal\n0.1,0.2\n\xff\xfe,0.1\n")
    with pytest.raises(UserError, match=r"bytes\.txt:3: byte 0xff is not text"):
        read_annotation(tmp_path / "bytes.txt", "va")


unit = st.floats(-1, 1, allow_nan=False)
ROW = {
    "va": st.one_of(st.tuples(unit, unit), st.just((-5.0, -5.0))),
    "expr": st.tuples(st.integers(-1, 7)),
    "ce": st.tuples(st.integers(-1, 6)),
    "au": st.one_of(st.tuples(*[st.integers(0, 1)] * 12), st.just((-1,) * 12)),
}


@pytest.mark.parametrize("head", list(HEADS))
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read_back(tmp_path, head, data):
    rows = data.draw(st.lists(ROW[head], min_size=1, max_size=30))
    found = read_annotation(annotate(tmp_path / "t.txt", head, [",".join(map(str, row)) for row in rows]), head)
    expected = np.array(rows, dtype=np.float64 if head == "va" else np.int64)
    if HEADS[head].kind == "classes":
        expected = expected[:, 0]
    np.testing.assert_array_equal(found.labels, expected.astype(found.labels.dtype))
    np.testing.assert_array_equal(found.valid, [row[0] != HEADS[head].invalid for row in rows])
