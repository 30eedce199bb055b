"""Numbers of pairs that are moved together, by what they are and the weekday they are moved to.

A cluster or a date portfolio of a group is the same markets on days as far apart as in many other
groups: it is of their *kind*. Moved to one weekday, pairs of one kind are the same positions,
whatever the group, draw and window, so that a number of them (a sum of correlations, a standardised
return) is computed once for each weekday, and a draw picks it by its move.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.execution.remade import LastRemade

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.inference.evidence import Evidence, Places

MOST_NUMBERS = 8_000_000
"""Numbers that are kept for one question, 8 bytes each; beyond these all are computed anew."""
# Days of kinds that are summed at a time.
_AT_A_TIME = 512


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """Pairs that are moved together, whatever the day.

    Attributes
    ----------
    key : the same for pairs of the same kind
    width, security : ``(n,)`` place of each pair's extension among the widths, and its market
    later : ``(n,)`` weekdays its day 0 lies after the first one of the kind
    sign : ``(n,)`` +1 or -1
    own_row, first : ``(n,)`` the position of a pair whose own day 0 is no weekday, and the weekday
        counted as the first where the kind stands still; else -1
    """

    key: bytes
    width: IntArray
    security: IntArray
    later: IntArray
    sign: IntArray
    own_row: IntArray
    first: int

    def rows(self, pairs: Places, weekday: IntArray) -> IntArray:
        """Position of every pair with its first on some weekdays, ``(F, n)``; -1 where none is."""
        on_weekday, n_days = pairs.on_weekday, pairs.n_days
        at = weekday[:, None] + self.later
        is_inside = weekday.max(initial=0) + self.later.max(initial=0) < n_days
        line = (self.width * on_weekday.shape[1] + self.security) * n_days
        row: IntArray = on_weekday.reshape(-1).take(
            line + (at if is_inside else np.minimum(at, n_days - 1))
        )
        if not is_inside:
            row[at >= n_days] = -1
        if self.first >= 0:  # standing still is standing still
            row[weekday == self.first] = np.where(self.own_row >= 0, self.own_row, row)[
                weekday == self.first
            ]
        return row


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some pairs of one block of a group's draws.

    Attributes
    ----------
    block : number of the block
    kind : what they are
    first : weekday of their first day 0, which the moves of the block are added to
    """

    block: int
    kind: Kind
    first: int


def parts_of(evidence: Evidence, label: IntArray) -> list[Part]:
    """Cut the pairs of draws into parts by a label ``(N,)`` and by block; -1 leaves a pair out."""
    pairs, own = evidence.places, evidence.origin
    if pairs is None:
        raise ValueError("the weekdays of the pairs are not known")
    where = (pairs.width[own], pairs.security[own], pairs.weekday[own], pairs.own_row[own])
    asked = blake2b(digest_size=16)
    for each in (*where, evidence.sign, label, *(block.columns for block in evidence.blocks)):
        asked.update(len(each).to_bytes(8, "little") + np.ascontiguousarray(each).tobytes())
    # Draws of all times and of rough ones hold the same parts.
    last: LastRemade[bytes, list[Part]] = evidence.dependence.once("last parts", LastRemade)
    return last.of(asked.digest(), lambda: _parts_of(evidence, pairs, label))


def _parts_of(evidence: Evidence, pairs: Places, label: IntArray) -> list[Part]:
    block_of = np.empty(evidence.n_pairs, dtype=np.int64)
    for number, block in enumerate(evidence.blocks):
        block_of[block.columns] = number
    columns = np.flatnonzero(label >= 0)
    if not columns.size:
        return []
    own = evidence.origin[columns]
    has_weekday = pairs.has_weekday[own]
    table = np.column_stack(
        [
            pairs.width[own],
            pairs.security[own],
            pairs.weekday[own],
            evidence.sign[columns].astype(np.int64),
            np.where(has_weekday, -1, pairs.own_row[own]),
        ]
    )
    part = block_of[columns] * (int(label.max()) + 1) + label[columns]
    order = np.lexsort((*table.T[[4, 3, 0, 1, 2]], part))
    table, part, block_of = table[order], part[order], block_of[columns[order]]
    begins = np.flatnonzero(np.r_[True, part[1:] != part[:-1]])
    ends = np.append(begins[1:], len(part))
    firsts = table[begins, 2]
    table[:, 2] -= np.repeat(firsts, ends - begins)
    is_odd = np.logical_or.reduceat(table[:, 4] >= 0, begins)
    parts = []
    for begin, end, first, odd, block_number in zip(
        begins.tolist(), ends.tolist(), firsts.tolist(), is_odd.tolist(),
        block_of[begins].tolist(), strict=True,
    ):  # fmt: skip
        members = table[begin:end]
        stands = first if odd else -1
        key = members.tobytes() + stands.to_bytes(8, "little", signed=True)
        width, security, later, sign, own_row = members.T
        kind = Kind(key, width, security, later, sign, own_row, stands)
        parts.append(Part(block_number, kind, first))
    return parts


class _Series:
    """Numbers of one kind ``(k, D)``, and on which weekdays they are known."""

    __slots__ = ("is_known", "values")

    def __init__(self, n_numbers: int, n_days: int) -> None:
        self.values: FloatArray = np.full((n_numbers, n_days), np.nan)
        self.is_known: BoolArray = np.zeros(n_days, dtype=bool)


class MovedSums:
    """Numbers of kinds on every weekday, each computed once.

    Parameters
    ----------
    pairs
        The positions of every market on the weekdays.
    n_numbers
        Numbers of a kind on a weekday.
    """

    def __init__(self, pairs: Places, n_numbers: int) -> None:
        self._pairs = pairs
        self._n_numbers = n_numbers
        self._made: dict[bytes, _Series] = {}

    def of(
        self,
        asked: Iterable[tuple[Kind, IntArray]],
        compute: Callable[[Sequence[tuple[Kind, IntArray]]], FloatArray],
    ) -> list[FloatArray]:
        """Return the numbers of kinds on all weekdays ``(k, D)``, those asked for among them.

        A kind that is asked for on more than half of the weekdays is computed on all of them: it
        will be asked for often.

        Parameters
        ----------
        asked
            Kinds, and the weekdays ``(F,)`` they are moved to.
        compute
            Numbers of kinds on new weekdays, ``(k, sum F)``, one kind after the other.
        """
        found: list[FloatArray] = []
        fresh: dict[bytes, tuple[Kind, _Series, BoolArray]] = {}
        # A kind that is asked for twice is one, also where the first was let go in between.
        held: dict[bytes, _Series] = {}
        for kind, weekday in asked:
            series = held.get(kind.key) or held.setdefault(kind.key, self._series(kind))
            found.append(series.values)
            if series.is_known[weekday].all():
                continue
            wanted = fresh.setdefault(
                kind.key, (kind, series, np.zeros(len(series.is_known), dtype=bool))
            )[2]
            wanted[weekday] = True
        new: list[tuple[Kind, IntArray]] = []
        for kind, series, wanted in fresh.values():
            if 2 * np.count_nonzero(wanted | series.is_known) > len(wanted):
                every = np.arange(len(wanted))
                np.logical_or(wanted, (kind.rows(self._pairs, every) >= 0).all(axis=1), out=wanted)
            new.append((kind, np.flatnonzero(wanted & ~series.is_known)))
        if new:
            values, begin = compute(new), 0
            for (_, days), (_, series, _) in zip(new, fresh.values(), strict=True):
                series.values[:, days] = values[:, begin : begin + len(days)]
                series.is_known[days] = True
                begin += len(days)
        return found

    def _series(self, kind: Kind) -> _Series:
        series = self._made.get(kind.key)
        if series is None:
            size = self._n_numbers * self._pairs.n_days
            if len(self._made) * size > MOST_NUMBERS:
                self._made.clear()
            series = self._made[kind.key] = _Series(self._n_numbers, self._pairs.n_days)
        return series


class WholeSums:
    """Numbers of kinds that cost little, on all weekdays at once.

    Parameters
    ----------
    pairs
        The positions of every market on the weekdays.
    n_numbers
        Numbers of a kind on a weekday.
    """

    def __init__(self, pairs: Places, n_numbers: int) -> None:
        self._size = n_numbers * pairs.n_days
        self._made: dict[bytes, FloatArray] = {}

    def of(
        self,
        kinds: Sequence[Kind],
        compute: Callable[[Sequence[Kind]], FloatArray],
        about: bytes = b"",
    ) -> list[FloatArray]:
        """Return the numbers of kinds on all weekdays, ``(D, k)`` each.

        Parameters
        ----------
        compute
            Numbers of new kinds, ``(K, k, D)``.
        about
            What the numbers are made of, where that is not always the same.
        """
        keys = [about + kind.key for kind in kinds]
        new = {key: kind for key, kind in zip(keys, kinds, strict=True) if key not in self._made}
        found = {key: self._made[key] for key in keys if key not in new}
        if new:
            if (len(self._made) + len(new)) * self._size > MOST_NUMBERS:
                self._made.clear()
            values = np.ascontiguousarray(compute(list(new.values())).transpose(0, 2, 1))
            found |= dict(zip(new, values, strict=True))
            self._made |= found
        return [found[key] for key in keys]


def sums_over_pairs(
    kinds: Sequence[Kind], places: Places, values: FloatArray, is_signed: Sequence[bool]
) -> FloatArray:
    """Add up values of the pairs of kinds moved to every weekday, ``(K, k, D)``.

    What kinds hold on a day of theirs is a sparse matrix, with the values of every market on the
    weekdays one product; the sums of a kind's days are then added up, each from its own weekday on.

    Parameters
    ----------
    values
        ``(k, U)`` of every position, finite.
    is_signed
        Whether each of them is multiplied by the sign of the pair.
    """
    on_weekday = places.on_weekday
    n_days = places.n_days
    line = np.concatenate([kind.width * on_weekday.shape[1] + kind.security for kind in kinds])
    later = np.concatenate([kind.later for kind in kinds])
    sign = np.concatenate([kind.sign for kind in kinds]).astype(np.float64)
    owner = np.repeat(np.arange(len(kinds)), [len(kind.later) for kind in kinds])
    used, column = np.unique(line, return_inverse=True)
    rows = on_weekday.reshape(-1, n_days)[used]
    out = np.zeros((len(kinds), len(values), n_days))
    for number, (each, signed) in enumerate(zip(values, is_signed, strict=True)):
        series = np.where(rows >= 0, each[rows], 0.0)
        weight = sign if signed else np.ones(len(sign))
        add_shifted(out[:, number], owner, later, column.reshape(-1), weight, series)
    for number, kind in enumerate(kinds):
        if kind.first >= 0:  # standing still is standing still
            held = kind.rows(places, np.array([kind.first]))[0]
            each = np.where(held >= 0, values[:, held], 0.0)
            turn = np.where(np.array(is_signed)[:, None], kind.sign, 1.0)
            out[number, :, kind.first] = (each * turn).sum(axis=1)
    return out


def add_shifted(
    out: FloatArray,
    owner: IntArray,
    later: IntArray,
    column: IntArray,
    weight: FloatArray,
    series: FloatArray,
) -> None:
    """Add ``weight * series[column, d + later]`` to ``out[owner, d]`` on every weekday ``d``.

    Parameters
    ----------
    out, series
        ``(K, D)`` and ``(C, D)``.
    owner, later, column, weight
        ``(T,)`` each, in order of `owner` and then of `later`.
    """
    from scipy.sparse import csr_array

    if not owner.size:
        return
    n_days = series.shape[1]
    begin = np.flatnonzero(np.r_[True, (np.diff(owner) != 0) | (np.diff(later) != 0)])
    end = np.append(begin[1:], len(owner))
    for low in range(0, len(begin), _AT_A_TIME):
        some = slice(low, low + _AT_A_TIME)
        terms = slice(begin[some][0], end[some][-1])
        pointer = np.append(begin[some], end[some][-1]) - terms.start
        held = csr_array(
            (weight[terms], column[terms], pointer), shape=(len(pointer) - 1, len(series))
        )
        of_days = held @ series
        for own, step, values in zip(
            owner[begin[some]].tolist(), later[begin[some]].tolist(), of_days, strict=True
        ):
            out[own, : n_days - step] += values[step:]


def moved_totals(
    evidence: Evidence, parts: Sequence[Part], found: Sequence[FloatArray]
) -> FloatArray:
    """Add up numbers ``(D, k)`` of the kinds of parts in every draw, ``(k, B)``."""
    moves = [block.moves[block.pick] for block in evidence.blocks]
    total = np.zeros((evidence.n_draws, found[0].shape[1]))
    for part, values in zip(parts, found, strict=True):
        total += values.take(part.first + moves[part.block], axis=0)
    return total.T
