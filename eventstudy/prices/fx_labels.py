"""Which end of the day a vendor's daily FX close belongs to, inferred from its own opens.

A daily bar of an exchange ends with the close of its date. Yahoo's daily bars of currency pairs
(``USDJPY=X``, ``CNH=X``) do not: the cell called Close of date d holds about the price at which d
began, 00:00 in London, so the session of d shows in the row after. A study that took it as written
would see every reaction of a currency one row late, and would call the reaction of the day itself
zero. A vendor may change its habit without a word, so it is never assumed from the source's name.

How it is inferred: if the close of a row is a price of the end of its day, the next row opens near
it, for a currency trades around the clock; if it is one of the start, its own row opens near it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from eventstudy.exceptions import SchemaError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from eventstudy._typing import FloatArray, FxClose, IntArray

YAHOO_FX = "=X"
"""How Yahoo's symbols of currencies end."""

MOST_BETWEEN = np.timedelta64(5, "D")
"""To the next row; behind a longer hole that row is not the end of the session."""

MIN_ROWS = 20
"""Pairs of rows below which the label is unclear."""

CLEAR_RATIO = 0.5
"""The smaller median must be at most this part of the larger one."""

CLEAR_SD = 3.3
"""Standard deviations by which rows for and against must differ from a fair coin's."""


_MEANING_TEXT = {
    "start_of_day": "they are prices of the start of their day",
    "end_of_day": "they are prices of the end of their day",
    "unclear": "that does not tell which end of the day they belong to",
}
_ACTION_TEXT = {
    True: "each is moved to the row before, and the last row is left out",
    False: "they are taken as written",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FxConvention:
    """Which end of the day the closes of a currency's bars are, and the evidence.

    Attributes
    ----------
    label : {"start_of_day", "end_of_day", "unclear"}
        ``start_of_day``: the close of a session stands in the next row, see `dated_closes`.
    same : float
        Median of ``|C(t) - O(t)| / C(t)``, a decimal; NaN without rows.
    next : float
        Median of ``|C(t) - O(t+1)| / C(t)``, a decimal; NaN without rows.
    n : int
        Pairs of neighbouring rows that hold all three prices.
    is_mixed : bool
        A stretch of rows shows the opposite of the whole, so that no label holds for all of them.
    """

    label: Literal["start_of_day", "end_of_day", "unclear"]
    same: float
    next: float
    n: int
    is_mixed: bool = False

    def __str__(self) -> str:
        """Return the evidence as a sentence, in basis points."""
        if self.n == 0:
            return "no row has an open to tell the label of its close by"
        return (
            f"closes lie {self.same * 1e4:.1f} bp from their own row's open and "
            f"{self.next * 1e4:.1f} bp from the next row's (medians of {self.n:,} rows"
            f"{', of which some say the opposite' if self.is_mixed else ''})"
        )


def fx_convention(bars: pd.DataFrame) -> FxConvention:
    """Tell whether the closes of a currency's daily bars are prices of the start or of the end.

    Clear is only what holds in three ways: at least 20 pairs of rows; the smaller of the two
    medians at most half the larger; and the rows that say the same as the medians outnumber the
    others by more than 3.3 standard deviations of a fair coin (about 1 in 1,000). Everything else
    is ``unclear``, and so are bars without opens, and bars of which 20 or so in a row clearly say
    the opposite: a vendor that changed its habit.

    Only for what trades around the clock: the open of an exchange lies a night away from its close.

    Parameters
    ----------
    bars : DataFrame
        Columns ``open`` and ``close``, index of dates, strictly ascending. NaN cells are passed
        over; no column ``open`` is the same as an empty one.

    Returns
    -------
    FxConvention

    Raises
    ------
    SchemaError
        No column ``close``, or dates that repeat or run backwards.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> price = 150 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.005, 101)))
    >>> days = pd.bdate_range("2025-01-01", periods=100)
    >>> fx_convention(pd.DataFrame({"open": price[:-1], "close": price[:-1]}, index=days)).label
    'start_of_day'
    >>> fx_convention(pd.DataFrame({"open": price[:-1], "close": price[1:]}, index=days)).label
    'end_of_day'
    """
    _closes(bars)  # refuses what is no bars
    unclear = FxConvention(label="unclear", same=float("nan"), next=float("nan"), n=0)
    if "open" not in bars.columns or len(bars) < 2:
        return unclear
    same, following, _ = _distances(bars)
    if len(same) == 0:
        return unclear
    label: Literal["start_of_day", "end_of_day", "unclear"] = "unclear"
    is_mixed = False
    if len(same) >= MIN_ROWS:
        count = len(same) // MIN_ROWS
        parts = list(
            zip(np.array_split(same, count), np.array_split(following, count), strict=True)
        )
        if _is_clearly_smaller(same, following):
            label = "start_of_day"
            is_mixed = any(
                _is_clearly_smaller(following_part, same_part)
                for same_part, following_part in parts
            )
        elif _is_clearly_smaller(following, same):
            label = "end_of_day"
            is_mixed = any(
                _is_clearly_smaller(same_part, following_part)
                for same_part, following_part in parts
            )
    return FxConvention(
        label="unclear" if is_mixed else label,
        same=float(np.median(same)),
        next=float(np.median(following)),
        n=len(same),
        is_mixed=is_mixed,
    )


class FxStretch(NamedTuple):
    """Rows ``start`` to ``stop - 1`` of bars whose closes are of one kind, and the evidence."""

    start: int
    stop: int
    convention: FxConvention


def fx_stretches(bars: pd.DataFrame) -> list[FxStretch]:
    """Split bars where a vendor changed which end of the day its closes are.

    Blocks of 20 or so rows that are clear by themselves tell where: between two of different labels
    lies the row that leaves the fewest rows at odds with their side. Bars of one label, or of none,
    are one stretch.

    Parameters
    ----------
    bars : DataFrame
        As for `fx_convention`.

    Returns
    -------
    list of FxStretch
        In order of time, all rows in one of them.

    Raises
    ------
    SchemaError
        As for `fx_convention`.
    """
    whole = [FxStretch(0, len(bars), fx_convention(bars))]
    same, following, rows = _distances(bars)
    if len(rows) < 2 * MIN_ROWS:
        return whole
    clear: list[tuple[IntArray, int]] = []
    for part in np.array_split(np.arange(len(rows)), len(rows) // MIN_ROWS):
        if _is_clearly_smaller(same[part], following[part]):
            clear.append((part, 1))
        elif _is_clearly_smaller(following[part], same[part]):
            clear.append((part, -1))
    says_start = np.sign(following - same)
    cuts = [0]
    for (before, label), (after, other) in pairwise(clear):
        if label == other:
            continue
        between = says_start[before[0] : after[-1] + 1] * label
        # rows for the first label up to here less those after it
        gain = np.concatenate([[0.0], np.cumsum(between)])
        cuts.append(int(rows[before[0] + int(np.argmax(gain))]))
    if len(cuts) == 1:
        return whole
    edges = [*cuts, len(bars)]
    return [
        FxStretch(start, stop, fx_convention(bars.iloc[start:stop]))
        for start, stop in pairwise(edges)
    ]


def dated_closes(
    bars: pd.DataFrame, fx_close: FxClose
) -> tuple[pd.DataFrame, list[tuple[FxStretch, bool]]]:
    """Return bars with each close at the session it belongs to, and what was moved.

    Parameters
    ----------
    bars
        As for `fx_convention`.
    fx_close
        ``"written"`` moves nothing, ``"next_row"`` every close, ``"detect"`` those of the stretches
        whose opens show them to be prices of the start of their day.

    Returns
    -------
    bars : DataFrame
        The same rows. A moved close is that of the next row; NaN where that is over 5 days away,
        missing, or of the other kind.
    stretches : list of (FxStretch, bool)
        In order of time, and whether its closes were moved.
    """
    if fx_close == "detect":
        stretches = fx_stretches(bars)
    else:
        stretches = [FxStretch(0, len(bars), fx_convention(bars))]
    close = _closes(bars)
    moved = np.full(len(close), np.nan)
    is_near = np.diff(bars.index.to_numpy()) <= MOST_BETWEEN
    moved[:-1] = np.where(is_near, close[1:], np.nan)
    out, done = close.copy(), []
    for stretch in stretches:
        is_moved = fx_close == "next_row" or (
            fx_close == "detect" and stretch.convention.label == "start_of_day"
        )
        if is_moved:
            out[stretch.start : stretch.stop] = moved[stretch.start : stretch.stop]
            if stretch.stop < len(close):
                out[stretch.stop - 1] = np.nan
        done.append((stretch, is_moved))
    return bars.assign(close=out), done


def label_sentence(
    bars: pd.DataFrame, stretches: Sequence[tuple[FxStretch, bool]]
) -> tuple[str, bool]:
    """Return what was found and done, one sentence, and whether it leaves a doubt."""
    parts = []
    is_doubtful = len(stretches) > 1
    for stretch, is_moved in stretches:
        convention = stretch.convention
        expected = "start_of_day" if is_moved else "end_of_day"
        is_doubtful = is_doubtful or convention.label != expected
        days = [f"{bars.index[at]:%Y-%m-%d}" for at in (stretch.start, stretch.stop - 1)]
        when = f"{days[0]} to {days[1]}: " if len(stretches) > 1 else ""
        parts.append(
            f"{when}{convention}; {_MEANING_TEXT[convention.label]}; {_ACTION_TEXT[is_moved]}"
        )
    return ". ".join(parts), is_doubtful


def _distances(bars: pd.DataFrame) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return how far closes lie from their own and the next row's open, and the rows of both."""
    close = _closes(bars)
    if "open" not in bars.columns or len(bars) < 2:
        return np.empty(0), np.empty(0), np.empty(0, dtype=np.int64)
    start = bars["open"].to_numpy(dtype=np.float64, na_value=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        same = np.abs(close[:-1] - start[:-1]) / close[:-1]
        following = np.abs(close[:-1] - start[1:]) / close[:-1]
    rows = np.flatnonzero(np.isfinite(same) & np.isfinite(following))
    return same[rows], following[rows], rows


def _closes(bars: pd.DataFrame) -> FloatArray:
    if "close" not in bars.columns:
        raise SchemaError(["bars need a column 'close' to tell where its prices belong"])
    if not (bars.index.is_unique and bars.index.is_monotonic_increasing):
        raise SchemaError(["bars need dates that ascend, each once; sort them and drop repeats"])
    return bars["close"].to_numpy(dtype=np.float64, na_value=np.nan)


def _is_clearly_smaller(first: FloatArray, second: FloatArray) -> bool:
    """Whether the first differences are smaller, by their medians and row by row."""
    if not np.median(first) <= CLEAR_RATIO * np.median(second) or np.median(second) == 0.0:
        return False
    smaller, larger = int((first < second).sum()), int((first > second).sum())
    return smaller - larger > CLEAR_SD * float(np.sqrt(smaller + larger))
