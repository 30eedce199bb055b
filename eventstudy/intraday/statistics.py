"""Windows of minutes in the tests of daily studies: each window is a series of one value a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.estimation.abnormal import AbnormalReturns
from eventstudy.estimation.clusters import weekday_date
from eventstudy.estimation.groups import make_groups
from eventstudy.events.table import event_moment, event_rank
from eventstudy.exceptions import SpecificationError
from eventstudy.inference.dependence import ResidualDependence
from eventstudy.inference.design import Design
from eventstudy.inference.evaluate import COLUMNS, evaluate
from eventstudy.inference.placements import MIN_PLACEMENTS, PlaceboTable, session_lookup
from eventstudy.inference.pvalues import rank_pvalue
from eventstudy.models.base import ModelFit
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy._typing import DateArray, FloatArray, IntArray
    from eventstudy.estimation.groups import Group
    from eventstudy.events.table import Events
    from eventstudy.intraday.estimation import WindowSum
    from eventstudy.intraday.placement import Pair
    from eventstudy.intraday.specification import IntradaySpecification

_DAY0 = Window(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WindowOutcome:
    """One window of one day of a series.

    Attributes
    ----------
    row, session : which series, and which of its sessions
    total : the sum over the window; None where it has no abnormal return
    level : volatility known before it, over that of the estimation days
    """

    row: int
    session: int
    total: WindowSum | None
    level: float

    @property
    def z(self) -> float:
        """CAR over the volatility known before the window; NaN where either is missing."""
        return np.nan if self.total is None else self.total.car / (self.total.sigma * self.level)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WindowData:
    """One window of every pair, and of every day of every series it may be moved to.

    Attributes
    ----------
    observed, drawn : outcomes of the pairs ``(P,)``, and of every day of every series
    sessions : labels of the sessions of every series
    days : estimation days of every session of every series, as numbers of its sessions
    length : most of them
    labels : the days that labels of pairs stand for, where they are none themselves
    bar_days : by series the number of the day on which its first bar of estimation would lie,
        where residuals are those of bars; else empty
    """

    observed: Sequence[WindowOutcome]
    drawn: Sequence[WindowOutcome]
    sessions: Sequence[DateArray]
    days: Sequence[Mapping[int, IntArray]]
    length: int
    labels: Mapping[np.datetime64, np.datetime64] | None = None
    bar_days: Sequence[int] = ()


def pair_placebo(
    cells: Sequence[WindowOutcome], placebos: Sequence[WindowOutcome]
) -> tuple[FloatArray, IntArray]:
    """Rank each pair among the other days of its series.

    ``p = (1 + #{|z_d| >= |z|}) / (n + 1)`` over the ``n`` other days on which the same window of
    the clock can be estimated.

    Returns
    -------
    p-values ``(P,)``, NaN where fewer than 20 days are there, and ``n`` ``(P,)``.
    """
    by_row: dict[int, list[tuple[int, float]]] = {}
    for cell in placebos:
        if np.isfinite(cell.z):
            by_row.setdefault(cell.row, []).append((cell.session, abs(cell.z)))
    pvalues, numbers = [], []
    for cell in cells:
        others = np.array([z for s, z in by_row.get(cell.row, []) if s != cell.session])
        numbers.append(len(others))
        is_enough = len(others) >= MIN_PLACEMENTS
        pvalues.append(float(rank_pvalue(abs(cell.z), others)) if is_enough else np.nan)
    return np.array(pvalues, dtype=np.float64), np.array(numbers, dtype=np.int64)


def evaluate_windows(
    study: IntradaySpecification,
    events: Events,
    pairs: Sequence[Pair],
    windows: Sequence[WindowData],
    *,
    starts: DateArray,
) -> pd.DataFrame:
    """Test every group in every window; the columns of ``statistics.csv``, windows in minutes.

    Parameters
    ----------
    windows
        Data of each of the study's windows.
    starts
        When bar 0 of every pair begins, UTC, ``(P,)``.
    """
    labels = grouping_labels(events, pairs)
    groups = make_groups(labels, study.by)
    sign = _signs(study, events, pairs)
    rows = np.array([pair.event for pair in pairs], dtype=np.int64)
    rank, moment = event_rank(events)[rows], event_moment(events)[rows]
    parts = []
    for window, data in zip(study.windows, windows, strict=True):
        design = _design(study, data, sign, rank, moment, starts)
        tests = evaluate(design, groups, [(_DAY0, "car")], study.statistics)
        if data.labels is not None:
            tests = _with_days(tests, design, groups, data.labels)
        parts.append(tests.assign(window_start=window[0], window_end=window[1]))
    frame = pd.concat(parts, ignore_index=True)[list(COLUMNS)]
    order = {group.label: at for at, group in enumerate(groups)}
    return (
        frame.assign(_order=frame["group"].map(order))
        .sort_values("_order", kind="stable", ignore_index=True)
        .drop(columns="_order")
    )


def _with_days(
    tests: pd.DataFrame,
    design: Design,
    groups: Sequence[Group],
    labels: Mapping[np.datetime64, np.datetime64],
) -> pd.DataFrame:
    """Return tests on labels of their own with the days these stand for.

    Earlier windows of one day are no rough times of it, so that there is no size in these.
    """
    day = np.array([labels[label] for label in design.date])
    is_there = np.isfinite(design.table.abnormal[:, 0]) & (design.sign != 0)
    number = {
        group.label: len(np.unique(day[group.pairs[is_there[group.pairs]]])) for group in groups
    }
    days = {str(label): str(own) for label, own in labels.items()}
    rough = [name for name in tests.columns if str(name).startswith("size_rough")]
    return tests.assign(
        n_days=[number[label] for label in tests["group"]],
        influential_date=[days.get(label, label) for label in tests["influential_date"]],
        **dict.fromkeys(map(str, rough), np.nan),
    )


def grouping_labels(events: Events, pairs: Sequence[Pair]) -> pd.DataFrame:
    """Return the columns pairs can be grouped by: the event's own, and ``security``."""
    rows = [pair.event for pair in pairs]
    frame = events.frame.drop(columns=["markets"]).iloc[rows].reset_index(drop=True)
    return frame.assign(security=np.array([pair.security for pair in pairs], dtype=object))


def _signs(study: IntradaySpecification, events: Events, pairs: Sequence[Pair]) -> FloatArray:
    if study.sign == "none":
        return np.ones(len(pairs))
    if "expected_sign" not in events.frame.columns:
        raise SpecificationError(
            f'sign="expected" needs a column expected_sign in {events.name}'
        ).at(key="sign")
    value = {"+": 1.0, "-": -1.0}
    signs = [value.get(sign, 0.0) for sign in events.frame["expected_sign"]]
    return np.array([signs[pair.event] for pair in pairs])


def _design(
    study: IntradaySpecification,
    data: WindowData,
    sign: FloatArray,
    rank: IntArray,
    moment: IntArray,
    starts: DateArray,
) -> Design:
    width = max(len(dates_of_series) for dates_of_series in data.sessions)
    dates = np.full((len(data.sessions), width), np.datetime64("NaT", "D"), dtype="M8[D]")
    for row, dates_of_series in enumerate(data.sessions):
        dates[row, : len(dates_of_series)] = dates_of_series
    placebo = [outcome for outcome in data.drawn if np.isfinite(outcome.z)] if study.draws else []
    table, of_pairs = _table(data.observed, dates, data)
    positions, of_placebos = _table(placebo, dates, data)
    index = np.full((1, *dates.shape), -1, dtype=np.int64)
    index[0, positions.security, positions.day0] = np.arange(len(placebo))
    lookup, first = _own_weekdays(dates)
    date = dates[table.security, table.day0]
    return Design(
        table=table,
        dependence=of_pairs,
        event=rank,
        moment=moment,
        sign=sign,
        slot=starts,
        date=date,
        begin=date,
        placebo=PlaceboTable(
            table=positions,
            widths=np.zeros(1, dtype=np.int64),
            index=index,
            on_or_after=lookup,
            first_weekday=first,
            last_row=(~np.isnat(dates)).sum(axis=1) - 1,
        ),
        placebo_dependence=of_placebos,
        simple=False,
        draws=study.draws,
        seed=study.seed,
        alternative=study.alternative,
    )


def _own_weekdays(dates: DateArray) -> tuple[IntArray, int]:
    """Session of each weekday, -1 where there is none: a holiday is no day to move to.

    A daily study takes the next session then; here the day after a holiday would count twice.
    """
    lookup, first = session_lookup(dates)
    weekdays = weekday_date(first + np.arange(lookup.shape[1]))
    for row, columns in enumerate(lookup):
        is_own = (columns >= 0) & (dates[row, np.maximum(columns, 0)] == weekdays)
        lookup[row] = np.where(is_own, columns, -1)
    return lookup, first


def _table(
    outcomes: Sequence[WindowOutcome], dates: DateArray, data: WindowData
) -> tuple[AbnormalReturns, ResidualDependence]:
    """One value a day as the abnormal return of a single session, and what derives from it.

    The estimation window is that of the constant mean: ``M`` days, residuals of the window's own
    sum, ``V = s^2 (1 + 1/M)``.
    """
    n = len(outcomes)
    row = np.array([outcome.row for outcome in outcomes], dtype=np.int64)
    session = np.array([outcome.session for outcome in outcomes], dtype=np.int64)
    missing = np.full(n, np.nan)
    value = {
        name: missing.copy() for name in ("returns", "normal", "car", "std_error", "sigma", "df")
    }
    n_days = np.zeros(n, dtype=np.int64)
    residuals = np.full((n, data.length), np.nan)
    when = np.full((n, data.length), np.datetime64("NaT", "D"), dtype="M8[D]")
    level = np.array([outcome.level for outcome in outcomes], dtype=np.float64)
    for at, outcome in enumerate(outcomes):
        if outcome.total is None:
            continue
        for name, values in value.items():
            values[at] = getattr(outcome.total, name)
        n_days[at] = outcome.total.n_days
        own_days = data.days[outcome.row][outcome.session]
        residuals[at, : len(own_days)] = outcome.total.residuals
        when[at, : len(own_days)] = dates[outcome.row, own_days]
    sigma, variance = value["sigma"], value["std_error"][:, None] ** 2
    fit = ModelFit(
        model="clock_time",
        intercept=value["normal"],
        slopes=np.empty((n, 0)),
        n_obs=n_days,
        n_parameters=1,
        df=value["df"],
        sigma=sigma,
        r_squared=missing,
        mean_weight=1.0 / np.maximum(n_days, 1),
        x_mean=np.empty((n, 0)),
        x_precision=np.empty((n, 0, 0)),
        coefficients=value["normal"][:, None],
        coefficient_names=("alpha",),
        failed=~(sigma > 0),
    )
    table = AbnormalReturns(
        security=row,
        day0=session,
        extension=np.zeros(n, dtype=np.int64),
        event=_DAY0,
        taus=_DAY0.taus,
        dates=dates[row, session][:, None] if n else np.empty((0, 1), dtype="M8[D]"),
        returns=value["returns"][:, None],
        normal=value["normal"][:, None],
        abnormal=value["car"][:, None],
        factors=np.empty((n, 1, 0)),
        std_error=value["std_error"][:, None],
        standardized=(value["car"] / value["std_error"])[:, None],
        residuals=residuals,
        volatility=(sigma * level)[:, None],
        fit=fit,
        covariance=variance,
    )
    if data.bar_days:
        return table, _of_bars(outcomes, data.bar_days)
    return table, ResidualDependence(when, residuals)


def _of_bars(outcomes: Sequence[WindowOutcome], bar_days: Sequence[int]) -> ResidualDependence:
    """Residuals of the bars of a day, paired by the time they begin, each bar a day."""
    most = max((len(o.total.bar_residuals) for o in outcomes if o.total is not None
                and o.total.bar_residuals is not None), default=1)  # fmt: skip
    residuals = np.full((len(outcomes), most), np.nan)
    when = np.full(residuals.shape, np.datetime64("NaT", "D"), dtype="M8[D]")
    for at, outcome in enumerate(outcomes):
        total = outcome.total
        if total is None or total.bar_residuals is None or total.bar_places is None:
            continue
        own = len(total.bar_residuals)
        residuals[at, :own] = total.bar_residuals
        when[at, :own] = (bar_days[outcome.row] - total.bar_places).astype("M8[D]")
    return ResidualDependence(when, residuals)
