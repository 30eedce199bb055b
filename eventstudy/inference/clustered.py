"""Tests of the mean CAR whose errors are clustered: by event date and market, and resampled."""

from __future__ import annotations

import itertools
import zlib
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.estimation.clusters import renumbered
from eventstudy.inference.pvalues import REPLICATIONS, against_null, rank_pvalue
from eventstudy.inference.statistic import StatisticValues, register, t_values

if TYPE_CHECKING:
    from eventstudy._typing import FloatArray, IntArray
    from eventstudy.inference.evidence import Evidence

_WEBB_BELOW = 12
# A variance below this share of what it is the difference of is rounding.
_ROUNDING = 1e-12
_NULL = "the mean abnormal return is zero"


@register(
    "two_way_t",
    summary="mean CAR over a standard error clustered by event date and by market",
    null=_NULL,
    assumes="pairs of other dates and other markets are independent; many of both",
    distribution="t(min(E, markets) - 1)",
    source="Cameron, Gelbach and Miller (JBES 2011)",
)
def two_way_t(evidence: Evidence) -> StatisticValues:
    """``mean(CAR) / sqrt(V_date + V_market - V_both)``.

    ``V = G/(G-1) sum_g (sum_{i in g} (CAR_i - mean))^2 / N^2`` over the G clusters that have a
    pair: dates (events of one unit are one), markets, and the two crossed. Degrees of freedom: the
    smaller number of dates and markets, less 1. NaN with fewer than two of either, or where the
    variance is not positive, which the subtraction allows.
    """
    unit = renumbered(evidence.structure.unit)
    market = np.empty(evidence.n_pairs, dtype=np.int64)
    for block in evidence.blocks:
        market[block.columns] = evidence.table.security[block.rows[0]]
    both = renumbered(unit * (int(market.max(initial=0)) + 1) + market)
    market = renumbered(market)
    values = evidence.window.car
    centre = 0.0
    if evidence.n_draws == 1 and np.isfinite(evidence.gather(values)).any():
        centre = float(np.nanmean(evidence.gather(values)))
    # Every date and market is a sum of what both are crossed in.
    crossed = _cluster_sums(evidence, both, centre)
    first = np.unique(both, return_index=True)[1]
    by_unit = _joined(crossed, unit[first])
    n = by_unit[1].sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = by_unit[0].sum(axis=1) / n
        parts, numbers = [], []
        for sums, count in (by_unit, _joined(crossed, market[first]), crossed):
            n_clusters = (count > 0).sum(axis=1).astype(np.float64)
            score = sums - count * mean[:, None]
            parts.append(n_clusters / (n_clusters - 1.0) * (score**2).sum(axis=1) / n**2)
            numbers.append(n_clusters)
        least = np.minimum(numbers[0], numbers[1])
        variance = parts[0] + parts[1] - parts[2]
        scale = np.maximum(parts[0] + parts[1], (mean + centre) ** 2 * _ROUNDING)
        usable = (least > 1) & (variance > _ROUNDING * scale)
        std_error = np.where(usable, np.sqrt(np.where(usable, variance, 1.0)), np.nan)
        value = (mean + centre) / std_error
    is_short = bool((least < 2).all())
    return t_values(
        evidence,
        value,
        least - 1.0,
        std_error=std_error,
        reason="fewer than two dates or two markets"
        if is_short
        else "the variance clustered by date and market is not positive",
    )


@register(
    "wild_bootstrap",
    summary="t of the mean CAR clustered by event date, ranked among sign-flipped dates",
    null=_NULL,
    assumes="independent dates with CARs symmetric about zero; six dates or more to reach 5 %",
    distribution=f"wild cluster bootstrap, {REPLICATIONS} replications or all sign patterns",
    source="Cameron, Gelbach and Miller (REStat 2008); Webb (2014)",
    most_draws=500,
)
def wild_bootstrap(evidence: Evidence) -> StatisticValues:
    """``mean(CAR) / sqrt(V_date)``, ranked among its values with every date's CARs times a weight.

    ``V_date`` as for `two_way_t`; the E dates are the units of the pairs. The null is imposed: the
    CARs themselves are what is multiplied. While 2^E is at most 999 every pattern of signs is
    used, the data among them, and ``p = #{|t*| >= |t|} / 2^E``; then Webb's six weights for fewer
    than 12 dates and signs for 12 or more, 999 times, with ``p = (1 + #) / 1000``. One-sided p
    counts ``t* >= t`` or ``t* <= t``. Its size is measured over 500 placebo draws at the most. NaN
    with fewer than two dates, or where the dates' CARs do not vary.
    """
    unit = renumbered(evidence.structure.unit)
    sums, count = _cluster_sums(evidence, unit, 0.0)
    statistic = cluster_t(sums, count)
    pvalue = np.full(evidence.n_draws, np.nan)
    # Dates without a pair move behind the others, so that equal numbers share their weights; and
    # by size, so that neither the order of the pairs nor their sign decides who gets which.
    order = np.lexsort((np.abs(sums), count == 0), axis=-1)
    sums, count = (np.take_along_axis(each, order, axis=1) for each in (sums, count))
    dates = (count > 0).sum(axis=1)
    usable = np.isfinite(statistic)
    note = ""
    for number in np.unique(dates[usable]):
        n_dates = int(number)
        chosen = np.flatnonzero(usable & (dates == n_dates))
        weights, is_whole = wild_weights(n_dates, evidence.seed)
        drawn = wild_t(sums[chosen, :n_dates], count[chosen, :n_dates], weights)
        pvalue[chosen] = rank_pvalue(
            against_null(statistic[chosen], evidence.alternative),
            against_null(drawn, evidence.alternative),
            holds_value=is_whole,
        )
        if is_whole:
            least = (2 if evidence.alternative == "two-sided" else 1) / len(weights)
            note = f"all {len(weights)} sign patterns of {n_dates} dates used: p >= {least:.3g}"
    return StatisticValues(
        statistic=statistic,
        df=np.full(len(statistic), np.nan),
        pvalue=pvalue,
        reason="fewer than two dates, or all dates moved alike",
        note=note,
    )


def wild_weights(n_dates: int, seed: tuple[int, ...]) -> tuple[FloatArray, bool]:
    """Weights of the dates in every replication ``(R, E)``, and whether these are all there are."""
    if 2**n_dates <= REPLICATIONS:
        return np.array(list(itertools.product([1.0, -1.0], repeat=n_dates))), True
    rng = np.random.default_rng((*seed, zlib.crc32(b"wild_bootstrap"), n_dates))
    points = np.array([-1.0, 1.0])
    if n_dates < _WEBB_BELOW:
        points = np.sqrt([0.5, 1.0, 1.5])
        points = np.concatenate([-points, points])
    return points[rng.integers(len(points), size=(REPLICATIONS, n_dates))], False


def wild_t(sums: FloatArray, count: FloatArray, weights: FloatArray) -> FloatArray:
    """`cluster_t` with the CARs of every date times each of its weights.

    Parameters
    ----------
    sums, count : ``(B, E)`` of the pairs of each date
    weights : ``(R, E)``

    Returns
    -------
    ``(B, R)``; infinite where the weighted dates do not vary, 0 where their mean is 0 as well.
    """
    n_dates = sums.shape[1]
    n = count.sum(axis=1)[:, None]
    total = sums @ weights.T
    sum_of_squares = sums**2 @ (weights**2).T
    score = total * total * ((count**2).sum(axis=1)[:, None] / n**2)
    score -= total * ((sums * (2.0 * count / n)) @ weights.T)
    score += sum_of_squares
    flat = score <= _ROUNDING * sum_of_squares
    score[flat] = 1.0
    t = total / np.sqrt(score * (n_dates / (n_dates - 1.0)))
    t[flat] = np.copysign(np.inf, total[flat])
    t[flat & (total * total <= _ROUNDING * sum_of_squares)] = 0.0
    return np.asarray(t, dtype=np.float64)


def cluster_t(sums: FloatArray, count: FloatArray) -> FloatArray:
    """Mean over its cluster-robust standard error, ``(B,)``, from cluster sums ``(B, E)``."""
    n_clusters = (count > 0).sum(axis=1)
    n = count.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums.sum(axis=1) / n
        score = ((sums - count * mean[:, None]) ** 2).sum(axis=1)
        spread = np.sqrt(n_clusters / (n_clusters - 1.0) * score) / n
        usable = (n_clusters > 1) & (score > _ROUNDING**2 * (sums**2).sum(axis=1))
        return np.where(usable, mean / spread, np.nan)


def _cluster_sums(
    evidence: Evidence, label: IntArray, centre: float
) -> tuple[FloatArray, FloatArray]:
    """Sum of CAR less `centre`, and number of pairs with one, by cluster: ``(B, G)`` each."""
    values = evidence.window.car
    has_car = np.isfinite(values)
    filled = np.where(has_car, values, 0.0)
    shape = (evidence.n_draws, int(label.max(initial=-1)) + 1)
    sums, count = np.zeros(shape), np.zeros(shape)
    for block in evidence.blocks:
        order = np.argsort(label[block.columns], kind="stable")
        rows = block.rows[:, order]
        block_label = label[block.columns][order]
        starts = np.flatnonzero(np.r_[True, np.diff(block_label) != 0])
        number = has_car[rows].astype(np.float64)
        block_values = filled[rows] * evidence.sign[block.columns][order] - centre * number
        sums[:, block_label[starts]] += np.add.reduceat(block_values, starts, axis=1)[block.pick]
        count[:, block_label[starts]] += np.add.reduceat(number, starts, axis=1)[block.pick]
    return sums, count


def _joined(
    clusters: tuple[FloatArray, FloatArray], label: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Sums of `_cluster_sums` over the clusters of one label ``(G,)``, numbered from 0."""
    order = np.argsort(label, kind="stable")
    begin = np.searchsorted(label[order], np.arange(int(label.max(initial=-1)) + 1))
    sums, count = (np.add.reduceat(part[:, order], begin, axis=1) for part in clusters)
    return sums, count
