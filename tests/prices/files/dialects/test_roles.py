"""Which column is what, and in which layout."""

from __future__ import annotations

import pandas as pd
import pytest

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.prices.files.dialects.catalogue import get_dialect
from eventstudy.prices.files.dialects.roles import roles_of


def roles(header, given=None, content="prices", first="2024-04-22"):
    frame = pd.DataFrame([[first, *"1" * (len(header) - 1)]], columns=header)
    return roles_of(frame, get_dialect("generic"), given or {}, content, "x.csv")


@pytest.mark.parametrize(
    ("header", "layout"),
    [
        (["date", "SPX", "N225"], "wide"),
        (["date", "LOW", "OPEN", "AAPL"], "wide"),  # two shares that are called so
        (["date", "close", "SPX"], "wide"),
        (["Tag", "SPX"], "wide"),
        (["date", "security", "close"], "long"),
        (["Ticker", "date", "Close"], "long"),
        (["date", "Price"], "bars"),
        (["date", "Price", "Volume"], "bars"),
        (["date", "open", "high", "low", "close", "turnover"], "bars"),
        (["Date", "Close"], "bars"),
    ],
)
def test_layouts(header, layout):
    assert roles(header).layout == layout


def test_the_table_stays_where_there_is_no_date():
    assert roles(["x", "A"], first="y") is None
    assert roles(["A", "date"], first="1") is None


def test_columns_named_by_hand():
    found = roles(["a", "b", "c"], {"date": "A", "close": "c", "security": "b"})
    assert (found.layout, found.columns) == ("long", {"close": "c", "security": "b"})
    wide = roles(["a", "b"], {"date": "a", "N225": "b"})
    assert (wide.layout, wide.columns) == ("wide", {"N225": "b"})
    with pytest.raises(SchemaError, match="no column 'd'"):
        roles(["a", "b"], {"date": "d"})
    with pytest.raises(SpecificationError, match="unknown column 'clos'; did you mean 'close'"):
        roles(["a", "b", "c"], {"date": "a", "security": "b", "clos": "c"})


@pytest.mark.parametrize(
    "header", [["date", "open", "high", "low", "kurs"], ["date", "high", "low"]]
)
def test_ranges_without_a_close_are_no_securities(header):
    with pytest.raises(SchemaError, match="none that is known to be the close"):
        roles(header)


def test_returns_of_a_long_file():
    assert roles(["date", "permno", "ret"], content="returns").layout == "long"
