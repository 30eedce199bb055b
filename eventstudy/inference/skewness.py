"""The t of the mean CAR corrected for skewness, by formula and by bootstrap."""

from __future__ import annotations

import functools
import zlib
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.moments import SkewedMoments, hall_t, skewed_moments
from eventstudy.inference.pvalues import REPLICATIONS, rank_pvalue, two_tailed_pvalue
from eventstudy.inference.statistic import StatisticValues, register, register_sums, t_values

if TYPE_CHECKING:
    from eventstudy._typing import FloatArray
    from eventstudy.inference.evidence import Evidence
    from eventstudy.inference.statistic import Sided

# Below this share of the sample's own variance the spread of a resample is rounding.
_NO_SPREAD = 1e-12
# Pairs up to which resamples are kept: 40 MB.
_MOST_KEPT = 5_000
_NULL = "the mean abnormal return is zero"
_REASON = "fewer than two pairs, or equal CARs"


def _skewed_cars(evidence: Evidence) -> SkewedMoments:
    return skewed_moments(evidence, evidence.window.car)


@register_sums(
    "skewness_adjusted_t",
    collect=_skewed_cars,
    summary="cross-sectional t with its skewness taken out by Hall's transform",
    null=_NULL,
    assumes="independent pairs; skewed CARs allowed; fails when markets share dates",
    distribution="t(N-1)",
    source="Hall (JRSS-B 1992)",
)
def skewness_adjusted_t(sums: SkewedMoments, asked: Sided) -> StatisticValues:
    """``sqrt N (S + g S^2/3 + g^2 S^3/27 + g/(6N))``.

    ``S = mean/sd(N-1)`` of the CARs and ``g = sum (CAR - mean)^3 / (N sd^3)``. NaN with fewer than
    two pairs, or where the CARs do not vary.
    """
    return t_values(asked, hall_t(sums), sums.moments.n - 1.0, reason=_REASON)


@register_sums(
    "johnson_t",
    collect=_skewed_cars,
    summary="cross-sectional t with Johnson's correction for skewness",
    null=_NULL,
    assumes="independent pairs; moderately skewed CARs; fails when markets share dates",
    distribution="t(N-1)",
    source="Johnson (JASA 1978)",
)
def johnson_t(sums: SkewedMoments, asked: Sided) -> StatisticValues:
    """``sqrt N (S + g S^2/3 + g/(6N))``: `skewness_adjusted_t` without its term in ``g^2``.

    It does not rise with S everywhere, so that far out in a skewed sample it may lose sight of an
    effect that Hall's transform sees. NaN as there.
    """
    m, g = sums.moments, sums.skewness
    with np.errstate(divide="ignore", invalid="ignore"):
        s = m.mean / m.sd
        t = np.sqrt(m.n) * (s + g * s**2 / 3.0 + g / (6.0 * m.n))
    return t_values(asked, np.where(m.sd > 0, t, np.nan), m.n - 1.0, reason=_REASON)


@register(
    "skewness_adjusted_bootstrap",
    summary="Hall's t, its p-value from resampled pairs",
    null=_NULL,
    assumes="independent pairs of one distribution; fails when markets share dates",
    distribution=f"bootstrap over pairs, {REPLICATIONS} replications",
    source="Hall (JRSS-B 1992); Lyon, Barber and Tsai (JF 1999)",
    most_draws=200,
)
def skewness_adjusted_bootstrap(evidence: Evidence) -> StatisticValues:
    """`skewness_adjusted_t` ranked among its values in samples of pairs drawn with replacement.

    Each sample of N pairs is centred on the mean of the data. One-sided p is
    ``(1 + #{t* >= t}) / (R + 1)`` or ``(1 + #{t* <= t}) / (R + 1)``, two-sided twice the smaller,
    at most 1. A sample that is one value over and over lies infinitely far out on its side. Its
    size is measured over 200 placebo draws at the most. NaN as for `skewness_adjusted_t`.
    """
    statistic = hall_t(_skewed_cars(evidence))
    pvalue = np.full(evidence.n_draws, np.nan)
    values = evidence.gather(evidence.window.car)
    number = np.isfinite(values).sum(axis=1)
    usable = np.isfinite(statistic)
    for n in np.unique(number[usable]):
        chosen = np.flatnonzero(usable & (number == n))
        sample = values[chosen]
        sample = sample[np.isfinite(sample)].reshape(len(chosen), n)
        # By size, so that neither the order of the pairs nor their sign decides who is drawn.
        by_size = np.argsort(np.abs(sample), axis=1, kind="stable")
        sample = np.take_along_axis(sample, by_size, axis=1)
        drawn = hall_of_resamples(sample, resamples(int(n), evidence.seed))
        own_statistic = statistic[chosen]
        above, below = rank_pvalue(own_statistic, drawn), rank_pvalue(-own_statistic, -drawn)
        pvalue[chosen] = two_tailed_pvalue(below, above, evidence.alternative)
    return StatisticValues(
        statistic=statistic,
        df=np.full(len(statistic), np.nan),
        pvalue=pvalue,
        reason=_REASON,
    )


def resamples(n: int, seed: tuple[int, ...]) -> FloatArray:
    """How often each of `n` pairs is drawn in every replication, ``(R, n)``."""
    return _kept_resamples(n, seed) if n <= _MOST_KEPT else _drawn_resamples(n, seed)


def _drawn_resamples(n: int, seed: tuple[int, ...]) -> FloatArray:
    rng = np.random.default_rng((*seed, zlib.crc32(b"skewness_adjusted_bootstrap"), n))
    cell = rng.integers(n, size=(REPLICATIONS, n)) + n * np.arange(REPLICATIONS)[:, None]
    counts = np.bincount(cell.ravel(), minlength=REPLICATIONS * n)
    return counts.reshape(REPLICATIONS, n).astype(np.float64)


@functools.lru_cache(maxsize=1)
def _kept_resamples(n: int, seed: tuple[int, ...]) -> FloatArray:
    """Keep those of few pairs, 8 kB a pair, for the next window and scenario."""
    found = _drawn_resamples(n, seed)
    found.flags.writeable = False  # the same for whoever asks again
    return found


def hall_of_resamples(values: FloatArray, counts: FloatArray) -> FloatArray:
    """Hall's t of every resample about the mean of its sample.

    Parameters
    ----------
    values : ``(B, n)`` samples that vary, nothing missing
    counts : ``(R, n)`` how often each resample takes each pair

    Returns
    -------
    ``(B, R)``; infinite where a resample has no spread, 0 where it is the mean itself.
    """
    n = values.shape[1]
    # In units of the sample's own spread, so that rounding is the same at every scale.
    y = (values - values.mean(axis=1)[:, None]) / values.std(axis=1, ddof=1)[:, None]
    square = y * y
    first = y @ counts.T / n
    second = square @ counts.T / n
    third = (square * y) @ counts.T / n
    third -= first * (3.0 * second - 2.0 * first * first)
    variance = (second - first * first) * (n / (n - 1.0))
    flat = variance <= _NO_SPREAD * np.maximum(second, 1.0 / n)
    variance[flat] = 1.0
    sd = np.sqrt(variance)
    g = third / (variance * sd)
    s = first / sd
    bend = g * s / 3.0
    t = np.sqrt(n) * (s * (1.0 + bend + bend * bend / 3.0) + g / (6.0 * n))
    t[flat] = np.copysign(np.inf, first[flat])
    t[flat & (np.abs(first) <= np.sqrt(_NO_SPREAD))] = 0.0
    return np.asarray(t, dtype=np.float64)
