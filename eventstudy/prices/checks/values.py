"""One column by itself: closes that repeat, jump, change their unit or are quoted upside down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.prices.checks.base import NORMAL_MAD, fast_median, mad_scale
from eventstudy.prices.panel import NO_DATE, Check
from eventstudy.prices.plausibility import (
    daily_sizes,
    odd_quote,
    spacing_factor,
    turned_quote_remedy,
)

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, FloatArray
    from eventstudy.prices.checks.base import Column

STALE_SESSIONS = 3
STALE_SESSIONS_FX = 4  # four decimals repeat more easily than an index level
JUMP_SD = 10.0
JUMP_MIN_SESSIONS = 20
_NEARBY = 20  # sessions on either side whose own unrest a jump is compared with
SURELY_SMALL = JUMP_SD / (NORMAL_MAD * np.sqrt(2.0)) * 0.9
_UNITS = (10.0, 100.0, 1000.0)
_SPLITS = (1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 15.0, 20.0, 25.0, 50.0)


def value_checks(column: Column) -> list[Check]:
    """List repeated closes, jumps, breaks of the unit and a quote upside down."""
    of_moves = [] if column.is_calm else _stale_closes(column) + _jumps(column)
    return of_moves + _quote_direction(column)


def _stale_closes(column: Column) -> list[Check]:
    """Runs of closes equal to the last digit, one row for each run, at its first close."""
    least = STALE_SESSIONS_FX if column.is_fx else STALE_SESSIONS
    is_zero = column.logs == 0.0
    if not is_zero.any():
        return []
    is_repeated = np.concatenate([[False], is_zero, [False]]).astype(np.int8)
    edges = np.diff(is_repeated)
    # position p of a rise is the first zero return; the close before it belongs to the run
    starts, ends = np.flatnonzero(edges == 1) - 1, np.flatnonzero(edges == -1) - 1
    return [
        Check(
            column.name,
            column.dates[max(start, 0)],
            "stale_close",
            "warning",
            f"the same close on {end - start + 1} sessions in a row, to {column.dates[end]}: "
            "filled in, or not updated?",
        )
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        if end - start + 1 >= least
    ]


def _jumps(column: Column) -> list[Check]:
    """Moves of more than 10 s.d.: undone the session after, to another unit, or neither.

    A size no market of its class has seen in a day is an error, whatever it is: it decides any
    mean it is part of. A smaller one may be news.
    """
    rows = np.flatnonzero(np.isfinite(column.logs))
    moves = column.logs[rows]
    if len(moves) - 2 < JUMP_MIN_SESSIONS:
        return []
    robust_scale = mad_scale(moves)
    # half of all lies within sqrt(2) s.d. of the mean, which is near the middle for returns: moves
    # this small are under 10 s.d. whatever the others are, and most columns are done here
    if robust_scale > 0 and np.abs(moves).max() <= SURELY_SMALL * robust_scale:
        return []
    limits = daily_sizes(column.name)
    largest = limits.largest * spacing_factor(column.dates)
    spread = _spread_without(moves, robust_scale)
    big = np.flatnonzero((np.abs(moves) > JUMP_SD * spread) & (spread > 0))
    checks = []
    for at in big.tolist():
        scale = max(float(spread[at]), _nearby_scale(moves, at))
        if not abs(moves[at]) > JUMP_SD * scale:
            continue
        move, day = float(moves[at]), column.dates[rows[at]]
        after = float(moves[at + 1]) if at + 1 < len(moves) else 0.0
        if move * after < 0 and abs(after) >= abs(move) / 2:
            detail = (
                f"log return {move:+.4f}, {abs(move) / scale:.0f} standard deviations, then "
                f"{after:+.4f}: a misprint? compare the close with another source"
            )
            severity = "error" if abs(move) > largest else "warning"
            checks.append(Check(column.name, day, "jump_reversal", severity, detail))
        elif (
            at
            and moves[at - 1] * move < 0
            and at - 1 in big
            and abs(moves[at - 1]) <= 2 * abs(move)
        ):
            continue  # the way back of a jump
        else:
            found = _unit_break(column, int(rows[at]), move, scale, largest)
            # a price that stays where it went is none of one wrong cell
            is_doubtful = column.levels is None or (limits.is_known and abs(move) > largest)
            if not found and is_doubtful:
                found = [_outlier(column, day, move, abs(move) / scale, largest)]
            checks += found
    return checks


def _outlier(
    column: Column, day: np.datetime64, move: float, deviations: float, largest: float
) -> Check:
    """A single move far out of line that nothing explains: news, or a misprinted return."""
    size = f"a return of {100 * np.expm1(move):+.1f} %, {deviations:.0f} standard deviations"
    if abs(move) > largest:
        detail = (
            f"{size}, is more than such a market moves in a session: a misprint, or another unit? "
            "compare it with another source, or leave the cell empty"
        )
        return Check(column.name, day, "outlier", "error", detail)
    detail = f"{size}: news, or a misprint? compare it with another source"
    return Check(column.name, day, "outlier", "warning", detail)


def _spread_without(moves: FloatArray, robust_scale: float) -> FloatArray:
    """Standard deviation of all other moves, for every move but the last and the one after it.

    A misprint would hide behind the s.d. it inflates, and two would hide each other: so neither
    the pair itself counts nor any other move of 10 robust standard deviations.
    """
    if robust_scale > 0:
        is_counted: BoolArray = np.abs(moves - fast_median(moves)) <= JUMP_SD * robust_scale
    else:  # more than half the closes repeat: there is no robust scale
        is_counted = np.ones(len(moves), dtype=bool)
    weight = is_counted.astype(np.float64)
    counted = moves * weight
    square = counted * moves
    pair = [np.append(values[:-1] + values[1:], values[-1]) for values in (weight, counted, square)]
    count = np.maximum(weight.sum() - pair[0], 2.0)
    mean = (counted.sum() - pair[1]) / count
    variance = (square.sum() - pair[2]) / count - mean**2
    return np.asarray(np.sqrt(np.maximum(variance, 0.0) * count / (count - 1.0)))


def _nearby_scale(moves: FloatArray, at: int) -> float:
    """Robust standard deviation of the sessions around a move, so that a crash is no misprint."""
    near = np.concatenate([moves[max(0, at - _NEARBY) : at], moves[at + 2 : at + 2 + _NEARBY]])
    return float(NORMAL_MAD * np.median(np.abs(near))) if len(near) else 0.0


def _unit_break(column: Column, row: int, move: float, scale: float, largest: float) -> list[Check]:
    """A jump that stays and is a factor: another unit, a split, a quote turned over."""
    day, size = column.dates[row], abs(move)
    tolerance = min(5.0 * scale, 0.1)
    is_classed = daily_sizes(column.name).is_known
    # an index has no other side, whatever level it is brought to
    may_turn = column.is_fx or not is_classed
    if column.levels is not None and row and may_turn:
        before, now = float(column.levels[row - 1]), float(column.levels[row])
        # about one, every level is near one over it: the jump must be explained by it
        if abs(np.log(before) + np.log(now)) <= min(tolerance, size / 5):
            detail = (
                f"the close goes from {before:g} to {now:g}, which is one over it: the quote is "
                "turned over; bring the column to one direction"
            )
            return [Check(column.name, day, "unit_break", "error", detail)]
    way = "rises" if move > 0 else "falls"
    for factor in (*_UNITS, *_SPLITS):
        # three for two is a split of shares; an index or a currency that moves so is news
        if abs(size - np.log(factor)) > tolerance or (is_classed and factor < 2.0):
            continue
        split = f"{factor:g} for 1" if move < 0 else f"1 for {factor:g}"
        remedy = (
            'use closes adjusted for it (field = "adj_close" where the file has them)'
            if column.levels is not None
            else "give returns adjusted for it"
        )
        unit = "another unit, or a split" if factor in _UNITS else "a split"
        detail = (
            f"the level {way} by a factor of about {factor:g} (log return {move:+.4f}) and stays: "
            f"{unit} {split}? {remedy}"
        )
        # a third off may be news; half and more in one session is so rarely that it is looked at
        severity = "error" if factor in _UNITS or size > largest else "warning"
        return [Check(column.name, day, "unit_break", severity, detail)]
    return []


def _quote_direction(column: Column) -> list[Check]:
    """A currency whose level is that of the opposite quote, or of neither."""
    if column.levels is None:
        return []
    market, name = column.market, column.name
    odd = odd_quote(market, column.dates, column.levels, is_inverted=column.is_inverted)
    if odd is None:
        return []
    known = f"{odd.low:.4g} to {odd.high:.4g}"
    if odd.is_turned:
        remedy = turned_quote_remedy(market, column.source, is_inverted=column.is_inverted)
        detail = (
            f"the median of the column is {odd.level:.5g}, and one over it is what {name} has been "
            f"({known}): the quote is the opposite one; {remedy}"
        )
        return [Check(name, NO_DATE, "quote_direction", "error", detail)]
    detail = (
        f"the median of the column is {odd.level:.5g}, and {name} has been {known} in these years: "
        "another unit, or another pair?"
    )
    return [Check(name, NO_DATE, "quote_level", "warning", detail)]
