"""A second derivation of the models beyond plain least squares, one pair at a time.

Written from the definitions alone (docs/methods.md, section 3): lists of rows, loops, and the
libraries called separately. Nothing here imports the package.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from oracle import Case, Window, position


@dataclass(frozen=True, eq=False)
class Answer:
    """One pair: coefficients, and by event time AR and its standard error; V(CAR) of any list."""

    params: dict[str, float]
    sigma: float
    n_obs: int
    df: int
    residuals: dict[int, float]  # by tau
    ar: dict[int, float]
    covariance: dict[tuple[int, int], float]  # of forecast errors

    def car(self, window: Window) -> tuple[float, float, int]:
        taus = [t for t in range(window[0], window[1] + 1) if not math.isnan(self.ar[t])]
        total = sum(self.ar[t] for t in taus)
        variance = sum(self.covariance[t, u] for t in taus for u in taus)
        return total, math.sqrt(variance), len(taus)


@dataclass(frozen=True, eq=False)
class Data:
    """Returns and benchmark of one security by row, and the rows of one pair's windows."""

    r: np.ndarray
    m: np.ndarray  # (T, K); K = 0 for a constant mean
    row0: int
    inside: set[int]  # rows of the estimation window that exist
    barred: set[int]
    event: Window

    def factor(self, row: int) -> np.ndarray:
        return self.m[row] if 0 <= row < len(self.r) else np.full(self.m.shape[1], np.nan)

    def ret(self, row: int) -> float:
        return float(self.r[row]) if 0 <= row < len(self.r) else math.nan


def data_of(case: Case, i: int, windows: Sequence[Window]) -> Data:
    _, security, day0 = case.pairs[i]
    row0 = position(case, security, day0)
    r = case.returns[security].to_numpy(float)
    m = np.empty((len(r), 0)) if case.factors is None else case.factors[security].to_numpy(float)
    rows = {row0 + t for a, b in windows for t in range(a, b + 1)}
    barred = set() if case.mask is None else set(case.mask.get(security, ()))
    inside = {row for row in rows if 0 <= row < len(r)}
    return Data(r=r, m=m, row0=row0, inside=inside, barred=barred, event=case.event)


def usable(data: Data, row: int) -> bool:
    return (
        row in data.inside
        and row not in data.barred
        and not math.isnan(data.r[row])
        and not np.isnan(data.m[row]).any()
    )


def answer(data: Data, rows: list[int], x_of, params, names, df: int) -> Answer:
    """AR, residuals and the variance of one regression on `rows`, whatever gave `params`."""
    x = np.array([x_of(row) for row in rows])
    e = np.array([data.r[row] for row in rows]) - x @ params
    sigma = math.sqrt(float(e @ e) / df)
    inverse = np.linalg.inv(x.T @ x)
    ar, at = {}, {}
    for tau in range(data.event[0], data.event[1] + 1):
        at[tau] = x_of(data.row0 + tau)
        ar[tau] = data.ret(data.row0 + tau) - float(at[tau] @ params)
    covariance = {
        (t, u): sigma**2 * (float(t == u) + float(at[t] @ inverse @ at[u])) for t in at for u in at
    }
    return Answer(
        params=dict(zip(names, params, strict=True)),
        sigma=sigma,
        n_obs=len(rows),
        df=df,
        residuals={row - data.row0: float(v) for row, v in zip(rows, e, strict=True)},
        ar=ar,
        covariance=covariance,
    )


def market_model(data: Data) -> Answer:
    """Least squares on the listed rows; any number of factors, none included."""
    rows = sorted(row for row in data.inside if usable(data, row))

    def x_of(row: int) -> np.ndarray:
        return np.concatenate([[1.0], data.factor(row)])

    y = np.array([data.r[row] for row in rows])
    params = np.asarray(sm.OLS(y, np.array([x_of(row) for row in rows])).fit().params)
    names = ["alpha", *(f"b{k}" for k in range(len(params) - 1))]
    return answer(data, rows, x_of, params, names, len(rows) - len(params))


def dimson(data: Data, lags: int, leads: int) -> Answer:
    shifts = list(range(-lags, leads + 1))

    def x_of(row: int) -> np.ndarray:
        return np.array([1.0, *(float(data.factor(row + j)[0]) for j in shifts)])

    rows = []
    for row in sorted(data.inside):
        around = [row + j for j in shifts]
        if row in data.barred or math.isnan(data.r[row]):
            continue
        if all(n in data.inside for n in around) and not np.isnan(x_of(row)).any():
            rows.append(row)
    frame = pd.DataFrame([x_of(row) for row in rows])
    fit = sm.OLS(np.array([data.r[row] for row in rows]), frame.to_numpy()).fit()
    params = np.asarray(fit.params)
    names = ["alpha"] + [
        f"beta_lag{-j}" if j < 0 else f"beta_lead{j}" if j else "beta_0" for j in shifts
    ]
    found = answer(data, rows, x_of, params, names, len(rows) - len(params))
    found.params["beta"] = float(sum(params[1:]))
    return found


def augmented(data: Data, benchmark_lags: int, lags: int) -> Answer:
    """The first factor with lags of its own number, the others with theirs."""
    most = [benchmark_lags] + [lags] * (data.m.shape[1] - 1)
    cells = [(k, lag) for k, last in enumerate(most) for lag in range(last + 1)]

    def x_of(row: int) -> np.ndarray:
        return np.array([1.0, *(float(data.factor(row - lag)[k]) for k, lag in cells)])

    rows = []
    for row in sorted(data.inside):
        before = range(row - max(most), row + 1)
        if row in data.barred or math.isnan(data.r[row]):
            continue
        if all(n in data.inside for n in before) and not np.isnan(x_of(row)).any():
            rows.append(row)
    y, x = np.array([data.r[row] for row in rows]), np.array([x_of(row) for row in rows])
    params = np.linalg.lstsq(x, y, rcond=None)[0]
    names = ["alpha"] + [f"{k}:{lag}" for k, lag in cells]
    return answer(data, rows, x_of, params, names, len(rows) - len(params))


def slope(x: list[float], y: list[float]) -> float:
    mx, my = sum(x) / len(x), sum(y) / len(y)
    top = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True))
    return top / sum((a - mx) ** 2 for a in x)


def scholes_williams(data: Data) -> Answer:
    """Choice: the pairs behind rho are those whose later session has a return."""
    rows = sorted(row for row in data.inside if usable(data, row))

    def seen(row: int) -> bool:
        return row in data.inside and not np.isnan(data.m[row]).any()

    interior = [row for row in rows if seen(row - 1) and seen(row + 1)]
    y = [float(data.r[row]) for row in interior]
    slopes = [slope([float(data.m[row + j, 0]) for row in interior], y) for j in (-1, 0, 1)]
    paired = [row for row in rows if seen(row - 1)]
    now = [float(data.m[row, 0]) for row in paired]
    before = [float(data.m[row - 1, 0]) for row in paired]
    rho = float(np.corrcoef(now, before)[0, 1])
    beta = sum(slopes) / (1.0 + 2.0 * rho)
    inner_m = [float(data.m[row, 0]) for row in interior]
    alpha = sum(y) / len(y) - beta * sum(inner_m) / len(inner_m)

    def x_of(row: int) -> np.ndarray:
        return np.array([1.0, float(data.factor(row)[0])])

    return answer(data, rows, x_of, np.array([alpha, beta]), ["alpha", "beta"], len(rows) - 2)


def robust(data: Data) -> Answer:
    rows = sorted(row for row in data.inside if usable(data, row))

    def x_of(row: int) -> np.ndarray:
        return np.array([1.0, float(data.factor(row)[0])])

    y = np.array([data.r[row] for row in rows])
    found = sm.RLM(y, np.array([x_of(row) for row in rows]), M=sm.robust.norms.HuberT()).fit()
    return answer(data, rows, x_of, np.asarray(found.params), ["alpha", "beta"], len(rows) - 2)


def garch(data: Data, kind: str, last_tau: int) -> tuple[Answer, dict[int, float], object]:
    """Market model by arch; besides, the one-step variance before each session after `last_tau`.

    `last_tau` is the end of the estimation window. Variances are decimal.
    """
    from arch import arch_model
    from arch.univariate import LS

    rows = sorted(row for row in data.inside if usable(data, row))
    y = np.array([data.r[row] for row in rows])
    x = np.array([[float(data.factor(row)[0])] for row in rows])
    design = np.column_stack([np.ones(len(y)), x])
    _, (square,), *_ = np.linalg.lstsq(design, y, rcond=None)
    scale, x_scale = math.sqrt(square / (len(y) - 2)), float(np.std(x, ddof=1))
    y, x = np.round(y / scale, 9), np.round(x / x_scale, 9)
    order = {"garch": ("GARCH", 0), "gjr_garch": ("GARCH", 1), "egarch": ("EGARCH", 1)}[kind]
    volatility = arch_model(y, vol=order[0], p=1, o=order[1], q=1).volatility
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = LS(y, x, volatility=volatility, rescale=False).fit(disp="off")
    p = found.params
    gamma = float(p.get("gamma[1]", 0.0))
    omega, a, b = (float(p[name]) for name in ("omega", "alpha[1]", "beta[1]"))

    def after(h: float, e: float) -> float:
        if kind == "egarch":
            z = e / math.sqrt(h)
            return math.exp(
                omega + a * (abs(z) - math.sqrt(2 / math.pi)) + gamma * z + b * math.log(h)
            )
        return omega + (a + gamma * (e < 0)) * e * e + b * h

    alpha, beta = float(p.iloc[0]) * scale, float(p.iloc[1]) * scale / x_scale
    errors = {row: float(data.r[row]) - alpha - beta * float(data.m[row, 0]) for row in rows}
    h_next = after(float(found.conditional_volatility[-1]) ** 2, errors[rows[-1]] / scale)
    taus = range(data.event[0], data.event[1] + 1)
    ar, variance, filtered = {}, {}, {}
    for tau in taus:
        row = data.row0 + tau
        ar[tau] = data.ret(row) - alpha - beta * float(data.factor(row)[0])
        h = h_next
        if kind == "egarch":  # E exp of each shock, by numerical integration of the density
            z = np.linspace(-40, 40, 400_001)
            density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
            log, factor, weight = math.log(h_next), 1.0, 1.0
            for _ in range(tau - last_tau - 1):
                shock = a * (np.abs(z) - math.sqrt(2 / math.pi)) + gamma * z
                factor *= float(np.trapezoid(np.exp(weight * shock) * density, z))
                weight *= b
                log = omega + b * log
            h = math.exp(log) * factor
        else:
            for _ in range(tau - last_tau - 1):
                h = omega + (a + gamma / 2 + b) * h
        variance[tau] = h * scale**2
    h = h_next
    for tau in range(last_tau + 1, data.event[1] + 1):
        filtered[tau] = h * scale**2
        row = data.row0 + tau
        e = data.ret(row) - alpha - beta * float(data.factor(row)[0])
        if not math.isnan(e):
            h = after(h, e / scale)
    rss = sum(e * e for e in errors.values())
    omega = omega + (1 - b) * 2 * math.log(scale) if kind == "egarch" else omega * scale**2
    params = {"alpha": alpha, "beta": beta, "omega": omega, "alpha1": a}
    params |= {"gamma1": gamma, "beta1": b} if order[1] else {"beta1": b}
    made = Answer(
        params=params,
        sigma=math.sqrt(rss / (len(rows) - 2)),
        n_obs=len(rows),
        df=len(rows) - 2,
        residuals={row - data.row0: e for row, e in errors.items()},
        ar=ar,
        covariance={(t, u): variance[t] if t == u else 0.0 for t in taus for u in taus},
    )
    return made, filtered, found


def rolling(case: Case, i: int, window: Window) -> Answer:
    """Each event session with the least squares of the window moved with it.

    A forecast error is ``e_t - x_t'(X_t'X_t)^{-1} sum over rows of x_row e_row``: its covariances
    are summed row by row, with the s^2 of the window where it stands.
    """
    still = data_of(case, i, [window])
    base = market_model(still)
    taus = list(range(case.event[0], case.event[1] + 1))
    ar, weights = {}, {}
    for tau in taus:
        moved = tau - case.event[0]
        data = data_of(case, i, [(window[0] + moved, window[1] + moved)])
        rows = [row for row in sorted(data.inside) if usable(data, row)]
        x = np.array([[1.0, *data.factor(row)] for row in rows])
        b = np.linalg.solve(x.T @ x, x.T @ np.array([data.r[row] for row in rows]))
        at = np.array([1.0, *data.factor(data.row0 + tau)])
        ar[tau] = data.ret(data.row0 + tau) - float(at @ b)
        row_weights = x @ np.linalg.solve(x.T @ x, at)
        weights[tau] = dict(zip(rows, row_weights, strict=True))
    covariance = {}
    for t in taus:
        for u in taus:
            shared = sum(w * weights[u].get(row, 0.0) for row, w in weights[t].items())
            covariance[t, u] = base.sigma**2 * (float(t == u) + shared)
    return Answer(
        params=base.params,
        sigma=base.sigma,
        n_obs=base.n_obs,
        df=base.df,
        residuals=base.residuals,
        ar=ar,
        covariance=covariance,
    )


def ewma(data: Data, found: Answer, params_x, begin: int) -> dict[int, float]:
    """Conditional volatility before each event session; the path starts at tau `begin`."""
    h = found.sigma**2
    out = {}
    for tau in range(begin, data.event[1] + 1):
        if tau >= data.event[0]:
            out[tau] = math.sqrt(h)
        row = data.row0 + tau
        e = data.ret(row) - params_x(row)
        if not math.isnan(e):
            h = 0.94 * h + 0.06 * e * e
    return out
