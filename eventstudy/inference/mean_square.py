"""Whether markets moved on the event dates, in whatever direction.

Dates that move by much, half of them up and half down, have a mean of nothing. Their mean square
tells: it is compared with that of the ordinary sessions around them, and its p-value is its rank
among placebo dates (docs/methods.md, section 6).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.estimation.clusters import weekday_number
from eventstudy.inference.evidence import Block
from eventstudy.inference.once import LastOnce
from eventstudy.inference.placements import positions_at
from eventstudy.inference.statistic import StatisticValues, register

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.inference.design import Cumulated, Design, Gathered
    from eventstudy.inference.evidence import Evidence

AROUND = 20
"""Weekdays on each side of a date whose sessions are the ordinary ones."""
_MOST_MADE = 100_000_000
"""Bytes of mean squares that are kept in one window; what comes after them is computed anew."""


@register(
    "mean_square",
    summary="mean square of date portfolios over that of the sessions around, ranked among "
    "placebo dates",
    null="returns on the event dates are as large as around them, in whatever direction",
    assumes="placebo dates exchangeable with event dates once volatility is divided out",
    distribution="randomisation over rigid shifts of clusters of dates",
    source="randomisation inference: Fisher (1935); squares of standardised returns: Beaver "
    "(1968); docs/methods.md, section 6",
    randomised=True,
    directed=False,
    needs=("surroundings",),
)
def mean_square(evidence: Evidence) -> StatisticValues:
    """``mean Z_e^2`` over units, over that of the sessions around them. The p-value needs draws."""
    nothing = np.full(evidence.n_draws, np.nan)
    if any(block.ordinary is None for block in evidence.blocks):
        reason = "the sessions around the event dates are not known here"
        return StatisticValues(statistic=nothing, df=nothing, pvalue=nothing, reason=reason)
    squares = evidence.unit_z() ** 2
    own = squares.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        if np.isfinite(own).all():
            own /= squares.shape[1]
        else:
            has_value = np.isfinite(squares)
            own = np.where(has_value, squares, 0.0).sum(axis=1) / has_value.sum(axis=1)
        ratio = own / _around(evidence)
    return StatisticValues(
        statistic=np.where(np.isfinite(ratio), ratio, np.nan),
        df=nothing,
        pvalue=nothing,
        reason=f"no session within {AROUND} weekdays of the dates lies outside every event window",
    )


def _around(evidence: Evidence) -> FloatArray:
    """Mean over the units of their mean square on the sessions around them, ``(B,)``.

    Of the units that have such sessions.
    """
    sums = np.zeros((evidence.n_draws, 2))
    for block in evidence.blocks:
        if block.ordinary is not None:
            sums += block.ordinary.take(block.pick, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sums[:, 0] / sums[:, 1], dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MovedUnit:
    """Pairs of one date that move together.

    Attributes
    ----------
    column : place of its first pair in the group
    pairs, sign : numbers of its pairs and their signs
    weekday : its first one, counted from that of the placebo table
    has_weekday : whether each day 0 is the session of a weekday; a session on a Saturday is not
    like : the same in units whose mean squares are those of one another
    """

    column: int
    pairs: IntArray
    sign: FloatArray
    weekday: int
    has_weekday: bool
    like: bytes


class Surroundings:
    """Mean squares of units on the ordinary sessions around any date, in one window.

    A unit is moved rigidly by 1 to 20 weekdays, both ways, beyond the length of its window, as
    placebos are moved: each market's first session on or after the moved date. Moves on which all
    its sessions are those of the move before are one, and a position whose window shares a session
    with the window of any event of the study in that market is left out.

    What this gives depends on the markets a unit holds, on their signs and on how many weekdays
    they lie apart. Most units of a study are alike in all of these, so that the mean squares of
    their like on all weekdays are computed once for all its groups.

    Parameters
    ----------
    known
        Units of the last pairs asked about, whatever the window.
    """

    def __init__(
        self, design: Design, totals: Cumulated, known: LastOnce[list[MovedUnit]] | None = None
    ) -> None:
        self._design = design
        self._known = known or LastOnce(1)
        self._length = totals.window.length
        table, placebo = design.table, design.placebo
        positions = placebo.table
        width = np.searchsorted(placebo.widths, positions.extension)
        is_busy = _is_busy(design, totals)[width, positions.security, positions.day0]
        # One more at the end, for positions at which nothing can be estimated.
        self._z = np.append(np.where(is_busy, np.nan, totals.placebo.z), np.nan)
        # Weekdays are counted from the first of the data.
        self._weekday = weekday_number(design.date) - placebo.first_weekday
        self._has_weekday = placebo.on_or_after[table.security, self._weekday] == table.day0
        self._made: dict[bytes, FloatArray] = {}
        self._places = totals.places
        self._lines: dict[tuple[int, int], tuple[FloatArray, BoolArray]] = {}

    def beside(self, gathered: Gathered) -> Gathered:
        """Return the evidence of a group with the mean square of each unit around it."""
        real, drawn = gathered.real, gathered.drawn
        if drawn is None:
            return gathered
        units = self._units(real)
        block_of = np.empty(real.n_pairs, dtype=np.int64)
        for number, block in enumerate(drawn.blocks):
            block_of[block.columns] = number
        moved_with: list[list[MovedUnit]] = [[] for _ in drawn.blocks]
        for unit in units:
            moved_with[block_of[unit.column]].append(unit)
        blocks, own_of = [], {}
        for block, members in zip(drawn.blocks, moved_with, strict=True):
            around = np.zeros((len(block.moves), 2))
            for unit in members:
                series = self._series(unit)
                around += series.take(unit.weekday + block.moves, axis=0)
                own_of[unit.column] = series[unit.weekday]
            blocks.append(
                Block(
                    columns=block.columns,
                    rows=block.rows,
                    moves=block.moves,
                    pick=block.pick,
                    ordinary=around,
                )
            )
        own = np.zeros((1, 2))
        for unit in units:
            own += own_of[unit.column]
        return replace(
            gathered,
            real=replace(real, blocks=(replace(real.blocks[0], ordinary=own),)),
            drawn=replace(drawn, blocks=tuple(blocks)),
        )

    def _units(self, evidence: Evidence) -> list[MovedUnit]:
        """Return the counted units of some pairs by number, found once for all their windows."""
        structure = evidence.structure
        held = (evidence.origin, evidence.sign, structure.unit, structure.counted)
        return self._known.of(
            b"".join(part.tobytes() for part in held), lambda: self._found_units(evidence)
        )

    def _found_units(self, evidence: Evidence) -> list[MovedUnit]:
        table, unit = self._design.table, evidence.structure.unit
        columns = np.flatnonzero(evidence.structure.counted)
        columns = columns[np.argsort(unit[columns], kind="stable")]
        if not columns.size:
            return []
        begins = np.flatnonzero(np.r_[True, np.diff(unit[columns]) != 0])
        sizes = np.diff(begins, append=len(columns))
        pairs, sign = evidence.origin[columns], evidence.sign[columns]
        first = np.minimum.reduceat(self._weekday[pairs], begins)
        # A session on a Saturday has no weekday of its own: such a unit is like no other.
        is_like = np.repeat(np.logical_and.reduceat(self._has_weekday[pairs], begins), sizes)
        # A square is that of the opposite signs too.
        alike = np.column_stack(
            [
                table.security[pairs],
                table.extension[pairs],
                self._weekday[pairs] - np.repeat(first, sizes),
                sign * np.repeat(sign[begins], sizes),
                np.where(is_like, -1, pairs),
            ]
        )
        units = []
        for begin, size, weekday in zip(begins, sizes, first.tolist(), strict=True):
            members = slice(begin, begin + size)
            units.append(
                MovedUnit(
                    column=int(columns[begin]), pairs=pairs[members], sign=sign[members],
                    weekday=weekday, has_weekday=bool(is_like[begin]),
                    like=alike[members].tobytes(),
                )
            )  # fmt: skip
        return units

    def _series(self, unit: MovedUnit) -> FloatArray:
        """`_around_each` of every weekday that the first one of a unit may be moved to."""
        if unit.like in self._made:
            return self._made[unit.like]
        length = self._length + int(self._design.table.extension[unit.pairs].max())
        series = _around_each(self._squares(unit), length)
        if (len(self._made) + 1) * series.nbytes <= _MOST_MADE:
            self._made[unit.like] = series
        return series

    def _squares(self, unit: MovedUnit) -> FloatArray:
        """Square of a unit's mean on every weekday its first one may be moved to, ``(D,)``.

        NaN where it is no ordinary one, or where all positions are those of the weekday before.
        """
        table, placebo = self._design.table, self._design.placebo
        pairs, sign, first = unit.pairs, unit.sign, unit.weekday
        number = placebo.on_or_after.shape[1]
        if self._places is None or not unit.has_weekday:
            rows = positions_at(
                placebo,
                table.security[pairs],
                table.day0[pairs],
                self._weekday[pairs] + placebo.first_weekday,
                table.extension[pairs],
                np.arange(-1, number) - first,
            )
            mean = (self._z[rows[1:]] * sign).mean(axis=1)
            is_new = (np.diff(rows, axis=0) != 0).any(axis=1)
        else:
            mean = np.zeros(number)
            is_new = np.zeros(number, dtype=bool)
            width = self._places.width[pairs]
            later = self._weekday[pairs] - first
            for at, market, days, turn in zip(
                width.tolist(), table.security[pairs].tolist(), later.tolist(), sign.tolist(),
                strict=True,
            ):  # fmt: skip
                z, differs = self._line(at, market)
                mean[: number - days] += turn * z[days:]
                mean[number - days :] = np.nan
                is_new[: number - days] |= differs[days:]
            mean /= len(pairs)
        return np.where(is_new, mean**2, np.nan)

    def _line(self, width: int, security: int) -> tuple[FloatArray, BoolArray]:
        """Values of a market on every weekday ``(D,)``, and whether the one before had another."""
        if (width, security) not in self._lines:
            rows = self._places.on_weekday[width, security] if self._places else np.empty(0, int)
            self._lines[width, security] = self._z[rows], np.diff(rows, prepend=-1) != 0
        return self._lines[width, security]


def _around_each(squares: FloatArray, length: int) -> FloatArray:
    """Mean of the squares around each weekday ``(D,)``, beyond a window of some length.

    ``(D, 2)``: it and 1, both 0 where there is none.
    """
    number, reach = len(squares), length + AROUND
    is_there = np.isfinite(squares)
    is_near = (np.abs(np.arange(1 - reach, reach)) >= length).astype(np.float64)

    def both_sides(values: FloatArray) -> FloatArray:
        return np.convolve(values, is_near)[reach - 1 : reach - 1 + number]

    count = both_sides(is_there.astype(np.float64))
    total = both_sides(np.where(is_there, squares, 0.0))
    around = np.zeros((number, 2))
    has_any = count > 0
    np.divide(total, count, out=around[:, 0], where=has_any)
    around[:, 1] = has_any
    return around


def _is_busy(design: Design, totals: Cumulated) -> BoolArray:
    """Whether the window of a position shares a session with that of an event, ``(X, N, T)``.

    Windows of positions start earlier by one of the ``X`` widths, those of events by their own.
    """
    table, length = design.table, totals.window.length
    n_columns = design.placebo.index.shape[2]
    busy: BoolArray = np.zeros_like(design.placebo.index, dtype=bool)
    for number, width in enumerate(design.placebo.widths.tolist()):
        for step in range(1 - length - int(table.extension.max(initial=0)), length + width):
            at = table.day0 + step
            inside = (at >= 0) & (at < n_columns) & (step > -length - table.extension)
            busy[number, table.security[inside], at[inside]] = True
    return busy
