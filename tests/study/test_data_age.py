from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest
from frames import record_of

from eventstudy.study.data_age import data_age, last_sessions

TODAY = dt.date(2026, 11, 30)


def study(source="bundled", newest="2026-08-20", last="2026-08-21", other="2026-08-21"):
    record = record_of(4)
    names = list(dict.fromkeys(record.models["security"]))
    index = pd.DatetimeIndex(["2026-08-01", min(last, other), max(last, other)], name="date")
    prices = pd.DataFrame({name: [1.0, 1.0, 1.0] for name in names}, index=index)
    for name, end in zip(names, [last, *[other] * len(names)], strict=False):
        prices.loc[prices.index > end, name] = None
    events = record.events.assign(date=pd.Timestamp("2026-01-05"))
    events.loc[events.index[-1], "date"] = pd.Timestamp(newest)
    manifest = dict(record.manifest)
    manifest["study"] = dict(manifest["study"]) | {"prices": {"source": source}}
    return replace(record, prices=prices, events=events, manifest=manifest), names


def test_old_prices_near_the_newest_event_are_said():
    record, names = study(last="2026-07-31")
    said = data_age(record, TODAY)
    assert said.startswith(
        f"Prices of {record.labels.get(names[0], names[0])} end on 2026-07-31 (122 days ago)"
    )
    assert "the newest event is of 2026-08-20" in said
    assert said.endswith("eventstudy data update brings a copy of them to date.")
    assert last_sessions(record)[names[0]] == dt.date(2026, 7, 31)
    assert "run it again" in data_age(study("yahoo", last="2026-07-31")[0], TODAY)


@pytest.mark.parametrize(
    ("options", "today"),
    [
        ({"source": "files"}, TODAY),  # a file of one's own is as long as it is
        ({"newest": "2026-03-01"}, TODAY),  # the prices reach far behind the last event
        ({}, dt.date(2026, 8, 28)),  # not old
    ],
)
def test_where_it_changes_nothing_nothing_is_said(options, today):
    assert data_age(study(**options)[0], today) == ""
