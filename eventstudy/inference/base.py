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

    from scipy.sparse import csr_array

    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray
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
    pick : ``(B,)`` the placement each draw takes
    """

    columns: IntArray
    rows: IntArray
    pick: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """Abnormal returns of ``N`` pairs over one window, in ``B`` draws.

    Attributes
    ----------
    table, window : abnormal returns of every position, and cumulated over the window
    blocks : which positions each draw holds; the data themselves are one block of one placement
    structure : which pairs are one observation
    sign : ``(N,)`` +1 or -1: what each pair is multiplied by before pooling
    workings : what is derived from the table once for every group and draw
    """

    table: AbnormalReturns
    window: CumulativeReturns
    blocks: tuple[Block, ...]
    structure: Structure
    sign: FloatArray
    workings: Workings

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

    __slots__ = ("_offset", "_overlap", "_portfolio", "_ranks", "_series")

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
        self._offset: IntArray = offset
        self._overlap: dict[Window, csr_array] = {}
        self._portfolio: dict[bytes, tuple[float, int]] = {}
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
        left, right, shared = common.row, common.col, common.data
        upper = left < right
        left, right, shared = left[upper], right[upper], shared[upper]
        rho = paired_correlations(self._series, self._offset, left, right)
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

    def portfolio_residuals(
        self, rows: IntArray, sign: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Sum of squares and number of the mean residuals of portfolios, by calendar date.

        A date counts when at least half of the portfolio's pairs have a residual on it.

        Parameters
        ----------
        rows : ``(M, n)`` positions; negative where a pair is not counted
        sign : ``(n,)``

        Returns
        -------
        ``(M,)`` each.
        """
        coded = np.where(rows < 0, -1, 2 * rows + (sign < 0))
        keys = [line.tobytes() for line in np.sort(coded, axis=1)]
        new: dict[bytes, int] = {}
        for i, key in enumerate(keys):
            if key not in self._portfolio and key not in new:
                new[key] = i
        lines = np.fromiter(new.values(), dtype=np.int64, count=len(new))
        block = max(1, 4_000_000 // (rows.shape[1] * self._series.shape[1]))
        known = list(new)
        for begin in range(0, len(lines), block):
            some = lines[begin : begin + block]
            squares, number = self._average(rows[some], sign)
            for key, square, count in zip(
                known[begin : begin + block], squares, number, strict=True
            ):
                self._portfolio[key] = (float(square), int(count))
        found = np.array([self._portfolio[key] for key in keys])
        return found[:, 0], found[:, 1]

    def _average(self, rows: IntArray, sign: FloatArray) -> tuple[FloatArray, FloatArray]:
        used = rows >= 0
        safe = np.where(used, rows, 0)
        offset = np.where(used, self._offset[safe], np.iinfo(np.int64).max)
        start = offset.min(axis=1)
        shift = np.where(used, offset - start[:, None], 0)
        span = self._series.shape[1]
        total = np.zeros((len(rows), span + int(shift.max(initial=0))))
        count = np.zeros_like(total)
        line = np.arange(len(rows))[:, None]
        for pair in range(rows.shape[1]):
            values = np.where(used[:, pair, None], self._series[safe[:, pair]] * sign[pair], np.nan)
            there = np.isfinite(values)
            columns = shift[:, pair, None] + np.arange(span)
            total[line, columns] += np.where(there, values, 0.0)
            count[line, columns] += there
        pairs = used.sum(axis=1)[:, None]
        counts = (count > 0) & (2 * count >= pairs)
        mean = np.where(counts, total / np.maximum(count, 1.0), 0.0)
        return np.einsum("ms,ms->m", mean, mean), counts.sum(axis=1).astype(np.float64)


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
    """A test: its null in words, what it assumes, its distribution, its source, its formula."""

    name: str
    null: str
    assumes: str
    distribution: str
    source: str
    compute: Callable[[Evidence], StatisticValues]
    randomised: bool = False


STATISTICS: Registry[Statistic] = Registry("statistic")


def register(  # noqa: PLR0913 - a test states all of these
    name: str,
    *,
    summary: str,
    null: str,
    assumes: str,
    distribution: str,
    source: str,
    randomised: bool = False,
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


def t_values(
    statistic: FloatArray,
    df: FloatArray,
    *,
    std_error: FloatArray | None = None,
    reason: str = "",
) -> StatisticValues:
    """Two-sided p-values from Student's t."""
    from scipy.stats import t

    with np.errstate(invalid="ignore"):
        pvalue = 2.0 * t.sf(np.abs(statistic), df)
    return StatisticValues(
        statistic=statistic, df=df, pvalue=pvalue, std_error=std_error, reason=reason
    )


def z_values(statistic: FloatArray, *, reason: str = "") -> StatisticValues:
    """Two-sided p-values from the standard normal."""
    from scipy.stats import norm

    pvalue = 2.0 * norm.sf(np.abs(statistic))
    return StatisticValues(
        statistic=statistic, df=np.full(len(statistic), np.nan), pvalue=pvalue, reason=reason
    )


def ratio_t(m: Moments) -> FloatArray:
    """``sqrt n mean / sd``, NaN where the standard deviation is 0 or undefined."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.sqrt(m.n) * m.mean / m.sd
    return np.where(m.sd > 0, t, np.nan)
