"""What a statistic is given, what it gives back, and how one is registered.

A statistic sees `Evidence`: the abnormal returns of a group's pairs in one window, once as they
are or once for every placebo draw. The leading axis ``B`` is 1 for the data and the number of
draws for placebos, so that each formula is written once and its error rate is measured with the
very code that makes the p-value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy._registry import Registry
from eventstudy.kernels import centred_ranks, paired_correlations

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    from scipy.sparse import csr_array

    from eventstudy._typing import Alternative, BoolArray, DateArray, FloatArray, IntArray
    from eventstudy.abnormal import AbnormalReturns, CumulativeReturns
    from eventstudy.aggregation import Structure
    from eventstudy.windows import Window


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

    def stack(self, keep: BoolArray) -> csr_array:
        """Signed count of every position in every placement of every block, ``(sum M, U)``.

        Positions that `keep` ``(U,)`` leaves out count 0.
        """
        from scipy.sparse import csr_array

        weights, columns, lengths = [], [], []
        for block in self.blocks:
            weights.append(np.where(keep[block.rows], self.sign[block.columns], 0.0).ravel())
            columns.append(block.rows.ravel())
            lengths.append(np.full(len(block.rows), block.rows.shape[1]))
        pointer = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
        return csr_array(
            (np.concatenate(weights), np.concatenate(columns), pointer),
            shape=(len(pointer) - 1, len(keep)),
        )

    def unstack(self, values: FloatArray) -> FloatArray:
        """Sum over blocks what each draw picked of `values` ``(sum M, ...)``: ``(B, ...)``."""
        total = np.zeros((self.n_draws, *values.shape[1:]))
        begin = 0
        for block in self.blocks:
            total += values[begin + block.pick]
            begin += len(block.rows)
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
        "_block", "_offset", "_overlap", "_padded", "_portfolio", "_ranks", "_rho", "_series",
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
        self._rho: tuple[IntArray, FloatArray] = (np.empty(0, dtype=np.int64), np.empty(0))
        self._ranks: FloatArray | None = None

    def ranks(self, table: AbnormalReturns) -> FloatArray:
        """Centred mid-ranks over each position's estimation and event window, ``(U, L+W)``."""
        if self._ranks is None:
            own = table.taus >= table.event.start - table.extension[:, None]
            event = np.where(own, table.abnormal, np.nan)
            self._ranks = centred_ranks(np.concatenate([table.residuals, event], axis=1))
        return self._ranks

    def overlap(self, table: AbnormalReturns, window: CumulativeReturns) -> csr_array:
        """``rho_ij n_ij / sqrt(L_i L_j)`` of all positions, ``(U, U)`` sparse, 1 on the diagonal.

        ``n_ij`` counts the calendar sessions on which both have an abnormal return in the window.
        """
        from scipy.sparse import csr_array

        if window.window in self._overlap:
            return self._overlap[window.window]
        row, column = np.nonzero(window.present)
        days = table.dates[row, column].astype("datetime64[D]").astype(np.int64)
        _, day = np.unique(days, return_inverse=True)
        held = csr_array(
            (np.ones(len(row)), (row, day.reshape(-1))),
            shape=(len(window.car), int(day.max(initial=0)) + 1),
        )
        common = (held @ held.T).tocoo()
        left, right = common.row.astype(np.int64), common.col.astype(np.int64)
        shared = common.data
        upper = left < right
        left, right, shared = left[upper], right[upper], shared[upper]
        rho = self._correlation(left, right)
        weight = rho * shared / np.sqrt(window.n_sessions[left] * window.n_sessions[right])
        alone = np.flatnonzero(window.n_sessions > 0)
        matrix = csr_array(
            (
                np.concatenate([weight, weight, np.ones(len(alone))]),
                (
                    np.concatenate([left, right, alone]),
                    np.concatenate([right, left, alone]),
                ),
            ),
            shape=common.shape,
        )
        self._overlap[window.window] = matrix
        return matrix

    def _correlation(self, left: IntArray, right: IntArray) -> FloatArray:
        """Residual correlation of pairs of positions with ``left < right``."""
        wanted = left * len(self._offset) + right
        keys, values = self._rho
        at = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
        new = np.unique(wanted[keys[at] != wanted] if len(keys) else wanted)
        if new.size:
            low, high = np.divmod(new, len(self._offset))
            fresh = paired_correlations(self._series, self._offset, low, high)
            keys, values = np.concatenate([keys, new]), np.concatenate([values, fresh])
            order = np.argsort(keys)
            keys, values = keys[order], values[order]
            self._rho = (keys, values)
        found: FloatArray = values[np.searchsorted(keys, wanted)]
        return found

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StatisticValues:
    """A statistic in ``B`` draws.

    Attributes
    ----------
    statistic, df, pvalue : ``(B,)``; `df` NaN for a normal or exact null
    std_error : ``(B,)`` of the mean abnormal return, where the test has one
    reason : why it is not available, where it is NaN
    """

    statistic: FloatArray
    df: FloatArray
    pvalue: FloatArray
    std_error: FloatArray | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """A test: its null in words, what it assumes, its distribution, its source, its formula.

    Attributes
    ----------
    randomised : its p-value is its rank among its own draws
    directed : False when it has no direction, so that a one-sided p-value means nothing
    measured : False when its size is not measured over the placebo draws
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
