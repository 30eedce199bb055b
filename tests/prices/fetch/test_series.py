"""The price columns that markets need, and the rows to read for their sessions."""

from __future__ import annotations

import datetime as dt

import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.markets.market import Market, get_market
from eventstudy.prices.fetch.series import row_span, series_of

FIRST, LAST = dt.date(2025, 5, 1), dt.date(2025, 5, 2)


def test_a_column_is_needed_once_however_its_market_is_called():
    series = series_of(["CNH", "USDCNH", " N225 ", get_market("N225")])
    assert [(one.name, one.symbol, one.is_fx) for one in series] == [
        ("USDCNH", "CNH=X", True), ("N225", "^N225", False),
    ]  # fmt: skip


def test_markets_without_a_symbol_or_with_two_are_refused():
    with pytest.raises(SpecificationError, match="no market to fetch"):
        series_of([])
    with pytest.raises(SpecificationError, match="TOPIX has no symbol at Yahoo"):
        series_of(["TOPIX"])
    both = [Market(name=name, label="X", calendar="XTKS", series="X", yahoo=name) for name in "AB"]
    with pytest.raises(SpecificationError, match=r"column X would come from A \(A\) and from B"):
        series_of(both)


def test_a_currency_needs_rows_before_and_behind_its_sessions():
    currency, index = series_of(["CNH", "N225"])
    assert row_span(index, FIRST, LAST, "1d") == (FIRST, LAST)
    assert row_span(currency, FIRST, LAST, "1h") == (FIRST, LAST)
    assert row_span(currency, FIRST, LAST, "1d") == (dt.date(2025, 1, 1), dt.date(2025, 5, 9))
