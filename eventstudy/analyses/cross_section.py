"""Cross-sectional regression of CARs on columns of the events table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.analyses.clustered_errors import bias_reduced
from eventstudy.analyses.date_permutation import Rows, shuffle_dates
from eventstudy.analyses.regressors import make_regressors, read_cells
from eventstudy.estimation.abnormal import cumulate
from eventstudy.estimation.clusters import renumbered
from eventstudy.exceptions import NotApplicableError
from eventstudy.inference.design import pair_structure
from eventstudy.inference.pvalues import interval_reach, student_pvalue
from eventstudy.text import counted, listed

if TYPE_CHECKING:
    from eventstudy._typing import FloatArray, IntArray
    from eventstudy.analyses.regressors import Regressors
    from eventstudy.analyses.requests import CrossSection
    from eventstudy.inference.design import Design


COLUMNS = (
    "window_start", "window_end", "term", "estimate", "std_error", "statistic", "df", "pvalue",
    "ci_low", "ci_high", "covariance", "n_pairs", "n_events", "r_squared", "note",
    "pvalue_permutation", "n_dates", "n_clusters", "weights", "formula", "model",
)  # fmt: skip
FEW_CLUSTERS = 10
"""With fewer clusters than this a note says which way clustered errors err."""
FEW_DEGREES = 4.0
"""Below this the t law of Bell and McCaffrey is no longer trusted (Tipton 2015)."""

# What the words of `covariance` count.
_NOUNS = {"event": "date", "date": "date", "market": "market"}


def cross_section(
    design: Design, labels: pd.DataFrame, request: CrossSection, *, simple: bool = True
) -> pd.DataFrame:
    """Regress the CARs of a study's pairs on what is known about their events.

    Parameters
    ----------
    design
        The pairs; each CAR is multiplied by the sign the study gives it, and pairs of sign 0 are
        left out.
    labels
        ``(P,)`` rows of the columns pairs can be grouped by.
    request
        Columns or formula, window, covariance and weights.
    simple
        Whether returns are simple.

    Returns
    -------
    One row a coefficient: window_start, window_end, term, estimate (decimal return a unit of the
    column, or beside the base level), std_error, statistic, df, pvalue, ci_low, ci_high (95 %),
    covariance, n_pairs, n_events, r_squared, note, pvalue_permutation, n_dates (independent dates),
    n_clusters, weights, formula, model (of the
    normal returns). The note counts pairs left out.

    Raises
    ------
    SpecificationError
        An unknown column; one that is constant, or collinear with those before it.
    NotApplicableError
        Too few pairs, or two-way clusters without the package that makes them.

    Notes
    -----
    A column is a number if every value in it reads as one, else categories, each beside the first
    level in order of their names. Covariance ``"date"`` has the errors of
    `eventstudy.analyses.clustered_errors.bias_reduced` and its degrees of freedom, by date
    portfolios: independent dates, joined where their windows overlap. ``"event"`` (independent
    dates alone), ``"market"`` and ``"two_way"`` (both; Cameron, Gelbach and Miller 2011) are
    multiplied by ``G/(G-1) (n-1)/(n-k)`` and tested by ``t(G-1)``, G the smaller number of
    clusters; the others by ``t(n-k)``. The permutation p-value,
    `eventstudy.analyses.date_permutation.shuffle_dates`, does not depend on `covariance`.
    """
    total = cumulate(design.table, request.window, simple=simple)
    cells = read_cells(labels, request)
    without_car = ~np.isfinite(total.car)
    unsigned = design.sign == 0
    unweighted = np.zeros(len(unsigned), dtype=bool)
    if request.weights == "precision":
        unweighted = ~without_car & ~(total.std_error > 0)
        if (without_car | unweighted).all():
            raise NotApplicableError(
                'cross_section.weights = "precision" needs the forecast variance of the CARs, and '
                'none is known; choose "equal"',
                key="cross_section.weights",
            )
    keep = ~(without_car | unsigned | cells.missing | unweighted)
    empty = ", ".join(f"{name} {count}" for name, count in cells.empty.items())
    notes = [
        f"{counted(int(lost.sum()), 'pair')} left out: {why}"
        for lost, why in (
            (unsigned, "no expected sign"),
            (without_car & ~unsigned, "no abnormal return in the window"),
            (unweighted & ~unsigned, "no forecast variance to weight by"),
            (
                cells.missing & ~without_car & ~unsigned & ~unweighted,
                f"no value in one of the columns (empty: {empty})",
            ),
        )
        if lost.any()
    ]
    rows = np.flatnonzero(keep)
    regressors, is_finite = make_regressors(cells.frame.iloc[rows].reset_index(drop=True), request)
    rows = rows[is_finite]
    structure = pair_structure(design, rows, request.window)
    weight = 1.0 / total.std_error[rows] ** 2 if request.weights == "precision" else None
    data = Rows(
        y=total.car[rows] * design.sign[rows],
        root=np.ones(len(rows)) if weight is None else np.sqrt(weight),
        x=regressors.values,
        cells=cells.frame.iloc[rows].reset_index(drop=True),
        at=regressors.at,
        security=design.table.security[rows],
        date=_in_time(structure.unit, design.begin[rows].astype(np.int64)),
        block=renumbered(structure.portfolio),
    )
    notes += _repeated(design, rows, request)
    fit = _fit(data, weight, request.covariance, regressors)
    shuffled = shuffle_dates(
        data, regressors.names, regressors.n_absorbed, draws=design.draws, seed=design.seed
    )
    few = [
        name
        for name, df in list(zip(regressors.names, fit.df, strict=True))[regressors.n_absorbed :]
        if request.covariance == "date" and df < FEW_DEGREES
    ]
    notes += fit.notes
    if few:
        notes.append(
            f"few dates bear on {listed(few)}, whose t law has fewer than {FEW_DEGREES:g} degrees "
            "of freedom: go by the permutation p"
        )
    notes += shuffled.notes
    frame = _frame(request, regressors, fit, [*regressors.notes, *notes])
    return frame.assign(
        n_pairs=len(rows),
        n_events=len(np.unique(design.event[rows])),
        n_dates=int(data.date.max()) + 1,
        pvalue_permutation=shuffled.pvalue[regressors.n_absorbed :],
        model=design.table.fit.model,
    )[list(COLUMNS)]


def _in_time(unit: IntArray, day: IntArray) -> IntArray:
    """Number units by their earliest day."""
    number = renumbered(unit)
    first = np.full(int(number.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, number, day)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[number]


def _repeated(design: Design, rows: IntArray, request: CrossSection) -> list[str]:
    places = np.column_stack([design.table.security[rows], design.table.day0[rows]])
    number = len(rows) - len(np.unique(places, axis=0))
    if not number:
        return []
    by_date = request.covariance in ("date", "event", "two_way")
    return [
        f"{counted(number, 'pair')} share market and day 0 with another and repeat its CAR"
        + ("" if by_date else '; covariance = "date" takes them together')
    ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fit:
    """Coefficients ``(k,)``, their errors, the degrees of freedom of the t law of each.

    `n_clusters` is the smaller number of clusters, NaN without any.
    """

    params: FloatArray
    std_error: FloatArray
    df: FloatArray
    n_clusters: float
    r_squared: float
    notes: list[str]


def _fit(data: Rows, weight: FloatArray | None, covariance: str, regressors: Regressors) -> _Fit:
    import statsmodels.api as sm

    x, y = data.x, data.y
    model = sm.OLS(y, x) if weight is None else sm.WLS(y, x, weights=weight)
    plain = model.fit()
    words = ("event", "market") if covariance == "two_way" else (covariance,)
    cluster = {"event": data.date, "date": data.block, "market": data.security}
    clusters = [cluster[word] for word in words if word in cluster]
    df = np.full(x.shape[1], float(plain.df_resid))
    n_clusters = np.nan
    notes: list[str] = []
    if not clusters:
        chosen = plain if covariance == "classical" else plain.get_robustcov_results("HC1")
        std_error = np.asarray(chosen.bse, dtype=np.float64)
    else:
        sizes = [len(np.unique(cluster)) for cluster in clusters]
        alone = [_NOUNS[word] for word, size in zip(words, sizes, strict=True) if size < 2]
        if alone:
            raise NotApplicableError(
                f'cross_section.covariance = "{covariance}" needs two {alone[0]}s or more'
                + (" whose windows do not overlap" if covariance == "date" else "")
                + '; choose "robust"',
                key="cross_section.covariance",
            )
        n_clusters = float(min(sizes))
        df[:] = n_clusters - 1.0
        notes += _few(words, sizes)
        if covariance == "date":
            residuals = np.asarray(y - x @ plain.params) * data.root
            reduced = bias_reduced(x * data.root[:, None], residuals, clusters[0])
            std_error, df = reduced.std_error, reduced.df
        elif len(clusters) == 1:
            groups = renumbered(clusters[0])
            robust = plain.get_robustcov_results("cluster", groups=groups)
            std_error = np.asarray(robust.bse, dtype=np.float64)
        else:
            std_error = _two_way(y, x, weight, *clusters)
    without = ~np.isfinite(std_error)
    without[: regressors.n_absorbed] = False
    if without.any():
        of = [name for name, lost in zip(regressors.names, without, strict=True) if lost]
        notes.append(_not_tested(of, covariance))
    return _Fit(
        params=np.asarray(plain.params, dtype=np.float64),
        std_error=std_error,
        df=df,
        n_clusters=n_clusters,
        r_squared=float(plain.rsquared),
        notes=notes,
    )


def _not_tested(names: list[str], covariance: str) -> str:
    shown = listed([*names[:3], "others"] if len(names) > 4 else names)
    if covariance == "two_way":
        return f'the two-way covariance of {shown} is not positive: no test; choose "date"'
    why = f"no test of {shown}: one date alone bears on it or on its base level"
    if any(name.endswith("]") for name in names):
        why += "; C(column, contr.treatment('level')) names another base level"
    return why


def _few(words: tuple[str, ...], sizes: list[int]) -> list[str]:
    """Say which way errors err where clusters are few; those by date are corrected for it."""
    few = [
        counted(size, _NOUNS[word])
        for word, size in zip(words, sizes, strict=True)
        if size < FEW_CLUSTERS and word != "date"
    ]
    if not few:
        return []
    if len(words) > 1:
        return [
            f"few clusters ({', '.join(few)}): two-way tests with so few are too cautious (with 4 "
            "markets they rejected a true null in 0 to 4 % of simulations where 5 % was meant); "
            'choose "date"'
        ]
    return [f"few clusters ({', '.join(few)}): standard errors tend to be too small"]


def _two_way(
    y: FloatArray, x: FloatArray, weight: FloatArray | None, date: IntArray, market: IntArray
) -> FloatArray:
    """Standard errors clustered by date and by market; NaN where the variance is not positive."""
    try:
        from linearmodels.iv import IV2SLS
    except ImportError:
        raise NotApplicableError(
            'cross_section.covariance = "two_way" needs linearmodels; '
            'pip install "market-reaction[panel]", or choose "date", "market" or "robust"',
            key="cross_section.covariance",
        ) from None
    model = IV2SLS(y, x, None, None, weights=weight)
    fitted = model.fit(
        cov_type="clustered", clusters=np.column_stack([date, market]), debiased=True
    )
    variance = np.diag(np.asarray(fitted.cov, dtype=np.float64))
    return np.sqrt(np.where(variance > 0, variance, np.nan))


def _frame(
    request: CrossSection, regressors: Regressors, fit: _Fit, notes: list[str]
) -> pd.DataFrame:
    shown = slice(regressors.n_absorbed, None)
    params, std_error, df = fit.params[shown], fit.std_error[shown], fit.df[shown]
    statistic = params / std_error
    reach = interval_reach(std_error, df)
    formula = request.formula
    return pd.DataFrame(
        {
            "window_start": request.window.start,
            "window_end": request.window.end,
            "term": regressors.names[shown],
            "estimate": params,
            "std_error": std_error,
            "statistic": statistic,
            "df": df,
            "pvalue": student_pvalue(statistic, df),
            "ci_low": params - reach,
            "ci_high": params + reach,
            "covariance": request.covariance,
            "r_squared": fit.r_squared,
            "note": "; ".join(notes),
            "n_clusters": fit.n_clusters,
            "weights": request.weights,
            "formula": formula.text if formula else f"car ~ {' + '.join(request.columns)}",
        }
    )
