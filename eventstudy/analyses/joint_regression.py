"""Overlapping events separated by one regression: returns on dummies of group and event time.

``R_{m,t} = a_m + b_m'x_t + sum_c sum_tau g_{m,c,tau} D_{c,t-tau} + e``. Where the windows of two
kinds of news share sessions, an average of the pairs counts the same return twice; the regression
shares it out between them (Binder 1985; Karafiath 1988). News comes when markets are rough, so
that every session is divided by the volatility known before it, and every sum of coefficients is
ranked among those of shifted dates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy._typing import LEVEL
from eventstudy.analyses.event_dummies import Equation, Functional, car_of
from eventstudy.analyses.joint_markets import (
    JointData,
    Market,
    equation_of,
    known_volatility,
    make_market,
    shiftable,
)
from eventstudy.analyses.joint_placebo import Shifted, ShiftTest, shift_together
from eventstudy.exceptions import NotApplicableError
from eventstudy.inference.pvalues import student_pvalue
from eventstudy.kernels import newey_west_lags
from eventstudy.text import F_TEST, counted, unavailable
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from eventstudy._typing import (
        FloatArray,
        IntArray,
        JointCovariance,
        JointWeights,
    )
    from eventstudy.estimation.groups import Group

COLUMNS = (
    "group", "security", "window_start", "window_end", "n_events", "estimate", "std_error",
    "statistic", "df", "pvalue", "covariance", "note", "test", "df_denominator",
    "statistic_placebo", "pvalue_placebo", "n_dates", "n_draws", "size", "size_low", "size_high",
    "weights", "note_placebo",
)  # fmt: skip
HAC_EVENTS = 30
"""Fewest day 0s of a group for a HAC covariance: a dummy absorbs the residuals of its own days."""
TOGETHER = "all groups"
"""Group of the tests of all groups at once."""

# Beyond this many coefficients the system of all markets is not solved: 30 s and 1 GB.
_MOST_COLUMNS = 4_000
_SINGULAR = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Estimates:
    """Coefficients of the columns kept, their covariance and degrees of freedom."""

    beta: FloatArray
    covariance: FloatArray
    df: int


def joint_regression(
    data: JointData,
    groups: Sequence[Group],
    windows: Sequence[Window],
    *,
    covariance: JointCovariance = "classical",
    weights: JointWeights = "volatility",
    draws: int = 0,
    seed: int = 0,
) -> pd.DataFrame:
    """Estimate the CAR of every group in every market, all events at once.

    Parameters
    ----------
    data
        Returns, regressors and the sessions used.
    groups
        Groups of pairs, none of which is in two: a dummy each and event time.
    windows
        Windows inside the event window.
    covariance
        ``"classical"``; or ``"hac"``: Newey-West, lag ``floor(4 (T/100)^(2/9))``, for groups with
        `HAC_EVENTS` day 0s or more in a market, and classical for the others.
    weights
        ``"volatility"`` divides every session by the volatility known before it
        (`known_volatility`), which is weighted least squares; ``"equal"`` counts all alike.
    draws, seed
        Shifts the statistics are ranked among, 0 for none; see
        `eventstudy.analyses.joint_placebo.shift_together`.

    Returns
    -------
    One row a test: group, security (``all``: the markets together), window, n_events, estimate
    (decimal), std_error, statistic, df, pvalue, covariance, note, test, df_denominator,
    statistic_placebo, pvalue_placebo, n_dates, n_draws, size with size_low and size_high, weights,
    note_placebo. `test` is ``car`` (t of the CAR), ``sessions`` (F: every session of the window is
    zero), ``markets`` (F: the CAR is zero in every market) or ``groups`` (F: all CARs are zero at
    once). `size` is the share of shifts at which the classical test rejects at 5 %.

    Notes
    -----
    Per market least squares (statsmodels) of the rows as weighted; all markets together seemingly
    unrelated regressions (linearmodels) on the sessions that all of them have. F statistics there
    are the Wald statistic over its restrictions, with the least residual degrees of freedom of a
    market.

    Raises
    ------
    NotApplicableError
        More than one market, and linearmodels is not installed.
    """
    number = np.full(len(data.day0), -1, dtype=np.int64)
    for at, group in enumerate(groups):
        number[group.pairs] = at
    known = known_volatility(data) if weights == "volatility" else np.ones_like(data.returns)
    markets = [
        make_market(data, number, int(row), known[row])
        for row in np.unique(data.security[number >= 0])
    ]
    labels = [group.label for group in groups]
    events = [len(np.unique(data.event[group.pairs])) for group in groups]
    solve_system = _linearmodels() if len(markets) > 1 else None
    rows: list[dict[str, object]] = []
    for market in markets:
        rows += _market_rows(market, labels, windows, covariance)
    if solve_system is not None:
        rows += _system_rows(data, number, markets, labels, events, windows, solve_system)
    movable = [shiftable(data, market, windows) for market in markets]
    shifted = shift_together(movable, draws=draws, seed=seed)
    places = {market.name: place for place, market in enumerate(markets)}
    rows = [
        row | {"weights": weights} | _placebo_cells(row, shifted, places, labels) for row in rows
    ]
    order = {label: at for at, label in enumerate([*labels, TOGETHER])}
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    rank = frame["group"].map(order)
    frame = frame.iloc[np.argsort(rank.to_numpy(), kind="stable")].reset_index(drop=True)
    return frame.assign(note=frame["note"].astype(object))


# -- one market ---------------------------------------------------------------------------------


def _market_rows(
    market: Market, labels: Sequence[str], windows: Sequence[Window], covariance: JointCovariance
) -> Iterator[dict[str, object]]:
    equation, pairs = market.equation, market.pairs
    classical, robust, lag = _least_squares(equation, covariance)
    present = np.unique(pairs.group)
    for window in windows:
        cars = {int(group): car_of(equation, pairs, int(group), window) for group in present}
        for group, car in cars.items():
            days = pairs.days(group)
            solved, name, why = classical, "classical", ""
            if covariance == "hac" and days >= HAC_EVENTS:
                solved, name = robust, f"HAC({lag})"
            elif covariance == "hac":
                why = f"{days} day 0s, fewer than {HAC_EVENTS}: classical covariance"
            facts = {
                "group": labels[group],
                "security": market.name,
                "window_start": window.start,
                "window_end": window.end,
                "n_events": len(np.unique(pairs.event[pairs.group == group])),
                "covariance": name,
            }
            notes = [_identification_note(car, labels), why]
            # A CAR that its dummies do not determine has its own reason.
            if solved is None and (car.is_known or (car.missing and not car.mixed)):
                notes.append(unavailable("no degree of freedom is left beside the dummies"))
            yield facts | _t_row(car.weights[equation.kept], car.is_known, solved, notes)
            dummies = np.flatnonzero((car.weights != 0)[equation.kept])
            if len(dummies) > 1 and car.is_known:
                pick = np.eye(int(equation.kept.sum()))[dummies]
                yield facts | _f_row("sessions", pick, solved, "every session of the window is 0")
        weights = [car.weights[equation.kept] for car in cars.values() if car.is_known]
        if len(weights) > 1:
            yield {
                "group": TOGETHER,
                "security": market.name,
                "window_start": window.start,
                "window_end": window.end,
                "n_events": len(np.unique(pairs.event)),
                "covariance": "classical",
            } | _f_row("groups", np.array(weights), classical, "the CAR of every group is 0")


def _least_squares(
    equation: Equation, covariance: JointCovariance
) -> tuple[_Estimates | None, _Estimates | None, int]:
    """Ordinary least squares with its classical and, where asked for, its HAC covariance."""
    import statsmodels.api as sm

    if equation.df < 1:
        return None, None, 0
    fit = sm.OLS(equation.y, equation.design[:, equation.kept]).fit()
    classical = _Estimates(beta=fit.params, covariance=fit.cov_params(), df=equation.df)
    lag = int(newey_west_lags(len(equation.y)))
    if covariance == "classical":
        return classical, None, lag
    robust = fit.get_robustcov_results("HAC", maxlags=lag, use_correction=True, use_t=True)
    hac = _Estimates(beta=fit.params, covariance=robust.cov_params(), df=equation.df)
    return classical, hac, lag


# -- all markets --------------------------------------------------------------------------------


def _linearmodels() -> Any:  # noqa: ANN401 - it ships no types
    try:
        from linearmodels.system import SUR
    except ImportError:
        raise NotApplicableError(
            "the joint regression across markets needs linearmodels; "
            'pip install "market-reaction[panel]", or study one market'
        ) from None
    return SUR


def _system_rows(
    data: JointData,
    number: IntArray,
    markets: Sequence[Market],
    labels: Sequence[str],
    events: Sequence[int],
    windows: Sequence[Window],
    solver: Any,  # noqa: ANN401 - as above
) -> Iterator[dict[str, object]]:
    dates_of = [data.dates[market.row, market.columns] for market in markets]
    common = reduce(np.intersect1d, dates_of)
    joined = []
    for market, dates in zip(markets, dates_of, strict=True):
        columns = market.columns[np.isin(dates, common)]
        equation = equation_of(data, market.row, columns, market.pairs, market.volatility)
        joined.append(replace(market, columns=columns, equation=equation))
    solved, why = _seemingly_unrelated(joined, solver)
    ends = np.cumsum([int(market.equation.kept.sum()) for market in joined])

    def padded_weights(index: int, weights: FloatArray) -> FloatArray:
        """Weights of one market's coefficients as weights of all of them."""
        is_independent = joined[index].equation.kept
        padded = np.zeros(ends[-1])
        padded[ends[index] - int(is_independent.sum()) : ends[index]] = weights[is_independent]
        return padded

    lost = max(len(market.columns) for market in markets) - len(common)
    shared = f"on the {counted(len(common), 'session')} all markets have" if lost else ""
    for window in windows:
        facts: dict[str, object] = {
            "security": "all",
            "window_start": window.start,
            "window_end": window.end,
            "covariance": "classical",
        }
        all_weights: list[FloatArray] = []
        for group, label in enumerate(labels):
            cars = {
                index: car_of(market.equation, market.pairs, group, window)
                for index, market in enumerate(joined)
                if (market.pairs.group == group).any()
            }
            weights = [
                padded_weights(index, car.weights) for index, car in cars.items() if car.is_known
            ]
            all_weights += weights
            shown = {index: car for index, car in cars.items() if car.is_known or not weights}
            notes = _identification_notes(
                [joined[index].name for index in shown], shown.values(), labels
            )
            share_note = ""
            if weights and len(weights) < len(cars):
                share_note = (
                    f"mean of {len(weights)} of {len(cars)} markets, not available in the others"
                )
            group_facts = facts | {"group": label, "n_events": events[group]}
            mean = np.mean(weights, axis=0) if weights else np.zeros(ends[-1])
            yield group_facts | _t_row(
                mean, bool(weights), solved, [share_note, *notes, shared, why]
            )
            if len(weights) > 1:
                hypothesis = "the CAR is 0 in every market"
                yield group_facts | _f_row("markets", np.array(weights), solved, hypothesis)
        if len(labels) > 1 and len(all_weights) > 1:
            group_facts = facts | {
                "group": TOGETHER,
                "n_events": len(np.unique(data.event[number >= 0])),
            }
            hypothesis = "the CAR of every group is 0 in every market"
            yield group_facts | _f_row("groups", np.array(all_weights), solved, hypothesis)


def _seemingly_unrelated(markets: Sequence[Market], solver: Any) -> tuple[_Estimates | None, str]:  # noqa: ANN401
    """Estimate all equations as one system; without a solution, return None and the reason."""
    columns = sum(int(market.equation.kept.sum()) for market in markets)
    df = min(market.equation.df for market in markets)
    if columns > _MOST_COLUMNS:
        most = f"{columns:,} coefficients, more than {_MOST_COLUMNS:,}"
        remedy = "use a shorter event window or fewer groups or markets"
        return None, unavailable(f"{most}; {remedy}")
    if df < len(markets):
        return None, unavailable(
            f"{counted(len(markets), 'market')} and only "
            f"{counted(max(df, 0), 'degree')} of freedom on the sessions all markets have"
        )
    system = {
        market.name: {
            "dependent": market.equation.y[:, None],
            "exog": market.equation.design[:, market.equation.kept],
        }
        for market in markets
    }
    fit = solver(system).fit(cov_type="unadjusted", debiased=True)
    beta = np.asarray(fit.params, dtype=np.float64)
    return _Estimates(beta=beta, covariance=np.asarray(fit.cov, dtype=np.float64), df=df), ""


# -- rows ---------------------------------------------------------------------------------------


def _identification_note(car: Functional, labels: Sequence[str]) -> str:
    """Return a note: which groups the CAR cannot be separated from, and which sessions it lacks."""
    sentences = []
    names = ", ".join("the constant" if at < 0 else labels[at] for at in car.mixed)
    if car.mixed and car.is_known:
        sentences.append(f"holds {names} as well: their dummies are the same and were dropped")
    elif car.mixed:
        sentences.append(unavailable(f"dummies dropped, not to be told apart from {names}"))
    elif not car.is_known and not car.missing:
        sentences.append(unavailable("its own event times are not to be told apart"))
    if car.missing:
        sessions = ", ".join(f"{tau:+d}" if tau else "0" for tau in car.missing)
        sentences.append(f"no return at session {sessions}")
    return "; ".join(sentences)


def _identification_notes(
    names: Sequence[str], cars: Iterable[Functional], labels: Sequence[str]
) -> list[str]:
    """Return the notes of many markets: each sentence once, with the markets it is about."""
    markets_of: dict[str, list[str]] = {}
    for name, car in zip(names, cars, strict=True):
        markets_of.setdefault(_identification_note(car, labels), []).append(name)
    return [
        sentence if len(concerned) == len(names) else f"{', '.join(concerned)}: {sentence}"
        for sentence, concerned in markets_of.items()
        if sentence
    ]


def _t_row(
    weights: FloatArray, is_known: bool, solved: _Estimates | None, notes: Sequence[str]
) -> dict[str, object]:
    row: dict[str, object] = {"test": "car", "note": "; ".join(filter(None, notes))}
    if solved is None or not is_known:
        return row
    estimate = float(weights @ solved.beta)
    variance = float(weights @ solved.covariance @ weights)
    std_error = float(np.sqrt(max(variance, 0.0)))
    row |= {"estimate": estimate, "df": solved.df}
    if std_error > 0:
        statistic = estimate / std_error
        pvalue = float(student_pvalue(statistic, solved.df))
        row |= {"std_error": std_error, "statistic": statistic, "pvalue": pvalue}
    return row


def _f_row(
    test: str, contrast: FloatArray, solved: _Estimates | None, hypothesis: str
) -> dict[str, object]:
    """Wald statistic over its number of restrictions."""
    row: dict[str, object] = {"test": test, "note": f"{F_TEST}{hypothesis}"}
    if solved is None:
        return row
    from scipy.special import fdtrc

    value = contrast @ solved.beta
    spread = contrast @ solved.covariance @ contrast.T
    scale = np.sqrt(np.diag(spread))
    if not (scale > 0).all():
        return row | {"note": f"{row['note']}; {unavailable('no variance')}"}
    eigen, vector = np.linalg.eigh(spread / np.outer(scale, scale))
    if eigen[0] <= _SINGULAR:
        return row | {"note": f"{row['note']}; {unavailable('singular covariance')}"}
    q = len(value)
    statistic = float((((value / scale) @ vector) ** 2 / eigen).sum()) / q
    return row | {
        "statistic": statistic,
        "df": q,
        "df_denominator": solved.df,
        "pvalue": float(fdtrc(q, solved.df, statistic)),
    }


def _placebo_cells(
    row: dict[str, object], shifted: Shifted, places: dict[str, int], labels: Sequence[str]
) -> dict[str, object]:
    """Return what the shifts say of one row, or why they say nothing."""
    if shifted.reason:
        return {"note_placebo": unavailable(shifted.reason)}
    place = places.get(str(row["security"]))
    window = Window(int(str(row["window_start"])), int(str(row["window_end"])))
    test, group = row["test"], row["group"]
    number = labels.index(str(group)) if group in labels else -1
    names: dict[object, object] = {
        "car": (number, window),
        "sessions": ("sessions", number, window),
        "groups": ("groups", window),
    }
    found: ShiftTest | None = shifted.tests.get((place, names.get(test)))
    if found is None:
        if place is None and test != "car":
            return {"note_placebo": unavailable("F tests across markets are not ranked")}
        return {"note_placebo": unavailable("no shift has this statistic")}
    cells: dict[str, object] = {
        "statistic_placebo": found.statistic,
        "pvalue_placebo": found.pvalue,
        "n_draws": found.n_shifts,
    }
    notes = [f"all {found.n_shifts} shifts used"] if shifted.is_complete else []
    if test == "car":
        cells["n_dates"] = found.n_dates
        if found.n_dates == 1:
            notes.append("one date: its spread is that of the other event sessions")
    if place is None:
        notes.append("ranked: the mean of the markets' own regressions; no size of the system's t")
    elif row["covariance"] == "classical":
        cells |= {"size": found.size, "size_low": found.size_low, "size_high": found.size_high}
        if found.size_low > LEVEL:
            notes.append(f"classical test over-rejects: {found.size:.1%} of shifts at 5 %")
    return cells | {"note_placebo": "; ".join(notes)}
