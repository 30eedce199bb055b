"""The size of abnormal returns beside what was forecast: squared, and across pairs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.evidence import grouped_means

if TYPE_CHECKING:
    from eventstudy._typing import FloatArray
    from eventstudy.estimation.abnormal import AbnormalReturns
    from eventstudy.inference.evidence import Evidence


def squared(table: AbnormalReturns) -> AbnormalReturns:
    """Return the table with ``U - 1`` in place of abnormal returns, ``U = SAR^2 (df-2)/df``.

    ``U`` is 1 on average without an event (Beaver 1968; Patell 1976), and its variance is
    ``2(df-1)/(df-4)``, both by the F law of ``SAR^2``. Residuals are squared over their own mean
    square; coefficients play no part any more. NaN for pairs with four degrees of freedom or less.
    """
    df = table.fit.df
    usable = df > 4
    with np.errstate(divide="ignore", invalid="ignore"):
        shrink = np.where(usable, (df - 2.0) / df, np.nan)
        spread = np.sqrt(np.where(usable, 2.0 * (df - 1.0) / (df - 4.0), np.nan))
        ratio = table.standardized**2 * shrink[:, None]
        count = np.isfinite(table.residuals).sum(axis=1)
        mean_square = np.nansum(table.residuals**2, axis=1) / np.maximum(count, 1)
        residuals = table.residuals**2 / mean_square[:, None] - 1.0
    excess = ratio - 1.0
    constant = np.broadcast_to(spread[:, None], excess.shape)
    pairs, width = excess.shape
    return replace(
        table,
        returns=ratio,
        normal=np.ones_like(ratio),
        abnormal=excess,
        factors=np.empty((pairs, width, 0)),
        std_error=constant,
        standardized=excess / constant,
        residuals=residuals,
        volatility=constant,
        covariance=None,
        fit=replace(
            table.fit,
            slopes=np.empty((pairs, 0)),
            n_parameters=1,
            sigma=spread,
            mean_weight=np.zeros(pairs),
            x_mean=np.empty((pairs, 0)),
            x_precision=np.empty((pairs, 0, 0)),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VarianceRatio:
    """Cross-sectional variance over its forecast, in ``B`` draws.

    Attributes
    ----------
    abnormal : ``(B,)`` cumulated abnormal variance ``sum over tau of (M_tau - 1)``
    scaled : ``(B,)`` ``sum (N_tau - 1) M_tau``, chi-square with `df` for independent normal pairs
    df : ``(B,)``; std_error : ``(B,)`` of `abnormal` by that law
    pairs : ``(B, N)`` what each pair adds to it; NaN where it has no abnormal return
    """

    abnormal: FloatArray
    scaled: FloatArray
    df: FloatArray
    std_error: FloatArray
    pairs: FloatArray


def variance_ratio(evidence: Evidence) -> VarianceRatio:
    """Cross-sectional variance of the event sessions over what the models forecast.

    ``M = 1/N sum_i (N AR_i - sum_j AR_j)^2 / (N(N-2) V_i + sum_j V_j)``, with ``V`` the exact
    forecast variance times ``df/(df-2)``, so that ``E M = 1`` although coefficients and variance
    are estimated. Sessions with fewer than two pairs are left out; pairs need ``df > 2``.

    Notes
    -----
    Bialkowski, Gottschalk and Wisniewski (JBF 2008), after Hilliard and Savickas (2002). They
    divide by N - 1, although every term has mean 1 already: that is ``N/(N-1)`` on average, a
    third too much for four pairs.
    """
    table, window = evidence.table, evidence.window
    df = table.fit.df
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.where(df > 2, df / (df - 2.0), np.nan)
    shape = (evidence.n_draws, evidence.n_pairs)
    abnormal, scaled, freedom = np.zeros(shape[0]), np.zeros(shape[0]), np.zeros(shape[0])
    noise = np.zeros(shape[0])
    pairs = np.full(shape, np.nan)
    for tau in np.flatnonzero((window.present > 0).any(axis=0)):
        has_forecast = (window.present[:, tau] > 0) & np.isfinite(spread)
        value = evidence.gather(
            np.where(has_forecast, table.abnormal[:, tau], np.nan), signed=False
        )
        forecast = table.std_error[:, tau] ** 2 * spread
        variance = evidence.gather(np.where(has_forecast, forecast, np.nan), signed=False)
        n = np.isfinite(value).sum(axis=1).astype(np.float64)[:, None]
        total = np.nansum(value, axis=1)[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            bottom = n * (n - 2.0) * variance + np.nansum(variance, axis=1)[:, None]
            ratio = (n * value - total) ** 2 / bottom
        ratio = np.where(n > 1, ratio, np.nan)
        is_there = np.isfinite(ratio)
        enough = n[:, 0] > 1
        with np.errstate(divide="ignore", invalid="ignore"):
            level = np.nansum(ratio, axis=1) / n[:, 0]
        abnormal += np.where(enough, level - 1.0, 0.0)
        scaled += np.where(enough, (n[:, 0] - 1.0) * level, 0.0)
        freedom += np.where(enough, n[:, 0] - 1.0, 0.0)
        noise += np.where(enough, 2.0 / np.maximum(n[:, 0] - 1.0, 1.0), 0.0)
        pairs = np.where(is_there, np.where(np.isnan(pairs), 0.0, pairs) + ratio - 1.0, pairs)
    is_undefined = freedom == 0
    return VarianceRatio(
        abnormal=np.where(is_undefined, np.nan, abnormal),
        scaled=np.where(is_undefined, np.nan, scaled),
        df=np.where(is_undefined, np.nan, freedom),
        std_error=np.where(is_undefined, np.nan, np.sqrt(noise)),
        pairs=pairs,
    )


def known_scale(evidence: Evidence, *, centred: bool) -> FloatArray:
    """Mean over dates of the root mean square of AR over the volatility known beforehand, ``(B,)``.

    ``1/E sum_e sqrt(mean of m over the pairs and sessions of date e)``, with ``z = AR/h_a`` and
    ``h_a`` the conditional volatility before the first session of the window. ``m = z^2``, or, if
    `centred`, ``(N z_i - sum_j z_j)^2 / (N (N-1))`` over the ``N`` counted pairs that have an AR on
    that session: the variance between them, which a common move leaves as it is.

    The standard deviation of the estimation window knows nothing of the weeks before the news, so
    that a ratio to it asks whether times were rough. The root keeps a single date from deciding,
    as it would in a mean of squares. NaN where no date has a value.
    """
    table, window = evidence.table, evidence.window
    h = np.where(window.volatility > 0, window.volatility, np.nan)
    shape = (evidence.n_draws, evidence.n_pairs)
    total, count = np.zeros(shape), np.zeros(shape)
    for tau in np.flatnonzero((window.present > 0).any(axis=0)):
        is_there = window.present[:, tau] > 0
        z = evidence.gather(np.where(is_there, table.abnormal[:, tau] / h, np.nan), signed=False)
        has_value = np.isfinite(z) & evidence.structure.counted
        term = np.where(has_value, z, 0.0)
        if centred:
            n = has_value.sum(axis=1, keepdims=True).astype(np.float64)
            has_value &= n > 1
            apart = n * term - term.sum(axis=1, keepdims=True)
            term = apart / np.sqrt(np.maximum(n * (n - 1.0), 1.0))
        total += np.where(has_value, term**2, 0.0)
        count += has_value
    mean = np.where(count > 0, total / np.maximum(count, 1.0), np.nan)
    structure = evidence.structure
    dates = np.sqrt(grouped_means(mean, structure.unit, structure.counted))
    number = np.isfinite(dates).sum(axis=1)
    return np.where(number > 0, np.nansum(dates, axis=1) / np.maximum(number, 1), np.nan)
