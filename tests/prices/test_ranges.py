"""Ranges and volumes on the sessions of each market."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.markets.market import declare_market
from eventstudy.prices.market_series import MarketSeries
from eventstudy.prices.panel import PricePanel
from eventstudy.prices.ranges import bars_on_sessions
from eventstudy.prices.returns import build_returns

DAYS = pd.to_datetime(["2025-05-01", "2025-05-02", "2025-05-05"])
MARKETS = [declare_market(name, {"calendar": "data"}) for name in ("A", "B")]


def series_of(prices):
    return [MarketSeries.between(prices, (m, *prices.locate(m)), *prices.span()) for m in MARKETS]


def panel(content="prices"):
    frame = pd.DataFrame({"A": [10.0, 11.0, 12.0], "B": [5.0, np.nan, 5.0]}, index=DAYS)
    frame = frame if content == "prices" else frame / 1000
    bars = pd.DataFrame(
        {"open": [10.0, 10.0, np.nan], "high": [10.0, 12.0, 13.0], "low": [10.0, 9.0, 11.0],
         "volume": [100.0, 0.0, 300.0]},
        index=DAYS,
    )  # fmt: skip
    prices = PricePanel.from_frame(frame, content=content, calendar="data")
    prices.fields["A"] = bars
    return prices


def test_parkinson_garman_klass_and_volume_by_hand():
    prices = panel()
    series = series_of(prices)
    bars = bars_on_sessions(prices, series, build_returns(prices, series), benchmark=series[0])
    span, body = np.log(12.0 / 9.0), np.log(11.0 / 10.0)
    parkinson = np.log(span / np.sqrt(4 * np.log(2)))
    garman_klass = 0.5 * np.log(0.5 * span**2 - (2 * np.log(2) - 1) * body**2)
    # a range or a volume of 0 has no logarithm; it is counted
    assert np.isnan(bars.values["parkinson"][0, 0])
    assert bars.values["parkinson"][0, 1] == pytest.approx(parkinson)
    assert bars.values["garman_klass"][0, 1] == pytest.approx(garman_klass)
    assert np.isnan(bars.values["garman_klass"][0, 2])  # no open
    assert bars.values["volume"][0, [0, 2]] == pytest.approx(np.log([100.0, 300.0]))
    assert {name: count.tolist() for name, count in bars.n_zero.items()} == {
        "parkinson": [1, 0], "garman_klass": [1, 0], "volume": [1, 0],
    }  # fmt: skip
    # a column without bars has none, on its own two sessions
    assert all(np.isnan(values[1]).all() for values in bars.values.values())
    assert bars.market_volume[1, :2] == pytest.approx(np.log([100.0, 300.0]))


def test_files_of_returns_have_no_garman_klass_and_no_benchmark_no_volume():
    prices = panel("returns")
    series = series_of(prices)
    returns = build_returns(prices, series)
    bars = bars_on_sessions(prices, series, returns)
    assert np.isnan(bars.values["garman_klass"]).all()
    assert np.isfinite(bars.values["parkinson"][0, 1:]).all()
    assert bars.market_volume is None
    assert bars_on_sessions(prices, series, returns, benchmark=series[1]).market_volume is None
