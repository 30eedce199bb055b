"""The test of a single pair, whose distribution is its own estimation residuals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.pvalues import against_null, rank_pvalue
from eventstudy.inference.statistic import StatisticValues, register

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    (pvalue,) = sq_pvalues(
        evidence.table, [evidence.window], rows, sign=sign, alternative=evidence.alternative
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


def sq_pvalues(
    table: AbnormalReturns,
    windows: Sequence[CumulativeReturns],
    rows: IntArray,
    *,
    sign: float = 1.0,
    alternative: Alternative = "two-sided",
) -> FloatArray:
    """P-value of `sq` of some positions in some windows, each by itself.

    Parameters
    ----------
    rows
        ``(n,)`` rows of the table.
    sign
        What abnormal returns and residuals are multiplied by.

    Returns
    -------
    ``(windows, n)``; NaN without an abnormal return in the window, or without a run of as many
    residuals.
    """
    pvalues = np.full((len(windows), len(rows)), np.nan)
    is_adjacent = bool((np.diff(rows) == 1).all())
    for begin in range(0, len(rows), _ROWS):
        own = rows[begin : begin + _ROWS]
        # Of rows that stand side by side no copy is needed.
        which = slice(int(own[0]), int(own[-1]) + 1) if is_adjacent else own
        residuals, tie = table.residuals[which], _TIE * table.fit.sigma[own]
        runs = [residuals]
        for pvalue, window in zip(pvalues[:, begin : begin + _ROWS], windows, strict=True):
            length, car = window.n_sessions[own], sign * window.car[own]
            low, high = int(length.min()), int(length.max())
            for number in [low] if low == high else np.unique(length).tolist():
                if not 0 < number <= residuals.shape[1]:
                    continue
                sums = _run_sums(runs, number)
                if sign != 1.0:
                    sums = sign * sums
                if table.seam:  # no run goes from before the event to after it
                    sums = sums.copy()
                    sums[:, max(table.seam - number + 1, 0) : table.seam] = np.nan
                found = rank_pvalue(
                    against_null(car, alternative), against_null(sums, alternative), tie=tie
                )
                np.copyto(pvalue, found, where=length == number)
    return pvalues


def _run_sums(runs: list[FloatArray], length: int) -> FloatArray:
    """Sums of the overlapping runs of `length` sessions, ``(n, L-length+1)``; NaN where missing.

    They are put together from runs of 1, 2, 4 ... sessions, each two of those before: `runs` begins
    with the residuals and is given those that it lacks.
    """
    while 1 << len(runs) <= length:
        last, size = runs[-1], 1 << (len(runs) - 1)
        runs.append(last[:, size:] + last[:, :-size])
    columns = runs[0].shape[1] - length + 1
    sums: FloatArray | None = None
    done = 0
    for power, of_size in enumerate(runs):
        if length >> power & 1:
            part = of_size[:, done : done + columns]
            sums = part if sums is None else sums + part
            done += 1 << power
    return runs[0] if sums is None else sums
