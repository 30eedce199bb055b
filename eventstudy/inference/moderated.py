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

from eventstudy.inference.evidence import powers
from eventstudy.inference.moments import EffectMoments, Moments, moments
from eventstudy.inference.placebo import is_touched, unit_share, unit_z
from eventstudy.inference.statistic import StatisticValues, register

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.inference.evidence import Evidence, Others, StudyUnits

NO_STUDY = "the dates outside the group are not known here"
MOST_BORROWED = 4.0
"""Degrees of freedom the other dates count for in the spread of a smallest visible effect."""
_STEPS = 50
_SHIFTS = 8
_BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Borrowed:
    """What the dates outside a group say about the variance between its own.

    Attributes
    ----------
    variance : ``(B,)`` ``s0^2``, pooled within the other groups
    df : ``(B,)`` ``d0``, how many degrees of freedom it counts for; infinite where the groups
        differ no more than by chance
    """

    variance: FloatArray
    df: FloatArray

    def lines(self, which: BoolArray | IntArray) -> Borrowed:
        """Return the same of some draws."""
        return Borrowed(variance=self.variance[which], df=self.df[which])


def borrow(z: FloatArray, label: IntArray) -> Borrowed:
    """Pool the variance within groups, and estimate what it counts for beside a group's own.

    Parameters
    ----------
    z : ``(B, U)`` mean of each date; NaN where it has none
    label : ``(U,)`` group of each, from 0; negative where it belongs to none

    Returns
    -------
    ``s0^2 = sum (n_j - 1) s_j^2 / sum (n_j - 1)`` over the groups of two dates or more, and
    ``d0``: with ``e_j = log s_j^2 - psi(f_j/2) + log(f_j/2)``, ``f_j = n_j - 1``, over the ``J``
    groups whose variance is above 0, ``trigamma(d0/2) = sum (e_j - mean e)^2/(J-1) - mean
    trigamma(f_j/2)``, infinite where the right side is not positive. NaN where no group, or for
    ``d0`` fewer than two, has a variance.

    References
    ----------
    Smyth (SAGMB 2004), section 6.2, the moment estimates.

    Examples
    --------
    >>> dates = np.array([[1.0, -1.0, 2.0, -2.0, 0.5, 0.1]])
    >>> borrowed = borrow(dates, np.array([0, 0, 1, 1, 2, 2]))
    >>> round(float(borrowed.variance[0]), 4), round(float(borrowed.df[0]), 2)
    (3.36, 3.99)
    """
    return _Variances.of(powers(z), label, np.unique(label[label >= 0])).pooled()


def borrowed_from(study: StudyUnits, others: Others) -> Borrowed:
    """`borrow` of the dates of a study outside a group.

    What a group leaves of the others of its grouping is nearly all of them: the variances within
    these are found once for the grouping, and anew where the group holds a date of theirs.
    """
    label, whole = others.label, others.all_labels
    if whole is None:
        return _Variances.of(study.powers, label, np.unique(label[label >= 0])).pooled()
    numbers = np.unique(whole[whole >= 0])
    shared = study.once.of(
        f"variances {others.grouping}", lambda: _Variances.of(study.powers, whole, numbers)
    )
    is_changed = np.isin(numbers, whole[whole != label])
    left = numbers[is_changed & np.isin(numbers, label)]
    anew = _Variances.of(study.powers, label, left)
    return shared.lines(np.flatnonzero(~is_changed)).beside(anew).pooled()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Variances:
    """Variances within ``J`` groups of dates, ``(J, B)`` each; 0 where a group has none.

    Attributes
    ----------
    df : number of dates less one
    squares : sums of squares about the mean
    spreads : whether there is a variance
    excess : ``log s^2 - psi(f/2) + log(f/2)`` with ``f`` of `df`
    chance : ``trigamma(f/2)``, what the former varies by if the groups are alike
    """

    df: FloatArray
    squares: FloatArray
    spreads: BoolArray
    excess: FloatArray
    chance: FloatArray

    @classmethod
    def of(
        cls, sums_of: tuple[FloatArray, FloatArray, FloatArray], label: IntArray, groups: IntArray
    ) -> _Variances:
        """Take the groups with these labels; `sums_of` is of `powers`, ``(B, U)`` each."""
        from scipy.special import digamma, zeta

        held = np.flatnonzero(np.isin(label, groups))
        member = (groups[:, None] == label[held]).astype(np.float64)
        n, first, second = (member @ part.T[held] for part in sums_of)
        with np.errstate(divide="ignore", invalid="ignore"):
            squares = second - first**2 / n
            spreads = (n > 1) & (squares > 1e-12 * second)
            squares = np.where(spreads, squares, 0.0)
            df = np.maximum(n - 1.0, 0.0)
            # Degrees of freedom are whole numbers, few of them different.
            half = np.arange(1, int(df.max(initial=1.0)) + 1) / 2.0
            at = np.where(spreads, df - 1.0, 0.0).astype(np.int64)
            log_variance = np.log(np.where(spreads, squares / df, 1.0))
        return cls(
            df=df,
            squares=squares,
            spreads=spreads,
            excess=np.where(spreads, log_variance + (np.log(half) - digamma(half))[at], 0.0),
            chance=np.where(spreads, zeta(2.0, half)[at], 0.0),
        )

    def lines(self, which: IntArray) -> _Variances:
        """Return those of some groups."""
        return _Variances(
            df=self.df[which], squares=self.squares[which], spreads=self.spreads[which],
            excess=self.excess[which], chance=self.chance[which],
        )  # fmt: skip

    def beside(self, other: _Variances) -> _Variances:
        """Return those of the groups of both."""
        if not len(other.df):
            return self
        return _Variances(
            df=np.concatenate([self.df, other.df]),
            squares=np.concatenate([self.squares, other.squares]),
            spreads=np.concatenate([self.spreads, other.spreads]),
            excess=np.concatenate([self.excess, other.excess]),
            chance=np.concatenate([self.chance, other.chance]),
        )

    def pooled(self) -> Borrowed:
        """Pool the variances, and estimate how many degrees of freedom they count for."""
        groups = self.spreads.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = self.squares.sum(axis=0) / self.df.sum(axis=0)
            deviation = self.excess - self.excess.sum(axis=0) / groups
            deviation *= self.spreads
            squares = np.einsum("jb,jb->b", deviation, deviation)
            excess = squares / (groups - 1.0) - self.chance.sum(axis=0) / groups
        d0 = np.where(groups > 1, np.inf, np.nan)
        is_finite = (groups > 1) & (excess > 0)
        d0[is_finite] = 2.0 * inverse_trigamma(excess[is_finite])
        return Borrowed(variance=variance, df=d0)


def inverse_trigamma(values: FloatArray) -> FloatArray:
    """``x`` with ``trigamma(x) = values``, all above 0 (Smyth 2004, appendix).

    Examples
    --------
    >>> inverse_trigamma(np.array([np.pi**2 / 6])).round(12).tolist()
    [1.0]
    """
    x = 0.5 + 1.0 / values
    left = np.arange(len(values))
    for _ in range(_STEPS):
        if not left.size:
            break
        trigamma, slope = _trigamma(x[left])
        step = trigamma * (1.0 - trigamma / values[left]) / slope
        x[left] += step
        left = left[-step / x[left] >= 1e-12]
    return x


def _trigamma(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Trigamma of values above 0 and its slope, to the last digit.

    By recurrence up to where the asymptotic series is exact (Abramowitz and Stegun 1964, 6.4.6 and
    6.4.11 to 6.4.13): every draw has its own argument, and scipy's `polygamma` sums powers for
    each of them.
    """
    value, slope, y = np.zeros_like(x), np.zeros_like(x), x
    for _ in range(_SHIFTS):
        part = 1.0 / y
        square = part * part
        value += square
        slope += square * part
        y = y + 1.0
    part = 1.0 / y
    square = part * part
    of_value, of_slope = np.zeros_like(x), np.zeros_like(x)
    for power, number in reversed(list(enumerate(_BERNOULLI, start=1))):
        of_value = (of_value + number) * square
        of_slope = (of_slope + (2 * power + 1) * number) * square
    value += part * (1.0 + 0.5 * part + of_value)
    slope += 0.5 * square * (1.0 + part + of_slope)
    return value, -2.0 * slope


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
    squares = _squares(m)
    t = _plain_t(m.n, m.mean, squares, borrowed)
    turn = np.where(m.mean < 0, -1.0, 1.0)
    with np.errstate(invalid="ignore"):
        top = _highest(z * turn[:, None])
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
    return np.asarray(np.fmax.reduce(z, axis=1, initial=-np.inf))


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

    m = moments(z)
    spread = _spread(m.n, _squares(m), borrowed)
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = critical * spread / np.sqrt(m.n) - m.mean
        # The bound at which T of the shifted values would be largest, see `_is_capped`.
        reach = spread * (borrowed.df + m.n - 1.0) / (critical * np.sqrt(m.n))
        lines = np.flatnonzero((m.n > 1) & ((_highest(z) - m.mean > reach) | (critical < 0)))
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
    def _ends(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Largest ``Z``, largest ``-Z`` and largest share of each draw."""
        return _highest(self.z), _highest(-self.z), _highest(np.abs(self.share))

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

    def less(self, effect: float) -> ModeratedMeans:
        """Return the same with `effect` taken out."""
        return replace(self, z=self.z - effect * self.share)

    def statistic(self) -> FloatArray:
        """T, ``(B,)``."""
        return moderated_t(self.z, self.borrowed)

    def without(self, effect: float) -> FloatArray:
        """T with `effect` taken out, ``(B,)``."""
        n = self._by_effect.n
        mean, squares, is_exact = self._by_effect.less(effect)
        t = _plain_t(n, mean, squares, self.borrowed)
        upwards, downwards, share = self._ends
        top = np.where(mean < 0, downwards, upwards) + abs(effect) * share
        is_capped = _is_capped(top, n, np.abs(mean), squares, self.borrowed)
        anew = np.flatnonzero(is_capped | ~is_exact)
        if anew.size:
            t[anew] = self.lines(anew).less(effect).statistic()
        return t

    def needed(self, critical: float, stretch: float | FloatArray = 1.0) -> FloatArray:
        """Return the effect that must be added to each draw for T to reach `critical`."""
        return stretch * needed_shift(self.z, self.borrowed, critical)


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
