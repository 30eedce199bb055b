"""What the dates outside a group say about the variance between its own (Smyth 2004)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.evidence import powers
from eventstudy.inference.once import mark_of

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.inference.evidence import Others, StudyUnits

_STEPS = 50
_NEAR = 1e-8  # share of a value below which a step is the last
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
    return _pooled(_Variances.of(powers(z), label, np.unique(label[label >= 0])))


def borrowed_from(study: StudyUnits, others: Others) -> Borrowed:
    """`borrow` of the dates of a study outside a group.

    What a group leaves of the others of its grouping is nearly all of them: the variances within
    these are found once for the grouping, and anew where the group holds a date of theirs.
    """
    if study.evidence.n_draws == 1:  # few numbers, asked for by the test and its interval
        name = f"borrowed {others.grouping} {mark_of(others.label)}"
        return study.once.of(name, lambda: _borrowed(study, others))
    return _borrowed(study, others)


def _borrowed(study: StudyUnits, others: Others) -> Borrowed:
    label, whole = others.label, others.all_labels
    if whole is None:
        return _pooled(_Variances.of(study.powers, label, np.unique(label[label >= 0])))
    # Labels are small numbers, so that marks by number tell which there are.
    is_there = _marks(whole)
    numbers, size = np.flatnonzero(is_there), len(is_there)
    shared = study.once.of(
        f"variances {others.grouping}", lambda: _Variances.of(study.powers, whole, numbers)
    )
    is_changed = _marks(whole[whole != label], size)
    left = np.flatnonzero(is_changed & _marks(label, size))
    anew = _Variances.of(study.powers, label, left)
    return _pooled(shared, ~is_changed[numbers], anew)


def _marks(label: IntArray, size: int = 0) -> BoolArray:
    """Whether each number from 0 is among labels, of which negative ones are none."""
    return np.bincount(label[label >= 0], minlength=size) > 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Variances:
    """Variances within ``J`` groups of dates, ``(J, B)`` each; 0 where a group has none.

    Attributes
    ----------
    df : number of dates less one
    squares : sums of squares about the mean
    spreads : 1 where there is a variance, else 0
    excess : ``log s^2 - psi(f/2) + log(f/2)`` with ``f`` of `df`
    chance : ``trigamma(f/2)``, what the former varies by if the groups are alike
    """

    df: FloatArray
    squares: FloatArray
    spreads: FloatArray
    excess: FloatArray
    chance: FloatArray

    @classmethod
    def of(
        cls, sums_of: tuple[BoolArray, FloatArray, FloatArray], label: IntArray, groups: IntArray
    ) -> _Variances:
        """Take groups by their labels, ascending, which all have dates.

        `sums_of` is of `powers`, ``(B, U)`` each.
        """
        from scipy.special import digamma, zeta

        is_asked = np.zeros(int(label.max(initial=0)) + 2, dtype=bool)
        is_asked[groups] = True
        held = np.flatnonzero(is_asked[np.maximum(label, -1)])  # the last is of no group
        held = held[np.argsort(label[held], kind="stable")]
        begin = np.searchsorted(label[held], groups)

        def total(part: FloatArray) -> FloatArray:
            if not len(held):
                return np.empty((0, len(part)))
            return np.asarray(np.add.reduceat(part.T[held], begin, axis=0))

        is_there, first, second = sums_of[0], total(sums_of[1]), total(sums_of[2])
        # Where no date lacks a value every draw has as many of them.
        sizes = np.diff(begin, append=len(held)).astype(np.float64)[:, None]
        is_whole = bool(is_there.all())
        n = np.broadcast_to(sizes, first.shape) if is_whole else total(is_there.astype(np.float64))
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
            spreads=spreads.astype(np.float64),
            excess=np.where(spreads, log_variance + (np.log(half) - digamma(half))[at], 0.0),
            chance=np.where(spreads, zeta(2.0, half)[at], 0.0),
        )


def _pooled(
    first: _Variances, keep: BoolArray | None = None, second: _Variances | None = None
) -> Borrowed:
    """Pool variances, and estimate how many degrees of freedom they count for.

    Those of the groups to `keep` ``(J,)`` of the first, or of all, and all of the second.
    """
    parts = [(first, np.ones(len(first.df)) if keep is None else keep.astype(np.float64))]
    if second is not None and len(second.df):
        parts.append((second, np.ones(len(second.df))))

    def total(name: str) -> FloatArray:
        sums = [weight @ getattr(part, name) for part, weight in parts]
        return np.asarray(sums[0] if len(sums) == 1 else sums[0] + sums[1])

    groups = total("spreads")
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = total("squares") / total("df")
        mean = total("excess") / groups
        squares = np.zeros(len(groups))
        for part, weight in parts:
            deviation = part.excess - mean
            deviation *= part.spreads
            deviation *= deviation
            squares += weight @ deviation
        excess = squares / (groups - 1.0) - total("chance") / groups
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
        # Each step squares what is left: the next would not move the last digit.
        left = left[-step / x[left] >= _NEAR]
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
