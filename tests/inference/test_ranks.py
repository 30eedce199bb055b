"""Rank, sign and single-pair tests, by the public door, against an independent derivation."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import oracle
import oracle_cases
import oracle_ranks
import pandas as pd
import pytest
import studies
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from inference_studies import drawn_evidence
from scipy import stats

from eventstudy.inference import STATISTICS
from eventstudy.inference.evidence import Block

pytestmark = pytest.mark.fast_tests(2)


@pytest.fixture
def rng():
    return np.random.default_rng(17)


WINDOWS = [(0, 0), (-1, 1), (-3, 5)]
SMALL = {"n_events": 4, "n_securities": 3, "n_weekdays": 200, "estimation": (-70, -11)}


def rounded(case, digits=2):
    """The same study with returns rounded, so that sessions tie."""
    return replace(case, returns={name: r.round(digits) for name, r in case.returns.items()})


def assert_same(case, daily, windows=WINDOWS, names=oracle_ranks.NAMES):
    """Compare every statistic, window and side; return how many had an answer."""
    results = studies.fitted(case, daily, statistics=names, car_windows=windows)
    answered = 0
    for side in oracle_ranks.SIDES:
        rows = results.tidy("all", windows=windows, names=names, alternative=side)
        rows = rows.drop_duplicates(["window_start", "window_end", "name"])
        assert len(rows) == len(windows) * len(names)
        for row in rows.to_dict("records"):
            window = (row["window_start"], row["window_end"])
            expected = oracle_ranks.statistic(case, window, row["name"], side)
            where = (row["name"], window, side)
            for key in ("statistic", "pvalue"):
                assert row[key] == pytest.approx(expected[key], rel=1e-8, abs=1e-10, nan_ok=True), (
                    where
                )
            if math.isnan(expected["statistic"]):
                assert row["note"].startswith(("not available: ", "no abnormal return")), where
            else:
                assert row["df"] == pytest.approx(expected["df"], nan_ok=True), where
                answered += 1
    return answered


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("dates", oracle_cases.DATES)
def test_statistics_of_random_studies(dates, seed):
    model = oracle.MODELS[(seed + oracle_cases.DATES.index(dates)) % 4]
    case, daily = studies.random_study(
        70 + seed, model=model, dates=dates, missing=0.06,
        empty_window=(0, 0) if seed else None, mask=bool(seed),
        n_factors=2 if model == "factor" else None, **SMALL,
    )  # fmt: skip
    assert assert_same(case, daily) >= 36


@pytest.mark.slow
@pytest.mark.parametrize("model", ["constant_mean", "market_adjusted"])
def test_ties_share_their_ranks(model):
    case, daily = studies.random_study(81, model=model, **SMALL)
    daily = {name: series.round(2) for name, series in daily.items()}
    factors = case.factors and {name: table.round(2) for name, table in case.factors.items()}
    case = replace(rounded(case), factors=factors)
    values = list(oracle_ranks.both_windows(case, 0).values())
    assert len(set(values)) < len(values) / 2
    assert assert_same(case, daily) >= 36


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("digits", [2, 12])
def test_one_pair_and_two(n, digits):
    case, daily = studies.random_study(82, model="constant_mean", missing=0.05, **SMALL)
    keep = oracle.kept(case)[-n:]
    case = rounded(replace(case, pairs=[case.pairs[i] for i in keep]), digits)
    assert assert_same(case, daily, WINDOWS) >= (27 if n == 1 else 36)
    rows = studies.fitted(case, daily, statistics=oracle_ranks.NAMES).tidy("all")
    notes = rows[rows["window_start"] == 0].set_index("name")["note"]
    if n == 1:
        assert "fewer than two pairs" in notes["grank_t"].iloc[0]
        assert "fewer than two pairs" in notes["grank_z"].iloc[0]
    else:
        assert "a single pair, and this group has 2" in notes["sq"].iloc[0]


def test_equal_scars_are_refused():
    case, daily = studies.random_study(83, model="constant_mean", holidays=0.0, **SMALL)
    series = case.returns["S0"]
    case = replace(
        case,
        returns=dict.fromkeys(("S0", "S1"), series),
        pairs=[("E00", name, case.pairs[0][2]) for name in ("S0", "S1")],
    )
    rows = studies.fitted(case, daily, statistics=("grank_t", "grank_z")).tidy("all")
    assert rows["statistic"].isna().all()
    assert rows["note"].str.contains("equal SCARs").all()


@pytest.mark.slow
@pytest.mark.parametrize("dates", ["two_clusters", "partial"])
@pytest.mark.parametrize("digits", [2, 12])
def test_draws_at_once_are_draws_one_by_one(dates, digits):
    case, daily = studies.random_study(
        85, model="constant_mean", dates=dates, n_events=4, n_securities=3, n_weekdays=220,
        estimation=(-60, -8), event=(-2, 2), min_obs=30, missing=0.05,
    )  # fmt: skip
    results = studies.fitted(
        rounded(case, digits), daily, draws=150, statistics="placebo", car_windows=[(0, 0), (-2, 1)]
    )
    for window in [(0, 0), (-2, 1)]:
        drawn = drawn_evidence(results, window)
        assert drawn.n_draws >= 20
        signs = np.where(np.arange(drawn.n_pairs) % 3 == 1, -1.0, 1.0)
        for evidence in (drawn, replace(drawn, sign=signs)):
            for name in ("corrado_rank", *oracle_ranks.NAMES):
                if name == "sq":
                    continue
                compute = STATISTICS[name].value.compute
                together = compute(evidence)
                assert np.isfinite(together.statistic).mean() > 0.9, name
                for draw in range(0, drawn.n_draws, 7):
                    one = tuple(
                        Block(
                            columns=b.columns, rows=b.rows, moves=b.moves,
                            pick=b.pick[draw : draw + 1],
                        )
                        for b in evidence.blocks
                    )  # fmt: skip
                    alone = compute(replace(evidence, blocks=one))
                    for key in ("statistic", "pvalue", "df"):
                        got, want = getattr(together, key)[draw], getattr(alone, key)[0]
                        assert got == pytest.approx(want, rel=1e-9, abs=1e-12, nan_ok=True), name


@pytest.mark.slow
@given(seed=st.integers(0, 10_000), scale=st.floats(0.1, 10.0), flip=st.booleans())
@settings(
    max_examples=settings.default.max_examples * 12 // 100,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_scaling_changes_nothing_and_a_flip_mirrors(seed, scale, flip):
    case, daily = studies.random_study(
        seed, model="constant_mean", dates="common", n_events=2, n_securities=4, n_weekdays=120,
        estimation=(-50, -6), event=(-1, 1), min_obs=20,
    )  # fmt: skip
    factor = -scale if flip else scale
    other = replace(
        case,
        returns={
            # Scaling one security is nothing to a rank; only all can be turned at once.
            name: r * (factor if name == "S1" or flip else 1.0)
            for name, r in case.returns.items()
        },
    )
    # Simple returns cannot lose more than everything.
    assume(min(series.min() for series in other.returns.values()) > -1.0)
    names = [name for name in ("corrado_rank", *oracle_ranks.NAMES) if name != "sq"]
    one, two = (
        studies.fitted(c, daily, statistics=names, car_windows=[(0, 0), (-1, 1)]).tidy("all")
        for c in (case, other)
    )
    turn = -1.0 if flip else 1.0
    for name in names:
        a, b = (rows[rows["name"] == name] for rows in (one, two))
        np.testing.assert_allclose(
            a["statistic"].to_numpy(), turn * b["statistic"].to_numpy(), rtol=1e-6, atol=1e-9
        )
        np.testing.assert_allclose(a["pvalue"].to_numpy(), b["pvalue"].to_numpy(), rtol=1e-6)


@pytest.mark.slow
def test_size_in_simulated_studies():
    """True nulls, independent securities, dates far apart: 5 % within a Monte-Carlo band."""
    rng = np.random.default_rng(87)
    dates = pd.bdate_range("2020-01-01", periods=900)
    rejected = dict.fromkeys(oracle_ranks.NAMES, 0)
    rounds = 80
    for _ in range(rounds):
        names = [f"S{s}" for s in range(12)]
        returns = {n: pd.Series(0.006 * rng.standard_t(6, 900), index=dates) for n in names}
        days = rng.choice(np.arange(110, 890, 13), 12, replace=False)
        case = oracle.Case(
            returns=returns,
            factors=None,
            pairs=[
                (f"E{i:02d}", n, dates[d]) for i, (n, d) in enumerate(zip(names, days, strict=True))
            ],
            model="constant_mean",
            estimation=(-100, -6),
            event=(-1, 1),
            min_obs=60,
        )
        results = studies.fitted(case, {}, statistics=oracle_ranks.NAMES, car_windows=[(-1, 1)])
        rows = results.tidy("all", windows=[(-1, 1)]).set_index("name")
        for name in rejected:
            p = rows.loc[name, "pvalue"]
            if name == "sq":  # of one pair of the study
                p = results.car["sq_pvalue"].iloc[0]
            rejected[name] += p <= 0.05
    low, high = stats.binom.ppf([0.0005, 0.9995], rounds, 0.05)
    for name, number in rejected.items():
        if name == "sign_exact":
            assert number <= high  # a discrete p-value errs on the safe side
        else:
            assert low <= number <= high, (name, number / rounds)
