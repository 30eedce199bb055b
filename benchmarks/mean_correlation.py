"""Mean correlation of many pairs: sums over date groups against pairs one by one.

    python benchmarks/mean_correlation.py [--events 500] [--markets 20]

Prints seconds of processor time and ratios, taken in the same process on the same data (windows of
11 sessions, 250 estimation sessions, as many events as asked for on 2,500 dates), and by how much
the mean correlation differs. The loop correlates every two pairs whose windows share a day; it is
timed on a part of them and multiplied. Then the windows of a study, each session alone and three
longer ones: correlations computed once for all of them against once for each.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from time import process_time
from types import SimpleNamespace

import numpy as np

from eventstudy.estimation.clusters import Structure
from eventstudy.inference.dependence import ResidualDependence
from eventstudy.inference.evidence import Block, Evidence
from eventstudy.inference.parametric import mean_correlation
from eventstudy.windows import Window

SESSIONS, ESTIMATION, LENGTH, TIMED = 2500, 250, 11, 3_000


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=500)
    parser.add_argument("--markets", type=int, default=20)
    given = parser.parse_args()
    rng = np.random.default_rng(1)
    panel = rng.normal(0.0, 0.01, (given.markets, SESSIONS)) + rng.normal(0.0, 0.007, SESSIONS)
    dates = np.busday_offset("2015-01-01", np.arange(SESSIONS), roll="forward")
    date = rng.integers(ESTIMATION + 10, SESSIONS - 6, given.events)
    security = np.tile(np.arange(given.markets), given.events)
    day0 = np.repeat(date, given.markets)
    n = len(day0)
    before = day0[:, None] + np.arange(-ESTIMATION - 10, -10)
    inside = day0[:, None] + np.arange(-5, 6)
    residuals = panel[security[:, None], before]
    residuals -= residuals.mean(axis=1, keepdims=True)
    # Only what the mean correlation looks at.
    table = SimpleNamespace(
        security=security,
        day0=day0,
        extension=np.zeros(n, dtype=np.int64),
        dates=dates[inside],
        abnormal=np.zeros((n, LENGTH)),
    )
    window = cumulated(n, Window(-5, 5))
    zeros = np.zeros(n, dtype=np.int64)
    block = Block(columns=np.arange(n), rows=np.arange(n)[None, :], moves=zeros[:1], pick=zeros[:1])
    begin = process_time()
    evidence = Evidence(
        table=table,
        window=window,
        blocks=(block,),
        structure=Structure(
            counted=np.ones(n, dtype=bool), unit=zeros, portfolio=zeros, cluster=zeros
        ),
        origin=np.arange(n),
        sign=np.ones(n),
        absent=zeros[:0],
        absent_sign=np.empty(0),
        dependence=ResidualDependence(dates[before], residuals),
    )
    _, rbar = mean_correlation(evidence)
    fast = process_time() - begin

    meet = [np.flatnonzero(np.abs(day0[i + 1 :] - day0[i]) < LENGTH) + i + 1 for i in range(n)]
    meetings = sum(len(line) for line in meet)
    every = max(1, meetings // TIMED)
    begin = process_time()
    seen, total = 0, 0.0
    number = 0
    for left, line in enumerate(meet):
        for right in line:
            number += 1
            if number % every == 0:
                total += plain(residuals, day0, left, right)
                seen += 1
    loop = (process_time() - begin) * meetings / max(seen, 1)
    print(f"pairs {n:,}, of which meet {meetings:,}")
    print(f"sums over date groups        {fast:10.2f} s")
    print(f"pairs one by one             {loop:10.2f} s, from {seen:,} of them")
    print(f"ratio                        {loop / fast:10.1f}")
    print(f"mean correlation             {rbar[0]:10.6f}")
    if seen == meetings:
        print(f"difference                   {abs(rbar[0] - 2 * total / (n * (n - 1))):10.1e}")
    print_windows(evidence, dates[before], residuals)


def print_windows(evidence: Evidence, dates: np.ndarray, residuals: np.ndarray) -> None:
    """Print what the windows of a study cost, with correlations once and once for each."""
    n = len(residuals)
    windows = [Window(tau, tau) for tau in range(-5, 6)]
    windows += [Window(0, 1), Window(-1, 1), Window(-5, 5)]
    seconds = []
    for is_shared in (True, False):
        begin = process_time()
        made = ResidualDependence(dates, residuals)
        for asked in windows:
            if not is_shared:
                made = ResidualDependence(dates, residuals)
            mean_correlation(replace(evidence, window=cumulated(n, asked), dependence=made))
        seconds.append(process_time() - begin)
    print(f"{len(windows)} windows, correlations once  {seconds[0]:10.2f} s")
    print(f"{len(windows)} windows, once for each      {seconds[1]:10.2f} s")
    print(f"ratio                        {seconds[1] / seconds[0]:10.1f}")


def cumulated(n: int, window: Window) -> SimpleNamespace:
    """Return which sessions a window holds, the same for all pairs."""
    taus = np.arange(-5, 6)
    inside = (taus >= window.start) & (taus <= window.end)
    return SimpleNamespace(
        window=window,
        present=np.tile(inside.astype(float), (n, 1)),
        n_sessions=np.full(n, window.length),
    )


def plain(residuals: np.ndarray, day0: np.ndarray, left: int, right: int) -> float:
    """Weight of two pairs, from the days they share."""
    apart = int(day0[right] - day0[left])
    x, y = residuals[left], residuals[right]
    a, b = (x[apart:], y[: len(y) - apart]) if apart >= 0 else (x[:apart], y[-apart:])
    return float(np.corrcoef(a, b)[0, 1]) * (LENGTH - abs(apart)) / LENGTH


if __name__ == "__main__":
    main()
