"""One reader of times: the table of what each door accepts, walked with one list of texts."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventstudy
from eventstudy import Events, PricePanel
from eventstudy.exceptions import SchemaError, SourceError, SpecificationError
from eventstudy.intraday.pipeline import as_events
from eventstudy.io.doors import (
    BAR,
    DOORS,
    EVENT_TIME,
    NEWS,
    Kind,
    TimestampError,
)
from eventstudy.io.timestamps import Timestamp, clock_change, read_day, read_time
from eventstudy.news.articles.articles import split_article

KINDS = get_args(Kind)
NEW_YORK = "America/New_York"
TIMED = ("event_time", "event_clock", "news", "article", "bar", "moment")
ZONED = ("event_clock", "news", "article", "bar", "moment")
DAYS = ("event_date", "news", "article", "study_date", "option_date")


def outcome(text, door, zone=None):
    """What a door makes of a text: a time in UTC, a date, or the kind of its refusal."""
    try:
        stamp = read_time(text, door, zone=zone)
    except TimestampError as error:
        return error.kind
    return stamp.date if stamp.instant is None else f"{stamp.instant:%Y-%m-%dT%H:%MZ}"


# ---- the table -------------------------------------------------------------------------------

MAY_2 = dt.date(2025, 5, 2)
AT_1 = "2025-05-02T01:00Z"


def only(what, *names, otherwise="unreadable", **own):
    """One outcome at the doors named, another one at the rest."""
    return {name: what if name in names else otherwise for name in DOORS} | own


TABLE = {
    # ISO 8601 with hour, minute and offset: one grammar, one result
    **dict.fromkeys(
        (
            "2025-05-02T09:00+08:00",
            "2025-05-02 09:00:00+0800",
            "2025-05-02T09:00:00.000+08",
            "2025-05-02T01:00Z",
            "2025-05-02 01:00 UTC",
            "2025-05-02t0100z",
            "2025-05-02T09+08:00",
            "20250502T010000Z",
            "20250502010000Z",
            "20250502090000+08:00",
            "2025-05-01T20:00:00,5-05:00",
            " 2025-05-02T09:00  +08:00 ",
        ),
        only(AT_1, *TIMED),
    ),
    "2025-05-02T00:00Z": only("2025-05-02T00:00Z", *TIMED, price_date=MAY_2),
    "2025-05-02T00:00:00-04:00": only("2025-05-02T04:00Z", *TIMED, price_date=MAY_2),
    # a day
    "2025-05-02": only(
        MAY_2,
        *DAYS,
        "price_date",
        event_time="date alone",
        event_clock="date alone",
        bar="no offset",
        moment="date alone",
    ),
    "20250502": only(
        MAY_2,
        *DAYS,
        "factor_date",
        event_time="date alone",
        event_clock="date alone",
        bar="date alone",
        moment="date alone",
    ),
    # weeks, hours alone, other writings of strangers
    "2025-W18-5T09:00+08:00": dict.fromkeys(DOORS, "week"),
    "2025-W18-5": dict.fromkeys(DOORS, "week"),
    "2025W185": dict.fromkeys(DOORS, "week"),
    "2025-05-02 09+08:00": dict.fromkeys(DOORS, "unreadable"),
    "Fri, 02 May 2025 09:00:00 +0800": only(AT_1, "event_clock", "news"),
    "Fri, 02 May 2025 09:00:00 HKT": only("zone name", "event_clock", "news"),
    "Mon, 02 May 2025 09:00:00 GMT": only("weekday", "event_clock", "news"),
    "2025/5/2 9:00 +08:00": only(AT_1, "event_clock", "news", "bar", "moment"),
    "2025-05-02 9:00+08:00": only(AT_1, "event_clock", "news", "bar", "moment"),
    "2025.5.2": only(MAY_2, "news", bar="no offset", event_clock="date alone", moment="date alone"),
    "1746147600": only(AT_1, "event_clock", "news"),
    "202505020100Z": dict.fromkeys(DOORS, "unreadable"),
    "02/05/2025": only("which month", "event_clock", "news"),
    "yesterday": dict.fromkeys(DOORS, "unreadable"),
    "٢٠٢٥-٠٥-٠٢": dict.fromkeys(DOORS, "unreadable"),
    "": dict.fromkeys(DOORS, "empty"),
    "9" * 200: dict.fromkeys(DOORS, "too long"),
    # what there is not
    "2025-02-30": dict.fromkeys(DOORS, "no such day"),
    "2025-02-30T09:00Z": only("no such day", *TIMED),
    "2025-05-02T24:00Z": only("no such time", *TIMED),
    "2025-05-02T09:00:60Z": only("no such time", *TIMED),
    "2025-05-02T09:00+15:01": only("no such offset", *TIMED),
    "2025-05-02T09:00+08:75": only("no such offset", *TIMED),
    "1899-12-31": dict.fromkeys(DOORS, "outside the years"),
    "2201-01-01T00:00Z": only("outside the years", *TIMED, "price_date"),
    # a local time
    "2025-05-02T09:00": only("no offset", *TIMED),
}


@pytest.mark.parametrize("text", TABLE, ids=lambda text: text[:30] or "empty")
def test_every_door_makes_of_a_text_what_the_table_says(text):
    assert {name: outcome(text, door) for name, door in DOORS.items()} == TABLE[text]


FORMS = {
    "time": "2025-05-02T09:00+08:00",
    "date": "2025-05-02",
    "compact date": "20250502",
    "date as midnight": "2025-05-02",
    "midnight as date": "2025-05-02 00:00:00",
    "year first": "2025.5.2 9:00Z",
    "press": "02 May 2025",
}


@pytest.mark.parametrize("name", DOORS)
def test_a_door_accepts_what_its_row_names_and_nothing_else(name):
    door = DOORS[name]
    results = {form: outcome(text, door, "UTC") for form, text in FORMS.items()}
    read = {form: value for form, value in results.items() if value not in KINDS}
    texts = {FORMS[form] for form in door.reads}
    if door.is_zone_enough:
        texts.add(FORMS["midnight as date"])  # a time like another
    assert {FORMS[form] for form in read} == texts
    for form in {"date", "compact date", "midnight as date"} & {*door.reads}:
        assert results[form] == MAY_2


def test_nobody_else_reads_times():
    house = Path(eventstudy.__file__).parent
    pattern = re.compile(r"fromisoformat|strptime|parsedate|ISO8601|\bdateutil\.|import dateutil")
    readers = {
        path.relative_to(house).as_posix()
        for path in house.rglob("*.py")
        if pattern.search(path.read_text("utf-8"))
    }
    assert readers == {"io/timestamp_columns.py", "io/stamps.py"}


# ---- the value -------------------------------------------------------------------------------


def test_what_a_timestamp_says():
    stamp = read_time("2025-05-02T00:30:05+08:00", EVENT_TIME)
    assert stamp.instant == dt.datetime(2025, 5, 1, 16, 30, 5, tzinfo=dt.UTC)
    assert (stamp.date, stamp.iso) == (MAY_2, "2025-05-02T00:30:05+08:00")
    assert (stamp.precision, stamp.zone, stamp.assumed) == ("exact", None, ())
    day = read_time("2025-05-02", NEWS, zone="Asia/Tokyo")
    assert day == Timestamp(date=MAY_2)
    assert (day.precision, day.iso, day.local) == ("day", None, None)


def test_what_was_assumed_is_said():
    stamp = read_time("2025-05-02T09:00", NEWS, zone="Asia/Tokyo")
    assert (stamp.zone, stamp.iso) == ("Asia/Tokyo", "2025-05-02T09:00+09:00")
    assert stamp.assumed == ("time without an offset read in Asia/Tokyo",)
    assert read_time("2025-05-02", BAR, zone="UTC").assumed == (
        "date without a time read as its midnight",
        "time without an offset read in UTC",
    )
    assert read_time("1746147600", NEWS).assumed == ("published read as seconds since 1970",)


def test_a_day_may_be_given_as_such():
    option = DOORS["option_date"]
    for value in ("2025-05-02", MAY_2, pd.Timestamp("2025-05-02 09:00"), np.datetime64(MAY_2)):
        assert read_day(value, option, "start:") == MAY_2
    with pytest.raises(TimestampError, match=r"^start: .* outside the years 1900 to 2200"):
        read_day(dt.date(1, 1, 1), option, "start:")


# ---- the clocks ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ZONED)
@pytest.mark.parametrize(
    ("text", "kind"), [("2025-11-02T01:30", "twice"), ("2025-03-09 02:30", "never")]
)
def test_no_local_time_the_clocks_show_twice_or_never_is_taken(name, text, kind):
    with pytest.raises(TimestampError, match="where the clock changes") as caught:
        read_time(text, DOORS[name], zone=NEW_YORK)
    assert caught.value.kind == kind
    assert read_time(f"{text}-05:00", DOORS[name], zone=NEW_YORK).zone is None


def test_only_these_doors_let_a_zone_stand_in():
    assert tuple(name for name, door in DOORS.items() if door.is_zone_enough) == ZONED
    assert outcome("2025-05-02T09:00", EVENT_TIME, "Asia/Tokyo") == "no offset"


@given(st.datetimes(dt.datetime(1901, 1, 1), dt.datetime(2199, 1, 1)), st.timezones())  # noqa: DTZ001
def test_a_clock_shows_a_time_once_where_both_folds_agree(local, zone):
    there = {local.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1)}
    back = {one.astimezone(zone).replace(tzinfo=None, fold=0) for one in there}
    expected = None if len(there) == 1 else "twice" if back == {local} else "never"
    assert clock_change(local, zone) == expected


# ---- the three faults ------------------------------------------------------------------------


def test_a_week_passes_nowhere():
    with pytest.raises(SchemaError, match=r"weeks of the year are not read"):
        Events.from_frame(
            pd.DataFrame({"event_id": ["E"], "published_at": ["2025-W18-5T09:00+08:00"]})
        )


def test_an_article_published_in_an_hour_that_is_there_twice_is_refused():
    with pytest.raises(SchemaError, match=r"a\.txt: published .* is there twice in America/"):
        split_article("It fell.", published="2025-11-02T01:30", timezone=NEW_YORK, name="a.txt")


def test_a_file_of_events_is_no_time(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = "2025_Tariff_events.csv"
    with pytest.raises(SourceError, match="no such file"):
        as_events(name)
    for path in (name, "20250502T0900", "2025-05-02T.csv"):
        Path(path).write_text("event_id,date\nE,2025-05-02\n", encoding="utf-8")
        assert list(as_events(path).frame["event_id"]) == ["E"]
        assert len(as_events(tmp_path / path)) == 1
    for missing in ("2025-05-02T0900.xlsx", "2025_events", "20250502_events"):
        with pytest.raises(SourceError):
            as_events(missing)
    for time in ("2025-05-02T09:00:00.5Z", "2025-05-02 09:00+08:00"):
        assert as_events(time).frame["published_at"].notna().all()
    for wrong in ("2025-05-02", "2025-05-02T09:00", "2025-W18-5T09:00Z"):
        with pytest.raises(SchemaError, match="published_at"):
            as_events(wrong)


# ---- elsewhere -------------------------------------------------------------------------------


def test_an_article_says_which_time_it_took_where_the_clock_changes():
    def note(text, published):
        frame = split_article(text, published=published, timezone=NEW_YORK, name="a")
        return frame["note"].iloc[0]

    assert note("They met at 1:30 a.m. on Sunday.", "2025-11-02T12:00-05:00") == (
        "2025-11-02 01:30 is there twice in America/New_York, where the clock changes; "
        "read as 2025-11-02T01:30-05:00"
    )
    assert "does not exist" in note("They met at 2:30 a.m. on Sunday.", "2025-03-09T12:00-04:00")
    assert note("They met at 4:30 a.m. on Sunday.", "2025-03-09T12:00-04:00") is None
    assert note("It fell.", "2025-11-02T01:30-04:00") is None
    assert note("It fell.", "2025-11-03T01:30") == f"time without an offset read in {NEW_YORK}"


def test_an_article_keeps_the_zone_of_its_timestamp():
    when = pd.Timestamp("2025-11-02 01:30", tz="UTC").tz_convert("Asia/Tokyo")
    row = split_article("It fell on Friday.", published=when, timezone=None, name="a").iloc[0]
    assert row["timezone"] == "Asia/Tokyo"


def test_select_guesses_no_zone():
    some = Events.from_frame(
        pd.DataFrame({"event_id": ["E"], "published_at": ["2025-05-02T09:00Z"]})
    )
    with pytest.raises(SpecificationError, match="has no offset from UTC"):
        some.select({"published_at": ["2025-05-02T09:00"]})


@pytest.mark.parametrize(
    ("index", "said"),
    [
        (["2025-05-02", "06/05/2025"], 'row 3: date "06/05/2025" is not an ISO date'),
        (["2025-05-02", None], "must hold dates"),
        (["2025-05-02", 3], 'row 3: date "3" is not an ISO date'),
        # midnight of Tokyo in UTC is the day before
        (
            pd.to_datetime(["2025-05-01 15:00Z", "2025-05-04 15:00Z"]),
            "do not tell which dates are meant",
        ),
    ],
)
def test_the_dates_of_a_frame_of_prices_are_not_guessed(index, said):
    with pytest.raises(SchemaError, match=said):
        PricePanel.from_frame(pd.DataFrame({"A": [1.0, 2.0]}, index=index))


@pytest.mark.parametrize(
    "index",
    [
        ["2025-05-02", "2025-05-05 00:00:00"],
        [dt.date(2025, 5, 2), dt.date(2025, 5, 5)],
        pd.to_datetime(["2025-05-02", "2025-05-05"]).tz_localize("Asia/Tokyo"),
        pd.PeriodIndex(["2025-05-02", "2025-05-05"], freq="D"),
    ],
)
def test_dates_of_any_kind_are_those_of_a_frame_of_prices(index):
    panel = PricePanel.from_frame(pd.DataFrame({"A": [1.0, 2.0]}, index=index))
    assert [str(day) for day in panel.dates[0]] == ["2025-05-02", "2025-05-05"]
