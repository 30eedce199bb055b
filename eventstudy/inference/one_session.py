"""Ranks and signs in tables that differ on one session only.

A known effect or more variance is put on one session of the event window. All others stay as they
are, and so does their order: it is found once, and the session that differs is ranked among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.once import mark_of
from eventstudy.inference.pair_sums import pair_sums, sums_of_few
from eventstudy.inference.ranking import ranked
from eventstudy.inference.session_order import both_windows, median_of, portions

if TYPE_CHECKING:
    import numpy.typing as npt

    from eventstudy._typing import FloatArray
    from eventstudy.inference.evidence import Evidence

    Halves = npt.NDArray[np.float32]
    Signs = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OtherSessions:
    """All sessions of both windows but one, in order.

    Attributes
    ----------
    mark : what tells them from others
    values : ``(U, L+W)``; NaN where missing, and on the session that is left out
    ranks : ``(U, L+W)`` centred mid-ranks; 0 where missing
    signs : ``(U, L+W)`` signs about the median; 0 where missing
    below, above : ``(2, U)`` neighbours, in order, of the two values whose mean is the median once
        there is one more
    median : ``(U,)``
    """

    mark: str
    values: FloatArray
    ranks: Halves
    signs: Signs
    below: FloatArray
    above: FloatArray
    median: FloatArray

    def with_one(self, more: FloatArray) -> FloatArray:
        """Median of each position with one more value ``(U,)``; NaN is none."""
        middle = np.maximum(self.below, np.minimum(more, self.above))
        return np.where(np.isnan(more), self.median, 0.5 * (middle[0] + middle[1]))


def other_sessions(evidence: Evidence, column: int) -> OtherSessions:
    """Put all sessions but that of a column of the event window in order."""
    table = evidence.table
    others = np.delete(table.abnormal, column, axis=1)
    mark = f"{column} {mark_of(others)}"

    def make() -> OtherSessions:
        size, at = len(table.residuals), table.residuals.shape[1] + column
        shape = (size, table.residuals.shape[1] + table.abnormal.shape[1])
        values, ranks = np.empty(shape), np.empty(shape, dtype=np.float32)
        signs = np.empty(shape, dtype=np.int8)
        below, above, median = np.empty((2, size)), np.empty((2, size)), np.empty(size)
        for part in portions(table):
            some = both_windows(table, part)
            some[:, at] = np.nan
            values[part] = some
            centred, ordered = ranked(some)
            ranks[part] = np.nan_to_num(centred)
            number = np.isfinite(ordered).sum(axis=1)
            line = np.arange(len(some))
            median[part] = median_of(ordered)
            for which, place in enumerate((number // 2, (number + 1) // 2)):
                before = ordered[line, np.maximum(place - 1, 0)]
                below[which, part] = np.where(place > 0, before, -np.inf)
                above[which, part] = ordered[line, place]
            signs[part] = _about(some, median[part])
        return OtherSessions(
            mark=mark, values=values, ranks=ranks, signs=signs, below=below, above=above,
            median=median,
        )  # fmt: skip

    return evidence.dependence.once(f"other sessions {mark}", make)


def ranks_with_one(evidence: Evidence, column: int) -> Halves:
    """Centred mid-ranks of the sessions of both windows ``(U, L+W)``; 0 where missing.

    One more value lifts those above it by a half beside their mean, and lowers those below.
    """
    table, others = evidence.table, other_sessions(evidence, column)
    ranks = np.empty(others.ranks.shape, dtype=np.float32)
    for part in portions(table):
        side = _about(others.values[part], table.abnormal[part, column])
        np.multiply(side, np.float32(0.5), out=ranks[part])
        ranks[part] += others.ranks[part]
        ranks[part, table.residuals.shape[1] + column] = -0.5 * side.sum(axis=1, dtype=np.int64)
    return ranks


def sign_sums_with_one(evidence: Evidence, column: int) -> FloatArray:
    """Sum over the pairs of every draw of the signs about the median, ``(B, L+W)``.

    One more value moves the median past few others: they alone are added up anew.
    """
    table, others = evidence.table, other_sessions(evidence, column)
    more = table.abnormal[:, column]
    median = others.with_one(more)
    lines, columns, changes = [], [], []
    for part in portions(table):
        change = _about(others.values[part], median[part])
        change[:, table.residuals.shape[1] + column] = _about(more[part, None], median[part])[:, 0]
        change -= others.signs[part]
        line, place = np.nonzero(change)
        lines.append(line + part.start)
        columns.append(place)
        changes.append(change[line, place].astype(np.float64))
    known = evidence.of_draws(
        f"signs of {others.mark}", lambda: pair_sums(evidence, others.signs, in_halves=True)
    )
    few = np.concatenate(lines), np.concatenate(columns), np.concatenate(changes)
    return known + sums_of_few(evidence, *few, known.shape[1])


def _about(values: FloatArray, limit: FloatArray) -> Signs:
    """Sign of ``(u, k)`` values about the limit of their line ``(u,)``; 0 where one is missing."""
    above, below = values > limit[:, None], values < limit[:, None]
    return np.asarray(above.view(np.int8) - below.view(np.int8))
