"""A second derivation of J1, of Lamb's test and of that of long windows by Dutta and others.

As `oracle`: loops over pairs, written from the definitions alone. Nothing here imports the package.
"""

from __future__ import annotations

import math

from oracle import Case, Window, abnormal, car, counted, fit_pair, kept, position, regressors
from scipy import stats

STATISTICS = ("j1", "lamb", "dutta_t")


def statistic(case: Case, window: Window, name: str) -> dict[str, float]:
    """One statistic over all pairs of the case. NaN: not available; df NaN: no t distribution."""
    if not counted(case, window):
        return {"statistic": math.nan, "df": math.nan, "pvalue": math.nan}
    if name == "dutta_t":
        return _dutta(case, window)
    value = _j1(case, window) if name == "j1" else _lamb(case, window)
    p = math.nan if math.isnan(value) else float(2 * stats.norm.sf(abs(value)))
    return {"statistic": value, "df": math.nan, "pvalue": p}


def _j1(case: Case, window: Window) -> float:
    """Mean CAR over the root of the mean's variance, pair by pair from ``V = s^2 (L + ...)``."""
    found = [car(case, i, window) for i in counted(case, window)]
    n = len(found)
    mean = sum(one["car"] for one in found) / n
    return mean / math.sqrt(sum(one["std_error"] ** 2 for one in found) / n**2)


def _lamb(case: Case, window: Window) -> float:
    """Choice: C is averaged over the pairs present, by ``1 + x'(X'X)^-1 x`` of each."""
    means = []
    for tau in range(case.estimation[0], case.estimation[1] + 1):
        fits = [fit_pair(case, i) for i in kept(case)]
        held = [float(f.residuals_tau.loc[tau]) for f in fits if tau in f.residuals_tau.index]
        if held:
            means.append(sum(held) / len(held))
    centre = sum(means) / len(means)
    sd = math.sqrt(sum((m - centre) ** 2 for m in means) / (len(means) - 1))
    daily = []
    for tau in range(window[0], window[1] + 1):
        held, factors = [], []
        for i in kept(case):
            ar = float(abnormal(case, i, (tau, tau))["abnormal_return"].iloc[0])
            if math.isnan(ar):
                continue
            fit = fit_pair(case, i)
            _, security, day0 = case.pairs[i]
            x = regressors(case, security, position(case, security, day0) + tau)
            held.append(ar)
            factors.append(1.0 + (float(x @ fit.xtx_inv @ x) if fit.k else 0.0))
        if held:
            aar = sum(held) / len(held)
            daily.append(aar / (sd * math.sqrt(sum(factors) / len(factors))))
    return sum(daily) / math.sqrt(len(daily))


def _dutta(case: Case, window: Window) -> dict[str, float]:
    """As a regression on a constant with errors clustered by month, by statsmodels."""
    import numpy as np
    import statsmodels.api as sm

    values, months = [], []
    for i in counted(case, window):
        frame = abnormal(case, i, window)
        frame = frame[frame["abnormal_return"].notna()]
        own = frame["abnormal_return"].to_numpy(dtype=float)
        if len(own) < 2 or own.std(ddof=1) == 0:
            continue
        values += list(own / own.std(ddof=1))
        months += [(date.year, date.month) for date in frame["session"]]
    labels = [sorted(set(months)).index(month) for month in months]
    n_months = len(set(months))
    if n_months < 2:
        return {"statistic": math.nan, "df": math.nan, "pvalue": math.nan}
    fit = sm.OLS(np.array(values), np.ones(len(values))).fit(
        cov_type="cluster", cov_kwds={"groups": np.array(labels)}
    )
    t = float(fit.tvalues[0])
    return {"statistic": t, "df": n_months, "pvalue": float(2 * stats.t.sf(abs(t), n_months))}
