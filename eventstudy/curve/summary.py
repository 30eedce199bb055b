"""A specification curve in numbers: its summary, its placebo draws, which choices matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy._typing import LEVEL, TIE
from eventstudy.inference.pvalues import against_null, direction_of, rank_pvalue
from eventstudy.reporting import wording
from eventstudy.text import counted, is_missing, records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import Alternative, BoolArray, FloatArray

MEASURES = {
    "median_estimate": "median estimate",
    "median_effect": "median effect, daily s.d.",
    "share_significant": "share significant at 5 %",
    "share_one_sign": "share of one sign",
    "stouffer_z": "Stouffer's Z",
}
"""What a curve is summed up by, each also in every draw."""


def ranks_of_draws(
    own: FloatArray, draws: FloatArray, alternative: Alternative, *, holds_real: bool
) -> FloatArray:
    """P-value of every draw, ranked as the real statistic is: among all, the real one included.

    So real dates and placebo dates are treated alike, and under the null any of them is as likely
    as another to have the largest share of significant specifications.

    Parameters
    ----------
    own : ``(S,)`` statistics at the real dates
    draws : ``(S, B)`` at placebo dates; NaN where there is none
    holds_real : whether the real dates are one of the draws already

    Returns
    -------
    ``(S, B)``, NaN where the statistic is.
    """
    out = np.full(draws.shape, np.nan)
    for row, (real, line) in enumerate(zip(own, draws, strict=True)):
        values = against_null(line, alternative)
        pool = values if holds_real else np.append(values, against_null(real, alternative))
        out[row] = rank_pvalue(values, pool, holds_value=True)
    return out


def measures(
    estimate: FloatArray,
    effect: FloatArray,
    statistic: FloatArray,
    pvalue: FloatArray,
    *,
    alternative: Alternative,
    n_draws: int,
) -> pd.DataFrame:
    """Sum up the specifications of every draw.

    Parameters
    ----------
    estimate, effect, statistic, pvalue : ``(S, B)``; NaN where a specification has no statistic.
        Without draws there are no p-values, and what needs none is there all the same.
    n_draws : draws p-values are ranks among

    Returns
    -------
    One row a draw, columns `MEASURES`. `share_one_sign` is the larger share of estimates above or
    below 0, one-sided the share on the side asked for; `stouffer_z` is ``sum z / sqrt S`` with
    ``z`` the normal quantile of the p-value, signed as the statistic is.
    """
    from scipy.special import ndtri

    there = np.isfinite(statistic)
    number = _count(there)
    up = (there & (estimate > 0)).sum(axis=0) / number
    down = (there & (estimate < 0)).sum(axis=0) / number
    tested = there & np.isfinite(pvalue)
    number = _count(tested)
    # A p-value of 1 has no normal quantile on one side; half a draw less has.
    bounded = np.minimum(pvalue, 1.0 - 0.5 / max(n_draws, 1))
    if alternative == "two-sided":
        z = -ndtri(pvalue / 2.0) * np.sign(statistic)
        one_sign = np.fmax(up, down)
    else:
        z = -ndtri(bounded) * direction_of(alternative)
        one_sign = down if alternative == "less" else up
    return pd.DataFrame(
        {
            "median_estimate": _median(estimate, there),
            "median_effect": _median(effect, there),
            "share_significant": (tested & (pvalue <= LEVEL * (1 + TIE))).sum(axis=0) / number,
            "share_one_sign": one_sign,
            "stouffer_z": np.where(tested, z, 0.0).sum(axis=0) / np.sqrt(number),
        }
    )


def _count(there: BoolArray) -> FloatArray:
    number = there.sum(axis=0).astype(np.float64)
    return np.where(number > 0, number, np.nan)


def _median(values: FloatArray, there: BoolArray) -> FloatArray:
    out = np.full(values.shape[1], np.nan)
    some = there.any(axis=0)
    if some.any():
        out[some] = np.nanmedian(np.where(there, values, np.nan)[:, some], axis=0)
    return out


def summary_frame(
    real: pd.DataFrame,
    draws: pd.DataFrame,
    alternative: Alternative,
    *,
    holds_real: bool,
    reason: str,
) -> pd.DataFrame:
    """Rank each measure of the real dates among its draws.

    Returns
    -------
    measure, value, pvalue, placebo_low, placebo_median, placebo_high (2.5, 50 and 97.5 % of the
    draws), n_draws, note.
    """
    rows: list[dict[str, object]] = []
    for name in MEASURES:
        value = float(real[name].iloc[0])
        drawn = draws[name].to_numpy(dtype=np.float64)
        drawn = drawn[np.isfinite(drawn)]
        row: dict[str, object] = {"measure": name, "value": value, "pvalue": np.nan}
        quantiles = np.quantile(drawn, [0.025, 0.5, 0.975]) if drawn.size else [np.nan] * 3
        row |= dict(zip(("placebo_low", "placebo_median", "placebo_high"), quantiles, strict=True))
        row |= {"n_draws": len(drawn), "note": reason}
        if name == "median_estimate":
            row["note"] = reason or "in units of volatility: see median_effect"
        elif drawn.size and np.isfinite(value):
            is_share = name.startswith("share")
            side: Alternative = "greater" if is_share else alternative
            row["pvalue"] = float(
                rank_pvalue(
                    against_null(value, side), against_null(drawn, side), holds_value=holds_real
                )
            )
        rows.append(row)
    return pd.DataFrame(rows)


def influence_frame(specifications: pd.DataFrame, choices: Sequence[str]) -> pd.DataFrame:
    """How much each choice moves the estimate.

    Parameters
    ----------
    specifications
        Those of the curve; a choice that has no meaning in one is empty there.

    Returns
    -------
    One row a choice and value: choice, value, n_specifications, share_of_variance,
    median_estimate, median_effect, share_significant. `share_of_variance` is that of the choice:
    the variance between its values over all of it, ``sum n_v (mean_v - mean)^2 / sum (x - mean)^2``
    over the specifications in which it has a meaning; NaN where it has one value only. In a full
    crossing the shares add up to what the choices explain one by one; the rest is in how they
    work together.
    """
    rows: list[dict[str, object]] = []
    for choice in choices:
        part = specifications[specifications[choice] != ""]
        values = list(dict.fromkeys(part[choice]))
        estimate = part["estimate"].to_numpy(dtype=np.float64)
        share = np.nan
        if len(values) > 1:
            mean = part.groupby(choice)["estimate"].transform("mean").to_numpy(dtype=np.float64)
            whole = float(((estimate - estimate.mean()) ** 2).sum())
            between = float(((mean - estimate.mean()) ** 2).sum())
            share = between / whole if whole > 0 else np.nan
        for value in values:
            own = part[part[choice] == value]
            pvalues = own["pvalue"].dropna()
            rows.append(
                {
                    "choice": choice,
                    "value": value,
                    "n_specifications": len(own),
                    "share_of_variance": share,
                    "median_estimate": float(own["estimate"].median()),
                    "median_effect": float(own["effect"].median()),
                    "share_significant": (
                        float((pvalues <= LEVEL * (1 + TIE)).mean()) if len(pvalues) else np.nan
                    ),
                }
            )
    return pd.DataFrame(rows)


def refusals(refused: pd.DataFrame, n_listed: int) -> str:
    """Return in a sentence how many specifications were refused and why; empty for none."""
    if refused.empty:
        return ""
    reasons = refused["reason"].value_counts(sort=True)
    first, count = str(reasons.index[0]), int(reasons.iloc[0])
    sentence = f"{len(refused)} of {n_listed} specifications could not be carried out: {first}"
    others = len(reasons) - 1
    if others:
        sentence += f" ({count}); and for {counted(others, 'other reason')}"
    return sentence


def summary_table(
    summary: pd.DataFrame, number: int, alternative: Alternative = "two-sided"
) -> pd.DataFrame:
    """Return the summary of so many specifications as it is printed."""
    names = MEASURES | {
        "share_significant": f"share {significant(alternative)}",
        "share_one_sign": f"share {one_sign(alternative)}",
    }
    rows = []
    for row in records(summary):
        is_return = row.measure == "median_estimate"
        is_share = row.measure.startswith("share")

        def shown(value: float, *, as_return: bool = is_return, as_share: bool = is_share) -> str:
            if is_missing(value):
                return ""
            if as_return:
                return wording.percent(value)
            return f"{100 * value:.0f} %" if as_share else wording.number(value, sign=True)

        rows.append(
            {
                "measure": names[row.measure],
                "value": wording.share(row.value, number) if is_share else shown(row.value),
                "p": wording.p_value(row.pvalue),
                "placebo median": shown(row.placebo_median),
                "placebo 95 %": f"{shown(row.placebo_low)} to {shown(row.placebo_high)}"
                if not is_missing(row.placebo_low)
                else "",
            }
        )
    table = pd.DataFrame(rows)
    table["value"] = table["value"].replace("", "not tested")
    return _without_empty(table)


def _without_empty(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out the columns that say nothing: those of placebos where there are none."""
    return table.loc[:, [bool((table[column] != "").any()) for column in table.columns]]


def significant(alternative: Alternative) -> str:
    """Return what ``significant`` means, ``significant at 5 %, one-sided (greater)``."""
    side = "" if alternative == "two-sided" else f", one-sided ({alternative})"
    return f"significant at {100 * LEVEL:.0f} %{side}"


def one_sign(alternative: Alternative) -> str:
    """Return what the share of one sign is a share of, ``of one sign`` or ``above 0``."""
    return {"two-sided": "of one sign", "greater": "above 0", "less": "below 0"}[alternative]


def influence_table(influence: pd.DataFrame, number: int) -> pd.DataFrame:
    """Return the influence of the choices that differ in so many specifications, as printed."""
    rows = []
    before = None
    for row in records(influence.dropna(subset=["share_of_variance"])):
        rows.append(
            {
                "choice": row.choice if row.choice != before else "",
                "of variance": f"{100 * row.share_of_variance:.0f} %"
                if row.choice != before
                else "",
                "value": row.value,
                "specs": f"{row.n_specifications}",
                "median": wording.percent(row.median_estimate),
                "significant": ""
                if is_missing(row.share_significant)
                else wording.share(row.share_significant, row.n_specifications, number),
            }
        )
        before = row.choice
    columns = ["choice", "of variance", "value", "specs", "median", "significant"]
    table = pd.DataFrame(rows, columns=columns)
    return _without_empty(table) if rows else table
