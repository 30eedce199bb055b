"""Size of the tests of a regression of CARs in rough times: docs/methods.md, section 10.

Dates are drawn in proportion to squared volatility from the bundled closes; the regressor means
nothing. ``python benchmarks/size_cross_section.py [studies a row] [prices.csv]``.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import statsmodels.api as sm
from linearmodels.iv import IV2SLS
from scipy import stats

import eventstudy as es
from eventstudy.analyses.clustered_errors import bias_reduced
from eventstudy.analyses.date_permutation import Rows, shuffle_dates

MARKETS = ["N225", "TWII", "HSI", "CNH"]
DRAWS = 199
# Dates, sessions of the window, regressor.
DESIGNS = [
    (12, 1, "normal"), (12, 1, "half the dates"), (30, 1, "normal"), (30, 1, "3 of the dates"),
    (60, 2, "normal"), (100, 2, "half the dates"), (60, 2, "bursts"), (30, 2, "bursts"),
]  # fmt: skip


def series(file: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Log returns on common sessions, and their squared volatility known before each."""
    closes = es.load_prices().frame if file is None else pd.read_csv(file, index_col=0)
    closes = closes.rename(columns={"USDCNH": "CNH"})[MARKETS].dropna()
    returns = np.log(closes).diff().dropna().to_numpy()
    rough = ((returns / returns.std(axis=0)) ** 2).mean(axis=1)
    squared = np.ones(len(rough))
    for t in range(1, len(rough)):
        squared[t] = 0.94 * squared[t - 1] + 0.06 * rough[t - 1]
    return returns, squared


def draw(
    rng: np.random.Generator, squared: np.ndarray, n: int, kind: str
) -> tuple[np.ndarray, np.ndarray]:
    """Dates in order and the value of each."""
    able = np.arange(260, len(squared) - 8)
    share = squared[able] / squared[able].sum()
    if kind != "bursts":
        days = np.sort(rng.choice(able, n, replace=False, p=share))
        if kind == "normal":
            return days, rng.standard_normal(n)
        marked = 3 if kind == "3 of the dates" else n // 2
        return days, (rng.permutation(n) < marked).astype(float)
    found: set[int] = set()
    while len(found) < n:
        begin = int(rng.choice(able, p=share))
        found |= {d for d in range(begin, begin + rng.geometric(0.35)) if d <= able[-1]}
    days = np.sort(rng.permutation(sorted(found))[:n])
    value = rng.integers(0, 2, n).astype(float)
    for i in range(1, n):
        if days[i] - days[i - 1] <= 3 and rng.random() < 0.8:
            value[i] = value[i - 1]
    return days, value


def matrix(frame: pd.DataFrame) -> np.ndarray:
    """Constant, regressor, market effects."""
    effects = [(frame["security"] == m).to_numpy(dtype=float) for m in MARKETS[1:]]
    return np.column_stack([np.ones(len(frame)), frame["value"].to_numpy(dtype=float), *effects])


def pvalues(
    rng: np.random.Generator,
    returns: np.ndarray,
    squared: np.ndarray,
    design: tuple[int, int, str],
) -> dict[str, float]:
    """P-values of the regressor by covariance."""
    n, length, kind = design
    days, value = draw(rng, squared, n, kind)
    if np.ptp(value) == 0:
        return {}
    normal = np.array([returns[d - 250 : d - 20].mean(axis=0) for d in days])
    y = (np.array([returns[d : d + length].sum(axis=0) for d in days]) - length * normal).ravel()
    date = np.repeat(np.arange(n), len(MARKETS))
    block = np.r_[0, np.cumsum(np.diff(days) >= length)][date]
    cells = pd.DataFrame({"value": value[date], "security": MARKETS * n})
    x, market = matrix(cells), np.tile(np.arange(len(MARKETS)), n)
    plain = sm.OLS(y, x).fit()
    event = plain.get_robustcov_results("cluster", groups=date)
    both = IV2SLS(y, x, None, None).fit(
        cov_type="clustered", clusters=np.column_stack([date, market]), debiased=True
    )
    variance = np.asarray(both.cov)[1, 1]
    corrected = bias_reduced(x, plain.resid, block)
    rows = Rows(
        y=y, root=np.ones(len(y)), x=x, cells=cells, at=matrix, security=market, date=date,
        block=block,
    )  # fmt: skip
    names = ["constant", "value", *MARKETS[1:]]
    seed = int(rng.integers(2**31))

    def t_law(error: float, df: float) -> float:
        return 2 * stats.t.sf(abs(plain.params[1] / error), df)

    return {
        "classical": plain.pvalues[1],
        "two_way": t_law(np.sqrt(variance), len(MARKETS) - 1) if variance > 0 else 1.0,
        "event": t_law(event.bse[1], n - 1),
        "date": t_law(corrected.std_error[1], corrected.df[1]),
        "permutation": shuffle_dates(rows, names, draws=DRAWS, seed=seed).pvalue[1],
    }


def main(studies: int, file: str | None) -> None:
    """Print a row a design: rejections at 5 % in percent."""
    returns, squared = series(file)
    for number, design in enumerate(DESIGNS):
        rng = np.random.default_rng((20261129, number))
        rows = pd.DataFrame([pvalues(rng, returns, squared, design) for _ in range(studies)])
        rates = 100 * (rows.dropna() <= 0.05).mean()
        print(*design, len(rows.dropna()), *(f"{n} {r:.1f}" for n, r in rates.items()), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 600, sys.argv[2] if len(sys.argv) > 2 else None)
