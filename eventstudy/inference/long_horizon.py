"""The test of long windows: standardised abnormal returns, clustered by calendar month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.statistic import StatisticValues, register, t_values

if TYPE_CHECKING:
    from eventstudy._typing import FloatArray, IntArray
    from eventstudy.inference.evidence import Evidence

# Pairs of draws summed at a time, so that memory does not grow with draws and pairs.
_STEP = 100_000
# A variance below this share of the squares it is of is rounding.
_ROUNDING = 1e-24


@register(
    "dutta_t",
    summary="mean standardised abnormal return of a session, clustered by calendar month",
    null="the mean standardised abnormal return of a session is zero",
    assumes="calendar months are independent; many of them: at least 12",
    distribution="t(G), G months",
    source="Dutta, Knif, Kolari and Pynnonen (J. Empirical Finance 2018), "
    "as in the R package crseEventStudy",
    most_draws=200,
)
def dutta_t(evidence: Evidence) -> StatisticValues:
    """``mean(x) / sqrt(V)``, x the abnormal returns of a pair over their own standard deviation.

    The deviation is that of the pair's abnormal returns in the window (n - 1), about their mean.
    ``V = G/(G-1) sum_g (sum in g of (x - mean))^2 / n^2`` over the G calendar months, n the
    sessions of all pairs. Its size is measured over 200 of the draws. NaN with fewer than two
    months; a pair with fewer than two sessions, or the same return on all, is left out.
    """
    scores, counts, first = _monthly(evidence)
    total, squares = np.zeros((2, evidence.n_draws))
    number, n_months = np.zeros((2, evidence.n_draws))
    rows = np.empty((evidence.n_draws, evidence.n_pairs), dtype=np.int64)
    for block in evidence.blocks:
        rows[:, block.columns] = block.rows[block.pick]
    deep = max(1, _STEP // max(1, evidence.n_pairs * scores.shape[1]))
    for begin in range(0, evidence.n_draws, deep):
        held = rows[begin : begin + deep]
        part = slice(begin, begin + len(held))
        month = first[held][:, :, None] + np.arange(scores.shape[1])
        earliest = int(month.min(initial=0))
        width = int(month.max(initial=0)) - earliest + 1
        cell = (month - earliest + width * np.arange(len(held))[:, None, None]).ravel()
        signed = (scores[held] * evidence.sign[:, None]).ravel()
        sums, count = (
            np.bincount(cell, weights=values, minlength=len(held) * width).reshape(-1, width)
            for values in (signed, counts[held].ravel())
        )
        number[part], total[part] = count.sum(axis=1), sums.sum(axis=1)
        n_months[part] = (count > 0).sum(axis=1)
        mean = total[part] / np.maximum(number[part], 1.0)
        squares[part] = ((sums - count * mean[:, None]) ** 2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(n_months / (n_months - 1.0) * squares)
        value = np.where((n_months > 1) & (squares > _ROUNDING * number), total / spread, np.nan)
    return t_values(
        evidence,
        value,
        n_months,
        reason="its sessions lie in fewer than two calendar months, "
        "or no pair has two sessions that differ",
    )


def _monthly(evidence: Evidence) -> tuple[FloatArray, FloatArray, IntArray]:
    """Sum and number of the standardised returns of each position by month, and its first month.

    ``(U, K)`` twice, and ``(U,)``.
    """
    table, present = evidence.table, evidence.window.present > 0
    number = present.sum(axis=1)
    values = np.where(present, table.abnormal, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = values.sum(axis=1) / number
        deviation = np.where(present, table.abnormal - mean[:, None], 0.0)
        spread = np.sqrt((deviation**2).sum(axis=1) / (number - 1.0))
    is_used = (number > 1) & (spread > 1e-13 * np.abs(mean))
    present = present & is_used[:, None]
    scaled = np.where(present, values / np.where(is_used, spread, 1.0)[:, None], 0.0)
    month = table.dates.astype("datetime64[M]").astype(np.int64)
    row, column = np.nonzero(present)
    first = np.zeros(len(number), dtype=np.int64)
    earliest = np.full(len(number), np.iinfo(np.int64).max)
    np.minimum.at(earliest, row, month[row, column])
    first[is_used] = earliest[is_used]
    # Positions without a value stand in the months of the others.
    first[~is_used] = first[is_used].min() if is_used.any() else 0
    at = month[row, column] - first[row]
    width = int(at.max(initial=0)) + 1
    cell = row * width + at
    size = len(number) * width
    sums = np.bincount(cell, weights=scaled[row, column], minlength=size)
    counts = np.bincount(cell, minlength=size).astype(np.float64)
    return sums.reshape(-1, width).astype(np.float64), counts.reshape(-1, width), first
