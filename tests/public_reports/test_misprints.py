"""A misprint is a finding: in a close, a return, a bar; a crash is none.

The reports: ticks outside their own bar in intraday exports (philipperemy/FX-1-Minute-Data issue 2
and the forms beside it); LemaireJean-Baptiste/eventstudy issues 4 and 6 (a wrong unit in one cell,
closes in place of adjusted closes); the real days named below.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from small_intraday_study import NEWS, make_bars

import eventstudy as es
from eventstudy.exceptions import DataError, EventStudyWarning
from eventstudy.prices.panel import PricePanel

pytestmark = pytest.mark.fast_tests(2)

DAYS = pd.bdate_range("2024-01-01", periods=300, name="date")
EVENTS = pd.DataFrame({"event_id": ["a", "b"], "date": ["2024-09-02", "2024-11-04"]})


def returns(seed=1, sd=0.01):
    return np.random.default_rng(seed).normal(0, sd, len(DAYS))


def fit(values, *, name="ABC", content="returns", strict=False, extra=None):
    study = es.EventStudy(
        markets=[name], model=es.ConstantMean(), estimation_window=(-120, -21),
        event_window=(-1, 1), car_windows=[(0, 0)], min_obs=60, date_only="same",
        statistics=["portfolio_t"], calendar="data",
    )  # fmt: skip
    frame = pd.DataFrame({name: values, **(extra or {})}, index=DAYS)
    panel = PricePanel.from_frame(frame, content=content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EventStudyWarning)
        return study.fit(es.Events.from_frame(EVENTS), panel, strict=strict)


def errors(results):
    rows = results.checks[results.checks["severity"] == "error"]
    return rows[["check", "date"]].assign(date=rows["date"].astype(str)).to_numpy().tolist()


AT = DAYS.get_loc("2024-08-05")
DAY0 = DAYS.get_loc("2024-09-02")


@pytest.mark.parametrize("row", [AT, DAY0])
@pytest.mark.parametrize("value", [1.5, 1.2])
def test_one_impossible_return_is_an_error_in_either_window(row, value):
    values = returns()
    values[row] = value
    results = fit(values)
    assert errors(results) == [["outlier", f"{DAYS[row]:%Y-%m-%d}"]]
    assert "STOP" in repr(results)
    with pytest.raises(DataError, match="a misprint, or another unit"):
        fit(values, strict=True)


def test_a_return_times_a_hundred_is_found():
    values = returns()
    values[AT] = 100 * 0.008
    assert errors(fit(values, name="N225")) == [["outlier", "2024-08-05"]]


def test_a_stretch_of_percent_is_an_error():
    values = returns(sd=0.004)
    values[AT : AT + 20] = np.clip(100 * values[AT : AT + 20], -0.95, None)
    assert "percent_returns" in [check for check, _ in errors(fit(values))]


@pytest.mark.parametrize("factor", [100.0, 0.01, 10.0])
def test_a_close_in_another_unit_for_one_day_is_an_error(factor):
    values = 100 * np.exp(np.cumsum(returns()))
    values[AT] *= factor
    assert errors(fit(values, content="prices")) == [["jump_reversal", "2024-08-05"]]


@pytest.mark.parametrize(
    ("name", "value"), [("SPX", -0.205), ("HSI", -0.334), ("EURUSD", -0.17), ("ABC", -0.4)]
)
def test_a_crash_that_happened_is_no_error(name, value):
    # 19 and 26 October 1987, the franc on 15 January 2015, a bad day of one share
    values = returns(sd=0.005)
    values[AT] = value
    results = fit(values, name=name)
    assert errors(results) == []
    assert results.checks["check"].tolist() == ["outlier"]


def test_what_lies_before_the_study_is_none_of_its_findings():
    values = returns()
    values[20] = 1.5
    assert fit(values).checks.empty
    panel = PricePanel.from_frame(pd.DataFrame({"ABC": values}, index=DAYS), content="returns")
    assert es.inspect_prices(panel)["check"].tolist() == ["outlier"]


# -- bars of a trading day -------------------------------------------------------------------------


def bars(wrong=None):
    """Bars with the range they must have, one close of which may be a wrong tick."""
    frame = make_bars()
    top, bottom = frame[["open", "close"]].max(axis=1), frame[["open", "close"]].min(axis=1)
    frame = frame.assign(high=top * 1.0005, low=bottom * 0.9995)
    if wrong is not None:
        at = frame.index[
            pd.to_datetime(frame["timestamp"], utc=True) == pd.Timestamp(NEWS).floor("30min")
        ]
        frame.loc[at, "close"] *= wrong
    return frame


def test_a_close_outside_its_own_bar_moves_nothing():
    study = es.IntradayStudy(market="SPX", days=20, min_days=10)
    right = study.fit(NEWS, bars())
    odd = study.fit(NEWS, bars(wrong=9.0))
    assert odd.checks["check"].tolist() == ["bar_contradiction"]
    reason = "its open or close lies outside its own low and high"
    assert odd.left_out["reason"].tolist() == [reason, *right.left_out["reason"]]
    assert odd.abnormal_returns["return"].abs().max() < 0.05


def test_a_tick_without_a_range_is_said():
    study = es.IntradayStudy(market="SPX", days=20, min_days=10)
    frame = bars(wrong=1.3).drop(columns=["high", "low"])
    with pytest.warns(EventStudyWarning, match="as a wrong tick is"):
        results = study.fit(NEWS, frame)
    assert results.checks["check"].tolist() == ["price_spike"]


def test_a_misprint_in_a_benchmark_that_is_a_mere_column_is_an_error():
    closes = 100 * np.exp(np.cumsum(returns(seed=3)))
    index = 100 * np.exp(np.cumsum(returns(seed=4)))
    index[AT] *= 10
    study = es.EventStudy(
        markets=["ABC"], model=es.MarketModel("INDEX"), estimation_window=(-120, -21),
        event_window=(-1, 1), car_windows=[(0, 0)], min_obs=60, date_only="same",
        statistics=["portfolio_t"],
    )  # fmt: skip
    panel = PricePanel.from_frame(pd.DataFrame({"ABC": closes, "INDEX": index}, index=DAYS))
    with pytest.warns(EventStudyWarning, match="STOP.*INDEX"):
        results = study.fit(es.Events.from_frame(EVENTS), panel)
    assert errors(results) == [["jump_reversal", f"{DAYS[AT]:%Y-%m-%d}"]]
