"""What draws hold of positions, where news reaches some markets together on one day.

The pairs of a block that lie on one weekday are nearly always one of a few sets of markets, once or
several times. The values of a set on each weekday are added up once for all draws, and a draw is a
line of fewer numbers. Pairs that are too many or too few of some market are looked up one by one.
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

    Single = npt.NDArray[np.float32]

# Days of blocks times markets that are looked at.
_MOST_CELLS = 1_000_000
# Sets of markets that are told apart.
_MOST_SETS = 4
# Positions that a matrix product goes through in the time of one that is looked up.
_LOOKED_UP = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MovedCounts:
    """How often draws hold the days of sets of markets, and other positions.

    Attributes
    ----------
    sets : ``(sets D, U)`` 1 for the positions of the markets of each set on every weekday
    days : ``(B, sets D)`` signed number of times that each draw holds each of them
    rest : ``(B, U)`` signed number of times that it holds a position beside these
    n_terms : values that are added up or taken away for a draw
    """

    sets: csr_array
    days: csr_array
    rest: csr_array
    n_terms: int

    def sums(
        self, values: npt.NDArray[np.number], draws: slice | IntArray = slice(None)
    ) -> FloatArray:
        """Sum over the pairs of draws of `values` ``(U, k)``, in single precision, ``(b, k)``."""
        own = values.astype(np.float32, copy=False)
        of_days = self.sets @ own
        return np.asarray(self.days[draws] @ of_days + self.rest[draws] @ own, dtype=np.float64)


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
    n_positions = len(evidence.table.security)
    lines = places.on_weekday.reshape(-1, places.n_days)
    # A pair that stands still on a day that is no weekday is not looked up by its weekday.
    if not parts or any(part.kind.first >= 0 for part in parts):
        return None
    counted = _by_day(parts, places, len(lines), signed=signed)
    if counted is None:
        return None
    block, first, number = counted
    together, times = _sets(number)
    of_set, day = np.nonzero(times)
    single, line = np.nonzero(number)
    if not together or _LOOKED_UP * (len(day) + len(single)) > n_positions:
        return None
    moves = np.stack([each.moves[each.pick] for each in evidence.blocks])
    weekday = moves[block] + first[:, None]  # of each day and draw
    rows = lines[line[:, None], weekday[single]]
    n_lines = np.array([len(each) for each in together])
    return MovedCounts(
        sets=_of_sets([lines[each] for each in together], n_positions),
        days=_lines(
            of_set[:, None] * places.n_days + weekday[day],
            times[of_set, day],
            len(together) * places.n_days,
        ),
        rest=_lines(rows, number[single, line], n_positions),
        n_terms=int(n_lines @ np.abs(times).sum(axis=1) + np.abs(number).sum()),
    )


def _of_sets(sets: list[IntArray], n_positions: int) -> csr_array:
    """Positions of each set's markets on every weekday as lines of 1."""
    from scipy.sparse import csr_array

    rows = np.concatenate([each.T.reshape(-1) for each in sets])
    sizes = np.concatenate([(each >= 0).sum(axis=0) for each in sets])
    held = rows[rows >= 0]
    pointer = np.concatenate([[0], np.cumsum(sizes)])
    form = (np.ones(len(held), dtype=np.float32), held, pointer)
    return csr_array(form, shape=(len(sizes), n_positions))


def _sets(number: IntArray) -> tuple[list[IntArray], IntArray]:
    """Sets of markets, and how often each day holds each of them, ``(sets, n)``.

    `number` ``(n, lines)`` of pairs is left with those that are too many or too few.
    """
    together: list[IntArray] = []
    times: list[IntArray] = []
    while len(together) < _MOST_SETS:
        held, weights = np.unique(number != 0, axis=0, return_counts=True)
        gain = weights * (held.sum(axis=1) - 1)
        if together and gain.max() <= 0:
            break
        lines = np.flatnonzero(held[np.argmax(gain)])
        if not lines.size:
            break
        # So often is a day of all held that fewest markets have more or less.
        often = np.sort(number[:, lines], axis=1)[:, (len(lines) - 1) // 2]
        number[:, lines] -= often[:, None]
        together.append(lines)
        times.append(often)
    return together, np.array(times).reshape(len(times), len(number))


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


def _lines(columns: IntArray, number: IntArray, width: int) -> csr_array:
    """Numbers ``(T,)`` at the columns ``(T, B)`` of every draw, ``(B, width)``; -1 is none."""
    from scipy.sparse import csr_array

    n_draws = columns.shape[1]
    data = np.where(columns >= 0, number[:, None], 0).T.astype(np.float32)
    pointer = np.arange(n_draws + 1) * len(number)
    form = (data.ravel(), np.maximum(columns, 0).T.ravel(), pointer)
    return csr_array(form, shape=(n_draws, width))
