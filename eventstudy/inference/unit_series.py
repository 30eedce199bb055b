"""Means of units on every weekday they may be moved to.

Many independent dates of a study are alike: they hold the same markets on days as far apart. Moved
to one weekday they have one mean, which is taken once for all groups and draws.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.estimation.clusters import weekday_number

if TYPE_CHECKING:
    from eventstudy._typing import DateArray, FloatArray, IntArray
    from eventstudy.estimation.abnormal import AbnormalReturns
    from eventstudy.inference.evidence import Evidence
    from eventstudy.inference.placements import PlaceboTable


MOST_MEANS = 4_000_000
"""Means that are kept, 8 bytes each: securities with events of their own are like no others."""


class MovablePairs:
    """The pairs of a study, and the placebo positions of their markets on every weekday.

    Parameters
    ----------
    table, date
        The pairs, and the label of their day 0, ``(P,)``.
    placebo
        Every position; weekdays are counted from its first.
    """

    def __init__(self, table: AbnormalReturns, date: DateArray, placebo: PlaceboTable) -> None:
        self.weekday: IntArray = weekday_number(date) - placebo.first_weekday
        self.width: IntArray = np.searchsorted(placebo.widths, table.extension)
        self.security = table.security
        self.own_row: IntArray = placebo.index[self.width, table.security, table.day0]
        first_session = placebo.on_or_after[table.security, self.weekday]
        self.has_weekday = first_session == table.day0
        self._placebo = placebo

    @property
    def n_days(self) -> int:
        """Weekdays of the data."""
        return int(self._placebo.on_or_after.shape[1])

    @cached_property
    def on_weekday(self) -> IntArray:
        """Position of every width and market on every weekday, ``(widths, N, D)``.

        -1 where nothing can be estimated.
        """
        column = self._placebo.on_or_after
        row = np.take_along_axis(self._placebo.index, np.maximum(column, 0)[None], axis=2)
        return np.where(column >= 0, row, -1)


class UnitSeries:
    """Means over units of a value of every position, by the weekday their first day 0 is moved to.

    Parameters
    ----------
    values
        ``(U,)``; what is missing is left out of the means.
    """

    def __init__(self, pairs: MovablePairs, values: FloatArray) -> None:
        self._pairs = pairs
        self._values: FloatArray = np.append(values, np.nan)
        self._made: dict[bytes, FloatArray] = {}

    def of(self, values: FloatArray) -> UnitSeries:
        """Return the means of another value of every position."""
        return UnitSeries(self._pairs, values)

    def means(self, evidence: Evidence) -> FloatArray:
        """Return what `Evidence.unit_means` does for these values and units, ``(B, E)``."""
        pairs, unit = self._pairs, evidence.structure.unit
        block_of = np.empty(evidence.n_pairs, dtype=np.int64)
        for number, block in enumerate(evidence.blocks):
            block_of[block.columns] = number
        columns = np.flatnonzero(evidence.structure.counted)
        if not columns.size:
            return np.empty((evidence.n_draws, 0))
        columns = columns[np.lexsort((unit[columns], block_of[columns]))]
        begins = np.flatnonzero(np.r_[True, np.diff(unit[columns]) != 0])
        sizes = np.diff(begins, append=len(columns))
        own, sign = evidence.origin[columns], evidence.sign[columns]
        first = np.minimum.reduceat(pairs.weekday[own], begins)
        turn = sign[begins]
        later = pairs.weekday[own] - np.repeat(first, sizes)
        # A session on a Saturday has no weekday of its own: such a unit is like no other.
        is_like = np.repeat(np.logical_and.reduceat(pairs.has_weekday[own], begins), sizes)
        alike = np.column_stack(
            [pairs.width[own], pairs.security[own], later, sign * np.repeat(turn, sizes)]
        )
        alike = np.column_stack([alike, np.where(is_like, -1, own)]).astype(np.int64)
        out = np.empty((len(begins), evidence.n_draws))
        move, at = np.empty(0, dtype=np.int64), -1
        ends = begins + sizes
        for number, (begin, end) in enumerate(zip(begins.tolist(), ends.tolist(), strict=True)):
            if block_of[columns[begin]] != at:
                at = block_of[columns[begin]]
                block = evidence.blocks[at]
                move = block.moves[block.pick]
            key = alike[begin:end].tobytes()
            series = self._made.get(key)
            if series is None:
                if len(self._made) * pairs.n_days > MOST_MEANS:
                    self._made.clear()
                series = self._series(alike[begin:end], first[number])
                self._made[key] = series
            np.multiply(series.take(first[number] + move), turn[number], out=out[number])
        return out.T

    def _series(self, alike: IntArray, first: int) -> FloatArray:
        """Mean of one unit on every weekday, ``(D,)``; NaN where it has none."""
        n_days = self._pairs.n_days
        total, count = np.zeros(n_days), np.zeros(n_days)
        for width, security, later, sign, pair in alike.tolist():
            values = np.full(n_days, np.nan)
            values[: n_days - later] = self._values.take(
                self._pairs.on_weekday[width, security, later:]
            )
            if pair >= 0:  # standing still is standing still
                values[first] = self._values[self._pairs.own_row[pair]]
            has_value = np.isfinite(values)
            total += np.where(has_value, sign * values, 0.0)
            count += has_value
        return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)
