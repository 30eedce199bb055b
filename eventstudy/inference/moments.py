"""Moments of abnormal returns across units, and the t of their mean."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.moved_sums import WholeSums, moved_totals, parts_of, sums_over_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import BoolArray, FloatArray
    from eventstudy.inference.evidence import Evidence, Places
    from eventstudy.inference.moved_sums import Kind

CANCELLED = 1e-4
"""Share of a sum of squares below which too many digits of the rest cancel."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """Count, mean and standard deviation (n - 1) over the last axis, missing left out."""

    n: FloatArray
    mean: FloatArray
    sd: FloatArray

    def plus(self, other: Moments) -> Moments:
        """Moments over the values of both (Chan, Golub and LeVeque 1983)."""
        n = self.n + other.n
        with np.errstate(divide="ignore", invalid="ignore"):
            step = _known(other.mean) - _known(self.mean)
            mean = np.where(self.n > 0, _known(self.mean) + step * other.n / n, other.mean)
            squares = self.squares + other.squares + step**2 * self.n * other.n / n
            sd = np.sqrt(squares / (n - 1.0))
        sd = np.where(sd <= 1e-13 * np.abs(mean), 0.0, sd)
        return Moments(n=n, mean=np.where(n > 0, mean, np.nan), sd=np.where(n > 1, sd, np.nan))

    @property
    def squares(self) -> FloatArray:
        """Sum of squares about the mean; 0 of fewer than two values."""
        return np.where(self.n > 1, self.sd**2 * (self.n - 1.0), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SkewedMoments:
    """Moments, and the sum of cubes about the mean, each ``(B,)``."""

    moments: Moments
    third: FloatArray

    @property
    def skewness(self) -> FloatArray:
        """``sum (x - mean)^3 / (n sd^3)``."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.third / (self.moments.n * self.moments.sd**3))

    def plus(self, other: SkewedMoments) -> SkewedMoments:
        """Return the moments over the values of both (Pébay 2008)."""
        a, b = self.moments, other.moments
        both = a.plus(b)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.where((a.n > 0) & (b.n > 0), _known(b.mean) - _known(a.mean), 0.0)
            third = self.third + other.third
            third = third + step**3 * a.n * b.n * (a.n - b.n) / both.n**2
            third = third + 3.0 * step * (a.n * b.squares - b.n * a.squares) / both.n
        return SkewedMoments(moments=both, third=np.where(both.n > 0, third, 0.0))


def moments(values: FloatArray) -> Moments:
    """Moments of `values` ``(B, N)`` over pairs, each ``(B,)``.

    A standard deviation that is rounding noise beside the mean is 0: equal values are equal.
    """
    values, n, total, has_value = _summed(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / n
        deviation = values - mean[:, None]
        if has_value is not None:
            deviation = np.where(has_value, deviation, 0.0)
        sd = np.sqrt(np.einsum("bn,bn->b", deviation, deviation) / (n - 1.0))
    sd = np.where(sd <= 1e-13 * np.abs(mean), 0.0, sd)
    return Moments(n=n, mean=mean, sd=np.where(n > 1, sd, np.nan))


def _summed(values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, BoolArray | None]:
    """Return values ``(B, N)`` with 0 for what is missing, their number and sum ``(B,)``.

    And where there is one; None where nothing is missing, as one pass says: every sum is there.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        total = values.sum(axis=1)
    if np.isfinite(total).all():
        return values, np.full(len(values), float(values.shape[1])), total, None
    has_value = np.isfinite(values)
    values = np.where(has_value, values, 0.0)
    return values, has_value.sum(axis=1).astype(np.float64), values.sum(axis=1), has_value


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EffectMoments:
    """Moments of ``z - effect share`` over the last axis as a function of the effect.

    Attributes
    ----------
    n, mean, share : ``(B,)`` count, mean of ``z`` and of the share
    zz, zs, ss : ``(B,)`` sums of squares and of products about these means
    """

    n: FloatArray
    mean: FloatArray
    share: FloatArray
    zz: FloatArray
    zs: FloatArray
    ss: FloatArray

    @classmethod
    def of(cls, z: FloatArray, share: FloatArray) -> EffectMoments:
        """Sum up ``(B, N)``; what is missing in `z` counts in neither."""
        z, n, total, has_value = _summed(z)
        if has_value is not None:
            share = np.where(has_value, share, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean, mean_share = total / n, share.sum(axis=1) / n
        of_z, of_share = z - mean[:, None], share - mean_share[:, None]
        if has_value is not None:
            of_z, of_share = np.where(has_value, of_z, 0.0), np.where(has_value, of_share, 0.0)
        return cls(
            n=n,
            mean=mean,
            share=mean_share,
            zz=np.einsum("bn,bn->b", of_z, of_z),
            zs=np.einsum("bn,bn->b", of_z, of_share),
            ss=np.einsum("bn,bn->b", of_share, of_share),
        )

    def less(self, effect: float | FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Mean, sum of squares about it, and whether few enough digits of that cancel.

        Of effects ``(V, 1)`` each is ``(V, B)``.
        """
        squares = self.zz - 2.0 * effect * self.zs + effect**2 * self.ss
        is_exact = (self.n <= 1) | (squares > CANCELLED * (self.zz + effect**2 * self.ss))
        return self.mean - effect * self.share, squares, is_exact


def pair_moments(evidence: Evidence, values: FloatArray) -> Moments:
    """Moments over the counted pairs of every draw, each ``(B,)``.

    One draw is taken in two passes. Many draws are put together from the sums of every placement,
    which costs the placements and not the draws; what that loses in the last digits is nothing
    to a rejection rate.
    """
    if evidence.n_draws == 1:
        return moments(evidence.gather(values))
    centre, (n, first, second) = _power_sums(evidence, values, 2)
    return moments_of_sums(n, first, second, centre)


def _power_sums(evidence: Evidence, values: FloatArray, most: int) -> tuple[float, FloatArray]:
    """A centre, and number and sums of powers about it over the pairs, ``(1 + most, B)``."""
    has_value = np.isfinite(values)
    centre = float(values[has_value].mean()) if evidence.sign.min() > 0 and has_value.any() else 0.0
    if evidence.places is not None:
        return centre, _moved_power_sums(evidence, evidence.places, values, centre, most)
    shifted = np.where(has_value, values - centre, 0.0)
    sums = []
    for block in evidence.blocks:
        block_values = shifted[block.rows] * evidence.sign[block.columns]
        columns, power = [has_value[block.rows].sum(axis=1)], block_values
        for _ in range(most):
            columns.append(power.sum(axis=1))
            power = power * block_values
        sums.append(np.column_stack(columns))
    return centre, evidence.unstack(np.concatenate(sums)).T


def _moved_power_sums(
    evidence: Evidence, places: Places, values: FloatArray, centre: float, most: int
) -> FloatArray:
    """As `_power_sums`, each kind of pairs that move together summed once on every weekday."""

    def compute(kinds: Sequence[Kind]) -> FloatArray:
        has_value = np.isfinite(values)
        shifted = np.where(has_value, values - centre, 0.0)
        powers = [has_value.astype(np.float64), shifted]
        while len(powers) <= most:
            powers.append(powers[-1] * shifted)
        # The value of a pair of sign -1 is its negative, an even power of it the same.
        is_signed = [number % 2 == 1 for number in range(len(powers))]
        return sums_over_pairs(kinds, places, np.stack(powers), is_signed)

    parts = parts_of(evidence, np.zeros(evidence.n_pairs, dtype=np.int64))
    name = f"powers of kinds {most}"
    sums = evidence.dependence.once(name, lambda: WholeSums(places, most + 1))
    about = blake2b(values.tobytes() + np.float64(centre).tobytes(), digest_size=16).digest()
    found = sums.of([part.kind for part in parts], compute, about)
    return moved_totals(evidence, parts, found)


def moments_of_sums(
    n: FloatArray, first: FloatArray, second: FloatArray, centre: float = 0.0
) -> Moments:
    """Moments from number, sum and sum of squares about `centre`, each ``(B,)``.

    A variance that is rounding beside the squares is 0, as in `moments`.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = first / n
        variance = (second - n * mean**2) / (n - 1.0)
        variance = np.where(variance <= 1e-12 * second / n, 0.0, variance)
        return Moments(n=n, mean=mean + centre, sd=np.where(n > 1, np.sqrt(variance), np.nan))


def ratio_t(m: Moments) -> FloatArray:
    """``sqrt n mean / sd``, NaN where the standard deviation is 0 or undefined."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.sqrt(m.n) * m.mean / m.sd
    return np.where(m.sd > 0, t, np.nan)


def hall_t(skewed: SkewedMoments) -> FloatArray:
    """``sqrt n (S + g S^2/3 + g^2 S^3/27 + g/(6n))``, ``S = mean/sd`` (Hall, JRSS-B 1992)."""
    m, g = skewed.moments, skewed.skewness
    with np.errstate(divide="ignore", invalid="ignore"):
        s = m.mean / m.sd
        t = np.sqrt(m.n) * (s + g * s**2 / 3.0 + g**2 * s**3 / 27.0 + g / (6.0 * m.n))
    return np.where(m.sd > 0, t, np.nan)


def _known(mean: FloatArray) -> FloatArray:
    """Return a mean, 0 where there is none."""
    return np.where(np.isfinite(mean), mean, 0.0)


def car_moments(evidence: Evidence) -> Moments:
    """Moments of the CARs over pairs."""
    window = evidence.window
    return evidence.of_window("moments of CARs", lambda: pair_moments(evidence, window.car))


def scar_moments(evidence: Evidence) -> Moments:
    """Moments of the SCARs over pairs."""
    window = evidence.window
    return evidence.of_window("moments of SCARs", lambda: pair_moments(evidence, window.scar))


def skewed_moments(evidence: Evidence, values: FloatArray) -> SkewedMoments:
    """Moments over pairs of `values` ``(U,)``, with the sum of cubes about the mean."""
    if evidence.n_draws == 1:
        gathered = evidence.gather(values)
        m = moments(gathered)
        deviation = gathered - m.mean[:, None]
        third = np.nansum(deviation * deviation * deviation, axis=1)
    else:
        centre, (n, first, second, cubes) = _power_sums(evidence, values, 3)
        m = moments_of_sums(n, first, second, centre)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = first / n
        third = cubes - 3.0 * mean * second + 2.0 * n * mean**3
    return SkewedMoments(moments=m, third=third)
