"""Open, high, low and volume on the sessions of each market, as logarithms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.prices.synchronisation import values_on_sessions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import FloatArray, IntArray
    from eventstudy.prices.market_series import MarketSeries
    from eventstudy.prices.panel import PricePanel
    from eventstudy.prices.returns import ReturnsPanel


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bars:
    """Ranges and volumes as logarithms, on each market's own sessions.

    Attributes
    ----------
    values : measure to ``(N, T)`` logarithms: ``parkinson``, ``garman_klass``, ``volume``; NaN
        where missing, and where a range or a volume is 0
    n_zero : measure to ``(N,)`` sessions left out because they are 0
    market_volume : ``(N, T)`` log volume of the benchmark on the same date; None without any
    """

    values: dict[str, FloatArray]
    n_zero: dict[str, IntArray]
    market_volume: FloatArray | None


def bars_on_sessions(
    prices: PricePanel,
    securities: Sequence[MarketSeries],
    returns: ReturnsPanel,
    benchmark: MarketSeries | None = None,
) -> Bars:
    """Put open, high, low and volume on the sessions of each market, as logarithms.

    Parkinson (1980): ``s^2 = ln(H/L)^2 / (4 ln 2)``. Garman and Klass (1980):
    ``s^2 = ln(H/L)^2 / 2 - (2 ln 2 - 1) ln(C/O)^2``. What is kept is ``ln s``. An inverted quote
    has the same range. ``C`` is the price the study itself uses, so files of returns have no
    Garman-Klass. `benchmark` is the series whose volume others are modelled by.
    """
    shape = returns.returns.shape
    fields = {name: np.full(shape, np.nan) for name in ("open", "high", "low", "volume", "close")}
    for n, security in enumerate(securities):
        column, sessions = security.column, security.calendar.sessions
        traded = prices.fields.get(prices.names[column])
        if traded is not None:
            dates = traded.index.to_numpy().astype("datetime64[D]")
            for name in traded.columns:
                fields[name][n, : len(sessions)] = values_on_sessions(
                    dates, traded[name].to_numpy(), sessions
                )
        if prices.content == "prices":
            placed = values_on_sessions(prices.dates[column], prices.values[column], sessions)
            fields["close"][n, : len(sessions)] = placed
    with np.errstate(divide="ignore", invalid="ignore"):
        span = np.log(fields["high"] / fields["low"])
        body = np.log(fields["close"] / fields["open"])
        squares = {
            "parkinson": span**2 / (4.0 * np.log(2.0)),
            "garman_klass": 0.5 * span**2 - (2.0 * np.log(2.0) - 1.0) * body**2,
        }
        values = {name: 0.5 * np.log(square) for name, square in squares.items()}
        values["volume"] = np.log(fields["volume"])
    n_zero = {}
    for name, logs in values.items():
        n_zero[name] = np.isneginf(logs).sum(axis=1)
        values[name] = np.where(np.isfinite(logs), logs, np.nan)
    return Bars(
        values=values, n_zero=n_zero, market_volume=_market_volume(prices, returns, benchmark)
    )


def _market_volume(
    prices: PricePanel, returns: ReturnsPanel, benchmark: MarketSeries | None
) -> FloatArray | None:
    traded = None if benchmark is None else prices.fields.get(prices.names[benchmark.column])
    if traded is None or "volume" not in traded:
        return None
    volume = traded["volume"].to_numpy(dtype=np.float64)
    logs = np.log(np.where(volume > 0, volume, np.nan))
    if not np.isfinite(logs).any():
        return None
    dates = traded.index.to_numpy().astype("datetime64[D]")
    out = np.full(returns.returns.shape, np.nan)
    for n, count in enumerate(returns.n_sessions):
        out[n, :count] = values_on_sessions(dates, logs, returns.dates[n, :count])
    return out
