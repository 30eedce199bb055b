"""The remaining parametric, calendar-time and bootstrap statistics against loops over pairs."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import oracle
import oracle_parametric
import oracle_units
import pandas as pd
import pytest
import studies

from eventstudy import (
    ConstantMean,
    Events,
    EventStudy,
    PricePanel,
    Window,
)
from eventstudy.estimation.abnormal import AbnormalReturns, cumulate
from eventstudy.estimation.clusters import Structure
from eventstudy.inference import STATISTICS, evaluate
from eventstudy.inference import dependence as workings_room
from eventstudy.inference.clustered import cluster_t, wild_t, wild_weights
from eventstudy.inference.dependence import ResidualDependence
from eventstudy.inference.design import gather_evidence
from eventstudy.inference.evidence import Block, Evidence
from eventstudy.inference.skewness import hall_of_resamples, resamples
from eventstudy.models.base import ModelFit

NAMES = oracle_parametric.STATISTICS + oracle_parametric.BOOTSTRAPS
ALTERNATIVES = ("two-sided", "greater", "less")
WINDOWS = [(0, 0), (-1, 1), (-3, 5)]
SMALL = {"n_events": 5, "n_securities": 3, "n_weekdays": 240, "estimation": (-90, -11)}
KINDS = {
    "dispersed dates": {"dates": "dispersed", "model": "market_model"},
    "one common date": {"dates": "common", "model": "market_model"},
    "partial overlap": {"dates": "partial", "model": "constant_mean"},
    "missing returns": {
        "dates": "dispersed",
        "model": "constant_mean",
        "missing": 0.12,
        "empty_window": (0, 0),
    },
    "a pair absent in a window": {"dates": "partial", "model": "factor", "empty_window": (-1, 1)},
    "unequal estimation lengths": {"dates": "dispersed", "model": "market_model", "mask": True},
    "windows beyond the rows": {
        "dates": "two_clusters",
        "model": "market_adjusted",
        "beyond_end": True,
        "holidays": 0.1,
    },
    "one security in many events": {"dates": "one_security", "model": "market_model"},
    "one pair": {"dates": "dispersed", "model": "constant_mean", "n_events": 1, "n_securities": 1},
    "two pairs": {"dates": "dispersed", "model": "constant_mean", "n_events": 2, "n_securities": 1},
}


def answers(case, daily, **settings):
    """One tidy frame by window and name for each alternative."""
    results = studies.fitted(
        case, daily, statistics=NAMES, car_windows=WINDOWS, **({"draws": 0} | settings)
    )
    found = {}
    for side in ALTERNATIVES:
        rows = results.tidy("all", names=NAMES, alternative=side)
        rows = rows[rows["measure"] == "car"]
        found[side] = rows.set_index(["window_start", "window_end", "name"])
    return found


def close(got, expected):
    return got == pytest.approx(expected, rel=1e-8, abs=1e-10, nan_ok=True)


def assert_as_in_the_oracle(case, found):
    refused = set()
    for side, window, name in itertools.product(ALTERNATIVES, WINDOWS, NAMES):
        row = found[side].loc[(*window, name)]
        expected = oracle_parametric.statistic(case, window, name, alternative=side)
        where = (side, window, name)
        assert close(row["statistic"], expected["statistic"]), where
        if math.isnan(expected["statistic"]):
            refused.add(name)
            assert math.isnan(row["pvalue"]), where
            assert row["note"].startswith(("not available: ", "no abnormal return")), where
            continue
        assert close(row["df"], expected["df"]), where
        if name not in oracle_parametric.BOOTSTRAPS or not math.isnan(expected["pvalue"]):
            assert close(row["pvalue"], expected["pvalue"]), where
        else:
            assert 0 < row["pvalue"] <= 1, where
    return refused


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(2))
def test_random_studies_agree_with_the_oracle(kind, seed):
    settings = SMALL | {"holidays": 0.05} | KINDS[kind]
    case, daily = studies.random_study(4000 + 100 * seed + list(KINDS).index(kind), **settings)
    found = answers(case, daily)
    refused = assert_as_in_the_oracle(case, found)
    if kind == "one pair":
        assert refused >= {"skewness_adjusted_t", "two_way_t", "wild_bootstrap", "calendar_time"}
    if kind == "dispersed dates":  # the two-way variance may be negative anywhere
        assert refused <= {"two_way_t"}


@pytest.mark.slow
@pytest.mark.parametrize("step", [0.005, 0.02])
def test_ties_agree_with_the_oracle(step):
    case, daily = studies.random_study(
        41, **SMALL, model="constant_mean", dates="dispersed", missing=0.0
    )
    coarse = {name: (r / step).round() * step for name, r in case.returns.items()}
    case = replace(case, returns=coarse)
    assert_as_in_the_oracle(case, answers(case, daily))


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("name", NAMES)
def test_one_sided_p_values_are_halves_of_the_two_sided_one(name):
    case, daily = studies.random_study(4321, **SMALL, model="constant_mean", dates="dispersed")
    found = answers(case, daily)
    for window in WINDOWS:
        both, above, below = (found[side].loc[(*window, name)] for side in ALTERNATIVES)
        assert both["statistic"] == above["statistic"] == below["statistic"]
        smaller = min(above["pvalue"], below["pvalue"])
        assert (above["pvalue"] < below["pvalue"]) == (both["statistic"] > 0)
        assert min(1.0, 2 * smaller) == pytest.approx(both["pvalue"], abs=1e-12)


# ---------------------------------------------------------------- expected signs


def test_signs_of_one_market_and_day_cancel_in_the_mean_and_not_in_the_count():
    """Two events of opposite sign on one day are two pairs whose sum is zero."""
    rng = np.random.default_rng(8)
    dates = pd.bdate_range("2021-01-04", periods=200)
    frame = pd.DataFrame(rng.normal(0, 0.01, (200, 2)), index=dates, columns=["A", "B"])
    events = pd.DataFrame(
        {
            "event_id": ["e", "f", "g", "h"],
            "date": dates[[100, 120, 140, 140]],
            "expected_sign": ["+", "-", "+", "-"],
        }
    )
    study = EventStudy(
        markets=("A", "B"), model=ConstantMean(), estimation_window=(-60, -6),
        event_window=(-1, 1), car_windows=[(0, 0)], statistics=NAMES, sign="expected",
        calendar="data", date_only="same", min_obs=20, draws=0,
    )  # fmt: skip
    results = study.fit(Events.from_frame(events), PricePanel.from_frame(frame, content="returns"))
    rows = results.statistics
    chosen = (rows["window_start"] == 0) & (rows["window_end"] == 0) & (rows["measure"] == "car")
    rows = rows[chosen].set_index("name")
    residuals = [frame.iloc[at - 60 : at - 5] for at in (100, 120, 140)]
    deviation = [
        frame.iloc[at] - part.mean() for at, part in zip((100, 120, 140), residuals, strict=True)
    ]
    assert (rows["n_pairs"] == 8).all()
    caar = (deviation[0].sum() - deviation[1].sum()) / 8
    assert rows["estimate"].iloc[0] == pytest.approx(caar)
    variance = sum(part.var().sum() for part in residuals) + residuals[2].var().sum()
    t = caar / (math.sqrt(variance) / 8)
    assert rows.loc["no_dependence_t", "statistic"] == pytest.approx(t)
    by_day = [deviation[0].mean(), -deviation[1].mean(), 0.0]
    mean, sd = np.mean(by_day), np.std(by_day, ddof=1)
    assert rows.loc["calendar_time", "statistic"] == pytest.approx(math.sqrt(3) * mean / sd)
    # a portfolio of both signs has no variance to be divided by
    assert rows.loc["calendar_time_standardised", "df"] == 1


# ---------------------------------------------------------------- the standardised portfolio


@pytest.mark.slow
def test_standardising_is_by_the_portfolio_s_own_residuals():
    """With complete windows s_d is the standard deviation of the mean residual, M - k below."""
    case, daily = studies.random_study(
        55, **SMALL, model="market_model", dates="common", missing=0.0, holidays=0.0
    )
    case = replace(
        case,
        returns={name: r.fillna(0.0) for name, r in case.returns.items()},
        factors={name: f.fillna(0.0) for name, f in case.factors.items()},
    )
    daily = {name: column.fillna(0.0) for name, column in daily.items()}
    found = answers(case, daily)["two-sided"].loc[(-3, 5, "calendar_time_standardised")]
    fits = [oracle.fit_pair(case, i) for i in oracle.kept(case)]
    residuals = pd.concat([fit.residuals for fit in fits], axis=1)
    assert residuals.notna().all(axis=None)
    mean = residuals.mean(axis=1)
    scale = math.sqrt((mean**2).sum() / (len(mean) - 2))
    series = np.array(list(oracle_parametric.calendar_series(case, (-3, 5)).values())) / scale
    t = math.sqrt(len(series)) * series.mean() / series.std(ddof=1)
    assert found["statistic"] == pytest.approx(t, rel=1e-9)


def test_correlations_that_are_too_many_to_keep_are_taken_in_parts(monkeypatch, drawn):
    compute = STATISTICS["calendar_time_standardised"].value.compute
    for evidence in drawn.values():
        kept = compute(evidence)
        with monkeypatch.context() as patch:
            patch.setattr(workings_room, "_MOST_KEPT", -1)
            table = evidence.table
            first = table.day0[:, None] + np.arange(-90, -10)
            days = np.where(np.isfinite(table.residuals), first, -1)
            dates = np.datetime64("2020-01-01") + days
            dependence = ResidualDependence(dates, table.residuals)
            in_parts = compute(replace(evidence, dependence=dependence))
        whole = compute(replace(evidence, dependence=ResidualDependence(dates, table.residuals)))
        assert np.isfinite(kept.statistic).all()
        assert in_parts.statistic == pytest.approx(whole.statistic, rel=1e-10)


# ---------------------------------------------------------------- bootstraps


@pytest.mark.parametrize("n", [2, 3, 4])
def test_resamples_are_those_of_a_full_enumeration(n):
    rng = np.random.default_rng(n)
    values = rng.exponential(1.0, n)
    picks = list(itertools.product(range(n), repeat=n))
    expected = [oracle_parametric.resampled_hall(values, pick) for pick in picks]
    counts = np.array([np.bincount(pick, minlength=n) for pick in picks], dtype=float)
    got = hall_of_resamples(values[None, :], counts)[0]
    for one, other in zip(got, expected, strict=True):
        assert one == other if math.isinf(other) else one == pytest.approx(other, abs=1e-8)


def test_the_resampled_p_value_is_near_the_exact_one():
    """999 resamples of four pairs against all 256."""
    case, daily = studies.random_study(
        66, **(SMALL | {"n_events": 4, "n_securities": 1}), model="constant_mean", missing=0.0
    )
    found = answers(case, daily)
    for window in WINDOWS:
        cars = [oracle.car(case, i, window)["car"] for i in oracle.counted(case, window)]
        assert len(cars) == 4
        own = oracle_parametric.hall(cars)
        drawn = [
            oracle_parametric.resampled_hall(cars, pick)
            for pick in itertools.product(range(4), repeat=4)
        ]
        for side, exact in (
            ("greater", np.mean([t >= own - 1e-9 for t in drawn])),
            ("less", np.mean([t <= own + 1e-9 for t in drawn])),
        ):
            p = found[side].loc[(*window, "skewness_adjusted_bootstrap"), "pvalue"]
            band = 4 * math.sqrt(exact * (1 - exact) / 999) + 2 / 1000
            assert abs(p - exact) <= band, (window, side)


@pytest.mark.parametrize("n_dates", [3, 6, 9, 10, 11, 12, 15])
def test_weighted_dates_are_those_of_a_loop(n_dates):
    rng = np.random.default_rng(n_dates)
    clusters = [list(rng.normal(0.3, 1.0, rng.integers(1, 5))) for _ in range(n_dates)]
    sums = np.array([[sum(values) for values in clusters]])
    count = np.array([[len(values) for values in clusters]], dtype=float)
    weights, is_whole = wild_weights(n_dates, (1,))
    assert is_whole == (n_dates <= 9)
    assert len(weights) == (2**n_dates if is_whole else 999)
    points = {0.5, 1.0, 1.5} if n_dates in (10, 11) else {1.0}  # Webb's under twelve dates
    assert set(np.round(np.unique(weights**2), 12)) == points
    assert abs(weights.mean()) < 0.05
    own = oracle_parametric.cluster_t(clusters)
    assert cluster_t(sums, count)[0] == pytest.approx(own)
    got = wild_t(sums, count, weights)[0]
    for pattern, t in zip(weights[:200], got[:200], strict=True):
        turned = [[w * v for v in values] for w, values in zip(pattern, clusters, strict=True)]
        assert t == pytest.approx(oracle_parametric.cluster_t(turned))
    if not is_whole and n_dates > 11:  # the drawn signs against all of them
        every = np.array(list(itertools.product([1.0, -1.0], repeat=n_dates)))
        exact = (np.abs(wild_t(sums, count, every)) >= abs(own) - 1e-9).mean()
        drawn = (np.abs(got) >= abs(own) - 1e-9).mean()
        assert abs(drawn - exact) <= 4 * math.sqrt(exact * (1 - exact) / 999)


@pytest.mark.slow
def test_enumerated_sign_patterns_are_noted_with_the_least_p_value():
    case, daily = studies.random_study(71, **SMALL, model="constant_mean", dates="dispersed")
    found = answers(case, daily)
    e = len(oracle_units.event_units(case, (0, 0)))
    for side, least in (("two-sided", 2 / 2**e), ("greater", 1 / 2**e)):
        note = found[side].loc[(0, 0, "wild_bootstrap"), "note"]
        assert note == f"all {2**e} sign patterns of {e} dates used: p >= {least:.3g}"


@pytest.mark.slow
def test_bootstraps_follow_the_seed():
    case, daily = studies.random_study(
        81, **(SMALL | {"n_events": 13, "n_weekdays": 420}), model="constant_mean"
    )
    p = {}
    for seed in (1, 1, 2):
        found = answers(case, daily, seed=seed)["two-sided"]
        drawn = [found.loc[(*w, name), "pvalue"] for w in WINDOWS for name in NAMES[-2:]]
        p.setdefault(seed, []).append(drawn)
    assert p[1][0] == p[1][1]
    assert p[1][0] != p[2][0]
    assert p[1][0] == pytest.approx(p[2][0], abs=0.1)
    assert not np.array_equal(resamples(5, (1,)), resamples(5, (2,)))
    assert (resamples(5, (1,)).sum(axis=1) == 5).all()


# ---------------------------------------------------------------- refusals


def refusal(frame, rows, name, window=(0, 0), markets=None):
    table = pd.DataFrame({"event_id": [f"e{i}" for i in rows], "date": frame.index[rows]})
    if markets is not None:
        table["markets"] = markets
    study = EventStudy(
        markets=tuple(frame.columns), model=ConstantMean(), estimation_window=(-60, -6),
        event_window=(-1, 1), car_windows=[window], statistics=name, calendar="data",
        date_only="same", min_obs=20, draws=0,
    )  # fmt: skip
    results = study.fit(Events.from_frame(table), PricePanel.from_frame(frame, content="returns"))
    row = results.test(name, window).iloc[0]
    assert math.isnan(row["statistic"])
    assert math.isnan(row["pvalue"])
    return row["note"]


@pytest.mark.slow
def test_what_is_meaningless_is_refused_in_a_sentence():
    rng = np.random.default_rng(2)
    dates = pd.bdate_range("2021-01-04", periods=200)
    frame = pd.DataFrame(rng.normal(0, 0.01, (200, 2)), index=dates, columns=["A", "B"])
    for name in ("skewness_adjusted_t", "johnson_t", "skewness_adjusted_bootstrap"):
        assert "fewer than two pairs, or equal CARs" in refusal(frame[["A"]], [100], name)
        equal = frame.assign(B=frame["A"])
        assert "equal CARs" in refusal(equal, [100], name)
    for name in ("calendar_time", "calendar_time_standardised", "calendar_time_hac"):
        assert "fewer than two calendar sessions" in refusal(frame, [100], name)
    assert "fewer than two dates" in refusal(frame, [100], "two_way_t")
    assert "or two markets" in refusal(frame[["A"]], [100, 120], "two_way_t")
    assert "fewer than two dates" in refusal(frame, [100], "wild_bootstrap")
    repeated = frame.copy()
    repeated.iloc[30:90] = np.resize([[0.01, -0.01], [-0.01, 0.01]], (60, 2))
    repeated.iloc[110:170] = repeated.iloc[30:90].to_numpy()
    repeated.iloc[[95, 175]] = 0.01, 0.02
    assert "all dates moved alike" in refusal(repeated, [95, 175], "wild_bootstrap")


def test_a_two_way_variance_that_is_not_positive_is_no_variance():
    """Two dates and two markets with an interaction alone: what both share is taken off twice."""
    frame = pd.DataFrame(
        np.resize([[0.01, -0.01], [-0.01, 0.01]], (200, 2)) * np.array([1.0, 1.0]),
        index=pd.bdate_range("2021-01-04", periods=200),
        columns=["A", "B"],
    )
    frame.iloc[100] = 0.03, -0.01
    frame.iloc[170] = -0.01, 0.03
    note = refusal(frame, [100, 170], "two_way_t")
    assert note == "not available: the variance clustered by date and market is not positive"


# ---------------------------------------------------------------- draws


@pytest.fixture
def drawn(monkeypatch):
    """Evidence of the placebo draws of a study with gaps, by window."""
    caught = {}
    gather = gather_evidence

    def catching(*args, **kwargs):
        found = gather(*args, **kwargs)
        caught[found.drawn.window.window] = found.drawn
        return found

    monkeypatch.setattr(evaluate, "gather_evidence", catching)
    case, daily = studies.random_study(
        91, **(SMALL | {"n_weekdays": 300}), model="market_model", missing=0.05, holidays=0.05
    )
    studies.fitted(case, daily, statistics=["bmp"], car_windows=[(0, 0), (-1, 1)], draws=60)
    return {window: caught[window] for window in (Window(0, 0), Window(-1, 1))}


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("name", NAMES)
def test_draws_together_are_draws_alone(name, alternative, drawn):
    compute = STATISTICS[name].value.compute
    for given in drawn.values():
        evidence = replace(given, alternative=alternative)
        together = compute(evidence)
        assert np.isfinite(together.pvalue).mean() > 0.8
        for b in range(0, evidence.n_draws, 3):
            blocks = tuple(replace(block, pick=block.pick[b : b + 1]) for block in evidence.blocks)
            alone = compute(replace(evidence, blocks=blocks))
            for field in ("statistic", "df", "pvalue"):
                got, expected = getattr(together, field)[b], getattr(alone, field)[0]
                assert close(got, expected), (name, b, field)


def test_a_thinned_draw_is_one_of_them(drawn):
    evidence = drawn[Window(0, 0)]
    some = evidence.thinned(7)
    assert some.n_draws == 7
    assert evidence.thinned(1000).n_draws == evidence.n_draws
    whole = evidence.gather(evidence.window.car)
    part = some.gather(some.window.car)
    assert np.array_equal(part[[0, -1]], whole[[0, -1]], equal_nan=True)


# ---------------------------------------------------------------- size


def independent(replications, n_dates, n_markets, n_obs, seed):
    """Evidence of independent normal returns, a constant mean: one draw a replication."""
    rng = np.random.default_rng(seed)
    n_pairs = n_dates * n_markets
    rows = np.arange(replications * n_pairs).reshape(replications, n_pairs)
    y = rng.standard_normal((rows.size, n_obs + 1))
    residuals = y[:, :-1] - y[:, :-1].mean(axis=1)[:, None]
    abnormal = y[:, -1:] - y[:, :-1].mean(axis=1)[:, None]
    sigma = residuals.std(axis=1, ddof=1)
    unit = np.repeat(np.arange(n_dates), n_markets)
    market = np.tile(np.arange(n_markets), n_dates)
    # No two replications share a date, nor any two dates of one.
    day = (unit + n_dates * np.arange(replications)[:, None]).ravel() * (n_obs + 1)
    days = day[:, None] + np.arange(-n_obs, 1)
    dates = np.datetime64("1000-01-01") + days
    number = len(day)
    nothing = np.zeros((number, 1))
    fit = ModelFit(
        model="constant_mean", intercept=np.zeros(number), slopes=np.empty((number, 0)),
        n_obs=np.full(number, n_obs), n_parameters=1, df=np.full(number, n_obs - 1.0),
        sigma=sigma, r_squared=np.zeros(number), mean_weight=np.full(number, 1.0 / n_obs),
        x_mean=np.empty((number, 0)), x_precision=np.empty((number, 0, 0)),
        coefficients=np.empty((number, 0)), coefficient_names=(), failed=np.zeros(number, bool),
    )  # fmt: skip
    std_error = (sigma * math.sqrt(1 + 1 / n_obs))[:, None]
    table = AbnormalReturns(
        security=np.tile(market, replications), day0=day, extension=np.zeros(number, int),
        event=Window(0, 0), taus=np.array([0]), dates=dates[:, -1:], returns=abnormal,
        normal=nothing, abnormal=abnormal, factors=np.empty((number, 1, 0)),
        std_error=std_error, standardized=abnormal / std_error, residuals=residuals,
        volatility=sigma[:, None], fit=fit,
    )  # fmt: skip
    everything = np.ones(n_pairs, dtype=bool)
    return Evidence(
        table=table,
        window=cumulate(table, Window(0, 0)),
        blocks=(
            Block(
                columns=np.arange(n_pairs),
                rows=rows,
                moves=np.arange(replications),
                pick=np.arange(replications),
            ),
        ),
        structure=Structure(counted=everything, unit=unit, portfolio=unit, cluster=unit),
        origin=np.arange(n_pairs),
        sign=np.ones(n_pairs),
        absent=np.empty(0, dtype=np.int64),
        absent_sign=np.empty(0),
        dependence=ResidualDependence(dates[:, :-1], residuals),
    )


SIZES = {  # replications, dates, markets, estimation sessions
    "patell_exact": (500, 12, 3, 60),
    "no_dependence_t": (500, 12, 3, 60),
    "crude_dependence": (500, 12, 3, 60),
    "skewness_adjusted_t": (500, 12, 3, 2),
    "johnson_t": (500, 12, 3, 2),
    "skewness_adjusted_bootstrap": (300, 12, 3, 2),
    "calendar_time": (500, 20, 2, 2),
    "calendar_time_standardised": (500, 20, 1, 40),
    "calendar_time_hac": (400, 120, 1, 2),
    "two_way_t": (300, 25, 25, 2),
    "wild_bootstrap": (400, 14, 3, 2),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_size_under_independent_normal_returns(name):
    """At 5 % within 3.5 Monte-Carlo standard errors.

    Estimated means shift every abnormal return of a pair, so that with two estimation sessions
    the returns are noisier, and as independent and normal as before.
    """
    replications, n_dates, n_markets, n_obs = SIZES[name]
    evidence = independent(replications, n_dates, n_markets, n_obs, seed=sum(map(ord, name)))
    answer = STATISTICS[name].value.compute(evidence)
    assert np.isfinite(answer.pvalue).mean() > 0.95
    pvalues = answer.pvalue[np.isfinite(answer.pvalue)]
    reach = 3.5 * math.sqrt(0.05 * 0.95 / replications)
    assert abs((pvalues <= 0.05).mean() - 0.05) <= reach
    # not only at 5 %: a p-value is as often below one half as above
    assert abs((pvalues <= 0.5).mean() - 0.5) <= 3.5 * 0.5 / math.sqrt(replications)


@pytest.mark.parametrize("n_obs", [2, 3, 4])  # degrees of freedom 1, 2, 3
@pytest.mark.parametrize("name", ["patell", "patell_exact", "adjusted_patell"])
def test_patell_leaves_pairs_of_two_degrees_of_freedom_out(name, n_obs):
    """The variance of t(df) is df/(df - 2): none up to 2, and 3 with three."""
    evidence = independent(1, 3, 2, n_obs, seed=4)
    answer = STATISTICS[name].value.compute(evidence)
    assert math.isfinite(answer.statistic[0]) == (n_obs > 3)


def test_pairs_of_two_degrees_of_freedom_do_not_weigh_on_the_others():
    evidence = independent(1, 3, 2, 4, seed=4)
    df = np.array([3.0, 3.0, 2.0, 3.0, 1.0, 3.0])
    table = replace(evidence.table, fit=replace(evidence.table.fit, df=df))
    scar = evidence.window.scar[df > 2]
    answer = STATISTICS["patell_exact"].value.compute(replace(evidence, table=table))
    assert answer.statistic[0] == pytest.approx(scar.sum() / math.sqrt(4 * 3.0))


@pytest.mark.parametrize("n_lines", [1, 2])
def test_a_date_counts_with_half_of_the_pairs_and_not_with_fewer(n_lines):
    """One line and many lines are averaged by different code."""
    pairs_by_date = [range(6), (0, 1, 2), (0, 1), ()]  # those with a residual: all, half, fewer
    residuals = np.full((6, 4), np.nan)
    for date, pairs in enumerate(pairs_by_date):
        residuals[list(pairs), date] = [1.0 + pair for pair in pairs]
    dates = np.datetime64("2024-01-01") + np.tile(np.arange(4), (6, 1))
    squares, number = ResidualDependence(dates, residuals).portfolio_residuals(
        np.tile(np.arange(6), (n_lines, 1)),
        label=np.zeros(6, dtype=int),
        sign=np.array([1.0, -1.0, 1.0, 1.0, 1.0, 1.0]),
        origin=np.arange(6),
        moves=np.arange(n_lines),
    )
    first, second = (1 - 2 + 3 + 4 + 5 + 6) / 6, (1 - 2 + 3) / 3
    assert number.tolist() == [[2.0]] * n_lines
    assert squares[:, 0] == pytest.approx([first**2 + second**2] * n_lines)
