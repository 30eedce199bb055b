"""Size and power of intraday tests under a U-shaped pattern, heavy tails and volatile days.

Every replication simulates 60 sessions of 78 bars of five minutes. The volatility of a bar is the
level of its day times the pattern of the clock, 2.3 times as high at the open as at noon; levels
persist from day to day. News comes on session 40, at the open or at noon, and moves nothing (size)
or adds a return (power). Prints the share of replications rejected at 5 %.

    python benchmarks/size_intraday.py --replications 1000
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pandas as pd
from scipy import stats

from eventstudy.intraday.estimation import (
    estimate_window,
    estimation_days,
    level_before,
    pattern,
    sum_window,
)
from eventstudy.intraday.grid import Grid
from eventstudy.intraday.pipeline import make_series
from eventstudy.intraday.statistics import WindowOutcome, pair_placebo
from eventstudy.markets.calendars import exchange_sessions
from eventstudy.markets.market import get_market

SESSIONS, BARS, EVENT, DAYS = 60, 78, 40, 20
PLACES = {"open": 0, "noon": 36}
LENGTHS = {"5 min": 1, "15 min": 3, "60 min": 12}
TESTS = ("naive t", "columns t", "clock t", "scaled t", "placebo")
DESIGNS = {
    "normal, equal days": {"tail": None, "spread": 0.0, "event": 1.0, "ma": 0.0},
    "t5, persistent levels": {"tail": 5, "spread": 0.4, "event": 1.0, "ma": 0.0},
    "t5, event day twice as volatile": {"tail": 5, "spread": 0.4, "event": 2.0, "ma": 0.0},
    "t5, bars correlate -0.25": {"tail": 5, "spread": 0.4, "event": 1.0, "ma": -0.27},
    "t5, bars correlate +0.25": {"tail": 5, "spread": 0.4, "event": 1.0, "ma": 0.27},
}
POWER = {"t5, news of 3 bar s.d. at noon": {"tail": 5, "spread": 0.4, "event": 1.0, "ma": 0.0}}
_BAR_SD = 0.001


def shape() -> np.ndarray:
    """Standard deviation of a bar by clock time, mean square 1: high at open and close."""
    x = np.linspace(-1.0, 1.0, BARS)
    sd = 1.0 + 1.0 * x**4 + 0.35 * np.exp(-8.0 * (x + 1.0))
    return sd / np.sqrt((sd**2).mean())


def draw(
    rng: np.random.Generator, tail: int | None, spread: float, event: float, ma: float
) -> np.ndarray:
    """Returns ``(S, C)``."""
    level = np.empty(SESSIONS)
    level[0] = rng.normal()
    for day in range(1, SESSIONS):
        level[day] = 0.7 * level[day - 1] + np.sqrt(1 - 0.49) * rng.normal()
    scale = np.exp(spread * level)
    scale[EVENT] *= event
    z = (
        rng.normal(size=(SESSIONS, BARS + 1))
        if tail is None
        else rng.standard_t(tail, size=(SESSIONS, BARS + 1)) / np.sqrt(tail / (tail - 2))
    )
    z = (z[:, 1:] + ma * z[:, :-1]) / np.sqrt(1 + ma**2)
    return _BAR_SD * scale[:, None] * shape() * z


def grid_of(returns: np.ndarray) -> Grid:
    """Lay simulated returns out as bars of New York."""
    calendar = exchange_sessions("XNYS", "2025-01-02", "2025-04-30")
    clocks = 570 + 5 * np.arange(BARS)
    session, clock = np.divmod(np.arange(SESSIONS * BARS), BARS)
    yes = np.ones(returns.shape, dtype=bool)
    starts = calendar.opens[:SESSIONS, None] + 5 * np.arange(BARS).astype("m8[m]")
    return Grid(
        security="SIM", market=get_market("SPX"), calendar=calendar, minutes=5,
        sessions=calendar.sessions[:SESSIONS], clocks=clocks, returns=returns, starts=starts,
        slot=np.arange(SESSIONS * BARS).reshape(returns.shape), slot_session=session,
        slot_clock=clock, has_bar=yes, after_break=~yes, from_open=~yes,
    )  # fmt: skip


def pvalues(returns: np.ndarray, place: int) -> dict[tuple[str, str], float]:
    """P-values of every test in windows of every length from one clock time on."""
    longest = max(LENGTHS.values())
    grid = grid_of(returns)
    series = make_series(grid, np.zeros(longest, dtype=int), place + np.arange(longest), None, None)
    outcomes: dict[str, list[WindowOutcome]] = {name: [] for name in LENGTHS}
    patterns: dict = {}
    positions = {}
    for session in range(SESSIONS):
        days = estimation_days(series.usable, session, DAYS)
        positions[session] = position = estimate_window(series, session, days, 10)
        key = days.tobytes()
        if key not in patterns:
            patterns[key] = pattern(returns[days])
        level = level_before(grid, session * BARS + place, patterns[key])
        for name, length in LENGTHS.items():
            total = sum_window(position, slice(0, length))
            outcomes[name].append(WindowOutcome(row=0, session=session, total=total, level=level))
    before = returns[EVENT - DAYS : EVENT]
    out = {}
    for name, length in LENGTHS.items():
        own = outcomes[name][EVENT]
        t = own.total.car / own.total.std_error
        plain = before.std(ddof=1) * np.sqrt(length * (1.0 + length / before.size))
        naive = (returns[EVENT, place : place + length].sum() - length * before.mean()) / plain
        parts = positions[EVENT].variance[:length]
        freedom = parts.sum() ** 2 / (parts**2 / (DAYS - 1)).sum()
        columns = abs(own.total.car) / np.sqrt(parts.sum())
        out[name, "naive t"] = 2 * stats.t.sf(abs(naive), before.size - 1)
        out[name, "columns t"] = 2 * stats.t.sf(columns, freedom)
        out[name, "clock t"] = 2 * stats.t.sf(abs(t), own.total.df)
        out[name, "scaled t"] = 2 * stats.t.sf(abs(t) / own.level, own.total.df)
        out[name, "placebo"] = float(pair_placebo([own], outcomes[name])[0][0])
    return out


def run(name: str, design: dict, effect: float, seeds: list[int]) -> dict:
    """Rejections of every test, place and length, over replications."""
    rejections: dict = {}
    for seed in seeds:
        returns = draw(np.random.default_rng([seed, sum(map(ord, name))]), **design)
        for place, at in PLACES.items():
            if effect and place != "noon":
                continue
            moved = returns.copy()
            moved[EVENT, at] += effect * _BAR_SD * shape()[PLACES["noon"]]
            for (length, test), p in pvalues(moved, at).items():
                # The first session has too few bars before it: 58 placebo days, p of n/59, and the
                # largest level that is 5 % or less is 2/59 = 3.4 %.
                key = (name, place, length, test)
                rejections[key] = rejections.get(key, 0) + (p <= 0.05 + 1e-12)
    return rejections


def main() -> None:
    """Run every design and print the rates."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    several = options.processes
    parts = [list(range(k, options.replications, several)) for k in range(several)]
    rates: dict = {}
    jobs = [(n, d, 0.0) for n, d in DESIGNS.items()] + [(n, d, 3.0) for n, d in POWER.items()]
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        waiting = [
            pool.submit(run, name, design, effect, seeds)
            for name, design, effect in jobs
            for seeds in parts
        ]
        for job in waiting:
            for key, number in job.result().items():
                rates[key] = rates.get(key, 0) + number
    frame = pd.Series(rates).div(options.replications / 100).unstack()  # noqa: PD010 - a Series
    frame = frame[list(TESTS)]
    order = [*DESIGNS, *POWER]
    frame = frame.sort_index(key=lambda index: index.map(
        lambda name: order.index(name) if name in order else [*PLACES, *LENGTHS].index(name)
    ))  # fmt: skip
    error = 100 * np.sqrt(0.05 * 0.95 / options.replications)
    print(f"rejected at 5 %, in percent; {options.replications} replications, s.e. {error:.1f}")
    print(frame.round(1).to_string())


if __name__ == "__main__":
    main()
