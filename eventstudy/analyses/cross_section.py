"""Cross-sectional regression of CARs on columns of the events table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.analyses.event_dummies import COLLINEAR
from eventstudy.analyses.requests import CrossSection, column_of_term
from eventstudy.estimation.abnormal import cumulate
from eventstudy.estimation.groups import MIXED
from eventstudy.exceptions import NotApplicableError, SpecificationError
from eventstudy.inference.design import pair_structure
from eventstudy.inference.pvalues import interval_reach, student_pvalue
from eventstudy.registry import unknown
from eventstudy.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.inference.design import Design


COLUMNS = (
    "window_start", "window_end", "term", "estimate", "std_error", "statistic", "df", "pvalue",
    "ci_low", "ci_high", "covariance", "n_pairs", "n_events", "r_squared", "note",
)  # fmt: skip
FEW_CLUSTERS = 10
"""With fewer clusters than this the note says that clustered errors are too small."""

_CONSTANT = "constant"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Regressors:
    """Columns of the regression: names, values ``(P, k)`` and notes for the reader.

    `owners` names the event column of each dummy of a level; empty for other columns.
    """

    names: list[str]
    owners: list[str]
    values: FloatArray
    missing: BoolArray
    notes: list[str]


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
        Columns, window, covariance and weights.
    simple
        Whether returns are simple.

    Returns
    -------
    One row a coefficient: window_start, window_end, term, estimate (decimal return a unit of the
    column, or beside the base level), std_error, statistic, df, pvalue, ci_low, ci_high (95 %),
    covariance, n_pairs, n_events, r_squared, note. With clusters, p-values and intervals are those
    of ``t(G - 1)``, ``G`` the smaller number of clusters, and each covariance is multiplied by
    ``G/(G-1) (n-1)/(n-k)``; else of ``t(n - k)``. The note counts pairs left out.

    Raises
    ------
    SpecificationError
        An unknown column; one that is constant, or collinear with those before it.
    NotApplicableError
        Too few pairs, or two-way clusters without the package that makes them.

    Notes
    -----
    A column is a number if every value in it reads as one, else categories, each beside the first
    level in order of their names. Two events that share market and day 0 have the same CAR, which
    no clustering by event sees: the note counts such pairs, and ``"date"``, the date portfolios
    of `portfolio_t`, takes them together. Cameron, Gelbach and Miller (2011).
    """
    total = cumulate(design.table, request.window, simple=simple)
    regressors = _regressors(labels, request.columns)
    without_car = ~np.isfinite(total.car)
    unsigned = design.sign == 0
    keep = ~(without_car | unsigned | regressors.missing)
    notes = [
        f"{counted(int(lost.sum()), 'pair')} left out: {why}"
        for lost, why in (
            (unsigned, "no expected sign"),
            (without_car & ~unsigned, "no abnormal return in the window"),
            (regressors.missing & ~without_car & ~unsigned, "no value in one of the columns"),
        )
        if lost.any()
    ]
    rows = np.flatnonzero(keep)
    used = _without_absent_levels(regressors, rows)
    _check_rank(used, len(rows))
    y = total.car[rows] * design.sign[rows]
    weight = 1.0 / total.std_error[rows] ** 2 if request.weights == "precision" else None
    event, market = design.event[rows], design.table.security[rows]
    n_repeated = len(rows) - len(
        np.unique(np.column_stack([market, design.table.day0[rows]]), axis=0)
    )
    if n_repeated:
        notes.append(
            f"{counted(n_repeated, 'pair')} share market and day 0 with another and repeat its CAR"
            + ("" if request.covariance == "date" else '; covariance = "date" takes them together')
        )
    clusters = {"event": event, "market": market}
    if request.covariance == "date":
        clusters["date"] = pair_structure(design, rows, request.window).portfolio
    fit = _fit(y, used.values, weight, request.covariance, clusters)
    notes += fit.notes
    return _frame(request, used, fit, len(rows), len(np.unique(event)), notes)


def _regressors(labels: pd.DataFrame, columns: Sequence[str]) -> _Regressors:
    names, owners = [_CONSTANT], [""]
    values: list[FloatArray] = [np.ones(len(labels))]
    missing = np.zeros(len(labels), dtype=bool)
    for column in columns:
        name = column if column in labels.columns else column_of_term(column)
        if name not in labels.columns:
            key = "cross_section.columns"
            sentence = f"{key}: the events have no column {name!r}"
            raise unknown(sentence, name, [str(c) for c in labels.columns], key=key)
        cells = labels[name]
        text = cells.astype("object").where(cells.notna(), "").astype(str).str.strip()
        is_empty = (text == "").to_numpy()
        numbers = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64)
        without = is_empty | (text == MIXED).to_numpy()
        if name == column and not without.all() and np.isfinite(numbers[~without]).all():
            missing |= without
            names.append(name)
            owners.append("")
            values.append(np.where(without, 0.0, numbers))
            continue
        missing |= is_empty
        levels = sorted(set(text[~is_empty]))
        if not levels:
            raise SpecificationError(
                f"{name!r} is empty for every pair", key="cross_section.columns"
            )
        for level in levels:
            names.append(f"{name}[{level}]")
            owners.append(name)
            values.append(np.asarray(text == level, dtype=np.float64))
    return _Regressors(
        names=names, owners=owners, values=np.column_stack(values), missing=missing, notes=[]
    )


def _without_absent_levels(regressors: _Regressors, rows: IntArray) -> _Regressors:
    """Keep the levels some pair has, and make the first of each column its base."""
    keep, notes = [], []
    with_base: set[str] = set()
    for at, (name, owner) in enumerate(zip(regressors.names, regressors.owners, strict=True)):
        if not owner:
            keep.append(at)
            continue
        if not regressors.values[rows, at].any():
            continue
        if owner not in with_base:
            with_base.add(owner)
            notes.append(f"base level {name}")
            if (regressors.values[rows, at] == 1.0).all():
                raise SpecificationError(
                    f"every pair has {name}, so {owner!r} explains nothing",
                    key="cross_section.columns",
                )
            continue
        keep.append(at)
    return _Regressors(
        names=[regressors.names[at] for at in keep],
        owners=[regressors.owners[at] for at in keep],
        values=regressors.values[rows][:, keep],
        missing=regressors.missing[rows],
        notes=notes,
    )


def _check_rank(regressors: _Regressors, n: int) -> None:
    k = len(regressors.names)
    if n <= k:
        raise NotApplicableError(
            f"cross_section: {counted(n, 'pair')} cannot tell {counted(k, 'coefficient')} apart; "
            "name fewer columns"
        ).at(key="cross_section.columns")
    for at in range(1, k):
        before, column = regressors.values[:, :at], regressors.values[:, at]
        if np.ptp(column) == 0:
            raise SpecificationError(
                f"{regressors.names[at]!r} has one value only, so it explains nothing",
                key="cross_section.columns",
            )
        scale = np.linalg.norm(before, axis=0)
        weights, *_ = np.linalg.lstsq(before / scale, column, rcond=None)
        left = column - before / scale @ weights
        if np.linalg.norm(left) <= COLLINEAR * np.linalg.norm(column - column.mean()):
            share = np.abs(weights) > 1e-6 * np.linalg.norm(column)
            of = [
                regressors.names[j]
                for j in np.flatnonzero(share)
                if regressors.names[j] != _CONSTANT
            ]
            raise SpecificationError(
                f"{regressors.names[at]} is collinear with "
                f"{', '.join(of) or 'the constant'}; leave one of them out",
                key="cross_section.columns",
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fit:
    """Coefficients and their covariance; `df` of the t law their tests use."""

    params: FloatArray
    std_error: FloatArray
    df: float
    r_squared: float
    notes: list[str]


def _fit(
    y: FloatArray,
    x: FloatArray,
    weight: FloatArray | None,
    covariance: str,
    cluster: dict[str, IntArray],
) -> _Fit:
    import statsmodels.api as sm

    model = sm.OLS(y, x) if weight is None else sm.WLS(y, x, weights=weight)
    plain = model.fit()
    words = ("event", "market") if covariance == "two_way" else (covariance,)
    clusters = [cluster[word] for word in words if word in cluster]
    df = float(plain.df_resid)
    notes: list[str] = []
    if not clusters:
        chosen = plain if covariance == "classical" else plain.get_robustcov_results("HC1")
        std_error = np.asarray(chosen.bse, dtype=np.float64)
    else:
        sizes = [len(np.unique(cluster)) for cluster in clusters]
        alone = [word for word, size in zip(words, sizes, strict=True) if size < 2]
        if alone:
            raise NotApplicableError(
                f'cross_section.covariance = "{covariance}" needs two {alone[0]}s or more; '
                'choose "robust"',
                key="cross_section.covariance",
            )
        df = min(sizes) - 1.0
        few_clusters = [
            f"{size} {word}s" for word, size in zip(words, sizes, strict=True)
            if size < FEW_CLUSTERS
        ]  # fmt: skip
        if few_clusters:
            notes.append(
                f"few clusters ({', '.join(few_clusters)}): standard errors tend to be too small"
            )
        if len(clusters) == 1:
            _, groups = np.unique(clusters[0], return_inverse=True)
            robust = plain.get_robustcov_results("cluster", groups=groups.reshape(-1))
            std_error = np.asarray(robust.bse, dtype=np.float64)
        else:
            std_error = _two_way(y, x, weight, *clusters)
    if not np.isfinite(std_error).all():
        notes.append(
            "the two-way covariance is not positive for every term, whose test is not available; "
            'choose "event" or "market"'
        )
    return _Fit(
        params=np.asarray(plain.params, dtype=np.float64),
        std_error=std_error,
        df=df,
        r_squared=float(plain.rsquared),
        notes=notes,
    )


def _two_way(
    y: FloatArray, x: FloatArray, weight: FloatArray | None, event: IntArray, market: IntArray
) -> FloatArray:
    """Standard errors clustered by event and by market; NaN where the variance is not positive."""
    try:
        from linearmodels.iv import IV2SLS
    except ImportError:
        raise NotApplicableError(
            'cross_section.covariance = "two_way" needs linearmodels; '
            'pip install "market-reaction[panel]", or choose "event", "market" or "robust"',
            key="cross_section.covariance",
        ) from None
    model = IV2SLS(y, x, None, None, weights=weight)
    fitted = model.fit(
        cov_type="clustered", clusters=np.column_stack([event, market]), debiased=True
    )
    variance = np.diag(np.asarray(fitted.cov, dtype=np.float64))
    return np.sqrt(np.where(variance > 0, variance, np.nan))


def _frame(
    request: CrossSection,
    regressors: _Regressors,
    fit: _Fit,
    n: int,
    n_events: int,
    notes: list[str],
) -> pd.DataFrame:
    statistic = fit.params / fit.std_error
    reach = interval_reach(fit.std_error, fit.df)
    frame = pd.DataFrame(
        {
            "window_start": request.window.start,
            "window_end": request.window.end,
            "term": regressors.names,
            "estimate": fit.params,
            "std_error": fit.std_error,
            "statistic": statistic,
            "df": fit.df,
            "pvalue": student_pvalue(statistic, fit.df),
            "ci_low": fit.params - reach,
            "ci_high": fit.params + reach,
            "covariance": request.covariance,
            "n_pairs": n,
            "n_events": n_events,
            "r_squared": fit.r_squared,
            "note": "; ".join([*regressors.notes, *notes]),
        }
    )
    return frame[list(COLUMNS)]
