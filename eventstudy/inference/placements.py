"""Where the event dates of a group may be moved to: all placements, or draws of them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from eventstudy._typing import TIE
from eventstudy.estimation.clusters import weekday_date, weekday_number
from eventstudy.inference.evidence import Block
from eventstudy.inference.pvalues import against_null, rank_pvalue
from eventstudy.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy._typing import Alternative, BoolArray, DateArray, FloatArray, IntArray
    from eventstudy.estimation.abnormal import AbnormalReturns, CumulativeReturns
    from eventstudy.estimation.clusters import Structure
    from eventstudy.inference.dependence import ResidualDependence
    from eventstudy.windows import Window

    Choose = Callable[
        [IntArray, list[IntArray], int, int, tuple[int, ...]], tuple[IntArray | None, bool]
    ]

MIN_PLACEMENTS = 20
MOST_DRAWS = 100_000
"""What a study may ask for: more would tell nothing new."""
TOO_FEW_STATISTICS = f"fewer than {MIN_PLACEMENTS} placements have a statistic"
_ROUNDS = 60


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
) -> Placements:
    """Draw placebo dates: each cluster moves rigidly by whole weekdays, clusters `gap` apart.

    A placebo day 0 is each market's first session on or after the moved date. A move is
    admissible when every position it makes has an estimation window and a window ``[start, end]``
    inside the data. If at most `draws` placements exist, all of them are used.

    With `decile` ``(U,)``, the volatility decile of every position, a move is admissible only
    where the mean decile of the cluster's pairs lies at most one from that on the real dates.

    A pair that stands for several day 0s reaches from the earliest, `begin` ``(N,)``, to its own.
    `choose` is `choose_moves`, or what remembers its answers.
    """
    if not draws:
        return _none("no placebo draws were asked for (statistics.draws = 0)")
    position = _Positions(placebo, start, end)
    weekday = weekday_number(date)
    earliest = weekday if begin is None else weekday_number(begin)
    n_clusters = int(structure.cluster.max(initial=-1)) + 1
    spans = np.empty((n_clusters, 2), dtype=np.int64)
    columns: list[IntArray] = []
    moves: list[IntArray] = []
    rows: list[IntArray] = []
    for number in range(n_clusters):
        members = np.flatnonzero(structure.cluster == number)
        spans[number] = earliest[members].min(), weekday[members].max()
        move, row = _admissible(
            placebo,
            position,
            security[members],
            day0[members],
            weekday[members],
            extension[members],
        )
        if not move.size:
            return _none("no placebo date has a full estimation window and event window")
        if decile is not None:
            real_rows = placebo.index[
                np.searchsorted(placebo.widths, extension[members]),
                security[members],
                day0[members],
            ]
            matches = np.abs(decile[row].mean(axis=1) - decile[real_rows].mean()) <= 1.0 + TIE
            move, row = move[matches], row[matches]
            if not move.size:
                return _none("no placebo date is about as volatile beforehand as the real dates")
        columns.append(members)
        moves.append(move)
        rows.append(row)

    chosen, enumerated = (choose or choose_moves)(spans, moves, gap, draws, seed)
    if chosen is None:
        return _none("the event dates leave no room to move them apart")
    if enumerated and len(chosen) < MIN_PLACEMENTS:
        return _none(too_few_placements(len(chosen)))
    blocks = tuple(
        Block(columns=columns[c], rows=rows[c], moves=moves[c], pick=chosen[:, c]).picked()
        for c in range(n_clusters)
    )
    unmoved = np.arange(len(chosen))  # the draws that leave every cluster so far where it is
    for c in range(n_clusters):
        unmoved = unmoved[moves[c][chosen[unmoved, c]] == 0]
    return Placements(blocks=blocks, enumerated=enumerated, holds_real=bool(unmoved.size))


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
    position = _Positions(placebo, start, end)
    return _admissible(placebo, position, security, day0, weekday, extension)


class _Positions:
    """Rows of the table whose window ``[start, end]`` lies inside the data, else -1.

    Those on the weekdays are looked up market by market, when the market is first asked for.
    """

    def __init__(self, placebo: PlaceboTable, start: int, end: int) -> None:
        self._placebo = placebo
        self._start, self._end = start, end
        self._on_weekday: dict[tuple[int, int], IntArray] = {}

    def on_column(self, width: IntArray, security: IntArray, column: IntArray) -> IntArray:
        """Rows for these places in `widths`, markets and columns, of which -1 is none."""
        placebo = self._placebo
        first = column + self._start - placebo.widths[width]
        lowest = 0 if placebo.first_row is None else np.maximum(placebo.first_row[security], 0)
        inside = (first >= lowest) & (column + self._end <= placebo.last_row[security])
        row = placebo.index[width, security, np.maximum(column, 0)]
        return np.where(inside & (column >= 0), row, -1)

    def on_weekday(self, width: int, security: int) -> IntArray:
        """Rows of a market's first session on or after each weekday, ``(D,)``."""
        key = (width, security)
        if key not in self._on_weekday:
            columns = self._placebo.on_or_after[security]
            self._on_weekday[key] = self.on_column(np.array(width), np.array(security), columns)
        return self._on_weekday[key]


def _admissible(
    placebo: PlaceboTable,
    position: _Positions,
    security: IntArray,
    day0: IntArray,
    weekday: IntArray,
    extension: IntArray,
) -> tuple[IntArray, IntArray]:
    low = placebo.first_weekday - int(weekday.min())
    n_moves = placebo.on_or_after.shape[1] - int(weekday.max() - weekday.min())
    width = np.searchsorted(placebo.widths, extension)
    first = weekday + low - placebo.first_weekday
    row = np.empty((max(n_moves, 0), len(security)), dtype=np.int64)
    places = zip(width.tolist(), security.tolist(), first.tolist(), strict=True)
    for pair, (own_width, own_security, begin) in enumerate(places):
        row[:, pair] = position.on_weekday(own_width, own_security)[begin : begin + n_moves]
    # A session on a Saturday has no weekday of its own; standing still is standing still.
    if 0 <= -low < n_moves:
        row[-low] = position.on_column(width, security, day0)
    usable = (row >= 0).all(axis=1)
    move = np.arange(low, low + n_moves)
    return move[usable], row[usable]


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


def choose_moves(
    spans: IntArray, moves: list[IntArray], gap: int, draws: int, seed: tuple[int, ...]
) -> tuple[IntArray | None, bool]:
    """Index of the move of each cluster in each draw ``(B, C)``; whether all there are."""
    order = np.lexsort((spans[:, 0], spans[:, 0] - spans[:, 1]))
    all_of_them = _enumerate(spans, moves, gap, draws, order)
    if all_of_them is not None:
        return (all_of_them, True) if len(all_of_them) else (None, False)
    rng = np.random.default_rng((*seed, zlib.crc32(spans.astype(np.int64).tobytes())))
    chosen = np.zeros((0, len(spans)), dtype=np.int64)
    for _ in range(20):
        new_moves = _sample(spans, moves, gap, draws - len(chosen), order, rng)
        if not len(new_moves):  # the clusters leave no room, and trying again would not make any
            break
        chosen = np.concatenate([chosen, new_moves])
        if len(chosen) == draws:
            return chosen, False
    return None, False


def _enumerate(
    spans: IntArray, moves: list[IntArray], gap: int, most: int, order: IntArray
) -> IntArray | None:
    """All placements, or None when there are more than `most`."""
    at_least = 1
    placed_length = 0
    for number, cluster in enumerate(order):
        length = int(spans[cluster, 1] - spans[cluster, 0])
        # A placed cluster takes away at most its length, ours and a gap on each side.
        blocked = placed_length + number * (length + 2 * gap - 1)
        at_least *= max(0, len(moves[cluster]) - blocked)
        placed_length += length
    if at_least > most:
        return None
    listed: list[tuple[int, ...]] = []
    steps = 0

    def descend(depth: int, placed: list[tuple[int, int]], picks: list[int]) -> bool:
        nonlocal steps
        if depth == len(order):
            listed.append(tuple(picks))
            return len(listed) <= most
        cluster = order[depth]
        low = spans[cluster, 0] + moves[cluster]
        high = spans[cluster, 1] + moves[cluster]
        free = np.ones(len(low), dtype=bool)
        for begin, finish in placed:
            free &= (low - finish >= gap) | (begin - high >= gap)
        for pick in np.flatnonzero(free):
            steps += 1
            if steps > 5 * most:
                return False
            placed_now = [*placed, (int(low[pick]), int(high[pick]))]
            if not descend(depth + 1, placed_now, [*picks, int(pick)]):
                return False
        return True

    if not descend(0, [], []):
        return None
    placements = np.empty((len(listed), len(spans)), dtype=np.int64)
    if listed:
        placements[:, order] = np.array(listed)
    return placements


def _sample(
    spans: IntArray,
    moves: list[IntArray],
    gap: int,
    draws: int,
    order: IntArray,
    rng: np.random.Generator,
) -> IntArray:
    """Draw placements, longest cluster first, each uniform over the moves still free.

    Uniform over the free moves is drawn by proposing from all moves until one is free; the few
    draws that stay stuck choose among their free moves directly, and those with none are left out.
    """
    chosen = np.zeros((len(spans), draws), dtype=np.int64)
    # Where what is placed lies, with the gap around it, one line a cluster.
    low = np.zeros((len(spans), draws), dtype=np.int32)
    high = np.zeros((len(spans), draws), dtype=np.int32)
    alive = np.ones(draws, dtype=bool)

    def is_free(lines: IntArray | None, depth: int, begin: IntArray, finish: IntArray) -> BoolArray:
        ends, begins = high[:depth], low[:depth]
        if lines is not None:
            ends, begins = ends.take(lines, axis=1), begins.take(lines, axis=1)
        is_apart = begin >= ends
        is_apart |= begins >= finish
        return np.asarray(is_apart.all(axis=0))

    for depth, cluster in enumerate(order):
        options = moves[cluster]
        starts = (spans[cluster, 0] + options).astype(np.int32)
        length = np.int32(spans[cluster, 1] - spans[cluster, 0])
        lines = np.flatnonzero(alive)
        for _ in range(_ROUNDS):
            if not lines.size:
                break
            pick = rng.integers(len(options), size=len(lines))
            begin = starts[pick]
            finish = begin + length
            if len(lines) == draws:  # what is not free is drawn anew, and put over it
                clear = is_free(None, depth, begin, finish)
                chosen[cluster], low[depth], high[depth] = pick, begin - gap, finish + gap
            else:
                clear = is_free(lines, depth, begin, finish)
                settled = lines[clear]
                chosen[cluster, settled] = pick[clear]
                low[depth, settled], high[depth, settled] = begin[clear] - gap, finish[clear] + gap
            lines = lines[~clear]
        for line in lines:
            begin, finish = starts, starts + length
            open_moves = np.flatnonzero(is_free(np.array([line]), depth, begin, finish))
            if not open_moves.size:
                alive[line] = False
                continue
            pick_one = int(rng.choice(open_moves))
            chosen[cluster, line] = pick_one
            low[depth, line] = begin[pick_one] - gap
            high[depth, line] = finish[pick_one] + gap
    return chosen[:, alive].T


def draw_seed(seed: int, gap: int, end: int) -> tuple[int, ...]:
    """Seed of the draws of windows that end at `end`: the same whatever else the study holds.

    `choose_moves` adds the dates that move: groups of the same pairs have the same draws whatever
    they are called.
    """
    return (seed, gap, end + 1_000)
