"""Firm lists name each event's own firm in a column of another name than ``markets``.

The reports: quant.stackexchange.com/questions/60340 (several companies, each its own date); the
example notebook of Darenar/easy-event-study (``ticker``); aolteanu00/ACCN-3290 (``permno``); a
question on PERMNO and EventDate in R.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.events.identity import known_names, with_markets
from eventstudy.exceptions import SchemaError
from eventstudy.markets.market import column_market

FIRMS = ("AAPL", "MSFT", "14593")


@pytest.fixture(scope="module")
def prices():
    """Closes of three firms and an index; each firm rises by 5 % on its own day."""
    days = pd.bdate_range("2023-01-02", periods=260, name="date")
    steps = np.random.default_rng(7).normal(0, 0.005, (len(days), 4))
    for firm in range(3):
        steps[200 + 10 * firm, firm] += 0.05
    closes = 100 * np.exp(np.cumsum(steps, axis=0))
    return es.PricePanel.from_frame(pd.DataFrame(closes, days, [*FIRMS, "SPX"]), calendar="data")


def fit(column, values, prices):
    frame = pd.DataFrame(
        {
            "event_id": ["a", "b", "c"],
            "date": [prices.dates[0][200 + 10 * firm] for firm in range(3)],
            column: values,
        }
    )
    study = es.EventStudy(
        markets=FIRMS,
        model=es.MarketModel("SPX"),
        estimation_window=(-120, -21),
        event_window=(-1, 1),
        car_windows=[(0, 0)],
        statistics=["portfolio_t"],
        date_only="same",
    )
    return study.fit(es.Events.from_frame(frame), prices)


@pytest.mark.parametrize("column", ["ticker", "symbol", "security", "permno", "isin", "Ticker"])
def test_each_event_is_on_its_own_firm(prices, column):
    results = fit(column, ["AAPL", "MSFT", 14593.0], prices)
    assert results.car[["event_id", "security"]].to_numpy().tolist() == [
        ["a", "AAPL"],
        ["b", "MSFT"],
        ["c", "14593"],
    ]
    assert results.car["car"].to_numpy() == pytest.approx([0.05] * 3, abs=0.02)
    assert list(results.assumed) == [
        f"events: column {column!r} read as markets: 3 events on 3 markets",
        'calendar = "data" stands in place of the one SPX (XNYS) is known by',
    ]
    assert set(results.dropped["stage"]) == {"market"}


def test_a_mistyped_firm_is_an_error_and_not_every_firm(prices):
    with pytest.raises(SchemaError) as caught:
        fit("ticker", ["AAPL", "MSTF", "14593"], prices)
    assert str(caught.value) == (
        "events row 3: event b: ticker names unknown market 'MSTF'; did you mean 'MSFT'?"
    )


def test_markets_count_and_a_ticker_that_differs_is_said(prices):
    frame = pd.DataFrame(
        {
            "event_id": ["a", "b"],
            "date": [prices.dates[0][200], prices.dates[0][210]],
            "markets": ["AAPL", ""],
            "ticker": ["AAPL", "MSFT"],
        }
    )
    known = known_names([column_market(name) for name in FIRMS])
    read = with_markets(es.Events.from_frame(frame), known, len(FIRMS))
    assert list(read.frame["markets"]) == [("AAPL",), ()]
    assert read.assumed == (
        "events: column 'ticker' was not used, as 'markets' counts; they differ in 1 event, "
        "1 of them without markets, so on all of them",
    )
