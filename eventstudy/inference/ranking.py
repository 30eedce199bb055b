"""Mid-ranks within rows, by one sort."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, FloatArray, IntArray


# Rows ranked at a time.
_ROWS = 256


def centred_ranks(values: FloatArray) -> FloatArray:
    """Mid-rank of each value within its row, less the row's mean rank; NaN stays NaN.

    Parameters
    ----------
    values : ``(P, S)``

    Returns
    -------
    ``(P, S)``: ``K - (T_i + 1)/2`` with ``T_i`` the number of values in the row.
    """
    return ranked(values)[0]


def ranked(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """`centred_ranks`, and the values of each row in ascending order, infinity for missing ones."""
    centred, ordered = np.empty(values.shape), np.empty(values.shape)
    # As many rows at a time as stay in the processor's own memory.
    for begin in range(0, len(values), _ROWS):
        part = slice(begin, begin + _ROWS)
        _rank(values[part], centred[part], ordered[part])
    return centred, ordered


def _rank(values: FloatArray, centred: FloatArray, ordered: FloatArray) -> None:
    """Fill in what `ranked` returns."""
    has_value = np.isfinite(values)
    count = has_value.sum(axis=1, keepdims=True)
    # Infinity goes where NaN would, and is sorted several times faster.
    filled = values if has_value.all() else np.where(has_value, values, np.inf)
    order = np.argsort(filled, axis=1)
    order += (np.arange(len(values)) * values.shape[1])[:, None]
    np.take(filled.ravel(), order, out=ordered, mode="clip")
    place = np.arange(values.shape[1]) - (count - 1) / 2
    is_repeated = (ordered[:, 1:] == ordered[:, :-1]) & np.isfinite(ordered[:, 1:])
    tied = np.flatnonzero(is_repeated.any(axis=1))
    if tied.size:
        place[tied] = mid_places(ordered[tied]) - (count[tied] - 1) / 2
    centred.ravel()[order] = place
    if filled is not values:
        centred[~has_value] = np.nan


def mid_places(ordered: FloatArray) -> FloatArray:
    """Place of each value in its ascending row, counted from 0; equal values share their mean."""
    place = np.arange(ordered.shape[1])
    differs = ordered[:, 1:] != ordered[:, :-1]
    edge = np.ones((len(ordered), 1), dtype=bool)
    first = np.where(np.hstack([edge, differs]), place, 0)
    last = np.where(np.hstack([differs, edge]), place, ordered.shape[1])
    first = np.maximum.accumulate(first, axis=1)
    last = np.minimum.accumulate(last[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(0.5 * (first + last))


def number_by_column(marks: BoolArray) -> IntArray:
    """Count the marks of each column, ``(L,)``: as many rows at a time as a byte can count."""
    count = np.zeros(marks.shape[1], dtype=np.int64)
    values = marks.view(np.uint8)
    for begin in range(0, len(values), 255):
        count += np.add.reduce(values[begin : begin + 255], axis=0, dtype=np.uint8)
    return count
