"""Joint regression: weighted, and ranked among shifts; against plain algebra and statsmodels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import oracle_shifts
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from eventstudy import ConstantMean, Events, EventStudy, MarketModel, PricePanel
from eventstudy.analyses.joint_markets import known_volatility
from eventstudy.analyses.joint_placebo import MOST_SHIFTS
from eventstudy.exceptions import SpecificationError

pytestmark = pytest.mark.fast_tests(2)

DATES = pd.bdate_range("2021-01-04", periods=130)
ROWS = [60, 61, 80, 82, 100, 101, 112, 120]
KINDS = list("abababaa")


def panel(seed, *, gaps=()):
    rng = np.random.default_rng(seed)
    scale = np.where((np.arange(130) // 25) % 2, 2.5, 1.0)[:, None]
    common = rng.normal(0, 0.008, (130, 1))
    frame = pd.DataFrame(
        scale * (common + rng.normal(0, 0.01, (130, 2))), index=DATES, columns=["M0", "M1"]
    )
    for row, market in gaps:
        frame.iloc[row, market] = np.nan
    return frame.assign(B=common[:, 0] + rng.normal(0, 0.004, 130))


def fit(frame, *, rows=ROWS, kinds=KINDS, model=None, **settings):
    table = pd.DataFrame(
        {"event_id": [f"E{n}" for n in range(len(rows))], "date": DATES[rows], "category": kinds}
    )
    study = EventStudy(
        markets=("M0", "M1"), model=model or ConstantMean(), estimation_window=(-55, -8),
        event_window=(-1, 1), car_windows=[(0, 0), (-1, 1)], statistics="cross_sectional_t",
        calendar="data", date_only="same", min_obs=20, draws=500, by=("category",),
    )  # fmt: skip
    return replace(study, **settings).fit(
        Events.from_frame(table), PricePanel.from_frame(frame, content="returns")
    )


def row_of(frame, security, group, window, test="car"):
    (row,) = frame[
        (frame["security"] == security)
        & (frame["group"] == group)
        & (frame["window_start"] == window[0])
        & (frame["window_end"] == window[1])
        & (frame["test"] == test)
    ].to_dict("records")
    return row


def plain_markets(results, frame, factors=None):
    data = results.fitted.data.joint_data(results.fitted.sample)
    known = known_volatility(data)
    out = {}
    for market, name in enumerate(("M0", "M1")):
        used = np.flatnonzero(data.sample[market] & np.isfinite(data.returns[market]))
        index = pd.DatetimeIndex(data.dates[market, used])
        out[name] = oracle_shifts.Market(
            frame[name].loc[index],
            pd.Series(known[market, used], index=index),
            None if factors is None else frame[factors].loc[index],
        )
    return out


@pytest.mark.parametrize("model", [ConstantMean(), MarketModel("B")])
def test_weighted_estimates_are_those_of_statsmodels_wls_on_explicit_dummies(model):
    frame = panel(1)
    results = fit(frame, model=model, draws=0)
    joint = results.joint_regression()
    factors = ["B"] if isinstance(model, MarketModel) else None
    for name, market in plain_markets(results, frame, factors).items():
        index = market.y.index
        base = pd.DataFrame({"const": 1.0}, index=index)
        if factors:
            base = base.join(frame[factors].loc[index])
        for kind in "ab":
            for tau in (-1, 0, 1):
                days = DATES[[r + tau for r, k in zip(ROWS, KINDS, strict=True) if k == kind]]
                base[f"{kind}{tau}"] = index.isin(days).astype(float)
        plain = sm.WLS(market.y, base, weights=1.0 / market.h**2).fit()
        for kind in "ab":
            for window in ((0, 0), (-1, 1)):
                pick = [float(c in {f"{kind}{t}" for t in range(window[0], window[1] + 1)})
                        for c in base.columns]  # fmt: skip
                expected = plain.t_test(np.array(pick))
                row = row_of(joint, name, f"category={kind}", window)
                assert row["estimate"] == pytest.approx(expected.effect[0], rel=1e-8)
                assert row["std_error"] == pytest.approx(float(expected.sd[0, 0]), rel=1e-8)
                assert row["pvalue"] == pytest.approx(float(expected.pvalue), rel=1e-8)
                assert row["weights"] == "volatility"
                assert row["note_placebo"].startswith("not available: no placebo draws")


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("weights", ["volatility", "equal"])
def test_ranks_are_those_of_every_shift_by_dense_algebra(weights):
    frame = panel(2, gaps=[(40, 0), (95, 1)])
    results = fit(frame, joint_weights=weights)
    joint = results.joint_regression()
    markets = plain_markets(results, frame)
    if weights == "equal":
        for market in markets.values():
            market.h[:] = 1.0
    events = list(zip(KINDS, DATES[ROWS], strict=True))
    n = len(set().union(*[set(m.y.index) for m in markets.values()]))
    for kind, window in (("a", (0, 0)), ("b", (-1, 1))):
        every = [
            oracle_shifts.statistics(markets, events, shift, (-1, 1), kind, window)
            for shift in range(n)
        ]
        for name in ("M0", "M1", "all"):
            row = row_of(joint, name, f"category={kind}", window)
            values = np.array([abs(one[name]) for one in every])
            assert row["statistic_placebo"] == pytest.approx(every[0][name], rel=1e-8)
            p = (values >= values[0] * (1 - 1e-9)).mean()
            assert row["pvalue_placebo"] == pytest.approx(p, rel=1e-9)
            assert row["n_draws"] == n
            assert f"all {n} shifts used" in row["note_placebo"]
            if name != "all":
                critical = stats.t.ppf(0.975, every[0][f"{name} df"])
                size = np.mean([one[f"{name} classical"] >= critical for one in every])
                assert row["size"] == pytest.approx(size)
                assert row["size_low"] < size < row["size_high"]


def test_f_tests_of_a_market_are_ranked_and_those_across_markets_say_why_not():
    joint = fit(panel(3)).joint_regression()
    ranked = joint[(joint["test"] != "car") & (joint["security"] != "all")]
    assert ranked["pvalue_placebo"].between(0.0, 1.0).all()
    np.testing.assert_allclose(ranked["statistic_placebo"], ranked["statistic"], rtol=1e-8)
    across = joint[(joint["test"] != "car") & (joint["security"] == "all")]
    assert across["pvalue_placebo"].isna().all()
    assert set(across["note_placebo"]) == {"not available: F tests across markets are not ranked"}


def test_one_date_takes_its_spread_from_the_other_event_sessions():
    kinds = [*"aaaaaaa", "b"]
    joint = fit(panel(4), kinds=kinds).joint_regression()
    row = row_of(joint, "M0", "category=b", (0, 0))
    assert row["n_dates"] == 1
    assert "one date: its spread is that of the other event sessions" in row["note_placebo"]
    assert 0 < row["pvalue_placebo"] <= 1


def test_draws_follow_the_seed_and_are_no_more_than_there_are():
    frame = panel(5)
    one, two = (fit(frame, draws=30).joint_regression() for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
    other = fit(frame, draws=30, seed=7).joint_regression()
    assert not one["pvalue_placebo"].equals(other["pvalue_placebo"])
    assert one["statistic_placebo"].equals(other["statistic_placebo"])
    assert one["n_draws"].max() == 30 < MOST_SHIFTS


def test_an_effect_of_its_own_is_found_and_the_other_group_is_left_alone():
    frame = panel(8)
    at = DATES[[r for r, k in zip(ROWS, KINDS, strict=True) if k == "a"]]
    frame.loc[at, ["M0", "M1"]] += 0.08
    joint = fit(frame).joint_regression()
    for name in ("M0", "M1", "all"):
        assert row_of(joint, name, "category=a", (0, 0))["pvalue_placebo"] < 0.03
    a, b = (row_of(joint, "all", f"category={kind}", (0, 0))["estimate"] for kind in "ab")
    assert abs(b) < a / 2


def test_weights_are_one_of_two():
    results = fit(panel(7), draws=0)
    equal = results.joint_regression(weights="equal")
    assert set(equal["weights"]) == {"equal"}
    with pytest.raises(SpecificationError, match="weights"):
        results.joint_regression(weights="volatlity")
    with pytest.raises(SpecificationError, match="joint_weights"):
        EventStudy(joint_weights="none")
