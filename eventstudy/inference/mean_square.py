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
from eventstudy.inference.evidence import grouped_means
from eventstudy.inference.placebo import unit_z
from eventstudy.inference.placements import positions_at
from eventstudy.inference.statistic import StatisticValues, register

if TYPE_CHECKING:
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
    if not evidence.ordinary:
        reason = "the sessions around the event dates are not known here"
        return StatisticValues(statistic=nothing, df=nothing, pvalue=nothing, reason=reason)
    around = np.concatenate(
        [
            ordinary[block.pick]
            for ordinary, block in zip(evidence.ordinary, evidence.blocks, strict=True)
        ],
        axis=1,
    )
    own = _mean(unit_z(evidence) ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = own / _mean(around)
    return StatisticValues(
        statistic=np.where(np.isfinite(ratio), ratio, np.nan),
        df=nothing,
        pvalue=nothing,
        reason=f"no session within {AROUND} weekdays of the dates lies outside every event window",
    )


def _mean(values: FloatArray) -> FloatArray:
    """Mean over the units that have a value, ``(B,)``."""
    has_value = np.isfinite(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(has_value, values, 0.0).sum(axis=1) / has_value.sum(axis=1)
    return np.asarray(mean, dtype=np.float64)


def with_surroundings(design: Design, gathered: Gathered, totals: Cumulated) -> Gathered:
    """Return the evidence with the mean square of each unit on the sessions around it.

    A unit is moved rigidly by 1 to 20 weekdays, both ways, beyond the length of the window, as
    placebos are moved: each market's first session on or after the moved date. Moves on which all
    its sessions are those of the move before are one, and a position whose window shares a session
    with the window of any event of the study in that market is left out.
    """
    real, drawn = gathered.real, gathered.drawn
    if drawn is None:
        return gathered
    squares = _Squares(design, totals, real)
    ordinary = tuple(squares.around(block.columns, block.moves) for block in drawn.blocks)
    stay = np.zeros(1, dtype=np.int64)
    own = np.concatenate([squares.around(block.columns, stay) for block in drawn.blocks], axis=1)
    return replace(
        gathered,
        real=replace(real, ordinary=(own,)),
        drawn=replace(drawn, ordinary=ordinary),
    )


class _Squares:
    """Mean squares around any date, as far as the sessions there are ordinary."""

    def __init__(self, design: Design, totals: Cumulated, evidence: Evidence) -> None:
        self._design = design
        self._evidence = evidence
        self._length = totals.window.length
        placebo = design.placebo.table
        is_free = ~_is_busy(design, totals)[placebo.security, placebo.day0]
        # One more at the end, for positions at which nothing can be estimated.
        self._z = np.append(np.where(is_free, totals.placebo.z, np.nan), np.nan)

    def around(self, columns: IntArray, moves: IntArray) -> FloatArray:
        """Mean over the ordinary moves around each of `moves`, ``(M, E)``; NaN where none is."""
        evidence, reach = self._evidence, self._length + AROUND - 1
        pairs = evidence.origin[columns]
        design = self._design
        low, high = int(moves.min()) - reach, int(moves.max()) + reach
        rows = positions_at(
            design.placebo,
            design.table.security[pairs],
            design.table.day0[pairs],
            weekday_number(design.date[pairs]),
            design.table.extension[pairs],
            np.arange(low - 1, high + 1),
        )
        z = self._z[rows] * evidence.sign[columns]
        unit, counted = evidence.structure.unit[columns], evidence.structure.counted[columns]
        squares = grouped_means(z, unit, counted) ** 2
        # A unit is ordinary where all its positions are, and new where one of them is.
        gaps = grouped_means(np.isnan(z).astype(np.float64), unit, counted)
        is_new = grouped_means((np.diff(rows, axis=0) != 0).astype(np.float64), unit, counted) > 0
        is_ordinary = (gaps[1:] == 0) & is_new
        total = _running(np.where(is_ordinary, squares[1:], 0.0))
        number = _running(is_ordinary.astype(np.float64))
        at = moves - low

        def both_sides(sums: FloatArray) -> FloatArray:
            before = sums[at - self._length + 1] - sums[at - reach]
            after = sums[at + reach + 1] - sums[at + self._length]
            return before + after

        count = both_sides(number)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(count > 0, np.maximum(both_sides(total), 0.0) / count, np.nan)


def _running(values: FloatArray) -> FloatArray:
    """Sum of the lines before each one, ``(M + 1, E)``."""
    return np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])


def _is_busy(design: Design, totals: Cumulated) -> BoolArray:
    """Whether the window of a position shares a session with that of an event, ``(N, T)``."""
    table = design.table
    busy = np.zeros((design.placebo.index.shape[1], design.placebo.index.shape[2]), dtype=bool)
    # Windows of one length overlap where their day 0s lie less than that apart.
    for step in range(1 - totals.window.length, totals.window.length):
        at = table.day0 + step
        inside = (at >= 0) & (at < busy.shape[1])
        busy[table.security[inside], at[inside]] = True
    return busy
