"""Tests of one pair against its donors: as if each of them were treated, and at any other time.

A model of donors gives one security's counterfactual, so that its effect can be tested without
other events: by placebo in space, the same model for each donor in turn, and by the conformal
test, the same window moved along the residuals of a model estimated with the window in it
(docs/methods.md, section 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.inference.pvalues import against_null, rank_pvalue
from eventstudy.text import counted, unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import Alternative, BoolArray, FloatArray, IntArray
    from eventstudy.models.controls import DonorModel
    from eventstudy.windows import Window

COLUMNS = (
    "event_id", "security", "window_start", "window_end", "car", "ratio", "pvalue_space",
    "n_donors", "pvalue_conformal", "n_shifts", "note",
)  # fmt: skip
_FEWEST_DONORS = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairSeries:
    """One pair's returns and its donors', in order of time.

    Attributes
    ----------
    event_id, security : names
    returns : ``(S,)`` decimal, NaN where missing or masked from estimation
    donors : ``(S, J)``
    is_estimation : ``(S,)`` sessions of the estimation window
    tau : ``(S,)`` sessions relative to day 0
    extension : sessions by which its windows start earlier
    """

    event_id: str
    security: str
    returns: FloatArray
    donors: FloatArray
    is_estimation: BoolArray
    tau: IntArray
    extension: int = 0


def counterfactual_tests(
    model: DonorModel,
    pairs: Sequence[PairSeries],
    windows: Sequence[Window],
    *,
    alternative: Alternative = "two-sided",
) -> pd.DataFrame:
    """Test the CAR of every pair in every window against donors, and against other times.

    Placebo in space: the model is fitted for each donor as if it were the security, by the other
    donors; the statistic is the CAR over the residual standard deviation of the estimation window
    (the ratio of Abadie, Diamond and Hainmueller 2010), and ``p`` is its rank among those of the
    ``J`` donors. Conformal (Chernozhukov, Wuthrich and Zhu 2021): the model is estimated on
    estimation window and window together, as if there were no effect, and the sum of its residuals
    over the window is ranked among those over all its cyclic shifts, itself among them.

    Parameters
    ----------
    model
        A model of donors.
    pairs
        Returns of each pair and its donors.
    windows
        CAR windows.
    alternative
        Which deviations from no effect count.

    Returns
    -------
    One row a pair and window: `car` a decimal return, `ratio` the CAR in residual standard
    deviations; p-values NaN, and `note` the reason, where a test is not available. The least
    p-value in space is ``1 / (J + 1)``, the least conformal one ``1 / n_shifts``.

    References
    ----------
    Abadie, Diamond and Hainmueller (JASA 2010); Chernozhukov, Wuthrich and Zhu (JASA 2021).
    """
    rows = [
        {
            "event_id": pair.event_id,
            "security": pair.security,
            "window_start": window.start,
            "window_end": window.end,
            **_tested(model, pair, window, alternative),
        }
        for pair in pairs
        for window in windows
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.assign(note=pd.Series(list(frame["note"]), index=frame.index, dtype=str))


def _tested(
    model: DonorModel, pair: PairSeries, window: Window, alternative: Alternative
) -> dict[str, object]:
    is_whole = np.isfinite(pair.returns) & np.isfinite(pair.donors).all(axis=1)
    before = is_whole & pair.is_estimation
    start = window.start - pair.extension
    inside = is_whole & (pair.tau >= start) & (pair.tau <= window.end)
    n_donors = pair.donors.shape[1]
    if not inside.any():
        return {"n_donors": n_donors, "note": unavailable("no abnormal return in this window")}
    own = _ratio(model, pair.returns, pair.donors, before, inside)
    row: dict[str, object] = {"car": own[0], "ratio": own[1], "n_donors": n_donors}
    notes = []
    if n_donors <= _FEWEST_DONORS:
        reason = unavailable(f"{counted(n_donors, 'donor')} leave too few for each other")
        notes.append(f"in space {reason}")
    else:
        others = np.array(
            [
                _ratio(model, pair.donors[:, j], np.delete(pair.donors, j, axis=1), before, inside)[
                    1
                ]
                for j in range(n_donors)
            ]
        )
        ranked = rank_pvalue(against_null(own[1], alternative), against_null(others, alternative))
        row["pvalue_space"] = float(ranked)
    used = before | inside
    line = model.line(pair.returns[used], pair.donors[used])
    residuals = pair.returns[used] - line.intercept - pair.donors[used] @ line.slopes
    at = np.flatnonzero(inside[used])
    places = (at[None, :] + np.arange(len(residuals))[:, None]) % len(residuals)
    sums = against_null(residuals[places].sum(axis=1), alternative)
    # The first shift is none: the window where it is.
    row |= {
        "pvalue_conformal": float(rank_pvalue(sums[0], sums, holds_value=True)),
        "n_shifts": len(sums),
    }
    return row | {"note": "; ".join(notes)}


def _ratio(
    model: DonorModel, y: FloatArray, x: FloatArray, before: BoolArray, inside: BoolArray
) -> tuple[float, float]:
    """CAR over the sessions `inside`, and the same over the standard deviation `before`."""
    line = model.line(y[before], x[before])
    residuals = y - line.intercept - x @ line.slopes
    car = float(residuals[inside].sum())
    spread = float(np.sqrt((residuals[before] ** 2).mean()))
    return car, car / spread if spread > 0 else np.nan
