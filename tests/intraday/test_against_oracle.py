"""Intraday numbers derived a second time: plain loops, scipy, statsmodels, the daily engine."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from small_intraday_study import level_oracle, make_bars, oracle, returns_by_day

from eventstudy import (
    ConstantMean,
    Events,
    EventStudy,
    IntradayStudy,
    PricePanel,
)

ZONE = "America/New_York"
WINDOW, WINDOWS = (-60, 120), ((0, 30), (0, 120), (-60, 0))


def clocks_of(news, minutes=30):
    local = pd.Timestamp(news).tz_convert(ZONE)
    at = (local.hour * 60 + local.minute) // minutes * minutes
    return list(range(at - 60, at + 120, minutes)), local.date()


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("missing", [0.0, 0.12])
def test_every_number_of_a_pair_with_bars_missing(seed, missing):
    frame = make_bars(missing=missing, seed=seed)
    news = ["2025-03-20T12:40-04:00", "2025-04-02T11:00-04:00"]
    events = pd.DataFrame({"event_id": ["A", "B"], "published_at": news})
    study = IntradayStudy(window=WINDOW, windows=WINDOWS, market="SPX")
    results = study.fit(events, frame)
    days = returns_by_day(frame, "AAA", minutes=30)
    claimed = set()
    for time in news:
        clocks, date = clocks_of(time)
        claimed |= {(date, k) for k in clocks}
    for name, time in zip("AB", news, strict=True):
        clocks, date = clocks_of(time)
        bars = results.abnormal_returns
        bars = bars[bars["event_id"] == name].reset_index(drop=True)
        for window, (first, last) in zip(WINDOWS, ((2, 3), (2, 6), (0, 2)), strict=True):
            truth = oracle(days, date, clocks, slice(first, last), masked=claimed - {(date, None)})
            row = results.car.query("event_id == @name and window_start == @window[0]")
            row = row[row["window_end"] == window[1]].iloc[0]
            if truth is None:
                assert math.isnan(row["car"])
                continue
            for key in ("car", "std_error", "t", "df", "pvalue"):
                assert row[key] == pytest.approx(truth[key], rel=1e-9, abs=1e-14), key
            for at, clock in enumerate(clocks):
                expected = truth["ar"].get(clock, math.nan)
                assert bars["abnormal_return"][at] == pytest.approx(expected, nan_ok=True)
                spread = math.sqrt(truth["variance"].get(clock, math.nan))
                assert bars["std_error"][at] == pytest.approx(spread, nan_ok=True)
                assert bars["n_days"][at] == truth["n"][clock]
            every = sorted({k for seen in days.values() for k in seen})
            level = level_oracle(days, truth["days"], date, clocks[first], every)
            assert row["level"] == pytest.approx(level, rel=1e-9)
            assert row["scaled_t"] == pytest.approx(truth["t"] / level, rel=1e-9)
        at_event = results.days.query("event_id == @name and role == 'estimation'")
        assert [stamp.date() for stamp in at_event["session"]] == truth["days"]


@pytest.mark.slow
def test_the_placebo_p_value_ranks_the_pair_among_all_other_days():
    frame = make_bars(missing=0.05, seed=4)
    news = "2025-03-25T12:10-04:00"
    study = IntradayStudy(window=WINDOW, windows=WINDOWS, market="SPX")
    results = study.fit(news, frame)
    days = returns_by_day(frame, "AAA", minutes=30)
    clocks, date = clocks_of(news)
    claimed = {(date, k) for k in clocks}
    every = sorted({k for seen in days.values() for k in seen})
    for window, (first, last) in zip(WINDOWS, ((2, 3), (2, 6), (0, 2)), strict=True):
        z = {}
        for day in sorted(days):
            expected_day = oracle(days, day, clocks, slice(first, last), masked=claimed)
            if expected_day is None:
                continue
            level = level_oracle(days, expected_day["days"], day, clocks[first], every)
            if math.isfinite(level):
                z[day] = abs(expected_day["car"] / (expected_day["sigma"] * level))
        others = [value for day, value in z.items() if day != date]
        p = (1 + sum(value >= z[date] for value in others)) / (1 + len(others))
        row = results.car[(results.car["window_start"] == window[0])]
        row = row[row["window_end"] == window[1]].iloc[0]
        assert row["n_placebos"] == len(others) > 40
        assert row["placebo_pvalue"] == pytest.approx(p)
        # and the engine of daily studies, which lists every placement, says the same
        tested = results.statistics.query("name == 'placebo' and window_start == @window[0]")
        tested = tested[tested["window_end"] == window[1]].iloc[0]
        assert tested["pvalue"] == pytest.approx(p)
        assert tested["n_draws"] == len(others) + 1
        assert tested["effect"] == pytest.approx(math.copysign(z[date], row["car"]))


def test_placebo_days_have_as_many_days_as_the_pair():
    frame = make_bars(missing=0.05, seed=14)
    news = "2025-02-21T12:10-05:00"
    results = IntradayStudy(window=WINDOW, windows=((0, 120),), market="SPX").fit(news, frame)
    row = results.car.iloc[0]
    assert row["n_days"] == 13
    assert "13 of the 20 days" in results.alignment["note"].iloc[0]
    days = returns_by_day(frame, "AAA", minutes=30)
    clocks, date = clocks_of(news)
    claimed = {(date, k) for k in clocks}
    every = sorted({k for seen in days.values() for k in seen})
    z = {}
    for day in sorted(days):
        expected_day = oracle(days, day, clocks, slice(2, 6), masked=claimed, n_days=13)
        level = level_oracle(days, expected_day["days"], day, clocks[2], every)
        if math.isfinite(level):
            z[day] = abs(expected_day["car"] / (expected_day["sigma"] * level))
    others = [value for day, value in z.items() if day != date]
    assert row["n_placebos"] == len(others)
    p = (1 + sum(value >= z[date] for value in others)) / (1 + len(others))
    assert row["placebo_pvalue"] == pytest.approx(p)


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_the_market_model_is_one_slope_and_an_intercept_of_each_clock_time(missing):
    frame = make_bars(names=("AAA", "BBB"), missing=missing, seed=6)
    news = "2025-03-26T11:30-04:00"
    study = IntradayStudy(
        window=WINDOW, windows=WINDOWS, market="SPX", model="market_model", benchmark="BBB"
    )
    results = study.fit(news, frame)
    assert list(results.alignment["security"]) == ["AAA"]
    own, other = (returns_by_day(frame, name, minutes=30) for name in ("AAA", "BBB"))
    clocks, date = clocks_of(news)
    truth = oracle(own, date, clocks, slice(2, 6), factor=other, masked={(date, k) for k in clocks})
    row = results.car.query("window_start == 0 and window_end == 120").iloc[0]
    for key in ("car", "std_error", "t", "df"):
        assert row[key] == pytest.approx(truth[key], rel=1e-9)
    # the slope and its clustered variance by statsmodels
    cells = [
        (d, k, own[d][k], other[d][k])
        for d in truth["days"]
        for k in clocks
        if k in own[d] and k in other.get(d, {})
    ]
    table = pd.DataFrame(cells, columns=["day", "clock", "y", "x"])
    design = pd.get_dummies(table["clock"]).astype(float).assign(x=table["x"])
    fit = sm.OLS(table["y"], design).fit(
        cov_type="cluster",
        cov_kwds={"groups": pd.factorize(table["day"])[0], "use_correction": False},
    )
    assert fit.params["x"] == pytest.approx(truth["beta"], rel=1e-9)
    assert results.alignment["beta"].iloc[0] == pytest.approx(truth["beta"], rel=1e-9)
    m = table["day"].nunique()
    series_variance = fit.bse["x"] ** 2 * m / (m - 1)
    at = clocks[2]
    if at in own[date] and at in other[date]:
        x_mean = table.loc[table["clock"] == at, "x"].mean()
        seen = table[table["clock"] == at]
        residual = seen["y"] - fit.predict(design.loc[seen.index])
        n, k = len(seen), len(table)
        freedom = k - len(clocks)
        s2 = (residual**2).sum() / (n - 1) * freedom / (freedom - 1)
        expected = s2 * (1 + 1 / n) + (other[date][at] - x_mean) ** 2 * series_variance
        error = results.abnormal_returns.query("minute == 0")["std_error"].iloc[0]
        assert error**2 == pytest.approx(expected, rel=1e-8)


def test_a_window_is_a_daily_study_of_its_own_sums():
    """Without missing bars the t of a window is that of a constant mean on one value a day."""
    frame = make_bars(seed=8)
    news = "2025-04-03T12:00-04:00"
    results = IntradayStudy(window=(0, 120), windows=((0, 120),), market="SPX").fit(news, frame)
    days = returns_by_day(frame, "AAA", minutes=30)
    clocks = [720, 750, 780, 810]
    sums = pd.Series({
        pd.Timestamp(d): sum(seen[k] for k in clocks) for d, seen in sorted(days.items())
    })  # fmt: skip
    dates = pd.DatetimeIndex(sums.index)
    panel = PricePanel.from_frame(
        pd.DataFrame({"AAA": sums.to_numpy()}, index=dates), content="returns"
    )
    study = EventStudy(
        markets=("AAA",), model=ConstantMean(), estimation_window=(-20, -1), event_window=(0, 0),
        car_windows=((0, 0),), min_obs=20, date_only="same", calendar="data", max_loss=1.0,
        draws=0,
    )  # fmt: skip
    events = pd.DataFrame({"event_id": ["news"], "date": ["2025-04-03"]})
    daily = study.fit(Events.from_frame(events), panel).car.iloc[0]
    row = results.car.iloc[0]
    for key in ("car", "std_error", "t", "df", "pvalue"):
        assert row[key] == pytest.approx(daily[key], rel=1e-9), key
    # and by hand
    before = sums[sums.index < pd.Timestamp("2025-04-03")].iloc[-20:]
    t = (sums[pd.Timestamp("2025-04-03")] - before.mean()) / (before.std() * np.sqrt(1 + 1 / 20))
    assert row["t"] == pytest.approx(t)
    assert row["pvalue"] == pytest.approx(2 * stats.t.sf(abs(t), 19))


def test_statistics_of_several_events_are_those_of_daily_sums():
    """portfolio_t of one pair a date: mean z over its spread, by hand; groups by column."""
    frame = make_bars(names=("AAA", "BBB"), end="2025-06-30", seed=9)
    times = [f"2025-{md}T12:05-04:00" for md in ("03-20", "04-08", "05-06", "05-28", "06-17")]
    events = pd.DataFrame({
        "event_id": list("ABCDE"), "published_at": times, "kind": ["x", "y", "x", "y", "x"],
        "markets": "AAA",
    })  # fmt: skip
    names = ("placebo", "portfolio_t", "cross_sectional_t", "bmp", "sign_exact")
    study = IntradayStudy(market="SPX", statistics=names, by=("kind",), draws=199)
    results = study.fit(events, frame)
    assert set(results.dropped["stage"]) == {"market"}
    for window in ((0, 15), (0, 60)):
        rows = results.car[results.car["window_end"] == window[1]]
        car, scar = rows["car"].to_numpy(), (rows["car"] / rows["std_error"]).to_numpy()
        tested = results.statistics[results.statistics["window_end"] == window[1]]
        tested = tested[tested["group"] == "all"].set_index("name")
        assert tested["n_pairs"].eq(5).all()
        t = np.sqrt(5) * car.mean() / car.std(ddof=1)
        assert tested.loc["cross_sectional_t", "statistic"] == pytest.approx(t)
        assert tested.loc["cross_sectional_t", "pvalue"] == pytest.approx(2 * stats.t.sf(abs(t), 4))
        z = np.sqrt(5) * scar.mean() / scar.std(ddof=1)
        assert tested.loc["bmp", "statistic"] == pytest.approx(z)
        assert tested.loc["portfolio_t", "statistic"] == pytest.approx(z)
        assert tested.loc["sign_exact", "pvalue"] == pytest.approx(
            stats.binomtest(int((car > 0).sum()), 5).pvalue
        )
        effect = (rows["scaled_t"] * rows["std_error"]).to_numpy()
        assert np.sign(tested.loc["placebo", "effect"]) == np.sign(
            (effect / rows["std_error"]).mean()
        )
        assert tested.loc["placebo", "n_draws"] == 199
    assert set(results.statistics["group"]) == {"all", "kind=x", "kind=y"}
    own = results.statistics.query("group == 'kind=y' and name == 'placebo'")
    assert list(own["n_events"]) == [2, 2]


def test_dates_are_those_of_the_market_not_of_greenwich():
    assert dt.date(2025, 4, 3) == clocks_of("2025-04-03T23:00+00:00")[1]
