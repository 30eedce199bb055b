"""Tests that rest on a t or a normal distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.moments import (
    Moments,
    car_moments,
    moments,
    ratio_t,
    scar_moments,
)
from eventstudy.inference.moved_pairs import couples_of
from eventstudy.inference.moved_sums import WholeSums, moved_totals, parts_of, sums_over_pairs
from eventstudy.inference.pair_sums import pair_sums
from eventstudy.inference.portfolios import distinct_lines, numbered_lines, portfolio_z
from eventstudy.inference.statistic import (
    StatisticValues,
    mean_t,
    register,
    register_sums,
    t_values,
    z_values,
)
from eventstudy.inference.sums import Correlated, Totals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import FloatArray, IntArray
    from eventstudy.inference.evidence import Evidence, Places
    from eventstudy.inference.moved_sums import Kind
    from eventstudy.inference.statistic import Sided

_NULL = "the mean abnormal return is zero"
# A mean correlation this close to 1 is 1: the pairs are one and the same.
_ALL_ONE = 1.0 - 1e-12
_NO_DF = "no pair with more than two degrees of freedom"


@register_sums(
    "cross_sectional_t",
    collect=car_moments,
    summary="mean CAR over its standard error across pairs",
    null=_NULL,
    assumes="independent pairs; fails when markets share dates",
    distribution="t(N-1)",
    source="Brown and Warner (JFE 1980)",
)
def cross_sectional_t(m: Moments, asked: Sided) -> StatisticValues:
    """``sqrt N mean(CAR) / sd(CAR, N-1)``."""
    return mean_t(m, asked, reason="fewer than two pairs, or equal CARs")


def _variances(evidence: Evidence) -> Totals:
    """Sum of residual variances, of their sessions, number of pairs, and `_session_totals`."""
    of_pairs = evidence.of_residuals("variance sums", lambda: _variance_sums(evidence))
    return Totals((*of_pairs, *_session_totals(evidence)))


def _variance_sums(evidence: Evidence) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Sum of residual variances and of their sessions, and number of the group's pairs, ``(B,)``.

    Of all pairs, also those absent in the window, so that the windows of a group share them.
    """
    table, absent = evidence.table, evidence.absent
    variance = evidence.dependence.residual_variance(table)
    total, sessions = pair_sums(
        evidence, np.column_stack([variance, table.fit.n_obs.astype(np.float64)]), signed=False
    ).T
    return (
        total + variance[absent].sum(),
        sessions + table.fit.n_obs[absent].sum(),
        np.full(evidence.n_draws, float(evidence.n_pairs + len(absent))),
    )


@register_sums(
    "no_dependence_t",
    collect=_variances,
    summary="average abnormal return against the residual variances, pairs taken as independent",
    null=_NULL,
    assumes="independent pairs; no event-induced variance; fails when markets share dates",
    distribution="t(mean M - 1)",
    source="Brown and Warner (JFE 1980)",
)
def no_dependence_t(sums: Totals, asked: Sided) -> StatisticValues:
    """``sum AAR / (sqrt L (1/N) sqrt(sum var_i))``.

    ``var_i`` is the variance (M - 1) of the estimation residuals about their mean; N and its sum
    run over all pairs of the group, also those absent in the window, AAR over the pairs that have
    an abnormal return on the session, L over the sessions with such a pair. One pair is enough;
    NaN where no session of the window has an abnormal return.
    """
    total, sessions, number, *averages = sums.parts
    caar, length = _sum_of_averages(*averages)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = caar * number / np.sqrt(length * total)
    value = np.where((length > 0) & (total > 0), t, np.nan)
    return t_values(asked, value, sessions / number - 1.0, reason="no abnormal return is there")


def session_averages(evidence: Evidence) -> Totals:
    """Sum and number of the residuals of every estimation session, and `_session_totals`."""
    of_residuals = evidence.of_residuals("residual sums", lambda: _residual_sums(evidence))
    return Totals((*of_residuals, *_session_totals(evidence)))


@register_sums(
    "crude_dependence",
    collect=session_averages,
    summary="average abnormal return against the spread of average estimation residuals",
    null=_NULL,
    assumes="event-time averages independent from session to session; dates shared by all pairs",
    distribution="t(T-1)",
    source="Brown and Warner (JFE 1985)",
    most_draws=500,
)
def crude_dependence(sums: Totals, asked: Sided) -> StatisticValues:
    """``sum AAR / (sqrt L sd)``, sd (T - 1) of the average residual of T estimation sessions.

    Averages are by event time over the pairs of the group that have a residual on the session
    (those absent in the window too), AAR and L as for `no_dependence_t`. NaN with fewer than two
    such sessions, or where the averages do not vary.
    """
    total, number, *averages = sums.parts
    with np.errstate(divide="ignore", invalid="ignore"):
        m = moments(np.where(number > 0, total / number, np.nan))
        caar, length = _sum_of_averages(*averages)
        t = caar / (np.sqrt(length) * m.sd)
    value = np.where((length > 0) & (m.sd > 0), t, np.nan)
    return t_values(
        asked,
        value,
        m.n - 1.0,
        reason="fewer than two estimation sessions, or their averages do not vary",
    )


def _residual_sums(evidence: Evidence) -> tuple[FloatArray, FloatArray]:
    """Sum and number of the group's residuals on every estimation session, ``(B, L)`` each."""
    residuals, absent = evidence.table.residuals, evidence.absent
    has_residual = np.isfinite(residuals)
    is_whole = bool(has_residual.all())
    filled = residuals if is_whole else np.where(has_residual, residuals, 0.0)
    total = pair_sums(evidence, filled) + evidence.absent_sign @ filled[absent]
    if is_whole:
        return total, np.full(total.shape, float(evidence.n_pairs + len(absent)))
    number = np.full(total.shape, float(evidence.n_pairs))
    missed = ~has_residual.all(axis=0)
    there = has_residual[:, missed].astype(np.float64)
    number[:, missed] = pair_sums(evidence, there, signed=False, in_halves=True)
    return total, number + has_residual[absent].sum(axis=0)


def _session_totals(evidence: Evidence) -> tuple[FloatArray, FloatArray]:
    """Sum and number of abnormal returns on the sessions of the window, ``(B, columns)`` each.

    Where windows start alike those of the whole event window serve every window of the group: a
    pair that is absent in one has no abnormal return there.
    """
    columns, window = evidence.columns, evidence.window
    if evidence.group is None or evidence.table.extension.any():
        return _totals_of(evidence, columns, window.present[:, columns])
    every = np.arange(len(evidence.table.taus))
    total, number = evidence.of_group(
        "session totals",
        lambda: _totals_of(evidence, every, np.isfinite(evidence.table.abnormal).astype(float)),
    )
    return total[:, columns], number[:, columns]


def _totals_of(
    evidence: Evidence, columns: IntArray, present: FloatArray
) -> tuple[FloatArray, FloatArray]:
    values = np.where(present > 0, evidence.table.abnormal[:, columns], 0.0)
    absent = evidence.absent
    total = pair_sums(evidence, values) + evidence.absent_sign @ values[absent]
    number = pair_sums(evidence, present, signed=False) + present[absent].sum(axis=0)
    return total, number


def _sum_of_averages(total: FloatArray, number: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Sum over the window of the AAR of each session, and its sessions with one, ``(B,)``."""
    average = np.where(number > 0, total / np.maximum(number, 1.0), 0.0)
    return average.sum(axis=1), (number > 0).sum(axis=1).astype(np.float64)


@register(
    "portfolio_t",
    summary="t of date portfolios: pairs of one date averaged before testing",
    null=_NULL,
    assumes="independent dates of equal effect; two dates or more",
    distribution="t(E-1)",
    source="Jaffe (1974); Brown and Warner (JFE 1980), date portfolios",
)
def portfolio_t(evidence: Evidence) -> StatisticValues:
    """``sqrt E mean(z) / sd(z, E-1)`` with ``z = CAR_e / (s_e sqrt(L + L^2/M_e))``."""
    m = moments(portfolio_z(evidence))
    return t_values(
        evidence, ratio_t(m), m.n - 1.0, reason="fewer than two dates, or all dates moved alike"
    )


def _patell_sums(evidence: Evidence) -> Totals:
    return evidence.of_window(
        "sums of CSARs", lambda: _sums_to_scale(evidence, _scaled_csar(evidence))
    )


def _exact_sums(evidence: Evidence) -> Totals:
    return _sums_to_scale(evidence, evidence.window.scar)


@register_sums(
    "patell",
    collect=_patell_sums,
    summary="standardised abnormal returns against their forecast error",
    null="every abnormal return is zero",
    assumes="independent pairs; no event-induced variance; ignores forecast covariance in windows",
    distribution="N(0,1)",
    source="Patell (JAR 1976)",
)
def patell(sums: Totals, asked: Sided) -> StatisticValues:
    """``sum(CSAR_i / sqrt L_i) / sqrt(sum df_i/(df_i - 2))``."""
    return z_values(asked, _patell(sums), reason=_NO_DF)


@register_sums(
    "patell_exact",
    collect=_exact_sums,
    summary="standardised CARs against their exact forecast error",
    null="every abnormal return is zero",
    assumes="independent pairs; no event-induced variance",
    distribution="N(0,1)",
    source="Patell (JAR 1976); Mikkelson and Partch (JFQA 1988)",
)
def patell_exact(sums: Totals, asked: Sided) -> StatisticValues:
    """``sum(SCAR_i) / sqrt(sum df_i/(df_i - 2))``: the covariance of forecast errors counts.

    Pairs with ``df <= 2`` are left out; NaN where none is left.
    """
    return z_values(asked, _patell(sums), reason=_NO_DF)


def _correlated_patell(evidence: Evidence) -> Correlated[Totals]:
    return Correlated(own=_patell_sums(evidence), between=_correlations(evidence))


def _correlated_scars(evidence: Evidence) -> Correlated[Moments]:
    return Correlated(own=scar_moments(evidence), between=_correlations(evidence))


@register_sums(
    "adjusted_patell",
    collect=_correlated_patell,
    is_across=True,
    summary="patell corrected for cross-correlation",
    null="every abnormal return is zero",
    assumes="no event-induced variance; equal correlation",
    distribution="N(0,1)",
    source="Kolari and Pynnonen (RFS 2010)",
)
def adjusted_patell(sums: Correlated[Totals], asked: Sided) -> StatisticValues:
    """``patell / sqrt(1 + (N-1) rbar)``."""
    n, rbar = _mean_correlation(sums.between)
    inflation = 1.0 + (n - 1.0) * rbar
    usable = (inflation > 0) & (rbar < _ALL_ONE)
    with np.errstate(invalid="ignore"):
        value = np.where(usable, _patell(sums.own) / np.sqrt(inflation), np.nan)
    return z_values(asked, value, reason="the mean residual correlation leaves no variance")


@register_sums(
    "bmp",
    collect=scar_moments,
    summary="standardised CARs over their own cross-section",
    null=_NULL,
    assumes="independent pairs; robust to event-induced variance; fails when markets share dates",
    distribution="t(N-1)",
    source="Boehmer, Musumeci and Poulsen (JFE 1991); Mikkelson and Partch (JFQA 1988)",
)
def bmp(m: Moments, asked: Sided) -> StatisticValues:
    """``sqrt N mean(SCAR) / sd(SCAR, N-1)``, SCAR with the exact forecast variance."""
    return t_values(asked, ratio_t(m), m.n - 1.0, reason="fewer than two pairs, or equal SCARs")


@register_sums(
    "kolari_pynnonen",
    collect=_correlated_scars,
    is_across=True,
    summary="bmp corrected for cross-correlation, residuals paired by calendar",
    null=_NULL,
    assumes="equal correlation; robust to event-induced variance and shared dates",
    distribution="t(N-1)",
    source="Kolari and Pynnonen (RFS 2010); Kolari, Pape and Pynnonen (2018)",
)
def kolari_pynnonen(sums: Correlated[Moments], asked: Sided) -> StatisticValues:
    """``bmp sqrt((1 - rbar) / (1 + (N-1) rbar))``."""
    m = sums.own
    n, rbar = _mean_correlation(sums.between)
    with np.errstate(divide="ignore", invalid="ignore"):
        shrink = (1.0 - rbar) / (1.0 + (n - 1.0) * rbar)
        usable = (1.0 + (n - 1.0) * rbar > 0) & (rbar < _ALL_ONE)
        value = np.where(usable, ratio_t(m) * np.sqrt(np.where(usable, shrink, 1.0)), np.nan)
    reason = "fewer than two pairs, equal SCARs, or a mean residual correlation out of range"
    return t_values(asked, value, m.n - 1.0, reason=reason)


def mean_correlation(evidence: Evidence) -> tuple[FloatArray, FloatArray]:
    """Number of counted pairs and ``rbar``, each ``(B,)``.

    ``rbar = 2/(N(N-1)) sum_{i<j} rho_ij n_ij / sqrt(L_i L_j)``: residual correlations on common
    calendar sessions, weighted by the sessions both windows contain (docs/methods.md, section 5).
    """
    return _mean_correlation(_correlations(evidence))


def _correlations(evidence: Evidence) -> Totals:
    """Number of counted pairs, and the sum of their correlations weighted by shared sessions."""
    if evidence.between is not None:
        return Totals(evidence.between)
    if not evidence.n_pairs:
        return Totals((np.zeros(evidence.n_draws), np.zeros(evidence.n_draws)))
    if len(evidence.earlier):
        # What earlier pairs are among themselves was summed with them.
        keep = evidence.window.n_sessions > 0
        held = evidence.with_earlier(keep)
        both, before = evidence.dependence.overlap_sum(evidence.table, evidence.window, held)
        number = sum(keep[block.rows[0]].sum() for block in evidence.blocks)
        return Totals((np.array([float(number)]), np.array([both - before])))
    # Other abnormal returns on the same sessions have the same correlations, those of residuals.
    return evidence.of_residuals(f"rho {evidence.presence}", lambda: _summed_correlations(evidence))


def _summed_correlations(evidence: Evidence) -> Totals:
    """`_correlations` of pairs that all come at once."""
    from scipy.sparse import csr_array

    if evidence.places is not None:
        return _moved_correlations(evidence, evidence.places)
    window, size = evidence.window, len(evidence.window.n_sessions)
    alike: dict[int, list[int]] = {}
    for at, block in enumerate(evidence.blocks):
        alike.setdefault(block.rows.shape[1], []).append(at)
    parts: list[FloatArray] = [np.empty(0)] * len(evidence.blocks)
    for length, numbers in alike.items():
        lines, again = distinct_lines(
            np.concatenate([numbered_lines(evidence, evidence.blocks[at]) for at in numbers])
        )
        position = np.maximum(np.abs(lines) - 1, 0).ravel()
        pointer = np.arange(len(lines) + 1) * length
        signs = np.sign(lines, dtype=np.float64).ravel()
        held = csr_array((signs, position, pointer), shape=(len(lines), size))
        # Blocks lie at least a window apart, so that pairs of different blocks share no session.
        sums = evidence.dependence.overlap_sum(evidence.table, window, held)
        both = np.column_stack([(lines != 0).sum(axis=1), sums])[again]
        ends = np.cumsum([len(evidence.blocks[at].rows) for at in numbers])
        for at, part in zip(numbers, np.split(both, ends[:-1]), strict=True):
            parts[at] = part
    return Totals(tuple(evidence.unstack(np.concatenate(parts)).T))


def _moved_correlations(evidence: Evidence, places: Places) -> Totals:
    """As `_correlations`, each kind of cluster summed once on every weekday."""
    window, dependence = evidence.window, evidence.dependence
    parts = parts_of(evidence, np.zeros(evidence.n_pairs, dtype=np.int64))
    has_return = (window.n_sessions > 0).astype(np.float64)
    presence = evidence.presence

    def sums(kinds: Sequence[Kind]) -> FloatArray:
        number = sums_over_pairs(kinds, places, has_return[None], [False])
        couples = couples_of(evidence)
        between = couples.sums(kinds, places, window, presence) if couples is not None else None
        every = np.arange(places.n_days)
        asked = [
            (at, every if between is None else np.array([kind.first]))
            for at, kind in enumerate(kinds)
            if between is None or kind.first >= 0
        ]
        if between is None:
            between = np.zeros((len(kinds), places.n_days))
        if asked:
            found = _overlaps(evidence, places, [(kinds[at], days) for at, days in asked])
            ends = np.cumsum([len(days) for _, days in asked])
            for (at, days), values in zip(asked, np.split(found, ends[:-1]), strict=True):
                between[at, days] = values
        return np.concatenate([number, between[:, None]], axis=1)

    series = dependence.once(f"rho moved {presence}", lambda: WholeSums(places, 2))
    found = series.of([part.kind for part in parts], sums)
    return Totals(tuple(moved_totals(evidence, parts, found)))


def _overlaps(
    evidence: Evidence, places: Places, asked: Sequence[tuple[Kind, IntArray]]
) -> FloatArray:
    """`ResidualDependence.overlap_sum` of kinds on weekdays, one after the other ``(sum F,)``."""
    from scipy.sparse import csr_array

    window = evidence.window
    lines = [kind.rows(places, days) for kind, days in asked]
    weight = [
        np.where((rows >= 0) & (window.n_sessions[rows] > 0), kind.sign, 0.0)
        for rows, (kind, _) in zip(lines, asked, strict=True)
    ]
    length = np.concatenate([np.full(len(rows), rows.shape[1]) for rows in lines])
    held = csr_array(
        (
            np.concatenate([each.ravel() for each in weight]),
            np.maximum(np.concatenate([rows.ravel() for rows in lines]), 0),
            np.concatenate([[0], np.cumsum(length)]),
        ),
        shape=(len(length), len(window.n_sessions)),
    )
    return evidence.dependence.overlap_sum(evidence.table, window, held)


def _mean_correlation(sums: Totals) -> tuple[FloatArray, FloatArray]:
    n, total = sums.parts
    with np.errstate(divide="ignore", invalid="ignore"):
        # One pair has no other to be correlated with.
        rbar = np.where(n > 1, 2.0 * total / (n * (n - 1.0)), np.where(n > 0, 0.0, np.nan))
    return n, rbar


def _scaled_csar(evidence: Evidence) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return evidence.window.csar / np.sqrt(evidence.window.n_sessions)


def _sums_to_scale(evidence: Evidence, scaled: FloatArray) -> Totals:
    """Sum of `scaled` ``(U,)`` and of their variances over pairs."""
    window, df = evidence.window, evidence.table.fit.df
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.where((df > 2) & (window.n_sessions > 0), df / (df - 2.0), np.nan)
    spread = np.where(np.isfinite(spread), spread, 0.0)
    scaled = np.where((spread > 0) & np.isfinite(scaled), scaled, 0.0)
    top = pair_sums(evidence, scaled[:, None])[:, 0]
    bottom = evidence.of_residuals(
        f"variances to scale {evidence.presence}",
        lambda: pair_sums(evidence, spread[:, None], signed=False)[:, 0],
    )
    return Totals((top, bottom))


def _patell(sums: Totals) -> FloatArray:
    """Sum over the root of the sum of variances, ``(B,)``."""
    top, bottom = sums.parts
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bottom > 0, top / np.sqrt(bottom), np.nan)
