"""Whether markets moved on the event dates, in whatever direction.

Dates that move by much, half of them up and half down, have a mean of nothing. Their mean square
tells: it is compared with that of the ordinary sessions around them, and its p-value is its rank
among placebo dates (docs/methods.md, section 6).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.estimation.clusters import weekday_number
from eventstudy.inference.placements import positions_at
from eventstudy.inference.statistic import StatisticValues, register

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.inference.design import Cumulated, Design, Gathered
    from eventstudy.inference.evidence import Evidence

AROUND = 20
"""Weekdays on each side of a date whose sessions are the ordinary ones."""


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
    around = [block.ordinary for block in evidence.blocks if block.ordinary is not None]
    if not around:
        reason = "the sessions around the event dates are not known here"
        return StatisticValues(statistic=nothing, df=nothing, pvalue=nothing, reason=reason)
    squares = evidence.unit_z() ** 2
    has_value = np.isfinite(squares)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.where(has_value, squares, 0.0).sum(axis=1) / has_value.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = own / _mean(evidence, around)
    return StatisticValues(
        statistic=np.where(np.isfinite(ratio), ratio, np.nan),
        df=nothing,
        pvalue=nothing,
        reason=f"no session within {AROUND} weekdays of the dates lies outside every event window",
    )


def _mean(evidence: Evidence, values: Sequence[FloatArray]) -> FloatArray:
    """Mean over the units that have a value, ``(B,)``; `values` ``(M, e)`` of each block."""
    total, number = np.zeros(evidence.n_draws), np.zeros(evidence.n_draws)
    for block, block_values in zip(evidence.blocks, values, strict=True):
        has_value = np.isfinite(block_values)
        one = np.ones(block_values.shape[1])  # a product with it is a sum, but faster
        total += (np.where(has_value, block_values, 0.0) @ one)[block.pick]
        number += (has_value @ one)[block.pick]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(total / number, dtype=np.float64)


class Surroundings:
    """Mean squares of units on the ordinary sessions around any date, in one window.

    A unit is moved rigidly by 1 to 20 weekdays, both ways, beyond the length of its window, as
    placebos are moved: each market's first session on or after the moved date. Moves on which all
    its sessions are those of the move before are one, and a position whose window shares a session
    with the window of any event of the study in that market is left out.

    What this gives depends on the markets a unit holds, on their signs and on how many weekdays
    they lie apart. Most units of a study are alike in all of these, so that the mean squares of
    their like on all weekdays are computed once for all its groups.
    """

    def __init__(self, design: Design, totals: Cumulated) -> None:
        self._design = design
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

    def beside(self, gathered: Gathered) -> Gathered:
        """Return the evidence of a group with the mean square of each unit around it."""
        real, drawn = gathered.real, gathered.drawn
        if drawn is None:
            return gathered
        units = self._units(real)
        own = np.array([[series[first] for first, series in units.values()]])
        structure, blocks = drawn.structure, []
        for block in drawn.blocks:
            counted = block.columns[structure.counted[block.columns]]
            held = [units[unit] for unit in sorted(set(structure.unit[counted].tolist()))]
            around = [series[first + block.moves] for first, series in held]
            empty = np.empty((len(block.moves), 0))
            blocks.append(replace(block, ordinary=np.column_stack([empty, *around])))
        return replace(
            gathered,
            real=replace(real, blocks=(replace(real.blocks[0], ordinary=own),)),
            drawn=replace(drawn, blocks=tuple(blocks)),
        )

    def _units(self, evidence: Evidence) -> dict[int, tuple[int, FloatArray]]:
        """First weekday of each unit, and the mean square around it on all of them, ``(D,)``."""
        table, unit = self._design.table, evidence.structure.unit
        columns = np.flatnonzero(evidence.structure.counted)
        columns = columns[np.argsort(unit[columns], kind="stable")]
        if not columns.size:
            return {}
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
        units = {}
        for begin, size, weekday in zip(begins, sizes, first.tolist(), strict=True):
            members = slice(begin, begin + size)
            key = alike[members].tobytes()
            if key not in self._made:
                self._made[key] = self._around(pairs[members], sign[members], weekday)
            units[int(unit[columns[begin]])] = weekday, self._made[key]
        return units

    def _around(self, pairs: IntArray, sign: FloatArray, first: int) -> FloatArray:
        """Mean over the ordinary moves around each weekday of a unit's first one, ``(D,)``.

        NaN where none is.
        """
        table, placebo = self._design.table, self._design.placebo
        number = placebo.on_or_after.shape[1]
        rows = positions_at(
            placebo,
            table.security[pairs],
            table.day0[pairs],
            self._weekday[pairs] + placebo.first_weekday,
            table.extension[pairs],
            np.arange(-1, number) - first,
        )
        length = self._length + int(table.extension[pairs].max())
        reach = length + AROUND
        # A unit is ordinary where all its positions are, and new where one of them is.
        squares = (self._z[rows[1:]] * sign).mean(axis=1) ** 2
        is_ordinary = np.isfinite(squares) & (np.diff(rows, axis=0) != 0).any(axis=1)
        steps = np.abs(np.arange(1 - reach, reach))
        is_near = (steps >= length).astype(np.float64)

        def both_sides(values: FloatArray) -> FloatArray:
            return np.convolve(values, is_near)[reach - 1 : reach - 1 + number]

        count = both_sides(is_ordinary.astype(np.float64))
        total = both_sides(np.where(is_ordinary, squares, 0.0))
        around = np.full(number, np.nan)
        np.divide(total, count, out=around, where=count > 0)
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
