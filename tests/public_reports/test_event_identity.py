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
from eventstudy.exceptions import SchemaError

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
        f"events: column {column!r} read as markets: 3 events on 3 markets"
    ]
    assert set(results.dropped["stage"]) == {"market"}


def test_a_mistyped_firm_is_an_error_and_not_every_firm(prices):
    with pytest.raises(SchemaError) as caught:
        fit("ticker", ["AAPL", "MSTF", "14593"], prices)
    assert str(caught.value) == (
        "events row 3: event b: ticker names unknown market 'MSTF'; did you mean 'MSFT'?"
    )
