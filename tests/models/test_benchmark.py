"""Constant mean and market-adjusted returns by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy import Events, EventStudy, PricePanel
from eventstudy.exceptions import SpecificationError
from eventstudy.inference.evaluate import NO_MOMENTS
from eventstudy.kernels import moment_tables
from eventstudy.models import ConstantMean, EstimationSample, MarketAdjusted, Raw

RETURNS = np.array([[0.01, -0.02, np.nan, 0.03, 0.00, 0.05]])
BENCHMARK = np.array([[0.02, 0.01, 0.01, 0.00, -0.01, 0.02]])[..., None]


def sample(factors):
    return EstimationSample(
        returns=RETURNS,
        factors=factors,
        tables=moment_tables(RETURNS, factors),
        security=np.array([0]),
        first=np.array([0]),
        length=5,
    )


def test_the_constant_mean_is_that_of_the_sessions_there_are():
    fit = ConstantMean().fit(sample(np.empty((1, 6, 0))))
    seen = np.array([0.01, -0.02, 0.03, 0.00])
    assert fit.intercept[0] == pytest.approx(seen.mean())
    assert (fit.n_obs[0], fit.df[0], fit.mean_weight[0]) == (4, 3, 0.25)
    assert fit.sigma[0] == pytest.approx(seen.std(ddof=1))
    assert fit.coefficients.tolist() == [[pytest.approx(seen.mean())]]
    assert not fit.failed[0]


def test_market_adjusted_returns_estimate_a_variance_only():
    fit = MarketAdjusted("M").fit(sample(BENCHMARK))
    residuals = np.array([-0.01, -0.03, 0.03, 0.01])
    assert (fit.intercept[0], fit.slopes[0, 0], fit.n_parameters) == (0, 1, 0)
    assert fit.sigma[0] == pytest.approx(residuals.std(ddof=1))
    assert (fit.df[0], fit.mean_weight[0]) == (3, 0)
    assert np.isnan(fit.r_squared[0])


def test_raw_returns_estimate_a_variance_only():
    fit = Raw().fit(sample(np.empty((1, 6, 0))))
    seen = np.array([0.01, -0.02, 0.03, 0.00])
    assert (fit.intercept[0], fit.slopes.shape, fit.n_parameters, fit.df[0]) == (0, (1, 0), 0, 3)
    assert fit.sigma[0] == pytest.approx(seen.std(ddof=1))
    assert not fit.failed[0]


DATES = pd.bdate_range("2021-01-04", periods=70)
DAYS = (3, 9, 15, 21, 27, 33, 39, 45)
NEED_NO_ESTIMATION = (
    "bhar_portfolio_t", "bhar_skewness_adjusted_t", "bhar_t", "calendar_time", "calendar_time_hac",
    "cross_sectional_t", "johnson_t", "sign", "sign_exact", "skewness_adjusted_bootstrap",
    "skewness_adjusted_t", "two_way_t", "wilcoxon", "wild_bootstrap",
)  # fmt: skip


def without_estimation(model, **settings):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(0.01 * rng.standard_normal((70, 4)), DATES, [*"ABC", "IDX"])
    panel = PricePanel.from_frame(frame, content="returns", calendar="data")
    events = Events.from_frame(
        pd.DataFrame({"event_id": [f"E{day}" for day in DAYS], "date": DATES[list(DAYS)]})
    )
    given = {
        "markets": tuple("ABC"), "model": model, "event_window": (-1, 2), "car_windows": [(0, 1)],
        "estimation_window": (-60, -11), "min_obs": 0, "draws": 0, "date_only": "same",
        "calendar": "data",
    }  # fmt: skip
    return EventStudy(**(given | settings)).fit(events, panel), frame


@pytest.mark.parametrize("benchmark", [None, "IDX"])
def test_without_an_estimation_window_cars_are_returns_and_tests_of_cars_remain(benchmark):
    """Two events have 34 and 28 estimation sessions; the others none, or a few."""
    from eventstudy import STATISTICS

    model = Raw() if benchmark is None else MarketAdjusted(benchmark)
    names = tuple(entry.name for entry in STATISTICS)
    results, frame = without_estimation(model, statistics=names)
    beyond = frame if benchmark is None else frame.sub(frame[benchmark], axis=0)
    expected = [beyond[m].iloc[day : day + 2].sum() for day in DAYS for m in "ABC"]
    car = results.car.sort_values(["window_start", "event_id"], kind="stable")
    by_event = results.car.set_index(["event_id", "security"])["car"]
    got = [by_event[f"E{day}", m] for day in DAYS for m in "ABC"]
    assert got == pytest.approx(expected, rel=1e-10)
    assert len(car) == 24
    assert results.car[["std_error", "t", "pvalue"]].isna().all(axis=None)
    assert results.models["sigma"].isna().all()
    assert (results.models["n_obs"] == 0).all()
    assert "nothing estimated, event window [-1,+2]" in repr(results)
    rows = results.tidy("all", windows=[(0, 1)]).set_index("name")
    available = {name for name in rows.index if np.isfinite(rows.loc[name, "statistic"])}
    assert available >= set(NEED_NO_ESTIMATION)
    assert not available & {
        "placebo", "portfolio_t", "kolari_pynnonen", "bmp", "patell", "corrado_rank", "grank_t",
        "corrado_zivney_sign", "generalized_sign", "calendar_time_standardised",
    }  # fmt: skip
    assert rows.loc["bmp", "note"] == f"not available: {NO_MOMENTS}"
    mean, spread = np.mean(expected), np.std(expected, ddof=1)
    assert rows.loc["cross_sectional_t", "statistic"] == pytest.approx(
        mean / spread * np.sqrt(24), rel=1e-8
    )


def test_other_models_need_an_estimation_window():
    with pytest.raises(SpecificationError, match=r"min_obs is 0; it must be at least 3"):
        EventStudy(model=ConstantMean(), min_obs=0)
    with pytest.raises(SpecificationError, match=r"min_obs is 2; it must be at least 3"):
        EventStudy(model=Raw(), min_obs=2)
