"""Whole columns of times and dates agree with the reader of one."""

from __future__ import annotations

import datetime as dt
import warnings
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstudy.io import timestamp_columns
from eventstudy.io.doors import (
    ARTICLE,
    BAR,
    EVENT_TIME,
    FIRST_YEAR,
    LAST_YEAR,
    PRICE_DATE,
    TimestampError,
)
from eventstudy.io.timestamp_columns import read_dates, read_times
from eventstudy.io.timestamps import read_time

NEW_YORK = "America/New_York"


PIECES = st.tuples(
    st.sampled_from(
        ["2025-05-02", "20250502", "2025-11-02", "2025-03-09", "2025-02-30", "1900-01-01",
         "2200-12-31", "1899-12-31", "9999-12-31", "0000-01-01", "2025-W18-5", "2025/5/2",
         "2025-5-2", "2025.13.2", "2025.05.02", "2025.5.2", "2025/05/02", "20251102", "20250230",
         "19000101", "1900/1/2", "2200.12.30", "0001-01-01", "May 2"]
    ),
    st.sampled_from(["T", " ", "t", "x", "  ", "", "T "]),
    st.sampled_from(
        ["", "09:00", "00:00", "0000", "00:00:00", "00:00:00.0", "24:00", "9:00", "01:30", "02:30",
         "01:30:00", "09:00:60", "09:00:30.123456789", "09:00:00,5", "23:59:59.9999999", "09",
         "0130", "013000", "090030.25", "9:00:30.5", "09:00:30.12345678901", "2400"]
    ),
    st.sampled_from(["", " "]),
    st.sampled_from(
        ["", "Z", "z", "+08:00", "-0500", "+08", "+15:00", "+15:30", "-23:59", "+08:75", "UTC",
         "+00:19:32", "EST", "-08", "+0000", "+1459", "-14:59", "+14:60", "+24:00", "+99", "gmt",
         "+0875", "-00:60", "+080000", "-00:00"]
    ),
).map("".join)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=20)), min_size=1, max_size=8)


def one_by_one(texts, door, zone):
    results = []
    for text in texts:
        try:
            stamp = read_time(text, door, zone=zone)
        except TimestampError as error:
            results.append((error.kind, str(error)))
        else:
            results.append(stamp.date if stamp.instant is None else stamp.instant)
    return results


@settings(deadline=None)
@given(TEXTS, st.sampled_from([ARTICLE, BAR, EVENT_TIME]), st.sampled_from([None, NEW_YORK, "UTC"]))
def test_a_column_of_times_agrees_with_the_reader(texts, door, zone):
    texts = ["" if text.strip() in {"NaT", "nan", "None", "<NA>"} else text for text in texts]
    instants, problems = read_times(pd.Series(texts, dtype=object), door, zone=zone)
    results = [None if pd.isna(value) else value.to_pydatetime() for value in instants]
    for at, error in problems:
        assert results[at] is None
        results[at] = (error.kind, str(error))
    expected = one_by_one(texts, door, zone)
    # An article's date is no instant, and a column of instants holds none.
    assert results == [None if type(value) is dt.date else value for value in expected]


@settings(deadline=None)
@given(TEXTS)
def test_a_column_of_dates_agrees_with_the_reader(texts):
    dates, problems = read_dates(pd.Series(texts, dtype=object))
    results = list(dates.tolist())
    for at, error in problems:
        assert results[at] is None
        results[at] = (error.kind, str(error))
    # whether a date lies outside the years is said by who knows whose it is
    for value, expected in zip(results, one_by_one(texts, PRICE_DATE, None), strict=True):
        # a year 0 is no date of Python's
        is_outside = type(value) is int or (
            type(value) is dt.date and not FIRST_YEAR <= value.year <= LAST_YEAR
        )
        assert expected[0] == "outside the years" if is_outside else value == expected


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(st.none(), st.datetimes(dt.datetime(1800, 1, 1), dt.datetime(2250, 1, 1))),  # noqa: DTZ001
        min_size=1, max_size=6,
    ),
    st.sampled_from([None, NEW_YORK, "Asia/Tokyo"]),
)  # fmt: skip
def test_a_column_of_timestamps_agrees_with_the_reader(stamps, zone):
    cells = pd.Series(stamps, dtype="datetime64[us]")
    texts = ["" if stamp is None else stamp.isoformat() for stamp in stamps]
    instants, problems = read_times(cells, BAR, zone=zone)
    results = [None if pd.isna(value) else value.to_pydatetime() for value in instants]
    for at, error in problems:
        results[at] = (error.kind, str(error))
    assert results == one_by_one(texts, BAR, zone)
    if zone is not None:
        years = cells[(cells.dt.year > 1901) & (cells.dt.year < 2199)]
        aware = years.dt.tz_localize(ZoneInfo(zone), ambiguous="NaT", nonexistent="NaT").dropna()
        instants, problems = read_times(aware, EVENT_TIME)
        assert problems == []
        assert list(instants) == list(aware.dt.tz_convert("UTC"))


@pytest.mark.parametrize(
    "form",
    ["%Y%m%d %H:%M:%S", "%Y%m%dT%H%M", "%Y.%m.%d %H:%M", "%Y/%m/%d %H:%M:%S.%f", "%Y-%m-%d %H:%M",
     "%Y-%m-%d %H:%M:%S +0000", "%Y-%m-%dT%H:%M:%SZ"],
)  # fmt: skip
def test_usual_forms_are_read_all_at_once(monkeypatch, form):
    expected = pd.date_range("2025-05-02 09:30", periods=5, freq="7min", tz="UTC")
    monkeypatch.setattr(timestamp_columns, "read_time", lambda *_, **__: pytest.fail("one cell"))
    instants, problems = read_times(pd.Series(expected.strftime(form)), BAR, zone="UTC")
    assert list(instants) == list(expected)
    assert problems == []


@pytest.mark.parametrize(
    ("cell", "zone", "kind"),
    [
        ("2025-05-02T09:30", None, "no offset"),
        ("2025-11-02T01:30", NEW_YORK, "twice"),
        ("20250309 02:30", NEW_YORK, "never"),
        ("0001-01-01 00:00:00", NEW_YORK, "outside the years"),
        ("0001-01-01T00:00:00Z", None, "outside the years"),
        ("02/05/2025 09:30", NEW_YORK, "unreadable"),
        ("", NEW_YORK, "empty"),
    ],
)
def test_of_a_problem_of_every_row_twenty_are_listed(cell, zone, kind):
    cells = pd.Series(["2025-05-02T09:30Z"] + [cell] * 100 + ["2025-W18-5"])
    instants, problems = read_times(cells, BAR, zone=zone)
    assert instants.isna().tolist() == [False] + [True] * 101
    assert [error.kind for _, error in problems] == [kind] * 20 + ["week"]
    assert [at for at, _ in problems] == [*range(1, 21), 101]


def test_of_timestamps_twenty_are_listed():
    cells = pd.Series(pd.to_datetime(["2025-11-02T01:30", None] * 100))
    instants, problems = read_times(cells, BAR, zone=NEW_YORK)
    assert instants.isna().all()
    assert [error.kind for _, error in problems] == ["twice", "empty"] * 20
    _, problems = read_times(cells, BAR)
    assert [error.kind for _, error in problems] == ["no offset", "empty"] * 20


def test_no_column_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_times(pd.Series(["2025-05-02T09:30Z", "2025-05-02T09:30-04", "x"]), BAR)
        read_dates(pd.Series(["2025-05-02", "x", "2025-13-01", ""]))
