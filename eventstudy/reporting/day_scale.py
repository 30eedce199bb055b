"""Standard errors of single events at the volatility of their day, not of the estimation window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

_CONDITIONAL = ("garch", "gjr_garch", "egarch")  # their standard errors are of the day already


def with_day_scale(
    rows: pd.DataFrame, abnormal_returns: pd.DataFrame, models: pd.DataFrame
) -> pd.DataFrame:
    """Return rows of `car` with std_error_day: std_error times ``h / sigma``.

    ``h`` is the conditional volatility of the abnormal returns (exponentially weighted, 0.94) known
    before the window or before day 0, whichever comes first, and ``sigma`` that of the estimation
    window. The standard error of a window in calm times is thus brought to the day of the news,
    with all else it holds (its sessions, the error of the estimated model). Models of the GARCH
    kind forecast the variance of the day themselves: theirs is kept.

    Parameters
    ----------
    rows
        Of one window: event_id, security, window_start, std_error (decimal returns).
    abnormal_returns
        event_id, security, tau, volatility (decimal, known before the session).
    models
        event_id, security, model, sigma (decimal).

    Returns
    -------
    DataFrame
        A copy with std_error_day; NaN where the volatility is not available.

    Examples
    --------
    >>> import pandas as pd
    >>> pair = {"event_id": ["E1"], "security": ["HSI"]}
    >>> car = pd.DataFrame(pair | {"window_start": [0], "std_error": [0.0101]})
    >>> path = pd.DataFrame(pair | {"tau": [0], "volatility": [0.02]})
    >>> fits = pd.DataFrame(pair | {"model": ["constant_mean"], "sigma": [0.01]})
    >>> round(float(with_day_scale(car, path, fits)["std_error_day"].iloc[0]), 4)
    0.0202
    """
    pair = ["event_id", "security"]
    if rows.empty or "volatility" not in abnormal_returns:
        return rows.assign(std_error_day=np.nan)
    before = np.minimum(rows["window_start"].to_numpy(dtype=np.int64), 0)
    known = abnormal_returns[[*pair, "tau", "volatility"]]
    merged = (
        rows[pair]
        .assign(tau=before)
        .merge(known, on=[*pair, "tau"], how="left", validate="one_to_one")
        .merge(models[[*pair, "model", "sigma"]], on=pair, how="left", validate="one_to_one")
    )
    ratio = merged["volatility"].to_numpy(dtype=float) / merged["sigma"].to_numpy(dtype=float)
    ratio = np.where(merged["model"].isin(_CONDITIONAL), 1.0, ratio)
    return rows.assign(std_error_day=rows["std_error"].to_numpy(dtype=float) * ratio)
