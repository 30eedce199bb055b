"""What such news did: the middle and the range of past moves, date by date, and not their mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.analyses.window_moves import moves_over, ordinary_days
from eventstudy.estimation.groups import EMPTY, MIXED, make_groups
from eventstudy.inference.design import pair_structure
from eventstudy.reporting.wording import MIN_DATES
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy._typing import FloatArray, IntArray
    from eventstudy.analyses.window_moves import Moves, RangeData
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
_RANGE = (0.1, 0.9)
_NOTHING = 1e-12  # a price that came back to where it was is neither up nor down


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
    told = {name for name in by if name in data.opposites} or {n for n in by if "*" not in n}
    cells = [
        _Cell(
            label=group.label,
            security=name,
            dates=_dates(data.design, group.pairs, opposite, number),
            is_crossed=is_crossed,
            is_tested=not is_crossed and (not group.by or group.by[0] in told),
        )
        for group, opposite, is_crossed in groups
        for name, number in _places(data)
    ]
    event = pd.factorize(labels["event_id"])[0]
    ordinary = ordinary_days(data)
    by_window = []
    room: list[Any] = []
    for window in windows:  # one at a time, as each takes an array of all sessions
        move = moves_over(data, ordinary, window, room)
        by_window.append(
            [_row(move, each.dates, event, data if each.is_tested else None) for each in cells]
        )
    rows = []
    for at, cell in enumerate(cells):
        found = [of_window[at] for of_window in by_window]
        if cell.is_crossed and all(row["n_dates"] < MIN_DATES for row in found):
            continue
        rows += [
            {
                "group": cell.label,
                "security": cell.security,
                "window_start": window.start,
                "window_end": window.end,
            }
            | row
            for window, row in zip(windows, found, strict=True)
            if row["n_dates"] or row["n_mixed"]
        ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


class _Cell(NamedTuple):
    """A group in one security, or pooled: its dates, and whether their mean is tested."""

    label: str
    security: str
    dates: _Dates
    is_crossed: bool
    is_tested: bool


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


def _row(move: Moves, dates: _Dates, event: IntArray, data: RangeData | None) -> dict[str, Any]:
    """Return the numbers of one group in one security and window; tested where `data` is given.

    `event` numbers the event of every pair.
    """
    has = np.isfinite(move.total[dates.pairs])
    pairs = dates.pairs[has]
    numbers, date = np.unique(dates.date[has], return_inverse=True)
    members, of_date = dates.members
    events = members[np.isin(of_date, numbers) & np.isfinite(move.total[members])]
    row: dict[str, Any] = {
        "n_dates": len(numbers),
        "n_events": len(np.unique(event[events])),
        "n_mixed": dates.n_mixed,
        "n_up": 0,
        "n_down": 0,
    }
    if not numbers.size:
        return row
    total = _means(move.total[pairs], date, len(numbers))
    total[np.abs(total) < _NOTHING] = 0.0
    row |= {
        "median": float(np.median(total)),
        "n_up": int((total > 0).sum()),
        "n_down": int((total < 0).sum()),
        "beyond_median": _median(_means(move.beyond[pairs], date, len(numbers))),
        "benchmark_median": _median(_means(move.benchmark[pairs], date, len(numbers))),
    }
    if len(numbers) >= MIN_DATES:
        if data is not None and data.test is not None and data.tested == move.window:
            row["pvalue"] = data.test(np.sort(members), move.window)
        row["low"], row["high"] = (float(value) for value in np.quantile(total, _RANGE))
    ordinary = move.ordinary_means(pairs, date, len(numbers))
    if ordinary.size:
        low, high = (float(value) for value in np.quantile(ordinary, _RANGE))
        row |= {"ordinary_low": low, "ordinary_high": high}
    return row


def _means(values: FloatArray, date: IntArray, n_dates: int) -> FloatArray:
    """Return the mean of the values of each date that are there, NaN of a date without any."""
    has = np.isfinite(values)
    count = np.bincount(date[has], minlength=n_dates)
    sums = np.bincount(date[has], weights=values[has], minlength=n_dates)
    means: FloatArray = np.where(count > 0, sums / np.maximum(count, 1), np.nan)
    return means


def _median(values: FloatArray) -> float:
    """Return the median of those that are there; NaN of none."""
    present = values[np.isfinite(values)]
    return float(np.median(present)) if present.size else np.nan
