"""Tests across markets at once: the mean CAR of every market, with their whole covariance.

A market that moves with another is no second observation, and a market that falls while another
rises is no zero. Both are seen when each market keeps its own mean CAR and the residuals say how
these vary together: the seemingly unrelated regressions of Schipper and Thompson (1983) and Binder
(1985), in closed form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.statistic import StatisticValues, register

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.estimation.abnormal import CumulativeReturns
    from eventstudy.inference.evidence import Block, Evidence

_SOURCE = "Schipper and Thompson (1983); Binder (1985); exact F: Hotelling (1931)"
_ASSUMES = (
    "normal residuals, the same variance in the event window as before; two dates are tied only "
    "where their windows share a session"
)
_DISTRIBUTION = "F(q, v - q + 1), q restrictions, v the mean residual degrees of freedom"
# Smallest eigenvalue of a correlation matrix that still tells its markets apart.
_SINGULAR = 1e-10
# Beyond this, the covariances of all placements are too many to hold, and size is not measured.
_MOST_MARKETS = 40

_TOO_MANY = "no more residual degrees of freedom than markets, or markets that move as one"
_ALONE = "a single market: the hypothesis is about several"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarketMeans:
    """Mean CARs of the ``m`` markets of a group in ``B`` draws.

    Attributes
    ----------
    mean : ``(B, m)`` decimal; NaN where a market has no pair with an abnormal return
    covariance : ``(B, m, m)`` of these means
    df : ``(B,)`` mean residual degrees of freedom of the pairs
    """

    mean: FloatArray
    covariance: FloatArray
    df: FloatArray


def market_means(evidence: Evidence) -> MarketMeans:
    """Mean CAR of every market and their covariance, which three tests share.

    ``Cov(CAR_i, CAR_j) = rho_ij n_ij / sqrt(L_i L_j) se_i se_j``, with ``rho_ij`` the correlation
    of the estimation residuals on common calendar sessions, ``n_ij`` the calendar sessions that
    both windows hold, ``se`` the exact forecast standard error of a CAR (docs/methods.md, section
    5). Pairs that share no session do not covary, so that what moves apart adds up.
    """
    name = f"means of markets {evidence.presence}"
    return evidence.of_group(name, lambda: _market_means(evidence))


def _market_means(evidence: Evidence) -> MarketMeans:
    name = f"covariance of markets {evidence.presence}"
    n, covariance, df = evidence.of_residuals(name, lambda: _covariance(evidence))
    markets = _markets(evidence)
    car = np.where(_is_kept(evidence.window), evidence.window.car, 0.0)
    total = [
        (car[block.rows] * evidence.sign[block.columns]) @ _is_of(evidence, block, markets)
        for block in evidence.blocks
    ]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = evidence.unstack(np.concatenate(total)) / n
    return MarketMeans(mean=mean, covariance=covariance, df=df)


def _is_kept(window: CumulativeReturns) -> BoolArray:
    return np.isfinite(window.std_error) & (window.n_sessions > 0)


def _markets(evidence: Evidence) -> IntArray:
    """Markets of the pairs, ``(m,)``."""
    security = evidence.table.security
    return np.unique(np.concatenate([security[block.rows[0]] for block in evidence.blocks]))


def _is_of(evidence: Evidence, block: Block, markets: IntArray) -> FloatArray:
    """Which market each pair of a block is of, ``(n, m)``."""
    security = evidence.table.security[block.rows[0]]
    return np.asarray(security[:, None] == markets, dtype=np.float64)


def _covariance(evidence: Evidence) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Number of pairs of every market ``(B, m)``, covariance of their means and mean df."""
    table, window = evidence.table, evidence.window
    keep = _is_kept(window)
    se = np.where(keep, window.std_error, 0.0)
    df = np.where(keep, table.fit.df, 0.0)
    markets = _markets(evidence)
    m = len(markets)
    number, freedom = [], []
    for block in evidence.blocks:
        number.append(keep[block.rows] @ _is_of(evidence, block, markets))
        freedom.append(df[block.rows].sum(axis=1))
    n = evidence.unstack(np.concatenate(number))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_df = evidence.unstack(np.concatenate(freedom)) / n.sum(axis=1)
        # Too many markets for their covariance to be inverted, or for all placements' to be held.
        is_out_of_reach = evidence.n_draws > 1 and m > _MOST_MARKETS
        if is_out_of_reach or not (mean_df > m - 1).any():
            missing = np.full((evidence.n_draws, 1, 1), np.nan)
            return n, np.broadcast_to(missing, (evidence.n_draws, m, m)), mean_df
        covariance = evidence.unstack(_forms(evidence, keep & (se > 0), se, markets))
        return n, covariance / (n[:, :, None] * n[:, None, :]), mean_df


def _forms(evidence: Evidence, keep: BoolArray, se: FloatArray, markets: IntArray) -> FloatArray:
    """Covariances of the markets' sums in every placement, ``(sum M, m, m)``."""
    from scipy.sparse import coo_array, csr_array, diags_array

    table, window, dependence = evidence.table, evidence.window, evidence.dependence

    def make() -> csr_array:
        scale = diags_array(np.where(np.isfinite(se), se, 0.0))
        return csr_array(scale @ dependence.overlap(table, window) @ scale)

    pairwise = dependence.once(f"covariance of CARs {window.window}", make)
    m = len(markets)
    holds = evidence.stack(keep)
    holds.sum_duplicates()
    entries = holds.tocoo()
    market = np.searchsorted(markets, table.security)
    # One line a placement and market, so that one product serves all markets.
    line = entries.row.astype(np.int64) * m + np.minimum(market, m - 1)[entries.col]
    shape = (holds.shape[0] * m, holds.shape[1])
    by_market = csr_array(coo_array((entries.data, (line, entries.col)), shape=shape))
    every = holds[np.repeat(np.arange(holds.shape[0]), m)]
    is_of = (table.security[:, None] == markets).astype(np.float64)
    forms = np.asarray((by_market @ pairwise).multiply(every) @ is_of)
    return forms.reshape(-1, m, m)


@register(
    "joint_f",
    summary="the mean CAR of every market is zero, tested at once",
    null="the mean abnormal return is zero in every market",
    assumes=_ASSUMES,
    distribution=_DISTRIBUTION,
    source=_SOURCE,
    directed=False,
)
def joint_f(evidence: Evidence) -> StatisticValues:
    """``F = (v - q + 1)/(q v) c'V^{-1}c`` with `c` the markets' mean CARs, ``q`` their number."""
    means = market_means(evidence)
    return _f_test(means, np.eye(means.mean.shape[1]), _TOO_MANY)


@register(
    "joint_f_sum",
    summary="the mean CARs of all markets add up to zero",
    null="the mean abnormal returns of the markets add up to zero",
    assumes=_ASSUMES,
    distribution="F(1, v), v the mean residual degrees of freedom",
    source=_SOURCE,
    directed=False,
)
def joint_f_sum(evidence: Evidence) -> StatisticValues:
    """``F = (1'c)^2 / 1'V1``: markets weigh the same, however many of the pairs are theirs."""
    means = market_means(evidence)
    m = means.mean.shape[1]
    if m == 1:
        return _refused(evidence)
    return _f_test(means, np.ones((1, m)), _TOO_MANY)


@register(
    "joint_f_equal",
    summary="all markets have the same mean CAR",
    null="the mean abnormal return is the same in every market",
    assumes=_ASSUMES,
    distribution=_DISTRIBUTION,
    source=_SOURCE,
    directed=False,
)
def joint_f_equal(evidence: Evidence) -> StatisticValues:
    """As `joint_f`, of the differences between the markets: ``q`` is their number less one."""
    means = market_means(evidence)
    m = means.mean.shape[1]
    if m == 1:
        return _refused(evidence)
    return _f_test(means, np.eye(m - 1, m) - np.eye(m - 1, m, 1), _TOO_MANY)


def _refused(evidence: Evidence) -> StatisticValues:
    """Of one market, the sum is the mean itself, and there is nothing for it to be equal to."""
    missing = np.full(evidence.n_draws, np.nan)
    return StatisticValues(statistic=missing, df=missing, pvalue=missing, reason=_ALONE)


def _f_test(means: MarketMeans, contrast: FloatArray, reason: str) -> StatisticValues:
    """Test ``contrast c = 0``, `contrast` ``(q, m)``."""
    from scipy.special import fdtrc

    q = len(contrast)
    value = means.mean @ contrast.T
    spread = np.einsum("qm,bmn,rn->bqr", contrast, means.covariance, contrast)
    wald = _quadratic(value, spread)
    df = means.df - q + 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(df > 0, wald * df / (q * means.df), np.nan)
        pvalue = np.where(df > 0, fdtrc(q, np.where(df > 0, df, 1.0), statistic), np.nan)
    return StatisticValues(statistic=statistic, df=df, pvalue=pvalue, reason=reason)


def _quadratic(value: FloatArray, spread: FloatArray) -> FloatArray:
    """``x'S^{-1}x`` of every draw, ``(B,)``; NaN where `S` cannot be told from singular."""
    scale = np.sqrt(np.einsum("bqq->bq", spread))
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = spread / (scale[:, :, None] * scale[:, None, :])
        x = value / scale
    is_complete = np.isfinite(correlation).all(axis=(1, 2)) & np.isfinite(x).all(axis=1)
    out = np.full(len(value), np.nan)
    if not is_complete.any():
        return out
    eigen, vector = np.linalg.eigh(correlation[is_complete])
    with np.errstate(divide="ignore", invalid="ignore"):
        form = (np.einsum("bqr,bq->br", vector, x[is_complete]) ** 2 / eigen).sum(axis=1)
    out[is_complete] = np.where(eigen[:, 0] > _SINGULAR, form, np.nan)
    return out
