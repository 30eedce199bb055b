"""Volatility and volume, against loops over the definitions and known truths."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import oracle
import oracle_placebo
import oracle_statistics
import oracle_units
import pandas as pd
import pytest
import studies
from activity_studies import (
    ROWS,
    SERIES,
    bars,
    case_of,
    events_at,
    fitted,
    rows_of,
    study,
    t_of,
    two_sided,
)
from scipy import stats

from eventstudy import (
    ConstantMean,
    Events,
    PricePanel,
    load_results,
    read_prices,
)
from eventstudy.analyses.requests import Activity
from eventstudy.exceptions import NotApplicableError, SpecificationError

pytestmark = pytest.mark.fast_tests(2)

WINDOWS = ((0, 0), (-1, 1), (-3, 5))
CLOSE = {"rel": 1e-8, "abs": 1e-12, "nan_ok": True}
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "prices" / "prices_long.csv"


# ---------------------------------------------------------------- the variance across pairs


def sessions_at(case, placed, window):
    """Event time to the AR and corrected forecast variance of every placed pair, by its place."""
    by_tau = {}
    for at, (security, row0) in enumerate(placed):
        fit = oracle.fit_at(case, security, row0)
        for row in oracle.abnormal_at(case, security, row0, fit, window).to_dict("records"):
            if not math.isnan(row["abnormal_return"]):
                variance = row["std_error"] ** 2 * fit.df / (fit.df - 2)
                by_tau.setdefault(row["tau"], {})[at] = (row["abnormal_return"], variance)
    return by_tau


def bft(case, placed, window):
    """Cumulated abnormal variance, chi-square, its df, and what each pair adds."""
    total = chi2 = df = 0.0
    parts: dict[int, float] = {}
    for pairs in sessions_at(case, placed, window).values():
        n = len(pairs)
        if n < 2:
            continue
        sum_ar = sum(ar for ar, _ in pairs.values())
        sum_v = sum(v for _, v in pairs.values())
        m = 0.0
        for at, (ar, v) in pairs.items():
            term = (n * ar - sum_ar) ** 2 / (n * (n - 2) * v + sum_v)
            m += term / n
            parts[at] = parts.get(at, 0.0) + term - 1
        total, chi2, df = total + m - 1, chi2 + (n - 1) * m, df + n - 1
    return total, chi2, df, parts


def placed_pairs(case, window):
    pairs = oracle.counted(case, window)
    rows = [oracle.position(case, case.pairs[i][1], case.pairs[i][2]) for i in pairs]
    return pairs, [(case.pairs[i][1], row) for i, row in zip(pairs, rows, strict=True)]


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("dates", ["dispersed", "common", "partial"])
@pytest.mark.parametrize("model", ["market_model", "market_adjusted"])
def test_variance_ratio_is_that_of_a_loop(dates, model):
    case, daily = studies.random_study(31, dates=dates, model=model)
    frame = studies.fitted(case, daily).measure_activity("volatility", windows=WINDOWS)
    for window in WINDOWS:
        rows = rows_of(frame, "volatility", window)
        pairs, placed = placed_pairs(case, window)
        total, chi2, df, parts = bft(case, placed, window)
        row = rows["bft_chi2"]
        assert row["n_pairs"] == len(pairs)
        assert row["estimate"] == pytest.approx(total, **CLOSE)
        assert row["statistic"] == pytest.approx(chi2, **CLOSE)
        assert row["df"] == df
        p = two_sided(stats.chi2.cdf(chi2, df), stats.chi2.sf(chi2, df))
        assert row["pvalue"] == pytest.approx(p, **CLOSE)
        means = []
        for unit in oracle_units.portfolio_units(case, window):
            values = [parts[pairs.index(i)] for i in unit if pairs.index(i) in parts]
            if values:
                means.append(sum(values) / len(values))
        row = rows["portfolio_t"]
        assert row["statistic"] == pytest.approx(t_of(means), **CLOSE)
        if len(means) < 2:
            assert row["note"] == "not available: fewer than two dates"
        else:
            p = 2 * stats.t.sf(abs(t_of(means)), len(means) - 1)
            assert row["pvalue"] == pytest.approx(p, **CLOSE)


# ---------------------------------------------------------------- squared abnormal returns


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("dates", ["dispersed", "partial", "one_security"])
def test_beaver_tests_are_those_of_a_loop(dates):
    case, daily = studies.random_study(33, dates=dates)
    frame = studies.fitted(case, daily).measure_activity("beaver", windows=WINDOWS)
    for window in WINDOWS:
        rows = rows_of(frame, "beaver", window)
        excess, variance, values = {}, 0.0, {}
        for i in oracle.counted(case, window):
            fit = oracle.fit_pair(case, i)
            sar = oracle.abnormal(case, i, window).set_index("tau")["standardized"].dropna()
            u = sar**2 * (fit.df - 2) / fit.df
            values[i] = u - 1
            excess[i] = float((u - 1).sum())
            variance += len(u) * 2 * (fit.df - 1) / (fit.df - 4)
        z = sum(excess.values()) / math.sqrt(variance)
        assert rows["patell_u"]["statistic"] == pytest.approx(z, **CLOSE)
        assert rows["patell_u"]["pvalue"] == pytest.approx(2 * stats.norm.sf(abs(z)), **CLOSE)
        row = rows["cross_sectional_t"]
        mean = sum(excess.values()) / len(excess)
        assert row["estimate"] == pytest.approx(mean, **CLOSE)
        assert row["statistic"] == pytest.approx(t_of(list(excess.values())), **CLOSE)
        zs = []
        for unit in oracle_units.portfolio_units(case, window):
            by_tau: dict[int, list[float]] = {}
            by_date: dict[pd.Timestamp, list[float]] = {}
            for i in unit:
                for tau, value in values[i].items():
                    by_tau.setdefault(tau, []).append(value)
                e = oracle.fit_pair(case, i).residuals
                for date, value in (e**2 / (e**2).mean() - 1).items():
                    by_date.setdefault(date, []).append(value)
            total = sum(sum(v) / len(v) for v in by_tau.values())
            length = len(by_tau)
            u = [sum(v) / len(v) for v in by_date.values() if len(v) >= len(unit) / 2]
            s = math.sqrt(sum(v * v for v in u) / (len(u) - 1))
            zs.append(total / (s * math.sqrt(length + length**2 / len(u))))
        assert rows["portfolio_t"]["statistic"] == pytest.approx(t_of(zs), **CLOSE)


def test_one_sided_tests_of_volatility_take_their_side():
    case, daily = studies.random_study(34)
    results = studies.fitted(case, daily)
    for side in ("greater", "less"):
        frame = results.measure_activity(
            ("volatility", "beaver"), windows=[(-1, 1)], alternative=side
        )
        chi2 = rows_of(frame, "volatility", (-1, 1))["bft_chi2"]
        law = stats.chi2.sf if side == "greater" else stats.chi2.cdf
        assert chi2["pvalue"] == pytest.approx(law(chi2["statistic"], chi2["df"]), rel=1e-10)
        z = rows_of(frame, "beaver", (-1, 1))["patell_u"]
        law = stats.norm.sf if side == "greater" else stats.norm.cdf
        assert z["pvalue"] == pytest.approx(law(z["statistic"]), rel=1e-10)


@pytest.mark.slow
def test_signs_of_events_play_no_part():
    case, daily = studies.random_study(35)
    events = sorted({event for event, _, _ in case.pairs})
    signs = {event: "+-"[at % 2] for at, event in enumerate(events)}
    plain = studies.fitted(case, daily).measure_activity("volatility")
    frame = studies.events_of(case).frame.drop(columns=["published_at"])
    frame["markets"] = [";".join(cell) for cell in frame["markets"]]
    frame["expected_sign"] = frame["event_id"].map(signs)
    study = studies.study_of(case, daily, sign="expected")
    signed = study.fit(Events.from_frame(frame), studies.panel_of(case, daily))
    pd.testing.assert_frame_equal(signed.measure_activity("volatility"), plain)


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("measure", SERIES)
def test_series_go_through_the_tests_of_the_study(measure, tmp_path):
    frame = bars(2, zero=(140, 152, 200))
    results = fitted(frame, tmp_path)
    options = "volume" if measure == "volume" else "range"
    got = results.measure_activity(options)
    case = case_of(frame, SERIES[measure])
    for window in ((0, 0), (-1, 1)):
        rows = rows_of(got, measure, window)
        assert set(rows) == {"cross_sectional_t", "portfolio_t", "placebo"}
        for name in ("cross_sectional_t", "portfolio_t"):
            expected = oracle_statistics.statistic(case, window, name)
            for key in ("estimate", "statistic", "df", "pvalue"):
                if key in expected:
                    assert rows[name][key] == pytest.approx(expected[key], rel=1e-7), (name, key)
        assert rows["placebo"]["statistic"] == pytest.approx(
            oracle_placebo.placebo_T(case, window), rel=1e-7
        )
    note = rows_of(got, measure, (0, 0))["cross_sectional_t"]["note"]
    if measure == "volume":
        assert "1 pair left out" in note
        assert "4 sessions of A with a volume of 0 taken as missing" in note
        assert rows_of(got, measure, (0, 0))["portfolio_t"]["n_pairs"] == 20


@pytest.mark.slow
def test_volume_against_the_volume_of_the_benchmark(tmp_path):
    frame = bars(3)
    got = fitted(frame, tmp_path).measure_activity("volume", volume_model="market_model")
    plain = fitted(frame, tmp_path).measure_activity("volume")
    case = case_of(frame, SERIES["volume"], factor=True)
    row = rows_of(got, "volume", (-1, 1))["cross_sectional_t"]
    expected = oracle_statistics.statistic(case, (-1, 1), "cross_sectional_t")
    assert row["statistic"] == pytest.approx(expected["statistic"], rel=1e-7)
    other = rows_of(plain, "volume", (-1, 1))["cross_sectional_t"]
    assert row["std_error"] < other["std_error"]  # what all markets share is taken out


@pytest.mark.slow
def test_placebo_of_volume_is_the_whole_distribution_of_one_date(tmp_path):
    frame = bars(4, 300)
    results = fitted(frame, tmp_path, rows=(250,), draws=2000, statistics=("placebo",))
    row = rows_of(results.measure_activity("volume"), "volume", (0, 0))["placebo"]
    expected = oracle_placebo.placebo(case_of(frame, SERIES["volume"], rows=(250,)), (0, 0))
    assert row["statistic"] == pytest.approx(expected.T, rel=1e-7)
    assert row["pvalue"] == pytest.approx(expected.pvalue, rel=1e-9)
    assert f"all {expected.n} placements used" in row["note"]


def test_masked_sessions_are_no_part_of_a_normal_volume(tmp_path):
    frame = bars(5, lift=ROWS)
    results = fitted(frame, tmp_path, mask_events=True)
    row = rows_of(results.measure_activity("volume"), "volume", (0, 0))["cross_sectional_t"]
    case = case_of(frame, SERIES["volume"])
    mask = {name: studies.mask_of(case, case.pairs)[name] for name in ("A", "B", "C")}
    expected = oracle_statistics.statistic(replace(case, mask=mask), (0, 0), "cross_sectional_t")
    assert row["estimate"] == pytest.approx(expected["estimate"], rel=1e-7)


# ---------------------------------------------------------------- known truths


def simulated(seed, *, variance=1.0, n_markets=5, n_events=10, draws=0):
    rng = np.random.default_rng(seed)
    dates = pd.bdate_range("2020-01-01", periods=380)
    days = np.sort(rng.choice(np.arange(130, 375, 6), n_events, replace=False))
    returns = 0.01 * rng.standard_normal((380, n_markets))
    returns[days] *= math.sqrt(variance)
    names = [f"S{n}" for n in range(n_markets)]
    panel = PricePanel.from_frame(
        pd.DataFrame(returns, index=dates, columns=names), content="returns", calendar="data"
    )
    made = study(markets=names, model=ConstantMean(), draws=draws, car_windows=[(0, 0)])
    return made.fit(events_at(days, dates), panel)


@pytest.mark.slow
def test_doubled_variance_is_found():
    results = simulated(1, variance=2.0, n_events=24, draws=400)
    frame = results.measure_activity(("volatility", "beaver"))
    rows = rows_of(frame, "volatility", (0, 0))
    assert rows["bft_chi2"]["estimate"] == pytest.approx(
        1.0, abs=3 * 2 * rows["bft_chi2"]["std_error"]
    )
    assert rows["bft_chi2"]["pvalue"] < 1e-4
    assert rows["placebo"]["pvalue"] < 0.02
    squared = rows_of(frame, "beaver", (0, 0))
    assert squared["patell_u"]["pvalue"] < 1e-4
    assert squared["portfolio_t"]["estimate"] == pytest.approx(1.0, abs=0.6)


@pytest.mark.slow
def test_size_of_the_tests_of_variance_is_in_its_band():
    rejected = {"bft_chi2": 0, "patell_u": 0}
    estimates = []
    for seed in range(100):
        frame = simulated(1000 + seed, n_markets=4, n_events=8).measure_activity(
            ("volatility", "beaver")
        )
        estimates.append(frame["estimate"].iloc[0])
        for name, p in zip(frame["name"], frame["pvalue"], strict=True):
            if name in rejected:
                rejected[name] += p <= 0.05
    assert abs(np.mean(estimates)) < 4 * np.std(estimates) / math.sqrt(100)
    for name, count in rejected.items():
        assert 1 <= count <= 12, name  # 12 % is 3.2 standard errors above 5 %


@pytest.mark.slow
def test_variance_ratio_of_few_pairs_is_one_on_average():
    """Two pairs: M is (AR_1 - AR_2)^2 / (V_1 + V_2), and its mean is 1, not 2."""
    estimates, rejected = [], 0
    for seed in range(60):
        frame = simulated(3000 + seed, n_markets=2, n_events=1).measure_activity(
            "volatility", windows=[(-2, 2)]
        )
        row = rows_of(frame, "volatility", (-2, 2))["bft_chi2"]
        assert row["df"] == 5
        estimates.append(row["estimate"] / 5)
        rejected += row["pvalue"] <= 0.05
    assert abs(np.mean(estimates)) < 4 * math.sqrt(2 / 5 / 60)
    assert rejected <= 10


@pytest.mark.slow
def test_a_shift_of_volume_and_a_wider_range_are_found(tmp_path):
    busy = fitted(bars(6, lift=ROWS), tmp_path, draws=500)
    row = rows_of(busy.measure_activity("volume"), "volume", (0, 0))
    assert row["portfolio_t"]["estimate"] == pytest.approx(1.0, abs=0.4)
    assert row["portfolio_t"]["pvalue"] < 0.05
    wide = fitted(bars(6, widen=ROWS), tmp_path, draws=500)
    got = wide.measure_activity("range")
    for measure in ("parkinson", "garman_klass"):
        row = rows_of(got, measure, (0, 0))
        assert row["portfolio_t"]["estimate"] > 0.3
        assert row["placebo"]["pvalue"] < 0.05
    plain = rows_of(wide.measure_activity("volume"), "volume", (0, 0))
    assert plain["placebo"]["pvalue"] > 0.02


def test_range_estimators_find_the_volatility_of_a_random_walk():
    """E[s^2] is the variance of the walk, of both, on bars of a fine random walk."""
    rng = np.random.default_rng(7)
    steps = 0.01 / math.sqrt(2000) * rng.standard_normal((800, 2000))
    path = np.exp(np.concatenate([np.zeros((800, 1)), np.cumsum(steps, axis=1)], axis=1))
    part = pd.DataFrame(
        {"open": path[:, 0], "close": path[:, -1], "high": path.max(1), "low": path.min(1)}
    )
    for measure in ("parkinson", "garman_klass"):
        variance = np.exp(2 * SERIES[measure](part)).mean()
        assert math.sqrt(variance) == pytest.approx(0.01, rel=0.06)


# ---------------------------------------------------------------- what is not there


def test_what_a_series_lacks_is_said_and_the_others_are_studied(tmp_path):
    frame = bars(8)
    frame.loc[frame["security"] == "B", "volume"] = np.nan
    frame.loc[frame["security"] == "C", ["open"]] = np.nan
    got = fitted(frame, tmp_path).measure_activity(("range", "volume"), windows=[(0, 0)])
    volume = rows_of(got, "volume", (0, 0))["portfolio_t"]
    assert volume["n_pairs"] == 14
    assert "7 pairs left out: no volume of B in the price file" in volume["note"]
    assert rows_of(got, "parkinson", (0, 0))["portfolio_t"]["n_pairs"] == 21
    body = rows_of(got, "garman_klass", (0, 0))["portfolio_t"]
    assert body["n_pairs"] == 14
    assert "no open, high, low and close of C in the price file" in body["note"]


def test_a_measure_nobody_has_is_rows_with_the_reason():
    case, daily = studies.random_study(36)
    got = studies.fitted(case, daily).measure_activity(("range", "volume"), windows=[(0, 0)])
    assert set(got["measure"]) == {"parkinson", "garman_klass", "volume"}
    assert (got["n_pairs"] == 0).all()
    assert got["statistic"].isna().all()
    for note in got.loc[got["measure"] == "volume", "note"]:
        assert note.startswith("not available: no volume of S0 in the price file")


def test_volume_without_enough_sessions_or_without_a_benchmark(tmp_path):
    frame = bars(9)
    at = frame.index[frame["security"] == "A"]
    frame.loc[at[:170], "volume"] = np.nan
    results = fitted(frame, tmp_path)
    note = rows_of(results.measure_activity("volume"), "volume", (0, 0))["portfolio_t"]["note"]
    assert "fewer than 60 estimation sessions with a volume of A" in note
    frame.loc[frame["security"] == "M", "volume"] = np.nan
    got = fitted(frame, tmp_path).measure_activity("volume", volume_model="market_model")
    assert set(got["note"]) == {"not available: the benchmark has no volume to model others by"}


def test_measures_and_windows_it_cannot_have_are_refused(tmp_path):
    results = fitted(bars(10), tmp_path)
    with pytest.raises(SpecificationError, match="unknown activity measure 'volum'; did you mean"):
        results.measure_activity("volum")
    with pytest.raises(SpecificationError, match=r"unknown volume_model 'mean'"):
        results.measure_activity("volume", volume_model="mean")
    with pytest.raises(NotApplicableError, match="not inside the event window"):
        results.measure_activity("volume", windows=[(0, 9)])
    results.save(tmp_path / "out", report=False)
    with pytest.raises(NotApplicableError, match="read from a folder"):
        load_results(tmp_path / "out").measure_activity("volume")


@pytest.mark.slow
def test_frame_survives_save_and_load(tmp_path):
    results = fitted(bars(13, zero=(150,)), tmp_path, activity=Activity())
    assert list(results.activity["measure"].unique()) == [
        "volatility", "beaver", "parkinson", "garman_klass", "volume",
    ]  # fmt: skip
    pd.testing.assert_frame_equal(results.activity, results.measure_activity())
    results.save(tmp_path / "out", report=False)
    back = load_results(tmp_path / "out").activity
    pd.testing.assert_frame_equal(back, results.activity, rtol=1e-10, check_dtype=False)


# ---------------------------------------------------------------- real prices


@pytest.mark.skipif(not REAL.exists(), reason="the real prices are not here")
def test_real_prices_have_ranges_and_volumes():
    panel = read_prices(REAL)
    frame = pd.DataFrame(
        {
            "event_id": [f"E{n:02d}" for n in range(12)],
            "date": pd.bdate_range("2023-03-01", periods=12, freq="25B"),
        }
    )
    results = study(
        markets=("N225", "TWII", "HSI", "CNH"), model=ConstantMean(), calendar=None,
        estimation_window=(-250, -21), min_obs=100,
    ).fit(Events.from_frame(frame), panel)  # fmt: skip
    got = results.measure_activity(windows=[(0, 0)])
    volume = rows_of(got, "volume", (0, 0))["portfolio_t"]
    assert volume["n_pairs"] == 36
    assert "no volume of CNH in the price file" in volume["note"]
    assert rows_of(got, "parkinson", (0, 0))["portfolio_t"]["n_pairs"] == 48
    assert got["statistic"].notna().sum() == len(got)
