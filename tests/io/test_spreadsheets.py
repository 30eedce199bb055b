from __future__ import annotations

import csv
import datetime as dt

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy import read_events
from eventstudy.exceptions import SourceError
from eventstudy.io.spreadsheets import (
    CELL_LIMIT,
    TREATED,
    each_text,
    guarded,
    safe_cell,
    unguarded,
    write_csv,
    write_xlsx,
)

RUNS = ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=x", " \u200b=x", "＝x", "＠x", "\ufeff-x", "-x"]
RUNS += ["\tx", "=", "+ 1", "-0.5; x", "--1"]
STAYS = ["+", "-", "-0.5", "+3", "1e-5", "-1.2E+3", "-3%", "-1,234.5", "N225;TAIEX", "a=b", "x@y.z"]
STAYS += ["'=x", "", "0", "a - b", "Talks; no deal"]


@pytest.mark.parametrize("text", RUNS)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert safe_cell(text) == f"'{text}"
    assert safe_cell(safe_cell(text)) == safe_cell(text)


@pytest.mark.parametrize("text", STAYS)
def test_words_and_numbers_stay(text):
    assert safe_cell(text) == text


def test_a_sign_behind_a_semicolon_or_a_line_end_is_made_safe_too():
    assert safe_cell("a; =1+1;-0.5\n@x") == "a; '=1+1;'-0.5\n'@x"


@given(st.text())
def test_making_safe_twice_changes_nothing(text):
    assert safe_cell(safe_cell(text)) == safe_cell(text)


def test_csv_says_what_was_treated_and_reads_back(tmp_path):
    frame = pd.DataFrame(
        {
            "event_id": ["E1", "E2"],
            "published_at": pd.to_datetime(["2025-05-02T01:00Z", None]),
            "date": pd.to_datetime(["2025-05-02", "2025-05-03"]),
            "headline": ["=cmd()|x", "two\r\nlines"],
            "expected_sign": ["-", "+"],
            "salience": [0.1 + 0.2, float("nan")],
            "markets": [("N225", "HSI"), ()],
        }
    )
    path = tmp_path / "events.csv"
    treated = write_csv(path, frame)
    assert list(treated) == list(TREATED)
    assert treated[["row", "column"]].values.tolist() == [[2, "headline"], [3, "headline"]]
    assert "'=cmd()|x'" in treated["treated"][0]
    events = read_events(path)
    assert events.frame["headline"].tolist() == ["'=cmd()|x", "two\nlines"]
    assert events.frame["expected_sign"].tolist() == ["-", "+"]
    assert events.frame["markets"].tolist() == [("N225", "HSI"), ()]
    assert path.read_text(encoding="utf-8").splitlines()[1] == (
        "E1,2025-05-02T01:00:00Z,2025-05-02,'=cmd()|x,-,0.3,N225;HSI"
    )


def test_header_cells_are_made_safe_and_halves_of_characters_do_not_stop_it(tmp_path):
    path = tmp_path / "a.csv"
    treated = write_csv(path, pd.DataFrame({"=x": pd.Series(["\ud800"], dtype=object)}))
    assert treated["row"].tolist() == [1]
    assert path.read_text(encoding="utf-8") == "'=x\n?\n"


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_csv_keeps_every_other_letter(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    kept = [text.replace("\r\n", "\n").replace("\r", "\n") for text in texts]
    write_csv(path, pd.DataFrame({"a": texts, "b": "x"}))
    with path.open(encoding="utf-8", newline="") as stream:
        cells = [row[0] for row in csv.reader(stream)][1:]
    assert cells == [safe_cell(text) for text in kept]


def test_no_cell_of_a_workbook_is_a_formula_a_link_or_a_number(tmp_path):
    path = tmp_path / "a.xlsx"
    texts = ["=1+1", "http://a.b", "12", "-", "x\x00\x0b", "{=SUM(A1)}", None, "internal:Sheet1!A1"]
    frame = pd.DataFrame({"=head": texts, "n": range(8), "t": [dt.date(2025, 5, 2)] * 8})
    assert len(write_xlsx(path, frame)) == 0
    sheet = openpyxl.load_workbook(path).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert not any(cell.hyperlink for cell in cells)
    assert [sheet.cell(row, 1).value for row in (1, 2, 4)] == ["=head", "=1+1", "12"]
    assert sheet.cell(2, 3).value == "2025-05-02"


def test_a_cell_too_long_for_a_workbook_is_cut_and_said(tmp_path):
    path = tmp_path / "a.xlsx"
    long = "\U0001f600" * CELL_LIMIT
    treated = write_xlsx(path, pd.DataFrame({"t": [long, "x" * CELL_LIMIT]}))
    assert treated.values.tolist() == [
        [2, "t", "cut at 16,383 of 32,767 characters, all a cell holds"]
    ]
    assert openpyxl.load_workbook(path).active["A2"].value == long[:16383]


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_a_file_is_written_whole_or_not_at_all(tmp_path, write):
    class Broken:
        def __str__(self):
            raise OSError(28, "No space left on device")

    path = tmp_path / "a.out"
    write(path, pd.DataFrame({"a": ["x"]}))
    before = path.read_bytes()
    with pytest.raises((SourceError, OSError)):
        write(path, pd.DataFrame({"a": ["y", Broken()]}))
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.out"]
    with pytest.raises(SourceError, match="cannot be written"):
        write(tmp_path / "no" / "a.out", pd.DataFrame({"a": ["x"]}))


def test_workbooks_of_one_frame_are_the_same_bytes(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        write_xlsx(tmp_path / name, pd.DataFrame({"a": ["x"]}))
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


CELLS = st.text("'=+-@;\t\r\n \u200b＝ab1.,", max_size=12)


@given(CELLS)
def test_a_guarded_text_runs_nowhere_and_is_given_back(text):
    assert safe_cell(guarded(text)) == guarded(text)
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", [*RUNS, *STAYS])
def test_guarding_is_making_safe_but_for_apostrophes_that_are_there(text):
    assert guarded(text) == (safe_cell(text) if text != "'=x" else "''=x")
    assert unguarded(guarded(text)) == text


def test_texts_and_names_of_columns_are_changed_and_nothing_else():
    frame = pd.DataFrame(
        [["=a", 1.5, None, ("=a",)], ["b", -2.0, "-c", 3]], columns=["x", "n", "=y", "x"]
    )
    changed = each_text(frame, guarded)
    assert list(changed.columns) == ["x", "n", "'=y", "x"]
    assert changed.iloc[:, 0].tolist() == ["'=a", "b"]
    assert changed.iloc[1, 2] == "'-c"
    assert changed.iloc[:, 3].tolist() == [("=a",), 3]
    assert frame.iloc[0, 0] == "=a"
    pd.testing.assert_frame_equal(each_text(changed, unguarded), frame)
    plain = pd.DataFrame({"a": ["b"], "n": [1]})
    assert each_text(plain, guarded) is plain


def test_many_line_ends_are_looked_at_once():
    text = "\n" * 100_000  # the square of them would take minutes
    assert guarded(text) == safe_cell(text) == unguarded(text) == text
