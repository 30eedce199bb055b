"""Calendar-time portfolios: every pair is held through its window, session by calendar session.

Pairs that share a session are one return of one portfolio, so that their dependence is in the
portfolio's own variance and nothing has to be assumed about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from eventstudy.exceptions import SpecificationError
from eventstudy.kernels import newey_west_lags
from eventstudy.registry import choose
from eventstudy.text import unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import FloatArray, IntArray
    from eventstudy.estimation.groups import Group
    from eventstudy.inference.design import Design
    from eventstudy.windows import Window

PortfolioWeights = Literal["equal", "precision"]

COLUMNS = (
    "group", "window_start", "window_end", "n_sessions", "alpha", "std_error", "statistic", "df",
    "pvalue", "lags", "n_pairs", "note",
)  # fmt: skip
MIN_SPARE_SESSIONS = 10
"""Sessions a portfolio needs beyond the coefficients of its regression."""


def calendar_time_portfolio(
    design: Design,
    groups: Sequence[Group],
    window: Window,
    *,
    weights: str = "equal",
    lags: int | None = None,
) -> pd.DataFrame:
    """Regress the return of each group's calendar-time portfolio on the model's factors.

    On every calendar date that lies in the window of some pair, the portfolio holds all such
    pairs; its factor returns are the means of those its members were paired with. The intercept
    is the abnormal return a session. Models that estimate no slope keep their own normal return:
    for ``constant_mean`` each member's return less the mean of its estimation window, for
    ``market_adjusted`` less the benchmark's, on a constant alone.

    Parameters
    ----------
    design
        The pairs; members are multiplied by their signs, and pairs of sign 0 are left out.
    groups
        From `eventstudy.estimation.groups.make_groups`.
    window
        Sessions a pair is held.
    weights
        ``"equal"``, or ``"precision"``: members by one over their residual variance.
    lags
        Lags of the Newey-West covariance; None takes ``floor(4 (T/100)^(2/9))`` of ``T`` sessions.

    Returns
    -------
    One row a group: group, window_start, window_end, n_sessions, alpha (decimal return a
    session), std_error, statistic, df, pvalue, lags, n_pairs, note. With fewer than ten sessions
    more than coefficients alpha is NaN and the note says so. The lags run over the portfolio's
    own sessions in order, whatever lies between them. P-values are those of ``t(T - k)``.

    Raises
    ------
    SpecificationError
        Unknown weights, negative lags.

    Notes
    -----
    Jaffe (1974), Mandelker (1974), Fama (1998); Newey and West (1987, 1994 for the lag rule).
    """
    choose(weights, get_args(PortfolioWeights), "weights")
    if lags is not None and (isinstance(lags, bool) or lags < 0 or int(lags) != lags):
        raise SpecificationError(
            f"lags is {lags!r}; it must be a whole number of at least 0", key="lags"
        )
    rows = []
    for group in groups:
        pairs = group.pairs[design.sign[group.pairs] != 0]
        rows.append(
            {
                "group": group.label,
                "window_start": window.start,
                "window_end": window.end,
                **_portfolio(design, pairs, window, weights, lags),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _portfolio(
    design: Design, pairs: IntArray, window: Window, weights: str, lags: int | None
) -> dict[str, object]:
    import statsmodels.api as sm

    y, x, n_pairs = portfolio_returns(design, pairs, window, weights)
    count, k = len(y), x.shape[1] + 1
    used = int(newey_west_lags(count)) if lags is None else int(lags)
    row: dict[str, object] = {"n_sessions": count, "lags": used, "n_pairs": n_pairs, "note": ""}
    nothing = dict.fromkeys(("alpha", "std_error", "statistic", "df", "pvalue"), np.nan)
    design_matrix = np.column_stack([np.ones(count), x])
    if count < k + MIN_SPARE_SESSIONS:
        note = unavailable(f"{count} sessions, fewer than {k + MIN_SPARE_SESSIONS}")
        return row | nothing | {"note": note}
    if np.linalg.matrix_rank(design_matrix) < k:
        return row | nothing | {"note": unavailable("the factors are collinear")}
    fit = sm.OLS(y, design_matrix).fit(
        cov_type="HAC", cov_kwds={"maxlags": used, "use_correction": True}, use_t=True
    )
    row |= {"alpha": float(fit.params[0]), "std_error": float(fit.bse[0])}
    return row | {
        "statistic": float(fit.tvalues[0]),
        "df": float(fit.df_resid),
        "pvalue": float(fit.pvalues[0]),
    }


def portfolio_returns(
    design: Design, pairs: IntArray, window: Window, weights: str = "equal"
) -> tuple[FloatArray, FloatArray, int]:
    """Return of the portfolio ``(T,)``, its factors ``(T, K)`` and the number of pairs in it.

    Sessions are calendar dates in order; a pair counts on those with an abnormal return.
    """
    table = design.table
    start = window.start - table.extension[:, None]
    inside = (table.taus[None, :] >= start) & (table.taus[None, :] <= window.end)
    is_held = inside[pairs] & np.isfinite(table.abnormal[pairs])
    member, tau = np.nonzero(is_held)
    row = pairs[member]
    dates, at = np.unique(table.dates[row, tau], return_inverse=True)
    at = at.reshape(-1)
    weight = np.ones(len(row)) if weights == "equal" else table.fit.sigma[row] ** -2.0
    total = np.bincount(at, weights=weight, minlength=len(dates))
    has_slopes = table.fit.n_parameters > 1
    returns = (table.returns if has_slopes else table.abnormal)[row, tau]
    factors = table.factors[row, tau] if has_slopes else np.empty((len(row), 0))

    def mean(values: FloatArray) -> FloatArray:
        weighted = weight * design.sign[row] * values
        averaged: FloatArray = np.bincount(at, weights=weighted, minlength=len(dates)) / total
        return averaged

    columns = [mean(factors[:, k]) for k in range(factors.shape[1])]
    x = np.column_stack(columns) if columns else np.empty((len(dates), 0))
    return mean(returns), x, len(np.unique(row))
