"""Cells of a price file: which reader a name asks for, dates by row, numbers with their remedy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.exceptions import SchemaError, SourceError, SpecificationError
from eventstudy.prices.files import cells
from eventstudy.prices.files.cells import read_cells, read_date_column, read_numbers


@pytest.fixture
def cells_of(tmp_path):
    """Cells of a csv file with this text."""

    def read(text, name="prices.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return read_cells(path)

    return read


def numbers_of(cells, column):
    dates, problems = read_date_column(cells)
    assert problems == []
    return read_numbers(cells, cells.frame[column], dates, column)


def test_rows_keep_their_number_in_the_file_and_an_empty_header_is_the_date(cells_of):
    cells = cells_of(",HSI\n2025-05-02,22504.68\n\n2025-05-05,22700\n")
    assert list(cells.frame.columns) == ["date", "HSI"]
    assert cells.rows.tolist() == [2, 4]
    assert numbers_of(cells, "HSI")[0].tolist() == [22504.68, 22700.0]


def test_a_cell_that_is_no_date_is_named_by_its_row(cells_of):
    dates, problems = read_date_column(cells_of("date,HSI\n2025-05-02,1\n2 May,1\n"))
    assert np.isnat(dates).tolist() == [False, True]
    assert [(problem.file, problem.row) for problem in problems] == [("prices.csv", 3)]
    assert str(problems[0]).startswith("prices.csv row 3: ")


def test_a_comma_is_decimal_only_between_semicolons(cells_of):
    assert numbers_of(cells_of("date;HSI\n2025-05-02;22504,68\n"), "HSI")[0].tolist() == [22504.68]
    values, problems = numbers_of(cells_of('date,HSI\n2025-05-02,"22,504"\n'), "HSI")
    assert np.isnan(values).all()
    assert str(problems[0]) == (
        'prices.csv 2025-05-02: HSI "22,504" is not a number; write it without thousands separators'
    )


@pytest.mark.parametrize(
    ("cell", "remedy"),
    [
        ("n/a", "leave the cell empty where there is no value"),
        ("1%", "write returns as decimals, 0.01 for one percent"),
        ("1'000", "write it without thousands separators"),
        ("high", None),
    ],
)
def test_what_is_no_number_comes_with_a_remedy_where_there_is_one(cells_of, cell, remedy):
    _, problems = numbers_of(cells_of(f"date,HSI\n2025-05-02,{cell}\n2025-05-05,\n"), "HSI")
    expected = f'"{cell}" is not a number' + (f"; {remedy}" if remedy else "")
    assert [(one.security, one.reason) for one in problems] == [("HSI", expected)]


def test_formats_that_are_not_read_say_so(tmp_path):
    with pytest.raises(SourceError, match="save it as xlsx or csv"):
        read_cells(tmp_path / "old.xls")
    with pytest.raises(SpecificationError, match=r"prices\.sheet is for xlsx files"):
        read_cells(tmp_path / "prices.csv", sheet="closes")


@pytest.mark.parametrize("cell", [b"\xff", [1, 2], {"a": 1}])
def test_a_parquet_column_of_bytes_or_lists_is_refused(tmp_path, cell):
    pytest.importorskip("pyarrow")
    file = tmp_path / "prices.parquet"
    pd.DataFrame({"date": ["2025-05-01"], "AAA": pd.Series([cell])}).to_parquet(file)
    with pytest.raises(SchemaError, match="column AAA holds bytes or lists"):
        read_cells(file)


def test_a_parquet_file_of_more_cells_than_memory_holds_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "wide.parquet"
    pd.DataFrame({"date": pd.bdate_range("2025-01-01", periods=300), "A": 1.0}).to_parquet(path)
    monkeypatch.setattr(cells, "_CELL_BYTES", 1e6)
    monkeypatch.setenv("EVENTSTUDY_MEMORY", "550 MB")
    with pytest.raises(SourceError, match=r"600 cells need about 600 MB, and 550 MB are there"):
        read_cells(path)
    monkeypatch.setenv("EVENTSTUDY_MEMORY", "1 GB")
    assert len(read_cells(path).frame) == 300
