"""Tests of buy-and-hold abnormal returns: what an investor who held through the window gained.

A BHAR compounds, so it is skewed to the right, the more the longer the window. It needs simple
returns: the product of gross returns has no meaning for log returns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.moments import hall_t, moments, ratio_t, skewed_moments
from eventstudy.inference.statistic import StatisticValues, cross_section_t, register, t_values

if TYPE_CHECKING:
    from eventstudy.inference.evidence import Evidence

_NULL = "the mean buy-and-hold abnormal return is zero"
_LOG = 'a buy-and-hold return compounds simple returns; set prices.kind = "simple"'


@register(
    "bhar_t",
    summary="mean BHAR over its standard error across pairs",
    null=_NULL,
    assumes="independent pairs, no skewness; fails when markets share dates and in long windows",
    distribution="t(N-1)",
    source="Barber and Lyon (JFE 1997); Lyon, Barber and Tsai (JF 1999)",
    quantity="bhar",
)
def bhar_t(evidence: Evidence) -> StatisticValues:
    """``sqrt N mean(BHAR) / sd(BHAR, N-1)``."""
    reason = _reason(evidence, "fewer than two pairs, or equal BHARs")
    return cross_section_t(evidence, evidence.window.bhar, reason=reason)


@register(
    "bhar_skewness_adjusted_t",
    summary="bhar_t with its skewness taken out (Hall's transformation)",
    null=_NULL,
    assumes="independent pairs; fails when markets share dates",
    distribution="t(N-1)",
    source="Lyon, Barber and Tsai (JF 1999); Hall (JRSS-B 1992)",
    quantity="bhar",
)
def bhar_skewness_adjusted_t(evidence: Evidence) -> StatisticValues:
    """``sqrt N (S + g S^2/3 + g^2 S^3/27 + g/(6N))``.

    ``S = mean/sd(N-1)`` and ``g = sum (x - mean)^3 / (N sd^3)`` of the BHARs.
    """
    m, g = skewed_moments(evidence, evidence.window.bhar)
    return t_values(
        evidence,
        hall_t(m, g),
        m.n - 1.0,
        reason=_reason(evidence, "fewer than two pairs, or equal BHARs"),
    )


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
    reason = _reason(evidence, "fewer than two dates, or all dates moved alike")
    return t_values(evidence, ratio_t(m), m.n - 1.0, reason=reason)


def _reason(evidence: Evidence, otherwise: str) -> str:
    is_log = bool(np.isnan(evidence.window.bhar).all() and np.isfinite(evidence.window.car).any())
    return _LOG if is_log else otherwise
