"""The test of a single pair, whose distribution is its own estimation residuals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.pvalues import against_null, rank_pvalue
from eventstudy.inference.statistic import StatisticValues, register

if TYPE_CHECKING:
    from eventstudy._typing import Alternative, FloatArray, IntArray
    from eventstudy.estimation.abnormal import AbnormalReturns, CumulativeReturns
    from eventstudy.inference.evidence import Evidence

# Sums that differ by less than this share of the residual standard deviation are ties.
_TIE = 1e-10


@register(
    "sq",
    summary="the CAR of a single pair among its own estimation residuals",
    null="the window is like any other of its length in the estimation window",
    assumes="residuals of one distribution; a single pair",
    distribution="empirical",
    source="Gelbach, Helland and Klick (ALER 2013)",
)
def sq(evidence: Evidence) -> StatisticValues:
    """``p = (1 + #{|e| >= |CAR|}) / (m + 1)``; the statistic is the CAR, a decimal return.

    `e` are the m sums of residuals over the overlapping runs of as many estimation sessions as the
    window has (for one session the residuals themselves); a run with a missing residual is none,
    nor is one from before the event to after it (an estimation window in two parts). One-sided,
    those at least as high (or as low) are counted. Values that differ by rounding are ties. NaN
    for more than one pair, and without a run that long.
    """
    n = evidence.n_draws
    if evidence.n_pairs > 1:
        reason = f"it tests a single pair, and this group has {evidence.n_pairs}"
        missing = np.full(n, np.nan)
        return StatisticValues(statistic=missing, df=missing, pvalue=missing, reason=reason)
    (block,) = evidence.blocks
    rows, at = np.unique(block.rows[:, 0], return_inverse=True)
    sign = float(evidence.sign[0])
    pvalue = sq_pvalues(
        evidence.table, evidence.window, rows, sign=sign, alternative=evidence.alternative
    )
    values = sign * evidence.window.car[rows]
    picked = at.reshape(-1)[block.pick]
    return StatisticValues(
        statistic=np.where(np.isfinite(pvalue), values, np.nan)[picked],
        df=np.full(n, np.nan),
        pvalue=pvalue[picked],
        reason="the estimation window has no run of residuals as long as the window",
    )


# Positions at a time, so that their runs stay in the processor's own memory.
_ROWS = 128
# Sessions of a run up to which they are added one by one.
_FEW = 4


def sq_pvalues(
    table: AbnormalReturns,
    window: CumulativeReturns,
    rows: IntArray,
    *,
    sign: float = 1.0,
    alternative: Alternative = "two-sided",
) -> FloatArray:
    """P-value of `sq` of some positions, each by itself.

    Parameters
    ----------
    rows
        ``(n,)`` rows of the table.
    sign
        What abnormal returns and residuals are multiplied by.

    Returns
    -------
    ``(n,)``; NaN without an abnormal return in the window, or without a run of as many residuals.
    """
    pvalue = np.full(len(rows), np.nan)
    length = window.n_sessions[rows]
    is_adjacent = bool((np.diff(rows) == 1).all())
    for number in np.unique(length[length > 0]):
        if number > table.residuals.shape[1]:
            continue
        of_length = np.flatnonzero(length == number)
        for begin in range(0, len(of_length), _ROWS):
            chosen = of_length[begin : begin + _ROWS]
            chosen_rows = rows[chosen]
            own: IntArray | slice = chosen_rows
            if is_adjacent and chosen[-1] - chosen[0] == len(chosen) - 1:  # no copy is needed
                own = slice(int(chosen_rows[0]), int(chosen_rows[-1]) + 1)
            sums = _run_sums(table.residuals[own], int(number))
            if sign != 1.0:
                sums = sign * sums
            if table.seam:  # no run goes from before the event to after it
                sums = sums.copy()
                sums[:, max(table.seam - number + 1, 0) : table.seam] = np.nan
            pvalue[chosen] = rank_pvalue(
                against_null(sign * window.car[chosen_rows], alternative),
                against_null(sums, alternative),
                tie=_TIE * table.fit.sigma[chosen_rows],
            )
    return pvalue


def _run_sums(residuals: FloatArray, length: int) -> FloatArray:
    """Sums of the overlapping runs of `length` sessions, ``(n, L-length+1)``; NaN where missing.

    Differences of running sums, whose rounding lies far below what counts as a tie.
    """
    if length == 1:
        return residuals
    is_missing = ~np.isfinite(residuals)
    if length <= _FEW and not is_missing.any():
        sums = residuals[:, length - 1 :].copy()
        for back in range(1, length):
            sums += residuals[:, length - 1 - back : residuals.shape[1] - back]
        return sums
    run = np.zeros((len(residuals), residuals.shape[1] + 1))
    has_gap = bool(is_missing.any())
    filled = np.where(is_missing, 0.0, residuals) if has_gap else residuals
    np.cumsum(filled, axis=1, out=run[:, 1:])
    sums = run[:, length:] - run[:, :-length]
    if has_gap:
        gaps = np.zeros(run.shape, dtype=np.int64)
        np.cumsum(is_missing, axis=1, out=gaps[:, 1:])
        sums[gaps[:, length:] > gaps[:, :-length]] = np.nan
    return np.asarray(sums)
