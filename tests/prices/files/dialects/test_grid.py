"""Rows of a file before anything is known of them."""

from __future__ import annotations

import pytest

from eventstudy.exceptions import SchemaError, SourceError
from eventstudy.prices.files.dialects.grid import TextFile, delimiters, width_of


def test_the_delimiter_of_the_first_line_comes_first():
    assert delimiters("a;b;c\n1,5;2,5;3,5\n") == [";", ","]
    assert delimiters("sep=;\na;b\n") == [";"]
    assert delimiters("a  b\n1  2\n") == [" "]
    assert delimiters("alone\n1\n") == [","]
    assert delimiters("\n") == [","]


def test_rows_keep_their_numbers():
    file = TextFile("x.csv", b"a,b\n\n1,2\n,\n3,4\n")
    grid = file.grid("utf-8-sig", ",")
    assert (grid.rows, grid.records) == ([1, 3, 5], [("a", "b"), ("1", "2"), ("3", "4")])
    assert TextFile("x.txt", b"a  b\n1  2\n").grid("utf-8-sig", " ").records[1] == ("1", "2")
    assert TextFile("x.csv", b"sep=;\na;b\n1;2\n").grid("utf-8-sig", ";").rows == [2, 3]
    assert width_of(grid.records) == 2


def test_encodings():
    assert TextFile("x", "a,é".encode()).encodings() == ["utf-8-sig"]
    assert TextFile("x", "a,b\n1,2\n".encode("utf-16")).encodings() == ["utf-16"]
    assert "cp950" in TextFile("x", "日期,收盤指數".encode("cp950")).encodings()


def test_damage_is_named():
    with pytest.raises(SchemaError, match=r"x\.csv row 2"):
        TextFile("x.csv", b'a,b\n"1,2').grid("utf-8-sig", ",")
    with pytest.raises(SourceError, match="encoding"):
        TextFile("x.csv", b"\xff\xfea\x00,").grid("utf-16", ",")
