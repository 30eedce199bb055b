"""Calendar-time portfolios: one observation a session, whatever number of pairs it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.moments import Moments, moments, moments_of_sums, ratio_t
from eventstudy.inference.statistic import StatisticValues, register, t_values
from eventstudy.kernels import newey_west_lags

if TYPE_CHECKING:
    from eventstudy._typing import FloatArray, IntArray
    from eventstudy.inference.evidence import Evidence

# A variance below this share of what it is the sum of is rounding.
_ROUNDING = 1e-12
_NULL = "the mean abnormal return of a session is zero"
_REASON = "fewer than two calendar sessions, or all of them moved alike"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Portfolios:
    """What the pairs of one block do on every calendar day, in each of its placements.

    Attributes
    ----------
    first : ``(M,)`` day in column 0
    value : ``(M, D)`` abnormal return of the portfolio of that day; NaN without a pair
    """

    first: IntArray
    value: FloatArray


@register(
    "calendar_time",
    summary="mean over calendar sessions of the average abnormal return of the pairs in them",
    null=_NULL,
    assumes="independent sessions of equal variance, however many pairs they hold",
    distribution="t(n-1)",
    source="Jaffe (1974); Mandelker (1974)",
)
def calendar_time(evidence: Evidence) -> StatisticValues:
    """``sqrt n mean(AR_d) / sd(AR_d, n-1)`` over the n calendar sessions that a window holds.

    ``AR_d`` averages all pairs with an abnormal return on date d inside their window. NaN with
    fewer than two such dates, or where they do not vary.
    """
    m = _session_moments(evidence, _portfolios(evidence, standardise=False))
    return t_values(evidence, ratio_t(m), m.n - 1.0, reason=_REASON)


@register(
    "calendar_time_standardised",
    summary="calendar_time with every session over the standard deviation of its own portfolio",
    null=_NULL,
    assumes="independent sessions, variances as in the estimation window up to one factor",
    distribution="t(n-1)",
    source="Jaffe (1974); Mandelker (1974)",
)
def calendar_time_standardised(evidence: Evidence) -> StatisticValues:
    """``sqrt n mean(z_d) / sd(z_d, n-1)`` with ``z_d = AR_d / s_d``.

    ``s_d^2 = sum_ij rho_ij s_i s_j / N_d^2`` over the ``N_d`` pairs of date d is the variance of
    this very portfolio in the estimation window, residuals paired by calendar (20 common sessions
    or more, else their correlation is 0). A date without a positive variance is left out; NaN as
    for `calendar_time`.
    """
    m = _session_moments(evidence, _portfolios(evidence, standardise=True))
    return t_values(evidence, ratio_t(m), m.n - 1.0, reason=_REASON)


@register(
    "calendar_time_hac",
    summary="calendar_time with a standard error that allows for neighbouring sessions",
    null=_NULL,
    assumes="dependence that dies out over a few sessions; many sessions",
    distribution="t(n-1)",
    source="Newey and West (Econometrica 1987; REStud 1994, lag rule)",
)
def calendar_time_hac(evidence: Evidence) -> StatisticValues:
    """``mean(AR_d) / sqrt(n/(n-1) (g_0 + 2 sum_k w_k g_k) / n^2)``.

    ``g_k = sum_d u_d u_{d+k}`` of the deviations u from the mean over the sessions in order of
    their dates, ``w_k = 1 - k/(q+1)`` up to lag ``q = floor(4 (n/100)^(2/9))``. Neighbours are the
    next sessions held, however far away. NaN as for `calendar_time`.
    """
    series = _series(evidence, _portfolios(evidence, standardise=False))
    m = moments(series)
    u = np.where(np.isfinite(series), series - m.mean[:, None], 0.0)
    total = np.einsum("bn,bn->b", u, u)
    number = np.arange(series.shape[1] + 1)
    lags = newey_west_lags(number)[m.n.astype(np.int64)]
    variance = total.copy()
    for k in range(1, min(int(lags.max(initial=0.0)), series.shape[1] - 1) + 1):
        weight = np.maximum(0.0, 1.0 - k / (lags + 1.0))
        variance += 2.0 * weight * np.einsum("bn,bn->b", u[:, k:], u[:, :-k])
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(variance / (m.n * (m.n - 1.0)))
        usable = (m.sd > 0) & (variance > _ROUNDING * total)
        value = np.where(usable, m.mean / spread, np.nan)
    return t_values(evidence, value, m.n - 1.0, reason=_REASON)


def _portfolios(evidence: Evidence, *, standardise: bool) -> list[Portfolios]:
    """Portfolios of every block. Draws keep blocks a window apart, so that they share no date."""
    table, window = evidence.table, evidence.window
    taus = np.flatnonzero((window.present > 0).any(axis=0))
    is_present = window.present[:, taus] > 0
    days = table.dates[:, taus].astype("datetime64[D]").astype(np.int64)
    abnormal = table.abnormal[:, taus]
    parts, cells, rows, signs = [], [], [], []
    n_cells = 0
    for block in evidence.blocks:
        n_lines = len(block.rows)
        line, pair, tau = np.nonzero(is_present[block.rows])
        row = block.rows[line, pair]
        day = days[row, tau]
        sign = evidence.sign[block.columns][pair]
        first = np.full(n_lines, np.iinfo(np.int64).max)
        np.minimum.at(first, line, day)
        width = int((day - first[line]).max(initial=0)) + 1
        cell = line * width + day - first[line]
        size = n_lines * width
        total = np.bincount(cell, weights=sign * abnormal[row, tau], minlength=size)
        scale = np.bincount(cell, minlength=size).astype(np.float64)
        parts.append((first, total, scale))
        cells.append(cell + n_cells)
        rows.append(row)
        signs.append(sign)
        n_cells += size
    if standardise:
        cell, row, sign = (np.concatenate(part) for part in (cells, rows, signs))
        deviation = _deviation(evidence, cell, row, sign, n_cells)
        ends = np.cumsum([len(total) for _, total, _ in parts])
        scales = np.split(deviation, ends[:-1])
        parts = [(a, b, scale) for (a, b, _), scale in zip(parts, scales, strict=True)]
    portfolios = []
    for first, total, scale in parts:
        usable = scale > 0
        average = np.where(usable, total / np.where(usable, scale, 1.0), np.nan)
        portfolios.append(Portfolios(first=first, value=average.reshape(len(first), -1)))
    return portfolios


def _deviation(
    evidence: Evidence, cell: IntArray, row: IntArray, sign: FloatArray, n_cells: int
) -> FloatArray:
    """Standard deviation of the sum over the pairs of each cell; 0 where it is not positive."""
    from scipy.sparse import csr_array

    table = evidence.table
    order = np.argsort(cell, kind="stable")
    pointer = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=n_cells))])
    shape = (n_cells, len(table.abnormal))
    holds = csr_array((sign[order], row[order], pointer), shape=shape)
    variance = evidence.dependence.portfolio_variance(table, holds)
    own_variance = np.bincount(cell, weights=table.fit.sigma[row] ** 2, minlength=n_cells)
    return np.sqrt(np.where(variance > _ROUNDING * own_variance, variance, 0.0))


def _session_moments(evidence: Evidence, portfolios: list[Portfolios]) -> Moments:
    """Moments over the calendar sessions of every draw, from the sums of every placement."""
    if evidence.n_draws == 1:
        return moments(_series(evidence, portfolios))
    sums = [
        np.column_stack(
            [
                np.isfinite(each.value).sum(axis=1),
                np.nansum(each.value, axis=1),
                np.nansum(each.value**2, axis=1),
            ]
        )
        for each in portfolios
    ]
    n, first, second = evidence.unstack(np.concatenate(sums)).T
    return moments_of_sums(n, first, second)


def _series(evidence: Evidence, portfolios: list[Portfolios]) -> FloatArray:
    """Returns of the portfolios in order of their dates, ``(B, D)``; NaN at the end."""
    last = np.iinfo(np.int64).max
    values, days = [], []
    for block, each in zip(evidence.blocks, portfolios, strict=True):
        has_value = np.isfinite(each.value)
        width = max(1, int(has_value.sum(axis=1).max(initial=0)))
        order = np.argsort(~has_value, axis=1, kind="stable")[:, :width]
        day = np.where(
            np.take_along_axis(has_value, order, axis=1), each.first[:, None] + order, last
        )
        values.append(np.take_along_axis(each.value, order, axis=1)[block.pick])
        days.append(day[block.pick])
    value, day = np.concatenate(values, axis=1), np.concatenate(days, axis=1)
    if len(values) == 1:
        return value
    return np.take_along_axis(value, np.argsort(day, axis=1, kind="stable"), axis=1)
