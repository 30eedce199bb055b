"""Calendar-time portfolios: one observation a session, whatever number of pairs it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.moments import Moments, moments, moments_of_sums, ratio_t
from eventstudy.inference.once import mark_of
from eventstudy.inference.statistic import StatisticValues, register, t_values
from eventstudy.kernels import newey_west_lags

if TYPE_CHECKING:
    import numpy.typing as npt

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Calendar:
    """Which returns fall on which calendar day in every placement, whatever the returns are.

    Attributes
    ----------
    first : ``(M,)`` of each block, the day in its column 0
    width : of each block, its days
    cell : ``(n,)`` place of each return among the days of all placements, one after the other
    value : ``(n,)`` place of each return among those of all positions and then their negatives
    count : ``(cells,)`` returns of each day
    """

    first: tuple[IntArray, ...]
    width: tuple[int, ...]
    cell: npt.NDArray[np.signedinteger]
    value: npt.NDArray[np.signedinteger]
    count: IntArray


def _portfolios(evidence: Evidence, *, standardise: bool) -> list[Portfolios]:
    """Portfolios of every block. Draws keep blocks a window apart, so that they share no date."""
    taus = np.flatnonzero((evidence.window.present > 0).any(axis=0))
    name = f"calendar {evidence.presence}"
    calendar = evidence.of_residuals(name, lambda: _calendar(evidence, taus))
    scale = calendar.count.astype(np.float64)
    if standardise:
        spreads = mark_of(evidence.table.fit.sigma)
        scale = evidence.of_residuals(
            f"deviations {spreads} of {name}", lambda: _deviation(evidence, calendar, len(taus))
        )

    def summed() -> FloatArray:
        abnormal = evidence.table.abnormal[:, taus].ravel()
        values = np.concatenate([abnormal, -abnormal]).take(calendar.value)
        return np.asarray(np.bincount(calendar.cell, weights=values, minlength=len(scale)))

    total = evidence.of_group(f"sums of {name}", summed)  # three tests begin with them
    usable = scale > 0
    average = np.where(usable, total / np.where(usable, scale, 1.0), np.nan)
    sizes = [len(first) * each for first, each in zip(calendar.first, calendar.width, strict=True)]
    ends = np.cumsum(sizes)
    return [
        Portfolios(first=first, value=value.reshape(len(first), -1))
        for first, value in zip(calendar.first, np.split(average, ends[:-1]), strict=True)
    ]


def _calendar(evidence: Evidence, taus: IntArray) -> _Calendar:
    """Find the calendar days of the sessions `taus` of the window."""
    table = evidence.table
    is_present = evidence.window.present[:, taus] > 0
    days = table.dates[:, taus].astype("datetime64[D]").astype(np.int64)
    n_values = is_present.size
    firsts, widths, cells, values = [], [], [], []
    n_cells = 0
    for block in evidence.blocks:
        n_lines = len(block.rows)
        line, pair, tau = np.nonzero(is_present[block.rows])
        row = block.rows[line, pair]
        day = days[row, tau]
        first = np.full(n_lines, np.iinfo(np.int64).max)
        np.minimum.at(first, line, day)
        width = int((day - first[line]).max(initial=0)) + 1
        is_turned = evidence.sign[block.columns][pair] < 0
        cells.append(n_cells + line * width + day - first[line])
        values.append(row * len(taus) + tau + n_values * is_turned)
        firsts.append(first)
        widths.append(width)
        n_cells += n_lines * width
    cell, value = np.concatenate(cells), np.concatenate(values)
    small = max(n_cells, 2 * n_values) <= np.iinfo(np.int32).max
    kind = np.int32 if small else np.int64
    return _Calendar(
        first=tuple(firsts),
        width=tuple(widths),
        cell=cell.astype(kind),
        value=value.astype(kind),
        count=np.bincount(cell, minlength=n_cells),
    )


def _deviation(evidence: Evidence, calendar: _Calendar, n_taus: int) -> FloatArray:
    """Standard deviation of the sum over the pairs of each cell; 0 where it is not positive."""
    from scipy.sparse import csr_array

    table = evidence.table
    is_turned, value = np.divmod(calendar.value, len(table.abnormal) * n_taus)
    row, sign = value // n_taus, 1.0 - 2.0 * is_turned
    order = np.argsort(calendar.cell, kind="stable")
    pointer = np.concatenate([[0], np.cumsum(calendar.count)])
    shape = (len(calendar.count), len(table.abnormal))
    holds = csr_array((sign[order], row[order], pointer), shape=shape)
    variance = evidence.dependence.portfolio_variance(table, holds)
    squares = table.fit.sigma[row] ** 2
    own_variance = np.bincount(calendar.cell, weights=squares, minlength=len(calendar.count))
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
