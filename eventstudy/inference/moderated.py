"""The moderated placebo test: few dates borrow the spread of the study's other dates.

The t of three dates has two degrees of freedom, and one that reacts much more than the others
takes it down. The variance between the dates of a group is therefore averaged with that of the
study's other dates (Smyth 2004), as far as the groups of the study are alike in it, and the
p-value is the rank among joint shifts of the whole study, in each of which both are computed anew
(docs/methods.md, section 6).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.borrowing import Borrowed, borrowed_from
from eventstudy.inference.moments import EffectMoments, Moments, moments
from eventstudy.inference.placebo import is_touched, unit_share, unit_z
from eventstudy.inference.statistic import StatisticValues, register

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.inference.evidence import Evidence

NO_STUDY = "the dates outside the group are not known here"
MOST_BORROWED = 4.0
"""Degrees of freedom the other dates count for in the spread of a smallest visible effect."""


def moderated_t(z: FloatArray, borrowed: Borrowed) -> FloatArray:
    """``sqrt E mean(Z) / sqrt((d0 s0^2 + (E-1) s^2)/(d0 + E - 1))``, monotone in every ``Z_e``.

    Parameters
    ----------
    z : ``(B, E)`` means of the units of a group; NaN where one has none

    Returns
    -------
    ``(B,)`` the largest value the formula takes when the dates that moved most in the direction
    of the mean are taken to have moved by less, down to a common bound: with ``Z`` turned so that
    its mean is positive, ``max over c of T(min(Z, c))``. So a date that moves more in that
    direction never makes T smaller, while in the formula it raises ``s^2`` too. In a single date
    ``T = Z/s0``.

    Examples
    --------
    >>> borrowed = Borrowed(variance=np.array([1.0]), df=np.array([4.0]))
    >>> even, high = np.array([[1.5, 1.6, 1.4, 1.5, 1.7]]), np.array([[1.5, 1.6, 1.4, 1.5, 20.0]])
    >>> round(float(moderated_t(even, borrowed)[0]), 3)
    4.839
    >>> round(float(moderated_t(high, borrowed)[0]), 3)
    4.938
    """
    m = moments(z)
    top = np.where(m.mean < 0, -_lowest(z), _highest(z))
    return _t_of(z, m, top, borrowed)


def _t_of(z: FloatArray, m: Moments, top: FloatArray, borrowed: Borrowed) -> FloatArray:
    """`moderated_t` of values whose moments are known, and the largest in direction of the mean."""
    squares = _squares(m)
    t = _plain_t(m.n, m.mean, squares, borrowed)
    turn = np.where(m.mean < 0, -1.0, 1.0)
    lines = np.flatnonzero(_is_capped(top, m.n, turn * m.mean, squares, borrowed))
    if lines.size:
        turned = z[lines] * turn[lines, None]
        t[lines] = turn[lines] * _by_number(turned, borrowed.lines(lines), _largest_t)
    return t


def _squares(m: Moments) -> FloatArray:
    """Sum of squares about the mean; 0 where it is rounding beside the mean."""
    squares = np.where(m.n > 1, m.sd**2 * (m.n - 1.0), 0.0)
    return np.where(squares > 1e-12 * m.n * m.mean**2, squares, 0.0)


def _highest(z: FloatArray) -> FloatArray:
    """Largest value of each line, ``(B,)``; minus infinity where there is none."""
    highest = np.asarray(z.max(axis=1, initial=-np.inf))  # NaN where a line misses something
    missing = np.flatnonzero(np.isnan(highest))
    if missing.size:
        highest[missing] = np.fmax.reduce(z[missing], axis=1, initial=-np.inf)
    return highest


def _lowest(z: FloatArray) -> FloatArray:
    """Smallest value of each line, ``(B,)``; infinity where there is none."""
    lowest = np.asarray(z.min(axis=1, initial=np.inf))
    missing = np.flatnonzero(np.isnan(lowest))
    if missing.size:
        lowest[missing] = np.fmin.reduce(z[missing], axis=1, initial=np.inf)
    return lowest


def _spread(n: FloatArray, squares: FloatArray, borrowed: Borrowed) -> FloatArray:
    """``sqrt((d0 s0^2 + (E-1) s^2)/(d0 + E - 1))`` of lines of `n` values, ``(B,)``."""
    d0 = borrowed.df
    with np.errstate(divide="ignore", invalid="ignore"):
        finite = (d0 * borrowed.variance + squares) / (d0 + n - 1.0)
        return np.sqrt(np.where(np.isinf(d0), borrowed.variance, finite))


def _plain_t(
    n: FloatArray, mean: FloatArray, squares: FloatArray, borrowed: Borrowed
) -> FloatArray:
    """T with no value capped, ``(B,)``; NaN where the spread is 0."""
    spread = _spread(n, squares, borrowed)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(spread > 0, np.sqrt(n) * mean / spread, np.nan)


def _is_capped(
    top: FloatArray, n: FloatArray, mean: FloatArray, squares: FloatArray, borrowed: Borrowed
) -> BoolArray:
    """Whether T grows when the largest values, `top`, are capped; `mean` is not negative.

    T rises in the bound up to ``c = (d0 s0^2 + sum Y^2)/sum Y`` of those below it. This is an
    average of the same without the largest of these, and that one: where ``c`` of all of them is
    not below the largest, none of the bounds is reached.
    """
    d0 = borrowed.df
    with np.errstate(invalid="ignore"):
        reach = d0 * borrowed.variance + squares + n * mean**2
        return np.asarray(np.isfinite(d0) & (n > 1) & (top * n * mean > reach))


def _by_number(
    z: FloatArray, borrowed: Borrowed, function: Callable[[FloatArray, _Parts], FloatArray]
) -> FloatArray:
    """Put the draws to `function` by how many units they hold, each sorted ascending."""
    has_value = np.isfinite(z)
    if has_value.all() and z.size:
        ordered = np.sort(z, axis=1)
        return function(ordered, _Parts.of(ordered, borrowed))
    number = has_value.sum(axis=1)
    out = np.full(len(z), np.nan)
    for count in np.unique(number[number > 0]):
        lines = np.flatnonzero(number == count)
        ordered = np.sort(np.where(has_value[lines], z[lines], np.inf), axis=1)[:, :count]
        out[lines] = function(ordered, _Parts.of(ordered, borrowed.lines(lines)))
    return out


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Parts:
    """What T is made of when only the smallest values are below a bound that caps the rest.

    ``D^2 = prior + weight sum (Y - mean Y)^2`` with ``prior = d0 s0^2/(d0 + E - 1)`` and
    ``weight = 1/(d0 + E - 1)``, each ``(B, 1)``. Column ``r - 1`` of `first` and `second` holds
    the sum of the ``r`` smallest values and of their squares.
    """

    prior: FloatArray
    weight: FloatArray
    first: FloatArray
    second: FloatArray

    @classmethod
    def of(cls, z: FloatArray, borrowed: Borrowed) -> _Parts:
        d0 = borrowed.df[:, None]
        is_infinite = np.isinf(d0)
        number = z.shape[1]
        with np.errstate(invalid="ignore"):
            share = np.where(is_infinite, 1.0, d0 / (d0 + number - 1.0))
            weight = np.where(is_infinite, 0.0, 1.0 / (d0 + number - 1.0))
        return cls(
            prior=share * borrowed.variance[:, None],
            weight=weight,
            first=np.cumsum(z, axis=1),
            second=np.cumsum(z**2, axis=1),
        )

    def capped(self, bound: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean and ``D`` with all but the ``r`` smallest at `bound` ``(B, r = 1 ... E)``."""
        number = self.first.shape[1]
        most = number - np.arange(1.0, number + 1.0)
        mean = (self.first + most * bound) / number
        squares = self.second + most * bound**2 - number * mean**2
        squares = np.where(squares > 1e-12 * number * mean**2, squares, 0.0)
        return mean, np.sqrt(self.prior + self.weight * squares)


def _largest_t(z: FloatArray, parts: _Parts) -> FloatArray:
    """T at its largest over the bounds: where ``c = (d0 s0^2 + sum Y^2)/sum Y`` of those below."""
    above = np.concatenate([z[:, 1:], z[:, -1:]], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        best = (parts.prior + parts.weight * parts.second) / (parts.weight * parts.first)
        best = np.where((parts.first > 0) & (parts.weight > 0), best, np.inf)
        mean, spread = parts.capped(np.clip(best, z, above))
        t = np.sqrt(z.shape[1]) * mean / spread
    is_there = spread[:, -1] > 0  # nothing capped: the formula itself
    return np.where(is_there, np.max(np.where(spread > 0, t, -np.inf), axis=1), np.nan)


def needed_shift(z: FloatArray, borrowed: Borrowed, critical: float) -> FloatArray:
    """What must be added to every ``Z_e`` for T to reach `critical`, ``(B,)``.

    A shift moves bound and values alike and leaves the spread as it is, so that this is ``min over
    c of critical D(c)/sqrt E - mean min(Z, c)``.
    """
    return _shift_of(z, moments(z), _highest(z), borrowed, critical)


def _shift_of(
    z: FloatArray, m: Moments, highest: FloatArray, borrowed: Borrowed, critical: float
) -> FloatArray:
    """`needed_shift` of values whose moments and largest value are known."""

    def smallest(ordered: FloatArray, parts: _Parts) -> FloatArray:
        number = ordered.shape[1]
        above = np.concatenate([ordered[:, 1:], ordered[:, -1:]], axis=1)
        below = np.arange(1.0, number + 1.0)
        most = number - below
        within = np.maximum(parts.second - parts.first**2 / below, 0.0)
        slope = critical**2 / number * parts.weight**2 - parts.weight * most / (below * number)
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = np.sqrt((parts.prior + parts.weight * within) / slope)
            best = np.where(slope > 0, (parts.first + reach) / below, np.inf)
        mean, spread = parts.capped(np.clip(best, ordered, above))
        return np.asarray(np.min(critical / np.sqrt(number) * spread - mean, axis=1))

    spread = _spread(m.n, _squares(m), borrowed)
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = critical * spread / np.sqrt(m.n) - m.mean
        # The bound at which T of the shifted values would be largest, see `_is_capped`.
        reach = spread * (borrowed.df + m.n - 1.0) / (critical * np.sqrt(m.n))
        lines = np.flatnonzero((m.n > 1) & ((highest - m.mean > reach) | (critical < 0)))
    if lines.size:
        shift[lines] = _by_number(z[lines], borrowed.lines(lines), smallest)
    return shift


@dataclass(frozen=True, kw_only=True, eq=False)
class ModeratedMeans:
    """The moderated statistic as a function of an effect; see `statistic.Located`.

    Attributes
    ----------
    z, share : ``(B, E)`` means of the units, and how much of an effect in the group's own dates
        each of them holds
    borrowed : from the dates outside the group, which stay as they are
    """

    z: FloatArray
    share: FloatArray
    borrowed: Borrowed

    @classmethod
    def of(cls, evidence: Evidence, share: FloatArray | None) -> ModeratedMeans:
        """Take the means of `evidence`; `share` as in `placebo.unit_share`."""
        others = evidence.others
        if others is None or others.study is None:
            nothing = np.full(evidence.n_draws, np.nan)
            borrowed = Borrowed(variance=nothing, df=nothing)
        else:
            borrowed = borrowed_from(others.study, others)
        return cls(z=unit_z(evidence), share=unit_share(evidence, share), borrowed=borrowed)

    @cached_property
    def _moments(self) -> Moments:
        return moments(self.z)

    @cached_property
    def _by_effect(self) -> EffectMoments:
        return EffectMoments.of(self.z, self.share)

    @cached_property
    def _ends(self) -> tuple[FloatArray, FloatArray]:
        """Largest ``Z`` and largest ``-Z`` of each draw."""
        return _highest(self.z), -_lowest(self.z)

    @cached_property
    def _largest_share(self) -> FloatArray:
        return np.maximum(_highest(self.share), -_lowest(self.share))

    @property
    def effect(self) -> FloatArray:
        """Mean of ``Z``, ``(B,)``."""
        return self._moments.mean

    @property
    def scale(self) -> FloatArray:
        """``sqrt((d0 s0^2 + (E-1) s^2)/(d0 + E - 1))`` with ``d0`` at most 4, ``(B,)``.

        How rough these dates are is to be told by them, however alike the other groups are.
        """
        most = np.minimum(self.borrowed.df, MOST_BORROWED)
        m = self._moments
        spread = _spread(m.n, _squares(m), replace(self.borrowed, df=most))
        return np.where(m.n > 0, spread, np.nan)

    @property
    def is_touched(self) -> BoolArray:
        """Whether a draw holds a session of the group's own dates, ``(B,)``."""
        return is_touched(self.share)

    def lines(self, which: BoolArray | IntArray) -> ModeratedMeans:
        """Return the same of some draws."""
        return ModeratedMeans(
            z=self.z[which], share=self.share[which], borrowed=self.borrowed.lines(which)
        )

    def turned(self) -> ModeratedMeans:
        """Return the same of the negative returns."""
        return replace(self, z=-self.z)

    def less(self, effect: float | FloatArray) -> ModeratedMeans:
        """Return the same with `effect` taken out, of each draw its own where it is ``(B, 1)``."""
        return replace(self, z=self.z - effect * self.share)

    def statistic(self) -> FloatArray:
        """T, ``(B,)``."""
        upwards, downwards = self._ends
        top = np.where(self._moments.mean < 0, downwards, upwards)
        return _t_of(self.z, self._moments, top, self.borrowed)

    def without(self, effect: float | FloatArray) -> FloatArray:
        """T with `effect` taken out, ``(B,)``; of ``(V, 1)`` effects ``(V, B)``."""
        n = self._by_effect.n
        mean, squares, is_exact = self._by_effect.less(effect)
        t = _plain_t(n, mean, squares, self.borrowed)
        upwards, downwards = self._ends
        top = np.where(mean < 0, downwards, upwards) + np.abs(effect) * self._largest_share
        is_anew = _is_capped(top, n, np.abs(mean), squares, self.borrowed) | ~is_exact
        if is_anew.any():
            line, draw = np.nonzero(np.atleast_2d(is_anew))
            anew = self.lines(draw).less(np.ravel(effect)[line][:, None])
            # The same numbers, a line an effect.
            (t[None, :] if t.ndim == 1 else t)[line, draw] = anew.statistic()
        return t

    def needed(self, critical: float, stretch: float | FloatArray = 1.0) -> FloatArray:
        """Return the effect that must be added to each draw for T to reach `critical`."""
        shift = _shift_of(self.z, self._moments, self._ends[0], self.borrowed, critical)
        return stretch * shift


@register(
    "moderated_placebo",
    summary="as placebo, the variance between dates averaged with that of the study's other dates",
    null="the event dates are like other dates of the same markets",
    assumes="placebo dates exchangeable with event dates once volatility is divided out; the dates "
    "of the group no rougher than the study's others, beyond what its groups differ by",
    distribution="randomisation over rigid shifts of all clusters of dates of the study together",
    source="moderated t: Smyth (SAGMB 2004); docs/methods.md, section 6",
    randomised=True,
    needs=("others",),
    locate=ModeratedMeans.of,
)
def moderated_placebo(evidence: Evidence) -> StatisticValues:
    """``sqrt E mean(Z) / sqrt((d0 s0^2 + (E-1) s^2)/(d0 + E - 1))``; its p-value needs draws.

    See `borrow` for ``s0`` and ``d0``, and `moderated_t` for what makes it monotone.
    """
    nothing = np.full(evidence.n_draws, np.nan)
    others = evidence.others
    if others is None or others.study is None:
        reason = NO_STUDY if others is None else others.reason
        return StatisticValues(statistic=nothing, df=nothing, pvalue=nothing, reason=reason)
    borrowed = borrowed_from(others.study, others)
    is_single = evidence.structure.n_units == 1
    note = "one date: its spread is that of the study's other dates" if is_single else ""
    return StatisticValues(
        statistic=moderated_t(unit_z(evidence), borrowed),
        df=nothing,
        pvalue=nothing,
        reason="no abnormal return is there, or the other dates moved alike",
        note=note,
    )
