"""What a statistic is given, what it gives back, and how one is registered.

A statistic sees `Evidence`: the abnormal returns of a group's pairs in one window, once as they
are or once for every placebo draw. The leading axis ``B`` is 1 for the data and the number of
draws for placebos, so that each formula is written once and its error rate is measured with the
very code that makes the p-value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy._registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from scipy.sparse import csr_array

    from eventstudy._typing import Alternative, BoolArray, FloatArray, IntArray, Quantity
    from eventstudy.abnormal import AbnormalReturns, CumulativeReturns
    from eventstudy.aggregation import Structure
    from eventstudy.inference.workings import Workings


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
    centre, (n, first, second) = _power_sums(evidence, values, 2)
    return moments_of_sums(n, first, second, centre)


def _power_sums(evidence: Evidence, values: FloatArray, most: int) -> tuple[float, FloatArray]:
    """A centre, and number and sums of powers about it over the pairs, ``(1 + most, B)``."""
    there = np.isfinite(values)
    centre = float(values[there].mean()) if evidence.sign.min() > 0 and there.any() else 0.0
    shifted = np.where(there, values - centre, 0.0)
    sums = []
    for block in evidence.blocks:
        taken = shifted[block.rows] * evidence.sign[block.columns]
        columns, power = [there[block.rows].sum(axis=1)], taken
        for _ in range(most):
            columns.append(power.sum(axis=1))
            power = power * taken
        sums.append(np.column_stack(columns))
    return centre, evidence.unstack(np.concatenate(sums)).T


def moments_of_sums(
    n: FloatArray, first: FloatArray, second: FloatArray, centre: float = 0.0
) -> Moments:
    """Moments from number, sum and sum of squares about `centre`, each ``(B,)``.

    A variance that is rounding beside the squares is 0, as in `moments`.
    """
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


def hall_t(m: Moments, g: FloatArray) -> FloatArray:
    """``sqrt n (S + g S^2/3 + g^2 S^3/27 + g/(6n))``, ``S = mean/sd`` (Hall, JRSS-B 1992)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        s = m.mean / m.sd
        t = np.sqrt(m.n) * (s + g * s**2 / 3.0 + g**2 * s**3 / 27.0 + g / (6.0 * m.n))
    return np.where(m.sd > 0, t, np.nan)


def skewed_moments(evidence: Evidence, values: FloatArray) -> tuple[Moments, FloatArray]:
    """Moments over pairs of `values` ``(U,)``, and their skewness ``sum (x - mean)^3/(n sd^3)``."""
    if evidence.n_draws == 1:
        gathered = evidence.gather(values)
        m = moments(gathered)
        third = np.nansum((gathered - m.mean[:, None]) ** 3, axis=1)
    else:
        centre, (n, first, second, cubes) = _power_sums(evidence, values, 3)
        m = moments_of_sums(n, first, second, centre)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = first / n
        third = cubes - 3.0 * mean * second + 2.0 * n * mean**3
    with np.errstate(divide="ignore", invalid="ignore"):
        return m, third / (m.n * m.sd**3)


def cross_section_t(evidence: Evidence, values: FloatArray, *, reason: str) -> StatisticValues:
    """``sqrt N mean / sd(N-1)`` of `values` ``(U,)`` over pairs, with its standard error."""
    m = pair_moments(evidence, values)
    with np.errstate(divide="ignore", invalid="ignore"):
        std_error = m.sd / np.sqrt(m.n)
    return t_values(evidence, ratio_t(m), m.n - 1.0, std_error=std_error, reason=reason)
