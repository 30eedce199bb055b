"""Buy-and-hold abnormal returns against loops and statsmodels."""

from __future__ import annotations

import math

import numpy as np
import oracle
import oracle_units
import pandas as pd
import pytest
import studies
from scipy import stats

from eventstudy import ConstantMean, Events, EventStudy, PricePanel
from eventstudy.exceptions import SpecificationError

NAMES = ("bhar_t", "bhar_skewness_adjusted_t", "bhar_portfolio_t")
WINDOWS = ((0, 0), (-1, 1), (-3, 5))
CLOSE = {"rel": 1e-9, "abs": 1e-12, "nan_ok": True}


def bhars(case, window):
    """BHAR of every pair that has one, by the place of the pair."""
    found = {i: oracle.car(case, i, window)["bhar"] for i in oracle.counted(case, window)}
    return {i: value for i, value in found.items() if not math.isnan(value)}


def t_of(values):
    n, mean = len(values), sum(values) / len(values)
    sd = math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1))
    return math.sqrt(n) * mean / sd, mean, sd


def expected_statistic(case, window, name):
    by_pair = bhars(case, window)
    values = list(by_pair.values())
    n = len(values)
    if name == "bhar_portfolio_t":
        portfolios = [
            [by_pair[i] for i in pairs if i in by_pair]
            for pairs in oracle_units.portfolio_units(case, window)
        ]
        means = [sum(part) / len(part) for part in portfolios if part]
        if len(means) < 2:
            return math.nan, len(means) - 1
        return t_of(means)[0], len(means) - 1
    t, mean, sd = t_of(values)
    if name == "bhar_t":
        return t, n - 1
    s = mean / sd
    g = sum((v - mean) ** 3 for v in values) / (n * sd**3)
    return math.sqrt(n) * (s + g * s**2 / 3 + g**2 * s**3 / 27 + g / (6 * n)), n - 1


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("dates", ["dispersed", "common", "partial", "one_security"])
@pytest.mark.parametrize("model", ["market_model", "constant_mean"])
def test_bhar_statistics_are_those_of_a_plain_loop(dates, model):
    case, daily = studies.random_study(11, dates=dates, model=model)
    results = studies.fitted(case, daily, statistics=NAMES)
    for window in WINDOWS:
        values = list(bhars(case, window).values())
        for name in NAMES:
            (row,) = results.test(name, window).to_dict("records")
            statistic, df = expected_statistic(case, window, name)
            where = (name, window)
            assert row["estimate"] == pytest.approx(np.mean(values), **CLOSE), where
            assert row["statistic"] == pytest.approx(statistic, **CLOSE), where
            if math.isnan(statistic):
                assert row["note"].startswith("not available: "), where
                continue
            assert row["df"] == df, where
            assert row["pvalue"] == pytest.approx(2 * stats.t.sf(abs(statistic), df), **CLOSE)


def test_interval_of_bhar_t_surrounds_the_mean_bhar_and_not_the_mean_car():
    case, daily = studies.random_study(12)
    results = studies.fitted(case, daily, statistics=("bhar_t", "cross_sectional_t"))
    window = (-3, 5)
    (row,) = results.test("bhar_t", window).to_dict("records")
    (other,) = results.test("cross_sectional_t", window).to_dict("records")
    low, high = stats.t.interval(0.95, row["df"], row["estimate"], row["std_error"])
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((low, high), rel=1e-10)
    assert abs(row["estimate"] - other["estimate"]) > 1e-6


def test_one_sided_bhar_t_is_half_of_the_two_sided_one_on_its_side():
    case, daily = studies.random_study(13)
    results = studies.fitted(case, daily, statistics=("bhar_t",))
    (both,) = results.test("bhar_t", (-1, 1)).to_dict("records")
    (up,) = results.test("bhar_t", (-1, 1), alternative="greater").to_dict("records")
    half = both["pvalue"] / 2
    assert up["pvalue"] == pytest.approx(half if both["statistic"] > 0 else 1 - half, rel=1e-12)


def test_log_returns_refuse_a_bhar_in_the_study_and_in_a_later_question():
    with pytest.raises(SpecificationError, match="bhar_t compounds simple returns"):
        EventStudy(statistics=("bhar_t",), kind="log")
    case, daily = studies.random_study(14)
    results = studies.fitted(case, daily, statistics=("cross_sectional_t",), kind="log")
    for name in NAMES:
        (row,) = results.test(name, (0, 0)).to_dict("records")
        assert math.isnan(row["statistic"])
        assert "a buy-and-hold return compounds simple returns" in row["note"]


@pytest.mark.slow
def test_shared_dates_make_bhar_t_reject_and_leave_bhar_portfolio_t_in_its_band():
    """Four markets that correlate 0.5 on 12 dates, 120 true nulls."""
    rng = np.random.default_rng(5)
    dates = pd.bdate_range("2020-01-01", periods=420)
    names = ["A", "B", "C", "D"]
    days = np.sort(rng.choice(np.arange(130, 410, 5), 12, replace=False))
    events = Events.from_frame(
        pd.DataFrame({"event_id": [f"E{d}" for d in days], "date": dates[days]})
    )
    rejected = {"bhar_t": 0, "bhar_portfolio_t": 0}
    for _ in range(120):
        common = rng.standard_normal((420, 1))
        noise = 0.01 * (math.sqrt(0.5) * common + math.sqrt(0.5) * rng.standard_normal((420, 4)))
        panel = PricePanel.from_frame(
            pd.DataFrame(noise, index=dates, columns=names), content="returns", calendar="data"
        )
        study = EventStudy(
            markets=names, model=ConstantMean(), estimation_window=(-120, -11),
            event_window=(0, 2), car_windows=[(0, 2)], statistics=tuple(rejected), draws=0,
            date_only="same", calendar="data", min_obs=60,
        )  # fmt: skip
        rows = study.fit(events, panel).statistics.query("measure == 'car'")
        for name, p in zip(rows["name"], rows["pvalue"], strict=True):
            rejected[name] += p <= 0.05
    assert rejected["bhar_t"] > 14  # 12 %
    assert rejected["bhar_portfolio_t"] <= 14  # 11.7 % is 3.4 standard errors above 5 %
