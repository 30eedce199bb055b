"""Tests on the signs of the CARs, and on their signed ranks."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.pvalues import normal_pvalue, two_tailed_pvalue
from eventstudy.inference.ranking import ranked
from eventstudy.inference.statistic import StatisticValues, register_sums, z_values
from eventstudy.inference.sums import Totals, Values

if TYPE_CHECKING:
    from eventstudy._typing import FloatArray
    from eventstudy.inference.evidence import Evidence
    from eventstudy.inference.statistic import Sided

# Values of one line from which on their ranks are not kept one by one.
_MANY = 100_000
_EXACT_UP_TO = 50


def _positive(evidence: Evidence) -> Totals:
    """Number of positive CARs, and of CARs."""
    values = evidence.gather(evidence.window.car)
    positive = (values > 0).sum(axis=1).astype(np.float64)
    return Totals((positive, np.isfinite(values).sum(axis=1).astype(np.float64)))


@register_sums(
    "sign",
    collect=_positive,
    summary="share of positive CARs against one half",
    null="positive and negative abnormal returns are equally likely",
    assumes="independent pairs; symmetric abnormal returns",
    distribution="N(0,1)",
    source="Brown and Warner (JFE 1980)",
)
def sign(sums: Totals, asked: Sided) -> StatisticValues:
    """``(w - N/2) / sqrt(N/4)``; zero is not positive."""
    positive, n = sums.parts
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(n > 0, (positive - n / 2.0) / np.sqrt(n / 4.0), np.nan)
    return z_values(asked, value, reason="no pair")


@register_sums(
    "sign_exact",
    collect=_positive,
    summary="sign with its exact binomial p-value",
    null="positive and negative abnormal returns are equally likely",
    assumes="independent pairs; symmetric abnormal returns",
    distribution="Binomial(N, 1/2) of the positive CARs",
    source="Brown and Warner (JFE 1980)",
)
def sign_exact(sums: Totals, asked: Sided) -> StatisticValues:
    """``(w - N/2) / sqrt(N/4)`` as `sign`, with the p-value that w has exactly.

    ``P(X >= w)`` for greater, ``P(X <= w)`` for less, twice the smaller (at most 1) two-sided, X
    the number of heads in N tosses. Zero is not positive. NaN without a pair.
    """
    from scipy.special import bdtr

    positive, n = sums.parts
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(n > 0, (positive - n / 2.0) / np.sqrt(n / 4.0), np.nan)
    tosses = n.astype(np.int64)
    lower = bdtr(positive, tosses, 0.5)
    upper = bdtr(n - positive, tosses, 0.5)
    pvalue = two_tailed_pvalue(lower, upper, asked.alternative)
    return StatisticValues(
        statistic=value,
        df=np.full(len(value), np.nan),
        pvalue=np.where(n > 0, pvalue, np.nan),
        reason="no pair",
    )


def _positive_in_both(evidence: Evidence) -> Totals:
    """`_positive`, the sum of the pairs' shares of positive residuals, and number of the group."""
    up, down = evidence.dependence.once(
        "shares of signs", lambda: _shares_of_signs(evidence.table.residuals)
    )
    share = np.where(
        evidence.sign > 0,
        evidence.gather(up, signed=False),
        evidence.gather(down, signed=False),
    )
    # The share is a property of the group: pairs without an abnormal return in W belong to it.
    absent = evidence.absent
    others = np.where(evidence.absent_sign > 0, up[absent], down[absent])
    number = np.full(evidence.n_draws, float(evidence.n_pairs + len(others)))
    return Totals((*_positive(evidence).parts, share.sum(axis=1) + others.sum(), number))


@register_sums(
    "generalized_sign",
    collect=_positive_in_both,
    summary="share of positive CARs against the share in the estimation window",
    null="positive abnormal returns are as likely as in the estimation window",
    assumes="independent pairs",
    distribution="N(0,1)",
    source="Cowan (RQFA 1992)",
)
def generalized_sign(sums: Totals, asked: Sided) -> StatisticValues:
    """``(w - N p) / sqrt(N p (1-p))``, p the mean share of positive estimation residuals."""
    positive, n, share, number = sums.parts
    with np.errstate(divide="ignore", invalid="ignore"):
        p = share / number
        value = (positive - n * p) / np.sqrt(n * p * (1.0 - p))
    return z_values(
        asked, np.where(np.isfinite(value), value, np.nan), reason="no pair, or no variation"
    )


def _cars(evidence: Evidence) -> Values:
    return Values(parts=(evidence.gather(evidence.window.car),))


@register_sums(
    "wilcoxon",
    collect=_cars,
    summary="signed ranks of the CARs (statistic is W+)",
    null="the CARs are symmetric about zero",
    assumes="independent pairs; symmetry",
    distribution="exact to N = 50 without ties, else N(0,1) with tie correction",
    source="Wilcoxon (1945)",
)
def wilcoxon(cars: Values, asked: Sided) -> StatisticValues:
    """Sum of the ranks of the positive CARs; zeros dropped."""
    values = cars.values
    used = np.isfinite(values) & (values != 0)
    size = np.where(used, np.abs(values), np.nan)
    n = used.sum(axis=1)
    if len(values) == 1 and n[0] > _MANY:
        plus, tied = np.array([_positive_ranks(values[used])]), np.ones(1, dtype=bool)
    else:
        centred, ordered = ranked(size)
        ranks = np.where(used, centred + (n[:, None] + 1) / 2, 0.0)
        plus = np.where(values > 0, ranks, 0.0).sum(axis=1)
        is_repeated = (ordered[:, 1:] == ordered[:, :-1]) & np.isfinite(ordered[:, 1:])
        tied = is_repeated.any(axis=1)

    pvalue = np.full(len(n), np.nan)
    exact = (n > 0) & (n <= _EXACT_UP_TO) & ~tied
    for number in np.unique(n[exact]):
        rows = exact & (n == number)
        lower, upper = wilcoxon_tails(int(number))
        at = np.rint(plus[rows]).astype(np.int64)
        pvalue[rows] = two_tailed_pvalue(lower[at], upper[at], asked.alternative)
    normal = (n > 0) & ~exact
    if normal.any():
        m = n[normal].astype(np.float64)
        ties = np.array([_tie_sum(row[np.isfinite(row)]) for row in size[normal]])
        spread = np.sqrt((m * (m + 1) * (2 * m + 1) - ties / 2.0) / 24.0)
        z = (plus[normal] - m * (m + 1) / 4.0) / spread
        pvalue[normal] = normal_pvalue(z, asked.alternative)
    return StatisticValues(
        statistic=np.where(n > 0, plus, np.nan),
        df=np.full(len(n), np.nan),
        pvalue=pvalue,
        reason="every CAR is zero or missing",
    )


def _positive_ranks(values: FloatArray) -> float:
    """Sum of the mid-ranks of the positive among all sizes, of many values that are not 0.

    Among themselves they have ``n(n+1)/2``; to that come the negative ones that are smaller, and
    half of those of the same size. Two sorted halves are all this needs of memory.
    """
    positive, negative = np.sort(values[values > 0]), np.sort(-values[values < 0])
    total = len(positive) * (len(positive) + 1) / 2
    for begin in range(0, len(positive), _MANY):
        some = positive[begin : begin + _MANY]
        smaller = int(np.searchsorted(negative, some, side="left").sum())
        not_larger = int(np.searchsorted(negative, some, side="right").sum())
        total += (smaller + not_larger) / 2
    return total


def _shares_of_signs(residuals: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Share of the residuals of every position that are positive, and negative, ``(U,)`` each."""
    number = np.isfinite(residuals).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (residuals > 0).sum(axis=1) / number, (residuals < 0).sum(axis=1) / number


def _tie_sum(values: FloatArray) -> float:
    _, count = np.unique(values, return_counts=True)
    return float((count.astype(np.float64) ** 3 - count).sum())


@functools.cache
def wilcoxon_tails(n: int) -> tuple[FloatArray, FloatArray]:
    """``P(W+ <= w)`` and ``P(W+ >= w)`` for ``w = 0 .. n(n+1)/2``."""
    ways = np.zeros(n * (n + 1) // 2 + 1)
    ways[0] = 1.0
    for rank in range(1, n + 1):
        ways[rank:] += ways[:-rank].copy()
    share = ways / 2.0**n
    return np.cumsum(share), np.cumsum(share[::-1])[::-1]
