"""One column against another that closes at the same moment: shifted labels, single wrong closes.

Sisters are columns of one exchange calendar, of one FX cut, or of one declared closing time. Only
between those is a correlation at lag 0 the right one: New York leads Asia by a row of the same
date, and so an American and an Asian index correlate more at a lag although both dates are right.
Where a closing time is not known, or the other series is given as the same underlying, only a
correlation no lead of one market over another reaches (0.8 and more) says that a label is off.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eventstudy.prices.checks.base import NOWHEN, isolated_reversals, local_scale, mad_scale
from eventstudy.prices.panel import Check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray
    from eventstudy.prices.checks.base import Column

MAX_PAIRED = 40
"""Columns up to which each is compared with each; more are compared with their mean."""

LAG_MIN_ROWS = 250
LAG_CORRELATION = 0.2
LAG_CORRELATION_UNKNOWN = 0.8
LAG_SD = 6.0
CLOSE_MIN_ROWS = 60
CLOSE_CORRELATION = 0.9
CLOSE_CORRELATION_GIVEN = 0.97  # the same underlying, unless the two are cut at other moments
CLOSE_SD = 3.5
WINDOW = 121  # sessions in which the scale of a residual is taken
_WINSOR = 5.0


class _Path(NamedTuple):
    """Log levels of a column on the dates that have one."""

    name: str
    at: int
    clock: str | None
    is_fx: bool
    dates: DateArray
    levels: FloatArray
    is_early: bool


class _Shift(NamedTuple):
    """Row t of a column goes with another row of its sister."""

    lag: int
    first: np.datetime64
    last: np.datetime64
    correlations: tuple[float, float, float]
    n_rows: int


def sister_checks(columns: Sequence[Column], early: Sequence[bool]) -> list[Check]:
    """Compare the columns of a study with each other.

    Parameters
    ----------
    columns
        Columns of the study's markets.
    early
        Which of them their own bars show to hold closes of the start of the day.
    """
    paths = [_path(column, is_early) for column, is_early in zip(columns, early, strict=True)]
    paths = [path for path in paths if len(path.dates) > CLOSE_MIN_ROWS]
    if len(paths) < 2:
        return []
    if len(paths) > MAX_PAIRED:
        return _against_means(paths)
    shifts: list[tuple[_Path, _Path, _Shift]] = []
    slips: list[tuple[int, int, _Slip]] = []
    for i, j in combinations(range(len(paths)), 2):
        one, other = paths[i], paths[j]
        if one.at == other.at:  # CNH and USDCNH are one column
            continue
        clocks = {one.clock, other.clock}
        if len(clocks) > 1 and None not in clocks:
            continue
        joined = _join(one, other)
        floor = (
            LAG_CORRELATION
            if len(clocks) == 1 and None not in clocks
            else (LAG_CORRELATION_UNKNOWN)
        )
        shift = _shift(*joined, floor)
        if shift is not None:
            shifts.append((one, other, shift))
        elif len(clocks) == 1 and None not in clocks:
            slips += [(i, j, slip) for slip in _slips(*joined)]
    return _blamed_shifts(shifts) + _blamed_slips(slips, paths)


def given_checks(column: Column, other: Column, where: str) -> list[Check]:
    """Compare a column with the same underlying from another source, called `where`."""
    one, given = _path(column, is_early=False), _path(other, is_early=False)
    dates, x, y = _join(one, given)
    if len(x) < CLOSE_MIN_ROWS:
        return []
    shift = _shift(dates, x, y, LAG_CORRELATION_UNKNOWN)
    if shift is not None:
        return [_shift_row(column.name, where, shift, "", column.is_fx)]
    correlation = _correlation(_winsored(x), _winsored(y))
    if correlation <= -CLOSE_CORRELATION:
        said = (
            f"returns correlate {correlation:+.2f} with {where}: the quote is the other way round; "
            "turn the column over"
        )
        return [Check(column.name, NOWHEN, "quote_direction", "error", said)]
    return [
        Check(column.name, slip.day, "wrong_close", "warning", slip.say(where))
        for slip in _slips(dates, x, y, CLOSE_CORRELATION_GIVEN)
    ]


def _path(column: Column, is_early: bool) -> _Path:
    if column.levels is not None:
        dates, levels = column.dates, np.log(column.levels)
    else:
        known = np.isfinite(column.logs)
        dates, levels = column.dates[known], np.cumsum(column.logs[known])
    return _Path(column.name, column.at, column.clock, column.is_fx, dates, levels, is_early)


def _join(one: _Path, other: _Path) -> tuple[DateArray, FloatArray, FloatArray]:
    """Returns of both from common row to common row, and the date each ends on."""
    if len(one.dates) == len(other.dates) and bool((one.dates == other.dates).all()):
        return one.dates[1:], np.diff(one.levels), np.diff(other.levels)
    dates, mine, theirs = np.intersect1d(
        one.dates, other.dates, assume_unique=True, return_indices=True
    )
    return dates[1:], np.diff(one.levels[mine]), np.diff(other.levels[theirs])


# ---- labels ----------------------------------------------------------------------------------


def _shift(
    dates: DateArray, x: FloatArray, y: FloatArray, floor: float, *, in_parts: bool = True
) -> _Shift | None:
    """The lag at which two series of returns go together, where it is clearly not 0.

    Clearly: the correlation at lag -1 or +1 is at least `floor` in size and exceeds that at lag 0
    by 6 standard errors of Fisher's z, over all rows or in a stretch of 250. Returns are cut at 5
    robust s.d. first, so that one misprint decides nothing.
    """
    if len(x) < LAG_MIN_ROWS:
        return None
    x, y = _winsored(x), _winsored(y)
    whole = _lags(x, y)
    lag = _best(whole, len(x), floor)
    if lag:
        return _Shift(lag, dates[0], dates[-1], whole, len(x))
    if not in_parts:
        return None
    starts = range(0, len(x) - LAG_MIN_ROWS + 1, LAG_MIN_ROWS)
    hits = []
    for start in starts:
        part = slice(start, start + LAG_MIN_ROWS)
        lag = _best(_lags(x[part], y[part]), LAG_MIN_ROWS, floor)
        if lag:
            hits.append((start, lag))
    if not hits:
        return None
    first, lag = hits[0]
    stop = first + LAG_MIN_ROWS
    for start, other in hits[1:]:
        if start == stop and other == lag:
            stop += LAG_MIN_ROWS
    part = slice(first, stop)
    return _Shift(lag, dates[first], dates[stop - 1], _lags(x[part], y[part]), stop - first)


def _winsored(values: FloatArray) -> FloatArray:
    reach = _WINSOR * mad_scale(values)
    return np.clip(values, -reach, reach) if reach > 0 else values


def _lags(x: FloatArray, y: FloatArray) -> tuple[float, float, float]:
    """Correlation of row t of `x` with rows t-1, t and t+1 of `y`."""
    return (
        _correlation(x[1:], y[:-1]),
        _correlation(x, y),
        _correlation(x[:-1], y[1:]),
    )


def _correlation(x: FloatArray, y: FloatArray) -> float:
    x, y = x - x.mean(), y - y.mean()
    size = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / size if size > 0 else 0.0


def _best(lags: tuple[float, float, float], count: int, floor: float) -> int:
    """-1 or +1 where that lag is clearly the right one, else 0."""
    sizes = np.minimum(np.abs(lags), 0.999999)
    place = int(np.argmax(sizes))
    if place == 1 or sizes[place] < floor:
        return 0
    gain = float(np.arctanh(sizes[place]) - np.arctanh(sizes[1]))
    return place - 1 if gain > LAG_SD * np.sqrt(2.0 / (count - 3)) else 0


def _blamed_shifts(shifts: Sequence[tuple[_Path, _Path, _Shift]]) -> list[Check]:
    """One row a pair, at the column that is off against more sisters, or by its own bars."""
    count: dict[str, int] = {}
    for one, other, _ in shifts:
        for path in (one, other):
            count[path.name] = count.get(path.name, 0) + 1
    found = []
    for one, other, shift in shifts:
        mine, theirs = (one.is_early, count[one.name]), (other.is_early, count[other.name])
        blamed, sister = (other, one) if theirs > mine else (one, other)
        lag = shift.lag if blamed is one else -shift.lag
        told = shift._replace(lag=lag)
        if blamed is other:
            told = told._replace(correlations=shift.correlations[::-1])
        doubt = f" (or those of {sister.name})" if mine == theirs else ""
        found.append(_shift_row(blamed.name, sister.name, told, doubt, blamed.is_fx))
    return found


def _shift_row(name: str, sister: str, shift: _Shift, doubt: str, is_fx: bool) -> Check:
    before, same, after = shift.correlations
    late = "late" if shift.lag < 0 else "early"
    # a close of the start of the day is a row late; next_row moves it where it belongs
    do = 'set fx_close = "next_row"' if is_fx and shift.lag < 0 else "check how dates are written"
    said = (
        f"dates{doubt} are one row {late}: returns of row t correlate {before:+.2f} with row t-1 "
        f"of {sister}, {same:+.2f} with row t and {after:+.2f} with row t+1 ({shift.n_rows:,} "
        f"rows, {shift.first} to {shift.last}); {do}"
    )
    return Check(name, shift.first, "label_shift", "error", said)


def _against_means(paths: Sequence[_Path]) -> list[Check]:
    """Compare each column of a large file with the mean return of those that close with it.

    Over all rows alone: a stretch that is off is looked for among few columns only.
    """
    found = []
    groups: dict[str, list[_Path]] = {}
    for path in paths:
        if path.clock is not None:
            groups.setdefault(path.clock, []).append(path)
    for members in groups.values():
        if len({path.at for path in members}) < 3:
            continue
        days = np.unique(np.concatenate([path.dates for path in members]))
        total, count = np.zeros(len(days)), np.zeros(len(days))
        places: list[IntArray | slice] = []
        for path in members:
            is_whole = len(path.dates) == len(days)
            at = slice(1, None) if is_whole else np.searchsorted(days, path.dates[1:])
            total[at] += _winsored(np.diff(path.levels))
            count[at] += 1
            places.append(at)
        mean = total / np.maximum(count, 1)
        for path, at in zip(members, places, strict=True):
            own = np.diff(path.levels)
            shift = _shift(path.dates[1:], own, mean[at], LAG_CORRELATION, in_parts=False)
            if shift is not None:
                sister = f"the mean of {len(members)} columns"
                found.append(_shift_row(path.name, sister, shift, "", path.is_fx))
    return found


# ---- single closes -----------------------------------------------------------------------------


class _Slip(NamedTuple):
    """Two returns out of line with each other, and back in line on the next session."""

    day: np.datetime64
    own: float
    sister: float
    ahead: float
    back: float
    scores: tuple[float, float]

    def turned(self) -> _Slip:
        """The same, seen from the sister."""
        first, second = self.scores
        return _Slip(self.day, self.sister, self.own, -self.ahead, -self.back, (-first, -second))

    def say(self, sister: str) -> str:
        """A sentence with the numbers."""
        return (
            f"return {100 * self.own:+.2f} % against {100 * self.sister:+.2f} % of {sister} is "
            f"out of line by {100 * self.ahead:+.2f} %, and the next session takes back "
            f"{100 * self.back:+.2f} % ({self.scores[0]:+.1f} and {self.scores[1]:+.1f} robust "
            "standard deviations): "
            "a wrong close? compare it with another source"
        )


def _slips(
    dates: DateArray, x: FloatArray, y: FloatArray, least: float = CLOSE_CORRELATION
) -> list[_Slip]:
    """Closes out of line with a sister's, from which the next return comes back."""
    if len(x) < CLOSE_MIN_ROWS:
        return []
    if not abs(_correlation(_winsored(x), _winsored(y))) >= least:
        return []
    residual = _residual(x, y)
    scale = local_scale(residual, WINDOW)
    limit = CLOSE_SD * scale
    hits = isolated_reversals(residual[:-1], residual[1:], (limit[:-1], limit[1:]))
    hits &= (scale[:-1] > 0) & (scale[1:] > 0)
    return [
        _Slip(
            dates[row],
            float(x[row]),
            float(y[row]),
            float(residual[row]),
            float(residual[row + 1]),
            (float(residual[row] / scale[row]), float(residual[row + 1] / scale[row + 1])),
        )
        for row in np.flatnonzero(hits).tolist()
    ]


def _residual(x: FloatArray, y: FloatArray) -> FloatArray:
    """Residuals of least squares on what lies within 3 robust s.d. of the line, taken thrice."""
    kept: BoolArray = np.ones(len(x), dtype=bool)
    residual = x
    for _ in range(3):
        a, b = x[kept], y[kept]
        spread = float(((b - b.mean()) ** 2).sum())
        slope = float(((b - b.mean()) * (a - a.mean())).sum()) / spread if spread > 0 else 0.0
        residual = x - a.mean() - slope * (y - b.mean())
        kept = np.abs(residual) <= 3.0 * mad_scale(residual)
        if kept.sum() < CLOSE_MIN_ROWS // 2:
            break
    return residual


def _blamed_slips(slips: Sequence[tuple[int, int, _Slip]], paths: Sequence[_Path]) -> list[Check]:
    """One row a slip, at the column out of line with more sisters; of two alone, one at each."""
    count: dict[tuple[int, np.datetime64], int] = {}
    for i, j, slip in slips:
        for place in (i, j):
            count[place, slip.day] = count.get((place, slip.day), 0) + 1
    rows: dict[tuple[int, np.datetime64], Check] = {}
    for i, j, slip in slips:
        day, most = slip.day, max(count[i, slip.day], count[j, slip.day])
        for place, other, told in ((i, j, slip), (j, i, slip.turned())):
            if count[place, day] < most or (place, day) in rows:
                continue
            name, sister = paths[place].name, paths[other].name
            said = told.say(sister)
            if count[other, day] == most:
                said += f" ({name} or {sister}: the two alone cannot say which)"
            rows[place, day] = Check(name, day, "wrong_close", "warning", said)
    return list(rows.values())
