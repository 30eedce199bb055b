"""Second derivations of the tests across markets and of the joint regression, slow and obvious.

Written from the definitions alone, as `oracle` is: loops, calendar dates, dense algebra. Nothing
here imports the package.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import oracle
import pandas as pd
from oracle import Case, Window
from scipy import stats

CONTRASTS = ("joint_f", "joint_f_sum", "joint_f_equal")


@lru_cache(maxsize=100)
def mean_cars(case: Case, window: Window) -> tuple[list[str], np.ndarray, np.ndarray, float]:
    """Markets, mean CAR of each, their covariance, mean degrees of freedom."""
    pairs = oracle.counted(case, window)
    markets = sorted({case.pairs[i][1] for i in pairs}, key=list(case.returns).index)
    of = {m: [i for i in pairs if case.pairs[i][1] == m] for m in markets}
    mean = np.array([np.mean([oracle.car(case, i, window)["car"] for i in of[m]]) for m in markets])
    covariance = np.zeros((len(markets), len(markets)))
    for a, left in enumerate(markets):
        for b, right in enumerate(markets):
            for i in of[left]:
                for j in of[right]:
                    covariance[a, b] += car_covariance(case, i, j, window)
            covariance[a, b] /= len(of[left]) * len(of[right])
    df = float(np.mean([oracle.fit_pair(case, i).df for i in pairs]))
    return markets, mean, covariance, df


def car_covariance(case: Case, i: int, j: int, window: Window) -> float:
    """``rho_ij n_ij / sqrt(L_i L_j) se_i se_j``; a pair with itself has its own variance."""
    first, second = oracle.car(case, i, window), oracle.car(case, j, window)
    product = first["std_error"] * second["std_error"]
    if i == j:
        return product
    shared = oracle.window_dates(case, i, window) & oracle.window_dates(case, j, window)
    if not shared:
        return 0.0
    rho = oracle.residual_correlation(
        oracle.fit_pair(case, i).residuals, oracle.fit_pair(case, j).residuals
    )
    return rho * len(shared) / math.sqrt(first["L"] * second["L"]) * product


def contrast(name: str, m: int) -> np.ndarray:
    """Rows of the hypothesis: each zero, the sum zero, each the same as the first."""
    if name == "joint_f":
        return np.eye(m)
    if name == "joint_f_sum":
        return np.ones((1, m))
    return np.column_stack([np.ones(m - 1), -np.eye(m - 1)])


def across_markets(case: Case, window: Window, name: str) -> tuple[float, float, float]:
    """F, its second degrees of freedom and p; NaN of a single market where that means nothing."""
    markets, mean, covariance, df = mean_cars(case, window)
    if len(markets) == 1 and name != "joint_f":
        return math.nan, math.nan, math.nan
    rows = contrast(name, len(markets))
    q = len(rows)
    value = rows @ mean
    wald = float(value @ np.linalg.inv(rows @ covariance @ rows.T) @ value)
    second = df - q + 1
    f = wald * second / (q * df)
    return f, second, float(stats.f.sf(f, q, second))


def joint_design(
    returns: pd.Series,
    factors: pd.DataFrame | None,
    days: dict[str, list[int]],
    rows: list[int],
    event: Window,
) -> tuple[np.ndarray, np.ndarray, dict[tuple[str, int], int]]:
    """y, X with the constant first, and the column of each dummy (group, tau)."""
    lines = []
    groups = list(days)
    columns = {(group, tau): 0 for group in groups for tau in range(event[0], event[1] + 1)}
    for row in rows:
        line = [1.0]
        if factors is not None:
            line += [float(v) for v in factors.iloc[row]]
        for number, (group, tau) in enumerate(columns):
            columns[group, tau] = len(line)
            line.append(1.0 if any(row == day + tau for day in days[group]) else 0.0)
            assert number < len(columns)
        lines.append(line)
    return np.array([returns.iloc[row] for row in rows]), np.array(lines), columns


def least_squares(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coefficients, their classical covariance, residuals."""
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ x.T @ y
    residuals = y - x @ beta
    return beta, inverse * (residuals @ residuals) / (len(y) - x.shape[1]), residuals


def newey_west(x: np.ndarray, residuals: np.ndarray, lag: int) -> np.ndarray:
    """Bartlett weights, times n/(n - k)."""
    n, k = x.shape
    score = x * residuals[:, None]
    middle = score.T @ score
    for step in range(1, lag + 1):
        part = score[step:].T @ score[:-step]
        middle = middle + (1 - step / (lag + 1)) * (part + part.T)
    inverse = np.linalg.inv(x.T @ x)
    return inverse @ middle @ inverse * n / (n - k)


def seemingly_unrelated(
    ys: list[np.ndarray], xs: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Two-step GLS of stacked equations; residual variances by ``n - k`` of their equations."""
    n = len(ys[0])
    residuals = [least_squares(y, x)[2] for y, x in zip(ys, xs, strict=True)]
    m = len(ys)

    def sigma_of(errors: list[np.ndarray]) -> np.ndarray:
        sigma = np.zeros((m, m))
        for i in range(m):
            for j in range(m):
                free = math.sqrt((n - xs[i].shape[1]) * (n - xs[j].shape[1]))
                sigma[i, j] = errors[i] @ errors[j] / free
        return sigma

    ends = np.cumsum([0, *[x.shape[1] for x in xs]])
    stacked = np.zeros((n * m, ends[-1]))
    for i, x in enumerate(xs):
        stacked[i * n : (i + 1) * n, ends[i] : ends[i + 1]] = x
    weight = np.kron(np.linalg.inv(sigma_of(residuals)), np.eye(n))
    bread = np.linalg.inv(stacked.T @ weight @ stacked)
    beta = bread @ stacked.T @ weight @ np.concatenate(ys)
    fresh = [y - x @ beta[a:b] for y, x, a, b in zip(ys, xs, ends[:-1], ends[1:], strict=True)]
    weight = np.kron(np.linalg.inv(sigma_of(fresh)), np.eye(n))
    return beta, np.linalg.inv(stacked.T @ weight @ stacked)
