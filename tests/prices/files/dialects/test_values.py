"""Columns of numbers made plain."""

from __future__ import annotations

import pandas as pd

from eventstudy.prices.files.dialects.catalogue import get_dialect
from eventstudy.prices.files.dialects.values import plain_values


def plain(columns, dialect="generic", delimiter=","):
    return plain_values(
        pd.DataFrame(columns), get_dialect(dialect), delimiter=delimiter, keep=("date",)
    )


def test_plain_numbers_are_let_be():
    columns = {"date": ["-"], "A": ["1.5"]}
    table, said = plain(columns)
    assert (table.to_dict("list"), said) == (columns, [])


def test_what_was_done_is_said():
    table, said = plain({"date": ["NA"] * 2, "A": ["$1,234.50", "NA"], "volume": ["1.5K", ""]})
    assert table["A"].tolist() == ["1234.50", ""]
    assert table["volume"].tolist() == ["1500", ""]
    assert table["date"].tolist() == ["NA", "NA"]
    assert said == [
        "1 cell with a code for empty (NA, null, - ...)",
        "a currency sign was taken off",
        "commas stand between thousands",
    ]


def test_the_style_of_a_dialect_holds_where_nothing_else_tells():
    assert plain({"A": ["39,569"]}, "twse")[0]["A"].tolist() == ["39569"]
    assert plain({"A": ["52,180"]}, "krx")[0]["A"].tolist() == ["52180"]
    assert plain({"A": ["39,569"]})[0]["A"].tolist() == ["39,569"]
    assert plain({"A": ["39,569"]}, delimiter=";")[0]["A"].tolist() == ["39.569"]
