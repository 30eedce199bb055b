"""What a statistic is given, what it gives back, and how one is registered.

A statistic sees `Evidence`: the abnormal returns of a group's pairs in one window, once as they
are or once for every placebo draw. The leading axis ``B`` is 1 for the data and the number of
draws for placebos, so that each formula is written once and its error rate is measured with the
very code that makes the p-value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from eventstudy._registry import Registry
from eventstudy.kernels import shared_window_correlations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt
    from scipy.sparse import csr_array

    from eventstudy._typing import Alternative, BoolArray, DateArray, FloatArray, IntArray, Quantity
    from eventstudy.abnormal import AbnormalReturns, CumulativeReturns
    from eventstudy.aggregation import Structure
    from eventstudy.windows import Window

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Pairs that move together, with every placement they can take.

    Attributes
    ----------
    columns : ``(n,)`` the pairs of the group
    rows : ``(M, n)`` their row in the table of abnormal returns, one line a placement
    moves : ``(M,)`` weekdays each placement lies from the real dates
    pick : ``(B,)`` the placement each draw takes
    """

    columns: IntArray
    rows: IntArray
    moves: IntArray
    pick: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """Abnormal returns of ``N`` pairs over one window, in ``B`` draws.

    Attributes
    ----------
    table, window : abnormal returns of every position, and cumulated over the window
    blocks : which positions each draw holds; the data themselves are one block of one placement
    structure : which pairs are one observation
    origin : ``(N,)`` the pairs themselves, as rows of the study
    sign : ``(N,)`` +1 or -1: what each pair is multiplied by before pooling
    absent, absent_sign : ``(A,)`` rows of `table` of the group's pairs that have no abnormal
        return in the window, and their signs; none in draws
    workings : what is derived from the table once for every group and draw
    alternative : which deviations from the null count: ``two-sided``, ``greater`` or ``less``
    seed : of a statistic that draws for itself
    """

    table: AbnormalReturns
    window: CumulativeReturns
    blocks: tuple[Block, ...]
    structure: Structure
    origin: IntArray
    sign: FloatArray
    absent: IntArray
    absent_sign: FloatArray
    workings: Workings
    alternative: Alternative = "two-sided"
    seed: tuple[int, ...] = (0,)

    @property
    def n_draws(self) -> int:
        """B."""
        return len(self.blocks[0].pick)

    @property
    def n_pairs(self) -> int:
        """N."""
        return len(self.sign)

    def gather(self, values: FloatArray, *, signed: bool = True) -> FloatArray:
        """Values of every position ``(U,)`` to those of every pair and draw, ``(B, N)``."""
        out = np.empty((self.n_draws, self.n_pairs))
        for block in self.blocks:
            taken = values[block.rows]
            if signed:
                taken = taken * self.sign[block.columns]
            out[:, block.columns] = taken[block.pick]
        return out

    def thinned(self, most: int) -> Evidence:
        """At most `most` of the draws, evenly spread.

        Draws that list every placement stand in the order of their moves, so that the first ones
        would all fall early.
        """
        spread = np.linspace(0, self.n_draws - 1, min(most, self.n_draws))
        lines = np.unique(spread.astype(np.int64))
        blocks = tuple(replace(block, pick=block.pick[lines]) for block in self.blocks)
        return replace(self, blocks=blocks)

    def stack(self, keep: BoolArray, *, signed: bool = True) -> csr_array:
        """Count of every position in every placement of every block, ``(sum M, U)``.

        Positions that `keep` ``(U,)`` leaves out count 0. Signed counts of a position that two
        pairs of opposite sign hold cancel, so that `signed` is off where pairs are to be counted.
        """
        from scipy.sparse import csr_array

        weights, columns, lengths = [], [], []
        for block in self.blocks:
            sign = self.sign[block.columns] if signed else 1.0
            weights.append(np.where(keep[block.rows], sign, 0.0).ravel())
            columns.append(block.rows.ravel())
            lengths.append(np.full(len(block.rows), block.rows.shape[1]))
        pointer = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
        return csr_array(
            (np.concatenate(weights), np.concatenate(columns), pointer),
            shape=(len(pointer) - 1, len(keep)),
        )

    def unstack(self, values: FloatArray) -> FloatArray:
        """Sum over blocks what each draw picked of `values` ``(sum M, ...)``: ``(B, ...)``."""
        begin = np.cumsum([0, *(len(block.rows) for block in self.blocks[:-1])])
        picked = np.column_stack([block.pick for block in self.blocks]) + begin
        if values.ndim == 2 and values.shape[1] >= _WIDE:
            from scipy.sparse import csr_array

            # The same sums in the same order, without a copy of each term.
            pointer = np.arange(self.n_draws + 1) * len(self.blocks)
            shape = (self.n_draws, len(values))
            picks = csr_array((np.ones(picked.size), picked.ravel(), pointer), shape=shape)
            return np.asarray(picks @ values)
        total = np.zeros((self.n_draws, *values.shape[1:]))
        for column in picked.T:
            total += values[column]
        return total

    def unit_means(self, values: FloatArray, unit: IntArray) -> FloatArray:
        """Mean of `values` over the counted pairs of each unit, ``(B, E)``; NaN where none."""
        parts = [
            grouped_means(
                values[block.rows] * self.sign[block.columns],
                unit[block.columns],
                self.structure.counted[block.columns],
            )[block.pick]
            for block in self.blocks
        ]
        return np.concatenate(parts, axis=1)


def grouped_means(values: FloatArray, label: IntArray, keep: BoolArray) -> FloatArray:
    """Mean of the columns of `values` ``(M, n)`` by `label`, missing left out: ``(M, groups)``."""
    columns = np.flatnonzero(keep)
    order = columns[np.argsort(label[columns], kind="stable")]
    if not order.size:
        return np.empty((values.shape[0], 0))
    starts = np.flatnonzero(np.r_[True, np.diff(label[order]) != 0])
    sorted_values = values[:, order]
    there = np.isfinite(sorted_values)
    total = np.add.reduceat(np.where(there, sorted_values, 0.0), starts, axis=1)
    count = np.add.reduceat(there.astype(np.float64), starts, axis=1)
    return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)


# Values a line from which on sums over draws are a matrix product.
_WIDE = 8
# Series that share fewer sessions than this have no correlation worth the name.
_MIN_COMMON = 20
# Weights of pairs of positions kept between questions, 12 bytes each.
_MOST_KEPT = 20_000_000


# What `Workings.once` holds under these names is the same whatever the abnormal returns are.
_OF_RESIDUALS = ("alike", "covariance of CARs", "distinct", "residual_variance", "rho ")


class Workings:
    """What statistics derive from a table of positions, each number computed once.

    Parameters
    ----------
    dates
        ``(U, L)`` labels of the estimation sessions; NaT outside the rows.
    residuals
        ``(U, L)``; NaN where not used.

    Notes
    -----
    Residuals are paired by calendar, never by event time (Kolari, Pape and Pynnonen 2018): on 20
    common sessions or more, else their correlation is 0. The memory of what was computed is an
    economy, not a state: the same question always has the same answer.
    """

    __slots__ = (
        "_block", "_made", "_offset", "_overlap", "_padded", "_portfolio", "_series",
    )  # fmt: skip

    def __init__(self, dates: DateArray, residuals: FloatArray) -> None:
        days = dates.astype("datetime64[D]").astype(np.int64)
        there = np.isfinite(residuals) & ~np.isnat(dates)
        known = np.unique(days[there])
        column = np.searchsorted(known, np.where(there, days, known[0] if known.size else 0))
        last = np.iinfo(np.int64).max
        offset = np.where(there, column, last).min(axis=1, initial=last)
        offset = np.where(offset == last, 0, offset)
        place = np.where(there, column - offset[:, None], 0)
        series = np.full((len(days), int(place.max(initial=0)) + 1), np.nan)
        rows = np.broadcast_to(np.arange(len(days))[:, None], days.shape)
        series[rows[there], place[there]] = residuals[there]
        self._series: FloatArray = series
        self._padded: dict[int, npt.NDArray[np.complex128]] = {}
        self._offset: IntArray = offset
        self._overlap: dict[Window, csr_array] = {}
        self._block: dict[bytes, tuple[FloatArray, FloatArray]] = {}
        self._portfolio: dict[bytes, tuple[IntArray, FloatArray, FloatArray]] = {}
        self._made: dict[str, object] = {}

    def once(self, name: str, make: Callable[[], T]) -> T:
        """Return what `make` derives from the table, made the first time `name` is asked for."""
        if name not in self._made:
            self._made[name] = make()
        return cast("T", self._made[name])

    def beside(self, times: int = 1) -> Workings:
        """Return workings of the same residuals beside other abnormal returns.

        What derives from residuals and dates alone is shared; `times` over where every position
        stands so many times in the other table.
        """
        twin = object.__new__(type(self))
        for name in self.__slots__:
            setattr(twin, name, getattr(self, name))
        if times > 1:
            twin._series = np.tile(self._series, (times, 1))
            twin._offset = np.tile(self._offset, times)
            twin._padded, twin._overlap = {}, {}
        shared = self._made.items() if times == 1 else ()
        twin._made = {
            name: made for name, made in shared if name.startswith(_OF_RESIDUALS)
        }
        return twin

    def residual_variance(self, table: AbnormalReturns) -> FloatArray:
        """Variance (M - 1) of the estimation residuals about their mean, ``(U,)``."""

        def make() -> FloatArray:
            there = np.isfinite(table.residuals)
            number = there.sum(axis=1)
            mean = np.where(there, table.residuals, 0.0).sum(axis=1) / np.maximum(number, 1)
            deviation = np.where(there, table.residuals - mean[:, None], 0.0)
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.asarray((deviation**2).sum(axis=1) / (number - 1.0))

        return self.once("residual_variance", make)

    def overlap(self, table: AbnormalReturns, window: CumulativeReturns) -> csr_array:
        """``rho_ij n_ij / sqrt(L_i L_j)`` of all rows, ``(U, U)`` sparse, 1 on the diagonal.

        ``n_ij`` counts the calendar sessions on which both have an abnormal return in the window.
        Where the sum of these alone is wanted, `overlap_sum` needs less room.
        """
        from scipy.sparse import csr_array, diags_array

        same, chosen = self._distinct(table)
        n = len(same)
        upper = self._upper(table, window, chosen)
        spread = csr_array((np.ones(n), same, np.arange(n + 1)), shape=(n, len(chosen)))
        alike = diags_array(self._alike(chosen))
        whole = csr_array(spread @ csr_array(upper + upper.T + alike) @ spread.T)
        held = (window.n_sessions > 0).astype(np.float64)
        return csr_array(diags_array(held) @ (whole + diags_array(1.0 - whole.diagonal())))

    def overlap_sum(
        self, table: AbnormalReturns, window: CumulativeReturns, evidence: Evidence
    ) -> FloatArray:
        """Sum of ``s_i s_j rho_ij n_ij / sqrt(L_i L_j)`` over the pairs ``i < j`` of every line.

        ``s`` are the signs. Pairs of one position (many news items of one market and day) are
        looked at once and counted as often as they occur.

        Returns
        -------
        ``(sum M,)``, one value a placement of every block, as `Evidence.stack` orders them.
        """
        from scipy.sparse import csr_array

        same, chosen = self._distinct(table)
        keep = window.n_sessions > 0
        lines = evidence.stack(keep)
        number = evidence.stack(keep, signed=False)
        shape = (lines.shape[0], len(chosen))
        signed = csr_array((lines.data, same[lines.indices], lines.indptr), shape=shape)
        counts = csr_array((number.data, same[number.indices], number.indptr), shape=shape)
        signed.sum_duplicates()
        counts.sum_duplicates()
        total = 0.5 * ((signed.multiply(signed) - counts) @ self._alike(chosen))
        if self._is_kept(table, window, chosen):
            total = total + _form(signed, self._upper(table, window, chosen))
            return np.asarray(total, dtype=np.float64)
        used = np.flatnonzero(counts.sum(axis=0))
        held = signed[:, used]
        for left, right, weight in self._weights(table, window, chosen[used]):
            part = csr_array((weight, (left, right)), shape=(len(used), len(used)))
            total = total + _form(held, part)
        return np.asarray(total, dtype=np.float64)

    def portfolio_variance(
        self, table: AbnormalReturns, window: CumulativeReturns, holds: csr_array
    ) -> FloatArray:
        """``sum_ij s_i s_j rho_ij sigma_i sigma_j`` over the rows that each line holds.

        Parameters
        ----------
        holds : ``(cells, U)`` signs ``s`` of rows whose windows share a day; an entry may repeat

        Returns
        -------
        ``(cells,)`` variance of the sum of one session's abnormal returns.
        """
        from scipy.sparse import csr_array

        same, chosen = self._distinct(table)
        shape = (holds.shape[0], len(chosen))
        sigma = table.fit.sigma[chosen]
        place = same[holds.indices]
        # Adding up repeated entries changes the arrays in place.
        begin = holds.indptr
        signed = csr_array((holds.data * sigma[place], place.copy(), begin.copy()), shape=shape)
        counts = csr_array((sigma[place] ** 2, place.copy(), begin.copy()), shape=shape)
        own = np.asarray(counts.sum(axis=1), dtype=np.float64).ravel()
        signed.sum_duplicates()
        counts.sum_duplicates()
        total = own + (signed.multiply(signed) - counts) @ self._alike(chosen)
        if self._is_kept(table, window, chosen):

            def make() -> csr_array:
                parts = list(self._meeting(table, window, chosen))
                left = np.concatenate([part[0] for part in parts] or [same[:0]])
                right = np.concatenate([part[1] for part in parts] or [same[:0]])
                rho = np.concatenate([part[2] for part in parts] or [own[:0]])
                return csr_array((rho, (left, right)), shape=(len(chosen), len(chosen)))

            whole = self.once(f"rho {window.window}", make)
            return np.asarray(total + 2.0 * _form(signed, whole), dtype=np.float64)
        used = np.flatnonzero(counts.sum(axis=0))
        held = signed[:, used]
        for left, right, rho, _ in self._meeting(table, window, chosen[used]):
            part = csr_array((rho, (left, right)), shape=(len(used), len(used)))
            total = total + 2.0 * _form(held, part)
        return np.asarray(total, dtype=np.float64)

    def _distinct(self, table: AbnormalReturns) -> tuple[IntArray, IntArray]:
        """Number of each row's position (security, day 0, extension); a row of each position."""

        def make() -> tuple[IntArray, IntArray]:
            key = np.column_stack([table.security, table.day0, table.extension])
            _, chosen, same = np.unique(key, axis=0, return_index=True, return_inverse=True)
            return same.reshape(-1), chosen

        return self.once("distinct", make)

    def _is_kept(self, table: AbnormalReturns, window: CumulativeReturns, chosen: IntArray) -> bool:
        """Whether the weights of all positions are few enough to be kept between questions."""
        name = f"kept {window.window}"
        return self.once(name, lambda: _n_meetings(table, window, chosen) <= _MOST_KEPT)

    def _upper(
        self, table: AbnormalReturns, window: CumulativeReturns, chosen: IntArray
    ) -> csr_array:
        """Weights of the distinct positions, each pair once, ``(D, D)``."""
        from scipy.sparse import csr_array

        if window.window not in self._overlap:
            empty = np.empty(0, dtype=np.int64)
            parts = [(empty, empty, np.empty(0)), *self._weights(table, window, chosen)]
            left, right, weight = (np.concatenate(part) for part in zip(*parts, strict=True))
            shape = (len(chosen), len(chosen))
            self._overlap[window.window] = csr_array((weight, (left, right)), shape=shape)
        return self._overlap[window.window]

    def _weights(
        self, table: AbnormalReturns, window: CumulativeReturns, chosen: IntArray
    ) -> Iterator[tuple[IntArray, IntArray, FloatArray]]:
        """``rho n / sqrt(L L)`` of the `chosen` positions whose windows meet, by their places."""
        length = window.n_sessions[chosen]
        for left, right, rho, shared in self._meeting(table, window, chosen):
            yield left, right, rho * shared / np.sqrt(length[left] * length[right])

    def _meeting(
        self, table: AbnormalReturns, window: CumulativeReturns, chosen: IntArray
    ) -> Iterator[tuple[IntArray, IntArray, FloatArray, FloatArray]]:
        """Of the `chosen` positions those whose windows meet, their correlation and shared days."""
        days = table.dates[chosen].astype("datetime64[D]").astype(np.int64)
        present = window.present[chosen] > 0
        return shared_window_correlations(
            self._series[chosen], self._offset[chosen], days, present, min_common=_MIN_COMMON
        )

    def _alike(self, chosen: IntArray) -> FloatArray:
        """Correlation of each distinct position with itself: 1, or 0 where too little is known."""

        def make() -> FloatArray:
            series = self._series[chosen]
            there = np.isfinite(series)
            low = np.where(there, series, np.inf).min(axis=1, initial=np.inf)
            high = np.where(there, series, -np.inf).max(axis=1, initial=-np.inf)
            usable = (there.sum(axis=1) >= _MIN_COMMON) & (high > low)
            return np.asarray(usable, dtype=np.float64)

        return self.once("alike", make)

    def portfolio_residuals(
        self,
        rows: IntArray,
        label: IntArray,
        sign: FloatArray,
        origin: IntArray,
        moves: IntArray,
    ) -> tuple[FloatArray, FloatArray]:
        """Sum of squares and number of the mean residuals of portfolios, by calendar date.

        A date counts when at least half of the portfolio's pairs have a residual on it.

        Parameters
        ----------
        rows : ``(M, n)`` positions; negative where a pair is not counted
        label, sign, origin : ``(n,)`` portfolio and sign of each pair, and the pair itself
        moves : ``(M,)`` how far each line lies from the real dates

        Returns
        -------
        ``(M, portfolios)`` each, portfolios in the order of their labels.
        """
        whole = bool((rows >= 0).all())
        marks = (origin, label, moves, sign.astype(np.int64))
        key = b"|".join(mark.tobytes() for mark in marks)
        if whole and key in self._block:
            return self._block[key]
        squares, number = [], []
        for portfolio in np.unique(label):
            columns = np.flatnonzero(label == portfolio)
            found = (
                self._portfolio_of(rows[:, columns], sign[columns], origin[columns], moves)
                if whole
                else self._average(rows[:, columns], sign[columns])
            )
            squares.append(found[0])
            number.append(found[1])
        answer = np.column_stack(squares), np.column_stack(number)
        if whole:
            self._block[key] = answer
        return answer

    def _portfolio_of(
        self, rows: IntArray, sign: FloatArray, origin: IntArray, moves: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """One portfolio: the same pairs stand in many groups, and a move tells their positions."""
        key = np.concatenate([origin, sign.astype(np.int64)]).tobytes()
        empty = np.empty(0)
        known, squares, number = self._portfolio.get(key, (moves[:0], empty, empty))
        fresh = np.flatnonzero(~np.isin(moves, known))
        if fresh.size:
            more = self._average(rows[fresh], sign)
            known = np.concatenate([known, moves[fresh]])
            order = np.argsort(known)
            known = known[order]
            squares = np.concatenate([squares, more[0]])[order]
            number = np.concatenate([number, more[1]])[order]
            self._portfolio[key] = known, squares, number
        at = np.searchsorted(known, moves)
        return squares[at], number[at]

    def _average(self, rows: IntArray, sign: FloatArray) -> tuple[FloatArray, FloatArray]:
        used = rows >= 0
        safe = np.where(used, rows, 0)
        offset = np.where(used, self._offset[safe], np.iinfo(np.int64).max)
        shift = np.where(used, offset - offset.min(axis=1)[:, None], 0)
        if len(rows) == 1:
            return self._average_one(safe[0, used[0]], shift[0, used[0]], sign[used[0]])
        windows, pad = self._shifted(int(shift.max(initial=0)))
        # The sum and, as imaginary part, the number of what was summed: one pass for both.
        total = np.zeros((len(rows), windows.shape[2]), dtype=np.complex128)
        for pair in range(rows.shape[1]):
            taken = windows[safe[:, pair], pad - shift[:, pair]]
            if sign[pair] < 0:
                taken = -taken.conj()
            if not used[:, pair].all():
                taken[~used[:, pair]] = 0.0
            total += taken
        count = total.imag
        pairs = used.sum(axis=1)[:, None]
        counts = (count > 0) & (2 * count >= pairs)
        mean = np.where(counts, total.real / np.maximum(count, 1.0), 0.0)
        return np.einsum("ms,ms->m", mean, mean), counts.sum(axis=1).astype(np.float64)

    def _average_one(
        self, rows: IntArray, shift: IntArray, sign: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """As `_average` for one line of counted pairs, however far apart they lie."""
        span = self._series.shape[1]
        total = np.zeros(span + int(shift.max(initial=0)))
        count = np.zeros_like(total)
        for row, step, turn in zip(rows, shift, sign, strict=True):
            there = np.isfinite(self._series[row])
            total[step : step + span][there] += turn * self._series[row, there]
            count[step : step + span] += there
        counts = (count > 0) & (2 * count >= len(rows))
        mean = total[counts] / count[counts]
        return np.array([mean @ mean]), np.array([float(len(mean))])

    def _shifted(self, most: int) -> tuple[npt.NDArray[np.complex128], int]:
        """Every series shifted by up to `most` columns: a view ``(U, pad+1, S+pad)``, and pad.

        ``view[u, pad - k]`` is series `u` moved `k` columns to the right, with 1j where it has a
        value.
        """
        pad = max(8, 1 << most.bit_length())
        if pad not in self._padded:
            series = np.isfinite(self._series)
            padded = np.zeros((len(series), series.shape[1] + 2 * pad), dtype=np.complex128)
            inner = padded[:, pad:-pad]
            inner.real[series] = self._series[series]
            inner.imag[series] = 1.0
            self._padded[pad] = padded
        width = self._series.shape[1] + pad
        return np.lib.stride_tricks.sliding_window_view(self._padded[pad], width, axis=1), pad


def _form(lines: csr_array, matrix: csr_array) -> FloatArray:
    """``x'Ax`` of every line ``x``."""
    total = (lines @ matrix).multiply(lines).sum(axis=1)
    return np.asarray(total, dtype=np.float64).ravel()


def _n_meetings(table: AbnormalReturns, window: CumulativeReturns, chosen: IntArray) -> int:
    """At most so many pairs of the `chosen` positions have windows that share a day."""
    present = window.present[chosen] > 0
    held = present.any(axis=1)
    days = table.dates[chosen[held]].astype("datetime64[D]").astype(np.int64)
    far = np.iinfo(np.int64).max
    first = np.where(present[held], days, far).min(axis=1, initial=far)
    last = np.where(present[held], days, -far).max(axis=1, initial=-far)
    reach = np.searchsorted(np.sort(first), last, side="right")
    before = np.searchsorted(np.sort(first), first, side="left")
    return int((reach - before).sum())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StatisticValues:
    """A statistic in ``B`` draws.

    Attributes
    ----------
    statistic, df, pvalue : ``(B,)``; `df` NaN for a normal or exact null
    std_error : ``(B,)`` of the mean abnormal return, where the test has one
    reason : why it is not available, where it is NaN
    note : what else a reader of the data's own value should know
    """

    statistic: FloatArray
    df: FloatArray
    pvalue: FloatArray
    std_error: FloatArray | None = None
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """A test: its null in words, what it assumes, its distribution, its source, its formula.

    Attributes
    ----------
    randomised : its p-value is its rank among its own draws
    directed : False when it has no direction, so that a one-sided p-value means nothing
    measured : False when its size is not measured over the placebo draws
    most_draws : how many of them a costly one is measured over at the most; None for all
    quantity : what it is about, the mean ``car`` or the mean ``bhar``: the row's estimate
    """

    name: str
    null: str
    assumes: str
    distribution: str
    source: str
    compute: Callable[[Evidence], StatisticValues]
    randomised: bool = False
    directed: bool = True
    measured: bool = True
    most_draws: int | None = None
    quantity: Quantity = "car"


STATISTICS: Registry[Statistic] = Registry("statistic")


def register(
    name: str,
    *,
    summary: str,
    null: str,
    assumes: str,
    distribution: str,
    source: str,
    randomised: bool = False,
    directed: bool = True,
    measured: bool = True,
    most_draws: int | None = None,
    quantity: Quantity = "car",
) -> Callable[[Callable[[Evidence], StatisticValues]], Callable[[Evidence], StatisticValues]]:
    """Return a decorator that files a formula as a named statistic."""

    def file(
        compute: Callable[[Evidence], StatisticValues],
    ) -> Callable[[Evidence], StatisticValues]:
        STATISTICS.register(name, summary=summary, source=source)(
            Statistic(
                name=name,
                null=null,
                assumes=assumes,
                distribution=distribution,
                source=source,
                compute=compute,
                randomised=randomised,
                directed=directed,
                measured=measured,
                most_draws=most_draws,
                quantity=quantity,
            )
        )
        return compute

    return file


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """Count, mean and standard deviation (n - 1) over the last axis, missing left out."""

    n: FloatArray
    mean: FloatArray
    sd: FloatArray


def moments(values: FloatArray) -> Moments:
    """Moments of `values` ``(B, N)`` over pairs, each ``(B,)``.

    A standard deviation that is rounding noise beside the mean is 0: equal values are equal.
    """
    there = np.isfinite(values)
    n = there.sum(axis=1).astype(np.float64)
    filled = values if there.all() else np.where(there, values, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = filled.sum(axis=1) / n
        deviation = filled - mean[:, None]
        if filled is not values:
            deviation = np.where(there, deviation, 0.0)
        sd = np.sqrt(np.einsum("bn,bn->b", deviation, deviation) / (n - 1.0))
    sd = np.where(sd <= 1e-13 * np.abs(mean), 0.0, sd)
    return Moments(n=n, mean=mean, sd=np.where(n > 1, sd, np.nan))


def pair_moments(evidence: Evidence, values: FloatArray) -> Moments:
    """Moments over the counted pairs of every draw, each ``(B,)``.

    One draw is taken in two passes. Many draws are put together from the sums of every placement,
    which costs the placements and not the draws; what that loses in the last digits is nothing
    to a rejection rate.
    """
    if evidence.n_draws == 1:
        return moments(evidence.gather(values))
    there = np.isfinite(values)
    centre = float(values[there].mean()) if evidence.sign.min() > 0 and there.any() else 0.0
    shifted = np.where(there, values - centre, 0.0)
    sums = []
    for block in evidence.blocks:
        taken = shifted[block.rows] * evidence.sign[block.columns]
        number = there[block.rows].sum(axis=1)
        sums.append(np.column_stack([number, taken.sum(axis=1), (taken**2).sum(axis=1)]))
    n, first, second = evidence.unstack(np.concatenate(sums)).T
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = first / n
        variance = (second - n * mean**2) / (n - 1.0)
        variance = np.where(variance <= 1e-12 * second / n, 0.0, variance)
    return Moments(n=n, mean=mean + centre, sd=np.where(n > 1, np.sqrt(variance), np.nan))


def t_values(
    evidence: Evidence,
    statistic: FloatArray,
    df: FloatArray,
    *,
    std_error: FloatArray | None = None,
    reason: str = "",
) -> StatisticValues:
    """P-values from Student's t, on the side the evidence asks for."""
    from scipy.special import stdtr

    pvalue = tail(statistic, evidence.alternative, lambda x: stdtr(df, x))
    return StatisticValues(
        statistic=statistic, df=df, pvalue=pvalue, std_error=std_error, reason=reason
    )


def z_values(evidence: Evidence, statistic: FloatArray, *, reason: str = "") -> StatisticValues:
    """P-values from the standard normal, on the side the evidence asks for."""
    from scipy.special import ndtr

    pvalue = tail(statistic, evidence.alternative, ndtr)
    return StatisticValues(
        statistic=statistic, df=np.full(len(statistic), np.nan), pvalue=pvalue, reason=reason
    )


def tail(
    statistic: FloatArray, alternative: Alternative, below: Callable[[FloatArray], FloatArray]
) -> FloatArray:
    """P-value of a statistic whose law is symmetric about 0 and has the lower tail `below`."""
    if alternative == "two-sided":
        return np.asarray(2.0 * below(-np.abs(statistic)), dtype=np.float64)
    return np.asarray(below(statistic if alternative == "less" else -statistic), dtype=np.float64)


def ratio_t(m: Moments) -> FloatArray:
    """``sqrt n mean / sd``, NaN where the standard deviation is 0 or undefined."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.sqrt(m.n) * m.mean / m.sd
    return np.where(m.sd > 0, t, np.nan)
