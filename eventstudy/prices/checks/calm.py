"""Columns in whose moves no check of one column by itself can find anything, many at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.prices.checks.base import NORMAL_MAD
from eventstudy.prices.checks.values import JUMP_MIN_SESSIONS, SURELY_SMALL
from eventstudy.prices.plausibility import daily_sizes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import BoolArray, FloatArray
    from eventstudy.prices.checks.base import Column

# Columns that are looked at together, so that they stay in the processor's own memory.
_COLUMNS = 256


def surely_calm(columns: Sequence[Column]) -> BoolArray:
    """Return of which columns' moves ``(N,)`` `value_checks` and `return_checks` say nothing.

    Those without a gap and without a return of 0, whose largest move is none beside the others and
    no percent. Of a column it is not sure of, it says nothing: that one is to be looked at by
    itself.
    """
    is_calm = np.zeros(len(columns), dtype=bool)
    by_length: dict[tuple[int, bool], list[int]] = {}
    for at, column in enumerate(columns):
        key = len(column.logs), len(column.logs) > 0 and bool(np.isnan(column.logs[0]))
        by_length.setdefault(key, []).append(at)
    for (length, begins_empty), alike in by_length.items():
        if length - begins_empty <= JUMP_MIN_SESSIONS:
            continue
        for begin in range(0, len(alike), _COLUMNS):
            some = alike[begin : begin + _COLUMNS]
            moves = np.stack([columns[at].logs[int(begins_empty) :] for at in some])
            is_calm[some] = _are_calm(moves, [columns[at] for at in some])
    return is_calm


def _are_calm(moves: FloatArray, columns: Sequence[Column]) -> BoolArray:
    """Which lines of log returns ``(N, T)``, those of `columns`, are calm."""
    size = np.abs(moves)
    largest = size.max(axis=1)
    typical = np.array(
        [np.inf if each.levels is not None else daily_sizes(each.name).typical for each in columns]
    )
    # A gap is NaN, and so is the largest move beside it, which is below nothing.
    is_calm: BoolArray = np.isfinite(largest) & (size.min(axis=1) > 0) & (largest <= typical)
    some = np.flatnonzero(is_calm)
    deviation = np.abs(moves[some] - _medians(moves[some])[:, None])
    is_calm[some] = largest[some] <= SURELY_SMALL * NORMAL_MAD * _medians(deviation)
    return is_calm


def _medians(values: FloatArray) -> FloatArray:
    """Median of each line of finite numbers, as `fast_median` has it."""
    half = values.shape[1] // 2
    if values.shape[1] % 2:
        return np.asarray(np.partition(values, half, axis=1)[:, half])
    ordered = np.partition(values, (half - 1, half), axis=1)
    return np.asarray((ordered[:, half - 1] + ordered[:, half]) / 2.0)
