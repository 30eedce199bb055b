from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.events.reading import check_events, read_events
from eventstudy.events.table import HALF_WIDTH, Events
from eventstudy.exceptions import SchemaError, SourceError, SpecificationError

BUNDLED = Path(__file__).parents[2] / "data" / "events" / "events.csv"


@pytest.fixture
def write(tmp_path):
    def write(text, name="events.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def events(**columns):
    return Events.from_frame(pd.DataFrame(columns))


def test_a_file_becomes_a_typed_table(write):
    read = read_events(
        write(
            "mine,event_id,published_at,date,timezone,precision,category,markets,salience\n"
            "x,E1,2025-05-01T21:30-04:00,,America/New_York,approx,talk_signal,TAIEX; aud;OWN,3\n"
            ",E2,,2025-05-03,,,,,\n"
            ",E3,2025-05-02T01:00:00Z,2025-05-05,,,deal,,1\n"
        )
    )
    frame = read.frame
    assert list(frame) == [
        "event_id",
        "published_at",
        "date",
        "timezone",
        "precision",
        "category",
        "salience",
        "markets",
        "mine",
    ]
    assert frame["published_at"].dtype == "datetime64[ns, UTC]"
    assert frame["date"].dtype == "datetime64[ns]"
    assert frame["published_at"].isna().tolist() == [False, True, False]
    assert frame["published_at"][0] == pd.Timestamp("2025-05-02T01:30Z")
    # The date is that of the publisher's clock unless the file gives one.
    assert frame["date"].dt.strftime("%Y-%m-%d").tolist() == [
        "2025-05-01",
        "2025-05-03",
        "2025-05-05",
    ]
    assert read.is_dated.tolist() == [False, True, True]
    assert frame["timezone"].tolist() == ["America/New_York", None, None]
    assert frame["precision"].tolist() == ["approx", "day", "exact"]
    assert frame["markets"].tolist() == [("TWII", "AUDUSD", "OWN"), (), ()]
    assert frame["salience"].tolist() == ["3", None, "1"]
    assert frame["mine"].tolist() == ["x", None, None]
    assert read.rows.tolist() == [2, 3, 4]
    assert read.name == "events.csv"
    assert len(read) == 3


def test_only_the_columns_that_always_are_there(write):
    frame = read_events(write("event_id,date\nE1,2025-05-02\n")).frame
    assert list(frame) == ["event_id", "published_at", "date", "timezone", "precision", "markets"]
    assert frame["published_at"].dtype == "datetime64[ns, UTC]"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (
            "E1,2025-05-02T09:00,,,,,",
            (
                "published_at '2025-05-02T09:00' has no offset from UTC; write it like "
                "2025-05-02T09:00+08:00 (or end it with Z for UTC)"
            ),
        ),
        (
            "E1,2025-05-02,,,,,",
            (
                "published_at '2025-05-02' is a date without a time; put it in the column date, or "
                "write a time such as 2025-05-02T09:00+08:00"
            ),
        ),
        (
            "E1,2025-05-32T09:00+08:00,,,,,",
            (
                "published_at '2025-05-32T09:00+08:00' is not an ISO 8601 time; write it like "
                "2025-05-02T09:00+08:00"
            ),
        ),
        (
            "E1,,02/05/2025,,,,",
            "date '02/05/2025' is not an ISO date; write it like 2025-05-02",
        ),
        ("E1,,1899-12-31,,,,", "date '1899-12-31' lies outside the years 1900 to 2200"),
        (
            "E1,2201-01-01T00:00Z,,,,,",
            "published_at '2201-01-01T00:00Z' lies outside the years 1900 to 2200",
        ),
        ("E1,,,,,,", "neither published_at nor date; one of them is needed"),
        (",,2025-05-02,,,,", "event_id is empty; every event needs one of its own"),
        (
            "E0,,2025-05-02,,,,",
            "event_id 'E0' is also that of row 2; ids must be unique",
        ),
        (
            "E\x071,,2025-05-02,,,,",
            "event_id 'E\\x071' holds a control character; remove it",
        ),
        (
            "E;1,,2025-05-02,,,,",
            "event_id 'E;1' holds ';', which separates ids; use another sign",
        ),
        (
            "E1,,2025-05-02,Asia/Hongkong,,,",
            "timezone: unknown time zone 'Asia/Hongkong'; did you mean 'Asia/Hong_Kong'?",
        ),
        (
            "E1,,2025-05-02,,aprox,,",
            "unknown precision 'aprox'; did you mean 'approx'?",
        ),
        (
            "E1,,2025-05-02,,,deescalation,",
            "unknown direction 'deescalation'; did you mean 'de-escalation'?",
        ),
        ("E1,,2025-05-02,,,,+1", "unknown expected_sign '+1'; did you mean '+'?"),
    ],
)
def test_a_bad_row_is_one_line_with_its_row(write, row, problem):
    header = "event_id,published_at,date,timezone,precision,direction,expected_sign\n"
    path = write(f"{header}E0,,2025-05-02,,,,\n{row}\n")
    assert check_events(path) == [f"events.csv row 3: {problem}"]
    with pytest.raises(SchemaError) as caught:
        read_events(path)
    assert str(caught.value) == f"events.csv row 3: {problem}"


def test_all_problems_are_told_in_the_order_of_the_rows(write):
    path = write("event_id,date,precision\nE1,x,vague\n\nE1,2025-05-02,exact\n")
    assert check_events(path) == [
        "events.csv row 2: date 'x' is not an ISO date; write it like 2025-05-02",
        (
            "events.csv row 2: unknown precision 'vague'; "
            "known: approx, day, exact, minute_est, session"
        ),
        "events.csv row 4: event_id 'E1' is also that of row 2; ids must be unique",
    ]


def test_a_good_file_has_no_problems_and_a_missing_one_raises(write, tmp_path):
    assert check_events(write("event_id,date\nE1,2025-05-02\n")) == []
    assert check_events(write("")) == ["events.csv is empty"]
    with pytest.raises(SourceError, match="no such file"):
        check_events(tmp_path / "none.csv")


def test_half_widths_follow_the_precision():
    some = events(
        event_id=list("abcde"), date=["2025-05-02"] * 5, precision=[*HALF_WIDTH]
    ).half_widths()
    assert some.dtype == "m8[ns]"
    assert (some / np.timedelta64(1, "m")).tolist() == [2, 15, 60, 180, 720]


def test_select_takes_any_column():
    some = events(
        event_id=["a", "b", "c"],
        published_at=["2025-05-02T09:00+08:00", None, "2025-05-05T09:00Z"],
        date=[None, "2025-05-05", None],
        category=["deal", None, "talks"],
        salience=[3, 2, 3],
        markets=["HSI;TAIEX", "", "N225"],
    )
    assert some.select({}).tolist() == [True, True, True]
    assert some.select({"category": ["deal", "talks"]}).tolist() == [True, False, True]
    assert some.select({"category": [""]}).tolist() == [False, True, False]
    assert some.select({"category": "deal"}).tolist() == [True, False, False]
    assert some.select({"category": ["deal"], "salience": [2]}).tolist() == [False] * 3
    assert some.select({"salience": [3]}).tolist() == [True, False, True]
    assert some.select({"date": ["2025-05-05"]}).tolist() == [False, True, True]
    assert some.select({"markets": ["twii"]}).tolist() == [True, True, False]
    assert some.select({"published_at": ["2025-05-02T01:00Z"]}).tolist() == [True, False, False]
    assert some.select({"published_at": ["", "no time"]}).tolist() == [False, True, False]
    assert some.select({"category": ["nothing"]}).tolist() == [False] * 3
    with pytest.raises(SpecificationError, match=r"no column 'catgory'; did you mean 'category'"):
        some.select({"catgory": ["deal"]})


def test_take_keeps_what_belongs_to_the_rows():
    some = events(event_id=["a", "b", "c"], date=["2025-05-02"] * 3)
    part = some.take(np.array([False, True, True]))
    assert part.frame["event_id"].tolist() == ["b", "c"]
    assert part.frame.index.tolist() == [0, 1]
    assert part.rows.tolist() == [3, 4]
    assert len(part.is_dated) == len(part) == 2
    assert part.sha256 == some.sha256


def test_a_frame_may_hold_python_values():
    zoned = dt.datetime(2025, 5, 2, 9, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    frame = pd.DataFrame(
        {
            "event_id": [1, 2, 3],
            "published_at": pd.Series([zoned, pd.NaT, None], dtype=object),
            "date": pd.Series(
                [np.nan, dt.date(2025, 5, 5), np.datetime64("2025-05-06")], dtype=object
            ),
            "salience": [3.0, np.nan, 1.5],
            "markets": pd.Series([("TAIEX", "HSI"), ["AUD"], None], dtype=object),
        }
    )
    before = frame.copy(deep=True)
    some = Events.from_frame(frame, name="mine")
    pd.testing.assert_frame_equal(frame, before)
    assert some.frame["event_id"].tolist() == ["1", "2", "3"]
    assert some.frame["published_at"][0] == pd.Timestamp("2025-05-02T01:00Z")
    assert some.frame["date"].dt.strftime("%d").tolist() == ["02", "05", "06"]
    assert some.frame["salience"].tolist() == ["3", None, "1.5"]
    assert some.frame["markets"].tolist() == [("TWII", "HSI"), ("AUDUSD",), ()]
    indexed = Events.from_frame(frame.set_index("event_id"))
    assert indexed.frame["event_id"].tolist() == ["1", "2", "3"]
    with pytest.raises(SchemaError, match=r"^mine row 2: published_at .* has no offset"):
        Events.from_frame(frame.assign(published_at=pd.Timestamp("2025-05-02T09:00")), name="mine")


@pytest.mark.skipif(not BUNDLED.exists(), reason="the bundled events are not here")
def test_the_bundled_events_are_good_and_survive_a_round_trip():
    read = read_events(BUNDLED)
    assert len(read) == 242
    assert int(read.frame["published_at"].isna().sum()) == 11
    assert repr(read) == (
        "Events(events.csv: 242 events, 2018-01-22 to 2025-07-14, 231 with a time)"
    )
    again = Events.from_frame(read.frame)
    pd.testing.assert_frame_equal(again.frame, read.frame)


def test_a_notebook_escapes_what_it_shows():
    html = events(
        event_id=["<b>"], date=["2025-05-02"], headline=["<script>alert(1)</script>"]
    )._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<b>" not in html


@given(
    minutes=st.lists(st.integers(-36_000_000, 120_000_000), min_size=1, max_size=8),
    offset=st.integers(-14 * 60, 14 * 60),
)
def test_times_come_back_whatever_their_offset(minutes, offset):
    zone = dt.timezone(dt.timedelta(minutes=offset))
    base = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    times = [(base + dt.timedelta(minutes=m)).astimezone(zone) for m in minutes]
    some = events(
        event_id=[f"e{i}" for i in range(len(times))],
        published_at=[time.isoformat() for time in times],
        precision=["exact"] * len(times),  # else some midnights would stand for their dates
    )
    assert [time.to_pydatetime() for time in some.frame["published_at"]] == times
    assert [day.date() for day in some.frame["date"]] == [time.date() for time in times]
