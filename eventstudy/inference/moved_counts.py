"""What draws hold of positions, where most news reaches the same markets on one day.

The pairs of a block that lie on one weekday are nearly always every market of the study, once or
several times. Such days are counted as days: a draw is a line of fewer numbers, and the values of a
day are added up once for all draws. The pairs that are too many or too few of some market are
counted beside them, one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.moved_sums import parts_of

if TYPE_CHECKING:
    import numpy.typing as npt
    from scipy.sparse import csr_array

    from eventstudy._typing import FloatArray, IntArray
    from eventstudy.inference.evidence import Evidence, Places
    from eventstudy.inference.moved_sums import Part

# Days of blocks times markets that are looked at.
_MOST_CELLS = 1_000_000
# Positions that a matrix product goes through in the time of one that is looked up.
_LOOKED_UP = 30


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MovedCounts:
    """How often draws hold the days of all markets together, and other positions.

    Attributes
    ----------
    days : ``(B, D)`` signed number of times that each draw holds each weekday
    rows : ``(m, D)`` position of each of the markets on it; -1 where there is none, and none is
        held
    rest : ``(B, U)`` signed number of times that a draw holds a position beside these
    """

    days: npt.NDArray[np.float32]
    rows: IntArray
    rest: csr_array

    def sums(
        self,
        values: npt.NDArray[np.number],
        kind: npt.DTypeLike = np.float64,
        draws: slice | IntArray = slice(None),
    ) -> FloatArray:
        """Sum over the pairs of draws of `values` ``(U, k)``, ``(B, k)``, computed as of `kind`."""
        of_days = np.zeros((self.days.shape[1], values.shape[1]), dtype=kind)
        for rows in self.rows:
            there = np.flatnonzero(rows >= 0)
            if len(there) == len(rows):
                np.add(of_days, values.take(rows, axis=0), out=of_days, casting="same_kind")
            else:
                of_days[there] += values.take(rows[there], axis=0)
        total = (self.days[draws].astype(kind, copy=False) @ of_days).astype(np.float64, copy=False)
        if self.rest.nnz:
            is_floating = np.issubdtype(values.dtype, np.floating)
            rest = self.rest[draws].astype(values.dtype if is_floating else kind)
            total += rest @ values
        return total


def moved_counts(evidence: Evidence, *, signed: bool) -> MovedCounts | None:
    """Count what draws hold by days; None where that is no gain, or where it is not known."""
    places = evidence.places
    if places is None or evidence.once is None or evidence.n_draws == 1:
        return None
    is_turned = signed and bool((evidence.sign < 0).any())
    return evidence.of_draws(
        f"counts of days {is_turned}", lambda: _counted(evidence, places, signed=is_turned)
    )


def _counted(evidence: Evidence, places: Places, *, signed: bool) -> MovedCounts | None:
    parts = parts_of(evidence, np.zeros(evidence.n_pairs, dtype=np.int64))
    n_days, n_positions = places.n_days, len(evidence.table.security)
    lines = places.on_weekday.reshape(-1, n_days)
    # A pair that stands still on a day that is no weekday is not looked up by its weekday.
    if any(part.kind.first >= 0 for part in parts):
        return None
    counted = _by_day(parts, places, len(lines), signed=signed)
    if counted is None:
        return None
    block, first, number = counted
    held, weights = np.unique(number != 0, axis=0, return_counts=True)
    together = np.flatnonzero(held[np.argmax(weights * held.sum(axis=1))])
    # So often is a day of all held that fewest markets have more or less.
    times = np.sort(number[:, together], axis=1)[:, len(together) // 2]
    number[:, together] -= times[:, None]
    day, line = np.nonzero(number)
    if n_days + _LOOKED_UP * len(day) > n_positions:
        return None
    moves = np.stack([part.moves[part.pick] for part in evidence.blocks])
    weekday = moves[block] + first[:, None]  # of each day and draw
    return MovedCounts(
        days=_days(weekday, times, n_days),
        rows=lines[together],
        rest=_rest(lines[line[:, None], weekday[day]], number[day, line], n_positions),
    )


def _by_day(
    parts: list[Part], places: Places, n_lines: int, *, signed: bool
) -> tuple[IntArray, IntArray, IntArray] | None:
    """Block, first weekday and number of pairs of each market of each day of a block.

    ``(n,)``, ``(n,)`` and ``(n, lines)``; None where they are too many.
    """
    n_markets = places.on_weekday.shape[1]
    sizes = [len(part.kind.later) for part in parts]
    block = np.repeat([part.block for part in parts], sizes)
    first = np.concatenate([part.first + part.kind.later for part in parts])
    line = np.concatenate([part.kind.width * n_markets + part.kind.security for part in parts])
    sign = np.concatenate([part.kind.sign for part in parts]) if signed else np.ones(len(line))
    days, at = np.unique(np.column_stack([block, first]), axis=0, return_inverse=True)
    if len(days) * n_lines > _MOST_CELLS:
        return None
    cell = at.reshape(-1) * n_lines + line
    number = np.bincount(cell, weights=sign, minlength=len(days) * n_lines)
    return days[:, 0], days[:, 1], np.rint(number).astype(np.int64).reshape(len(days), n_lines)


def _days(weekday: IntArray, times: IntArray, n_days: int) -> npt.NDArray[np.float32]:
    n_draws = weekday.shape[1]
    cell = weekday + np.arange(n_draws) * n_days
    weights = np.repeat(times.astype(np.float64), n_draws)
    found = np.bincount(cell.ravel(), weights=weights, minlength=n_draws * n_days)
    return found.astype(np.float32).reshape(n_draws, n_days)


def _rest(rows: IntArray, number: IntArray, n_positions: int) -> csr_array:
    from scipy.sparse import csr_array

    n_draws = rows.shape[1]
    data = np.where(rows >= 0, number[:, None], 0).T.astype(np.float64)
    pointer = np.arange(n_draws + 1) * len(number)
    form = (data.ravel(), np.maximum(rows, 0).T.ravel(), pointer)
    return csr_array(form, shape=(n_draws, n_positions))
