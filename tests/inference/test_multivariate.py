"""Tests across markets: against loops over pairs, and against regressions with event dummies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import oracle
import oracle_cases
import oracle_joint
import pandas as pd
import pytest
import statsmodels.api as sm
import studies
from linearmodels.system import SUR

from eventstudy import (
    ConstantMean,
    Events,
    EventStudy,
    MarketAdjusted,
    MarketModel,
    PricePanel,
)
from eventstudy.estimation.abnormal import cumulate
from eventstudy.inference import STATISTICS
from eventstudy.inference.design import Cumulated, GroupCache, gather_evidence
from eventstudy.inference.evidence import Block
from eventstudy.windows import Window

pytestmark = pytest.mark.fast_tests(1)

NAMES = oracle_joint.CONTRASTS
DATES = pd.bdate_range("2022-01-03", periods=160)


def rows_of(results, window, group="all"):
    frame = results.statistics
    chosen = frame[
        (frame["group"] == group)
        & (frame["measure"] == "car")
        & (frame["window_start"] == window[0])
        & (frame["window_end"] == window[1])
    ]
    return chosen.set_index("name")


def panel(seed, n_markets, *, missing=()):
    """Markets that move with each other and with B; `missing` rows have no return."""
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 0.01, (len(DATES), 1))
    own = rng.normal(0, 0.01, (len(DATES), n_markets))
    frame = pd.DataFrame(
        0.7 * common + own, index=DATES, columns=[f"M{n}" for n in range(n_markets)]
    )
    frame.iloc[list(missing)] = np.nan
    return frame.assign(B=common[:, 0] + rng.normal(0, 0.004, len(DATES)))


def fit(frame, days, model, *, markets, estimation=(-130, -20), **settings):
    events = pd.DataFrame(
        {"event_id": [f"E{n}" for n in range(len(days))], "date": [DATES[day] for day in days]}
    )
    study = EventStudy(
        markets=markets, model=model, estimation_window=estimation, event_window=(-1, 1),
        car_windows=[(0, 0), (-1, 1)], statistics=NAMES, calendar="data", date_only="same",
        min_obs=30, draws=0,
    )  # fmt: skip
    study = replace(study, **settings)
    return study.fit(Events.from_frame(events), PricePanel.from_frame(frame, content="returns"))


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("dates", oracle_cases.DATES)
@pytest.mark.parametrize("model", oracle.MODELS)
def test_random_studies_agree_with_loops(model, dates):
    """Holidays of their own, missing returns, overlapping windows, several events a day."""
    place = oracle.MODELS.index(model) + 4 * oracle_cases.DATES.index(dates)
    case, daily = studies.random_study(
        500 + place, model=model, dates=dates, n_events=5, n_securities=3, n_weekdays=240,
        estimation=(-90, -11), n_factors=2 if model == "factor" else None, holidays=0.05,
    )  # fmt: skip
    results = studies.fitted(case, daily, statistics=NAMES)
    compared = 0
    for window in [(0, 0), (-1, 1), case.event]:
        for name, row in rows_of(results, window).iterrows():
            f, df, p = oracle_joint.across_markets(case, window, name)
            np.testing.assert_allclose(row["statistic"], f, rtol=1e-8, err_msg=name)
            np.testing.assert_allclose([row["df"], row["pvalue"]], [df, p], rtol=1e-8)
            compared += 1
    assert compared == 9


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("n_markets", [1, 2, 4])
@pytest.mark.parametrize("model", [ConstantMean(), MarketModel("B")])
def test_one_date_is_the_system_of_event_dummies(n_markets, model):
    """Common sessions and regressors: the Wald statistic of SUR, times Hotelling's factor."""
    frame = panel(3, n_markets)
    markets = tuple(frame.columns[:n_markets])
    results = fit(frame, [140], model, markets=markets, estimation=(-100, -5))
    used = [*range(40, 136), 139, 140, 141]
    x = np.ones((len(used), 1))
    if model.factors:
        x = np.column_stack([x, frame["B"].to_numpy()[used]])
    for window, taus in (((0, 0), [0]), ((-1, 1), [-1, 0, 1])):
        dummies = np.array([[float(row == 140 + tau) for tau in (-1, 0, 1)] for row in used])
        design = np.column_stack([x, dummies])
        system = {m: {"dependent": frame[m].to_numpy()[used], "exog": design} for m in markets}
        solved = SUR(system).fit(cov_type="unadjusted", debiased=True)
        k = design.shape[1]
        pick = np.zeros((n_markets, n_markets * k))
        for market in range(n_markets):
            for tau in taus:
                pick[market, market * k + x.shape[1] + 1 + tau] = 1.0
        mean = pick @ solved.params.to_numpy()
        spread = pick @ solved.cov.to_numpy() @ pick.T
        df = 96 - x.shape[1]
        for name in NAMES if n_markets > 1 else NAMES[:1]:
            rows = oracle_joint.contrast(name, n_markets)
            value, q = rows @ mean, len(rows)
            wald = value @ np.linalg.inv(rows @ spread @ rows.T) @ value
            row = rows_of(results, window).loc[name]
            np.testing.assert_allclose(row["statistic"], wald * (df - q + 1) / (q * df), rtol=1e-8)
            assert row["df"] == df - q + 1


def test_one_market_and_date_is_the_f_test_of_least_squares():
    frame = panel(4, 1)
    results = fit(frame, [140], MarketModel("B"), markets=("M0",), estimation=(-100, -5))
    used = [*range(40, 136), 139, 140, 141]
    dummies = np.array([[float(row == 140 + tau) for tau in (-1, 0, 1)] for row in used])
    x = np.column_stack([np.ones(len(used)), frame["B"].to_numpy()[used], dummies])
    ols = sm.OLS(frame["M0"].to_numpy()[used], x).fit()
    expected = ols.f_test(np.array([[0, 0, 1, 1, 1]]))
    row = rows_of(results, (-1, 1)).loc["joint_f"]
    np.testing.assert_allclose(row["statistic"], float(np.squeeze(expected.fvalue)), rtol=1e-8)
    np.testing.assert_allclose(row["pvalue"], float(expected.pvalue), rtol=1e-8)
    car = results.car[results.car["window_start"] == -1]["t"].item()
    np.testing.assert_allclose(row["statistic"], car**2, rtol=1e-10)


GONE = range(80, 98)  # so that all estimation windows hold the same 80 sessions
DISPERSED = [100, 104, 109, 113]


def test_dispersed_dates_without_estimated_coefficients_are_the_system():
    """No coefficient, no forecast error in common: exact, apart from M - 1 in place of M."""
    frame = panel(5, 3, missing=GONE)
    for market in ("M0", "M1", "M2"):  # the variance of `market_adjusted` is about the mean
        excess = (frame[market] - frame["B"]).iloc[:80]
        frame.loc[DATES[:80], market] -= excess.mean()
    results = fit(frame, DISPERSED, MarketAdjusted("B"), markets=("M0", "M1", "M2"))
    used = [*range(80), *[day + tau for day in DISPERSED for tau in (-1, 0, 1)]]
    dummies = np.eye(len(used))[:, 80:]
    excess = frame.sub(frame["B"], axis=0).to_numpy()[used]
    system = {f"M{n}": {"dependent": excess[:, n], "exog": dummies} for n in range(3)}
    solved = SUR(system).fit(cov_type="unadjusted", debiased=True)
    for window, taus in (((0, 0), [1]), ((-1, 1), [0, 1, 2])):
        one = np.zeros(12)
        for event in range(4):
            one[[3 * event + tau for tau in taus]] = 0.25
        pick = np.kron(np.eye(3), one)
        mean, spread = pick @ solved.params.to_numpy(), pick @ solved.cov.to_numpy() @ pick.T
        for name in NAMES:
            rows = oracle_joint.contrast(name, 3)
            value, q = rows @ mean, len(rows)
            wald = value @ np.linalg.inv(rows @ spread @ rows.T) @ value * 79 / 80
            found = rows_of(results, window).loc[name, "statistic"]
            np.testing.assert_allclose(found, wald * (79 - q + 1) / (q * 79), rtol=1e-8)


def test_dispersed_dates_differ_from_the_system_by_the_common_forecast_error_only():
    """Constant mean: dates share the error of the mean, ``sigma L^2/M`` that is not counted."""
    frame = panel(6, 2, missing=GONE)
    results = fit(frame, DISPERSED, ConstantMean(), markets=("M0", "M1"))
    used = [*range(80), *[day + tau for day in DISPERSED for tau in (-1, 0, 1)]]
    design = np.column_stack([np.ones(len(used)), np.eye(len(used))[:, 80:]])
    y = frame[["M0", "M1"]].to_numpy()[used]
    system = {f"M{n}": {"dependent": y[:, n], "exog": design} for n in range(2)}
    solved = SUR(system).fit(cov_type="unadjusted", debiased=True)
    pick = np.kron(np.eye(2), np.r_[0.0, np.full(12, 0.25)])
    mean, spread = pick @ solved.params.to_numpy(), pick @ solved.cov.to_numpy() @ pick.T
    sigma = np.asarray(solved.sigma)
    ours = spread - sigma * 9 / 80 * (1 - 1 / 4)
    wald = mean @ np.linalg.inv(ours) @ mean
    found = rows_of(results, (-1, 1)).loc["joint_f", "statistic"]
    np.testing.assert_allclose(found, wald * 78 / (2 * 79), rtol=1e-8)


def test_two_news_items_of_one_day_are_not_more_evidence_than_one():
    frame = panel(7, 3)
    one = fit(frame, [140], ConstantMean(), markets=("M0", "M1", "M2"))
    two = fit(frame, [140, 140], ConstantMean(), markets=("M0", "M1", "M2"))
    for name in NAMES:
        first, second = (rows_of(r, (0, 0)).loc[name, "statistic"] for r in (one, two))
        np.testing.assert_allclose(first, second, rtol=1e-12)


def test_a_rise_here_and_a_fall_there_is_no_zero():
    """The sum is blind to it, the other two are not."""
    frame = panel(8, 2)
    frame.loc[DATES[140]] = [0.08, -0.08, 0.0]
    rows = rows_of(fit(frame, [140], ConstantMean(), markets=("M0", "M1")), (0, 0))
    assert rows.loc["joint_f", "pvalue"] < 1e-6
    assert rows.loc["joint_f_equal", "pvalue"] < 1e-6
    assert rows.loc["joint_f_sum", "pvalue"] > 0.5


def test_signs_turn_markets_before_they_are_compared():
    frame = panel(9, 2)
    events = pd.DataFrame(
        {"event_id": ["a", "b"], "date": [DATES[130], DATES[140]], "expected_sign": ["-", "+"]}
    )
    study = EventStudy(
        markets=("M0", "M1"), model=ConstantMean(), estimation_window=(-100, -5),
        event_window=(0, 0), car_windows=[(0, 0)], statistics=NAMES, calendar="data",
        date_only="same", min_obs=30, draws=0, sign="expected",
    )  # fmt: skip
    signed = study.fit(Events.from_frame(events), PricePanel.from_frame(frame, content="returns"))
    cars = signed.car.pivot_table(index="security", columns="event_id", values="car")
    mean = (cars["b"] - cars["a"]).to_numpy() / 2
    se = signed.car.pivot_table(index="security", columns="event_id", values="std_error")
    residuals = signed.fitted.design.table.residuals
    rho = [np.corrcoef(residuals[2 * e], residuals[2 * e + 1])[0, 1] for e in (0, 1)]
    spread = np.zeros((2, 2))
    for event, r in zip(("a", "b"), rho, strict=True):
        s = se[event].to_numpy()
        spread += np.outer(s, s) * np.array([[1, r], [r, 1]]) / 4
    wald = mean @ np.linalg.inv(spread) @ mean
    df = 95
    found = rows_of(signed, (0, 0)).loc["joint_f", "statistic"]
    np.testing.assert_allclose(found, wald * (df - 1) / (2 * df), rtol=1e-8)


@pytest.mark.slow
def test_what_makes_no_sense_is_refused_with_the_reason():
    alone = rows_of(fit(panel(10, 1), [140], ConstantMean(), markets=("M0",)), (0, 0))
    for name in NAMES[1:]:
        assert alone.loc[name, "note"] == (
            "not available: a single market: the hypothesis is about several"
        )
    assert np.isfinite(alone.loc["joint_f", "statistic"])
    twins = panel(11, 2)
    twins["M1"] = twins["M0"]
    rows = rows_of(fit(twins, [140], ConstantMean(), markets=("M0", "M1")), (0, 0))
    assert rows.loc["joint_f", "note"].startswith("not available: no more residual degrees")
    assert np.isfinite(rows.loc["joint_f_sum", "statistic"])
    many = panel(12, 40)
    names = tuple(f"M{n}" for n in range(40))
    crowded = fit(many, [140], ConstantMean(), markets=names, estimation=(-36, -5))
    assert rows_of(crowded, (0, 0))["note"].str.startswith("not available").all()
    sided = fit(panel(10, 2), [140], ConstantMean(), markets=("M0", "M1"), alternative="greater")
    assert rows_of(sided, (0, 0))["note"].str.contains("no direction").all()


def test_every_draw_is_what_it_would_be_alone():
    """Sums over blocks of pairs, a placement each, are those of the pairs together."""
    frame = panel(13, 3, missing=[60])
    frame.iloc[75, 0] = np.nan  # some placements lack a return
    days = [90, 92, 120, 121]
    results = fit(
        frame, days, MarketModel("B"), markets=("M0", "M1", "M2"), estimation=(-45, -6), draws=60
    )
    design, window = results.fitted.design, Window(-1, 1)
    session = Cumulated(
        window=window,
        real=cumulate(design.table, window),
        placebo=cumulate(design.placebo.table, window),
    )
    held = np.arange(12)
    gathered = gather_evidence(design, held, held[:0], session, GroupCache())
    drawn = gathered.drawn
    assert len(drawn.blocks) > 1
    for name in NAMES:
        compute = STATISTICS[name].value.compute
        together = compute(drawn)
        for draw in range(0, drawn.n_draws, 7):
            rows = np.empty(12, dtype=np.int64)
            for block in drawn.blocks:
                rows[block.columns] = block.rows[block.pick[draw]]
            one = Block(
                columns=held, rows=rows[None], moves=np.zeros(1, int), pick=np.zeros(1, int)
            )
            alone = compute(replace(drawn, blocks=(one,)))
            np.testing.assert_allclose(together.statistic[draw], alone.statistic[0], rtol=1e-9)
            np.testing.assert_allclose(together.pvalue[draw], alone.pvalue[0], rtol=1e-9)
    assert rows_of(results, (0, 0))["size"].notna().all()
