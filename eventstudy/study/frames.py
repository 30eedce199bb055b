"""Arrays back to labels: the frames of the output folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.estimation.abnormal import cumulate
from eventstudy.estimation.clusters import structure
from eventstudy.inference.pvalues import interval_reach, student_pvalue
from eventstudy.inference.single_pair import sq_pvalues
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import FloatArray, IntArray, Quantity
    from eventstudy.estimation.abnormal import AbnormalReturns, CumulativeReturns
    from eventstudy.estimation.groups import Group
    from eventstudy.inference.design import Design


def abnormal_frame(
    table: AbnormalReturns, pairs: pd.DataFrame, factors: Sequence[str]
) -> pd.DataFrame:
    """Return ``abnormal_returns.csv``: one row a pair and event time, decimal returns.

    Parameters
    ----------
    pairs
        event_id and security of each pair, ``(P,)`` rows; they are shown in the order of its index.
    factors
        Names of the model's factors; each has a column ``factor_NAME``, the return it was paired
        with. ``volatility`` is the conditional volatility known before the session.
    """
    shown = table.taus >= table.event.start - table.extension[:, None]
    order = _order_shown(pairs)
    row, column = np.nonzero(shown[order])
    row = order[row]
    is_all = bool(shown.all()) and pairs.index.is_monotonic_increasing

    def cells(values: np.ndarray) -> np.ndarray:
        return values.flatten() if is_all else values[row, column]  # either way a copy

    paired = {f"factor_{name}": cells(table.factors[..., k]) for k, name in enumerate(factors)}
    return pd.DataFrame(
        {
            "event_id": pairs["event_id"].array.take(row),
            "security": pairs["security"].array.take(row),
            "tau": table.taus[column],
            "session": pd.DatetimeIndex(cells(table.dates).astype("datetime64[ns]")),
            "return": cells(table.returns),
            "normal_return": cells(table.normal),
            "abnormal_return": cells(table.abnormal),
            "std_error": cells(table.std_error),
            "standardized": cells(table.standardized),
            "volatility": cells(table.volatility),
        }
        | paired,
        copy=False,
    )


def car_frame(
    table: AbnormalReturns, pairs: pd.DataFrame, windows: Sequence[Window], *, simple: bool
) -> pd.DataFrame:
    """Return ``car.csv``: every pair's CAR with its exact t test, its BHAR and its SQ test.

    Pairs are shown in the order of the index of `pairs`.
    ``sq_pvalue`` is the two-sided p-value of the pair among its own estimation residuals (Gelbach,
    Helland and Klick 2013; see `eventstudy.inference.single_pair.sq`).
    """
    parts = []
    all_pairs, order = np.arange(len(table.day0)), _order_shown(pairs)
    totals = [cumulate(table, window, simple=simple) for window in windows]
    sq = sq_pvalues(table, totals, all_pairs)
    for window, total, sq_pvalue in zip(windows, totals, sq, strict=True):
        df = np.where(np.isfinite(total.scar), table.fit.df, np.nan)
        parts.append(
            pd.DataFrame(
                {
                    "event_id": pairs["event_id"].array,
                    "security": pairs["security"].array,
                    "window_start": window.start,
                    "window_end": window.end,
                    "car": total.car,
                    "std_error": total.std_error,
                    "t": total.scar,
                    "df": df,
                    "pvalue": student_pvalue(total.scar, df),
                    "bhar": total.bhar,
                    "n_sessions": total.n_sessions,
                    "sq_pvalue": sq_pvalue,
                }
            ).iloc[order]
        )
    return pd.concat(parts, ignore_index=True)


def models_frame(
    table: AbnormalReturns, pairs: pd.DataFrame, benchmarks: Sequence[str] = ()
) -> pd.DataFrame:
    """Return ``models.csv``: what was estimated for every pair.

    `benchmarks` ``(P,)`` are those of the pairs where securities have their own. Pairs are shown in
    the order of the index of `pairs`.
    """
    fit = table.fit
    columns: dict[str, object] = {
        "event_id": pairs["event_id"].array,
        "security": pairs["security"].array,
        "model": fit.model,
        **({"benchmark": list(benchmarks)} if len(benchmarks) else {}),
        "n_obs": fit.n_obs,
        "sigma": fit.sigma,
        "r_squared": fit.r_squared,
    }
    columns |= dict(zip(fit.coefficient_names, fit.coefficients.T, strict=True))
    return pd.DataFrame(columns).iloc[_order_shown(pairs)].reset_index(drop=True)


def _order_shown(pairs: pd.DataFrame) -> IntArray:
    """Return the rows of `pairs` in the order of its index, those of the alignment."""
    return np.argsort(pairs.index.to_numpy(), kind="stable")


def caar_frame(design: Design, groups: Sequence[Group]) -> pd.DataFrame:
    """Return the CAAR path of each group from the start of the event window.

    The interval is that of a mean whose observations are grouped by date portfolio: pairs that
    share dates count as one, ``t(E-1)``.

    Returns
    -------
    group, tau, caar, std_error, ci_low, ci_high, n_pairs, n_dates.
    """
    table = design.table
    event = table.event
    rows: list[dict[str, object]] = []
    totals = {
        int(tau): cumulate(table, Window(event.start, int(tau)), simple=design.simple)
        for tau in event.taus
    }
    for group in groups:
        pairs = group.pairs[design.sign[group.pairs] != 0]
        portfolios = _date_portfolios(design, pairs)
        for tau, total in totals.items():
            mean = _date_mean(design, pairs, total.car, total.n_sessions, portfolios)
            rows.append({"group": group.label, "tau": tau, "caar": mean.pop("estimate"), **mean})
    columns = ["group", "tau", "caar", "std_error", "ci_low", "ci_high", "n_pairs", "n_dates"]
    return pd.DataFrame(rows, columns=columns)


def mean_by_date(
    design: Design, group: Group, total: CumulativeReturns, quantity: Quantity = "car"
) -> dict[str, float]:
    """Return the mean abnormal return of a group in a window, its observations grouped by date.

    The interval is that of `caar_frame`.

    Returns
    -------
    estimate, n_pairs; with a pair in the window n_dates; with two dates std_error, ci_low, ci_high.
    """
    pairs = group.pairs[design.sign[group.pairs] != 0]
    values = total.car if quantity == "car" else total.bhar
    return _date_mean(design, pairs, values, total.n_sessions, _date_portfolios(design, pairs))


def _date_mean(
    design: Design,
    pairs: IntArray,
    values: FloatArray,
    n_sessions: IntArray,
    portfolios: IntArray,
) -> dict[str, float]:
    """As `mean_by_date`, of pairs whose date portfolios are known."""
    has_car = n_sessions[pairs] > 0
    held = (values[pairs] * design.sign[pairs])[has_car]
    found: dict[str, float] = {"estimate": held.mean() if held.size else np.nan}
    found["n_pairs"] = len(held)
    if not held.size:
        return found
    portfolio = portfolios if has_car.all() else _date_portfolios(design, pairs[has_car])
    n_dates = len(np.unique(portfolio))
    sums = np.bincount(portfolio, weights=held - held.mean())
    if n_dates > 1:
        spread = np.sqrt((sums**2).sum() * n_dates / (n_dates - 1)) / len(held)
        reach = float(interval_reach(spread, n_dates - 1))
        found |= {
            "std_error": spread,
            "ci_low": held.mean() - reach,
            "ci_high": held.mean() + reach,
        }
    found["n_dates"] = n_dates
    return found


def _date_portfolios(design: Design, pairs: IntArray) -> IntArray:
    """Return the number of each pair's date portfolio: pairs that share a date have the same."""
    table = design.table
    return structure(
        event=design.event[pairs],
        security=table.security[pairs],
        day0=table.day0[pairs],
        date=design.date[pairs],
        first_date=design.date[pairs],
        last_date=design.date[pairs],
        extension=table.extension[pairs],
        sign=design.sign[pairs],
        length=1,
        gap=1,
        moment=design.moment[pairs],
        slot=design.slot[pairs],
    ).portfolio


def heatmap_frame(
    statistics: pd.DataFrame | None = None, groups: Sequence[Group] = ()
) -> pd.DataFrame:
    """Return row, column, and what is shown of crossed groups: estimate, p-values, counts, size.

    `statistics` holds one row a group, in the order of `groups`; without any the frame is empty.
    `estimate` and `mde_return` are decimal returns, `mde` is in daily volatilities.
    """
    columns = ["estimate", "pvalue", "n_events", "n_units", "mde", "mde_return"]
    columns += ["size_low", "size_high", "pvalue_corrected", "sizes_off"]
    if statistics is None:
        return pd.DataFrame(columns=["row", "column", *columns])
    shown = statistics.reindex(columns=columns).reset_index(drop=True)
    shown.insert(0, "row", [group.values[0] for group in groups])
    shown.insert(1, "column", [group.values[1] for group in groups])
    return shown
