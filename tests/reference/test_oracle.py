"""The oracle against textbook closed forms, scipy and statsmodels."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import oracle
import oracle_cases
import oracle_placebo
import oracle_statistics
import oracle_units
import pandas as pd
import pytest
import statsmodels.api as sm
from oracle import Case
from scipy import stats

pytestmark = pytest.mark.fast_tests(4)

CLOSE = {"rel": 1e-10, "abs": 1e-13}


def weekdays(n, start="2022-01-03"):
    return pd.bdate_range(start, periods=n)


def plain_case(rng, places, *, model="constant_mean", n=300, securities=("A", "B"), **changes):
    """Complete data on one shared calendar; `places` holds (event, security, row of day 0)."""
    dates = weekdays(n)
    factor = rng.normal(0, 0.01, n)
    common = rng.normal(0, 0.01, n)
    returns, factors = {}, {}
    for s in securities:
        own = 0.001 + 0.8 * factor + common + rng.normal(0, 0.01, n)
        returns[s] = pd.Series(own, index=dates)
        factors[s] = pd.DataFrame({"beta": factor}, index=dates)
    settings = {
        "returns": returns,
        "factors": None if model == "constant_mean" else factors,
        "pairs": [(e, s, dates[row]) for e, s, row in places],
        "model": model,
        "estimation": (-100, -11),
        "event": (-5, 5),
        "min_obs": 30,
    }
    return Case(**(settings | changes))


def with_missing(case, security, rows):
    changed = case.returns[security].copy()
    changed.iloc[rows] = np.nan
    return replace(case, returns=case.returns | {security: changed})


@pytest.fixture
def rng():
    return np.random.default_rng(42)


# ---------------------------------------------------------------- models and abnormal returns


def test_market_model_is_the_textbook_regression(rng):
    case = plain_case(rng, [("e", "A", 150)], model="market_model")
    fit = oracle.fit_pair(case, 0)
    y = case.returns["A"].iloc[50:140].to_numpy()
    x = case.factors["A"]["beta"].iloc[50:140].to_numpy()
    line = stats.linregress(x, y)
    assert fit.params["alpha"] == pytest.approx(line.intercept, **CLOSE)
    assert fit.params["beta"] == pytest.approx(line.slope, **CLOSE)
    assert fit.r_squared == pytest.approx(line.rvalue**2, **CLOSE)
    assert (fit.n_obs, fit.k, fit.df) == (90, 2, 88)
    s = line.stderr * math.sqrt(((x - x.mean()) ** 2).sum())
    assert fit.sigma == pytest.approx(s, **CLOSE)
    assert list(fit.residuals.index) == list(case.returns["A"].index[50:140])
    assert list(fit.residuals_tau.index) == list(range(-100, -10))


def test_forecast_variance_is_statsmodels_and_the_closed_form(rng):
    case = plain_case(rng, [("e", "A", 150)], model="market_model")
    frame = oracle.abnormal(case, 0)
    y = case.returns["A"].to_numpy()
    x = case.factors["A"]["beta"].to_numpy()
    ols = sm.OLS(y[50:140], sm.add_constant(x[50:140])).fit()
    predicted = ols.get_prediction(sm.add_constant(x[145:156], has_constant="add"))
    np.testing.assert_allclose(frame["std_error"], predicted.se_obs, rtol=1e-10)
    np.testing.assert_allclose(frame["normal_return"], predicted.predicted_mean, atol=1e-14)
    w = x[50:140]
    c = 1 + 1 / 90 + (x[145:156] - w.mean()) ** 2 / ((w - w.mean()) ** 2).sum()
    np.testing.assert_allclose(frame["std_error"] ** 2, ols.mse_resid * c, rtol=1e-10)


@pytest.mark.parametrize("model", ["constant_mean", "market_model", "factor"])
def test_car_variance_is_that_of_a_sum_of_event_dummies(rng, model):
    case = oracle_cases.random_case(rng, model=model, n_events=3)
    i = next(i for i in range(len(case.pairs)) if oracle.car(case, i, (-1, 3))["L"] < 5)
    _, security, day0 = case.pairs[i]
    row0 = oracle.position(case, security, day0)
    event_rows = [
        row0 + int(tau)
        for tau, ar in oracle.abnormal(case, i, (-1, 3))[["tau", "abnormal_return"]].to_numpy()
        if not math.isnan(ar)
    ]
    rows = oracle.estimation_rows(case, security, row0)
    x = np.array([oracle.regressors(case, security, row) for row in rows + event_rows])
    dummies = np.zeros((len(x), len(event_rows)))
    for d in range(len(event_rows)):
        dummies[len(rows) + d, d] = 1.0
    y = case.returns[security].iloc[rows + event_rows].to_numpy()
    ols = sm.OLS(y, np.hstack([x, dummies])).fit()
    weights = np.r_[np.zeros(x.shape[1]), np.ones(len(event_rows))]
    joint = ols.t_test(weights)
    one = oracle.car(case, i, (-1, 3))
    assert one["L"] == len(event_rows)
    assert one["car"] == pytest.approx(joint.effect.item(), **CLOSE)
    assert one["std_error"] == pytest.approx(joint.sd.item(), rel=1e-9)
    assert one["pvalue"] == pytest.approx(joint.pvalue.item(), rel=1e-8)
    assert one["df"] == ols.df_resid


def test_constant_mean_closed_forms(rng):
    case = plain_case(rng, [("e", "A", 150)])
    fit = oracle.fit_pair(case, 0)
    y = case.returns["A"].to_numpy()
    assert fit.params == pytest.approx({"alpha": y[50:140].mean()})
    assert fit.sigma == pytest.approx(y[50:140].std(ddof=1), **CLOSE)
    assert fit.r_squared == pytest.approx(0, abs=1e-12)
    one = oracle.car(case, 0, (-2, 3))
    assert one["std_error"] == pytest.approx(fit.sigma * math.sqrt(6 + 36 / 90), **CLOSE)
    mean = y[50:140].mean()
    assert one["car"] == pytest.approx((y[148:154] - mean).sum(), **CLOSE)
    assert one["bhar"] == pytest.approx(np.prod(1 + y[148:154]) - (1 + mean) ** 6, **CLOSE)


def test_market_adjusted_has_no_forecast_term(rng):
    case = plain_case(rng, [("e", "A", 150)], model="market_adjusted")
    fit = oracle.fit_pair(case, 0)
    d = (case.returns["A"] - case.factors["A"]["beta"]).to_numpy()
    assert (fit.params, fit.k, fit.df) == ({}, 0, 89)
    assert math.isnan(fit.r_squared)
    assert fit.sigma == pytest.approx(d[50:140].std(ddof=1), **CLOSE)
    one = oracle.car(case, 0, (0, 3))
    assert one["car"] == pytest.approx(d[150:154].sum(), **CLOSE)
    assert one["std_error"] == pytest.approx(2 * fit.sigma, **CLOSE)


def test_missing_masked_and_truncated_estimation_sessions_leave(rng):
    case = with_missing(plain_case(rng, [("e", "A", 150), ("f", "A", 60)]), "A", [60, 61, 151])
    assert oracle.fit_pair(case, 0).n_obs == 88
    assert oracle.fit_pair(case, 1).n_obs == 50  # rows 0 to 49
    assert oracle.fit_pair(replace(case, mask={"A": [60, 70, 71]}), 0).n_obs == 86
    assert oracle.fit_pair(replace(case, min_obs=51), 1) is None
    assert oracle.kept(replace(case, min_obs=51)) == [0]
    frame = oracle.abnormal(case, 0).set_index("tau")
    assert math.isnan(frame.loc[1, "abnormal_return"])
    assert frame.loc[1, ["normal_return", "std_error"]].notna().all()
    assert oracle.car(case, 0, (0, 2))["L"] == 2
    assert oracle.car(case, 0, (1, 1))["L"] == 0


# ---------------------------------------------------------------- statistics


def dispersed(rng, **changes):
    places = [(f"e{e}", s, 120 + 20 * e) for e in range(8) for s in ("A", "B")]
    return plain_case(rng, places, **changes)


def test_cross_sectional_t_and_bmp_are_one_sample_t_tests(rng):
    case = dispersed(rng, model="market_model")
    for name, key in (("cross_sectional_t", "car"), ("bmp", "scar")):
        values = [oracle.car(case, i, (0, 1))[key] for i in range(16)]
        expected = stats.ttest_1samp(values, 0)
        got = oracle_statistics.statistic(case, (0, 1), name)
        assert got["statistic"] == pytest.approx(expected.statistic, **CLOSE)
        assert got["pvalue"] == pytest.approx(expected.pvalue, **CLOSE)
        assert got["df"] == 15


def test_patell_with_equal_lengths(rng):
    case = dispersed(rng, model="market_model")
    sars = np.array([oracle.abnormal(case, i, (0, 2))["standardized"] for i in range(16)])
    expected = (sars.sum(axis=1) / math.sqrt(3)).sum() / math.sqrt(16 * 88 / 86)
    assert oracle_statistics.statistic(case, (0, 2), "patell")["statistic"] == pytest.approx(
        expected
    )
    session = sars[:, 0].sum() / math.sqrt(16 * 88 / 86)
    assert oracle_statistics.statistic(case, (0, 0), "patell")["statistic"] == pytest.approx(
        session
    )


def test_rbar_on_one_date_is_the_mean_correlation_and_far_apart_nothing(rng):
    names = ("A", "B", "C")
    case = plain_case(rng, [("e", s, 150) for s in names], securities=names)
    data = np.array([case.returns[s].iloc[50:140] for s in names])
    expected = np.corrcoef(data)[np.triu_indices(3, 1)].mean()
    assert oracle.rbar(case, (0, 1)) == pytest.approx(expected, **CLOSE)
    # estimation windows overlap by 70 sessions, event windows not at all
    apart = plain_case(rng, [("e", "A", 150), ("f", "A", 170)])
    assert oracle.rbar(apart, (-5, 5)) == 0
    # one session apart, same residuals to 89 common sessions: weight 1/2 of a correlation near 1
    near = plain_case(rng, [("e", "A", 150), ("f", "A", 151)])
    assert oracle.rbar(near, (0, 1)) == pytest.approx(0.5, abs=1e-10)
    assert oracle.rbar(near, (0, 0)) == 0


def test_kolari_pynnonen_and_adjusted_patell_scale_bmp_and_patell(rng):
    case = dispersed(rng)
    r, n = oracle.rbar(case, (0, 1)), 16
    one = {
        name: oracle_statistics.statistic(case, (0, 1), name)
        for name in oracle_statistics.STATISTICS
    }
    assert 0 < r < 0.1  # 8 of the 120 couples share a date
    assert one["kolari_pynnonen"]["statistic"] == pytest.approx(
        one["bmp"]["statistic"] * math.sqrt((1 - r) / (1 + 15 * r)), **CLOSE
    )
    assert one["kolari_pynnonen"]["df"] == n - 1
    assert one["adjusted_patell"]["statistic"] == pytest.approx(
        one["patell"]["statistic"] / math.sqrt(1 + 15 * r), **CLOSE
    )
    same = plain_case(rng, [("e", "A", 150), ("f", "A", 150)])  # rbar = 1
    assert math.isnan(oracle_statistics.statistic(same, (0, 1), "kolari_pynnonen")["statistic"])


def test_residuals_are_paired_by_calendar(rng):
    case = plain_case(rng, [("e", "A", 150), ("e", "B", 151)])
    a, b = case.returns["A"].to_numpy(), case.returns["B"].to_numpy()
    expected = np.corrcoef(a[51:140], b[51:140])[0, 1]
    assert oracle.rbar(case, (0, 2)) == pytest.approx(expected * 2 / 3, **CLOSE)
    few = replace(case, estimation=(-30, -11), min_obs=10)  # 19 common sessions
    assert oracle.rbar(few, (0, 2)) == 0


def test_corrado_rank_on_complete_data(rng):
    case = dispersed(rng, model="market_model")
    rows = []
    for i in range(16):
        ar = np.r_[oracle.fit_pair(case, i).residuals, oracle.abnormal(case, i)["abnormal_return"]]
        rows.append(stats.rankdata(ar) - (101 + 1) / 2)
    d = np.mean(rows, axis=0)
    s = math.sqrt((d**2).mean())
    assert oracle_statistics.statistic(case, (0, 0), "corrado_rank")["statistic"] == pytest.approx(
        d[95] / s, **CLOSE
    )
    assert oracle_statistics.statistic(case, (-1, 2), "corrado_rank")["statistic"] == pytest.approx(
        2 * d[94:98].mean() / s, **CLOSE
    )


def test_sign_tests(rng):
    case = dispersed(rng)
    w = sum(oracle.car(case, i, (0, 0))["car"] > 0 for i in range(16))
    got = oracle_statistics.statistic(case, (0, 0), "sign")
    assert got["statistic"] == pytest.approx((w - 8) / 2)
    assert got["pvalue"] == pytest.approx(2 * stats.norm.sf(abs(w - 8) / 2))
    p = np.mean([(oracle.fit_pair(case, i).residuals > 0).mean() for i in range(16)])
    got = oracle_statistics.statistic(case, (0, 0), "generalized_sign")
    assert got["statistic"] == pytest.approx((w - 16 * p) / math.sqrt(16 * p * (1 - p)))


@pytest.mark.parametrize("n", [3, 8, 50, 51])
def test_wilcoxon_is_scipy_without_ties(rng, n):
    x = rng.normal(0.2, 1, n)
    method = "exact" if n <= 50 else "approx"  # "asymptotic" from SciPy 1.15 on
    expected = stats.wilcoxon(x, method=method)
    w, p = oracle_statistics.wilcoxon(x)
    assert p == pytest.approx(expected.pvalue, rel=1e-10)
    assert min(w, n * (n + 1) / 2 - w) == pytest.approx(expected.statistic)
    assert w == sum(stats.rankdata(abs(x))[x > 0])


def test_wilcoxon_is_scipy_with_ties_and_zeros(rng):
    x = np.r_[rng.integers(-3, 6, 30), 0, 0].astype(float)
    expected = stats.wilcoxon(x, method="approx", zero_method="wilcox", correction=False)
    assert oracle_statistics.wilcoxon(x)[1] == pytest.approx(expected.pvalue, rel=1e-10)
    assert all(math.isnan(v) for v in oracle_statistics.wilcoxon([0.0, 0.0]))


def test_a_pair_without_abnormal_return_is_not_counted(rng):
    case = dispersed(rng)
    gone = with_missing(case, "A", [120, 121])
    without = replace(gone, pairs=gone.pairs[1:])
    assert len(oracle.counted(gone, (0, 1))) == 15
    assert len(oracle.counted(gone, (0, 2))) == 16
    for name in ("cross_sectional_t", "patell", "bmp", "kolari_pynnonen", "sign", "wilcoxon"):
        a, b = (oracle_statistics.statistic(c, (0, 1), name) for c in (gone, without))
        assert a == pytest.approx(b, nan_ok=True, **CLOSE)
    assert math.isnan(
        oracle_statistics.statistic(replace(gone, pairs=gone.pairs[:1]), (0, 1), "bmp")["estimate"]
    )


# ---------------------------------------------------------------- units and portfolios


def test_units_share_day_zero_in_more_than_half_of_common_markets(rng):
    names = ("A", "B", "C", "D")
    # the first day 0 of each is another date: events of one first date are one news item
    places = [("half", s, 150 if s in "AB" else 140) for s in names]
    places += [("base", s, 150) for s in names]
    places += [("most", s, 149 if s == "D" else 150) for s in names]
    case = plain_case(rng, places, securities=names)
    assert oracle_units.event_units(case) == [["half"], ["base", "most"]]
    by_unit = [
        [(case.pairs[i][1], case.returns["A"].index.get_loc(case.pairs[i][2])) for i in unit]
        for unit in oracle_units.units(case)
    ]
    # A and B on row 150 belong to the first event of the study, and to it alone
    assert by_unit[0] == [("A", 150), ("B", 150), ("C", 140), ("D", 140)]
    assert by_unit[1] == [("C", 150), ("D", 150), ("D", 149)]
    # single linkage: "link" agrees with both in 2 of 3 markets, they with each other in 1 of 3
    chain = [("one", "A", 150), ("one", "B", 150), ("one", "C", 150)]
    chain += [("two", "A", 150), ("two", "B", 147), ("two", "C", 147)]
    assert len(oracle_units.event_units(plain_case(rng, chain, securities=names))) == 2
    chain += [("link", "A", 150), ("link", "B", 150), ("link", "C", 147)]
    chain += [("link", "D", 145)]
    linked = plain_case(rng, chain, securities=names)
    assert oracle_units.event_units(linked) == [["one", "two", "link"]]
    # half of their markets is not enough, but their first day 0 is one date
    together = [("early", s, 150 if s in "AB" else 160) for s in names]
    together += [("late", s, 150) for s in names]
    item = plain_case(rng, together, securities=names)
    assert oracle_units.event_units(item) == [["early", "late"]]


def test_portfolio_t_of_single_pairs_under_the_mean_is_bmp(rng):
    case = plain_case(rng, [(f"e{e}", "A", 120 + 20 * e) for e in range(8)])
    for window in ((0, 0), (-1, 3)):
        a = oracle_statistics.statistic(case, window, "portfolio_t")
        b = oracle_statistics.statistic(case, window, "bmp")
        assert a == pytest.approx(b, **CLOSE)


def test_portfolio_of_one_date_is_the_study_of_the_average(rng):
    case = plain_case(rng, [(e, s, 150 + 40 * (e == "f")) for e in "ef" for s in "AB"])
    average = (case.returns["A"] + case.returns["B"]) / 2
    alone = replace(
        case,
        returns={"A": average},
        pairs=[("e", "A", average.index[150]), ("f", "A", average.index[190])],
    )
    got = [unit["z"] for unit in oracle_units.portfolios(case, (0, 3))]
    assert got == pytest.approx([oracle.car(alone, i, (0, 3))["scar"] for i in (0, 1)])


def test_overlapping_windows_are_one_portfolio(rng):
    rows = (120, 123, 126, 150)
    case = plain_case(rng, [(f"e{row}", "A", row) for row in rows])
    assert len(oracle_units.portfolio_units(case, (0, 2))) == 4
    assert oracle_units.portfolio_units(case, (0, 3)) == [
        [0, 1, 2],
        [3],
    ]  # e120 and e126 by way of e123
    other = plain_case(rng, [("a", "A", 120), ("b", "B", 122)])  # no common market: by date
    assert len(oracle_units.portfolio_units(other, (0, 1))) == 2
    assert len(oracle_units.portfolio_units(other, (0, 2))) == 1
    merged = oracle_units.portfolios(case, (0, 3))[0]
    # residual dates with at least two of the three estimation windows
    assert merged["M"] == len(range(120 - 100 + 3, 123 - 11 + 1))


# ---------------------------------------------------------------- placebo


def test_conditional_volatility_is_the_weighted_sum(rng):
    case = plain_case(rng, [("e", "A", 150)])
    fit = oracle.fit_pair(case, 0)
    ar = (case.returns["A"] - fit.params["alpha"]).to_numpy()[50:148]  # through tau = -3
    n = len(ar)
    h2 = 0.94**n * fit.sigma**2 + sum(0.06 * 0.94 ** (n - 1 - j) * ar[j] ** 2 for j in range(n))
    assert oracle_placebo.conditional_volatility(case, 0, -2) == pytest.approx(
        math.sqrt(h2), **CLOSE
    )


def test_conditional_volatility_skips_missing_sessions(rng):
    case = with_missing(plain_case(rng, [("e", "A", 150)]), "A", [149])
    a = oracle_placebo.conditional_volatility(case, 0, -1)
    assert oracle_placebo.conditional_volatility(case, 0, 0) == a
    assert oracle_placebo.conditional_volatility(case, 0, 1) != a


def test_T_is_the_t_of_unit_means(rng):
    case = dispersed(rng)
    z = []
    for i in range(16):
        total = oracle.car(case, i, (0, 1))["car"]
        z.append(total / oracle_placebo.conditional_volatility(case, i, 0))
    means = np.array(z).reshape(8, 2).mean(axis=1)
    expected = stats.ttest_1samp(means, 0).statistic
    assert oracle_placebo.placebo_T(case, (0, 1)) == pytest.approx(expected, **CLOSE)
    one = replace(case, pairs=case.pairs[:2])
    assert oracle_placebo.placebo_T(one, (0, 1)) == pytest.approx(means[0], **CLOSE)
    twice = [*case.pairs, ("again", "A", case.pairs[0][2])]
    assert oracle_placebo.placebo_T(replace(case, pairs=twice), (0, 1)) == pytest.approx(expected)


def test_clusters_need_fewer_than_five_weekdays_or_the_window(rng):
    case = plain_case(rng, [(f"e{row}", "A", row) for row in (150, 154, 159, 180)])
    assert oracle_placebo.clusters(case, (0, 1)) == [[0, 1], [2], [3]]
    assert oracle_placebo.clusters(case, (0, 5)) == [[0, 1, 2], [3]]


@pytest.mark.slow
def test_every_placement_of_one_event_is_its_rank(rng):
    case = plain_case(rng, [("e", "A", 200)], n=260)
    result = oracle_placebo.placebo(case, (0, 1))
    # 30 estimation sessions end 11 before day 0, and day 0 + 1 is the last row at most
    rows = range(30 - 1 + 11, 260 - 1)
    assert result.moves == [(row - 200,) for row in rows]
    z = np.array([oracle_placebo.z_at(case, "A", row, (0, 1)) for row in rows])
    assert result.T == oracle_placebo.placebo_T(case, (0, 1)) == z[200 - 40]
    assert result.pvalue == (abs(z) >= abs(result.T)).mean()
    assert math.isnan(oracle_placebo.placebo(replace(case, min_obs=90, pairs=[]), (0, 1)).pvalue)
    few = plain_case(rng, [("e", "A", 110)], n=120, min_obs=90)
    assert oracle_placebo.placebo(few, (0, 1)).n == 19
    assert math.isnan(oracle_placebo.placebo(few, (0, 1)).pvalue)


def test_two_clusters_stay_apart_in_either_order(rng):
    case = plain_case(rng, [("e", "A", 60), ("f", "A", 90)], n=100, min_obs=30)
    result = oracle_placebo.placebo(case, (0, 0))
    k = (100 - 40) - 5  # 60 admissible rows, at least 5 weekdays between the two
    assert result.n == k * (k + 1)
    assert (0, 0) in result.moves
    assert oracle_placebo.placebo_T(case, (0, 0)) == result.T


def test_a_moved_date_on_a_holiday_is_the_next_session(rng):
    case = plain_case(rng, [("e", "A", 100), ("e", "B", 100)])
    dates = case.returns["A"].index
    closed = case.returns["B"].drop([dates[110], dates[111]])
    case = replace(case, returns=case.returns | {"B": closed})
    for move in (10, 11, 12):
        assert closed.index[oracle_placebo.moved_row(case, "B", dates[100], move)] == dates[112]
    assert oracle_placebo.moved_row(case, "A", dates[100], 10) == 110
    assert oracle_placebo.moved_row(case, "A", dates[100], -101) == -1
    assert oracle_placebo.moved_row(case, "A", dates[100], 200) == -1


# ---------------------------------------------------------------- random studies


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("dates", oracle_cases.DATES)
def test_random_cases_are_awkward_and_answered(rng, dates):
    case = oracle_cases.random_case(rng, dates=dates, empty_window=(0, 0), mask=dates == "partial")
    kept = oracle.kept(case)
    assert kept == list(range(len(case.pairs)))
    assert len({oracle.fit_pair(case, i).n_obs for i in kept}) > 1
    assert len(oracle.counted(case, (0, 0))) < len(kept)
    partial = [oracle.car(case, i, case.event)["L"] for i in kept]
    assert min(partial) < 9
    calendars = {tuple(r.index) for r in case.returns.values()}
    assert len(calendars) == len(case.returns)
    for name in oracle_statistics.STATISTICS:
        one = oracle_statistics.statistic(case, (0, 2), name)
        single_unit = name == "portfolio_t" and dates == "common"
        assert single_unit or 0 <= one["pvalue"] <= 1, name
        assert one["estimate"] == pytest.approx(
            np.mean([oracle.car(case, i, (0, 2))["car"] for i in oracle.counted(case, (0, 2))])
        )
    days = {day0 for _, _, day0 in case.pairs}
    assert (len(days) <= 3) == (dates == "common")


def test_random_case_can_leave_the_rows(rng):
    case = oracle_cases.random_case(rng, beyond_end=True)
    ends = [oracle.abnormal(case, i)["session"].isna().any() for i in range(len(case.pairs))]
    assert any(ends)
    assert not all(ends)
