"""Mid-ranks within rows, by one sort."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from eventstudy._typing import FloatArray, IntArray


# Rows ranked at a time.
_ROWS = 256
# Marks that one byte can count.
_BYTE = 255


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


def ranked(
    values: FloatArray, order: npt.NDArray[np.signedinteger] | None = None
) -> tuple[FloatArray, FloatArray]:
    """`centred_ranks`, and the values of each row in ascending order, infinity for missing ones.

    `order` ``(P, S)`` is that of `row_order`, where it is known already.
    """
    centred, ordered = np.empty(values.shape), np.empty(values.shape)
    # As many rows at a time as stay in the processor's own memory.
    for begin in range(0, len(values), _ROWS):
        part = slice(begin, begin + _ROWS)
        known = None if order is None else order[part]
        _rank(values[part], centred[part], ordered[part], known)
    return centred, ordered


def row_order(values: FloatArray) -> IntArray:
    """Return the columns of each row in ascending order of its values, missing ones last."""
    return np.argsort(_filled(values), axis=1)


def _filled(values: FloatArray) -> FloatArray:
    """Values with infinity in place of NaN, which is sorted several times faster."""
    has_value = np.isfinite(values)
    return values if has_value.all() else np.where(has_value, values, np.inf)


def _rank(
    values: FloatArray,
    centred: FloatArray,
    ordered: FloatArray,
    known: npt.NDArray[np.signedinteger] | None,
) -> None:
    """Fill in what `ranked` returns."""
    filled = _filled(values)
    is_whole = filled is values
    width = values.shape[1]
    count = np.full((len(values), 1), width)
    if not is_whole:
        count = np.isfinite(values).sum(axis=1, keepdims=True)
    order = np.argsort(filled, axis=1) if known is None else known.astype(np.int64)
    order += (np.arange(len(values)) * width)[:, None]
    np.take(filled.ravel(), order, out=ordered, mode="clip")
    place = np.arange(width) - (count - 1) / 2
    is_repeated = ordered[:, 1:] == ordered[:, :-1]
    if not is_whole:
        is_repeated &= np.isfinite(ordered[:, 1:])
    tied = np.flatnonzero(is_repeated.any(axis=1))
    if tied.size:
        place[tied] = mid_places(ordered[tied]) - (count[tied] - 1) / 2
    centred.ravel()[order] = place
    if not is_whole:
        centred[~np.isfinite(values)] = np.nan


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


def number_above(
    values: npt.NDArray[np.signedinteger],
    limit: npt.NDArray[np.signedinteger],
    *,
    or_equal: bool = False,
) -> IntArray:
    """Count by column ``(L,)`` the rows of `values` ``(P, L)`` above their `limit` ``(P, 1)``.

    As many rows at a time as a byte can count; with `or_equal` those at their limit, too.
    """
    count = np.zeros(values.shape[1], dtype=np.int64)
    compare = np.greater_equal if or_equal else np.greater
    marks = np.empty((_BYTE, values.shape[1]), dtype=bool)
    for begin in range(0, len(values), _BYTE):
        part = slice(begin, begin + _BYTE)
        is_above = compare(values[part], limit[part], out=marks[: len(values[part])])
        count += np.add.reduce(is_above.view(np.uint8), axis=0, dtype=np.uint8)
    return count
