"""Tests of average abnormal returns against what estimation leaves uncertain of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.moments import moments
from eventstudy.inference.pair_sums import pair_sums
from eventstudy.inference.parametric import session_averages
from eventstudy.inference.statistic import StatisticValues, register_sums, z_values
from eventstudy.inference.sums import Totals

if TYPE_CHECKING:
    from eventstudy.inference.evidence import Evidence
    from eventstudy.inference.statistic import Sided


def _car_variances(evidence: Evidence) -> Totals:
    """Sum of the CARs and of their forecast variances over pairs, and number of these."""
    car, std_error = evidence.window.car, evidence.window.std_error
    counts = np.isfinite(car) & (std_error > 0)
    total = pair_sums(evidence, np.where(counts, car, 0.0)[:, None])[:, 0]
    held = np.column_stack([np.where(counts, std_error**2, 0.0), counts])
    variance, number = pair_sums(evidence, held, signed=False).T
    return Totals((total, variance, number))


@register_sums(
    "j1",
    collect=_car_variances,
    summary="mean CAR over the root of its exact forecast variance, every pair weighing alike",
    null="the mean abnormal return is zero",
    assumes="independent pairs; no event-induced variance; fails when markets share dates",
    distribution="N(0,1)",
    source="Campbell, Lo and MacKinlay (1997, ch. 4, J1)",
)
def j1(sums: Totals, asked: Sided) -> StatisticValues:
    """``mean(CAR) / sqrt(sum V_i / N^2)``, ``V_i = s_i^2 [L + 1'X_W (X'X)^-1 X_W'1]``.

    NaN where no pair has a CAR with a variance.
    """
    total, variance, number = sums.parts
    with np.errstate(divide="ignore", invalid="ignore"):
        std_error = np.where(number > 0, np.sqrt(variance) / number, np.nan)
        value = np.where(number > 0, total / np.sqrt(variance), np.nan)
    answer = z_values(asked, value, reason="no pair whose CAR has a variance")
    return replace(answer, std_error=std_error)


def _lamb_sums(evidence: Evidence) -> Totals:
    """`session_averages`, and the sum of forecast variances over ``s^2`` on every session."""
    residuals, number, total, count = session_averages(evidence).parts
    table, columns = evidence.table, evidence.columns
    present = evidence.window.present[:, columns] > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = (table.std_error[:, columns] / table.fit.sigma[:, None]) ** 2
    scale = np.where(present, scale, 0.0)
    return Totals((residuals, number, total, count, pair_sums(evidence, scale, signed=False)))


@register_sums(
    "lamb",
    collect=_lamb_sums,
    summary="crude_dependence with the forecast error of every session",
    null="the mean abnormal return is zero",
    assumes="event-time averages independent from session to session; dates shared by all pairs",
    distribution="N(0,1)",
    source="Lamb (J. Risk and Insurance 1995), as in the R package estudy2",
    most_draws=500,
)
def lamb(sums: Totals, asked: Sided) -> StatisticValues:
    """``sum of AAR / (sd sqrt C)`` over the sessions of the window, over ``sqrt L``.

    ``sd`` (T - 1) is that of the average residuals of T estimation sessions, as for
    `crude_dependence`; ``C`` is the mean of ``V(AR)/s^2`` over the pairs present on the session:
    ``1 + 1/M + (R_m - mean)^2/S_xx`` of a market model. NaN as `crude_dependence`.
    """
    total, number, abnormal, count, scales = sums.parts
    with np.errstate(divide="ignore", invalid="ignore"):
        m = moments(np.where(number > 0, total / number, np.nan))
        daily = np.where(count > 0, abnormal / count / np.sqrt(scales / count), 0.0)
        length = (count > 0).sum(axis=1)
        value = daily.sum(axis=1) / (np.sqrt(length) * m.sd)
    return z_values(
        asked,
        np.where((length > 0) & (m.sd > 0), value, np.nan),
        reason="fewer than two estimation sessions, or their averages do not vary",
    )
