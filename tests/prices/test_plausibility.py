"""Plausible sizes of returns and levels of currencies."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.markets.market import Market, get_market, load_markets
from eventstudy.prices.plausibility import (
    daily_sizes,
    odd_quote,
    quote_range,
    spacing_factor,
    turned_quote_remedy,
)

DAYS = np.arange("2024-01-01", "2024-12-31", dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("name", "typical"),
    [("USDCNH", 0.02), ("cnh=x", 0.02), ("AUD", 0.02), ("^N225", 0.05), ("VIX", 0.4), ("?", 0.1)],
)
def test_a_name_tells_the_class(name, typical):
    assert daily_sizes(name).typical == typical
    assert daily_sizes(name).is_known == (typical != 0.1)


def test_every_currency_has_a_range_and_its_opposite_is_outside():
    for market in load_markets().values():
        if market.calendar != "FX":
            continue
        low, high = quote_range(market, DAYS)
        assert low < high
        middle = np.full(3, np.sqrt(low * high))
        assert odd_quote(market, DAYS[:3], middle, is_inverted=False) is None
        if not low < 1 / middle[0] < high:
            assert odd_quote(market, DAYS[:3], 1 / middle, is_inverted=False).is_turned


def test_a_range_is_that_of_the_years():
    audusd = get_market("AUDUSD")
    years = np.array(["2011-01-03", "2012-12-31"], "datetime64[D]")
    assert quote_range(audusd, years) == (0.45, 1.15)
    assert quote_range(audusd, DAYS) == (0.50, 0.98)
    assert quote_range(audusd, years - 15000) is None
    assert quote_range(get_market("N225"), DAYS) is None


def test_a_symbol_of_yahoo_is_the_pair_it_prices():
    market = Market(name="CNH=X", label="", calendar="data", series="CNH=X")
    assert quote_range(market, DAYS) == (5.5, 9.5)


def test_the_remedy_fits_how_the_column_is_used():
    cnh, aud = get_market("CNH"), get_market("AUDUSD")
    assert "name the column USDCNH" in turned_quote_remedy(cnh, "CNH", is_inverted=False)
    assert "name the column CNH" in turned_quote_remedy(cnh, "USDCNH", is_inverted=True)
    assert "inverse = true" in turned_quote_remedy(aud, "AUD", is_inverted=False)
    assert "leave out inverse" in turned_quote_remedy(aud, "AUD", is_inverted=True)


def test_weeks_and_months_are_larger_than_days():
    assert spacing_factor(DAYS[np.is_busday(DAYS)]) == 1.0
    assert spacing_factor(DAYS[::7]) == pytest.approx(2.2, abs=0.05)
    assert spacing_factor(DAYS[::30]) == pytest.approx(4.5, abs=0.1)
