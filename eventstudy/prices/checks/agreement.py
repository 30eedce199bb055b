"""Two sources of one market, date by date: what differs beyond a tolerance, and the likely cause.

Returns are compared in `comparison`; here it is the numbers themselves, so that another clock, the
opposite quote, another unit and a shift of a day are told from single wrong numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.prices.checks.base import NORMAL_MAD
from eventstudy.prices.panel import NO_DATE, Check
from eventstudy.text import counted

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, DateArray, FloatArray
    from eventstudy.prices.checks.base import Column

AGREE, DIFFER, DATES = "sources_agree", "sources_differ", "sources_dates"
"""Names of the checks."""

TOLERANCE = 0.001
"""Relative difference up to which two numbers are one, rounded or quoted otherwise."""

_FEW = 20  # common dates below which no pattern is looked for
_NEAR_TEN = 0.02
_OPPOSITE = 0.05
_CONSTANT = 0.002
_SHIFT_GAIN = 0.4
_CLOCK_SD = 5.0
_EQUAL = 1e-6


def agreement_checks(
    column: Column, other: Column, where: str, *, tolerance: float = TOLERANCE
) -> list[Check]:
    """Compare the numbers of a column with those of the same market from another source.

    Parameters
    ----------
    column, other
        Both with levels; returns are not compared.
    where
        What messages call the other one.
    tolerance
        Relative difference up to which two numbers are one.

    Returns
    -------
    list of Check
        ``sources_differ``: an error for what holds of all dates (opposite quote, unit, a shift of a
        row), a warning for a date beyond the tolerance that no other clock explains, an info for
        what the clocks explain. ``sources_agree``: nothing beyond the tolerance.
        ``sources_dates``: dates that one of the two lacks.
    """
    if column.levels is None or other.levels is None:
        return []
    dates, rows, other_rows = np.intersect1d(
        column.dates, other.dates, assume_unique=True, return_indices=True
    )
    if not len(dates):
        detail = f"no date in common with {where}"
        return [Check(column.name, NO_DATE, DATES, "warning", detail)]
    checks = _date_checks(column, other, where)
    x, y = np.log(column.levels), np.log(other.levels)
    own, peer = x[rows], y[other_rows]
    difference = own - peer
    if len(dates) >= _FEW and (cause := _whole_cause(x, y, rows, other_rows, tolerance)):
        at = int(np.argmax(np.abs(difference)))
        detail = f"{cause}; {_numbers(own[at], peer[at], where)} on {dates[at]}"
        return [*checks, Check(column.name, NO_DATE, DIFFER, "error", detail)]
    limit, clock = tolerance, _other_clock(column, other)
    is_over = np.abs(difference) > tolerance
    if not is_over.any():
        detail = f"within {100 * tolerance:g} % of {where} on all {counted(len(dates), 'date')}"
        return [*checks, Check(column.name, NO_DATE, AGREE, "info", detail)]
    if clock and len(dates) >= _FEW:
        middle = float(np.median(np.abs(difference)))
        detail = (
            f"another clock: {clock}; differs from {where} by {100 * middle:.2g} % in the middle, "
            f"by more than {100 * tolerance:g} % on {int(is_over.sum()):,} of "
            f"{counted(len(dates), 'date')}"
        )
        checks.append(Check(column.name, NO_DATE, DIFFER, "info", detail))
        limit = max(tolerance, _CLOCK_SD * NORMAL_MAD * middle)
        is_over = np.abs(difference) > limit
    return checks + _single_checks(
        column.name, where, dates, is_over, (own, peer), (y, other_rows), bool(clock)
    )


def _whole_cause(
    x: FloatArray, y: FloatArray, rows: np.ndarray, other_rows: np.ndarray, tolerance: float
) -> str:
    """Return what is wrong on all dates alike; empty where nothing is."""
    own, peer = x[rows], y[other_rows]
    difference = own - peer
    usual = float(np.median(difference))
    size = float(np.median(np.abs(difference)))
    if abs(usual) > 2 * _OPPOSITE and float(np.median(np.abs(own + peer))) < _OPPOSITE:
        return "the quote is the other way round; turn one of them over"
    tens = round(usual / np.log(10))
    if tens and abs(usual - tens * np.log(10)) < _NEAR_TEN:
        factor = 10 ** abs(tens)
        return (
            f"another unit: {f'{factor:,} times' if tens > 0 else f'a {factor:,}th of'} the other"
        )
    spread = float(np.median(np.abs(difference - usual)))
    if abs(usual) > _NEAR_TEN and spread < _CONSTANT:
        return f"a constant factor of {np.exp(usual):.4g}: another base, or adjusted prices"
    if size > tolerance:
        for step, side in ((-1, "late"), (1, "early")):
            moved = other_rows + step
            inside = (moved >= 0) & (moved < len(y))
            shifted = float(np.median(np.abs(own[inside] - y[moved[inside]])))
            if shifted < _SHIFT_GAIN * size:
                return (
                    f"dates are one row {side}: {100 * size:.2g} % from the number of the same "
                    f"date in the middle, {100 * shifted:.2g} % from that of the row "
                    f"{'before' if step < 0 else 'behind'}"
                )
    return ""


def _single_checks(
    name: str,
    where: str,
    dates: DateArray,
    is_over: BoolArray,
    values: tuple[FloatArray, FloatArray],
    others: tuple[FloatArray, np.ndarray],
    has_clock: bool,
) -> list[Check]:
    own, peer = values
    y, other_rows = others
    checks = []
    for at in np.flatnonzero(is_over).tolist():
        row = int(other_rows[at])
        cause = (
            "more than another clock explains: a wrong number?" if has_clock else "a correction?"
        )
        for step, words in ((-1, "before"), (1, "behind")):
            near = row + step
            if 0 <= near < len(y) and abs(own[at] - y[near]) < _EQUAL:
                cause = f"it is the number of the row {words} there"
        detail = f"{_numbers(own[at], peer[at], where)}; {cause}"
        checks.append(Check(name, dates[at], DIFFER, "warning", detail))
    return checks


def _date_checks(column: Column, other: Column, where: str) -> list[Check]:
    """Say which dates inside the common span one of the two lacks."""
    first = max(column.dates[0], other.dates[0])
    last = min(column.dates[-1], other.dates[-1])
    lacking = []
    sides = ((column, other, f"{where} lacks"), (other, column, f"only {where} has"))
    for holder, lacker, words in sides:
        inside = holder.dates[(holder.dates >= first) & (holder.dates <= last)]
        absent = np.setdiff1d(inside, lacker.dates)
        if len(absent):
            lacking.append(f"{words} {counted(len(absent), 'date')}, first {absent[0]}")
    if not lacking:
        return []
    return [Check(column.name, NO_DATE, DATES, "info", "; ".join(lacking))]


def _other_clock(column: Column, other: Column) -> str:
    """Return both clocks where they are known and differ."""
    clocks = [_clock(each) for each in (column, other)]
    if None in clocks or clocks[0] == clocks[1]:
        return ""
    return f"{clocks[0]} here, {clocks[1]} there"


def _clock(column: Column) -> str | None:
    calendar = column.calendar
    if calendar.close is not None and calendar.timezone is not None:
        return f"{calendar.close} {calendar.timezone}"
    return column.clock


def _numbers(own: float, peer: float, where: str) -> str:
    return (
        f"{np.exp(own):.8g} against {np.exp(peer):.8g} of {where}, "
        f"{100 * (np.exp(own - peer) - 1):+.3g} %"
    )
