"""The tables of the store: what an answer left out, and a file of an earlier release."""

from __future__ import annotations

import datetime as dt

import duckdb
import pandas as pd
import pytest
from stored_bars import bars_of

from eventstudy.prices.store.tables import LeftOut, has_table, uncovered

NOW = dt.datetime(2025, 10, 1, 3, tzinfo=dt.UTC)


def day(number):
    return dt.date(2025, 5, number)


def test_dates_outside_the_spans_that_are_covered():
    spans = [(day(2), day(3)), (day(6), day(9))]
    assert uncovered(spans, day(1), day(12)) == [
        (day(1), day(1)), (day(4), day(5)), (day(10), day(12)),
    ]  # fmt: skip
    assert uncovered(spans, day(7), day(8)) == []


def test_what_is_held_has_bars_days_gaps_and_what_answers_left_out(store):
    bars = bars_of(["2025-05-01", "2025-05-02"], [1, 2])
    span = (day(7), day(9))
    for now in (NOW, NOW + dt.timedelta(hours=1), NOW + dt.timedelta(days=1)):
        store.write("A", bars, covered=[(day(1), day(6))], left_out=[span], now=now)
    held, other = store.held_all([("A", day(1), day(9)), ("B", day(1), day(2))])
    assert held.bars["close"].tolist() == [1, 2]
    assert held.days == {day(1), day(2)}
    assert held.missing == [(day(7), day(9))]
    # once a day
    assert held.left_out == [LeftOut(*span, NOW.date()), LeftOut(*span, dt.date(2025, 10, 2))]
    assert (len(other.bars), other.missing, other.left_out) == (0, [(day(1), day(2))], [])


def test_days_of_bars_within_the_day_are_those_of_the_exchange(store):
    index = pd.DatetimeIndex(["2025-05-01T23:00"], tz="UTC", name="time")
    frame = pd.DataFrame(dict.fromkeys(["open", "high", "low", "close", "volume"], 1.0), index)
    store.write("A", frame, interval="1h", meta={"timezone": "Asia/Tokyo"})
    (held,) = store.held_all([("A", day(1), day(3))], interval="1h")
    assert held.days == {day(2)}


def test_a_rest_is_kept_and_never_shortened(store):
    assert store.rests() == []
    store.write_rest("host", NOW)
    store.write_rest("host", NOW - dt.timedelta(minutes=5))
    store.write_rest("other", NOW + dt.timedelta(minutes=5))
    assert store.rests() == [("host", NOW), ("other", NOW + dt.timedelta(minutes=5))]


@pytest.mark.parametrize("name", ["left_out", "rests"])
def test_a_file_of_an_earlier_release_lacks_tables_and_gets_them(store, name):
    store.write("A", bars_of(["2025-05-01"], [1]))
    with duckdb.connect(str(store.path)) as connection:
        assert has_table(connection, name)
        connection.execute(f"DROP TABLE {name}")
        assert not has_table(connection, name)
    assert store.rests() == []
    assert store.held_all([("A", day(1), day(1))])[0].left_out == []
