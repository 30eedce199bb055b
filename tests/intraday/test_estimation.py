"""What is normal at a clock time: estimation days, the pattern of the day, variance."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_intraday_study import fit, make_bars

from eventstudy import (
    IntradayBars,
    IntradayStudy,
)
from eventstudy.intraday.estimation import estimate_window, pattern, sum_window
from eventstudy.intraday.grid import make_grid, market_of

ZONE = "America/New_York"


@pytest.mark.parametrize("mask", [True, False])
def test_a_window_longer_than_a_session_says_nothing_about_itself(mask):
    # Its place on the day before reaches into the day of the news.
    frame = make_bars(start="2025-02-03", end="2025-04-30")
    news = pd.Timestamp("2025-04-03T14:10Z")
    moved = frame.copy()
    after = moved["timestamp"] >= news.floor("30min")
    moved.loc[after, ["open", "high", "low", "close"]] *= np.exp(
        0.02 * np.random.default_rng(1).normal(size=int(after.sum()))
    )[:, None]
    results, moved_results = (
        fit(str(news.isoformat()), bars, window=(0, 600), windows=((0, 600),), mask_events=mask)
        for bars in (frame, moved)
    )
    for column in ("normal_return", "std_error", "n_days"):
        assert moved_results.abnormal_returns[column].to_numpy() == pytest.approx(
            results.abnormal_returns[column].to_numpy(), nan_ok=True
        )
    assert list(results.abnormal_returns["n_days"]) == [20] * 7 + [20] * 6 + [19] * 7
    assert results.days["bars"].iloc[-1] == 13


def test_the_pattern_gives_back_a_product_of_level_and_pattern():
    rng = np.random.default_rng(0)
    level, shape = np.exp(rng.normal(size=15)), 1 + np.linspace(-1, 1, 9) ** 2
    shape /= shape.mean()
    exact = np.sqrt(level[:, None] * shape)
    mean, q = pattern(exact)
    assert mean == pytest.approx(level.mean())
    assert q == pytest.approx(shape)
    # the level of days cut short allows for the clock times they have
    exact[:5, 5:] = np.nan
    mean, q = pattern(exact)
    first = mean / level.mean()
    assert first == pytest.approx(1.0, abs=0.1)
    never = exact.copy()
    never[:, 2] = np.nan
    assert np.isnan(pattern(never)[1][2])


def test_rough_days_of_a_series_do_not_draw_the_pattern():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(20, 10))
    mean, q = pattern(values)
    rough = values.copy()
    rough[7] *= 50
    assert pattern(rough)[1] == pytest.approx(q)
    assert pattern(rough)[0] > 10 * mean


def test_a_bar_that_never_moves_has_no_variance_and_no_abnormal_return():
    frame = make_bars(seed=2)
    noon = frame["timestamp"].dt.tz_convert(ZONE).dt.strftime("%H:%M") == "12:00"
    before = frame["close"].shift(1)
    flat = noon & before.notna()
    frame.loc[flat, ["open", "close"]] = np.column_stack([before[flat], before[flat]])
    frame.loc[flat, "high"] = before[flat] * 1.0001
    frame.loc[flat, "low"] = before[flat] * 0.9999
    results = IntradayStudy(window=(-30, 60), windows=((0, 30), (0, 60)), market="SPX").fit(
        "2025-04-03T12:00-04:00", frame
    )
    bars = results.abnormal_returns.set_index("minute")
    assert math.isnan(bars.loc[0, "abnormal_return"])
    assert math.isnan(results.car.set_index("window_end").loc[30, "car"])
    assert results.car.set_index("window_end").loc[60, "n_bars"] == 1


@pytest.mark.parametrize("factor", [1e-4, 250.0])
def test_t_does_not_depend_on_the_unit_of_returns(factor):
    from eventstudy.intraday.pipeline import make_series

    bars = IntradayBars.from_frame(make_bars(missing=0.1, seed=5))
    grid, _, _ = make_grid(
        bars, "AAA", market_of("AAA", "SPX"), hours="regular", overnight="exclude", kind="log"
    )
    zero, columns = np.zeros(4, dtype=int), np.arange(3, 7)
    series = make_series(grid, zero, columns, None, None)
    days = np.arange(10, 30)
    total = sum_window(estimate_window(series, 31, days, 8), slice(0, 4))
    from dataclasses import replace

    scaled = replace(series, returns=series.returns * factor, masked=series.masked * factor)
    scaled_total = sum_window(estimate_window(scaled, 31, days, 8), slice(0, 4))
    assert scaled_total.car / scaled_total.std_error == pytest.approx(total.car / total.std_error)
    assert scaled_total.sigma == pytest.approx(total.sigma * factor)


def test_size_is_exact_for_normal_bars_with_any_pattern():
    """p-values of true nulls are uniform: t(M-1) holds whatever the pattern inside the day."""
    rng = np.random.default_rng(11)
    sd = np.array([4.0, 2.0, 1.0, 1.0, 3.0])
    hits, total = 0, 1500
    for _ in range(total):
        draws = rng.normal(size=(21, 5)) * sd
        before, own = draws[:20], draws[20]
        e = before - before.mean(axis=0)
        weight = np.sqrt((1 + 1 / 20) / 19)
        v = ((e * weight).sum(axis=1) ** 2).sum()
        t = (own - before.mean(axis=0)).sum() / np.sqrt(v)
        hits += 2 * stats.t.sf(abs(t), 19) < 0.05
    assert abs(hits / total - 0.05) < 3 * np.sqrt(0.05 * 0.95 / total)
