"""Sums of residual correlations over groups of positions on the same days.

A line (the data, or where a placebo draw puts a cluster) is cut into *date groups*: its positions
whose event windows hold the same days. How many days the windows of two groups share is one number
for all their pairs, so that a line costs a sum over pairs of groups,

    sum_{i<j} s_i s_j rho_ij n_ij / sqrt(L_i L_j) = sum_{A<=B} S_AB n_AB / sqrt(L_A L_B),

and ``S_AB``, the sum of ``s_i s_j rho_ij`` over `i` in `A` and `j` in `B` (over ``i < j`` where
they are one), depends on no window and is computed once. Where the positions of each group share
their estimation sessions too, none missing in one of them only, it needs no pairs: with ``u_i`` the
residuals of `i` on the sessions common to both groups, about their mean and of length 1 there,

    S_AB = (sum_i s_i u_i)'(sum_j s_j u_j),    S_AA = (|sum_i s_i u_i|^2 - sum_i s_i^2) / 2.

Other groups are correlated pair by pair. Groups recur from line to line, window to window and draw
to draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.correlation import CONSTANT, block_correlations, listed_correlations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt
    from scipy.sparse import csr_array

    from eventstudy._typing import BoolArray, FloatArray, IntArray

    _Mark = npt.NDArray[np.uint64]

# Positions on the same days that share their estimation sessions stand in a group of their own
# from so many on; fewer are as well off among the others of their days.
_MANY = 8
# Pairs of positions of two groups from which on a matrix product is worth its call, and so many
# fewer where it is one of two vectors, which serve other pairs of groups too.
_BLOCK = 256
_VECTORS = 32
# Kinds of groups at a time: always so many, as a product's last digits follow from its shape.
_KINDS = 8
# Pairs of groups, or of positions, at a time, and pairs of groups kept between questions.
_AT_A_TIME = 1 << 15
_MOST_KEPT = 10_000_000
# Bits of each of the two numbers of a code.
_HALF = 32
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB], dtype=np.uint64)


class DateGroups:
    """Date groups of the lines asked for, and the sums of correlations between them.

    Parameters
    ----------
    series, offset
        ``(U, S)`` residuals and ``(U,)`` the calendar column of the first; NaN is missing.
    rows
        ``(D,)`` the row of each position.
    days, present
        ``(D, W)`` number of the calendar day of each session of the widest window, and whether it
        counts.
    extension
        ``(D,)`` by how many sessions the windows of a position start earlier.
    min_common
        Fewer common sessions than this give a correlation of 0, and so does a series constant on
        them.
    """

    __slots__ = (
        "_begin", "_code", "_first", "_group_kind", "_is_shared", "_kind", "_last", "_mark",
        "_member", "_min_common", "_model", "_number", "_offset", "_rows", "_series", "_sum",
        "_weight",
    )  # fmt: skip

    def __init__(
        self,
        series: FloatArray,
        offset: IntArray,
        rows: IntArray,
        days: IntArray,
        present: BoolArray,
        extension: IntArray,
        *,
        min_common: int,
    ) -> None:
        self._series, self._offset, self._rows, self._min_common = series, offset, rows, min_common
        no_day = np.iinfo(np.int64).max
        has_day = present.any(axis=1)
        first = np.where(present, days, no_day).min(axis=1, initial=no_day)
        first = np.where(has_day, first, 0)
        since = np.where(present, days - first[:, None], 0)
        marks = np.zeros((len(rows), int(since.max(initial=0)) + 1), dtype=bool)
        at, column = np.nonzero(present)
        marks[at, since[at, column]] = True
        # The same days at the same event times, so that every window holds the same ones of both.
        by_days = _numbered([first, extension, *_words(marks), *_words(present)])
        by_sessions = _numbered([offset[rows], *_words(np.isfinite(series)[rows])])
        both = _numbered([by_days, by_sessions])
        is_many = np.bincount(both)[both] >= _MANY
        kind = _numbered([by_days, np.where(is_many, by_sessions, -1)])
        _, model = np.unique(kind, return_index=True)
        self._kind: IntArray = kind
        self._model: IntArray = model
        self._is_shared: BoolArray = is_many[model]
        self._first: IntArray = first[model]
        self._last: IntArray = (first + since.max(axis=1, initial=0))[model]
        nothing = np.empty(0, dtype=np.int64)
        # Groups met so far: where their members begin, members, weights and kinds.
        self._begin: IntArray = np.zeros(1, dtype=np.int64)
        self._member: IntArray = nothing
        self._weight: FloatArray = np.empty(0)
        self._group_kind: IntArray = nothing
        # Their marks in order, each with its group; pairs of groups in order, each with its sum.
        self._mark: _Mark = nothing.astype(np.uint64)
        self._number: IntArray = nothing
        self._code: IntArray = nothing
        self._sum: FloatArray = np.empty(0)

    def pair_sums(
        self, lines: csr_array, scale: Callable[[IntArray, IntArray], FloatArray] | None = None
    ) -> FloatArray:
        """Sum of ``s_i s_j rho_ij`` over the pairs ``i < j`` of each line whose windows meet.

        Parameters
        ----------
        lines : ``(M, D)`` the weight ``s`` of each position, in canonical order
        scale : what each pair is multiplied by, from positions ``(K,)`` that stand for the days of
            the one and of the other; 1 where it is None

        Returns
        -------
        ``(M,)``
        """
        line, group, side = self._groups_of(lines)
        total = np.zeros(lines.shape[0])
        for left, right in self._meeting(line, self._group_kind[group]):
            # Their kinds say which of two groups is the first, not which of them was met first.
            kinds = self._group_kind[group]
            turned = kinds[left] > kinds[right]
            one, other = group[np.where(turned, [right, left], [left, right])]
            code, at = np.unique(one << _HALF | other, return_inverse=True)
            value = self._sums(code)
            if scale is not None:
                models = self._model[self._group_kind[np.stack(_parts(code))]]
                value = value * scale(*models)
            # One after the other, wherever the portions end.
            np.add.at(total, line[left], side[left] * side[right] * value[at])
        return total

    def _groups_of(self, lines: csr_array) -> tuple[IntArray, IntArray, FloatArray]:
        """Groups of every line: the line, the group and the sign it stands there with, ``(E,)``."""
        is_held = lines.data != 0.0
        line = np.repeat(np.arange(lines.shape[0]), np.diff(lines.indptr))[is_held]
        member, weight = lines.indices[is_held].astype(np.int64), lines.data[is_held]
        key = line * len(self._model) + self._kind[member]
        order = np.argsort(key, kind="stable")
        key, member, weight = key[order], member[order], weight[order]
        begin = _starts(key)
        if not begin.size:
            return line, line, weight
        size = np.diff(begin, append=len(key))
        # A group and the same with every sign changed are one.
        side = np.sign(weight[begin])
        weight = weight * np.repeat(side, size)
        mark = np.add.reduceat(_mixed(member, weight), begin)
        fresh, at = np.unique(mark, return_index=True)
        at = at[~np.isin(fresh, self._mark, assume_unique=True)]
        number = self._added(member, weight, begin[at], size[at])
        marks = np.concatenate([self._mark, mark[at]])
        order = np.argsort(marks)
        self._mark = marks[order]
        self._number = np.concatenate([self._number, number])[order]
        group = self._number[np.searchsorted(self._mark, mark)]
        # Two groups of one mark are not one.
        differs = size != np.diff(self._begin)[group]
        place = np.repeat(self._begin[group] - begin, size) + np.arange(len(key))
        place[np.repeat(differs, size)] = 0
        is_other = (self._member[place] != member) | (self._weight[place] != weight)
        differs |= np.logical_or.reduceat(is_other, begin)
        if differs.any():
            group[differs] = self._added(member, weight, begin[differs], size[differs])
        return key[begin] // len(self._model), group, side

    def _added(
        self, member: IntArray, weight: FloatArray, begin: IntArray, size: IntArray
    ) -> IntArray:
        """Numbers of new groups, whose members begin at `begin`."""
        entry = _ranges(begin, size)
        self._member = np.concatenate([self._member, member[entry]])
        self._weight = np.concatenate([self._weight, weight[entry]])
        self._begin = np.concatenate([self._begin, self._begin[-1] + np.cumsum(size)])
        start = len(self._group_kind)
        self._group_kind = np.concatenate([self._group_kind, self._kind[member[begin]]])
        return np.arange(start, len(self._group_kind))

    def _meeting(self, line: IntArray, kind: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
        """Pairs of entries of one line whose spans of days meet, each with itself too."""
        if not line.size:
            return
        low = self._first.min()
        width = self._last.max() - low + 1
        first = line * width + self._first[kind] - low
        order = np.argsort(first, kind="stable")
        last = (line * width + self._last[kind] - low)[order]
        # In order of their first days, what one can meet lies right behind it.
        number = np.searchsorted(first[order], last, side="right") - np.arange(len(order))
        for part in _portions(number, _AT_A_TIME << 6):
            left = np.repeat(np.arange(part.start, part.stop), number[part])
            yield order[left], order[_ranges(np.arange(part.start, part.stop), number[part])]

    def _sums(self, code: IntArray) -> FloatArray:
        """Sums of the pairs of groups ``(K,)``, in order, each computed once."""
        at = np.searchsorted(self._code, code)
        value = np.zeros(len(code))
        is_known = np.zeros(len(code), dtype=bool)
        inside = at < len(self._code)
        is_known[inside] = self._code[at[inside]] == code[inside]
        value[is_known] = self._sum[at[is_known]]
        fresh = np.flatnonzero(~is_known)
        if fresh.size:
            value[fresh] = self._computed(*_parts(code[fresh]))
            if len(self._code) + len(fresh) <= _MOST_KEPT:
                self._code = np.insert(self._code, at[fresh], code[fresh])
                self._sum = np.insert(self._sum, at[fresh], value[fresh])
        return value

    def _computed(self, one: IntArray, other: IntArray) -> FloatArray:
        """Sums of the pairs of groups ``(K,)``: of each as if it were asked alone.

        Neither the way nor the order of a sum depends on what else is asked, or was before.
        """
        size = np.diff(self._begin)
        pairs = size[one] * size[other]
        shared = self._is_shared[self._group_kind]
        by_vector = shared[one] & shared[other] & (pairs >= _VECTORS)
        by_block = ~by_vector & (pairs >= _BLOCK)
        value = np.zeros(len(one))
        for chosen, compute in (
            (by_vector, self._by_vector),
            (by_block, self._by_block),
            (~by_vector & ~by_block, self._by_pair),
        ):
            at = np.flatnonzero(chosen)
            if at.size:
                value[at] = compute(one[at], other[at])
        return value

    def _by_pair(self, one: IntArray, other: IntArray) -> FloatArray:
        """Sums over listed pairs of positions."""
        size, begin = np.diff(self._begin), self._begin
        number = size[one] * size[other]
        value = np.zeros(len(one))
        for part in _portions(number, _AT_A_TIME):
            at = np.repeat(np.arange(part.start, part.stop), number[part])
            left, right = np.divmod(
                _ranges(np.zeros_like(number[part]), number[part]), size[other[at]]
            )
            counts = (one[at] != other[at]) | (left < right)
            at = at[counts]
            i, j = begin[one[at]] + left[counts], begin[other[at]] + right[counts]
            rho = listed_correlations(
                self._series,
                self._offset,
                self._rows[self._member[i]],
                self._rows[self._member[j]],
                min_common=self._min_common,
            )
            value += np.bincount(
                at, weights=self._weight[i] * self._weight[j] * rho, minlength=len(one)
            )
        return value

    def _by_block(self, one: IntArray, other: IntArray) -> FloatArray:
        """Sums of the products of two groups, missing sessions masked."""
        value = np.empty(len(one))
        for number, (first, second) in enumerate(zip(one, other, strict=True)):
            (rows, weight), (columns, column_weight) = self._members(first), self._members(second)
            rho = block_correlations(
                self._series, self._offset, rows, columns, min_common=self._min_common
            )
            value[number] = weight @ rho @ column_weight
            if first == second:
                value[number] = 0.5 * (value[number] - weight**2 @ rho.diagonal())
        return value

    def _by_vector(self, one: IntArray, other: IntArray) -> FloatArray:
        """Sums of groups whose positions share their sessions, as products of two vectors."""
        value = np.empty(len(one))
        kind, span = self._group_kind, self._series.shape[1]
        start = self._offset[self._rows[self._model]]
        for begin in range(0, len(one), _AT_A_TIME):
            part = slice(begin, begin + _AT_A_TIME)
            a, b = one[part], other[part]
            a, b = np.where(start[kind[a]] <= start[kind[b]], (a, b), (b, a))
            codes = np.concatenate([a << _HALF | kind[b], b << _HALF | kind[a]])
            code, at = np.unique(codes, return_inverse=True)
            vector, own = self._vectors(*_parts(code))
            left, right = at[: len(a)], at[len(a) :]
            step = start[kind[b]] - start[kind[a]]
            product = np.zeros(len(a))
            for lag in np.unique(step[step < span]):
                of = np.flatnonzero(step == lag)
                product[of] = np.einsum(
                    "ks,ks->k", vector[left[of], lag:], vector[right[of], : span - lag]
                )
            value[part] = np.where(a == b, 0.5 * (product - own[left]), product)
        return value

    def _vectors(self, group: IntArray, kind: IntArray) -> tuple[FloatArray, FloatArray]:
        """``sum_i s_i u_i`` of groups on the sessions they share with a kind, and ``sum_i s_i^2``.

        Groups in order. ``(K, S)``, 0 on other sessions, and ``(K,)`` over the `i` that count.
        """
        span = self._series.shape[1]
        vector, own = np.empty((len(group), span)), np.empty(len(group))
        column = np.arange(span)
        begins = _starts(group)
        for begin, end in zip(begins, np.append(begins[1:], len(group)), strict=True):
            rows, weight = self._members(group[begin])
            x = self._series[rows]
            has_value = np.isfinite(x[0])
            x = np.where(has_value, x, 0.0)
            x = np.where(has_value, x - (x.sum(axis=1) / max(has_value.sum(), 1))[:, None], 0.0)
            for start in range(begin, end, _KINDS):
                part = slice(start, min(start + _KINDS, end))
                model = self._rows[self._model[np.resize(kind[part], _KINDS)]]
                there = column + (self._offset[rows[0]] - self._offset[model])[:, None]
                inside = (there >= 0) & (there < span)
                common = self._series[model[:, None], np.where(inside, there, 0)]
                is_common = inside & has_value & np.isfinite(common)
                n = is_common.sum(axis=1)
                mask = is_common.astype(np.float64).T
                total, square = x @ mask, (x * x) @ mask
                spread = square - total**2 / np.maximum(n, 1)
                usable = (spread > CONSTANT * square) & (n >= self._min_common)
                scale = np.sqrt(np.where(usable, spread, 1.0))
                scaled = np.where(usable, weight[:, None] / scale, 0.0)
                mean = (scaled * total).sum(axis=0) / np.maximum(n, 1)
                found = np.where(is_common, scaled.T @ x - mean[:, None], 0.0)
                vector[part] = found[: part.stop - start]
                own[part] = (weight**2 @ usable)[: part.stop - start]
        return vector, own

    def _members(self, group: int) -> tuple[IntArray, FloatArray]:
        """Rows of the residuals of a group, and the weight of each."""
        part = slice(self._begin[group], self._begin[group + 1])
        return self._rows[self._member[part]], self._weight[part]


def _parts(code: IntArray) -> tuple[IntArray, IntArray]:
    """Return the two numbers that a code is made of."""
    return code >> _HALF, code & ((1 << _HALF) - 1)


def _starts(values: IntArray) -> IntArray:
    """Where equal neighbours begin."""
    return np.flatnonzero(np.r_[True, values[1:] != values[:-1]][: len(values)])


def _ranges(begin: IntArray, size: IntArray) -> IntArray:
    """``begin, begin + 1, ...``, so many numbers as `size` says, one after the other."""
    return np.arange(size.sum()) + np.repeat(begin - np.cumsum(size) + size, size)


def _portions(size: IntArray, most: int) -> Iterator[slice]:
    """Neighbours with at most so much in all, or one alone."""
    ends = np.cumsum(size)
    begin, done = 0, 0
    while begin < len(size):
        end = max(begin + 1, int(np.searchsorted(ends, done + most, side="right")))
        yield slice(begin, end)
        begin, done = end, int(ends[end - 1])


def _words(marks: BoolArray) -> list[_Mark]:
    """Marks of a row as numbers of 64 bits."""
    packed = np.packbits(marks, axis=1)
    padded = np.pad(packed, ((0, 0), (0, -packed.shape[1] % 8)))
    return list(padded.view(np.uint64).T)


def _numbered(columns: Sequence[IntArray | _Mark]) -> IntArray:
    """Number of each row among the distinct ones."""
    order = np.lexsort(columns)
    is_new = np.zeros(len(order), dtype=bool)
    for column in columns:
        is_new[1:] |= column[order[1:]] != column[order[:-1]]
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.cumsum(is_new)
    return number


def _mixed(member: IntArray, weight: FloatArray) -> _Mark:
    """Return a number of 64 bits of a member and its weight, as good as random (Steele 2014)."""
    x = member.astype(np.uint64) * _FACTORS[0] + weight.view(np.uint64)
    for shift, factor in zip((30, 27), _FACTORS[1:], strict=True):
        x = (x ^ (x >> np.uint64(shift))) * factor
    return np.asarray(x ^ (x >> np.uint64(31)))
