"""Sums over the pairs of draws of many values of every position, such as those of sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.moved_counts import moved_counts

if TYPE_CHECKING:
    import numpy.typing as npt
    from scipy.sparse import csr_array

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.inference.evidence import Evidence

# Values of a position up to which the pairs of every placement are added up one by one.
_FEW_VALUES = 8
# Positions a pair from which on what a draw holds of them is mostly nothing.
_SPARSE = 16
# Counts of positions in memory at a time, so that they stay in the processor's own.
_COUNTS = 1 << 20
# Halves that single precision tells apart.
_HALVES = 1 << 23


def pair_sums(
    evidence: Evidence,
    values: npt.NDArray[np.number],
    *,
    signed: bool = True,
    among: BoolArray | None = None,
    in_halves: bool = False,
) -> FloatArray:
    """Sum over the pairs of every draw of `values` ``(U, k)`` of their positions, ``(B, k)``.

    Draws are counted, a line a draw and a column a position, so that their sums are one matrix
    product, whatever their number.

    Parameters
    ----------
    values
        Of every position, finite; what is missing is to be 0.
    signed
        Whether a pair's values are multiplied by its sign.
    among
        ``(U,)`` positions outside which all values are 0.
    in_halves
        Whether all values are multiples of 0.5. So are their sums, which single precision holds to
        the last digit as long as they are small enough.
    """
    if values.shape[1] < _FEW_VALUES:
        return _added(evidence, values, signed=signed)
    if evidence.n_draws == 1:
        keep = np.ones(len(values), dtype=bool) if among is None else among
        return evidence.unstack(np.asarray(evidence.stack(keep, signed=signed) @ values))
    rows = positions(evidence)
    is_used = used_positions(evidence)
    if among is not None:
        is_used = is_used & among
    if not is_used.any():
        return np.zeros((evidence.n_draws, values.shape[1]))
    sign = signs(evidence) if signed else None
    is_sparse = int(is_used.sum()) > _SPARSE * evidence.n_pairs
    is_taken = np.ones(len(values), dtype=bool) if is_sparse and among is None else is_used
    number = np.where(is_taken, np.cumsum(is_taken) - 1, -1)
    is_small = in_halves and not is_sparse and _are_small(values, evidence.n_pairs)
    of_days = moved_counts(evidence, signed=signed) if is_small and among is None else None
    if of_days is not None and _are_small(values, of_days.n_terms):
        return of_days.sums(values)
    kind = np.float32 if is_small else np.float64
    used = values if is_taken.all() else values[is_taken]
    used = used.astype(kind, copy=False)
    total = np.empty((evidence.n_draws, values.shape[1]))
    deep = max(1, _COUNTS // (evidence.n_pairs if is_sparse else len(used)))
    for begin in range(0, evidence.n_draws, deep):
        draws = slice(begin, begin + deep)
        held = number[rows[draws]]
        if is_sparse:
            total[draws] = np.asarray(_sparse_counts(held, sign, len(used), used.dtype) @ used)
        else:
            total[draws] = counts(held, sign, len(used), used.dtype) @ used
    return total


def _are_small(values: npt.NDArray[np.number], n_pairs: int) -> bool:
    """Whether single precision holds sums of so many of these halves."""
    return are_told_apart(max(float(values.max(initial=0)), -float(values.min(initial=0))), n_pairs)


def are_told_apart(largest: float, n_terms: int) -> bool:
    """Whether single precision tells sums of so many halves apart, none above the largest."""
    return largest * n_terms < _HALVES / 2


def sums_of_few(
    evidence: Evidence, line: IntArray, column: IntArray, values: FloatArray, width: int
) -> FloatArray:
    """As `pair_sums` of values ``(U, width)`` that are nearly all 0, of draws.

    Parameters
    ----------
    line, column, values
        Where they are not, position after position, ``(T,)`` each.
    """
    from scipy.sparse import csr_array

    held = positions(evidence)
    begin = np.searchsorted(line, np.arange(len(evidence.table.security) + 1))
    few = csr_array((values, column, begin), shape=(len(begin) - 1, width))
    total = np.empty((evidence.n_draws, width))
    deep = max(1, _COUNTS // max(1, evidence.n_pairs))
    for first in range(0, evidence.n_draws, deep):
        some = held[first : first + deep]
        holds = _sparse_counts(some, signs(evidence), len(begin) - 1, np.float64)
        total[first : first + deep] = (holds @ few).toarray()
    return total


def _added(evidence: Evidence, values: npt.NDArray[np.number], *, signed: bool) -> FloatArray:
    """`pair_sums` of few values, placement by placement."""
    total = np.zeros((evidence.n_draws, values.shape[1]))
    is_turned = signed and bool((evidence.sign < 0).any())
    for number, each in enumerate(values.T):
        line = np.ascontiguousarray(each)
        for block in evidence.blocks:
            held = line.take(block.rows)
            sums = held @ evidence.sign[block.columns] if is_turned else held.sum(axis=1)
            total[:, number] += sums.take(block.pick)
    return total


def positions(evidence: Evidence) -> IntArray:
    """Position of every pair in every draw, ``(B, N)``, block after block."""

    def make() -> IntArray:
        return np.concatenate([block.rows[block.pick] for block in evidence.blocks], axis=1)

    return evidence.of_draws("positions of pairs", make)


def used_positions(evidence: Evidence) -> BoolArray:
    """Which positions some draw holds, ``(U,)``."""

    def make() -> BoolArray:
        is_used = np.zeros(len(evidence.table.security), dtype=bool)
        is_used[positions(evidence)] = True
        return is_used

    return evidence.of_draws("used positions", make)


def signs(evidence: Evidence) -> FloatArray | None:
    """Sign of every pair, ``(N,)``, in the order of `positions`; None where all are 1."""
    if (evidence.sign > 0).all():
        return None
    columns = np.concatenate([block.columns for block in evidence.blocks])
    return np.asarray(evidence.sign[columns])


def counts(
    held: IntArray, sign: FloatArray | None, n_positions: int, kind: npt.DTypeLike = np.float64
) -> npt.NDArray[np.floating]:
    """Count how often each draw holds each position, ``(b, n_positions)``.

    Parameters
    ----------
    held : ``(b, N)`` positions of the pairs; -1 counts for none
    sign : ``(N,)`` what each pair counts; None for 1
    """
    n_draws = len(held)
    cell = (held + np.arange(n_draws)[:, None] * n_positions).ravel()
    data = None if sign is None else np.tile(sign, n_draws)
    is_counted = held.ravel() >= 0
    if not is_counted.all():
        cell, data = cell[is_counted], None if data is None else data[is_counted]
    found = np.bincount(cell, weights=data, minlength=n_draws * n_positions)
    return found.astype(kind, copy=False).reshape(n_draws, n_positions)


def _sparse_counts(
    held: IntArray, sign: FloatArray | None, n_positions: int, kind: npt.DTypeLike
) -> csr_array:
    """`counts` of few of very many positions."""
    from scipy.sparse import csr_array

    data = np.where(held >= 0, 1.0 if sign is None else sign, 0.0).astype(kind, copy=False)
    pointer = np.arange(len(held) + 1) * held.shape[1]
    form = (data.ravel(), np.maximum(held, 0).ravel(), pointer)
    return csr_array(form, shape=(len(held), n_positions))
