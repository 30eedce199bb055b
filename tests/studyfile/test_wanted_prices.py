"""What a study needs of its prices."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pandas as pd

from eventstudy import ConstantMean, EventStudy, MarketModel
from eventstudy.events.table import Events
from eventstudy.studyfile.wanted_prices import named_markets, wanted_prices

STUDY = EventStudy(
    markets=("N225", "HSI"), model=ConstantMean(), beside=MarketModel("SPX"), min_obs=60,
    estimation_window=(-120, -21),
)  # fmt: skip


def events(**columns):
    frame = {"event_id": ["a", "b"], "date": ["2024-03-01", "2024-05-02"], **columns}
    return Events.from_frame(pd.DataFrame(frame))


def test_markets_and_the_factors_of_both_models_are_named_by_their_keys():
    assert named_markets(STUDY) == (
        ("markets", ("N225", "HSI")),
        ("model.factors", ()),
        ("model.beside.benchmark", ("SPX",)),
    )


def test_dates_are_those_of_all_events_and_sessions_those_before():
    table = events()
    request = wanted_prices(STUDY, table, table, ["DJI"], dt.date(2024, 6, 1))
    assert (request.first, request.last) == (dt.date(2024, 3, 1), dt.date(2024, 5, 2))
    assert (request.until, request.sessions) == (dt.date(2024, 6, 1), 120)
    assert ("curve.benchmarks", "DJI") in request.names


def test_markets_of_the_selected_events_are_wanted():
    study = dataclasses.replace(STUDY, markets="events", beside=None)
    table = events(markets=["N225", "TWII"])
    selected = table.take(table.frame["event_id"].to_numpy() == "b")
    assert ("events", "TWII") in wanted_prices(study, selected, table).names
    assert ("events", "N225") not in wanted_prices(study, selected, table).names
