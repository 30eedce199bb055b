"""Moves over windows of sessions: those of pairs, and those of ordinary windows beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from eventstudy.kernels import ewma_variance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray
    from eventstudy.estimation.abnormal import AbnormalReturns
    from eventstudy.inference.design import Design
    from eventstudy.windows import Window

    # Totals and where there are any, of ordinary windows: memory that windows take in turn.
    _Room = tuple[FloatArray, npt.NDArray[np.float32]]

BURN_IN = 30
"""Returns that start the path of a security's volatility; ordinary windows lie after them."""
_ROWS = 32  # securities whose sessions fit a processor's cache
_PATHS = 256  # securities whose paths do
_DENSE = 0.1  # share of cells filled above which a dense product is faster


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RangeData:
    """What ranges are taken from.

    Attributes
    ----------
    design : the pairs
    names : ``(N,)`` names of the securities
    returns, dates : ``(N, T)`` total returns of every session, and its label
    benchmark : ``(N, T)`` the benchmark's return paired with each of them; None without one
    beyond : from a window to what the benchmark does not explain of every pair, ``(P,)``
    opposites : column of the events, and values of it that are opposites of each other
    tested, test
        A window, and what gives the p-value of the mean of pairs over it; None for no test.
    """

    design: Design
    names: Sequence[str]
    returns: FloatArray
    dates: DateArray
    benchmark: FloatArray | None
    beyond: Callable[[Window], FloatArray] | None
    opposites: Mapping[str, Sequence[tuple[str, str]]]
    tested: Window | None = None
    test: Callable[[IntArray, Window], float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OrdinaryDays:
    """What ordinary windows of any length are taken from, of the S securities that have pairs.

    Attributes
    ----------
    used : ``(S,)`` these securities
    returns, volatility : ``(S, T)`` total returns, and the volatility known before each session
    slot : ``(S, T)`` number of a session's date among the D dates of all; None where all have the
        same dates
    is_session : ``(S, T)`` whether there is a session, and no padding
    n_dates : D
    """

    used: IntArray
    returns: FloatArray
    volatility: FloatArray
    slot: IntArray | None
    is_session: BoolArray
    n_dates: int

    def on_dates(self, values: FloatArray, rows: slice) -> FloatArray:
        """Return values of the sessions of some securities on their dates, NaN on all others."""
        if self.slot is None:
            return values
        placed = np.full((len(values), self.n_dates), np.nan)
        row, session = np.nonzero(self.is_session[rows])
        placed[row, self.slot[rows][row, session]] = values[row, session]
        return placed


def ordinary_days(data: RangeData) -> OrdinaryDays:
    """Return the sessions of the securities that have pairs, on the dates of all of them."""
    used = np.unique(data.design.table.security)
    is_all = len(used) == len(data.returns)
    returns = data.returns if is_all else data.returns[used]
    dates = data.dates if is_all else data.dates[used]
    is_session = ~np.isnat(dates)
    slot, n_dates = None, dates.shape[1]
    if not is_session.all() or not (dates == dates[:1]).all():
        days = dates.astype("datetime64[D]").astype(np.int64)
        offset = np.where(is_session, days - days[is_session].min(initial=0), 0)
        is_date = np.zeros(int(offset.max(initial=0)) + 1, dtype=bool)
        is_date[offset[is_session]] = True
        slot, n_dates = (np.cumsum(is_date) - 1)[offset], int(is_date.sum())
    return OrdinaryDays(
        used=used,
        returns=returns,
        volatility=_volatility(returns),
        slot=slot,
        is_session=is_session,
        n_dates=n_dates,
    )


class _Windows(NamedTuple):
    """Ordinary windows by date, in units of volatility, of pairs with one extension.

    Attributes
    ----------
    pairs : ``(P,)`` whether a pair has the extension
    totals : ``(S, D)`` 0 where there is none
    is_there : ``(S, D)`` 1 where there is one
    """

    pairs: BoolArray
    totals: FloatArray
    is_there: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moves:
    """Total returns over one window: of every pair, and of ordinary windows by date.

    Attributes
    ----------
    window : the window
    total, benchmark, beyond : ``(P,)`` of the pairs, multiplied by their sign
    factor : ``(P,)`` volatility known before the window of each pair, with its sign
    row : ``(P,)`` row of each pair in the ordinary windows
    ordinary : ordinary windows of each extension of the event windows
    """

    window: Window
    total: FloatArray
    benchmark: FloatArray
    beyond: FloatArray
    factor: FloatArray
    row: IntArray
    ordinary: Sequence[_Windows]

    def ordinary_means(self, pairs: IntArray, date: IntArray, n_dates: int) -> FloatArray:
        """Return what ordinary windows would have been on the dates of these pairs, in one array.

        The mean over the pairs of a date, of the days on which at least half of them have one.
        """
        is_one = len(self.ordinary) == 1 and len(pairs) == n_dates == len(np.unique(date))
        if is_one and (self.row[pairs] == self.row[pairs[:1]]).all():
            return self._of_one_each(pairs[np.argsort(date)])
        sums: FloatArray | float = 0.0
        counts: FloatArray | float = 0.0
        for windows in self.ordinary:
            of = windows.pairs[pairs] & np.isfinite(self.factor[pairs])
            shape, at = (n_dates, len(windows.totals)), (date[of], self.row[pairs[of]])
            sums = sums + _product(self.factor[pairs[of]], at, shape, windows.totals)
            ones = np.ones(int(of.sum()), dtype=np.float32)
            counts = counts + _product(ones, at, shape, windows.is_there)
        members = np.bincount(date, minlength=n_dates)[:, None]
        enough = (counts > 0) & (2 * counts >= members)
        found: FloatArray = np.asarray(sums)[enough] / np.asarray(counts)[enough]
        return found

    def _of_one_each(self, pairs: IntArray) -> FloatArray:
        """Return the same of dates with a pair each, of one security."""
        (windows,) = self.ordinary
        row = self.row[pairs[:1]]
        held = windows.totals[row, windows.is_there[row][0] > 0]
        factor = self.factor[pairs]
        return np.asarray(np.multiply.outer(factor[np.isfinite(factor)], held).ravel())


def _product(
    weights: np.ndarray, at: tuple[IntArray, IntArray], shape: tuple[int, int], values: np.ndarray
) -> np.ndarray:
    """Return the product of a matrix that holds `weights` at these places with `values`."""
    matrix = csr_array((weights, at), shape=shape)
    is_dense = len(weights) > _DENSE * shape[0] * shape[1]
    return np.asarray((matrix.toarray() if is_dense else matrix) @ values)


def moves_over(
    data: RangeData, days: OrdinaryDays, window: Window, room: list[_Room] | None = None
) -> Moves:
    """Return the total returns over one window.

    Ordinary windows are written to `room`, where it is given: what was made of it before is gone.
    """
    room = [] if room is None else room
    table, sign, simple = data.design.table, data.design.sign, data.design.simple
    row = np.searchsorted(days.used, table.security)
    total, benchmark, factor = np.full((3, len(row)), np.nan)
    ordinary = []
    for number, extension in enumerate(map(int, np.unique(table.extension))):
        pairs = table.extension == extension
        start, day0 = window.start - extension, table.day0[pairs]
        total[pairs] = _at(days.returns, row[pairs], day0, start, window.end, simple=simple)
        if data.benchmark is not None:
            security = table.security[pairs]
            paired = _at(data.benchmark, security, day0, start, window.end, simple=simple)
            benchmark[pairs] = paired
        before = day0 + min(start, 0)
        known = days.volatility[row[pairs], np.maximum(before, 0)]
        factor[pairs] = np.where(before >= 0, known, np.nan)
        busy = _Busy(table, row, days.returns.shape, window, extension)
        if number == len(room):
            shape = len(days.used), days.n_dates
            room.append((np.empty(shape), np.empty(shape, dtype=np.float32)))
        totals, is_there = room[number]
        # a few securities at a time, so that their sessions stay in the processor's cache
        for first in range(0, len(days.used), _ROWS):
            rows = slice(first, min(first + _ROWS, len(days.used)))
            over = _over(days.returns[rows], start, window.end, simple=simple)
            over /= _shifted(days.volatility[rows], min(start, 0))
            over[busy.of(rows)] = np.nan
            over = days.on_dates(over, rows)
            there = np.isfinite(over)
            totals[rows] = np.where(there, over, 0.0)
            is_there[rows] = there
        ordinary.append(_Windows(pairs, totals, is_there))
    return Moves(
        window=window,
        total=total * sign,
        benchmark=benchmark * sign,
        beyond=np.full(len(row), np.nan) if data.beyond is None else data.beyond(window) * sign,
        factor=factor * sign,
        row=row,
        ordinary=ordinary,
    )


def _volatility(returns: FloatArray) -> FloatArray:
    """Return the volatility ``(N, T)`` known before each session; NaN over the burn-in."""
    known = np.empty(returns.shape)
    for begin in range(0, len(returns), _PATHS):
        part = slice(begin, begin + _PATHS)
        known[part] = _volatility_of(returns[part])
    return known


def _volatility_of(returns: FloatArray) -> FloatArray:
    """`_volatility` of a few securities."""
    has_return = np.isfinite(returns)
    number = has_return.cumsum(axis=1, dtype=np.int32)
    is_first = number <= BURN_IN
    # The sessions of the burn-in of all of them lie in the first columns.
    stop = int(is_first.sum(axis=1).max(initial=0))
    first = has_return[:, :stop] & is_first[:, :stop]
    squares = np.where(first, returns[:, :stop], 0.0) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        start = squares.sum(axis=1) / first.sum(axis=1)
    later = returns.copy()
    later[:, :stop][is_first[:, :stop]] = np.nan
    variance = ewma_variance(later, start)[:, :-1]
    before = np.concatenate([np.zeros((len(returns), 1), dtype=np.int32), number[:, :-1]], axis=1)
    variance[(before < BURN_IN) | ~(variance > 0)] = np.nan
    return np.asarray(np.sqrt(variance))


def _at(
    returns: FloatArray, security: IntArray, day0: IntArray, start: int, end: int, *, simple: bool
) -> FloatArray:
    """Return the total return over sessions `start` to `end` around day 0 of each pair ``(P,)``."""
    total = np.full(len(day0), 1.0 if simple else 0.0)
    for tau in range(start, end + 1):
        session = day0 + tau
        is_inside = (session >= 0) & (session < returns.shape[1])
        own = np.where(is_inside, returns[security, np.where(is_inside, session, 0)], np.nan)
        total = total * (1.0 + own) if simple else total + own
    return total - 1.0 if simple else total


def _over(returns: FloatArray, start: int, end: int, *, simple: bool) -> FloatArray:
    """Return the total return ``(N, T)`` over sessions `start` to `end` around each session."""
    t = returns.shape[1]
    total = np.full(returns.shape, np.nan)
    first, stop = max(-start, 0), t - max(end, 0)  # sessions whose window lies inside
    if first >= stop:
        return total
    parts = returns + 1.0 if simple else returns
    inner = parts[:, first + start : stop + start].copy()
    for tau in range(start + 1, end + 1):
        step = parts[:, first + tau : stop + tau]
        inner = np.multiply(inner, step, out=inner) if simple else np.add(inner, step, out=inner)
    total[:, first:stop] = inner - 1.0 if simple else inner
    return total


def _shifted(values: FloatArray, by: int) -> FloatArray:
    """Return the values of `by` sessions later, NaN beyond the ends."""
    out = np.full(values.shape, np.nan)
    n = values.shape[1]
    if abs(by) < n:
        out[:, max(-by, 0) : n - max(by, 0)] = values[:, max(by, 0) : n - max(-by, 0)]
    return out


class _Busy:
    """At which sessions a window shares one with that of a pair in its row."""

    def __init__(
        self,
        table: AbnormalReturns,
        row: IntArray,
        shape: tuple[int, ...],
        window: Window,
        extension: int,
    ) -> None:
        self._t = shape[1]
        reach = window.end - window.start
        order = np.argsort(row, kind="stable")
        day0, own = table.day0[order], table.extension[order]
        self._first = np.clip(day0 - reach - own, 0, self._t)
        self._last = np.clip(day0 + reach + extension + 1, 0, self._t)
        self._row = row[order]

    def of(self, rows: slice) -> BoolArray:
        """Return them of some rows, ``(rows, T)``."""
        change = np.zeros((rows.stop - rows.start, self._t + 1), dtype=np.int32)
        begin, end = np.searchsorted(self._row, [rows.start, rows.stop])
        at = (self._row[begin:end] - rows.start) * (self._t + 1)
        np.add.at(change.reshape(-1), at + self._first[begin:end], 1)
        np.add.at(change.reshape(-1), at + self._last[begin:end], -1)
        busy: BoolArray = change.cumsum(axis=1, out=change)[:, : self._t] > 0
        return busy
