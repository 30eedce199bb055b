"""What such news did: the middle and the range of past moves, date by date, and not their mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.estimation.groups import EMPTY, MIXED, make_groups
from eventstudy.inference.design import pair_structure
from eventstudy.kernels import ewma_variance
from eventstudy.reporting.wording import MIN_DATES
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray
    from eventstudy.estimation.abnormal import AbnormalReturns
    from eventstudy.estimation.groups import Group
    from eventstudy.inference.design import Design

COLUMNS = (
    "group", "security", "window_start", "window_end", "n_dates", "n_events", "n_mixed", "median",
    "low", "high", "n_up", "n_down", "ordinary_low", "ordinary_high", "beyond_median",
    "benchmark_median", "pvalue",
)  # fmt: skip
ALL = "all"
"""Security of the rows that pool the securities."""
MOST_SECURITIES = 30
"""Securities above which there are pooled rows only."""
BURN_IN = 30
"""Returns that start the path of a security's volatility; ordinary windows lie after them."""
_RANGE = (0.1, 0.9)
_NOTHING = 1e-12  # a price that came back to where it was is neither up nor down


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


def ranges(
    data: RangeData,
    labels: pd.DataFrame,
    surprises: pd.DataFrame,
    by: Sequence[str],
    windows: Sequence[Window],
) -> pd.DataFrame:
    """Return what each kind of news did in each market: middle, range and how often up.

    The unit is the date: items with one day 0 in a market are one date, and their return counts
    once. Pooled rows (security ``all``) average the securities of each independent date.

    Parameters
    ----------
    data
        The pairs and the returns they are taken from.
    labels
        ``(P,)`` rows of the columns pairs can be grouped by.
    surprises
        The same, empty where the news was known beforehand in columns that have opposites; groups
        of these columns are made from it.
    by
        Groupings by columns of the events; crossed ones have rows of `MIN_DATES` dates or more.
    windows
        Windows inside the event window.

    Returns
    -------
    DataFrame
        One row a group (``all`` first), security and window, in decimal returns: group, security,
        window_start, window_end, n_dates, n_events, n_mixed (dates with the opposite news, too,
        left out), median, low, high (the 80 % range, NaN under `MIN_DATES` dates), n_up, n_down,
        ordinary_low, ordinary_high, beyond_median (of what the benchmark does not explain),
        benchmark_median (of the benchmark's own return over the same interval between closes),
        pvalue (of the mean of the same dates against ordinary days, in the window that is tested,
        of ``all`` and of the columns with opposites or, without such, of every column; from
        `MIN_DATES` dates on). NaN where there is nothing to take it from. A study of more than
        `MOST_SECURITIES` securities has pooled rows only, one of a single security none.

    Notes
    -----
    The total return of a date compounds simple returns and adds log returns; a window with a
    missing return gives none. The ordinary range is what windows without news would have been on
    days as volatile as these: every window that shares no session with one of the study's pairs in
    that market is divided by the volatility known before it and multiplied by the volatility known
    before each of the dates; the range holds 80 % of all these products. The volatility is the
    exponentially weighted root mean square of total returns (0.94), started at that of the first
    `BURN_IN`. In pooled rows it is the mean over the securities of a date, on days on which at
    least half of them have such a window. Quantiles interpolate linearly (Hyndman and Fan 1996,
    type 7).

    Where a study multiplies returns by their expected sign, all of them are, ordinary ones too.
    """
    groups: list[tuple[Group, Group | None, bool]] = []
    for number, name in enumerate(["", *by]):
        columns = name.split("*") if name else []
        source = surprises if set(data.opposites) & set(columns) else labels
        made = make_groups(source, [name])[1:] if name else make_groups(source, [])
        groups += [
            (group, _opposite(group, source, data.opposites), number > 0 and len(columns) > 1)
            for group in made
            if not {EMPTY, MIXED} & set(group.values)
        ]
    places = _places(data)
    known_before = _volatility(data.returns)
    moves = [_Moves(data, known_before, window) for window in windows]
    told = {name for name in by if name in data.opposites} or {n for n in by if "*" not in n}
    rows = []
    for group, opposite, is_crossed in groups:
        is_told = not group.by or group.by[0] in told
        for name, security in places:
            dates = _dates(data.design, group.pairs, opposite, security)
            found = [
                _row(move, dates, labels, data if is_told and not is_crossed else None)
                for move in moves
            ]
            if is_crossed and all(row["n_dates"] < MIN_DATES for row in found):
                continue
            rows += [
                {
                    "group": group.label,
                    "security": name,
                    "window_start": move.window.start,
                    "window_end": move.window.end,
                }
                | row
                for move, row in zip(moves, found, strict=True)
                if row["n_dates"] or row["n_mixed"]
            ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _places(data: RangeData) -> list[tuple[str, int | None]]:
    """Return the securities that have rows, with their numbers; None pools them."""
    each: list[tuple[str, int | None]] = [(name, n) for n, name in enumerate(data.names)]
    if len(each) > MOST_SECURITIES:
        return [(ALL, None)]
    return each if len(each) == 1 else [*each, (ALL, None)]


def _opposite(
    group: Group, labels: pd.DataFrame, opposites: Mapping[str, Sequence[tuple[str, str]]]
) -> Group | None:
    """Return the pairs of the opposite news of a group; None where it has no opposite."""
    is_opposite = np.zeros(len(labels), dtype=bool)
    for column, value in zip(group.by, group.values, strict=True):
        others = {b if a == value else a for a, b in opposites.get(column, ()) if value in (a, b)}
        if others:
            is_opposite |= labels[column].isin([*others, MIXED]).to_numpy()
    if not is_opposite.any():
        return None
    return type(group)(
        label=group.label, by=group.by, values=group.values, pairs=np.flatnonzero(is_opposite)
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Dates:
    """The dates of a group.

    Attributes
    ----------
    pairs : those of all dates, one a security and day 0
    date : the number of the date of each
    members : the pairs of every item of these dates, and their dates
    n_mixed : dates left out
    """

    pairs: IntArray
    date: IntArray
    members: tuple[IntArray, IntArray]
    n_mixed: int


def _dates(design: Design, pairs: IntArray, opposite: Group | None, security: int | None) -> _Dates:
    """Return the dates of a group in one security, or with all securities pooled."""
    own = pairs[design.sign[pairs] != 0]
    every = own if opposite is None else np.union1d(own, opposite.pairs)
    if security is not None:
        every = every[design.table.security[every] == security]
    if security is None and every.size:
        date = pair_structure(design, every, Window(0, 0)).unit
    else:
        date = np.unique(design.table.day0[every], return_inverse=True)[1].reshape(-1)
    n_dates = int(date.max(initial=-1)) + 1
    is_own = np.isin(every, own)
    is_mixed = np.zeros(n_dates, dtype=bool)
    has = np.zeros(n_dates, dtype=bool)
    has[date[is_own]] = True
    if opposite is not None:
        is_mixed[date[np.isin(every, opposite.pairs)]] = True
    signs = design.sign[every]
    low, high = np.full(n_dates, np.inf), np.full(n_dates, -np.inf)
    np.minimum.at(low, date[is_own], signs[is_own])
    np.maximum.at(high, date[is_own], signs[is_own])
    is_mixed |= has & (low != high)
    kept = is_own & ~is_mixed[date]
    members, date = every[kept], date[kept]
    # Of one security and day 0 the earliest item stands for all.
    order = np.lexsort((design.event[members], design.table.day0[members],
                        design.table.security[members]))  # fmt: skip
    place = np.column_stack([design.table.security[members], design.table.day0[members]])[order]
    is_first = np.r_[True, (place[1:] != place[:-1]).any(axis=1)][: len(order)]
    chosen = np.sort(order[is_first])
    return _Dates(
        pairs=members[chosen],
        date=date[chosen],
        members=(members, date),
        n_mixed=int((is_mixed & has).sum()),
    )


class _Moves:
    """Total returns over one window: of every pair, and of ordinary windows by date.

    Attributes
    ----------
    window : the window
    total, benchmark, beyond : ``(P,)`` of the pairs, multiplied by their sign
    """

    def __init__(self, data: RangeData, known: FloatArray, window: Window) -> None:
        table, sign = data.design.table, data.design.sign
        at = (table.security, table.day0)
        n_pairs = len(table.day0)
        self.window = window
        self.total, self.benchmark = np.full((2, n_pairs), np.nan)
        self.beyond = np.full(n_pairs, np.nan)
        if data.beyond is not None:
            self.beyond = data.beyond(window) * sign
        self._table = table
        self._factor = np.full(n_pairs, np.nan)
        self._ordinary: dict[int, FloatArray] = {}
        self._kept: dict[bytes, FloatArray] = {}
        is_session = ~np.isnat(data.dates)
        labels, slot = np.unique(data.dates[is_session], return_inverse=True)
        for extension in map(int, np.unique(table.extension)):
            chosen = table.extension == extension
            start = window.start - extension
            total = _over(data.returns, start, window.end, simple=data.design.simple)
            volatility = _shifted(known, min(start, 0))
            self.total[chosen] = (total[at] * sign)[chosen]
            self._factor[chosen] = (volatility[at] * sign)[chosen]
            if data.benchmark is not None:
                paired = _over(data.benchmark, start, window.end, simple=data.design.simple)
                self.benchmark[chosen] = (paired[at] * sign)[chosen]
            free = _is_free(table, total.shape, window, extension)
            by_date = np.full((len(data.names), len(labels)), np.nan)
            row = np.nonzero(is_session)[0]
            by_date[row, slot.reshape(-1)] = np.where(free, total / volatility, np.nan)[is_session]
            self._ordinary[extension] = by_date

    def ordinary(self, pairs: IntArray) -> FloatArray:
        """Return what ordinary windows would have been on the date of these pairs."""
        key = pairs.tobytes()
        found = self._kept.get(key)
        if found is None:
            extension, security = self._table.extension, self._table.security
            rows = np.array(
                [
                    self._ordinary[int(extension[pair])][security[pair]] * self._factor[pair]
                    for pair in pairs
                ]
            )
            is_there = np.isfinite(rows)
            count = is_there.sum(axis=0)
            enough = (count > 0) & (2 * count >= len(pairs))
            found = np.where(is_there, rows, 0.0).sum(axis=0)[enough] / count[enough]
            self._kept[key] = found
        return found


def _row(
    move: _Moves, dates: _Dates, labels: pd.DataFrame, data: RangeData | None
) -> dict[str, Any]:
    """Return the numbers of one group in one security and window; tested where `data` is given."""
    has = np.isfinite(move.total[dates.pairs])
    pairs, date = dates.pairs[has], dates.date[has]
    numbers = np.unique(date)
    members, of_date = dates.members
    events = members[np.isin(of_date, numbers) & np.isfinite(move.total[members])]
    row: dict[str, Any] = {
        "n_dates": len(numbers),
        "n_events": int(labels["event_id"].iloc[events].nunique()),
        "n_mixed": dates.n_mixed,
        "n_up": 0,
        "n_down": 0,
    }
    if not numbers.size:
        return row
    of = [pairs[date == number] for number in numbers]
    total = np.array([move.total[each].mean() for each in of])
    total[np.abs(total) < _NOTHING] = 0.0
    row |= {
        "median": float(np.median(total)),
        "n_up": int((total > 0).sum()),
        "n_down": int((total < 0).sum()),
        "beyond_median": _median([move.beyond[each] for each in of]),
        "benchmark_median": _median([move.benchmark[each] for each in of]),
    }
    if len(numbers) >= MIN_DATES:
        if data is not None and data.test is not None and data.tested == move.window:
            row["pvalue"] = data.test(np.sort(members), move.window)
        row["low"], row["high"] = (float(value) for value in np.quantile(total, _RANGE))
    ordinary = np.concatenate([move.ordinary(each) for each in of])
    if ordinary.size:
        low, high = (float(value) for value in np.quantile(ordinary, _RANGE))
        row |= {"ordinary_low": low, "ordinary_high": high}
    return row


def _median(of_dates: Sequence[FloatArray]) -> float:
    """Return the median over dates of the mean of each; NaN where no date has one."""
    means = [each[np.isfinite(each)].mean() for each in of_dates if np.isfinite(each).any()]
    return float(np.median(means)) if means else np.nan


def _volatility(returns: FloatArray) -> FloatArray:
    """Return the volatility ``(N, T)`` known before each session; NaN over the burn-in."""
    number = np.isfinite(returns).cumsum(axis=1)
    first = np.isfinite(returns) & (number <= BURN_IN)
    squares = np.where(first, returns, 0.0) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        start = squares.sum(axis=1) / first.sum(axis=1)
    later = np.where(number > BURN_IN, returns, np.nan)
    variance = ewma_variance(later, start)[:, :-1]
    before = np.concatenate([np.zeros((len(returns), 1), dtype=np.int64), number[:, :-1]], axis=1)
    known: FloatArray = np.sqrt(np.where((before >= BURN_IN) & (variance > 0), variance, np.nan))
    return known


def _over(returns: FloatArray, start: int, end: int, *, simple: bool) -> FloatArray:
    """Return the total return ``(N, T)`` over sessions `start` to `end` around each session."""
    parts = [_shifted(returns, tau) for tau in range(start, end + 1)]
    gross = np.prod([1.0 + part for part in parts], axis=0)
    total: FloatArray = gross - 1.0 if simple else np.sum(parts, axis=0)
    return total


def _shifted(values: FloatArray, by: int) -> FloatArray:
    """Return the values of `by` sessions later, NaN beyond the ends."""
    out = np.full(values.shape, np.nan)
    n = values.shape[1]
    if abs(by) < n:
        out[:, max(-by, 0) : n - max(by, 0)] = values[:, max(by, 0) : n - max(-by, 0)]
    return out


def _is_free(
    table: AbnormalReturns, shape: tuple[int, ...], window: Window, extension: int
) -> BoolArray:
    """Return at which sessions ``(N, T)`` a window shares none with that of a pair."""
    n, t = shape
    change = np.zeros((n, t + 1), dtype=np.int64)
    reach = window.end - window.start
    first = np.clip(table.day0 - reach - table.extension, 0, t)
    last = np.clip(table.day0 + reach + extension + 1, 0, t)
    np.add.at(change, (table.security, first), 1)
    np.add.at(change, (table.security, last), -1)
    free: BoolArray = change.cumsum(axis=1)[:, :t] == 0
    return free
