"""Prices to returns: each market on its own sessions, the benchmark brought to the same time.

Outside, frames stay sessions x securities as users write them; :class:`ReturnsPanel` turns them
once into arrays of securities x sessions ``(N, T)``. Every security has its own sessions, so
column ``t`` is that market's ``t``-th session and not a common date.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from eventstudy.exceptions import EventStudyWarning, SpecificationError
from eventstudy.markets.market import market_table
from eventstudy.prices.checks import check_prices
from eventstudy.prices.checks.base import as_checks
from eventstudy.prices.panel import KINDS, PricePanel
from eventstudy.prices.plausibility import odd_quote, turned_quote_remedy
from eventstudy.prices.synchronisation import on_sessions, synchronised_returns
from eventstudy.registry import choose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from eventstudy._typing import (
        DateArray,
        FloatArray,
        IntArray,
        ReturnKind,
        Sync,
    )
    from eventstudy.prices.checks import StudySpan
    from eventstudy.prices.market_series import MarketSeries
    from eventstudy.prices.synchronisation import FactorSeries

__all__ = ["PricePanel", "ReturnsPanel", "build_returns"]

SYNCS = ("asof", "same_date", "lag")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReturnsPanel:
    """Returns of N securities on their own sessions, with the factors each of them faces.

    Arrays are read-only, left-aligned and padded to T, the longest calendar.

    Parameters
    ----------
    names : tuple of str, (N,)
    returns : array, (N, T)
        Decimal returns; NaN where missing, on the first priced session and in the padding.
    dates : array of ``datetime64[D]``, (N, T)
        Session labels, NaT in the padding.
    closes : array of ``datetime64[ns]``, (N, T)
        Closing instants in UTC, NaT in the padding and where the calendar has no clock.
    n_sessions : array of int, (N,)
    factors : array, (N, T, K)
        Return of each factor over that security's own interval; NaN where it is not known.
    factor_names : tuple of str, (K,)
        The benchmark first, if there is one.
    kind : {"simple", "log"}
    sync : {"asof", "same_date", "lag"}
    by_date : tuple of str
        Securities paired by date all the same, as they or a factor of theirs have no closing times.
    prices : array, (N, T)
        Levels after inversion; NaN throughout when returns were given.
    checks : DataFrame
        security, date, check, severity, detail; see :func:`eventstudy.prices.checks.check_prices`.
    """

    names: tuple[str, ...]
    returns: FloatArray
    dates: DateArray
    closes: DateArray
    n_sessions: IntArray
    factors: FloatArray
    factor_names: tuple[str, ...]
    kind: ReturnKind
    sync: Sync
    prices: FloatArray
    checks: pd.DataFrame
    by_date: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("returns", "dates", "closes", "n_sessions", "factors", "prices"):
            # a view, so that locking it does not lock the caller's array
            view = np.asarray(getattr(self, name)).view()
            view.setflags(write=False)
            object.__setattr__(self, name, view)

    def position(self, security: str) -> int:
        """Return the row of a security, or raise naming the nearest one."""
        return self.names.index(choose(security, self.names, "security"))

    def frame(self, security: str) -> pd.DataFrame:
        """Return price, return and factors of one security by session date."""
        row = self.position(security)
        end = int(self.n_sessions[row])
        index = pd.DatetimeIndex(self.dates[row, :end].astype("datetime64[ns]"), name="date")
        columns = {"price": self.prices[row, :end], "return": self.returns[row, :end]}
        table = pd.DataFrame({key: values.copy() for key, values in columns.items()}, index=index)
        for k, factor in enumerate(self.factor_names):
            table[factor] = self.factors[row, :end, k]
        return table

    @property
    def pairing(self) -> str:
        """How factors were paired, in words: ``asof``, or ``asof; same_date for AAPL``."""
        return (
            f"{self.sync}; same_date for {', '.join(self.by_date)}" if self.by_date else self.sync
        )

    def __repr__(self) -> str:
        factors = ", ".join(self.factor_names)
        factors_text = f", {self.pairing} {factors}" if factors else ""
        longest = int(self.n_sessions.max(initial=0))
        return (
            f"ReturnsPanel: {self.kind} returns of {len(self.names)} securities "
            f"on up to {longest} sessions{factors_text}"
        )


def build_returns(
    prices: PricePanel,
    securities: Sequence[MarketSeries],
    *,
    kind: ReturnKind = "simple",
    benchmark: MarketSeries | None = None,
    factors: Sequence[MarketSeries] = (),
    own_benchmarks: Sequence[MarketSeries | None] = (),
    sync: Sync | None = None,
    spans: Mapping[str, StudySpan] | None = None,
    is_checked: bool = True,
) -> ReturnsPanel:
    """Turn prices into returns on each market's sessions and pair the factors with them.

    Parameters
    ----------
    prices
        Never changed.
    securities
        The markets in the order of the study, on their columns of `prices`, already without
        price-less sessions.
    kind
        Simple ``P_t/P_{t-1} - 1`` or log ``ln P_t - ln P_{t-1}``, of factors too.
    benchmark
        Becomes the first factor.
    factors
        Further factors. The prices of all are checked as those of the securities are.
    own_benchmarks
        Of each security in place of the first factor, or None; empty where none has one.
    sync
        ``asof``: over the security's interval ``(c_{s-1}, c_s]`` between its own closes a factor
        goes from its last close at or before ``c_{s-1}`` to its last close at or before ``c_s``.
        ``same_date``: the factor's own return of the same date. ``lag``: that of its session
        before the date. A factor's holiday is a return of 0; beyond its first or last close it is
        missing. Where returns are given, ``asof`` compounds the rows inside the interval. None:
        ``asof`` for each security and factor that both have closing times, else ``same_date``.
    spans
        Sessions the study uses, by market, to which the checks are confined; all by default.
    is_checked
        Whether the checks are made; without them `ReturnsPanel.checks` has no row.

    Raises
    ------
    SpecificationError
        ``asof`` with a calendar that has no clock; a currency whose column holds the opposite
        quote.

    Warns
    -----
    EventStudyWarning
        ``same_date`` across time zones.
    """
    kind = cast("ReturnKind", choose(kind, KINDS, "prices.kind"))
    if sync is not None:
        sync = cast("Sync", choose(sync, SYNCS, "model.sync"))
    benchmarks = [] if benchmark is None else [benchmark]
    own = {series.name: series for series in own_benchmarks if series is not None}
    for given in (*securities, *benchmarks, *own.values(), *factors):
        _refuse_turned_quote(prices, given)
    factor_series = [on_sessions(prices, factor, kind) for factor in (*benchmarks, *factors)]
    own_series = {name: on_sessions(prices, series, kind) for name, series in own.items()}
    security_series = [on_sessions(prices, security, kind) for security in securities]
    factors_of = [factor_series] * len(security_series)
    for n, given_benchmark in enumerate(own_benchmarks):
        if given_benchmark is not None:
            factors_of[n] = [own_series[given_benchmark.name], *factor_series[1:]]
    pairings = [
        [sync or _pairing(security, factor) for factor in faced]
        for security, faced in zip(security_series, factors_of, strict=True)
    ]
    _refuse_or_warn(security_series, factors_of, pairings)

    count, length = (
        len(security_series),
        max((len(series.calendar.sessions) for series in security_series), default=0),
    )
    returns = np.full((count, length), np.nan)
    levels: FloatArray = np.broadcast_to(np.nan, (count, length))
    if any(series.is_priced for series in security_series):
        levels = np.full((count, length), np.nan)
    # securities of one exchange share their sessions, so each calendar is paired once
    synchronised: dict[tuple[tuple[bytes, bytes], tuple[str, ...]], FloatArray] = {}
    sessions_of = {
        id(calendar): (calendar.sessions.tobytes(), calendar.closes.tobytes())
        for calendar in {id(s.calendar): s.calendar for s in security_series}.values()
    }
    paired: list[FloatArray] = []
    for n, series in enumerate(security_series):
        end = len(series.calendar.sessions)
        returns[n, :end] = series.returns
        if series.is_priced:
            levels[n, :end] = series.prices
        if not factor_series:
            continue
        faced = factors_of[n]
        names = tuple(factor.name for factor in faced)
        key = (sessions_of[id(series.calendar)], names)
        if key not in synchronised:
            columns = [
                synchronised_returns(series.calendar, factor, sync=pairing, kind=kind)
                for factor, pairing in zip(faced, pairings[n], strict=True)
            ]
            synchronised[key] = np.stack(columns, axis=1)
        paired.append(synchronised[key])
    dates = _lines([series.calendar.sessions for series in security_series], length, "M8[D]")
    closes = _lines([series.calendar.closes for series in security_series], length, "M8[ns]")
    factor_returns = np.empty((count, length, 0))
    if factor_series:
        factor_returns = _lines(paired, length, "f8", len(factor_series))

    by_date = [
        series.name
        for series, pairs in zip(security_series, pairings, strict=True)
        if "same_date" in pairs
    ]
    is_by_date = bool(by_date) and all(set(pairs) == {"same_date"} for pairs in pairings)
    chosen: Sync = sync or ("same_date" if is_by_date else "asof")
    every = (*securities, *benchmarks, *own.values(), *factors)
    checked_series = {series.name: series for series in every}
    checks = as_checks([])
    if is_checked:
        checks = check_prices(prices, tuple(checked_series.values()), spans=spans)
    return ReturnsPanel(
        names=tuple(series.name for series in security_series),
        returns=returns,
        dates=dates,
        closes=closes,
        n_sessions=np.array(
            [len(series.calendar.sessions) for series in security_series], dtype=np.int64
        ),
        factors=factor_returns,
        factor_names=tuple(factor.name for factor in factor_series),
        kind=kind,
        sync=chosen,
        prices=levels,
        checks=checks,
        by_date=tuple(by_date) if chosen == "asof" else (),
    )


def _lines(parts: Sequence[NDArray[Any]], length: int, kind: str, *more: int) -> NDArray[Any]:
    """Return parts ``(t, ...)`` as lines of `length`, missing behind their ends.

    Parts that are all one array, as of securities of one calendar, are one line in memory.
    """
    if parts and all(part is parts[0] for part in parts):
        return np.broadcast_to(parts[0], (len(parts), *parts[0].shape)).astype(kind, copy=False)
    lines = np.full((len(parts), length, *more), np.nan if kind == "f8" else "NaT", dtype=kind)
    for line, part in zip(lines, parts, strict=True):
        line[: len(part)] = part
    return lines


def _refuse_turned_quote(prices: PricePanel, series: MarketSeries) -> None:
    """Refuse a currency quoted the other way round, which would turn every sign."""
    if prices.content != "prices":
        return
    market, column = series.market, prices.names[series.column]
    dates, levels = prices.dates[series.column], prices.values[series.column]
    odd = odd_quote(market, dates, levels, is_inverted=series.is_inverted)
    if odd is None or not odd.is_turned:
        return
    remedy = turned_quote_remedy(market, column, is_inverted=series.is_inverted)
    raise SpecificationError(
        f"{prices.name}: column {column} has a median of {odd.level:.5g}, the opposite quote of "
        f"{market.name} ({odd.low:.4g} to {odd.high:.4g}), so every sign would be turned",
        key=f"market.{market.name}",
        remedy=remedy,
    )


def _pairing(security: FactorSeries, factor: FactorSeries) -> Sync:
    """Return how a factor is paired by default: by closing times where both have them."""
    has_clocks = security.calendar.has_clock and factor.calendar.has_clock
    return "asof" if has_clocks else "same_date"


def _refuse_or_warn(
    security_series: Sequence[FactorSeries],
    factors_of: Sequence[Sequence[FactorSeries]],
    pairings: Sequence[Sequence[Sync]],
) -> None:
    """Refuse ``asof`` without closing times, and warn of ``same_date`` across time zones."""
    by_date: dict[tuple[str, str], list[str]] = {}
    for security, faced, pairing in zip(security_series, factors_of, pairings, strict=True):
        for factor, way in zip(faced, pairing, strict=True):
            zone = factor.calendar.timezone
            if way == "asof":
                for series in (factor, security):
                    if not series.calendar.has_clock:
                        raise SpecificationError(
                            f'sync = "asof" needs closing times and {series.name} has none: '
                            f"give {market_table(series.name)} its calendar, or a timezone and a "
                            'close, or set sync = "same_date"',
                            stage="pairing",
                        ).at(key="model.sync")
            elif way == "same_date" and zone and security.calendar.timezone not in (None, zone):
                by_date.setdefault((factor.name, zone), []).append(security.name)
    for (name, zone), securities in by_date.items():
        others = f" and {len(securities) - 3} more" if securities[3:] else ""
        warnings.warn(
            f'sync = "same_date" pairs {name} ({zone}) with {", ".join(securities[:3])}'
            f"{others} in other time zones by date: such a return may hold what was not yet "
            'known at the close; sync = "asof" does not',
            EventStudyWarning,
            stacklevel=3,
        )
