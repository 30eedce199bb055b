"""Random studies of the oracle, and the same studies put to the package by its public door."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import oracle_cases
import oracle_statistics
import pandas as pd
from oracle import Case

from eventstudy import (
    ConstantMean,
    Events,
    EventStudy,
    FactorModel,
    MarketAdjusted,
    MarketModel,
    PricePanel,
)

MODEL = {
    "constant_mean": lambda factors: ConstantMean(),
    "market_adjusted": lambda factors: MarketAdjusted(benchmark=factors[0]),
    "market_model": lambda factors: MarketModel(benchmark=factors[0]),
    "factor": lambda factors: FactorModel(factors=tuple(factors)),
}


def of_the_date(daily: pd.Series, sessions: pd.DatetimeIndex) -> pd.Series:
    """Return of `daily` on each date: 0 where it has no session, NaN where that is missing."""
    return pd.Series([daily.get(date, 0.0) for date in sessions], index=sessions)


def random_study(seed: int, **settings) -> tuple[Case, dict[str, pd.Series]]:
    """Return a random case whose factors are the same for every security, and those factors.

    The public door knows one benchmark and dates of events, not of pairs. So the factors of a
    security are the daily ones of its own dates, and its day 0 is its first session on or
    after the event's date; own holidays still make the markets differ.
    """
    rng = np.random.default_rng(seed)
    case = oracle_cases.random_case(rng, only_kept=False, **settings)
    daily: dict[str, pd.Series] = {}
    factors = case.factors
    if factors is not None:
        names = list(next(iter(factors.values())).columns)
        for name in names:
            column = pd.concat([table[name] for table in factors.values()])
            daily[name] = column.groupby(level=0).mean()
            daily[name].iloc[rng.integers(0, len(daily[name]), 4)] = np.nan
        factors = {
            security: pd.DataFrame({name: of_the_date(daily[name], table.index) for name in names})
            for security, table in factors.items()
        }
    first: dict[str, pd.Timestamp] = {}
    for event, _, day0 in case.pairs:
        first[event] = min(first.get(event, day0), day0)
    order = {event: at for at, event in enumerate(sorted(first, key=lambda e: (first[e], e)))}
    pairs = []
    for event, security, _ in sorted(case.pairs, key=lambda p: (order[p[0]], p[1])):
        sessions = case.returns[security].index
        at = int(sessions.searchsorted(first[event]))
        if at < len(sessions):
            pairs.append((f"E{order[event]:02d}", security, sessions[at]))
    mask = None if case.mask is None else mask_of(case, pairs)
    return replace(case, pairs=pairs, factors=factors, mask=mask), daily


def mask_of(case: Case, pairs: list[tuple[str, str, pd.Timestamp]]) -> dict[str, list[int]]:
    """Rows of every event window, by security."""
    barred: dict[str, set[int]] = {name: set() for name in case.returns}
    for _, security, day0 in pairs:
        sessions = case.returns[security].index
        at = sessions.get_loc(day0)
        barred[security] |= set(range(at + case.event[0], at + case.event[1] + 1))
    return {
        name: sorted(row for row in rows if 0 <= row < len(case.returns[name]))
        for name, rows in barred.items()
    }


def events_of(case: Case, **columns) -> Events:
    """Return the events of a case: each with the earliest of its day 0s as its date."""
    frame = pd.DataFrame(case.pairs, columns=["event_id", "security", "date"])
    table = frame.groupby("event_id", sort=False).agg(
        date=("date", "min"), markets=("security", ";".join)
    )
    return Events.from_frame(table.reset_index().assign(**columns))


def panel_of(case: Case, daily: dict[str, pd.Series]) -> PricePanel:
    """Return the returns of a case; columns with holidays of their own keep them."""
    columns = {**case.returns, **daily}
    indexes = {tuple(series.index) for series in columns.values()}
    if len(indexes) == 1:
        return PricePanel.from_frame(pd.DataFrame(columns), content="returns")
    return PricePanel(
        names=tuple(columns),
        dates=tuple(series.index.to_numpy().astype("M8[D]") for series in columns.values()),
        values=tuple(series.to_numpy() for series in columns.values()),
        content="returns",
    )


def study_of(case: Case, daily: dict[str, pd.Series], **settings) -> EventStudy:
    """Return the specification of a case."""
    given = {
        "markets": tuple(case.returns),
        "model": MODEL[case.model](list(daily)),
        "estimation_window": case.estimation,
        "event_window": case.event,
        "car_windows": [(0, 0), (-1, 1), case.event],
        "statistics": oracle_statistics.STATISTICS,
        "calendar": "data",
        "date_only": "same",
        "min_obs": case.min_obs,
        "max_loss": 1.0,
        "mask_events": case.mask is not None,
        "draws": 0,
    }
    return EventStudy(**(given | settings))


def fitted(case: Case, daily: dict[str, pd.Series], **settings):
    """Return the results of the package for a case."""
    return study_of(case, daily, **settings).fit(events_of(case), panel_of(case, daily))
