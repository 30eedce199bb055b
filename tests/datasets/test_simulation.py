"""Simulated panels have the truth they say they have."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.datasets.simulation import BENCHMARK, simulate_panel
from eventstudy.exceptions import SpecificationError

LONG = {"n_sessions": 40_000, "first_event": 100, "n_events": 5_000}


def rows_of(events, prices):
    """(session, market) of every event and market it concerns."""
    dates = prices.frame().index
    names = prices.names
    at = dates.get_indexer(events.frame["date"])
    return [
        (row, names.index(market))
        for row, markets in zip(at, events.frame["markets"], strict=True)
        for market in (markets or [name for name in names if name != BENCHMARK])
    ]


@pytest.mark.parametrize(
    ("settings", "total", "squares", "first", "at_200"),
    [
        ({}, -0.7965843268359127, 0.2035066653451767, "2017-08-31", -0.002981106446594416),
        (
            {"seed": 3, "tail_df": 3.0},
            0.9786974541092466,
            0.1760790358516868,
            "2017-08-10",
            0.006113304815669874,
        ),
        (
            {"seed": 5, "event_variance": 2.0, "effect": 0.01, "n_markets": 2, "n_events": 3},
            0.2769211432322647,
            0.09561212509655509,
            "2017-08-10",
            -0.0029114267189397727,
        ),
    ],
)
def test_a_seed_gives_what_it_always_gave(settings, total, squares, first, at_200):
    events, prices = simulate_panel(**settings)
    values = prices.frame().to_numpy()
    assert values.sum() == pytest.approx(total, rel=1e-10)
    assert (values**2).sum() == pytest.approx(squares, rel=1e-10)
    assert values[200, 0] == pytest.approx(at_200, rel=1e-12)
    assert f"{events.frame['date'].iloc[0]:%Y-%m-%d}" == first


def test_dispersed_events_concern_one_market_each_on_dates_of_its_own():
    events, prices = simulate_panel(dates="dispersed", n_markets=3, n_events=8, seed=1)
    rows = rows_of(events, prices)
    assert len(rows) == len(events) == 24
    assert events.frame["date"].is_monotonic_increasing
    by_market = [sorted(row for row, market in rows if market == m) for m in range(3)]
    assert all(len(set(dates)) == 8 for dates in by_market)
    assert len({tuple(dates) for dates in by_market}) == 3


def test_overlapping_events_lie_a_few_sessions_apart():
    _, shared = simulate_panel(n_events=9, seed=2)
    events, prices = simulate_panel(dates="overlapping", n_events=9, spacing=3, seed=2)
    assert prices.frame().equals(shared.frame())  # only the dates differ
    rows = np.array(sorted(rows_of(events, prices)))
    spread = [sorted(rows[rows[:, 1] == m, 0]) for m in range(4)]
    apart = np.ptp(np.array(spread), axis=0)
    assert apart.max() <= 3
    assert (apart > 0).any()
    assert all(len(set(dates)) == 9 for dates in spread)


@pytest.mark.slow
def test_correlation_and_variance_of_event_sessions():
    settings = LONG | {"n_markets": 2, "correlation": 0.6, "seed": 4}
    events, prices = simulate_panel(**settings, event_variance=2.0)
    _, plain = simulate_panel(**settings)
    values, base = prices.frame().to_numpy(), plain.frame().to_numpy()
    assert np.corrcoef(base.T)[0, 1] == pytest.approx(0.6, abs=0.01)
    assert base.std() == pytest.approx(0.01, rel=0.01)
    at = sorted({row for row, _ in rows_of(events, prices)})
    others = np.setdiff1d(np.arange(len(values)), at)
    assert values[at] == pytest.approx(np.sqrt(2.0) * base[at])
    assert (values[others] == base[others]).all()


def test_effect_is_added_on_event_sessions_only():
    settings = {"dates": "dispersed", "garch": (0.1, 0.8), "seed": 6}
    events, prices = simulate_panel(**settings, effect=0.02)
    _, plain = simulate_panel(**settings)
    added = prices.frame().to_numpy() - plain.frame().to_numpy()
    expected = np.zeros_like(added)
    for row, market in rows_of(events, prices):
        expected[row, market] = 0.02
    assert added == pytest.approx(expected, abs=1e-15)


def test_student_tails_are_heavy_and_keep_the_variance():
    _, prices = simulate_panel(**LONG, n_markets=2, tail_df=5.0, seed=7)
    values = prices.frame().to_numpy() / 0.01
    assert values.var() == pytest.approx(1.0, rel=0.05)
    assert (np.abs(values) > 4).mean() > 10 * 6.3e-5  # 6.3e-5 of normal returns


@pytest.mark.slow
def test_garch_volatility_clusters_around_the_same_mean():
    _, prices = simulate_panel(**LONG, n_markets=2, garch=(0.1, 0.85), seed=8)
    values = prices.frame().to_numpy() / 0.01
    assert values.var() == pytest.approx(1.0, rel=0.1)
    squares = values**2 - (values**2).mean()
    lagged = (squares[1:] * squares[:-1]).mean() / (squares**2).mean()
    # alpha (1 - beta (alpha + beta)) / (1 - 2 alpha beta - beta^2)  (Bollerslev 1986)
    assert lagged == pytest.approx(
        0.1 * (1 - 0.85 * 0.95) / (1 - 2 * 0.1 * 0.85 - 0.85**2), abs=0.06
    )


def test_benchmark_explains_the_markets_by_their_betas():
    _, prices = simulate_panel(**LONG, n_markets=3, beta=(0.5, 1.0, 1.5), seed=9)
    frame = prices.frame()
    assert list(frame.columns) == ["M01", "M02", "M03", BENCHMARK]
    benchmark = frame.pop(BENCHMARK).to_numpy()
    slopes = [np.polyfit(benchmark, frame[name], 1)[0] for name in frame]
    assert slopes == pytest.approx([0.5, 1.0, 1.5], abs=0.02)


@pytest.mark.slow
def test_thin_prices_stand_still_and_catch_up():
    settings = LONG | {"n_markets": 2, "beta": 1.0, "seed": 10}
    _, prices = simulate_panel(**settings, thin=0.3)
    _, plain = simulate_panel(**settings)
    thin, full = prices.frame(), plain.frame()
    assert (thin[BENCHMARK] == full[BENCHMARK]).all()
    market, true = thin["M01"].to_numpy(), full["M01"].to_numpy()
    stale = market == 0.0
    assert stale.mean() == pytest.approx(0.3, abs=0.01)
    level, real = np.cumprod(1.0 + market), np.cumprod(1.0 + true)
    assert level[~stale] == pytest.approx(real[~stale], rel=1e-9)
    assert np.polyfit(full[BENCHMARK], market, 1)[0] == pytest.approx(0.7, abs=0.035)  # 1 - thin


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dates": "disperse"}, "did you mean 'dispersed'"),
        ({"garch": (0.5, 0.6)}, r"garch is \(0\.5, 0\.6\); alpha and beta must not be negative"),
        ({"thin": 1.0}, r"thin is 1\.0; it is a share"),
        ({"beta": (1.0, 1.0)}, "beta has 2 values for 4 markets"),
        ({"spacing": -1}, "spacing is -1"),
        ({"n_events": 341}, "n_events is 1 more than there are sessions"),
    ],
)
def test_designs_that_cannot_be_drawn_are_refused(settings, message):
    with pytest.raises(SpecificationError, match=message):
        simulate_panel(**settings)
