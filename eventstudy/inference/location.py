"""Where CARs lie, without a normal distribution: ranks of two groups, and intervals of one."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.pvalues import normal_pvalue
from eventstudy.inference.signs import wilcoxon_tails
from eventstudy.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy._typing import FloatArray, IntArray

MOST_EXACT = 50
"""Up to so many values the signed ranks have their exact distribution, beyond it the normal."""
_MOST_EXACT_RANKS = 8
"""Rank sums have their exact distribution where a sample has no more values and none are tied."""
_AT_A_TIME = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate with its confidence interval; NaN where there is none, and `reason` says why."""

    estimate: float
    low: float
    high: float
    reason: str = ""


def rank_sum_pvalue(first: FloatArray, second: FloatArray) -> float:
    """Two-sided p-value of the Wilcoxon rank-sum (Mann-Whitney) test of two samples.

    Exact where a sample has 8 values at most and none are tied, else normal with corrections for
    ties and continuity, as `scipy.stats.mannwhitneyu`. NaN with fewer than two values in either.
    """
    first, second = first[np.isfinite(first)], second[np.isfinite(second)]
    n, other = len(first), len(second)
    if min(n, other) < 2:
        return float("nan")
    both = np.concatenate([first, second])
    _, number, ties = np.unique(both, return_inverse=True, return_counts=True)
    # Equal values have the mean of their ranks.
    rank = (np.cumsum(ties) - 0.5 * (ties - 1))[number]
    below = float(rank[:n].sum()) - n * (n + 1) / 2.0
    larger = max(below, n * other - below)
    if min(n, other) <= _MOST_EXACT_RANKS and len(ties) == len(both):
        tail = _rank_sum_tail(min(n, other), max(n, other))[n * other - round(larger)]
    else:
        every = len(both)
        tied = float((ties.astype(np.float64) ** 3 - ties).sum()) / (every * (every - 1))
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.sqrt(n * other / 12.0 * (every + 1 - tied))
            tail = normal_pvalue(np.float64(larger - n * other / 2.0 - 0.5) / spread, "greater")
    return min(1.0, 2.0 * float(tail))


@lru_cache(maxsize=256)
def _rank_sum_tail(n: int, other: int) -> FloatArray:
    """``P(U <= u)`` of the rank sum of two samples without ties, ``u`` up to ``n other / 2``.

    The orders that have each ``u`` are the coefficients of the Gaussian binomial
    ``prod (1 - x^(other + i)) / (1 - x^i)``, ``i = 1 ... n``.
    """
    most = n * other // 2
    orders = [1] + [0] * most
    for i in range(1, n + 1):
        for u in range(most, other + i - 1, -1):
            orders[u] -= orders[u - other - i]
        for u in range(i, most + 1):
            orders[u] += orders[u - i]
    total = comb(n + other, n)
    return np.cumsum([number / total for number in orders])


def hodges_lehmann(values: FloatArray, level: float) -> Interval:
    """Median of the means of all pairs of values, and what signed ranks do not reject.

    The interval runs from the (k+1)th smallest to the (k+1)th largest of the ``n(n+1)/2`` means
    (of a value with itself, too), ``k`` the largest with ``2 P(W+ <= k) <= 1 - level`` (Hodges and
    Lehmann 1963; Hollander, Wolfe and Chicken 2014, ch. 3).

    Parameters
    ----------
    values
        ``(n,)``, none missing.
    level
        Of the interval, such as 0.95.

    Examples
    --------
    >>> hodges_lehmann(np.array([1.0, 2.0, 4.0, 7.0, 8.0, 9.0]), 0.95)
    Interval(estimate=5.0, low=1.0, high=9.0, reason='')
    """
    n = len(values)
    if not n:
        return Interval(estimate=np.nan, low=np.nan, high=np.nan, reason="no date")
    means = np.empty(n * (n + 1) // 2)  # of many dates all the memory there is to it
    end = 0
    for at in range(n):
        means[end : end + n - at] = 0.5 * (values[at] + values[at:])
        end += n - at
    means.sort()
    estimate = float(0.5 * (means[(end - 1) // 2] + means[end // 2]))
    if n <= MOST_EXACT:
        below = 2.0 * wilcoxon_tails(n)[0] <= 1.0 - level
        left = int(below.sum()) - 1
    else:
        from scipy.special import ndtri

        spread = np.sqrt(n * (n + 1) * (2 * n + 1) / 24.0)
        left = int(np.floor(n * (n + 1) / 4.0 + ndtri((1.0 - level) / 2.0) * spread - 0.5))
    if left < 0:
        reason = f"too few for an interval at {level:.0%}: {counted(n, 'date')}"
        return Interval(estimate=estimate, low=np.nan, high=np.nan, reason=reason)
    return Interval(estimate=estimate, low=float(means[left]), high=float(means[-1 - left]))


def mean_of(groups: Sequence[FloatArray]) -> Callable[[IntArray], FloatArray]:
    """Return the mean of the values of some of `groups`, for each line of their numbers."""
    sums = np.array([group.sum() for group in groups])
    number = np.array([float(len(group)) for group in groups])
    return lambda drawn: sums[drawn].sum(axis=-1) / number[drawn].sum(axis=-1)


def median_of(groups: Sequence[FloatArray]) -> Callable[[IntArray], FloatArray]:
    """Return the median of the values of some of `groups`, for each line of their numbers."""
    widest = max(len(group) for group in groups)
    padded = np.full((len(groups), widest), np.nan)
    for line, group in zip(padded, groups, strict=True):
        line[: len(group)] = group

    def medians(drawn: IntArray) -> FloatArray:
        lines = drawn.reshape(-1, drawn.shape[-1])
        found = np.empty(len(lines))
        # A line holds all values of its groups: many where there are few groups.
        step = max(1, _AT_A_TIME // max(1, lines.shape[1] * widest))
        for begin in range(0, len(lines), step):
            values = padded[lines[begin : begin + step]]
            found[begin : begin + step] = np.nanmedian(values.reshape(len(values), -1), axis=1)
        return found.reshape(drawn.shape[:-1])

    return medians


def cluster_bootstrap(
    statistic: Callable[[IntArray], FloatArray],
    n_clusters: int,
    level: float,
    *,
    draws: int,
    seed: Sequence[int],
) -> Interval:
    """Bias-corrected and accelerated bootstrap interval (Efron 1987), clusters drawn whole.

    Parameters
    ----------
    statistic
        From numbers of clusters ``(R, n)`` to ``(R,)``.
    n_clusters, level, draws, seed
        Clusters, confidence level, resamples, and the seed of these.
    """
    from scipy.stats import DegenerateDataWarning, bootstrap

    estimate = float(statistic(np.arange(n_clusters)[None, :])[0])
    if n_clusters < 2:
        reason = "fewer than two dates"
        return Interval(estimate=estimate, low=np.nan, high=np.nan, reason=reason)
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", DegenerateDataWarning)  # the reason says it
        found = bootstrap(
            (np.arange(n_clusters),),
            lambda drawn, axis: statistic(np.moveaxis(drawn, axis, -1)),
            n_resamples=draws,
            batch=max(1, _AT_A_TIME // n_clusters**2),
            vectorized=True,
            confidence_level=level,
            random_state=np.random.default_rng(list(seed)),
        ).confidence_interval
    low, high = float(found.low), float(found.high)
    reason = "" if np.isfinite(low) else "the dates do not differ"
    return Interval(estimate=estimate, low=low, high=high, reason=reason)
