"""Where the event dates of a group may be moved to: all placements, or draws of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from eventstudy._typing import TIE
from eventstudy.estimation.clusters import weekday_date, weekday_number
from eventstudy.inference.evidence import Block
from eventstudy.inference.moves import choose_moves
from eventstudy.inference.pvalues import against_null, rank_pvalue
from eventstudy.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy._typing import Alternative, DateArray, FloatArray, IntArray
    from eventstudy.estimation.abnormal import AbnormalReturns, CumulativeReturns
    from eventstudy.estimation.clusters import Structure
    from eventstudy.inference.dependence import ResidualDependence
    from eventstudy.windows import Window

    Choose = Callable[
        [IntArray, list[IntArray], int, int, tuple[int, ...]], tuple[IntArray | None, bool]
    ]

# Weekdays that one window keeps of clusters like others, 8 bytes each.
_MOST_BEGINS = 2_000_000

MIN_PLACEMENTS = 20
MOST_DRAWS = 100_000
"""What a study may ask for: more would tell nothing new."""
TOO_FEW_STATISTICS = f"fewer than {MIN_PLACEMENTS} placements have a statistic"


class PositionEstimates(Protocol):
    """The placebo positions of a study too large to keep their sessions, estimated when asked."""

    def totals(self, windows: Sequence[Window]) -> dict[Window, CumulativeReturns]:
        """CAR, z and volatility of every position in each window; the rest is NaN."""
        ...

    def taken(self, rows: IntArray) -> tuple[AbnormalReturns, ResidualDependence]:
        """Abnormal returns of some positions, and how their residuals move together."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaceboTable:
    """Every position of every market at which a placebo may fall.

    Attributes
    ----------
    table : abnormal returns of the ``U`` positions
    widths : ``(X,)`` ascending, by how many sessions windows may start earlier; 0 among them
    index : ``(X, N, T)`` row of the table for width, security and column; -1 where none can be
        estimated
    on_or_after : ``(N, D)`` column of the first session on or after each weekday; -1 if none
    first_weekday : number of the weekday in column 0 of `on_or_after`
    last_row : ``(N,)`` last column with data
    first_row : ``(N,)`` first column with data, where no estimation window lies before the event
        window and keeps it away from there; else None
    estimates : of a study too large to keep the sessions of every position, what it estimates of
        them when asked; the `table` then holds none. Else None
    """

    table: AbnormalReturns
    widths: IntArray
    index: IntArray
    on_or_after: IntArray
    first_weekday: int
    last_row: IntArray
    first_row: IntArray | None = None
    estimates: PositionEstimates | None = None


def session_lookup(dates: DateArray) -> tuple[IntArray, int]:
    """Column of each market's first session on or after every weekday.

    Parameters
    ----------
    dates : ``(N, T)`` session labels, NaT padded.

    Returns
    -------
    ``(N, D)`` columns, -1 past the last session, and the number of the first weekday.
    """
    places: dict[bytes, int] = {}  # markets of one calendar are looked up once
    calendar = [places.setdefault(line.tobytes(), len(places)) for line in dates]
    days = dates[np.unique(calendar, return_index=True)[1]].astype("datetime64[D]")
    has_date = ~np.isnat(days)
    numbers = weekday_number(days[has_date])
    low, high = int(numbers.min()), int(numbers.max())
    weekdays = weekday_date(np.arange(low, high + 1))
    lookup = np.full((len(days), len(weekdays)), -1, dtype=np.int64)
    for row, (line, line_has_date) in enumerate(zip(days, has_date, strict=True)):
        sessions = line[line_has_date]
        at = np.searchsorted(sessions, weekdays, side="left")
        lookup[row] = np.where(at < len(sessions), at, -1)
    return lookup[calendar], low


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placements:
    """Where the clusters of one group go in every draw.

    Attributes
    ----------
    blocks : one a cluster, with the positions of its pairs at each admissible move
    enumerated : True when every placement there is was used
    holds_real : True when the real dates are one of them
    reason : why there are none
    """

    blocks: tuple[Block, ...]
    enumerated: bool
    holds_real: bool
    reason: str = ""

    @property
    def lists_real(self) -> bool:
        """Whether all placements are listed, the real dates among them: the data are one draw."""
        return self.enumerated and self.holds_real

    @property
    def min_draws(self) -> int:
        """How many draws must have a statistic for it to be ranked."""
        return MIN_PLACEMENTS if self.enumerated else 1

    def rank(
        self, statistic: float, draws: FloatArray, alternative: Alternative
    ) -> tuple[float, int] | None:
        """Return a statistic's rank among those of the draws that have one, and their number.

        None where the data have none, or too few draws.
        """
        size = against_null(draws[np.isfinite(draws)], alternative)
        if not np.isfinite(statistic) or len(size) < self.min_draws:
            return None
        value = against_null(statistic, alternative)
        return float(rank_pvalue(value, size, holds_value=self.lists_real)), len(size)


def draw_placements(
    placebo: PlaceboTable,
    structure: Structure,
    *,
    security: IntArray,
    day0: IntArray,
    date: DateArray,
    extension: IntArray,
    start: int,
    end: int,
    gap: int,
    draws: int,
    seed: tuple[int, ...],
    decile: IntArray | None = None,
    begin: DateArray | None = None,
    choose: Choose | None = None,
    positions: Positions | None = None,
) -> Placements:
    """Draw placebo dates: each cluster moves rigidly by whole weekdays, clusters `gap` apart.

    A placebo day 0 is each market's first session on or after the moved date. A move is
    admissible when every position it makes has an estimation window and a window ``[start, end]``
    inside the data. If at most `draws` placements exist, all of them are used.

    With `decile` ``(U,)``, the volatility decile of every position, a move is admissible only
    where the mean decile of the cluster's pairs lies at most one from that on the real dates.

    A pair that stands for several day 0s reaches from the earliest, `begin` ``(N,)``, to its own.
    `choose` is `choose_moves`, or what remembers its answers; `positions` are those of the table
    and the window, where they are known already.
    """
    if not draws:
        return _none("no placebo draws were asked for (statistics.draws = 0)")
    positions = Positions(placebo, start, end) if positions is None else positions
    weekday = weekday_number(date)
    earliest = weekday if begin is None else weekday_number(begin)
    order = np.argsort(structure.cluster, kind="stable")
    edges = np.flatnonzero(np.diff(structure.cluster[order], prepend=-1))
    spans = np.column_stack(
        [np.minimum.reduceat(earliest[order], edges), np.maximum.reduceat(weekday[order], edges)]
    )
    sets = positions.sets(
        security[order], day0[order], weekday[order], extension[order], order, edges
    )
    moves: list[IntArray] = []
    for pairs in sets:
        move = positions.moves(pairs)
        if not move.size:
            return _none("no placebo date has a full estimation window and event window")
        if decile is not None:
            levels = decile[positions.rows(pairs, move)].mean(axis=1)
            matches = np.abs(levels - decile[pairs.own_rows(placebo)].mean()) <= 1.0 + TIE
            move = move[matches]
            if not move.size:
                return _none("no placebo date is about as volatile beforehand as the real dates")
        moves.append(move)

    chosen, enumerated = (choose or choose_moves)(spans, moves, gap, draws, seed)
    if chosen is None:
        return _none("the event dates leave no room to move them apart")
    if enumerated and len(chosen) < MIN_PLACEMENTS:
        return _none(too_few_placements(len(chosen)))
    blocks = []
    unmoved = np.arange(len(chosen))  # the draws that leave every cluster so far where it is
    for pairs, move, pick in zip(sets, moves, chosen.T, strict=True):
        used, pick_used = _numbered(pick, len(move))
        taken = move[used]
        rows = positions.rows(pairs, taken)
        blocks.append(Block(columns=pairs.columns, rows=rows, moves=taken, pick=pick_used))
        if unmoved.size:
            unmoved = unmoved[taken[pick_used[unmoved]] == 0]
    return Placements(blocks=tuple(blocks), enumerated=enumerated, holds_real=bool(unmoved.size))


def _numbered(pick: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """Return which of `size` choices are picked, ascending, and the picks as numbers of these."""
    is_used = np.zeros(size, dtype=bool)
    is_used[pick] = True
    used = np.flatnonzero(is_used)
    number = np.empty(size, dtype=np.int64)
    number[used] = np.arange(len(used))
    return used, number.take(pick)


def volatility_decile(placebo: PlaceboTable, volatility: FloatArray) -> IntArray:
    """Decile, 0 to 9, of each position's volatility among those of its market, ``(U,)``.

    By mid-rank, so that equal volatilities are in one decile. Positions whose windows start
    earlier are ranked among themselves.
    """
    from scipy.stats import rankdata

    table = placebo.table
    out = np.zeros(len(volatility), dtype=np.int64)
    label = table.security * (int(table.extension.max(initial=0)) + 1) + table.extension
    for value in np.unique(label):
        members = np.flatnonzero(label == value)
        share = (rankdata(volatility[members]) - 0.5) / len(members)
        out[members] = np.minimum(10.0 * share, 9.0).astype(np.int64)
    return out


def too_few_placements(number: int, where: str = "") -> str:
    """Return why so many placements are not ranked among; `where` they fit the data."""
    return (
        f"only {counted(number, 'placement')} of the event dates fit the data{where}, "
        f"fewer than {MIN_PLACEMENTS}"
    )


def _none(reason: str) -> Placements:
    return Placements(blocks=(), enumerated=False, holds_real=False, reason=reason)


def admissible_moves(
    placebo: PlaceboTable,
    security: IntArray,
    day0: IntArray,
    weekday: IntArray,
    extension: IntArray,
    start: int,
    end: int,
) -> tuple[IntArray, IntArray]:
    """Admissible moves of one cluster ``(M,)`` and its positions there ``(M, n)``."""
    positions = Positions(placebo, start, end)
    (pairs,) = positions.sets(
        security, day0, weekday, extension, np.arange(len(security)), np.zeros(1, dtype=np.int64)
    )
    move = positions.moves(pairs)
    return move, positions.rows(pairs, move)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairSet:
    """Pairs of one cluster, which move together, ``(n,)`` each.

    Attributes
    ----------
    columns, security, day0 : which they are in the group, their markets and columns of day 0
    width : of each in `PlaceboTable.widths`
    first : their first weekday, counted from that of the placebo table
    later, last : weekdays of each after the first, and of the last
    own : row of each where it is, -1 where its window does not lie inside the data
    stands : whether all of them have one
    line, place : line of each in the table of `Positions`, and where in the table it is
    """

    columns: IntArray
    security: IntArray
    day0: IntArray
    width: IntArray
    first: int
    later: IntArray
    last: int
    own: IntArray
    stands: bool
    line: IntArray
    place: IntArray

    def own_rows(self, placebo: PlaceboTable) -> IntArray:
        """Row of each pair where it is, whatever its window."""
        return placebo.index[self.width, self.security, self.day0]


class Positions:
    """Where pairs may be moved to in a window ``[start, end]``, by their markets and distances.

    Most clusters of a study are like others: they hold the same markets on weekdays as far apart.
    On which weekdays such a cluster may begin is found once for all groups.

    Notes
    -----
    A weekday of a market has the row of its first session on or after, where the window there lies
    inside the data; else -1. A session on a Saturday has no weekday of its own: what stands still
    stands where it is.
    """

    def __init__(self, placebo: PlaceboTable, start: int, end: int) -> None:
        self._placebo = placebo
        self._start, self._end = start, end
        # Rows on every weekday, a line for each width and market that was asked for.
        self._line_of = np.full(placebo.index.shape[:2], -1, dtype=np.int64)
        self._table = np.empty((0, placebo.on_or_after.shape[1]), dtype=np.int64)
        self._begins: dict[bytes, IntArray] = {}
        self._n_begins_kept = 0

    def sets(
        self,
        security: IntArray,
        day0: IntArray,
        weekday: IntArray,
        extension: IntArray,
        columns: IntArray,
        begins: IntArray,
    ) -> list[PairSet]:
        """Return pairs by their places, cluster after cluster, each of them moved together.

        `begins` are the first of each cluster.
        """
        width = np.searchsorted(self._placebo.widths, extension)
        lines = self._line(width, security)
        own = self._on_column(width, security, day0)
        first = np.minimum.reduceat(weekday, begins)
        ends = np.append(begins[1:], len(weekday))
        later = weekday - np.repeat(first, ends - begins)
        first = first - self._placebo.first_weekday
        # Each pair from its own weekday on, whatever its line of the table.
        place = lines * self._table.shape[1] + weekday - self._placebo.first_weekday
        found = []
        for begin, end, each, last, stands in zip(
            begins.tolist(),
            ends.tolist(),
            first.tolist(),
            np.maximum.reduceat(later, begins).tolist(),
            np.logical_and.reduceat(own >= 0, begins).tolist(),
            strict=True,
        ):
            members = slice(begin, end)
            found.append(
                PairSet(
                    columns=columns[members],
                    security=security[members],
                    day0=day0[members],
                    width=width[members],
                    first=each,
                    later=later[members],
                    last=last,
                    own=own[members],
                    stands=stands,
                    line=lines[members],
                    place=place[members],
                )
            )
        return found

    def moves(self, pairs: PairSet) -> IntArray:
        """Return the admissible moves of some pairs, ascending ``(M,)``."""
        begins = self._common(pairs)
        at = int(np.searchsorted(begins, pairs.first))
        is_listed = at < len(begins) and int(begins[at]) == pairs.first
        if pairs.stands and not is_listed and 0 <= pairs.first < self._n_begins(pairs):
            begins = np.insert(begins, at, pairs.first)
        elif is_listed and not pairs.stands:
            begins = np.delete(begins, at)
        return begins - pairs.first

    def rows(self, pairs: PairSet, moves: IntArray) -> IntArray:
        """Return the rows of some pairs at admissible moves, ``(M, n)``."""
        rows: IntArray = self._table.ravel().take(moves[:, None] + pairs.place)
        rows[moves == 0] = pairs.own
        return rows

    def _common(self, pairs: PairSet) -> IntArray:
        """Weekdays on which the first day 0 of pairs like these may be, not asking where they are.

        On each of them every pair has a row.
        """
        key = pairs.line.tobytes() + pairs.later.tobytes()
        if key in self._begins:
            return self._begins[key]
        has_row = np.ones(max(self._n_begins(pairs), 0), dtype=bool)
        for line, later in set(zip(pairs.line.tolist(), pairs.later.tolist(), strict=True)):
            has_row &= self._table[line, later : later + len(has_row)] >= 0
        begins = np.flatnonzero(has_row)
        if self._n_begins_kept + len(begins) <= _MOST_BEGINS:
            self._n_begins_kept += len(begins)
            self._begins[key] = begins
        return begins

    def _n_begins(self, pairs: PairSet) -> int:
        return self._table.shape[1] - pairs.last

    def _line(self, width: IntArray, security: IntArray) -> IntArray:
        """Return the line of `_table` of each width and market, made when first asked for."""
        lines = self._line_of[width, security]
        if lines.min() < 0:
            used = int(self._line_of.max()) + 1
            of_width, of_market = np.unique(np.stack([width, security])[:, lines < 0], axis=1)
            self._line_of[of_width, of_market] = used + np.arange(len(of_width))
            columns = self._placebo.on_or_after[of_market]
            rows = self._on_column(of_width[:, None], of_market[:, None], columns)
            self._table = np.concatenate([self._table, rows])
            lines = self._line_of[width, security]
        return lines

    def _on_column(self, width: IntArray, security: IntArray, column: IntArray) -> IntArray:
        """Rows for these places in `widths`, markets and columns, of which -1 is none."""
        placebo = self._placebo
        first = column + self._start - placebo.widths[width]
        lowest = 0 if placebo.first_row is None else np.maximum(placebo.first_row[security], 0)
        inside = (first >= lowest) & (column + self._end <= placebo.last_row[security])
        row = placebo.index[width, security, np.maximum(column, 0)]
        return np.where(inside & (column >= 0), row, -1)


def positions_at(
    placebo: PlaceboTable,
    security: IntArray,
    day0: IntArray,
    weekday: IntArray,
    extension: IntArray,
    move: IntArray,
) -> IntArray:
    """Positions of pairs at any moves, admissible or not, ``(M, n)``; -1 where there is none."""
    at = weekday[None, :] + move[:, None] - placebo.first_weekday
    inside = (at >= 0) & (at < placebo.on_or_after.shape[1])
    # The first session on or after each moved date.
    column = np.where(inside, placebo.on_or_after[security[None, :], np.where(inside, at, 0)], -1)
    # A session on a Saturday has no weekday of its own; standing still is standing still.
    column[move == 0] = day0
    width = np.searchsorted(placebo.widths, extension)
    row = placebo.index[width, security, np.maximum(column, 0)]
    return np.where(column >= 0, row, -1)


def draw_seed(seed: int, gap: int, end: int) -> tuple[int, ...]:
    """Seed of the draws of windows that end at `end`: the same whatever else the study holds.

    `choose_moves` adds the dates that move: groups of the same pairs have the same draws whatever
    they are called.
    """
    return (seed, gap, end + 1_000)
