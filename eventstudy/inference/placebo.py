"""The placebo test: a statistic ranked among those of placebo dates.

Policy news comes when markets are already rough. The statistic is therefore the t of date
portfolios of abnormal returns over the volatility known beforehand, and its p-value is its rank
among its own values at placebo dates (docs/methods.md, section 6).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy._typing import LEVEL, TIE
from eventstudy.inference.moments import moments, ratio_t
from eventstudy.inference.pvalues import against_null, direction_of, rank_pvalue
from eventstudy.inference.statistic import StatisticValues, register

if TYPE_CHECKING:
    from eventstudy._typing import Alternative, FloatArray
    from eventstudy.inference.evidence import Evidence
    from eventstudy.inference.placements import Placements


@register(
    "placebo",
    summary="t of date portfolios of AR over conditional volatility, ranked among placebo dates",
    null="the event dates are like other dates of the same markets",
    assumes="placebo dates exchangeable with event dates once volatility is divided out",
    distribution="randomisation over rigid shifts of clusters of dates",
    source="randomisation inference: Fisher (1935); volatility: RiskMetrics (1996), decay 0.94; "
    "docs/methods.md, section 6",
    randomised=True,
)
def placebo_t(evidence: Evidence) -> StatisticValues:
    """``sqrt E mean(Z) / sd(Z, E-1)``; ``T = Z`` for a single date. The p-value needs draws."""
    statistic = unit_t(unit_z(evidence))
    nothing = np.full(len(statistic), np.nan)
    return StatisticValues(
        statistic=statistic,
        df=nothing,
        pvalue=nothing,
        reason="every date moved alike, or no abnormal return is there",
    )


def unit_z(evidence: Evidence) -> FloatArray:
    """``Z_e``: mean of CAR over conditional volatility of each unit's pairs, ``(B, E)``."""
    return evidence.unit_means(evidence.window.z, evidence.structure.unit)


def unit_t(z: FloatArray) -> FloatArray:
    """``T`` of the means of units ``(B, E)``: ``(B,)``, NaN where their spread is 0."""
    return z[:, 0] if z.shape[1] == 1 else ratio_t(moments(z))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceboResult:
    """What the placebo distribution says.

    Attributes
    ----------
    pvalue : rank of ``|T|`` among the draws
    critical : the ``|T|`` beyond which p is 5 % or less; NaN, as what follows from it, where the
        draws are too few for that
    effect, effect_low, effect_high : mean Z in daily conditional standard deviations, with the
        interval of effects the test does not reject at 5 %, NaN where it is open
    mde : effect found with 80 % power at 5 %, in the same unit
    n_draws : placements used
    """

    pvalue: float
    critical: float
    effect: float
    effect_low: float
    effect_high: float
    mde: float
    n_draws: int


def rank_among_placebos(
    real: Evidence, drawn: Evidence, placements: Placements, *, level: float = LEVEL
) -> PlaceboResult | None:
    """Rank the real statistic among its placebo values; None where it does not exist."""
    # To ask whether returns fell is to ask whether their negatives rose.
    turn = direction_of(real.alternative)
    own, z = turn * unit_z(real), turn * unit_z(drawn)
    is_two_sided = real.alternative == "two-sided"
    statistic = float(unit_t(own)[0])
    draws = unit_t(z)
    valid = np.isfinite(draws)
    if not np.isfinite(statistic) or valid.sum() < placements.min_draws:
        return None
    side: Alternative = "two-sided" if is_two_sided else "greater"
    size = against_null(draws[valid], side)
    pvalue = float(
        rank_pvalue(against_null(statistic, side), size, holds_value=placements.lists_real)
    )
    itself = 0 if placements.lists_real else 1
    # p <= level just when |T| exceeds this draw: so many may reach it beside the real one.
    allowed = int(level * (len(size) + itself) + TIE) - itself
    # So few draws that no statistic is significant.
    critical = float(np.sort(size)[-1 - allowed]) if allowed >= 0 else float("nan")
    effect = float(np.nanmean(own[0]))
    spread = float(_spread(own)[0])
    # T of a draw with d added to every z reaches the critical value from this d on.
    needed = critical * _spread(z)[valid] - np.nanmean(z[valid], axis=1)
    far = critical * spread if is_two_sided else np.nan  # a one-sided interval is open
    low, high = effect - critical * spread, effect + far
    bounds = (low, high) if turn > 0 else (-high, -low)
    return PlaceboResult(
        pvalue=pvalue,
        critical=critical,
        effect=turn * effect,
        effect_low=bounds[0],
        effect_high=bounds[1],
        mde=float(np.maximum(0.0, np.quantile(needed, 0.8))),
        n_draws=len(size),
    )


def _spread(z: FloatArray) -> FloatArray:
    """Standard error of the mean Z, ``(B,)``; 1 for a single unit, whose T is Z itself."""
    if z.shape[1] == 1:
        return np.ones(len(z))
    m = moments(z)
    return m.sd / np.sqrt(m.n)
