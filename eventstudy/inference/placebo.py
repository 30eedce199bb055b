"""The placebo test: a statistic ranked among those of placebo dates.

Policy news comes when markets are already rough. The statistic is therefore the t of date
portfolios of abnormal returns over the volatility known beforehand, and its p-value is its rank
among its own values at placebo dates (docs/methods.md, section 6).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from eventstudy._typing import LEVEL
from eventstudy.inference.evidence import grouped_means
from eventstudy.inference.inversion import PlaceboResult, rank_located, stretch_of
from eventstudy.inference.moments import EffectMoments, Moments, moments, ratio_t
from eventstudy.inference.statistic import StatisticValues, register

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.inference.evidence import Evidence
    from eventstudy.inference.placements import Placements

ONE_DATE = "one date: event-induced variance cannot be told from an effect"


def unit_z(evidence: Evidence) -> FloatArray:
    """``Z_e``: mean of CAR over conditional volatility of each unit's pairs, ``(B, E)``."""
    return evidence.unit_z()


def unit_t(z: FloatArray) -> FloatArray:
    """``T`` of the means of units ``(B, E)``: ``(B,)``, NaN where their spread is 0."""
    return z[:, 0] if z.shape[1] == 1 else ratio_t(moments(z))


@dataclass(frozen=True, kw_only=True, eq=False)
class UnitMeans:
    """The placebo statistic as a function of an effect; see `statistic.Located`.

    Attributes
    ----------
    z : ``(B, E)`` means of the units
    share : ``(B, E)`` how much of an effect in the group's own dates each of them holds
    """

    z: FloatArray
    share: FloatArray

    @classmethod
    def of(cls, evidence: Evidence, share: FloatArray | None) -> UnitMeans:
        """Take the means of `evidence`; `share` as in `unit_share`."""
        return cls(z=unit_z(evidence), share=unit_share(evidence, share))

    @cached_property
    def _moments(self) -> Moments:
        return moments(self.z)

    @cached_property
    def _by_effect(self) -> EffectMoments:
        return EffectMoments.of(self.z, self.share)

    @property
    def effect(self) -> FloatArray:
        """Mean of ``Z``, ``(B,)``."""
        return self._moments.mean

    @property
    def scale(self) -> FloatArray:
        """Standard deviation of ``Z`` between units, ``(B,)``; NaN in a single one."""
        return self._moments.sd

    @property
    def is_touched(self) -> BoolArray:
        """Whether a draw holds a session of the group's own dates, ``(B,)``."""
        return is_touched(self.share)

    def lines(self, which: BoolArray | IntArray) -> UnitMeans:
        """Return the same of some draws."""
        return UnitMeans(z=self.z[which], share=self.share[which])

    def turned(self) -> UnitMeans:
        """Return the same of the negative returns."""
        return replace(self, z=-self.z)

    def less(self, effect: float | FloatArray) -> UnitMeans:
        """Return the same with `effect` taken out, of each draw its own where it is ``(B, 1)``."""
        return replace(self, z=self.z - effect * self.share)

    def statistic(self) -> FloatArray:
        """T, ``(B,)``."""
        return self.z[:, 0] if self.z.shape[1] == 1 else ratio_t(self._moments)

    def without(self, effect: float | FloatArray) -> FloatArray:
        """T with `effect` taken out, ``(B,)``; of ``(V, 1)`` effects ``(V, B)``."""
        if self.z.shape[1] == 1:
            return np.asarray(self.z[:, 0] - effect * self.share[:, 0])
        n = self._by_effect.n
        mean, squares, is_exact = self._by_effect.less(effect)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.sqrt(n) * mean / np.sqrt(squares / (n - 1.0))
        if not is_exact.all():
            line, draw = np.nonzero(~np.atleast_2d(is_exact))
            anew = self.lines(draw).less(np.ravel(effect)[line][:, None])
            # The same numbers, a line an effect.
            (t[None, :] if t.ndim == 1 else t)[line, draw] = anew.statistic()
        return t

    def needed(self, critical: float, stretch: float | FloatArray = 1.0) -> FloatArray:
        """Return the effect that must be added to each draw for T to reach `critical`."""
        m = self._moments
        # T of a single unit is Z itself, which rougher dates stretch.
        spread = stretch * m.sd / np.sqrt(m.n) if self.z.shape[1] > 1 else 1.0
        return critical * spread - stretch * m.mean


@register(
    "placebo",
    summary="t of date portfolios of AR over conditional volatility, ranked among placebo dates",
    null="the event dates are like other dates of the same markets",
    assumes="placebo dates exchangeable with event dates once volatility is divided out",
    distribution="randomisation over rigid shifts of clusters of dates",
    source="randomisation inference: Fisher (1935); volatility: RiskMetrics (1996), decay 0.94; "
    "docs/methods.md, section 6",
    randomised=True,
    locate=UnitMeans.of,
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


def unit_share(evidence: Evidence, share: FloatArray | None) -> FloatArray:
    """How much of an effect in the group's own dates each unit holds, ``(B, E)``.

    `share` ``(U,)`` is that of every position, see `randomised.effect_share`; None on these dates
    themselves, which hold all of it.
    """
    shape = (evidence.n_draws, evidence.structure.n_units)
    if share is None:
        return np.ones(shape)
    if not share.any():
        return np.zeros(shape)
    if evidence.moved is not None:
        return evidence.moved.held(share).means(evidence)
    held = np.where(np.isfinite(evidence.window.z), share, np.nan)
    is_held, parts = share != 0.0, []
    for block in evidence.blocks:
        # Few placements of a block hold any of it.
        lines = np.flatnonzero(is_held[block.rows].any(axis=1))
        means = grouped_means(
            held[block.rows[lines]] * evidence.sign[block.columns],
            evidence.structure.unit[block.columns],
            evidence.structure.counted[block.columns],
        )
        part = np.zeros((len(block.rows), means.shape[1]))
        part[lines] = np.nan_to_num(means)
        parts.append(part[block.pick])
    return np.concatenate(parts, axis=1)


def is_touched(share: FloatArray) -> BoolArray:
    """Whether any unit of a draw holds a part of the effect, ``(B,)``."""
    return np.asarray((share != 0.0).any(axis=1))


def rank_among_placebos(
    real: Evidence, drawn: Evidence, placements: Placements, *, level: float = LEVEL
) -> PlaceboResult | None:
    """Rank the real statistic among its placebo values; None where it does not exist.

    The group's own dates are left in the draws as they are.
    """
    own = UnitMeans.of(real, None)
    draws = UnitMeans.of(drawn, np.zeros(len(drawn.window.z)))
    return rank_located(
        own, draws, placements, alternative=real.alternative, level=level,
        stretch=stretch_of(own, draws),
    )  # fmt: skip
