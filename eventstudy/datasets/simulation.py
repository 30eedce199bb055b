"""Simulated studies whose truth is known: the standard designs tests are measured on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from eventstudy.events.table import Events
from eventstudy.exceptions import SpecificationError
from eventstudy.prices.panel import PricePanel
from eventstudy.registry import choose

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, FloatArray, IntArray

Dates = Literal["shared", "dispersed", "overlapping"]
BENCHMARK = "BMK"
"""Name of the simulated benchmark's column."""

_BURN_IN = 250
_END = 10


def simulate_panel(
    *,
    n_markets: int = 4,
    n_events: int = 12,
    correlation: float = 0.5,
    n_sessions: int = 500,
    first_event: int = 150,
    volatility: float = 0.01,
    effect: float = 0.0,
    event_variance: float = 1.0,
    tail_df: float | None = None,
    seed: int = 0,
    dates: Dates = "shared",
    spacing: int = 3,
    garch: tuple[float, float] | None = None,
    thin: float = 0.0,
    beta: float | tuple[float, ...] | None = None,
) -> tuple[Events, PricePanel]:
    """Return events and returns of markets that move together, with a known effect.

    Parameters
    ----------
    n_markets, n_events
        Markets, and dates of events in each of them.
    correlation
        Of the returns of any two markets on one date (of what the benchmark leaves, where there
        is one).
    n_sessions, first_event
        Business days from 2 January 2017; events fall on different sessions drawn at random
        between `first_event` and 10 sessions before the end.
    volatility
        Standard deviation of a return, decimal.
    effect
        Added to a market's return on the event session, decimal: the truth.
    event_variance
        Factor on the variance of the event session.
    tail_df
        Degrees of freedom of Student returns (scaled to `volatility`); None for normal ones.
    seed
        Of everything random.
    dates
        ``"shared"``: every event is on one date in all markets. ``"dispersed"``: every market has
        dates of its own, and an event concerns one market. ``"overlapping"``: as shared, but
        each market's date is drawn 0 to `spacing` sessions later, so that event windows overlap
        in part; an event concerns one market.
    spacing
        Sessions between the first and the last date of overlapping events at the most.
    garch
        ``(alpha, beta)`` of a GARCH(1,1) variance (Bollerslev 1986) of every market, around
        `volatility`; the extra variance and the effect of event sessions do not feed into it.
    thin
        Share of sessions, drawn for each market, on which its price is not updated: the return
        is 0 and the next price catches up. The benchmark is always up to date. An effect can
        therefore show late, as it would.
    beta
        Of every market, or one for each: adds a benchmark, column ``BMK``, of the same
        `volatility`. None for no benchmark.

    Returns
    -------
    events, prices
        Events by date (use ``date_only="same"``) and a panel of decimal returns with
        ``calendar="data"``, columns ``M01, M02, ...``.

    Raises
    ------
    SpecificationError
        For a design that cannot be drawn, naming the argument.

    Examples
    --------
    >>> events, prices = simulate_panel(dates="dispersed", n_markets=2, n_events=3)
    >>> len(events), prices.names
    (6, ('M01', 'M02'))
    """
    # Overlapping events keep so far apart that no market has two on one date.
    reach = spacing * n_events if dates == "overlapping" else 0
    room = n_sessions - _END - first_event - reach
    _check(dates, spacing, garch, thin, beta, n_markets, room - n_events)
    rng = np.random.default_rng(seed)
    # Drawn in this order whatever the options, so that new options do not change what a seed gives.
    common = rng.standard_normal((n_sessions, 1))
    idiosyncratic = rng.standard_normal((n_sessions, n_markets))
    shocks = np.sqrt(correlation) * common + np.sqrt(1.0 - correlation) * idiosyncratic
    if tail_df is not None:
        shocks *= np.sqrt((tail_df - 2.0) / rng.chisquare(tail_df, (n_sessions, 1)))
    at = _event_rows(rng, dates, n_markets, n_events, first_event, room, spacing)
    if garch is not None:
        before = rng.standard_normal((_BURN_IN, n_markets))
        shocks *= _garch_scale(np.vstack([before, shocks]), *garch)[_BURN_IN:]
    column = np.arange(n_markets)
    shocks[at, column] *= np.sqrt(event_variance)
    returns = volatility * shocks
    returns[at, column] += effect

    names = [f"M{market:02d}" for market in range(1, n_markets + 1)]
    columns = dict(zip(names, returns.T, strict=True))
    if beta is not None:
        benchmark = volatility * rng.standard_normal(n_sessions)
        returns += benchmark[:, None] * np.broadcast_to(beta, n_markets)
        columns[BENCHMARK] = benchmark
    if thin:
        returns[:] = _thinned(returns, rng.random(returns.shape) < thin)
    calendar = pd.bdate_range("2017-01-02", periods=n_sessions).as_unit("ns")
    frame = pd.DataFrame(columns, index=calendar)
    events = _event_table(at, calendar, names, by_market=dates != "shared")
    return (
        Events.from_frame(events, name="simulated events"),
        PricePanel.from_frame(frame, content="returns", name="simulated returns", calendar="data"),
    )


def _check(
    dates: str,
    spacing: int,
    garch: tuple[float, float] | None,
    thin: float,
    beta: float | tuple[float, ...] | None,
    n_markets: int,
    spare: int,
) -> None:
    choose(dates, get_args(Dates), "dates")
    if spacing < 0:
        raise SpecificationError(f"spacing is {spacing}; it counts sessions, from 0")
    if garch is not None and not (min(garch) >= 0 and sum(garch) < 1):
        raise SpecificationError(
            f"garch is {garch}; alpha and beta must not be negative and sum to less than 1"
        )
    if not 0 <= thin < 1:
        raise SpecificationError(f"thin is {thin}; it is a share of sessions, from 0 to below 1")
    if beta is not None and np.size(beta) not in (1, n_markets):
        raise SpecificationError(f"beta has {np.size(beta)} values for {n_markets} markets")
    if spare < 0:
        raise SpecificationError(
            f"n_events is {-spare} more than there are sessions between first_event and the end"
        )


def _event_rows(
    rng: np.random.Generator,
    dates: str,
    n_markets: int,
    n_events: int,
    first: int,
    room: int,
    spacing: int,
) -> IntArray:
    """Session of every event in every market, ``(n_events, n_markets)``."""
    rows = np.arange(first, first + room)
    if dates == "dispersed":
        drawn = [rng.choice(rows, n_events, replace=False) for _ in range(n_markets)]
        return np.sort(np.column_stack(drawn), axis=0)
    at = np.sort(rng.choice(rows, n_events, replace=False))
    shared = np.tile(at[:, None], (1, n_markets))
    if dates == "overlapping":
        shared += spacing * np.arange(n_events)[:, None]
        shared += rng.integers(0, spacing + 1, shared.shape)
    return shared


def _garch_scale(shocks: FloatArray, alpha: float, beta: float) -> FloatArray:
    """Conditional standard deviation of each session relative to the mean one, ``(T, N)``.

    ``v_t = 1 - alpha - beta + (alpha e_{t-1}^2 + beta) v_{t-1}``, e the shock of unit variance.
    """
    variance = np.ones_like(shocks)
    for t in range(1, len(shocks)):
        variance[t] = 1.0 - alpha - beta + (alpha * shocks[t - 1] ** 2 + beta) * variance[t - 1]
    return np.sqrt(variance)


def _thinned(returns: FloatArray, stale: BoolArray) -> FloatArray:
    """Returns of prices that stand still on `stale` sessions and catch up on the next one."""
    level = np.cumprod(1.0 + returns, axis=0)
    # The first session has a price; from then on the last one that was updated.
    fresh = np.where(stale, 0, np.arange(len(level))[:, None])
    price = np.take_along_axis(level, np.maximum.accumulate(fresh, axis=0), axis=0)
    before = np.vstack([np.ones((1, level.shape[1])), price[:-1]])
    return np.where(price == before, 0.0, price / before - 1.0)


def _event_table(
    at: IntArray, calendar: pd.DatetimeIndex, names: list[str], *, by_market: bool
) -> pd.DataFrame:
    if not by_market:
        number = np.arange(1, len(at) + 1)
        rows, extra = at[:, 0], {}
    else:
        # One event a market and date, in the order of time.
        order = np.argsort(at, axis=None, kind="stable")
        rows = at.ravel()[order]
        number = np.arange(1, len(rows) + 1)
        extra = {"markets": [names[market] for market in order % len(names)]}
    ids = [f"E{n:03d}" for n in number]
    return pd.DataFrame({"event_id": ids, "date": calendar[rows].strftime("%Y-%m-%d"), **extra})
