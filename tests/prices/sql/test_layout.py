"""Which column of a result is which."""

from __future__ import annotations

import datetime as dt

import pytest

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.prices.sql.layout import (
    check_renamed,
    find_layout,
    may_be_renamed,
    no_rows_message,
    read_bound,
)


def layout_of(*keys, columns=None, content="prices", securities=None):
    return find_layout("p", keys, columns or {}, content, securities)


def test_long_columns_are_found_in_any_case_and_by_the_names_given():
    layout = layout_of("DATE", "Security", "close", "Volume", "note")
    assert (layout.date, layout.security, layout.is_long) == ("DATE", "Security", True)
    assert (layout.numbers, layout.number_columns) == (("close", "volume"), ("close", "Volume"))
    layout = layout_of("caldt", "permno", "prc", columns={
        "date": "caldt", "security": "permno", "close": "prc",
    })  # fmt: skip
    assert (layout.numbers, layout.number_columns) == (("close",), ("prc",))


def test_returns_have_their_own_column_or_the_close():
    assert layout_of("date", "security", "return", "close", content="returns").numbers == (
        "return",
    )
    assert layout_of("date", "security", "close", content="returns").numbers == ("close",)


def test_wide_columns_are_all_the_mapped_or_the_securities_asked_for():
    keys = ("date", "A", "b")
    assert layout_of(*keys).numbers == ("A", "b")
    assert not layout_of(*keys).is_long
    assert layout_of(*keys, securities=("B", "X")).numbers == ("b",)
    assert layout_of(*keys, securities=("X",)).numbers == ("A", "b")
    mapped = layout_of(*keys, columns={"MKT": "b"})
    assert (mapped.numbers, mapped.number_columns) == (("MKT",), ("b",))


@pytest.mark.parametrize(
    ("keys", "columns", "message"),
    [
        (("date", "A", "A"), {}, "column 'A' is there twice"),
        (("day", "A"), {}, "no column 'date'"),
        (("date",), {}, "no column besides the date"),
        (("date", "security", "price"), {}, "no column 'close'"),
        (("date", "A"), {"MKT": "AA"}, "no column 'AA'"),
    ],
)
def test_columns_that_are_missing_or_there_twice(keys, columns, message):
    with pytest.raises(SchemaError, match=message):
        layout_of(*keys, columns=columns)


def test_a_column_that_the_engine_has_renamed_is_there_twice():
    assert may_be_renamed(("date", "A", "A:1"))
    assert may_be_renamed(("date", "A", "a_2"))
    assert not may_be_renamed(("date", "A_1", "B"))
    check_renamed("p", ("date", "A", "A_1"), ("date", "A", "A_1"))
    with pytest.raises(SchemaError, match="column 'A' is there twice"):
        check_renamed("p", ("date", "A", "A_1"), ("date", "A", "A"))


def test_an_unknown_role_names_the_nearest():
    with pytest.raises(SpecificationError, match="unknown column 'vollume'; did you mean 'volume"):
        layout_of("date", "security", "close", "vol", columns={"vollume": "vol"})


def test_bounds_and_the_sentence_without_rows():
    assert read_bound(None, "start") is None
    assert read_bound("2025-05-01", "start") == dt.date(2025, 5, 1)
    with pytest.raises(SpecificationError, match=r"prices\.end"):
        read_bound("May", "end")
    first = dt.date(2025, 5, 1)
    assert no_rows_message("p", list("ABCDEF"), (first, None)) == (
        "p has no rows of A, B, C, D, E ... from 2025-05-01"
    )
    assert no_rows_message("p", None, (None, first)) == "p has no rows to 2025-05-01"
