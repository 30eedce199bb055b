"""What a study needs of its prices: the markets it names, and from when to when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.events.identity import names_given
from eventstudy.study.study_markets import EVENTS
from eventstudy.studyfile.keys import BESIDE_TABLE
from eventstudy.studyfile.price_source import PriceRequest

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from eventstudy.events.table import Events
    from eventstudy.prices.securities import Securities
    from eventstudy.study.specification import Specification


def named_markets(study: Specification) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the keys that name markets or columns, each with its names."""
    named = [("markets", () if study.markets == EVENTS else tuple(study.markets))]
    for table, model in (("model", study.model), (BESIDE_TABLE, study.beside)):
        if model is not None:
            named.append((f"{table}.{model.factors_key}", tuple(model.factors)))
    return tuple(named)


def wanted_prices(
    study: Specification,
    selected: Events,
    events: Events,
    benchmarks: Iterable[str] = (),
    until: dt.date | None = None,
    known: Securities | None = None,
) -> PriceRequest:
    """Return what a study needs of its prices.

    Parameters
    ----------
    selected, events
        Those the study asks for, whose markets are wanted with ``markets = "events"``; and all,
        whose dates are.
    benchmarks
        Of a specification curve.
    until
        Date to which prices are wanted, if after the last event's.
    known
        What is known of the securities, which may have benchmarks of their own.
    """
    names = [(key, name) for key, group in named_markets(study) for name in group]
    markets = study.markets
    if markets == EVENTS:
        markets = names_given(selected)
        names += [("events", name) for name in markets]
    names += [("curve.benchmarks", name) for name in benchmarks]
    if known is not None:
        names += [("securities.benchmark", name) for name in known.benchmarks_of(markets)]
    dates = events.frame["date"].to_numpy().astype("datetime64[D]")
    dates = dates[~np.isnat(dates)]
    first, last = (dates.min().item(), dates.max().item()) if len(dates) else (None, None)
    return PriceRequest(
        names=tuple(names),
        declared=study.declared,
        kind=study.kind,
        calendar=study.calendar,
        first=first,
        last=last,
        until=until,
        sessions=max(0, -min(study.estimation_window.start, study.event_window.start)),
    )
