"""Numbers of pairs that are moved together, by what they are and the weekday they are moved to.

A cluster or a date portfolio of a group is the same markets on days as far apart as in many other
groups: it is of their *kind*. Moved to one weekday, pairs of one kind are the same positions,
whatever the group, draw and window, so that a number of them (a sum of correlations, a standardised
return) is computed once for each weekday, and a draw picks it by its move.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.inference.evidence import Evidence, Places

MOST_NUMBERS = 8_000_000
"""Numbers that are kept for one question, 8 bytes each; beyond these all are computed anew."""


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
        at = weekday[:, None] + self.later
        inside = at < pairs.n_days
        row = pairs.on_weekday[self.width, self.security, np.minimum(at, pairs.n_days - 1)]
        row = np.where(inside, row, -1)
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
    pairs = evidence.places
    if pairs is None:
        raise ValueError("the weekdays of the pairs are not known")
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
    """Numbers of one kind ``(k, D)``, on which weekdays they are known, and how often asked for."""

    __slots__ = ("is_known", "n_asked", "values")

    def __init__(self, n_numbers: int, n_days: int) -> None:
        self.values: FloatArray = np.full((n_numbers, n_days), np.nan)
        self.is_known: BoolArray = np.zeros(n_days, dtype=bool)
        self.n_asked = 0


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

        A kind that is asked for on new weekdays once more is computed on all of them: it will be
        asked for often.

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
            if series.n_asked:
                every = np.arange(len(wanted))
                np.logical_or(wanted, (kind.rows(self._pairs, every) >= 0).all(axis=1), out=wanted)
            series.n_asked += 1
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


def moved_totals(
    evidence: Evidence,
    parts: Sequence[Part],
    sums: MovedSums,
    compute: Callable[[Sequence[tuple[Kind, IntArray]]], FloatArray],
) -> FloatArray:
    """Add up numbers of parts in every draw, ``(k, B)``; `compute` as in `MovedSums.of`."""
    asked = [(part.kind, part.first + evidence.blocks[part.block].moves) for part in parts]
    found = sums.of(asked, compute)
    total = np.zeros((len(found[0]), evidence.n_draws))
    for part, values in zip(parts, found, strict=True):
        block = evidence.blocks[part.block]
        total += values.take((part.first + block.moves)[block.pick], axis=1)
    return total
