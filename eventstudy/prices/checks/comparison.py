"""One column against another that closes at the same moment: shifted labels, single wrong closes.

Peers are columns of one exchange calendar, of one FX cut, or of one declared closing time. Only
between those is a correlation at lag 0 the right one: New York leads Asia by a row of the same
date, and so an American and an Asian index correlate more at a lag although both dates are right.
Where a closing time is not known, or the other series is given as the same underlying, only a
correlation no lead of one market over another reaches (0.8 and more) says that a label is off.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eventstudy.prices.checks.base import isolated_reversals, local_scale, mad_scale
from eventstudy.prices.panel import NO_DATE, Check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray
    from eventstudy.prices.checks.base import Column

MAX_PAIRED = 40
"""Columns up to which each is compared with each; more are compared with their mean."""

LAG_MIN_ROWS = 250
LAG_CORRELATION = 0.2
LAG_CORRELATION_UNKNOWN_CLOCK = 0.8
LAG_SD = 6.0
CLOSE_MIN_ROWS = 60
CLOSE_CORRELATION = 0.9
CLOSE_CORRELATION_REFERENCE = 0.97  # the same underlying, unless the two are cut at other moments
CLOSE_SD = 3.5
SAME_SERIES = 1e-9
"""Difference of log returns up to which two columns are one series."""
WINDOW = 121  # sessions in which the scale of a residual is taken
_WINSOR = 5.0


class _LogLevels(NamedTuple):
    """Log levels of a column on the dates that have one."""

    name: str
    position: int
    clock: str | None
    is_fx: bool
    dates: DateArray
    levels: FloatArray
    is_early: bool


class _LabelShift(NamedTuple):
    """Row t of a column goes with another row of its peer."""

    lag: int
    first: np.datetime64
    last: np.datetime64
    correlations: tuple[float, float, float]
    n_rows: int


def peer_checks(columns: Sequence[Column], start_of_day: Sequence[bool]) -> list[Check]:
    """Compare the columns of a study with each other.

    Parameters
    ----------
    columns
        Columns of the study's markets.
    start_of_day
        Which of them their own bars show to hold closes of the start of the day.
    """
    every = [
        _log_levels(column, is_early)
        for column, is_early in zip(columns, start_of_day, strict=True)
    ]
    long_enough = [column for column in every if len(column.dates) > CLOSE_MIN_ROWS]
    if len(long_enough) < 2:
        return []
    if len(long_enough) > MAX_PAIRED:
        return _mean_checks(long_enough)
    shifts: list[tuple[_LogLevels, _LogLevels, _LabelShift]] = []
    wrong_closes: list[tuple[int, int, _WrongClose]] = []
    same: list[Check] = []
    for i, j in combinations(range(len(long_enough)), 2):
        first, second = long_enough[i], long_enough[j]
        if first.position == second.position:  # CNH and USDCNH are one column
            continue
        joined = _common_returns(first, second)
        if _is_same_series(*joined):
            same.append(_same_series_check(second.name, first.name, joined[0]))
            continue
        clocks = {first.clock, second.clock}
        is_known = None not in clocks
        if is_known and len(clocks) > 1:
            continue
        floor = LAG_CORRELATION if is_known else LAG_CORRELATION_UNKNOWN_CLOCK
        shift = _label_shift(*joined, floor)
        if shift is not None:
            shifts.append((first, second, shift))
        elif is_known:
            wrong_closes += [(i, j, wrong_close) for wrong_close in _wrong_closes(*joined)]
    return same + _shift_checks(shifts) + _wrong_close_checks(wrong_closes, long_enough)


def reference_checks(column: Column, reference_column: Column, where: str) -> list[Check]:
    """Compare a column with the same underlying from another source, which `where` names."""
    studied = _log_levels(column, is_early=False)
    reference = _log_levels(reference_column, is_early=False)
    dates, x, y = _common_returns(studied, reference)
    if len(x) < CLOSE_MIN_ROWS:
        return []
    shift = _label_shift(dates, x, y, LAG_CORRELATION_UNKNOWN_CLOCK)
    if shift is not None:
        return [_shift_check(column.name, where, shift, "", column.is_fx)]
    correlation = _correlation(_winsorised(x), _winsorised(y))
    if correlation <= -CLOSE_CORRELATION:
        detail = (
            f"returns correlate {correlation:+.2f} with {where}: the quote is the other way round; "
            "turn the column over"
        )
        return [Check(column.name, NO_DATE, "quote_direction", "error", detail)]
    return [
        Check(column.name, wrong_close.day, "wrong_close", "warning", wrong_close.sentence(where))
        for wrong_close in _wrong_closes(dates, x, y, CLOSE_CORRELATION_REFERENCE)
    ]


def _log_levels(column: Column, is_early: bool) -> _LogLevels:
    if column.levels is not None:
        dates, levels = column.dates, np.log(column.levels)
    else:
        dates, levels = column.dates, np.cumsum(column.logs)
        if len(levels) and not np.isfinite(levels[-1]):
            is_finite = np.isfinite(column.logs)
            dates, levels = column.dates[is_finite], np.cumsum(column.logs[is_finite])
    return _LogLevels(
        column.name, column.position, column.clock, column.is_fx, dates, levels, is_early
    )


def _common_returns(
    first: _LogLevels, second: _LogLevels
) -> tuple[DateArray, FloatArray, FloatArray]:
    """Returns of both from common row to common row, and the date each ends on."""
    if len(first.dates) == len(second.dates) and bool((first.dates == second.dates).all()):
        return first.dates[1:], np.diff(first.levels), np.diff(second.levels)
    dates, first_rows, second_rows = np.intersect1d(
        first.dates, second.dates, assume_unique=True, return_indices=True
    )
    return dates[1:], np.diff(first.levels[first_rows]), np.diff(second.levels[second_rows])


# ---- one series twice ------------------------------------------------------------------------


def _is_same_series(dates: DateArray, x: FloatArray, y: FloatArray) -> bool:
    """Whether all common returns are equal, of levels that may differ by a factor."""
    if len(dates) < CLOSE_MIN_ROWS or not x.any():
        return False
    return bool(np.abs(x - y).max() < SAME_SERIES)


def _same_series_check(name: str, other: str, dates: DateArray) -> Check:
    detail = (
        f"its returns are those of {other} on all {len(dates):,} common sessions: one series under "
        "two names? each counts as a market of its own; keep one"
    )
    return Check(name, dates[0], "same_series", "warning", detail)


# ---- labels ----------------------------------------------------------------------------------


def _label_shift(
    dates: DateArray, x: FloatArray, y: FloatArray, floor: float, *, in_parts: bool = True
) -> _LabelShift | None:
    """Return the lag at which two series of returns go together, where it is clearly not 0.

    Clearly: the correlation at lag -1 or +1 is at least `floor` in size and exceeds that at lag 0
    by 6 standard errors of Fisher's z, over all rows or in a stretch of 250. Returns are cut at 5
    robust s.d. first, so that one misprint decides nothing.
    """
    if len(x) < LAG_MIN_ROWS:
        return None
    x, y = _winsorised(x), _winsorised(y)
    overall = _lagged_correlations(x, y)
    lag = _clear_lag(overall, len(x), floor)
    if lag:
        return _LabelShift(lag, dates[0], dates[-1], overall, len(x))
    if not in_parts:
        return None
    starts = range(0, len(x) - LAG_MIN_ROWS + 1, LAG_MIN_ROWS)
    hits = []
    for start in starts:
        part = slice(start, start + LAG_MIN_ROWS)
        lag = _clear_lag(_lagged_correlations(x[part], y[part]), LAG_MIN_ROWS, floor)
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
    return _LabelShift(
        lag, dates[first], dates[stop - 1], _lagged_correlations(x[part], y[part]), stop - first
    )


def _winsorised(values: FloatArray) -> FloatArray:
    reach = _WINSOR * mad_scale(values)
    return np.clip(values, -reach, reach) if reach > 0 else values


def _lagged_correlations(x: FloatArray, y: FloatArray) -> tuple[float, float, float]:
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


def _clear_lag(correlations: tuple[float, float, float], count: int, floor: float) -> int:
    """Return -1 or +1 where that lag is clearly the right one, else 0."""
    sizes = np.minimum(np.abs(correlations), 0.999999)
    largest = int(np.argmax(sizes))
    if largest == 1 or sizes[largest] < floor:
        return 0
    gain = float(np.arctanh(sizes[largest]) - np.arctanh(sizes[1]))
    return largest - 1 if gain > LAG_SD * np.sqrt(2.0 / (count - 3)) else 0


def _shift_checks(shifts: Sequence[tuple[_LogLevels, _LogLevels, _LabelShift]]) -> list[Check]:
    """One check a pair, at the column that is off against more peers, or by its own bars."""
    count: dict[str, int] = {}
    for first, second, _ in shifts:
        for path in (first, second):
            count[path.name] = count.get(path.name, 0) + 1
    checks = []
    for first, second, shift in shifts:
        evidence, other_evidence = (
            (first.is_early, count[first.name]),
            (second.is_early, count[second.name]),
        )
        blamed, peer = (second, first) if other_evidence > evidence else (first, second)
        lag = shift.lag if blamed is first else -shift.lag
        peer_shift = shift._replace(lag=lag)
        if blamed is second:
            peer_shift = peer_shift._replace(correlations=shift.correlations[::-1])
        doubt = f" (or those of {peer.name})" if evidence == other_evidence else ""
        checks.append(_shift_check(blamed.name, peer.name, peer_shift, doubt, blamed.is_fx))
    return checks


def _shift_check(name: str, peer: str, shift: _LabelShift, doubt: str, is_fx: bool) -> Check:
    before, same, after = shift.correlations
    side = "late" if shift.lag < 0 else "early"
    # a close of the start of the day is a row late; next_row moves it where it belongs
    advice = (
        'set fx_close = "next_row"' if is_fx and shift.lag < 0 else "check how dates are written"
    )
    detail = (
        f"dates{doubt} are one row {side}: returns of row t correlate {before:+.2f} with row t-1 "
        f"of {peer}, {same:+.2f} with row t and {after:+.2f} with row t+1 ({shift.n_rows:,} "
        f"rows, {shift.first} to {shift.last}); {advice}"
    )
    return Check(name, shift.first, "label_shift", "error", detail)


def _mean_checks(columns: Sequence[_LogLevels]) -> list[Check]:
    """Compare each column of a large file with the mean return of those that close with it.

    Over all rows alone: a stretch that is off is looked for among few columns only.
    """
    checks = []
    groups: dict[str, list[_LogLevels]] = {}
    for column in columns:
        if column.clock is not None:
            groups.setdefault(column.clock, []).append(column)
    for members in groups.values():
        if len({column.position for column in members}) < 3:
            continue
        days = np.unique(np.concatenate([column.dates for column in members]))
        total, count = np.zeros(len(days)), np.zeros(len(days))
        row_sets: list[IntArray | slice] = []
        for column in members:
            is_whole = len(column.dates) == len(days)
            rows = slice(1, None) if is_whole else np.searchsorted(days, column.dates[1:])
            total[rows] += _winsorised(np.diff(column.levels))
            count[rows] += 1
            row_sets.append(rows)
        mean = total / np.maximum(count, 1)
        for column, rows in zip(members, row_sets, strict=True):
            own_returns = np.diff(column.levels)
            shift = _label_shift(
                column.dates[1:], own_returns, mean[rows], LAG_CORRELATION, in_parts=False
            )
            if shift is not None:
                peer = f"the mean of {len(members)} columns"
                checks.append(_shift_check(column.name, peer, shift, "", column.is_fx))
    return checks


# ---- single closes -----------------------------------------------------------------------------


class _WrongClose(NamedTuple):
    """Two returns out of line with each other, and back in line on the next session."""

    day: np.datetime64
    own: float
    peer: float
    ahead: float
    back: float
    scores: tuple[float, float]

    def seen_from_peer(self) -> _WrongClose:
        """Return the same, seen from the peer."""
        first, second = self.scores
        return _WrongClose(
            self.day, self.peer, self.own, -self.ahead, -self.back, (-first, -second)
        )

    def sentence(self, peer: str) -> str:
        """Return the sentence with the numbers."""
        return (
            f"return {100 * self.own:+.2f} % against {100 * self.peer:+.2f} % of {peer} is "
            f"out of line by {100 * self.ahead:+.2f} %, and the next session takes back "
            f"{100 * self.back:+.2f} % ({self.scores[0]:+.1f} and {self.scores[1]:+.1f} robust "
            "standard deviations): "
            "a wrong close? compare it with another source"
        )


def _wrong_closes(
    dates: DateArray, x: FloatArray, y: FloatArray, least: float = CLOSE_CORRELATION
) -> list[_WrongClose]:
    """Closes out of line with a peer's, from which the next return comes back."""
    if len(x) < CLOSE_MIN_ROWS:
        return []
    if not abs(_correlation(_winsorised(x), _winsorised(y))) >= least:
        return []
    residual = _residual(x, y)
    scale = local_scale(residual, WINDOW)
    limit = CLOSE_SD * scale
    hits = isolated_reversals(residual[:-1], residual[1:], (limit[:-1], limit[1:]))
    hits &= (scale[:-1] > 0) & (scale[1:] > 0)
    return [
        _WrongClose(
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
    is_used: BoolArray = np.ones(len(x), dtype=bool)
    residual = x
    for _ in range(3):
        a, b = x[is_used], y[is_used]
        spread = float(((b - b.mean()) ** 2).sum())
        slope = float(((b - b.mean()) * (a - a.mean())).sum()) / spread if spread > 0 else 0.0
        residual = x - a.mean() - slope * (y - b.mean())
        is_used = np.abs(residual) <= 3.0 * mad_scale(residual)
        if is_used.sum() < CLOSE_MIN_ROWS // 2:
            break
    return residual


def _wrong_close_checks(
    wrong_closes: Sequence[tuple[int, int, _WrongClose]], columns: Sequence[_LogLevels]
) -> list[Check]:
    """One check a wrong close, at the column out of line with more peers; of two alone, at each."""
    count: dict[tuple[int, np.datetime64], int] = {}
    for i, j, wrong_close in wrong_closes:
        for position in (i, j):
            count[position, wrong_close.day] = count.get((position, wrong_close.day), 0) + 1
    rows: dict[tuple[int, np.datetime64], Check] = {}
    for i, j, wrong_close in wrong_closes:
        day, most_peers = wrong_close.day, max(count[i, wrong_close.day], count[j, wrong_close.day])
        for position, other, from_position in (
            (i, j, wrong_close),
            (j, i, wrong_close.seen_from_peer()),
        ):
            if count[position, day] < most_peers or (position, day) in rows:
                continue
            name, peer = columns[position].name, columns[other].name
            detail = from_position.sentence(peer)
            if count[other, day] == most_peers:
                detail += f" ({name} or {peer}: the two alone cannot say which)"
            rows[position, day] = Check(name, day, "wrong_close", "warning", detail)
    return list(rows.values())
