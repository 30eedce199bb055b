"""Times that were read wrong in silence, as people met them; each test names its source.

The inputs are made here, in the form of the source.
"""

from __future__ import annotations

import datetime as dt
import json

import pandas as pd
import pytest

from eventstudy import Events, read_events, read_news
from eventstudy.events.table import HALF_WIDTH
from eventstudy.exceptions import SchemaError
from eventstudy.io.doors import ARTICLE, BAR, DOORS, EVENT_TIME, NEWS, PRICE_DATE, TimestampError
from eventstudy.io.timestamp_columns import read_dates, read_times
from eventstudy.io.timestamps import read_time

pytestmark = pytest.mark.fast_tests(12)

DAY = dt.datetime(2025, 4, 2, tzinfo=dt.UTC)
MINUTES = [DAY + dt.timedelta(minutes=minute) for minute in range(1440)]
COMPACT = (
    "%Y%m%d%H%M%SZ", "%Y%m%d%H%M%S+00:00", "%Y%m%d%H%M%S+0000", "%Y%m%d%H%MZ", "%Y%m%d%H%M+00:00",
    "%Y%m%dT%H%M%SZ", "%Y%m%dT%H%MZ", "%Y%m%d %H%M%SZ", "%Y%m%d%H%M%S.0Z", "%Y%m%d%H%M%S",
    "%Y%m%d%H%M",
)  # fmt: skip


@pytest.mark.parametrize("form", COMPACT)
@pytest.mark.parametrize("door", DOORS.values(), ids=lambda door: door.name)
def test_a_compact_time_is_right_or_refused_at_every_minute_and_door(form, door):
    """python/cpython #107779 and dateutil #1194: 287 of 1,440 minutes were read wrong."""
    results = set()
    for minute in MINUTES:
        try:
            stamp = read_time(minute.strftime(form), door, zone="UTC")
        except TimestampError as error:
            results.add(error.kind)
        else:
            assert stamp.instant == minute
            results.add("right")
    assert len(results) == 1  # what a door reads does not depend on the digits


@pytest.mark.parametrize("form", COMPACT)
def test_a_column_of_compact_times_is_right_or_refused(form):
    cells = pd.Series([minute.strftime(form) for minute in MINUTES])
    for door in (EVENT_TIME, BAR, ARTICLE, NEWS):
        instants, _ = read_times(cells, door, zone="UTC")
        assert instants.isna().all() or instants.tolist() == MINUTES
    dates, problems = read_dates(cells, PRICE_DATE)
    assert pd.isna(dates).all()
    assert len(problems) == 1440


@pytest.mark.parametrize(
    ("text", "zone", "iso"),
    [
        ("Fri, 04 Apr 2025 18:00:00 CST", "Asia/Shanghai", "2025-04-04T18:00+08:00"),
        ("Fri, 04 Apr 2025 18:00:00 CST", "Asia/Taipei", "2025-04-04T18:00+08:00"),
        ("Fri, 17 Jan 2025 18:00:00 CST", "America/Chicago", "2025-01-17T18:00-06:00"),
        ("Fri, 04 Apr 2025 18:00:00 IST", "Asia/Kolkata", "2025-04-04T18:00+05:30"),
        ("Fri, 04 Apr 2025 18:00:00 BST", "Europe/London", "2025-04-04T18:00+01:00"),
        ("Fri, 04 Apr 2025 18:00:00 PST", "Asia/Manila", "2025-04-04T18:00+08:00"),
        ("2025-04-04 18:00:00 CST", "Asia/Shanghai", "2025-04-04T18:00+08:00"),
        ("2025-04-04 18:00:00 CST", None, None),
        ("Fri, 04 Apr 2025 18:00:00 CST", None, None),
        ("Fri, 04 Apr 2025 18:00:00 CST", "Asia/Tokyo", None),
        ("Fri, 04 Apr 2025 18:00:00 IST", None, None),
        ("Fri, 04 Apr 2025 18:00:00 BST", None, None),
        ("Fri, 04 Apr 2025 18:00:00 AST", None, None),
    ],
)
def test_an_abbreviation_with_several_meanings_needs_its_zone(text, zone, iso):
    """dateutil #345 and #273, aliyun-log-cli #50: a Chinese feed was 14 hours late."""
    if iso is None:
        with pytest.raises(TimestampError, match="--timezone"):
            read_time(text, NEWS, zone=zone)
        return
    stamp = read_time(text, NEWS, zone=zone)
    assert (stamp.iso, stamp.precision) == (iso, "exact")


@pytest.mark.parametrize(
    ("text", "zone", "precision"),
    [
        ("Mon, 14 Apr 2025 15:30:00 EST", None, "approx"),
        ("Tue, 14 Jan 2025 15:30:00 EST", None, "exact"),
        ("Tue, 14 Jan 2025 15:30:00 EDT", None, "approx"),
        ("Wed, 2 Jul 2025 15:30:00 PST", None, "approx"),
        ("Wed, 2 Jul 2025 15:30:00 CST", "America/Chicago", "approx"),
        ("Mon, 14 Apr 2025 15:30:00 EDT", None, "exact"),
    ],
)
def test_winter_time_in_summer_is_known_to_the_hour(text, zone, precision):
    """trump_truthsocial ("Time is in EST"), dateparser #443, feedparser #160."""
    stamp = read_time(text, NEWS, zone=zone)
    assert stamp.precision == precision
    assert HALF_WIDTH["approx"] == 60
    assert any("the hour is in doubt" in said for said in stamp.assumed) == (precision == "approx")


def test_a_table_that_contradicts_itself_is_a_problem(tmp_path, run):
    """trump_truthsocial: -05:00 in July beside America/New_York put 15:30 after the close."""
    path = tmp_path / "events.csv"
    path.write_text(
        "event_id,published_at,date,timezone\n"
        "e1,2025-07-02T15:30-05:00,,America/New_York\n"
        "e2,2025-05-02T09:00+08:00,,Asia/Tokyo\n"
        "e3,2025-05-02T09:00+08:00,2025-04-02,Asia/Shanghai\n"
        "e4,2025-05-02T01:00Z,2025-05-02,Asia/Shanghai\n",
        encoding="utf-8",
    )
    code, said, _ = run("events", "check", path)
    assert code == 2
    first, second, third = said.splitlines()
    assert first.startswith("events.csv row 2: the time 2025-07-02T15:30-05:00 contradicts the")
    assert "Asia/Tokyo, whose offset is +09:00 then" in second
    assert third.startswith("events.csv row 4: the date 2025-04-02 contradicts the time")


def table(*times, **columns):
    ids = [f"e{number}" for number in range(len(times))]
    return Events.from_frame(
        pd.DataFrame({"event_id": ids, "published_at": times, **columns}), name="events.csv"
    )


MIDNIGHTS = ("2025-04-02 00:00:00+00:00", "2025-04-09 00:00:00+00:00", "2025-05-13 00:00:00+00:00")


def test_midnights_of_a_table_are_dates_and_said(tmp_path, run):
    """isotopp.github.io #63, scholia #432, 18f.gsa.gov #1339, www.ruby-lang.org #57; CIQ events."""
    events = table(*MIDNIGHTS)
    assert events.frame["published_at"].isna().all()
    assert events.frame["precision"].tolist() == ["day"] * 3
    assert events.assumed == ("events.csv: 3 times: 00:00:00 stands for a date, not for a time",)
    path = tmp_path / "events.csv"
    pd.DataFrame({"event_id": ["a", "b", "c"], "published_at": MIDNIGHTS}).to_csv(path, index=False)
    code, _, err = run("align", path, "--markets", "N225,SPX")
    assert code == 2
    assert "row 2: event a has a time that stands for a date alone" in err
    assert "--date-only" in err
    code, out, err = run("align", path, "--markets", "N225,SPX", "--date-only", "next", "-o", "-")
    assert code == 0
    assert "3 times: 00:00:00 stands for a date" in err
    pairs = [line.split(",") for line in out.splitlines()]
    assert {pair[7] for pair in pairs[1:]} == {"True"}
    assert pairs[1][:4] == ["a", "N225", "", "2025-04-03"]  # the news came at 16:00 New York


def test_the_precision_of_the_table_wins_over_doubt():
    events = table(*MIDNIGHTS, precision=["exact"] * 3)
    assert events.frame["published_at"].notna().all()
    assert "the precision given is taken at its word" in events.assumed[0]


def test_a_single_midnight_is_known_to_the_day():
    events = table("2025-04-02T00:00:00Z", "2025-04-09T17:18:00Z")
    assert events.frame["precision"].tolist() == ["day", "exact"]
    assert events.frame["published_at"].notna().all()
    assert len(events.assumed) == 1


def test_the_hour_of_a_schedule_stays_exact_and_is_said():
    events = table("2025-02-07T08:30-05:00", "2025-03-07T08:30-05:00", "2025-04-04T08:30-04:00")
    assert events.frame["precision"].tolist() == ["exact"] * 3
    assert "taken as the hour of a schedule" in events.assumed[0]


def test_the_same_midnights_in_json_with_a_zone_are_dates(tmp_path):
    """The same, as JSON without an offset."""
    items = [{"headline": f"Tariffs {time}", "published_at": time[:19]} for time in MIDNIGHTS]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(items), encoding="utf-8")
    news = read_news(path, timezone="America/New_York")
    assert news.frame["published"].isna().all()
    assert news.frame["precision"].tolist() == ["day"] * 3


def test_one_hint_for_a_column_of_another_name(tmp_path):
    path = tmp_path / "events.csv"
    rows = "".join(f"e{number},2025-04-02T10:{number}Z,\n" for number in range(10, 50))
    path.write_text(f"event_id,published,date\n{rows}", encoding="utf-8")
    with pytest.raises(SchemaError) as caught:
        read_events(path)
    assert caught.value.problems == (
        "events.csv row 1: no column published_at, and 40 rows without a date; is 'published' "
        "meant to be it?",
    )
