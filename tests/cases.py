"""Small made-up studies every statistic is tested on: one date for all, ties, missing returns.

Each function makes one shape a study can have, and is named for it. It returns a `Case` of the
oracle and the daily factors beside it, as `studies.fitted` takes them: all securities have every
weekday as a session, so that an event's date is its day 0. Pairs stand in the order of a study:
by date, then event, then security.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from oracle import Case, Window

Study = tuple[Case, dict[str, pd.Series]]
N_WEEKDAYS = 260
ESTIMATION, EVENT = (-90, -11), (-3, 5)
WINDOWS: tuple[Window, ...] = ((0, 0), (-1, 1), (-3, 5))
MIN_OBS = 40


def build(
    seed: int,
    places: Sequence[tuple[int, Sequence[int]]],
    *,
    n_securities: int = 4,
    model: str = "market_model",
    gaps: Sequence[tuple[int, int]] = (),
    grid: bool = False,
) -> Study:
    """Return a case with an event at each of `places`: (session, the securities concerned).

    `gaps` are (session, security) whose return is missing. `grid` rounds to multiples of 1/1024,
    whose sums and differences are exact, so that ties are ties.
    """
    rng = np.random.default_rng(seed)
    dates = pd.bdate_range("2021-01-04", periods=N_WEEKDAYS).as_unit("ns")
    names = [f"S{number}" for number in range(n_securities)]
    benchmark = 0.009 * rng.standard_t(5, N_WEEKDAYS)
    common = 0.006 * rng.standard_normal(N_WEEKDAYS)
    beta = rng.uniform(0.4, 1.4, n_securities)
    own = rng.uniform(0.006, 0.014, n_securities) * rng.standard_t(5, (N_WEEKDAYS, n_securities))
    values = 0.0003 + benchmark[:, None] * beta + common[:, None] + own
    if grid:
        values, benchmark = (np.round(64 * part) / 1024 for part in (values, benchmark))
        values = 4.0 * values
    for session, security in gaps:
        values[session, security] = np.nan
    returns = {
        name: pd.Series(column, index=dates, name=name)
        for name, column in zip(names, values.T, strict=True)
    }
    daily = {"beta": pd.Series(benchmark, index=dates, name="beta")}
    ordered = sorted((session, at) for at, (session, _) in enumerate(places))
    pairs = [
        (f"E{rank:02d}", names[security], dates[session])
        for rank, (session, at) in enumerate(ordered)
        for security in sorted(places[at][1])
    ]
    case = Case(
        returns=returns,
        factors={name: daily["beta"].to_frame() for name in names},
        pairs=pairs,
        model=model,
        estimation=ESTIMATION,
        event=EVENT,
        min_obs=MIN_OBS,
    )
    if model == "constant_mean":
        return replace(case, factors=None), {}
    return case, daily


def dispersed() -> Study:
    """Every pair on a date of its own, windows far apart."""
    sessions = range(110, 250, 12)
    return build(1, [(at, [number % 4]) for number, at in enumerate(sessions)])


def common_date() -> Study:
    """One date, six markets."""
    return build(2, [(150, range(6))], n_securities=6)


def partial_overlap() -> Study:
    """Events two or three sessions apart, in different markets and in the same ones."""
    return build(3, [(150, [0, 1]), (152, [1, 2]), (155, [0, 3]), (200, [0, 1, 2]), (203, [3])])


def missing_returns() -> Study:
    """Returns missing in estimation and event windows, one pair without any day 0 return."""
    gaps = [(70, 0), (71, 0), (100, 1), (149, 1), (150, 0), (151, 2), (200, 3), (199, 3), (224, 1)]
    return build(4, [(150, [0, 1, 2, 3]), (200, [1, 3]), (225, [0, 1, 2])], gaps=gaps)


def unequal_lengths() -> Study:
    """Early events have truncated estimation windows, and gaps thin out those of one market."""
    gaps = [(session, 3) for session in range(60, 200, 4)]
    return build(
        5, [(54, [0, 1]), (70, [2]), (95, [0, 2]), (160, [0, 1, 3]), (230, [3])], gaps=gaps
    )


def one_security() -> Study:
    """Many events in one security; estimation windows overlap, one pair of windows touches."""
    return build(6, [(at, [0]) for at in (105, 120, 133, 140, 171, 190, 205, 230)], n_securities=1)


def ties() -> Study:
    """Coarse returns less a coarse benchmark: ties within and across pairs, and zeros."""
    places = [(110, [0, 1]), (135, [0, 1, 2]), (160, [2, 3]), (190, [0, 3]), (220, [0, 1, 2, 3])]
    return build(7, places, model="market_adjusted", grid=True)


def one_pair() -> Study:
    """N = 1."""
    return build(8, [(150, [0])], n_securities=1)


def two_pairs() -> Study:
    """N = 2, on two dates."""
    return build(9, [(150, [0]), (190, [1])], n_securities=2)


def constant_mean() -> Study:
    """Shared dates without a benchmark."""
    return build(
        10, [(110, [0, 1, 2]), (150, [0, 1, 2, 3]), (201, [1, 2, 3])], model="constant_mean"
    )


CASES: dict[str, Callable[[], Study]] = {
    case.__name__: case
    for case in (
        dispersed,
        common_date,
        partial_overlap,
        missing_returns,
        unequal_lengths,
        one_security,
        ties,
        one_pair,
        two_pairs,
        constant_mean,
    )
}
