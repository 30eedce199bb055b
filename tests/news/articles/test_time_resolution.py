from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from article_texts import one_claim
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.events.table import HALF_WIDTH
from eventstudy.news.articles.articles import split_article

pytestmark = pytest.mark.fast_tests(12)

SHANGHAI, TOKYO, NEW_YORK = "Asia/Shanghai", "Asia/Tokyo", "America/New_York"
FRIDAY_NOON = ("2025-05-02T12:00+08:00", SHANGHAI)  # Thursday midnight in New York
NY_NOON = ("2025-05-02T12:00-04:00", NEW_YORK)


# sentence, published, zone, expected instant (own offset) or date, precision
POINTS = [
    # weekdays: the latest one, the day itself, across zones
    ("Parliament voted on Friday.", *FRIDAY_NOON, "2025-05-02", "day"),
    ("Parliament voted on Thursday.", *FRIDAY_NOON, "2025-05-01", "day"),
    ("Parliament voted on Saturday.", *FRIDAY_NOON, "2025-04-26", "day"),
    ("Parliament voted last Friday.", *FRIDAY_NOON, "2025-04-25", "day"),
    ("Parliament voted on Monday last week.", *FRIDAY_NOON, "2025-04-21", "day"),
    ("Last week on Tuesday parliament voted.", *FRIDAY_NOON, "2025-04-22", "day"),
    ("The vote on Wed. was close.", *FRIDAY_NOON, "2025-04-30", "day"),
    ("The vote is set for Monday.", *FRIDAY_NOON, "2025-05-05", "day"),
    ("Parliament will vote on Friday.", *FRIDAY_NOON, "2025-05-02", "day"),
    ("Parliament will vote next Friday.", *FRIDAY_NOON, "2025-05-09", "day"),
    ("They are meeting on Tuesday.", *FRIDAY_NOON, "2025-05-06", "day"),
    ("The coming Friday is a holiday.", *FRIDAY_NOON, "2025-05-09", "day"),
    ("Parliament voted on Monday.", "2025-01-02T09:00+09:00", TOKYO, "2024-12-30", "day"),
    ("Parliament voted on Thursday.", "2024-03-01", None, "2024-02-29", "day"),
    # parts of the day
    ("He spoke Thursday evening.", *FRIDAY_NOON, "2025-05-01T20:00+08:00", "session"),
    ("He spoke on Thursday evening in Washington.", *FRIDAY_NOON,
     "2025-05-01T20:00-04:00", "session"),
    ("He spoke late Wednesday.", *FRIDAY_NOON, "2025-04-30T21:00+08:00", "session"),
    ("He spoke early on Friday.", *FRIDAY_NOON, "2025-05-02T06:00+08:00", "session"),
    ("He spoke on Friday morning in Tokyo.", *NY_NOON, "2025-05-02T09:00+09:00", "session"),
    ("He spoke this morning.", *FRIDAY_NOON, "2025-05-02T09:00+08:00", "session"),
    ("He spoke last night.", *FRIDAY_NOON, "2025-05-01T22:00+08:00", "session"),
    ("He spoke yesterday afternoon.", *FRIDAY_NOON, "2025-05-01T15:00+08:00", "session"),
    ("He will speak tomorrow evening.", *FRIDAY_NOON, "2025-05-03T20:00+08:00", "session"),
    ("He will speak tonight.", *FRIDAY_NOON, "2025-05-02T22:00+08:00", "session"),
    ("The ships left overnight.", *FRIDAY_NOON, "2025-05-02T00:00+08:00", "day"),
    # a time ahead of the publication goes a week back, unless its width reaches it
    ("He spoke on Friday evening.", *FRIDAY_NOON, "2025-04-25T20:00+08:00", "session"),
    ("He spoke on Friday afternoon.", *FRIDAY_NOON, "2025-05-02T12:00+08:00", "session"),
    # days by name, number and distance
    ("He left yesterday.", "2025-03-01T08:00+00:00", "Europe/London", "2025-02-28", "day"),
    ("He left today.", *FRIDAY_NOON, "2025-05-02", "day"),
    ("He left the day before yesterday.", "2025-01-01T12:00Z", "UTC", "2024-12-30", "day"),
    ("He leaves the day after tomorrow.", "2025-12-30T12:00Z", "UTC", "2026-01-01", "day"),
    ("He left three days ago.", *FRIDAY_NOON, "2025-04-29", "day"),
    ("He left two hours ago.", *FRIDAY_NOON, "2025-05-02T10:00+08:00", "approx"),
    ("He left minutes ago.", *FRIDAY_NOON, "2025-05-02T11:45+08:00", "minute_est"),
    ("He left ten minutes ago.", *FRIDAY_NOON, "2025-05-02T11:50+08:00", "minute_est"),
    ("He left on April 9.", *FRIDAY_NOON, "2025-04-09", "day"),
    ("He left on 9 April.", *FRIDAY_NOON, "2025-04-09", "day"),
    ("He left on Dec. 28.", *FRIDAY_NOON, "2024-12-28", "day"),
    ("He left on the 3rd of March 2021.", *FRIDAY_NOON, "2021-03-03", "day"),
    ("He left on May 2, 2025.", "2026-01-01T12:00Z", "UTC", "2025-05-02", "day"),
    ("He left on 2 May 2025.", "2026-01-01T12:00Z", "UTC", "2025-05-02", "day"),
    ("The order of 2025-04-02 stands.", *FRIDAY_NOON, "2025-04-02", "day"),
    ("He left on Feb. 29.", *FRIDAY_NOON, "2024-02-29", "day"),
    ("He left on December 31.", "2025-01-01T00:30+08:00", SHANGHAI, "2024-12-31", "day"),
    ("The duty will apply from June 1.", *FRIDAY_NOON, "2025-06-01", "day"),
    ("The June 1 cut comes in two steps.", *FRIDAY_NOON, "2025-06-01", "day"),
    ("The talks will resume on January 5.", "2025-12-30", None, "2026-01-05", "day"),
    ("商务部5月1日表示。", *FRIDAY_NOON, "2025-05-01", "day"),
    ("経産相は木曜日に会見した。", *FRIDAY_NOON, "2025-05-01", "day"),
    ("同社は2024年12月31日に発表した。", *FRIDAY_NOON, "2024-12-31", "day"),
    # clock times and their zones, summer time included
    ("Data came at 9:30 a.m. ET on Thursday.", *FRIDAY_NOON, "2025-05-01T09:30-04:00", "exact"),
    ("Data came at 8:30 a.m. ET on January 10.", *FRIDAY_NOON, "2025-01-10T08:30-05:00", "exact"),
    ("It closed at 16:30 JST.", *FRIDAY_NOON, "2025-05-01T16:30+09:00", "exact"),
    ("It was signed at 0900 GMT on Thursday.", *FRIDAY_NOON, "2025-05-01T09:00+00:00", "exact"),
    ("It was signed at 9 a.m. Beijing time on Friday.", *FRIDAY_NOON,
     "2025-05-02T09:00+08:00", "minute_est"),
    ("It was signed about 9:10 a.m. Tokyo time on Friday.", *FRIDAY_NOON,
     "2025-05-02T09:10+09:00", "approx"),
    ("It was signed at 9:45 a.m. on Friday.", *FRIDAY_NOON, "2025-05-02T09:45+08:00", "approx"),
    ("It was signed shortly after 3 p.m. London time on Thursday.", *FRIDAY_NOON,
     "2025-05-01T15:00+01:00", "minute_est"),
    ("It was signed at 12:01 a.m. Eastern time.", *NY_NOON, "2025-05-02T00:01-04:00", "exact"),
    ("The cut will start at 12:01 a.m. ET on Saturday.", *NY_NOON,
     "2025-05-03T00:01-04:00", "exact"),
    ("It was signed at noon on Thursday.", *FRIDAY_NOON, "2025-05-01T12:00+08:00", "approx"),
    ("It was signed at 3 p.m. GMT+8 on Thursday.", *FRIDAY_NOON,
     "2025-05-01T15:00+08:00", "minute_est"),
    ("It was signed at 9:30 a.m. CST on Thursday.", *FRIDAY_NOON, "2025-05-01", "day"),
    ("It was signed at 9:30 a.m. local time on Thursday.", *FRIDAY_NOON, "2025-05-01", "day"),
    ("It was signed at midnight on Thursday.", *FRIDAY_NOON, "2025-05-01", "day"),
    # the hour the clock skips, and the one it has twice (the later one)
    ("It was signed at 2:30 a.m. ET on Sunday.", "2025-03-10T12:00-04:00", NEW_YORK,
     "2025-03-09T03:30-04:00", "exact"),
    ("It was signed at 1:30 a.m. ET on Sunday.", "2025-11-03T12:00-05:00", NEW_YORK,
     "2025-11-02T01:30-05:00", "exact"),
    # trading words: real sessions, half days, holidays, summer time
    ("Apple warned after the close on Thursday.", *FRIDAY_NOON, "2025-05-01T17:00-04:00", "approx"),
    ("Apple warned after the bell.", *FRIDAY_NOON, "2025-05-01T17:00-04:00", "approx"),
    ("Apple warned after the close.", "2025-05-02T12:00-04:00", NEW_YORK,
     "2025-05-01T17:00-04:00", "approx"),
    ("Apple warned after the close.", "2024-12-01T12:00+08:00", SHANGHAI,
     "2024-11-29T14:00-05:00", "approx"),  # half day after Thanksgiving
    ("Apple warned after the close.", "2025-04-20T12:00+08:00", SHANGHAI,
     "2025-04-17T17:00-04:00", "approx"),  # Good Friday has no session
    ("Apple warned after the close on Friday.", "2025-04-20T12:00+08:00", SHANGHAI,
     "2025-04-18", "day"),
    ("Tesla fell in after-hours trading on Wednesday.", *FRIDAY_NOON,
     "2025-04-30T19:00-04:00", "session"),
    ("Walmart warned before the opening bell on Thursday.", *FRIDAY_NOON,
     "2025-05-01T08:30-04:00", "approx"),
    ("Tesla fell in premarket trading on Thursday.", "2025-01-10T12:00Z", "UTC",
     "2025-01-09", "day"),  # a day of mourning
    ("The Nikkei fell at the close on Thursday.", "2024-11-01T20:00+09:00", TOKYO,
     "2024-10-31T15:00+09:00", "minute_est"),
    ("The Nikkei fell at the close on Thursday.", "2024-11-08T20:00+09:00", TOKYO,
     "2024-11-07T15:30+09:00", "minute_est"),  # Tokyo closes later from 5 November 2024
    ("The Hang Seng fell in early trading on Friday.", *FRIDAY_NOON,
     "2025-05-02T10:30+08:00", "approx"),
    pytest.param(
        "The Kospi fell at the open on Wednesday.", *FRIDAY_NOON,
        "2025-04-30T09:00+09:00", "minute_est",
        marks=pytest.mark.slow,  # that calendar takes seconds
    ),
    ("The maker warned after the close on Thursday.", *FRIDAY_NOON, "2025-05-01", "day"),
    ("Microsoft will report after the close on Wednesday.", *FRIDAY_NOON,
     "2025-05-07T17:00-04:00", "approx"),
    ("Apple ended Thursday lower, after a fall of as much as 9% in early trade.", *FRIDAY_NOON,
     "2025-05-01", "day"),
    # two names of one day, and the zone of a place
    ("It was signed on Wednesday, April 2, 2025.", *FRIDAY_NOON, "2025-04-02", "day"),
    ("Next week, on Thursday, they will meet.", *FRIDAY_NOON, "2025-05-08", "day"),
    ("Last week the bank met on Thursday.", *FRIDAY_NOON, "2025-04-24", "day"),
    ("He spoke late Thursday, New York time.", *FRIDAY_NOON, "2025-05-01T21:00-04:00", "session"),
    ("He spoke on Friday morning Beijing time.", *NY_NOON, "2025-05-02T09:00+08:00", "session"),
    ("It fell on Friday due to rain.", *FRIDAY_NOON, "2025-05-02", "day"),
    # what was said when
    ("The bank said on Thursday it would raise rates next month.", *FRIDAY_NOON,
     "2025-05-01", "day"),
    ("Rates would rise next month, the bank said on Thursday.", *FRIDAY_NOON, "2025-05-01", "day"),
    ("“We decide next week,” he said on Wednesday.", *FRIDAY_NOON, "2025-04-30", "day"),
    ("Exports fell in April, the customs office said on Thursday.", *FRIDAY_NOON,
     "2025-05-01", "day"),
    ("Shares rose on Thursday after Wednesday's vote.", *FRIDAY_NOON, "2025-05-01", "day"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "published", "zone", "when", "precision"), POINTS)
def test_a_time_of_its_own(sentence, published, zone, when, precision):
    row = one_claim(sentence, published, zone)
    assert (row["published"] or row["date"].date().isoformat()) == when
    assert row["precision"] == precision
    assert row["when_words"]
    assert row["time_rule"] != "publication"
    if row["published"]:
        moment = dt.datetime.fromisoformat(when)
        assert row["published_at"] == moment.astimezone(dt.UTC)
        assert row["date"].date() == moment.date()


# sentence, published, first day, last day, rule, whether the claim keeps the article's time
PERIODS = [
    ("Exports fell last week.", "2025-05-02", "2025-04-21", "2025-04-27", "week"),
    ("Exports fell in April.", "2025-05-02", "2025-04-01", "2025-04-30", "month"),
    ("Exports fell in December.", "2025-05-02", "2024-12-01", "2024-12-31", "month"),
    ("Exports fell in February.", "2024-05-02", "2024-02-01", "2024-02-29", "month"),
    ("Exports fell in late April.", "2025-05-02", "2025-04-21", "2025-04-30", "month"),
    ("Exports fell last month.", "2025-01-31", "2024-12-01", "2024-12-31", "week"),
    ("Exports fell earlier this month.", "2025-05-20", "2025-05-01", "2025-05-20", "week"),
    ("Exports fell this quarter.", "2025-05-02", "2025-04-01", "2025-06-30", "week"),
    ("Exports fell last quarter.", "2025-02-02", "2024-10-01", "2024-12-31", "week"),
    ("Exports fell in the first quarter.", "2025-02-28", "2025-01-01", "2025-03-31", "quarter"),
    ("Exports fell in the fourth quarter.", "2025-02-28", "2024-10-01", "2024-12-31", "quarter"),
    ("Exports fell in Q3 2023.", "2025-02-28", "2023-07-01", "2023-09-30", "quarter"),
    ("Exports fell in the spring of 2022.", "2025-05-02", "2022-03-01", "2022-05-31", "season"),
    ("Exports fell last winter.", "2025-05-02", "2024-12-01", "2025-02-28", "season"),
    ("Exports fell in 2022.", "2025-05-02", "2022-01-01", "2022-12-31", "year"),
    ("Exports fell last year.", "2025-01-01", "2024-01-01", "2024-12-31", "week"),
    ("Exports fell over the weekend.", "2025-05-05", "2025-05-03", "2025-05-04", "weekend"),
    ("Exports fell two weeks ago.", "2025-05-02", "2025-04-15", "2025-04-21", "ago"),
    ("Exports fell on Monday and Tuesday.", "2025-05-02", "2025-04-28", "2025-04-29", "weekdays"),
    ("Exports fell May 5-7, 2024.", "2025-05-02", "2024-05-05", "2024-05-07", "dates"),
    ("Exports will fall next month.", "2025-12-15", "2026-01-01", "2026-01-31", "week"),
    ("Exports will fall in June.", "2025-05-02", "2025-06-01", "2025-06-30", "month"),
    ("Exports will fall in March.", "2025-05-02", "2026-03-01", "2026-03-31", "month"),
]


@pytest.mark.parametrize(("sentence", "published", "first", "last", "rule"), PERIODS)
def test_more_than_a_day_is_never_a_day(sentence, published, first, last, rule):
    timed = f"{published}T10:00+08:00"
    for moment, zone in ((published, None), (timed, SHANGHAI)):
        row = one_claim(sentence, moment, zone)
        assert row["published"] is None
        assert row["date"].date().isoformat() == published
        assert row["precision"] == "day"
        assert row["time_rule"] == rule
        assert [row[end].date().isoformat() for end in ("period_start", "period_end")] == [
            first,
            last,
        ]


# What keeps the article's own time: sentence, rule, first and last day kept beside it
KEPT = [
    ("The yuan is stable.", "publication", None, None),
    ("No envoy has travelled since April 9.", "since date", "2025-04-09", "2025-05-02"),
    ("The line has been shut since Monday.", "since weekday", "2025-04-28", "2025-05-02"),
    ("It has fallen since December 2023.", "since month", "2023-12-01", "2025-05-02"),
    ("Orders are the weakest since December 2023.", "reference", "2023-12-01", "2023-12-31"),
    ("It is the lowest since the flood in 2022.", "reference", "2022-01-01", "2022-12-31"),
    ("April data shows a fall.", "month of data", "2025-04-01", "2025-04-30"),
    ("The maker warned that duties could cost it much this quarter.", "reported time",
     "2025-04-01", "2025-06-30"),
    ("He promised calm before Monday's vote.", "reference", "2025-04-28", "2025-04-28"),
    ("The bank said it will decide on Monday.", "reported time", "2025-05-05", "2025-05-05"),
    ("Orders have fallen for weeks.", "span", None, "2025-05-02"),
    ("Orders have fallen over the past two months.", "span", "2025-03-02", "2025-05-02"),
    ("The duty was put off for 90 days.", "reference", None, None),
    ("It was the first fall in three years.", "reference", None, None),
    ("After weeks of silence a note came.", "reference", None, None),
    ("Exports rose 8% from a year earlier.", "reference", None, None),
    ("The index lost 9% for the week.", "publication", None, None),
    ("It is cheap on Black Friday and Good Friday.", "publication", None, None),
    ("He may march on.", "publication", None, None),
    ("The ratio was 3.25 to 7.5, or 1:30.", "publication", None, None),
    ("He left on February 30.", "publication", None, None),
    ("He was born in 1066.", "out of range", None, None),
    ("The order of 1700-01-01 stands.", "out of range", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "rule", "first", "last"), KEPT)
def test_what_has_the_time_of_its_article(sentence, rule, first, last):
    row = one_claim(sentence, *FRIDAY_NOON)
    assert row["published"] == FRIDAY_NOON[0]
    assert row["precision"] == "session"  # what it tells happened some time before
    assert row["time_rule"] == rule
    for column, expected in (("period_start", first), ("period_end", last)):
        day = None if pd.isna(row[column]) else row[column].date().isoformat()
        assert day == expected


def test_later_counts_from_the_claim_before():
    text = (
        "It was signed at 9:30 a.m. ET on Thursday. Two hours later it was denied. "
        "The next day it was signed again. Hours later he left."
    )
    frame = split_article(text, published=FRIDAY_NOON[0], timezone=SHANGHAI, name="a.txt")
    assert list(frame["published"]) == [
        "2025-05-01T09:30-04:00",
        "2025-05-01T11:30-04:00",
        None,
        None,
    ]
    assert list(frame["precision"]) == ["exact", "approx", "day", "day"]
    alone = one_claim("Two hours later it was denied.", *FRIDAY_NOON)
    assert alone["time_rule"] == "publication"


def test_markets_that_moved_in_one_sentence_moved_on_one_day():
    for text in (
        "On Thursday Tokyo shares rose 1% and the Kospi fell 2%.",
        "Tokyo shares rose 1% and the Kospi fell 2% on Thursday.",
    ):
        frame = split_article(text, published=FRIDAY_NOON[0], timezone=SHANGHAI, name="a.txt")
        assert list(frame["date"].dt.strftime("%d %b")) == ["01 May", "01 May"]
        assert sorted(frame["time_rule"]) == ["same sentence", "weekday"]
    apart = "The bank met on Thursday; the ministry agreed to a loan."
    frame = split_article(apart, published=FRIDAY_NOON[0], timezone=SHANGHAI, name="a.txt")
    assert list(frame["time_rule"]) == ["weekday", "publication"]


def test_a_date_alone_gives_dates_alone():
    for sentence in (
        "It was signed at 9:30 a.m. ET on Thursday.",
        "He left two hours ago.",
        "Apple warned after the close.",
        "He left overnight.",
        "He left.",
    ):
        row = one_claim(sentence, "2025-05-02", SHANGHAI)
        assert row["published"] is None
        assert row["precision"] == "day"


def test_the_precision_of_the_article_is_the_best_its_claims_have():
    frame = split_article(
        "The yuan is stable. He left ten minutes ago.",
        published=FRIDAY_NOON[0], timezone=SHANGHAI, name="a.txt", precision="approx",
    )  # fmt: skip
    assert list(frame["precision"]) == ["approx", "approx"]


FIRST, LAST = dt.datetime(1900, 1, 2), dt.datetime(2200, 12, 30)  # noqa: DTZ001
_WORDS = [
    *("on Friday", "last Monday", "next Tuesday", "in April", "since May 2", "at 9:30 a.m. ET"),
    *("after the close", "Apple", "will", "said", "that", "“", "”", "two hours ago", "overnight"),
    *("hours later", "Feb. 29", "2025-13-01", "12月31日", "99 years ago", "999 years ago", ","),
    *("in 2199", "since 1900", "this winter", "the weekend", "tomorrow night", "at midnight"),
    *("the next day", "Q4", "second half of 2200", "May 30-31", "after weeks", "in two weeks"),
]


@given(
    st.lists(st.sampled_from(_WORDS), min_size=1, max_size=8),
    st.datetimes(FIRST, LAST, timezones=st.timezones()),
    st.booleans(),
)
def test_whatever_is_said_the_time_is_one_the_events_table_takes(words, moment, is_date):
    published = moment.date().isoformat() if is_date else moment
    frame = split_article(" ".join(words), published=published, timezone=None, name="a")
    for row in frame.to_dict("records"):
        assert row["precision"] in HALF_WIDTH
        assert row["date"] == row["date"].normalize()
        assert row["published"] is not None or row["precision"] == "day"
        if is_date:
            assert row["published"] is None
        is_ahead = row["date"].date() > moment.date() + dt.timedelta(1)
        assert not is_ahead or row["claim_type"] == "scheduled"
