"""The dialects, and which of them a head shows."""

from __future__ import annotations

import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.prices.files.dialects.catalogue import (
    GENERIC,
    date_columns,
    dialects,
    get_dialect,
    level_rows,
    mnemonic_row,
    name_and_code_rows,
    recognised,
    sentence_of,
)

TABLES = [(d, head) for d in dialects().values() for head in d.heads if not d.is_whole]


@pytest.mark.parametrize(("dialect", "head"), TABLES, ids=lambda x: getattr(x, "name", ""))
def test_a_head_shows_its_own_dialect(dialect, head):
    """Also below a line of a title and with another column beside it."""
    rows = [["Some title"], [*(name.upper() for name in sorted(head)), "Further"], ["x"]]
    shown = recognised(rows)
    assert shown is not None
    assert shown.name == dialect.name or head <= set().union(*shown.heads)


def test_every_dialect_says_what_it_is():
    known = {"date", "time", "security", "period", "close", "adj_close", "open", "high", "low",
             "volume", "return", "adj_open", "adj_high", "adj_low"}  # fmt: skip
    for dialect in dialects().values():
        assert dialect.title
        assert dialect.source
        assert set(dialect.fields) <= known
        assert dialect.dates in {"", "dmy", "mdy", "ymd", "minguo"}
        assert dialect.name in sentence_of(dialect)
        if dialect.heads:
            names = {name for names in dialect.fields.values() for name in names}
            assert any(head & set(dialect.fields["date"]) for head in dialect.heads)
            assert names


@pytest.mark.parametrize(
    "header", [["date", "SPX", "N225"], ["date", "security", "close"], ["Date", "Close"],
               ["Date", "Open", "High", "Low", "Close", "Adj Close", "Volume"]],
)  # fmt: skip
def test_the_layouts_of_the_package_are_no_vendors(header):
    assert recognised([header, ["2024-04-22", *"1" * (len(header) - 1)]]) is None


def test_an_unknown_name_has_a_nearest():
    assert get_dialect(GENERIC).name == GENERIC
    with pytest.raises(SpecificationError, match="did you mean 'tradingview'"):
        get_dialect("tradingviev")


def test_shapes():
    pairs = [["A Index", "", "B Index", ""], ["Date", "PX_LAST", "Date", "PX_LAST"]]
    assert date_columns(pairs) == (1, [0, 2])
    assert recognised(pairs).name == "bloomberg"
    side = [["Dates", "A Index"], ["", "PX_LAST"]]
    assert (date_columns(side), mnemonic_row(side)) == (None, 1)
    assert name_and_code_rows([["Name", "A"], ["Code", "B"], ["2024-04-22", "1"]]) == (0, 2)
    assert name_and_code_rows([["Name", "A"], ["2024-04-22", "1"]]) is None
    levels = [["Price", "Close"], ["Ticker", "A"], ["Date", ""]]
    assert level_rows(levels) == (0, 1, 2)
    assert level_rows([levels[1], levels[0], levels[2]]) == (1, 0, 2)
    assert level_rows([["date", "close"], ["2024-04-22", "1"]]) is None
    assert recognised([["20250303 093000", "1", "1", "1", "1", "0"]]).name == "histdata"
    assert recognised([["2024.04.22", "00:00", "1", "1", "1", "1", "0"]]).name == "metatrader4"
