"""Means of units on every weekday they may be moved to.

Many independent dates of a study are alike: they hold the same markets on days as far apart. Moved
to one weekday they have one mean, which is taken once for all groups and draws.
"""

from __future__ import annotations

from dataclasses import dataclass
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

_LAST_MEANS = 2  # of a group, moved by itself and with the study
_PLANS = 4  # draws whose units are remembered: those of a group, and of the study


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
        self._plans: list[tuple[Evidence, _Plan]] = []
        # Means of the last draws, and of the last share: of one window only, they are many.
        self.last_means: list[tuple[UnitSeries, _Plan, FloatArray]] = []
        self.last_held: tuple[UnitSeries, FloatArray, UnitSeries] | None = None

    def plan(self, evidence: Evidence) -> _Plan:
        """Return the units of `evidence`, of the last few that were asked about at once."""
        for other, plan in self._plans:
            if _are_alike(other, evidence):
                return plan
        made = _Plan.of(self, evidence)
        self._plans = [(evidence, made), *self._plans[: _PLANS - 1]]
        return made

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


def _are_alike(one: Evidence, other: Evidence) -> bool:
    """Whether both hold the same units in the same draws, as different windows often do."""
    blocks, others = one.blocks, other.blocks
    if len(blocks) != len(others) or one.n_pairs != other.n_pairs:
        return False
    is_drawn_alike = blocks is others or all(
        a.pick is b.pick and a.moves is b.moves and np.array_equal(a.columns, b.columns)
        for a, b in zip(blocks, others, strict=True)
    )
    a, b = one.structure, other.structure
    return is_drawn_alike and (
        (a is b or (np.array_equal(a.unit, b.unit) and np.array_equal(a.counted, b.counted)))
        and np.array_equal(one.origin, other.origin)
        and np.array_equal(one.sign, other.sign)
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Plan:
    """Which units some draws hold, and on which weekday the first day 0 of each is in every draw.

    Attributes
    ----------
    alike : ``(n, 5)`` what the counted pairs are like, unit after unit: width, market, weekdays
        after the first of the unit, sign beside the first one's, and the pair itself where it is
        like no other, else -1
    begins, ends : ``(E,)`` those of each unit
    keys : of units that are alike, the same
    first, turn : ``(E,)`` weekday of each unit where it is, and the sign of its first pair
    block : ``(E,)`` number of the block it is moved with
    day : ``(blocks, B)`` by how many weekdays each draw moves a block
    """

    alike: IntArray
    begins: IntArray
    ends: IntArray
    keys: list[bytes]
    first: IntArray
    turn: FloatArray
    block: IntArray
    day: list[IntArray]

    @classmethod
    def of(cls, pairs: MovablePairs, evidence: Evidence) -> _Plan:
        """Find the units of `evidence`, block after block."""
        unit = evidence.structure.unit
        block_of = np.empty(evidence.n_pairs, dtype=np.int64)
        for number, block in enumerate(evidence.blocks):
            block_of[block.columns] = number
        columns = np.flatnonzero(evidence.structure.counted)
        columns = columns[np.lexsort((unit[columns], block_of[columns]))]
        begins = np.flatnonzero(np.diff(unit[columns], prepend=-1) != 0)
        ends = np.append(begins, len(columns))[1:]  # none where no pair counts
        own, sign = evidence.origin[columns], evidence.sign[columns]
        sizes = ends - begins
        first = np.minimum.reduceat(pairs.weekday[own], begins) if len(begins) else begins
        turn = sign[begins]
        later = pairs.weekday[own] - np.repeat(first, sizes)
        # A session on a Saturday has no weekday of its own: such a unit is like no other.
        all_have = np.logical_and.reduceat(pairs.has_weekday[own], begins) if len(begins) else turn
        is_like = np.repeat(all_have, sizes) != 0
        beside = (sign * np.repeat(turn, sizes)).astype(np.int64)
        alone = np.where(is_like, -1, own)
        alike = np.column_stack([pairs.width[own], pairs.security[own], later, beside, alone])
        return cls(
            alike=alike,
            begins=begins,
            ends=ends,
            keys=[
                alike[begin:end].tobytes()
                for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)
            ],
            first=first,
            turn=turn,
            block=block_of[columns[begins]],
            day=[block.moves[block.pick] for block in evidence.blocks],
        )


class UnitSeries:
    """Means over units of a value of every position, by the weekday their first day 0 is moved to.

    Parameters
    ----------
    values
        ``(U,)``; what is missing is left out of the means.
    missing
        The mean of a unit that has none.
    is_asked_again
        Whether several tests begin with these means: those of the last draws are kept.
    """

    def __init__(
        self,
        pairs: MovablePairs,
        values: FloatArray,
        *,
        missing: float = np.nan,
        is_asked_again: bool = True,
    ) -> None:
        self._pairs = pairs
        self._missing = missing
        self._values: FloatArray = np.append(values, np.nan)
        self._made: dict[bytes, FloatArray] = {}
        self._is_asked_again = is_asked_again
        self._lines: dict[tuple[int, int], tuple[FloatArray, FloatArray]] = {}

    def of(self, values: FloatArray) -> UnitSeries:
        """Return the means of another value of every position."""
        return UnitSeries(self._pairs, values, is_asked_again=False)

    def held(self, share: FloatArray) -> UnitSeries:
        """Return the means of a share over the positions that have a value here, else 0.

        Of what was asked about last the same: several tests of a group ask about one.
        """
        last = self._pairs.last_held
        if last is not None and last[0] is self and last[1] is share:
            return last[2]
        values = np.where(np.isfinite(self._values[:-1]), share, np.nan)
        made = UnitSeries(self._pairs, values, missing=0.0, is_asked_again=False)
        self._pairs.last_held = self, share, made
        return made

    def means(self, evidence: Evidence) -> FloatArray:
        """Return what `Evidence.unit_means` does for these values and units, ``(B, E)``."""
        plan = self._pairs.plan(evidence)
        for of, other, means in self._pairs.last_means:
            if of is self and other is plan:
                return means
        out = np.empty((len(plan.keys), evidence.n_draws))
        for number, key in enumerate(plan.keys):
            series = self._made.get(key)
            if series is None:
                if len(self._made) * self._pairs.n_days > MOST_MEANS:
                    self._made.clear()
                series = self._series(plan, number)
                self._made[key] = series
            day = plan.first[number] + plan.day[plan.block[number]]
            series.take(day, out=out[number], mode="clip")
        if (plan.turn != 1.0).any():
            out *= plan.turn[:, None]
        if self._is_asked_again:
            last = self._pairs.last_means
            self._pairs.last_means = [(self, plan, out.T), *last[: _LAST_MEANS - 1]]
        return out.T

    def _series(self, plan: _Plan, unit: int) -> FloatArray:
        """Mean of one unit on every weekday, ``(D,)``; NaN where it has none."""
        n_days, first = self._pairs.n_days, plan.first[unit]
        total, count = np.zeros(n_days), np.zeros(n_days)
        members = plan.alike[plan.begins[unit] : plan.ends[unit]]
        for width, security, later, sign, pair in members.tolist():
            values, is_there = self._line(width, security)
            end = n_days - later
            values, is_there = values[later:], is_there[later:]
            if pair >= 0:  # standing still is standing still
                values, is_there = values.copy(), is_there.copy()
                own = self._values[self._pairs.own_row[pair]]
                is_there[first] = np.isfinite(own)
                values[first] = own if is_there[first] else 0.0
            if sign > 0:
                total[:end] += values
            else:
                total[:end] -= values
            count[:end] += is_there
        mean = total / np.maximum(count, 1.0)
        mean[count == 0] = self._missing
        return mean

    def _line(self, width: int, security: int) -> tuple[FloatArray, FloatArray]:
        """Values of a market on every weekday, 0 where there is none, and whether there is one.

        The days of a unit are apart as they are, so that each of its pairs has a part of such a
        line.
        """
        key = width, security
        if key not in self._lines:
            if 2 * len(self._lines) * self._pairs.n_days > MOST_MEANS:
                self._lines.clear()
            values = self._values.take(self._pairs.on_weekday[width, security])
            is_there = np.isfinite(values)
            values[~is_there] = 0.0
            self._lines[key] = values, is_there.astype(np.float64)
        return self._lines[key]
