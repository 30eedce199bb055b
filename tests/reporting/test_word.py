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


def wide(n_columns, name="cross_sectional_t"):
    return pd.DataFrame(
        {"Window": ["[0,0]"]} | {f"{name}_{j}": ["-0.12***"] for j in range(n_columns)}
    )


def sizes(table):
    return {run.font.size.pt for cell in table._cells for run in cell.paragraphs[0].runs}


def test_columns_are_as_wide_as_their_words_and_fill_the_page():
    pytest.importorskip("docx")
    document = read(to_word(pd.DataFrame({"W": ["1"], "cross_sectional_t": ["2"]})))
    section, (table,) = document.sections[0], document.tables
    widths = [column.width for column in table.columns]
    assert [cell.width for cell in table.rows[1].cells] == widths
    assert widths[1] - widths[0] > 20 * 12700 * 4  # points, of the sixteen letters more
    text = section.page_width - section.left_margin - section.right_margin
    assert sum(widths) == pytest.approx(text, rel=1e-3)
    assert not table.autofit
    assert sizes(table) == {10.0}


def test_a_wide_table_has_smaller_letters_and_then_a_page_that_lies():
    pytest.importorskip("docx")
    documents = [read(to_word(wide(n))) for n in (2, 4, 6)]
    lies = [
        document.sections[0].page_width > document.sections[0].page_height for document in documents
    ]
    assert lies == [False, False, True]
    (ten,), (less,), (least,) = (sizes(document.tables[0]) for document in documents)
    assert ten == 10.0 > less
    assert less >= 7.0 <= least
    text = documents[2].sections[0]
    text = text.page_width - text.left_margin - text.right_margin
    assert sum(column.width for column in documents[2].tables[0].columns) <= 1.001 * text


def test_merged_heads_are_one_line():
    pytest.importorskip("docx")
    frame = drawn(numbers(["bmp", "placebo"], columns=("A", "B")), show=("estimate", "statistic"))
    (table,) = read(to_word(frame)).tables
    assert {len(cell.paragraphs) for cell in table._cells} == {1}
    assert {cell.paragraphs[0].paragraph_format.space_after.pt for cell in table.rows[0].cells} == {
        0
    }


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
