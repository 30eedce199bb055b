"""The tests by a bundle: ours equal those of inference, the others their plain formulas."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import eventstudy as es
from eventstudy.conventions import CONVENTIONS, OURS, Conventions, event_correlation, run_tests
from eventstudy.conventions.bundle import TESTS
from eventstudy.conventions.group_tests import mean_correlation, session_means
from eventstudy.study.by_convention import window_returns

MODELS = {
    "market_model": es.MarketModel("M"),
    "constant_mean": es.ConstantMean(),
    "market_adjusted": es.MarketAdjusted("M"),
    "factor": es.FactorModel(("M", "F")),
}
WINDOW = (-1, 2)
TWINS = [test for test in TESTS if test != "j1"]  # no statistic of ours


@pytest.fixture(scope="module", params=MODELS)
def fitted(request):
    """A study of eight pairs, some returns missing, two of them of the other sign."""
    rng = np.random.default_rng(5)
    days = pd.bdate_range("2021-01-04", periods=220)
    frame = pd.DataFrame(rng.normal(0, 0.01, (220, 6)), index=days, columns=[*"ABCD", "M", "F"])
    for name in "ABCD":
        frame[name] += 0.8 * frame["M"]
    frame.iloc[60, 0] = frame.iloc[151, 1] = np.nan
    events = pd.DataFrame(
        {
            "event_id": ["E1", "E2"],
            "date": days[[150, 152]],
            "markets": ["A;B;C;D", "A;B;C;D"],
            "expected_sign": ["+", "-"],
        }
    )
    study = es.EventStudy(
        markets=tuple("ABCD"), model=MODELS[request.param], estimation_window=(-100, -11),
        event_window=(-2, 3), car_windows=[WINDOW], min_obs=60, date_only="same", calendar="data",
        statistics=TWINS, draws=0, sign="expected", by=("security",),
    )  # fmt: skip
    return study.fit(
        es.Events.from_frame(events), es.PricePanel.from_frame(frame, content="returns")
    )


def given(results, group="all"):
    return window_returns(results.fitted, group, es.Window(*WINDOW))


def by_name(answers):
    return {answer.name: answer for answer in answers}


@pytest.mark.parametrize("group", ["all", "security=A"])
def test_ours_are_those_of_inference(fitted, group):
    rows = fitted.statistics
    rows = rows[(rows["group"] == group) & (rows["measure"] == "car")].set_index("name")
    found = by_name(run_tests(given(fitted, group), OURS))
    for name in TWINS:
        row, answer = rows.loc[name], found[name]
        for term in ("estimate", "statistic", "df", "pvalue"):
            assert getattr(answer, term) == pytest.approx(row[term], rel=1e-10, nan_ok=True), (
                name,
                term,
            )


@pytest.mark.parametrize("alternative", ["greater", "less"])
def test_one_sided_p_values_halve_or_complement(fitted, alternative):
    both = by_name(run_tests(given(fitted), OURS))
    for answer in run_tests(given(fitted), OURS, alternative):
        if answer.name == "wilcoxon":  # its law is not symmetric about 0
            continue
        half = both[answer.name].pvalue / 2
        is_right = (both[answer.name].statistic > 0) == (alternative == "greater")
        assert answer.pvalue == pytest.approx(half if is_right else 1 - half)


def test_j1_of_one_pair_is_its_t(fitted):
    row = fitted.car[fitted.car["event_id"] == "E1"].iloc[0]
    returns = given(fitted, f"security={row['security']}")
    one = replace(
        returns,
        **{
            name: getattr(returns, name)[:1]
            for name in ("abnormal", "residuals", "sigma", "df", "n_obs", "forecast",
                         "session_forecast", "sign", "market", "market_window")
            if getattr(returns, name) is not None
        },
    )  # fmt: skip
    answer = by_name(run_tests(one, OURS))["j1"]
    assert answer.statistic == pytest.approx(row["t"])
    assert answer.df == row["df"]
    assert answer.pvalue == pytest.approx(row["pvalue"])


def test_wrds_by_its_plain_formulas(fitted):
    returns = given(fitted)
    found = by_name(run_tests(returns, CONVENTIONS["wrds"].value))
    length = WINDOW[1] - WINDOW[0] + 1
    car = np.nansum(returns.abnormal, axis=1) * returns.sign
    scar = car / np.sqrt(length * returns.sigma**2)
    n = len(car)
    assert found["patell"].statistic == pytest.approx(scar.mean() * math.sqrt(n))
    assert found["bmp"].statistic == pytest.approx(stats.ttest_1samp(scar, 0).statistic)
    assert found["bmp"].pvalue == pytest.approx(stats.ttest_1samp(scar, 0).pvalue)
    assert found["cross_sectional_t"].statistic == pytest.approx(
        stats.ttest_1samp(car, 0).statistic
    )
    assert found["sign"].statistic == pytest.approx(((car > 0).mean() - 0.5) / math.sqrt(0.25 / n))


def test_the_divisor_alone_scales_standard_errors(fitted):
    returns = given(fitted)
    ours = by_name(run_tests(returns, OURS))["bmp"]
    other = replace(OURS, residual_variance="M-1")
    z = returns.car * returns.sign / np.sqrt(returns.forecast)
    z = z / np.nanstd(returns.residuals, axis=1, ddof=1)
    found = by_name(run_tests(returns, other))["bmp"]
    assert found.statistic == pytest.approx(stats.ttest_1samp(z, 0).statistic)
    assert found.estimate == ours.estimate


def test_event_time_correlation_is_that_of_a_frame(fitted):
    returns = given(fitted)
    series = pd.DataFrame((returns.residuals * returns.sign[:, None]).T)
    pairs = series.corr().to_numpy()[np.triu_indices(len(returns.sign), 1)]
    assert mean_correlation(series.to_numpy().T) == pytest.approx(pairs.mean())
    bundle = Conventions(correlation="event")
    rbar = event_correlation(returns, bundle)
    assert rbar == pytest.approx(pairs.mean())
    known = replace(returns, event_correlation=rbar)
    assert run_tests(known, bundle) == run_tests(returns, bundle)
    assert event_correlation(returns, OURS) is None


def test_mean_correlation_of_one_series_or_a_constant_one_is_zero():
    assert mean_correlation(np.ones((1, 5))) == 0.0
    assert mean_correlation(np.ones((2, 5))) == 0.0


def test_group_mean_as_log_of_the_mean_gross_return():
    abnormal = np.array([[0.01, np.nan, np.nan], [-0.02, 0.03, np.nan]])
    logs = session_means(abnormal, Conventions(group_mean="log_of_mean"))
    assert logs[0] == pytest.approx(math.log((math.exp(0.01) + math.exp(-0.02)) / 2))
    assert logs[1] == pytest.approx(0.03)
    assert math.isnan(logs[2])
    assert session_means(abnormal, OURS)[0] == pytest.approx(-0.005)


def test_signed_ranks_by_each_convention(fitted):
    returns = given(fitted)
    car = returns.car * returns.sign
    n = len(car)
    spread = math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
    plus = stats.rankdata(np.abs(car))[car > 0].sum()
    normal = by_name(run_tests(returns, replace(OURS, wilcoxon="normal")))["wilcoxon"]
    assert normal.statistic == pytest.approx((plus - n * (n + 1) / 4) / spread)
    own = sum(
        stats.rankdata(np.abs([*residuals[np.isfinite(residuals)], value]))[-1]
        for residuals, value in zip(returns.residuals, car, strict=True)
        if value >= 0
    )
    found = by_name(run_tests(returns, replace(OURS, wilcoxon="own_series")))["wilcoxon"]
    assert found.statistic == pytest.approx((own - n * (n + 1) / 4) / spread)
