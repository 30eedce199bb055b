"""A date, a clock time and a zone in columns of their own are the time of the event."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

import eventstudy as es
from eventstudy.events.clock_columns import are_clocks, bare_clocks, is_clock_title
from eventstudy.events.reading import check_events, read_events

NEW_YORK_4PM = "2025-04-02T20:00:00+00:00"


def read(tmp_path, text):
    (tmp_path / "events.csv").write_text(text, encoding="utf-8")
    return read_events(tmp_path / "events.csv")


def problems(tmp_path, text):
    (tmp_path / "events.csv").write_text(text, encoding="utf-8")
    return check_events(tmp_path / "events.csv")


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("time;timezone", "16:00;America/New_York"),
        ("time_local;timezone", "16:00:00;America/New_York"),
        ("clock;timezone", "4:00 PM;America/New_York"),
        ("clock;timezone", "4 p.m.;America/New_York"),
        ("time;tz", "1600;America/New_York"),
        ("hour;timezone", "16;America/New_York"),
        ("AnnouncementTime;Time Zone", "2025-04-02 16:00:00;America/New_York"),
        ("Time (New York)", "16:00"),
        ("time_utc", "20:00"),
        ("Time (UTC+8)", "2025-04-03 04:00"),
        ("time", "16:00-04:00"),
        ("time;timezone", "16:00 EDT;America/New_York"),
    ],
)
def test_a_time_beside_the_date_is_read(tmp_path, header, cells):
    events = read(tmp_path, f"event_id;date;{header}\n1;2025-04-02;{cells}\n")
    assert events.frame["published_at"][0].isoformat() == NEW_YORK_4PM
    assert "1 time read from the columns 'date' and" in events.assumed[0]


def test_hours_have_their_minutes_and_frames_their_times(tmp_path):
    events = read(tmp_path, "event_id,date,hour,minute,timezone\n1,2025-04-02,9,5,Asia/Tokyo\n")
    assert events.frame["published_at"][0].isoformat() == "2025-04-02T00:05:00+00:00"
    frame = pd.DataFrame({"event_id": ["1"], "date": [dt.date(2025, 4, 2)], "time": [dt.time(16)],
                          "timezone": ["America/New_York"]})  # fmt: skip
    events = es.Events.from_frame(frame)
    assert events.frame["published_at"][0].isoformat() == NEW_YORK_4PM


def test_published_at_wins_and_a_row_without_a_time_is_a_date(tmp_path):
    events = read(
        tmp_path,
        "event_id,published_at,date,time,timezone\n1,2025-04-02T12:00Z,,09:00,UTC\n"
        "2,,2025-04-03,10:30,UTC\n3,,2025-04-04,,\n",
    )
    assert events.frame["published_at"].isna().tolist() == [False, False, True]
    assert events.frame["published_at"].dt.hour.tolist()[:2] == [12, 10]
    events = read(tmp_path, "event_id,published_at,time\n1,2025-04-02T12:00Z,09:00\n")
    assert events.assumed == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "event_id,date,time\n1,2025-04-02,16:00\n",
            "the column 'time' has times without an offset, such as 16:00; say where they are "
            'meant, such as tz="America/New_York", or in a column timezone',
        ),
        (
            "event_id,date,Time (ET)\n1,2025-04-02,16:00\n",
            "the column 'Time (ET)' has times without an offset, such as 16:00; say where they",
        ),
        (
            "event_id,date,time,timezone\n1,2025-04-02,9:00,UTC\n2,2025-04-02,16:00,\n",
            "events.csv row 3: date and time '2025-04-02 16:00' has no timezone; fill it in",
        ),
        ("event_id,date,time,timezone\n1,2025-04-02,25:00,UTC\n", "row 2: date and time"),
        ("event_id,date,time,timezone\n1,2025-03-09,2:30,America/New_York\n", "does not exist in"),
        (
            "event_id,date,time_local,time_utc,timezone\n1,2025-03-07,2:30,7:30,UTC\n",
            "columns 'time_local' and 'time_utc' both have times; keep one",
        ),
        ("event_id,date,time_utc,timezone\n1,2025-03-07,2:30,Asia/Tokyo\n", "leave one of the two"),
        ("event_id,date,time,timezone\n1,2025-04-02,9:00,Asia/Tokio\n", "unknown time zone"),
    ],
)
def test_a_time_that_cannot_be_placed_is_an_error(tmp_path, text, problem):
    (said,) = problems(tmp_path, text)
    assert problem in said


def test_a_column_without_clock_times_is_the_users_own_and_that_is_said(tmp_path):
    events = read(tmp_path, "event_id,date,time\n1,2025-04-02,amc\n2,2025-04-03,bmo\n")
    assert events.frame["time"].tolist() == ["amc", "bmo"]
    assert "column 'time' holds no clock times (such as 'amc')" in events.assumed[0]
    for name in ("timestamp_id", "hours_to_close", "time_gap", "times"):
        events = read(tmp_path, f"event_id,date,{name}\n1,2025-04-02,16:00\n")
        assert events.assumed == ()


def test_clock_times_are_told_from_whatever_else_a_column_holds():
    assert are_clocks(["", "9:30", "16:00:15", "4:00 PM"])
    assert is_clock_title("Announcement Time")
    assert not is_clock_title("times")
    for texts in ([], [""], ["930"], ["amc"], ["9:30", "2025-05-02 09:30"]):
        assert not are_clocks(texts)


def test_clock_times_without_a_zone_are_found_with_their_rows():
    cells = {"date": ["2025-05-02"] * 3, "time": ["9:00", "9:00 EST", ""]}
    assert bare_clocks(cells) == ("time", [0], "")
    assert bare_clocks(cells | {"tz": ["", "UTC", ""]}) == ("time", [0], "tz")
    assert bare_clocks(cells | {"tz": ["UTC", "", ""]}) is None
    assert bare_clocks(cells | {"Published_At": ["2025-05-02T09:00Z", "", ""]}) is None
    assert bare_clocks({"time_utc": ["9:00"]}) is None
