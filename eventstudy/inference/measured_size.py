"""How often a test rejects where nothing happened, and p-values corrected by it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy._typing import LEVEL, TIE
from eventstudy.inference.pvalues import rank_pvalue

if TYPE_CHECKING:
    from eventstudy._typing import FloatArray
    from eventstudy.inference.statistic import StatisticValues

LEVELS_BESIDE = (0.01, 0.10)
"""Levels, beside 5 %, at which stars are given and a size is judged."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredSize:
    """What the draws say of a test, for every session that shares them.

    Attributes
    ----------
    cells : of ``statistics.csv``, the same for all of them
    pvalues : ``(B,)`` of the test in the draws that have one, sorted
    holds_value : whether the draws are all there are, the data among them
    """

    cells: dict[str, object]
    pvalues: FloatArray
    holds_value: bool = False

    def row(self, pvalue: float) -> dict[str, object]:
        """Return the cells, and the size-corrected p-value of a test whose own is `pvalue`."""
        if not self.pvalues.size:
            return self.cells
        corrected = corrected_pvalue(pvalue, self.pvalues, holds_value=self.holds_value)
        return self.cells | {"pvalue_corrected": corrected}

    def of_another(self) -> MeasuredSize:
        """Return the same for a session that it was not measured at: its data are no draw here."""
        return replace(self, holds_value=False)

    def noted(self, more: str) -> MeasuredSize:
        """Return the same with something more in its note."""
        note = "; ".join(filter(None, [str(self.cells.get("note", "")), more]))
        return replace(self, cells=self.cells | {"note": note}) if note else self


NOT_MEASURED = MeasuredSize(cells={}, pvalues=np.empty(0))
"""Of a test that was not computed in draws."""


def measured_size(answer: StatisticValues, *, holds_value: bool = False) -> MeasuredSize:
    """Return the rejection rate at 5 % of a test in draws, with its interval; empty without any."""
    pvalues = np.sort(answer.pvalue[np.isfinite(answer.pvalue)])
    if not pvalues.size:
        return MeasuredSize(cells={}, pvalues=pvalues)
    rejected = int((pvalues <= LEVEL).sum())
    low, high = wilson(rejected, len(pvalues))
    size = rejected / len(pvalues)
    cells: dict[str, object] = {
        "size": size,
        "size_low": low,
        "size_high": high,
        "sizes_off": _off_beside(pvalues),
        "n_draws": len(pvalues),
    }
    if low > LEVEL:
        cells["note"] = f"over-rejects: {size:.1%} of placebos at 5 %"
    elif high < LEVEL:
        cells["note"] = f"under-rejects: {size:.1%} of placebos at 5 %"
    return MeasuredSize(cells=cells, pvalues=pvalues, holds_value=holds_value)


def _off_beside(pvalues: FloatArray) -> str:
    """Return at which levels of stars beside 5 % a size is off, and what it is there.

    ``1 % (4.5 %), 10 % (18.0 %)``; empty where the interval of each holds its level. Of sorted
    p-values of draws, ``(B,)``.
    """
    said = []
    for level in LEVELS_BESIDE:
        rejected = int(np.searchsorted(pvalues, level, side="right"))
        low, high = wilson(rejected, len(pvalues))
        if not low <= level <= high:
            said.append(f"{100 * level:g} % ({100 * rejected / len(pvalues):.1f} %)")
    return ", ".join(said)


def size_in_rough_times(answer: StatisticValues) -> dict[str, object]:
    """Return the cells of a rejection rate over draws in rough times."""
    found = measured_size(answer).cells
    names = ("size", "size_low", "size_high")
    return {name.replace("size", "size_rough"): found[name] for name in names if name in found}


def corrected_pvalue(pvalue: float, draws: FloatArray, *, holds_value: bool = False) -> float:
    """Return the rank of a test's p-value among those of the same test in draws under the null.

    ``(1 + #{p_b <= p}) / (1 + B)``: a level that the test keeps, whatever law it was read from,
    where the event dates are exchangeable with the placebo dates.

    Parameters
    ----------
    pvalue
        Of the data; NaN has no rank.
    draws
        ``(B,)``; NaN is no draw.
    holds_value
        Whether the draws are all there are, the real placement among them: ``#{p_b <= p} / B``,
        so far as one of them has this p-value. Where none has, as of a test that also takes pairs
        that no draw moves, the data are counted beside the draws.

    References
    ----------
    Davidson and MacKinnon (Canadian Journal of Economics 1998), size-corrected tests; Phipson and
    Smyth (SAGMB 2010), why the data count as a draw.

    Examples
    --------
    >>> corrected_pvalue(0.01, np.array([0.001, 0.01, 0.2, 0.6]))
    0.6
    """
    drawn = np.asarray(draws)
    is_among = holds_value and bool((np.abs(drawn - pvalue) <= TIE * pvalue).any())
    return float(rank_pvalue(-pvalue, -drawn, holds_value=is_among))


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927).

    Examples
    --------
    >>> low, high = wilson(100, 2000)
    >>> round(low, 4), round(high, 4)
    (0.0413, 0.0604)
    """
    from scipy.special import ndtri

    # Written out: importing statsmodels takes longer than a small study.
    z2 = float(ndtri(LEVEL / 2.0)) ** 2
    share, weight = hits / trials, 1.0 + z2 / trials
    centre = (share + z2 / (2.0 * trials)) / weight
    reach = math.sqrt(z2 * (share * (1.0 - share) + z2 / (4.0 * trials)) / trials) / weight
    # A bound is exact, and not a number that rounding leaves beside it.
    return (0.0 if hits == 0 else centre - reach), (1.0 if hits == trials else centre + reach)
