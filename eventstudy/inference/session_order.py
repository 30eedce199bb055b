"""Sessions of estimation and event window in order, by one sort that all tests on ranks share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eventstudy.inference.ranking import ranked, row_order

if TYPE_CHECKING:
    import numpy.typing as npt

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.estimation.abnormal import AbnormalReturns
    from eventstudy.inference.evidence import Evidence

# Positions ranked at a time, so that they stay in the processor's own memory.
_ROWS = 256
# Sorted values to a pivot.
_STRIDE = 16


def session_order(evidence: Evidence) -> npt.NDArray[np.signedinteger]:
    """Order of the sessions of both windows of each position, ``(U, L+W)``.

    That of the estimation sessions alone is the same without the others.
    """
    table = evidence.table

    def make() -> npt.NDArray[np.signedinteger]:
        width = table.residuals.shape[1] + table.abnormal.shape[1]
        small = width <= np.iinfo(np.int16).max
        order = np.empty((len(table.residuals), width), dtype=np.int16 if small else np.int64)
        for part in portions(table):
            order[part] = row_order(both_windows(table, part))
        return order

    return evidence.dependence.once("order", make)


def ranked_sessions(evidence: Evidence) -> tuple[FloatArray, FloatArray]:
    """Centred ranks ``(U, L+W)`` and median ``(U,)`` of the sessions of both windows."""
    table, order = evidence.table, session_order(evidence)

    def make() -> tuple[FloatArray, FloatArray]:
        ranks, median = np.empty(order.shape), np.empty(len(order))
        for part in portions(table):
            ranks[part], ordered = ranked(both_windows(table, part), order[part])
            median[part] = median_of(ordered)
        return ranks, median

    return evidence.dependence.once("sorted sessions", make)


def has_session(evidence: Evidence) -> BoolArray:
    """Which sessions of both windows each position has, ``(U, L+W)``."""
    table = evidence.table

    def make() -> BoolArray:
        return np.concatenate([np.isfinite(both_windows(table, part)) for part in portions(table)])

    return evidence.dependence.once("ranked", make)


def session_signs(evidence: Evidence) -> FloatArray:
    """Sign ``(U, L+W)`` of the sessions of both windows about the median of each position."""
    table, (ranks, median) = evidence.table, ranked_sessions(evidence)

    def make() -> FloatArray:
        signs = np.empty(ranks.shape)
        for part in portions(table):
            signs[part] = signs_about(both_windows(table, part), median[part])
        return signs

    return evidence.dependence.once("signs", make)


def median_of(ordered: FloatArray) -> FloatArray:
    """Median ``(n,)`` of ascending values ``(n, S)``, infinity where one is missing."""
    last = np.maximum(np.isfinite(ordered).sum(axis=1) - 1, 0)
    line = np.arange(len(ordered))
    return np.asarray(0.5 * (ordered[line, last // 2] + ordered[line, (last + 1) // 2]))


def signs_about(values: FloatArray, median: FloatArray) -> FloatArray:
    """Sign of values ``(n, S)`` about the median of their row; NaN stays NaN."""
    values = values - median[:, None]
    signs = np.subtract(values > 0, values < 0, dtype=np.float64)
    is_missing = np.isnan(values)
    if is_missing.any():
        signs[is_missing] = np.nan
    return signs


def portions(table: AbnormalReturns) -> list[slice]:
    """Positions of a table that are looked at together."""
    size = len(table.residuals)
    return [slice(begin, min(begin + _ROWS, size)) for begin in range(0, size, _ROWS)]


def both_windows(table: AbnormalReturns, part: slice | IntArray) -> FloatArray:
    """Return estimation residuals and abnormal returns of some positions side by side."""
    abnormal = table.abnormal[part]
    if table.extension.any():
        is_own = table.taus >= table.event.start - table.extension[part, None]
        abnormal = np.where(is_own, abnormal, np.nan)
    return np.concatenate([table.residuals[part], abnormal], axis=1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SortedResiduals:
    """Standardised residuals of every position, ready for one more to be ranked among them.

    A value among M sorted ones is known by its *code*, how many lie below plus how many not
    above: its mid-rank is ``code/2 + 1``, and it lies below those with a larger code of their own.

    Attributes
    ----------
    sorted : ``(U, 2^k)`` ascending, infinity where there is none
    pivots : ``(U, 2^k / 16)`` the last of each sixteen of them
    number : ``(U,)`` M
    """

    sorted: FloatArray
    pivots: FloatArray
    number: FloatArray

    def code(
        self, rows: IntArray, scar: FloatArray, scale: FloatArray
    ) -> tuple[IntArray, FloatArray]:
        """Codes of the SCARs of `rows` ``(B, n)`` over each draw's `scale`, and which exist."""
        values = scar[rows] / scale[:, None]
        has_value = np.isfinite(values)
        width = self.sorted.shape[1]
        kind = np.int32 if self.sorted.size <= np.iinfo(np.int32).max else np.int64
        line = rows.astype(kind)
        # Few pivots stay in the processor's own memory; then only one sixteen is looked at.
        part = _number_below(self.pivots, line * self.pivots.shape[1], self.pivots.shape[1], values)
        part *= _STRIDE
        within = _number_below(self.sorted, line * width + part, _STRIDE, values)
        below = part.astype(np.int64) + within
        nearest = self.sorted.ravel().take(rows * width + below)
        code = 2 * below
        for draw, pair in np.argwhere(nearest == values):
            among = self.sorted[rows[draw, pair]]
            code[draw, pair] = below[draw, pair] + np.searchsorted(
                among, values[draw, pair], side="right"
            )
        return code, has_value


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OrderedResiduals(SortedResiduals):
    """As `SortedResiduals`, with the place of each of them.

    Attributes
    ----------
    codes : ``(U, L)`` code of each residual among all of its position; -1 where missing
    shares : ``(U, L)`` their mid-ranks over M + 2, less 1/2; 0 where missing
    places : ``(U, L)`` column of each residual in ascending order, those missing last
    is_tied : ``(U,)`` whether two of a position are equal
    is_whole : whether no residual is missing
    is_untied : whether none is missing and no two of one position are equal: codes are odd
    """

    codes: npt.NDArray[np.signedinteger]
    shares: FloatArray
    places: npt.NDArray[np.signedinteger]
    is_tied: BoolArray
    is_whole: bool
    is_untied: bool


def _number_below(values: FloatArray, begin: IntArray, width: int, limit: FloatArray) -> IntArray:
    """How many of the `width` ascending values from `begin` on lie below a limit, but the last.

    `width` is a power of two.
    """
    flat, kind = values.ravel(), begin.dtype.type
    begin = begin - kind(1)
    below = np.zeros_like(begin)
    step = width // 2
    while step:
        below += kind(step) * (flat.take(begin + below + kind(step)) < limit)
        step //= 2
    return below


def ordered_residuals(evidence: Evidence) -> OrderedResiduals:
    """Return the standardised residuals of every position of some evidence, in order."""
    table = evidence.table

    def make() -> OrderedResiduals:
        size, span = table.residuals.shape
        padded = np.full((size, room_for(span)), np.inf)
        kind = code_type(span)
        codes, shares = np.empty((size, span), dtype=kind), np.empty((size, span))
        number = np.empty(size)
        order = session_order(evidence)
        places = np.empty((size, span), dtype=order.dtype)
        is_tied = np.zeros(size, dtype=bool)
        place = np.arange(span)
        odd, share = (2 * place + 1).astype(kind), (place + 1.0) / (span + 2.0) - 0.5
        for part in portions(table):
            known = order[part]
            among = known[known < span].reshape(-1, span)
            places[part] = among
            values = table.residuals[part] / table.fit.sigma[part, None]
            at = among + np.arange(len(among), dtype=np.int64)[:, None] * span
            ordered = values.ravel().take(at)
            # Missing ones stand last.
            is_plain = bool(np.isfinite(ordered[:, -1]).all())
            if is_plain and not (ordered[:, 1:] == ordered[:, :-1]).any():
                padded[part, :span] = ordered
                codes[part].ravel()[at] = odd
                shares[part].ravel()[at] = share
                number[part] = span
                continue
            of_part = coded(*ranked(values, among))
            padded[part, :span], number[part] = of_part.ordered, of_part.number
            codes[part], shares[part] = of_part.codes, of_part.shares
            is_tied[part] = of_part.is_tied
        is_whole = bool((number == span).all())
        return OrderedResiduals(
            sorted=padded,
            pivots=pivots_of(padded),
            codes=codes,
            shares=shares,
            number=number,
            places=places,
            is_tied=is_tied,
            is_whole=is_whole,
            is_untied=is_whole and bool((codes & 1).all()),
        )

    return evidence.dependence.once("ordered residuals", make)


class Coded(NamedTuple):
    """Residuals of some positions as `OrderedResiduals` has them, with their `ordered` values."""

    ordered: FloatArray
    codes: npt.NDArray[np.signedinteger]
    shares: FloatArray
    number: FloatArray
    is_tied: BoolArray


def coded(centred: FloatArray, ordered: FloatArray) -> Coded:
    """Return what is known of residuals ``(n, L)`` from what `ranked` says of them."""
    is_repeated = (ordered[:, 1:] == ordered[:, :-1]) & np.isfinite(ordered[:, 1:])
    has_value = np.isfinite(centred)
    count = has_value.sum(axis=1, keepdims=True).astype(np.float64)
    ranks = centred + (count + 1.0) / 2.0
    codes = np.where(has_value, np.rint(2.0 * ranks - 1.0), -1.0).astype(code_type(ranks.shape[1]))
    shares = np.where(has_value, ranks / (count + 2.0) - 0.5, 0.0)
    return Coded(ordered, codes, shares, count[:, 0], is_repeated.any(axis=1))


def code_type(span: int) -> type[np.signedinteger]:
    """Return the whole numbers that hold the codes of so many residuals, up to twice as many."""
    return np.int16 if 2 * span <= np.iinfo(np.int16).max else np.int32


def room_for(span: int) -> int:
    """Return the columns that `SortedResiduals` keeps for so many: a power of two, never full."""
    return max(_STRIDE, 1 << int(span).bit_length())


def pivots_of(ordered: FloatArray) -> FloatArray:
    """Return the last of each sixteen ascending values."""
    return np.ascontiguousarray(ordered[:, _STRIDE - 1 :: _STRIDE])
