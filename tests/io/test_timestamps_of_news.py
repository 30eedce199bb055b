"""Times of news: what the door `NEWS` reads, and what it refuses."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.io.doors import NEWS
from eventstudy.io.timestamps import read_time


@pytest.mark.parametrize(
    ("raw", "iso"),
    [
        ("2025-05-02T09:00+08:00", "2025-05-02T09:00+08:00"),
        ("2025-05-02 09:00:30 +0800", "2025-05-02T09:00:30+08:00"),
        ("2025-05-02T09:00:00.123456789Z", "2025-05-02T09:00:00.123456+00:00"),
        ("20250502T090000Z", "2025-05-02T09:00+00:00"),
        ("2025/5/2 9:00 UTC", "2025-05-02T09:00+00:00"),
        ("Fri, 02 May 2025 09:00:00 +0800", "2025-05-02T09:00+08:00"),
        ("2 May 25 09:00 GMT", "2025-05-02T09:00+00:00"),
        ("Fri, 2 May 2025 09:00:00 EDT", "2025-05-02T09:00-04:00"),
        ("1746147600", "2025-05-02T01:00+00:00"),
        ("1746147600000", "2025-05-02T01:00+00:00"),
        ("1746147600.0", "2025-05-02T01:00+00:00"),
        ("Fri May 02 09:00:00 +0800 2025", "2025-05-02T09:00+08:00"),
        ("2025-05-02", None),
        ("20250502", None),
        ("2025/5/2", None),
        ("02 May 2025", None),
    ],
)
def test_a_time_is_read_as_written(raw, iso):
    moment = read_time(raw, NEWS)
    assert moment.iso == iso
    assert moment.date == dt.date(2025, 5, 2)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("2025年5月2日 16:30", "no ISO 8601 or RFC 822"),
        ("02/05/2025", "which number is the month"),
        ("5.2.25 16:30", "which number is the month"),
        ("Mon, 02 May 2025 09:00:00 GMT", "2025-05-02 was a Friday"),
        ("Fri, 02 May 2025 09:00:00 JST", "the zone 'JST' has no meaning of its own"),
        ("Fri, 02 May 2025 09:00:00 CST", "name the zone whose clocks have it with --timezone"),
        ("Fri, 02 May 2025 09:00:00", "without an offset"),
        ("2025-05-02T25:00Z", "no such time"),
        ("2025-05-02T09:00+23:00", "no place on earth"),
        ("2025-05-02T09:00+08:75", "no place on earth"),
        ("2025-13-02", "no such day"),
        ("1000-01-01", "outside the years"),
        ("9999-12-31T23:59:59-15:00", "outside the years"),
        ("45779", "no ISO 8601"),
        ("2025-W18-5", "no ISO 8601"),
        ("٢٠٢٥-٠٥-٠٢", "no ISO 8601"),
        ("x" * 10_000, "is no date"),
    ],
)
def test_what_is_in_doubt_is_refused(raw, reason):
    with pytest.raises(ValueError, match="published") as caught:
        read_time(raw, NEWS)
    assert reason in str(caught.value)
    assert len(str(caught.value)) < 250


def test_an_abbreviation_is_read_as_the_standard_has_it_and_noted():
    moment = read_time("Fri, 02 May 2025 09:00:00 EDT", NEWS)
    assert moment.iso == "2025-05-02T09:00-04:00"
    assert moment.assumed == ("EDT read as RFC 822 has it, UTC-04:00",)
    assert moment.precision == "exact"


@pytest.mark.parametrize(
    ("raw", "what"), [("2025-03-09 02:30", "does not exist"), ("2025-11-02 01:30", "twice")]
)
def test_a_time_in_the_hour_the_clock_changes_is_refused(raw, what):
    with pytest.raises(ValueError, match=what):
        read_time(raw, NEWS, zone="America/New_York")
    assert (
        read_time("2025-11-02 03:30", NEWS, zone="America/New_York").iso == "2025-11-02T03:30-05:00"
    )


@given(st.datetimes(dt.datetime(1901, 1, 1), dt.datetime(2199, 1, 1)), st.integers(-14, 14))  # noqa: DTZ001
def test_every_iso_time_comes_back(moment, hours):
    aware = moment.replace(tzinfo=dt.timezone(dt.timedelta(hours=hours)))
    stamp = read_time(aware.isoformat(), NEWS)
    assert stamp.local == aware
    assert stamp.date == aware.date()
    assert dt.datetime.fromisoformat(stamp.iso) == aware


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_a_reason(raw):
    try:
        read_time(raw, NEWS, zone="Asia/Tokyo")
    except ValueError as error:
        assert "published" in str(error)  # noqa: PT017 - most texts are no date, some are
