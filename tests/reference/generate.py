"""Known answers by statsmodels, SciPy and arithmetic alone; nothing here imports the package.

    python tests/reference/generate.py          writes reference.csv anew from the data beside it
    python tests/reference/generate.py --data   draws the data anew as well (a change of its own)

Three kinds of case. `hand`: returns so simple that every number can be worked out on paper; the
note holds the sum. `darwin`, `sleep`: data and results printed long ago, here as the abnormal
returns of one date. `series`: a fixed simulated series, whose numbers come from another library
by another road, such as abnormal returns as coefficients of dummies.

MacKinlay (JEL 1997) is not among them: his tables rest on returns he did not print, and what can
be recomputed from the tables alone is one division.
"""

from __future__ import annotations

import itertools
import sys
from math import sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

HERE = Path(__file__).parent
COLUMNS = (
    "case", "quantity", "name", "event_id", "security", "window_start", "window_end", "value",
    "tolerance", "source", "note",
)  # fmt: skip
TIGHT = 1e-9

# Difference in height of 15 pairs of plants, crossed less self-fertilised, in eighths of an inch.
DARWIN = (49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48)
# Hours of sleep gained by ten patients with one drug over another, tenths of an hour.
SLEEP = (12, 24, 13, 13, 0, 10, 18, 8, 46, 14)
PATTERN = (3, -2, -2, 3, -2, -2, 3, -2, -2, 3)
HAND = {"A": (1, 4), "B": (1, -1), "C": (2, 6), "D": (2, 10)}  # scale of the pattern, day 0


# ---------------------------------------------------------------- data


def draw_data() -> None:
    """Write the three data files."""
    dates = [f"{date:%Y-%m-%d}" for date in pd.bdate_range("2020-01-01", periods=21)]
    hand = {name: [scale * u / 1000 for u in PATTERN] + [day0 / 1000]
            for name, (scale, day0) in HAND.items()}  # fmt: skip
    _write("hand.csv", pd.DataFrame({"date": dates[:11], **hand}))
    for name, values in (("darwin", DARWIN), ("sleep", SLEEP)):
        quiet = [0.01 * (-1) ** row for row in range(20)]
        columns = {f"P{at:02d}": [*quiet, v / 1000] for at, v in enumerate(values, start=1)}
        _write(f"{name}.csv", pd.DataFrame({"date": dates, **columns}))

    rng = np.random.default_rng(19970301)
    n = 320
    benchmark = 0.01 * rng.standard_t(6, n)
    lagged = np.r_[0.0, benchmark[:-1]]
    columns = {}
    for name, beta, late, scale in (
        ("MA", 1.1, 0.0, 0.011), ("MB", 0.8, 0.3, 0.008), ("MC", 0.5, 0.5, 0.006),
    ):  # fmt: skip
        variance, shocks = 1.0, []
        for z in rng.standard_normal(n):
            shocks.append(sqrt(variance) * z)
            variance = 0.10 + 0.12 * shocks[-1] ** 2 + 0.78 * variance
        move = (1 - late) * benchmark + late * lagged
        columns[name] = 0.0004 + beta * move + scale * np.array(shocks)
    frame = pd.DataFrame({**columns, "BMK": benchmark}).round(6)
    frame.insert(0, "date", [f"{d:%Y-%m-%d}" for d in pd.bdate_range("2018-01-01", periods=n)])
    _write("series.csv", frame)
    at = {"E1": (150, "MA;MB;MC"), "E2": (170, "MA"), "E3": (195, "MB;MC"), "E4": (222, "MA;MC"),
          "E5": (260, "MB"), "E6": (290, "MA;MB;MC")}  # fmt: skip
    _write("series_events.csv", pd.DataFrame(
        [(event, frame["date"][row], markets) for event, (row, markets) in at.items()],
        columns=["event_id", "date", "markets"],
    ))  # fmt: skip
    for name, day in (("hand", dates[10]), ("darwin", dates[20]), ("sleep", dates[20])):
        _write(f"{name}_events.csv", pd.DataFrame({"event_id": ["E1"], "date": [day]}))


def _write(name: str, frame: pd.DataFrame) -> None:
    frame.to_csv(HERE / name, index=False, lineterminator="\n", float_format="%.10g")


# ---------------------------------------------------------------- rows


class Rows:
    """Rows of one case, with what they share."""

    def __init__(self, case: str) -> None:
        self.case = case
        self.found: list[dict[str, object]] = []

    def add(self, quantity, name, value, source, note="", *, window=(0, 0), pair=("", ""),
            tolerance=TIGHT):  # fmt: skip
        """One known number."""
        self.found.append(
            dict(zip(COLUMNS, (self.case, quantity, name, *pair, *window, float(value), tolerance,
                               source, note), strict=True))
        )  # fmt: skip

    def test(self, name, statistic, pvalue, source, note="", *, df=None, window=(0, 0),
             tolerance=TIGHT):  # fmt: skip
        """Statistic, p-value and degrees of freedom of one test."""
        both = {"window": window, "tolerance": tolerance}
        self.add("statistic", name, statistic, source, note, **both)
        self.add("pvalue", name, pvalue, source, "", **both)
        if df is not None:
            self.add("df", name, df, source, "", **both)


def two_sided(law, x, *parameters) -> float:
    """Both tails of a symmetric law."""
    return float(2 * law.sf(abs(x), *parameters))


# ---------------------------------------------------------------- by hand


def hand() -> list[dict[str, object]]:
    """Four pairs of one date whose estimation window is 3 -2 -2 3 -2 -2 3 -2 -2 3 (times 1 or 2).

    In thousandths: its mean is 0, its sum of squares 60, so that s^2 = 60/9 of A and B and 240/9
    of C and D; with M = 10 a forecast has the variance 1.1 s^2.
    """
    rows = Rows("hand")
    paper = "worked out by hand"
    t = 2 * 4.75 / sqrt(62.75 / 3)
    rows.add("estimate", "cross_sectional_t", 4.75e-3, paper, "(4 - 1 + 6 + 10) / 4")
    rows.test("cross_sectional_t", t, two_sided(stats.t, t, 3), paper,
              "2 x 4.75 / sqrt(62.75 / 3)", df=3)  # fmt: skip
    error = sqrt(1.1 * 60 / 9)
    for name, (scale, day0) in HAND.items():
        pair = ("E1", name)
        t = day0 / (scale * error)
        rows.add("sigma", "", scale * sqrt(60 / 9) / 1000, paper, "sqrt(60 / 9), twice it for C, D",
                 pair=pair)  # fmt: skip
        rows.add("std_error", "", scale * error / 1000, paper, "sqrt(1.1 x 60 / 9)", pair=pair)
        rows.add("t", "", t, paper, "day 0 / forecast error", pair=pair)
        rows.add("df", "", 9, paper, "M - 1", pair=pair)
        rows.add("pvalue", "", two_sided(stats.t, t, 9), paper, "", pair=pair)
    sars = [4 / error, -1 / error, 3 / error, 5 / error]
    z = sum(sars) / sqrt(4 * 9 / 7)
    rows.test("patell", z, two_sided(stats.norm, z), paper,
              "(4 - 1 + 3 + 5) / sqrt(1.1 x 60 / 9) / sqrt(4 x 9 / 7)")  # fmt: skip
    rows.test("patell_exact", z, two_sided(stats.norm, z), paper, "as patell: L = 1")
    t = 2 * 2.75 / sqrt(20.75 / 3)
    rows.test("bmp", t, two_sided(stats.t, t, 3), paper,
              "SARs 4 -1 3 5 times a constant: 2 x 2.75 / sqrt(20.75 / 3)", df=3)  # fmt: skip
    rows.test("sign", 1, two_sided(stats.norm, 1), paper, "(3 - 2) / sqrt(4 / 4)")
    rows.add("pvalue", "sign_exact", 10 / 16, paper, "2 x (4 + 1) / 16")
    z = 1.4 / sqrt(4 * 0.4 * 0.6)
    rows.test("generalized_sign", z, two_sided(stats.norm, z), paper,
              "p = 4/10: (3 - 1.6) / sqrt(0.96)")  # fmt: skip
    rows.test("wilcoxon", 9, 4 / 16, paper, "ranks 2 + 3 + 4; 2 of 16 arrangements reach 9")
    z = 3.5 / sqrt((4 * 2.875**2 + 6 * 2.5**2 + 3.5**2) / 11)
    rows.test("corrado_rank", z, two_sided(stats.norm, z), paper,
              "ranks less 6: 5 1 3 5; on days of 3: 2.5 3.5 3 2.5; of -2: -2.5")  # fmt: skip
    # Variances about the mean: A, B 60/9 and C, D 240/9 in 10^-6; the sum is 600/9.
    t = 19 / sqrt(600 / 9)
    rows.test("no_dependence_t", t, two_sided(stats.t, t, 9), paper,
              "4.75 / (sqrt(2 x 60/9 + 2 x 240/9) / 4)", df=9)  # fmt: skip
    # The average pair moves 1.5 times the pattern: 1.5^2 x 60 / 9.
    t = 4.75 / sqrt(1.5**2 * 60 / 9)
    rows.test("crude_dependence", t, two_sided(stats.t, t, 9), paper,
              "4.75 / (1.5 sqrt(60 / 9))", df=9)  # fmt: skip
    return rows.found


def published() -> list[dict[str, object]]:
    """Numbers printed in books, and the same to more digits by SciPy."""
    found = []
    darwin = Rows("darwin")
    fisher = "Fisher, The Design of Experiments (1935), chapter 3; data of Darwin (1876)"
    darwin.add("statistic", "cross_sectional_t", 2.148, fisher, "as printed", tolerance=2e-4)
    darwin.add("df", "cross_sectional_t", 14, fisher, "as printed")
    manual = "SciPy manual, scipy.stats.wilcoxon, same data"
    darwin.add("pvalue", "wilcoxon", 0.041259765625, manual, "as printed", tolerance=1e-12)
    darwin.add("statistic", "wilcoxon", 96, manual, "120 - 24, as printed the smaller sum")
    sleep = Rows("sleep")
    student = "Fisher, Statistical Methods for Research Workers (1925); data of Student (1908)"
    sleep.add("statistic", "cross_sectional_t", 4.06, student, "as printed", tolerance=1e-3)
    sleep.add("df", "cross_sectional_t", 9, student, "as printed")
    for rows, values in ((darwin, DARWIN), (sleep, SLEEP)):
        x = np.array(values) / 1000
        t = stats.ttest_1samp(x, 0.0)
        rows.test("cross_sectional_t", t.statistic, t.pvalue, "scipy.stats.ttest_1samp",
                  df=len(x) - 1)  # fmt: skip
        exact = stats.binomtest(int((x > 0).sum()), len(x), 0.5).pvalue
        rows.add("pvalue", "sign_exact", exact, "scipy.stats.binomtest")
        skewness_adjusted(rows, "skewness_adjusted_t", x, (0, 0))
        found += rows.found
    return found


def skewness_adjusted(rows: Rows, name: str, x: np.ndarray, window: tuple[int, int]) -> None:
    """Hall's transformation with SciPy's moments."""
    n = len(x)
    ratio = x.mean() / x.std(ddof=1)
    g = stats.moment(x, 3) / x.std(ddof=1) ** 3
    t = sqrt(n) * (ratio + g * ratio**2 / 3 + g**2 * ratio**3 / 27 + g / (6 * n))
    rows.test(name, t, two_sided(stats.t, t, n - 1), "scipy.stats.moment", df=n - 1, window=window)


# ---------------------------------------------------------------- by other libraries


ESTIMATION, EVENT = (-120, -11), (-2, 2)
WINDOWS = ((0, 0), (-1, 1), (-2, 2))


def read_series() -> tuple[pd.DataFrame, list[tuple[str, str, int]]]:
    """Returns, and (event, market, row of day 0)."""
    frame = pd.read_csv(HERE / "series.csv")
    events = pd.read_csv(HERE / "series_events.csv")
    row_of = {date: row for row, date in enumerate(frame["date"])}
    pairs = [
        (event.event_id, market, row_of[event.date])
        for event in events.itertuples()
        for market in event.markets.split(";")
    ]
    return frame, pairs


def dummies(frame, market, row):
    """Least squares over both windows with a dummy for each event session.

    Its coefficients are the abnormal returns, with the variance of the forecast error: the same
    numbers as estimation and forecast in two steps, by another road.
    """
    taus = [*range(ESTIMATION[0], ESTIMATION[1] + 1), *range(EVENT[0], EVENT[1] + 1)]
    at = [row + tau for tau in taus]
    inside = np.array(taus)[:, None] == np.arange(EVENT[0], EVENT[1] + 1)
    design = np.column_stack([np.ones(len(at)), frame["BMK"].iloc[at], inside.astype(float)])
    return sm.OLS(frame[market].iloc[at].to_numpy(), design).fit()


def series() -> list[dict[str, object]]:
    """Market model: pairs by dummies, pooled statistics by SciPy on them."""
    rows = Rows("series")
    frame, pairs = read_series()
    dummy, ols = "statsmodels OLS with event dummies", "statsmodels OLS"
    cars = {window: [] for window in WINDOWS}
    scars = {window: [] for window in WINDOWS}
    sars, fits, by_date, m = [], [], {}, ESTIMATION[1] - ESTIMATION[0] + 1
    for event, market, row in pairs:
        pair = (event, market)
        est = slice(row + ESTIMATION[0], row + ESTIMATION[1] + 1)
        fit = sm.OLS(frame[market][est], sm.add_constant(frame["BMK"][est])).fit()
        for name, value in zip(("alpha", "beta"), fit.params, strict=True):
            rows.add("coefficient", name, value, ols, pair=pair)
        rows.add("sigma", "", sqrt(fit.mse_resid), ols, pair=pair)
        rows.add("r_squared", "", fit.rsquared, ols, pair=pair)
        both = dummies(frame, market, row)
        fits.append((row, fit.resid))
        span = range(EVENT[0], EVENT[1] + 1)
        coefficient = dict(zip(span, both.params[2:], strict=True))
        error = dict(zip(span, both.bse[2:], strict=True))
        sars.append({tau: coefficient[tau] / error[tau] for tau in span})
        for tau in span:
            by_date.setdefault((row + tau, tau), []).append(coefficient[tau])
        for window in WINDOWS:
            held = np.zeros(len(both.params))
            held[2 + window[0] - EVENT[0] : 3 + window[1] - EVENT[0]] = 1.0
            test = both.t_test(held)
            values = {
                "car": test.effect.item(), "std_error": test.sd.item(), "t": test.tvalue.item(),
                "pvalue": test.pvalue.item(), "df": test.df_denom,
            }  # fmt: skip
            for quantity, value in values.items():
                rows.add(quantity, "", value, dummy, window=window, pair=pair)
            cars[window].append(test.effect.item())
            scars[window].append(test.tvalue.item())
    for window in WINDOWS:
        x, scar = np.array(cars[window]), np.array(scars[window])
        n, length = len(x), window[1] - window[0] + 1
        for name, values in (("cross_sectional_t", x), ("bmp", scar)):
            t = stats.ttest_1samp(values, 0.0)
            rows.test(name, t.statistic, t.pvalue, "scipy.stats.ttest_1samp", df=n - 1,
                      window=window)  # fmt: skip
        w = stats.wilcoxon(x, alternative="two-sided", method="exact")
        ranks = stats.rankdata(np.abs(x))
        plus = ranks[x > 0].sum()
        rows.test("wilcoxon", plus, w.pvalue, "scipy.stats.wilcoxon, exact", window=window)
        exact = stats.binomtest(int((x > 0).sum()), n, 0.5).pvalue
        rows.add("pvalue", "sign_exact", exact, "scipy.stats.binomtest", window=window)
        skewness_adjusted(rows, "skewness_adjusted_t", x, window)
        calendar_time(rows, by_date, window)
        two_way(rows, x, pairs, window)
        csar = np.array([sum(one[tau] for tau in range(window[0], window[1] + 1)) for one in sars])
        q = (m - 2) / (m - 4)  # the variance of Student's t with M - 2 degrees of freedom
        assert abs(q - stats.t(m - 2).var()) < 1e-12
        formula = "SARs of statsmodels, variance of scipy.stats.t"
        patell = csar.sum() / sqrt(length * n * q)
        rows.test("patell", patell, two_sided(stats.norm, patell), formula, window=window)
        z = scar.sum() / sqrt(n * q)
        rows.test("patell_exact", z, two_sided(stats.norm, z), formula, window=window)
        r = mean_correlation(fits, window)
        z = patell / sqrt(1 + (n - 1) * r)
        correlated = "pandas Series.corr of statsmodels residuals, paired by date"
        rows.test("adjusted_patell", z, two_sided(stats.norm, z), correlated, window=window)
        t = stats.ttest_1samp(scar, 0.0).statistic * sqrt((1 - r) / (1 + (n - 1) * r))
        rows.test("kolari_pynnonen", t, two_sided(stats.t, t, n - 1), correlated, df=n - 1,
                  window=window)  # fmt: skip
    return rows.found


def calendar_time(rows, by_date, window) -> None:
    """Mean over calendar sessions of the average of what falls on them."""
    held: dict[int, list[float]] = {}
    for (day, tau), values in by_date.items():
        if window[0] <= tau <= window[1]:
            held.setdefault(day, []).extend(values)
    daily = np.array([np.mean(held[day]) for day in sorted(held)])
    n = len(daily)
    t = stats.ttest_1samp(daily, 0.0)
    rows.test("calendar_time", t.statistic, t.pvalue, "scipy.stats.ttest_1samp by session",
              df=n - 1, window=window)  # fmt: skip
    lags = {"maxlags": int(4 * (n / 100) ** (2 / 9)), "use_correction": True}
    hac = sm.OLS(daily, np.ones(n)).fit(cov_type="HAC", cov_kwds=lags, use_t=True)
    rows.test("calendar_time_hac", hac.tvalues[0], hac.pvalues[0], "statsmodels OLS, HAC",
              df=n - 1, window=window)  # fmt: skip


def two_way(rows, x, pairs, window) -> None:
    """Standard error clustered by event and by market."""
    labels = np.array([pair[:2] for pair in pairs])
    groups = np.column_stack([np.unique(part, return_inverse=True)[1] for part in labels.T])
    clustered = {"groups": groups, "use_correction": True}
    with np.errstate(invalid="ignore"):
        fit = sm.OLS(x, np.ones(len(x))).fit(cov_type="cluster", cov_kwds=clustered)
    df = min(len(set(column)) for column in groups.T) - 1
    t = fit.tvalues[0]
    if np.isnan(t):  # the difference of variances is negative: there is no test
        return
    rows.test("two_way_t", t, two_sided(stats.t, t, df), "statsmodels OLS, two-way clusters",
              df=df, window=window)  # fmt: skip


def joint() -> list[dict[str, object]]:
    """All markets at once, on the first event: one multivariate regression with dummies."""
    from statsmodels.multivariate.multivariate_ols import _MultivariateOLS

    rows = Rows("joint")
    frame, pairs = read_series()
    row = pairs[0][2]
    markets = ["MA", "MB", "MC"]
    at = [row + tau for tau in (*range(ESTIMATION[0], ESTIMATION[1] + 1), *range(-2, 3))]
    inside = np.array(at)[:, None] == np.arange(row - 2, row + 3)
    design = np.column_stack([np.ones(len(at)), frame["BMK"].iloc[at], inside.astype(float)])
    fit = _MultivariateOLS(frame[markets].iloc[at].to_numpy(), design).fit()
    questions = {
        "joint_f": np.eye(3),
        "joint_f_sum": np.ones((3, 1)),
        "joint_f_equal": np.array([[1.0, 0.0], [-1.0, 1.0], [0.0, -1.0]]),
    }
    for window in WINDOWS:
        summed = np.zeros((1, design.shape[1]))
        summed[0, 2 + window[0] + 2 : 3 + window[1] + 2] = 1.0
        for name, across in questions.items():
            answer = fit.mv_test([("cars", summed, across)], skip_intercept_test=True)
            line = answer.results["cars"]["stat"].loc["Wilks' lambda"]
            rows.test(name, line["F Value"], line["Pr > F"], "statsmodels multivariate OLS",
                      "exact F of Wilks' lambda", window=window)  # fmt: skip
    return rows.found


def mean_correlation(fits, window) -> float:
    """Mean correlation of residuals, weighted by the share of the windows in common."""
    length = window[1] - window[0] + 1
    total = 0.0
    for (row, one), (other_row, other) in itertools.combinations(fits, 2):
        shared = max(0, length - abs(row - other_row))
        total += one.corr(other) * shared / length if shared else 0.0
    return total / (len(fits) * (len(fits) - 1) / 2)


def betas() -> list[dict[str, object]]:
    """Slopes for thin trading by simple and multiple regressions of statsmodels."""
    frame, pairs = read_series()
    dimson, williams = Rows("dimson"), Rows("scholes_williams")
    for event, market, row in pairs:
        pair = (event, market)
        at = np.arange(row + ESTIMATION[0], row + ESTIMATION[1] + 1)
        y, x = frame[market].to_numpy(), frame["BMK"].to_numpy()
        inner = at[1:-1]  # leads and lags inside the estimation window only
        design = sm.add_constant(np.column_stack([x[inner - 1], x[inner], x[inner + 1]]))
        fit = sm.OLS(y[inner], design).fit()
        dimson.add("coefficient", "alpha", fit.params[0], "statsmodels OLS", pair=pair)
        dimson.add("coefficient", "beta", fit.params[1:].sum(), "statsmodels OLS",
                   "sum of lag, same and lead", pair=pair)  # fmt: skip
        dimson.add("sigma", "", sqrt(fit.mse_resid), "statsmodels OLS", pair=pair)
        slopes = [
            sm.OLS(y[inner], sm.add_constant(x[inner + shift])).fit().params[1]
            for shift in (-1, 0, 1)
        ]
        rho = stats.pearsonr(x[at[1:]], x[at[:-1]]).statistic
        beta = sum(slopes) / (1 + 2 * rho)
        source = "statsmodels OLS, scipy.stats.pearsonr"
        williams.add("coefficient", "beta", beta, source, "three slopes / (1 + 2 rho)", pair=pair)
        alpha = y[inner].mean() - beta * x[inner].mean()
        williams.add("coefficient", "alpha", alpha, source, pair=pair)
    return dimson.found + williams.found


def volatility() -> list[dict[str, object]]:
    """GARCH(1,1) market models by arch, on returns in percent."""
    rows = Rows("garch")
    # Elsewhere the likelihood is flat, or has its maximum at the border.
    moving = {("E1", "MA"), ("E1", "MC"), ("E2", "MA"), ("E4", "MA")}
    for event, market, row in (pair for pair in read_series()[1] if pair[:2] in moving):
        fit = garch_model(market, row).fit(disp="off", show_warning=False)
        values = dict(zip(("alpha", "beta", "omega", "alpha1", "beta1"), fit.params, strict=True))
        values["alpha"] /= 100
        values["omega"] /= 100**2
        source = "arch, LS mean with GARCH(1,1), normal likelihood"
        for name, value in values.items():
            # Versions of an optimiser agree to the flatness of the likelihood, not to rounding.
            rows.add("coefficient", name, value, source, pair=(event, market), tolerance=1e-2)
        rows.add("loglikelihood", "", fit.loglikelihood, source, "of returns in percent",
                 pair=(event, market), tolerance=1e-7)  # fmt: skip
    return rows.found


def garch_model(market, row):
    """Model of one pair for the arch package, returns in percent."""
    from arch.univariate import GARCH, LS, Normal

    frame, _ = read_series()
    at = slice(row + ESTIMATION[0], row + ESTIMATION[1] + 1)
    y, x = 100 * frame[market][at].to_numpy(), 100 * frame[["BMK"]][at].to_numpy()
    return LS(y, x, volatility=GARCH(1, 0, 1), distribution=Normal(), rescale=False)


def loglikelihood(event, market, values) -> float:
    """Log likelihood, by arch, of somebody's estimates of one pair."""
    (row,) = (r for e, m, r in read_series()[1] if (e, m) == (event, market))
    parameters = [
        100 * values["alpha"], values["beta"], 100**2 * values["omega"], values["alpha1"],
        values["beta1"],
    ]  # fmt: skip
    return float(garch_model(market, row).fix(parameters).loglikelihood)


CHEAP = (hand, published, series, joint, betas)
COSTLY = (volatility,)


def table(parts=(*CHEAP, *COSTLY)) -> pd.DataFrame:
    """Every known answer of `parts`."""
    return pd.DataFrame([row for part in parts for row in part()], columns=list(COLUMNS))


if __name__ == "__main__":
    if "--data" in sys.argv[1:]:
        draw_data()
    table().to_csv(HERE / "reference.csv", index=False, lineterminator="\n", float_format="%.14g")
