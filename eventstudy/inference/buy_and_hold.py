"""Tests of buy-and-hold abnormal returns: what an investor who held through the window gained.

A BHAR compounds, so it is skewed to the right, the more the longer the window. It needs simple
returns: the product of gross returns has no meaning for log returns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.inference.moments import (
    Moments,
    SkewedMoments,
    hall_t,
    moments,
    pair_moments,
    ratio_t,
    skewed_moments,
)
from eventstudy.inference.statistic import (
    StatisticValues,
    mean_t,
    register,
    register_sums,
    t_values,
)

if TYPE_CHECKING:
    from eventstudy.inference.evidence import Evidence
    from eventstudy.inference.statistic import Sided

_NULL = "the mean buy-and-hold abnormal return is zero"
_LOG = 'a buy-and-hold return compounds simple returns; set prices.kind = "simple"'


def _bhar_moments(evidence: Evidence) -> Moments:
    return pair_moments(evidence, evidence.window.bhar)


def _skewed_bhars(evidence: Evidence) -> SkewedMoments:
    return skewed_moments(evidence, evidence.window.bhar)


@register_sums(
    "bhar_t",
    collect=_bhar_moments,
    summary="mean BHAR over its standard error across pairs",
    null=_NULL,
    assumes="independent pairs, no skewness; fails when markets share dates and in long windows",
    distribution="t(N-1)",
    source="Barber and Lyon (JFE 1997); Lyon, Barber and Tsai (JF 1999)",
    quantity="bhar",
)
def bhar_t(m: Moments, asked: Sided) -> StatisticValues:
    """``sqrt N mean(BHAR) / sd(BHAR, N-1)``."""
    return mean_t(m, asked, reason=_reason(m, "fewer than two pairs, or equal BHARs"))


@register_sums(
    "bhar_skewness_adjusted_t",
    collect=_skewed_bhars,
    summary="bhar_t with its skewness taken out (Hall's transformation)",
    null=_NULL,
    assumes="independent pairs; fails when markets share dates",
    distribution="t(N-1)",
    source="Lyon, Barber and Tsai (JF 1999); Hall (JRSS-B 1992)",
    quantity="bhar",
)
def bhar_skewness_adjusted_t(sums: SkewedMoments, asked: Sided) -> StatisticValues:
    """``sqrt N (S + g S^2/3 + g^2 S^3/27 + g/(6N))``.

    ``S = mean/sd(N-1)`` and ``g = sum (x - mean)^3 / (N sd^3)`` of the BHARs.
    """
    m = sums.moments
    reason = _reason(m, "fewer than two pairs, or equal BHARs")
    return t_values(asked, hall_t(sums), m.n - 1.0, reason=reason)


@register(
    "bhar_portfolio_t",
    summary="t of date portfolios of BHARs: pairs of one date averaged before testing",
    null=_NULL,
    assumes="independent dates of equal effect; two dates or more",
    distribution="t(E-1)",
    source="Lyon, Barber and Tsai (JF 1999); Mitchell and Stafford (JB 2000) on shared dates",
    quantity="bhar",
)
def bhar_portfolio_t(evidence: Evidence) -> StatisticValues:
    """``sqrt E mean(B) / sd(B, E-1)``, ``B_e`` the mean BHAR of date portfolio ``e``."""
    m = moments(evidence.unit_means(evidence.window.bhar, evidence.structure.portfolio))
    reason = _reason(m, "fewer than two dates, or all dates moved alike")
    return t_values(evidence, ratio_t(m), m.n - 1.0, reason=reason)


def _reason(m: Moments, otherwise: str) -> str:
    """Say why there is no answer: no BHAR at all is one of log returns."""
    return otherwise if m.n.any() else _LOG
