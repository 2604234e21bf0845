"""No text of an export may become a formula in a spreadsheet, every text comes back as it was, and numbers stay numbers."""

import csv
import io
from itertools import product

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.exports.cells import disarm, looks_live, rearm
from core.exports.columns import Column, Kind, TableSpec
from core.exports.formats import TableFormat
from core.exports.tables import TableWriter, read_table

FORMULAS = (
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "|calc", "%0A=1", "＝1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x",1)', "-2+3",
)  # fmt: skip
FRONTS = ("", " ", "\t", "\r", "\n", "\ufeff", "\u200b", '"', "'", "a;", "a,", "a\t", "a\n", ';"', "'\t'", "\x00")
PAYLOADS = [front + formula for front, formula in product(FRONTS, FORMULAS)]
NUMBERS = (-0.12, 1e-7, -1e21, 0.1 + 0.2, 123456.789, 0.0, -5.0)
SPEC = TableSpec(
    "t", "", (Column("text", Kind.TEXT, ""), Column("number", Kind.NUMBER, ""), Column("other", Kind.TEXT, ""))
)

hostile = st.text(st.sampled_from("=+-@|%'\"; ,\t\r\n\u200b\ufeff＝a1") | st.characters(codec="utf-8"), max_size=12)


def written(tmp_path, table: pa.Table, form=TableFormat.CSV):
    path = tmp_path / f"t.{form.value}"
    with TableWriter(path, SPEC, form) as writer:
        writer.write(table)
    return path


def table_of(texts) -> pa.Table:
    numbers = [NUMBERS[i % len(NUMBERS)] for i in range(len(texts))]
    return pa.table({"text": texts, "number": numbers, "other": list(texts)[::-1]}, schema=SPEC.schema)


def test_there_are_a_hundred_payloads_and_all_are_dangerous():
    assert len(set(PAYLOADS)) >= 100
    alive = [payload for payload in PAYLOADS if disarm(payload) == payload]
    assert alive == []


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_cell_of_a_file_is_a_live_formula(tmp_path, separator):
    """Also where a spreadsheet splits the file at another separator than ours."""
    text = written(tmp_path, table_of(PAYLOADS)).read_text(encoding="utf-8").replace("\x00", "")
    cells = [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row]
    assert [cell for cell in cells if looks_live(cell)] == []
    assert len(cells) > len(PAYLOADS)


@pytest.mark.parametrize("form", list(TableFormat))
def test_texts_and_numbers_come_back_equal(tmp_path, form):
    table = table_of([*PAYLOADS, "", None, "plain", "Zsófia"])
    assert read_table(written(tmp_path, table, form), SPEC).equals(table)


def test_numbers_are_written_bare_and_exact(tmp_path):
    table = pa.table({"text": [None] * 7, "number": NUMBERS, "other": [None] * 7}, schema=SPEC.schema)
    lines = written(tmp_path, table).read_text(encoding="utf-8").splitlines()[1:]
    assert [float(line.split(",")[1]) for line in lines] == list(NUMBERS)
    assert "'" not in "".join(lines)


@given(hostile)
def test_every_text_is_disarmed_and_comes_back(text):
    safe = disarm(text)
    assert rearm(safe) == text
    for separator in (None, ";", ",", "\t", "\n", "\r"):
        assert not any(looks_live(part) for part in (safe.split(separator) if separator else [safe]))


@given(st.text("abcdefäöü .-()/0123456789", max_size=30).filter(lambda t: not t.lstrip().startswith("-")))
def test_ordinary_text_is_left_alone(text):
    assert disarm(text) == text
