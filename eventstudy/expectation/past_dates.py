"""The past dates of news of one market, and its days, as arrays that are cut at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray
    from eventstudy.expectation.reactions import MarketDays, Reactions

Label = tuple[str | None, str | None]
"""Category and direction; None stands for any."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PastDates:
    """The dates of news of one market, oldest first: ``D`` of them, of ``C`` labels.

    Attributes
    ----------
    day0 : ``(D,)`` number of the session
    over : ``(D,)`` when the window was over, UTC
    z : ``(D,)`` return over the window in daily volatilities known before
    lead : ``(D,)`` what the benchmark had done by the open, in the same unit; NaN where not known
    beyond, beyond_known : ``(D,)`` return beyond the benchmark in the same unit, when it was known
    items : rows of the events of each date in `Reactions.frame`, by the time of their news
    column : of each label, its column in `holds` and in `is_clean`, by the date it first occurs
    n_labels : ``(D + 1,)`` labels among the first dates
    holds : ``(D, C)`` whether an item of the date has the label
    is_clean : ``(D, C)`` the same without dates of the opposite direction
    """

    day0: IntArray
    over: DateArray
    z: FloatArray
    lead: FloatArray
    beyond: FloatArray
    beyond_known: DateArray
    items: tuple[IntArray, ...]
    column: dict[Label, int]
    n_labels: IntArray
    holds: BoolArray
    is_clean: BoolArray

    def known(self, moment: np.datetime64) -> int:
        """Number of dates whose window was over."""
        return int(np.searchsorted(self.over, moment, side="right"))

    def having(self, label: Label, count: int, *, clean: bool = False) -> BoolArray:
        """Whether each of the first `count` dates has a label."""
        at = self.column.get(label)
        if at is None:
            return np.zeros(count, dtype=bool)
        return (self.is_clean if clean else self.holds)[:count, at]


def past_dates(reactions: Reactions, market: int) -> PastDates:
    """Return the dates of news of one market."""
    days = reactions.days[market]
    rows = np.flatnonzero(reactions.frame["market"].to_numpy() == market)
    part = reactions.frame.iloc[rows]
    rows = rows[np.lexsort((part["published_utc"].astype("int64"), part["day0"]))]
    sessions = reactions.frame["day0"].to_numpy()[rows]
    day0, date_of = np.unique(sessions, return_inverse=True)
    date_of = date_of.reshape(-1)
    categories = reactions.frame["category"].to_numpy()[rows]
    directions = reactions.frame["direction"].to_numpy()[rows]
    labels: dict[Label, int] = {}
    cells: list[tuple[int, int]] = []
    is_known = reactions.frame["is_known"].to_numpy()[rows]
    for date, category, direction, known in zip(
        date_of.tolist(), categories, directions, is_known, strict=True
    ):
        found = _labels(category, direction, is_known=known)
        cells += [(date, labels.setdefault(label, len(labels))) for label in found]
    n_labels = np.zeros(len(day0) + 1, dtype=np.int64)
    holds = np.zeros((len(day0), len(labels)), dtype=bool)
    if cells:
        date, column = np.array(cells).T
        holds[date, column] = True
        np.maximum.at(n_labels, date + 1, column + 1)
        n_labels = np.maximum.accumulate(n_labels)
    is_clean = holds.copy()
    for (_, direction), at in labels.items():
        opposite = labels.get((None, reactions.opposites.get(direction or "")))
        if direction is not None and opposite is not None:
            is_clean[:, at] &= ~holds[:, opposite]
    scale = days.volatility[day0]
    return PastDates(
        day0=day0,
        over=days.over[day0],
        z=days.raw[day0] / scale,
        lead=days.lead[day0] / scale,
        beyond=days.beyond[day0] / scale,
        beyond_known=days.beyond_known[day0],
        items=tuple(rows[date_of == date] for date in range(len(day0))),
        column=labels,
        n_labels=n_labels,
        holds=holds,
        is_clean=is_clean,
    )


def _labels(category: str | None, direction: str | None, *, is_known: bool) -> Iterable[Label]:
    """Labels of an item; what was known beforehand is of its kind, but of no direction at large."""
    if direction is not None and not is_known:
        yield None, direction
    if category is not None:
        yield category, None
        if direction is not None:
            yield category, direction


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Days:
    """Windows of one market by date, in daily volatilities known before: ``S`` of them.

    Attributes
    ----------
    z, lead : ``(S,)`` return over the window, and what the benchmark had done by the open
    over : ``(S,)`` when the window was over
    """

    z: FloatArray
    lead: FloatArray
    over: DateArray

    def known(self, moment: np.datetime64) -> int:
        """Number of windows that were over."""
        return int(np.searchsorted(self.over, moment, side="right"))


def days_of(days: MarketDays, *, ordinary: bool) -> Days:
    """Return the windows of a market that are complete; of ordinary sessions, or of all."""
    scale = days.volatility[:-1]
    used = np.isfinite(days.raw) & np.isfinite(scale) & ~np.isnat(days.over)
    if ordinary:
        used &= days.is_ordinary
    return Days(
        z=days.raw[used] / scale[used], lead=days.lead[used] / scale[used], over=days.over[used]
    )
