from __future__ import annotations

import datetime as dt

import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.io.addresses import check_address
from eventstudy.markets.market import get_market, is_currency_pair
from eventstudy.prices.fixings.known import fixing_sources, market_of, questions

SOURCES = fixing_sources()


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_every_source_says_where_when_and_what(name):
    source = SOURCES[name]
    assert check_address(source.address) == source.address
    assert source.published
    assert source.source
    assert source.markets_text
    assert (source.close is None) == (source.timezone is None)


def test_every_series_of_fred_is_a_pair_quoted_as_it_says():
    for pair, symbol in SOURCES["fred"].series.items():
        assert is_currency_pair(pair)
        # DEXUSxx is dollars for a unit of xx, DEXxxUS units of xx for a dollar
        assert symbol.startswith("DEXUS") == pair.endswith("USD")


def test_a_market_closes_when_its_fixing_is_made():
    yen = market_of("JPY", SOURCES["frankfurter"])
    assert (yen.close, yen.timezone, yen.inverse) == ("14:15", "Europe/Berlin", True)
    yuan = market_of("CNY", SOURCES["cfets"])
    assert (yuan.series, yuan.inverse, yuan.up) == ("USDCNY", True, "stronger CNY")
    assert market_of("USD/CNY", SOURCES["fred"]).name == "USDCNY"
    assert market_of("taiex", SOURCES["twse"]) == get_market("TWII")


def test_the_opposite_quote_is_named_and_a_pair_of_one_currency_is_none():
    with pytest.raises(SpecificationError, match="AUDUSD, the quote the other way round"):
        market_of("USDAUD", SOURCES["fred"])
    assert SOURCES["frankfurter"].symbol("USDUSD") is None


def test_a_market_declared_with_another_moment_is_refused():
    own = {"USDJPY": get_market("USDJPY")}
    with pytest.raises(SpecificationError, match="are of 12:00 America/New_York; write close"):
        market_of("USDJPY", SOURCES["fred"], own)


def test_questions_are_as_long_as_a_source_answers():
    spans = questions(SOURCES["cfets"], dt.date(2023, 1, 1), dt.date(2025, 1, 1))
    assert spans[0][0] == dt.date(2023, 1, 1)
    assert spans[-1][1] == dt.date(2025, 1, 1)
    assert all((last - first).days < 365 for first, last in spans)
    months = questions(SOURCES["twse"], dt.date(2024, 12, 31), dt.date(2025, 1, 1))
    assert [first for first, _ in months] == [dt.date(2024, 12, 1), dt.date(2025, 1, 1)]
