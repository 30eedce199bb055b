"""A file opened: dialect, encoding, table."""

from __future__ import annotations

import pytest

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.prices.files.dialects.opening import open_table

TWSE = '"日期","開盤指數","最高指數","最低指數","收盤指數",\n"113/04/22","1","2","1","2",\n'


def write(folder, content, name="x.csv"):
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder / name


def test_the_encoding_is_that_in_which_a_head_is_known(tmp_path):
    opened = open_table(write(tmp_path, TWSE.encode("cp950")))
    assert opened.dialect.name == "twse_index"
    assert opened.said == ("the text is Big5",)
    assert opened.cells.frame.shape == (1, 5)


def test_a_table_of_nobody_is_generic(tmp_path):
    opened = open_table(write(tmp_path, "date,A\n2024-04-22,1\n"))
    assert (opened.dialect.name, opened.said) == ("generic", ())


def test_a_dialect_that_is_named_has_to_fit(tmp_path):
    path = write(tmp_path, "Date,Close/Last,Open,High,Low\n04/22/2024,1,1,1,1\n")
    assert open_table(path, dialect="nasdaq").dialect.name == "nasdaq"
    assert open_table(path, dialect="generic").dialect.name == "generic"
    with pytest.raises(SchemaError, match=r"has not the columns of Investing\.com"):
        open_table(path, dialect="investing_com")
    with pytest.raises(SpecificationError, match="unknown dialect"):
        open_table(path, dialect="x")
    with pytest.raises(SpecificationError, match=r"prices\.sheet"):
        open_table(path, "Sheet1")
