"""A table in Word: what was written is read back, its rules and merged cells too."""

from __future__ import annotations

import io
import sys

import pandas as pd
import pytest
from paper_numbers import drawn, numbers

from eventstudy.exceptions import NotApplicableError
from eventstudy.reporting.word import to_word

QN = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def read(content):
    docx = pytest.importorskip("docx")
    return docx.Document(io.BytesIO(content))


def test_cells_headings_and_notes_are_there():
    pytest.importorskip("docx")
    frame = drawn(numbers(panels=("a", "b")))
    document = read(to_word(frame, "A & b"))
    (table,) = document.tables
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    assert rows[0] == ["Window", "CAAR, %", "N", "Dates"]
    assert rows[1] == ["Panel A: a"] * 4  # one merged cell
    assert rows[2] == ["[0,0]", "0.72", "1,234", "30"]
    assert document.paragraphs[0].text == "A & b"
    assert document.paragraphs[-1].text == frame.attrs["notes"]
    right = table.cell(2, 1).paragraphs[0].alignment
    assert (str(right), table.cell(2, 0).paragraphs[0].alignment) == ("RIGHT (2)", None)


def test_heads_of_blocks_are_merged_and_have_rules():
    pytest.importorskip("docx")
    frame = drawn(numbers(["bmp", "placebo"], columns=("A", "B")), show=("estimate", "statistic"))
    (table,) = read(to_word(frame)).tables
    assert [cell.text for cell in table.rows[0].cells] == ["", "A", "A", "A", "B", "B", "B"]
    assert table.cell(0, 1)._tc is table.cell(0, 3)._tc
    edges = {
        edge.tag.removeprefix(QN)
        for at in (0, 1, len(table.rows) - 1)
        for edge in table.cell(at, 1)._tc.iter(f"{QN}top", f"{QN}bottom")
    }
    assert edges == {"top", "bottom"}
    assert len(list(table._tbl.iter(f"{QN}tblHeader"))) == 2


def test_texts_stay_texts_and_control_characters_go():
    pytest.importorskip("docx")
    hostile = pd.DataFrame({"a\x00b": ["<w:p/>\x0b & \u202e", "=1+1"], "p": [0.5, None]})
    (table,) = read(to_word(hostile, notes="n\x01 <b>")).tables
    assert table.cell(1, 0).text.startswith("<w:p/>")
    assert table.cell(2, 0).text == "=1+1"


def test_without_python_docx_the_remedy_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(NotApplicableError, match="docx needs python-docx") as caught:
        to_word(pd.DataFrame({"a": ["b"]}))
    assert "market-reaction[word]" in str(caught.value)
