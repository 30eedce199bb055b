"""What all checks share: a column on its sessions, the frame of checks, robust scales."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.io.timestamp_columns import midnights

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eventstudy._typing import BoolArray, DateArray, FloatArray
    from eventstudy.markets.calendars import SessionCalendar
    from eventstudy.markets.market import Market
    from eventstudy.prices.panel import Check

NORMAL_MAD = 1.4826
"""Standard deviation of a normal variable over its median absolute deviation."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Column:
    """One column of prices or returns on the T sessions on which it is used.

    Attributes
    ----------
    market : Market
    position : int
        Which column of the panel; two markets may share one, such as CNH and USDCNH.
    is_inverted : bool
        Whether the study inverts it.
    calendar : SessionCalendar
    dates : ``(T,)`` session dates, ascending
    logs : ``(T,)`` log returns of the column as it stands in the file; NaN is missing
    levels : ``(T,)`` prices as they stand in the file; None for a file of returns
    bars : DataFrame or None
        Open, high, low, volume by date, all rows of the file.
    is_fx : bool
        Whether it trades around the clock, whatever calendar the study gives it.
    clock : str or None
        Label shared by the columns that close at the same moments; None where that is not known.
    is_moved : bool
        Whether the source moved the closes to the session they belong to.
    source : str
        Name of the column in the panel.
    is_calm : bool
        Whether its moves are known to be such that no check of them finds anything.
    """

    market: Market
    position: int
    is_inverted: bool
    calendar: SessionCalendar
    dates: DateArray
    logs: FloatArray
    levels: FloatArray | None
    bars: pd.DataFrame | None
    is_fx: bool = False
    clock: str | None = None
    is_moved: bool = False
    source: str = ""
    is_calm: bool = False

    @property
    def name(self) -> str:
        """Name of the market, as findings carry it."""
        return self.market.name


def as_checks(checks: Iterable[Check]) -> pd.DataFrame:
    """Return the frame security, date, check, severity, detail."""
    rows = list(checks)
    # most columns of a large file pass every check, and building a frame takes milliseconds
    return _frame_of(rows) if rows else _no_checks().copy()


@cache
def _no_checks() -> pd.DataFrame:
    return _frame_of([])


def _frame_of(rows: Sequence[Check]) -> pd.DataFrame:
    dates = midnights(np.array([row.date for row in rows], dtype="datetime64[D]"))
    return pd.DataFrame(
        {
            "security": pd.Series([row.security for row in rows], dtype="str"),
            "date": pd.Series(dates),
            "check": pd.Series([row.check for row in rows], dtype="str"),
            "severity": pd.Series([row.severity for row in rows], dtype="str"),
            "detail": pd.Series([row.detail for row in rows], dtype="str"),
        }
    )


def is_in(dates: DateArray, among: DateArray) -> BoolArray:
    """Return which `dates` are `among` those, both ascending."""
    if len(among) == 0:
        return np.zeros(len(dates), dtype=bool)
    at = np.minimum(np.searchsorted(among, dates), len(among) - 1)
    return np.asarray(among[at] == dates)


def mad_scale(values: FloatArray) -> float:
    """Median absolute deviation from the median, as a standard deviation; NaN of nothing."""
    if len(values) == 0:
        return float("nan")
    return NORMAL_MAD * fast_median(np.abs(values - fast_median(values)))


def fast_median(values: FloatArray) -> float:
    """Median of finite numbers, without the checks that make `numpy.median` slow on a column."""
    half = len(values) // 2
    if len(values) % 2:
        return float(np.partition(values, half)[half])
    ordered = np.partition(values, (half - 1, half))
    return float(ordered[half - 1] + ordered[half]) / 2.0


def local_scale(values: FloatArray, width: int) -> FloatArray:
    """Median absolute deviation from zero in a centred window, as a standard deviation.

    At both ends the first and last whole windows are used; a series shorter than one window is
    one window.
    """
    size = np.abs(values)
    if len(size) <= width:
        overall = NORMAL_MAD * float(np.median(size)) if len(size) else np.nan
        return np.full(len(size), overall)
    windows = np.lib.stride_tricks.sliding_window_view(size, width)
    inner = NORMAL_MAD * np.median(windows, axis=1)
    before = width // 2
    return np.pad(inner, (before, len(size) - len(inner) - before), mode="edge")


def isolated_reversals(
    first: FloatArray, second: FloatArray, limits: tuple[FloatArray, FloatArray]
) -> BoolArray:
    """Return where `first` and `second` are both large, opposed and about equal in size.

    About equal is the smaller at least half the larger. Where the same holds one place earlier or
    later it is turbulence and not a slip of one number, so only places that stand alone count.

    Parameters
    ----------
    first, second
        ``(T,)`` two movements that a single wrong price would move in opposite directions.
    limits
        ``(T,)`` each, sizes that count as large.
    """
    first_size, second_size = np.abs(first), np.abs(second)
    with np.errstate(invalid="ignore"):
        large_first, large_second = first_size > limits[0], second_size > limits[1]
        hit = large_first & large_second & (first * second < 0.0)
        hit &= np.minimum(first_size, second_size) >= 0.5 * np.maximum(first_size, second_size)
    is_alone = np.ones(len(hit), dtype=bool)
    is_alone[1:] &= ~large_first[:-1]
    is_alone[:-1] &= ~large_second[1:]
    return np.asarray(hit & is_alone)
