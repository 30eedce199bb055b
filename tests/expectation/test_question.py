"""A headline made harmless, its times, and its kind: never a guess."""

from __future__ import annotations

import datetime as dt

import desk_files
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.datasets.bundled import load_events
from eventstudy.events.table import Events
from eventstudy.exceptions import SpecificationError
from eventstudy.expectation.question import NO_KIND, ask, local_zone, read_label

AT, LATER = "2025-05-02T09:00+08:00", "2025-05-02T12:00+08:00"


@pytest.fixture(scope="module")
def events():
    return load_events()


def own(**columns):
    return Events.from_frame(
        pd.DataFrame({"event_id": ["A", "B"], "published_at": [AT, LATER], **columns})
    )


def test_times_are_read_with_their_offset_or_in_the_zone_given():
    question = ask("News", AT, now="2025-05-02 12:00", zone="Asia/Hong_Kong")
    assert question.published_utc == dt.datetime(2025, 5, 2, 1, tzinfo=dt.UTC)
    assert question.now_utc == dt.datetime(2025, 5, 2, 4, tzinfo=dt.UTC)
    assert (question.zone, question.assumed) == ("Asia/Hong_Kong", ())
    aware = dt.datetime(2025, 5, 2, 1, tzinfo=dt.UTC)
    assert ask("News", aware, now=LATER).published_utc == aware


def test_now_is_the_clock_by_default():
    before = dt.datetime.now(dt.UTC).replace(microsecond=0)
    assert before <= ask("News", AT).now_utc <= dt.datetime.now(dt.UTC)
    just_now = ask("News", "now")
    assert before <= just_now.published_utc <= just_now.now_utc <= dt.datetime.now(dt.UTC)


@pytest.mark.parametrize(
    ("at", "settings", "message"),
    [
        (
            "2025-05-02 09:00",
            {},
            r"^published_at .* has no offset .*--tz \(zone=\)",
        ),
        ("2025-05-02", {"zone": "Asia/Tokyo"}, "is a date without a time"),
        ("yesterday", {}, "published_at 'yesterday' is not an ISO 8601 time"),
        (dt.datetime(2025, 5, 2, 9), {}, "has no time zone"),  # noqa: DTZ001
        (20250502, {}, "must be a text or a datetime, got int"),
        (
            AT,
            {"now": "2025-05-02T08:59+08:00"},
            "^now 2025-05-02 00:59 UTC lies before",
        ),
        ("2099-01-01T00:00Z", {"now": None}, "^the clock's time .* lies before the news"),
        (AT, {"zone": "Asia/Hongkong"}, "did you mean 'Asia/Hong_Kong'"),
        (
            "2025-11-02 01:30",
            {"zone": "America/New_York"},
            "is there twice in America/New_York",
        ),
    ],
)
def test_a_time_that_cannot_be_used_is_an_error(at, settings, message):
    with pytest.raises(SpecificationError, match=message):
        ask("News", at, **({"now": LATER} | settings))


@pytest.mark.parametrize("headline", ["", "  \n ", "<b></b>", "\x00\x1b", "<script>x()</script>"])
def test_an_empty_headline_is_an_error(headline):
    with pytest.raises(SpecificationError, match="the headline is empty"):
        ask(headline, AT, now=LATER)


def test_a_hostile_headline_becomes_one_harmless_line():
    hostile = "Tariffs\x1b[31m <b onclick=x()>rise</b>\r\nnow\u202e &amp; then" + "!" * 10_000
    question = ask(hostile, AT, now=LATER)
    assert question.headline.startswith("Tariffs[31m rise now & then!!!")
    assert len(question.headline) == 500
    assert question.headline.isprintable()
    assert any("cut at 500 of" in sentence for sentence in question.assumed)
    with pytest.raises(SpecificationError, match="must be a text, got int"):
        ask(7, AT)


@pytest.mark.slow
@given(st.text(max_size=200))
def test_any_text_is_one_printable_line_or_an_error(text):
    try:
        question = ask(text, AT, now=LATER, zone="UTC")
    except SpecificationError as error:
        assert "the headline is empty" in str(error)  # noqa: PT017
        return
    assert question.headline == question.headline.strip()
    assert "\n" not in question.headline
    assert "\x1b" not in question.headline


def test_the_machines_zone_is_that_of_tz_else_unknown(monkeypatch):
    monkeypatch.setenv("TZ", ":Asia/Taipei")
    assert local_zone() == "Asia/Taipei"
    assert ask("News", AT, now=LATER).zone == "Asia/Taipei"
    monkeypatch.setenv("TZ", "Etc/UTC")
    assert local_zone() == "UTC"
    monkeypatch.setenv("TZ", "XYZ-8")
    assert local_zone() is None
    question = ask("News", AT, now=LATER)
    assert question.zone == "UTC"
    assert "this machine's zone is not known" in question.assumed[0]


def test_the_rules_decide_where_they_are_sure(events):
    reading = read_label("Beijing says it is weighing trade talks with the US", events)
    assert (reading.category, reading.direction) == ("talk_signal", "de-escalation")
    assert reading.confidence >= 0.5
    assert reading.source == "weighing; talks"


def test_below_the_limit_it_asks_and_names_the_values(events):
    with pytest.raises(SpecificationError) as caught:
        read_label("Vietnam braces for 40% levy on goods it ships on, wants clarity", events)
    said = str(caught.value)
    assert said.startswith("it is not sure what the headline is: at best ")
    assert " of the time: " in said
    assert "--category (category=), such as talk_signal, tariff_threat" in said
    assert "retaliation and 14 more, and" in said
    assert len(said) < 400
    assert "--direction (direction=), one of escalation, de-escalation or neutral" in said
    assert "\n" not in said


def test_what_the_rules_reject_is_asked_too(events):
    said = "the headline reads as no event: .*; if it is one all the same, say --category"
    with pytest.raises(SpecificationError, match=said):
        read_label("Nikkei falls 3% as tariff fears mount", events)


def test_given_values_are_checked_and_taken(events):
    reading = read_label("Local team", events, category="deal", direction="neutral")
    assert (reading.category, reading.direction) == ("deal", "neutral")
    assert (reading.confidence, reading.source) == (None, "given")
    with pytest.raises(SpecificationError, match="unknown category 'deel'; did you mean 'deal'"):
        read_label("Local team", events, category="deel", direction="neutral")
    with pytest.raises(SpecificationError, match="unknown direction 'down'; known: de-escalation"):
        read_label("Local team", events, category="deal", direction="down")


def test_one_given_value_leaves_the_other_to_the_rules_if_they_agree(events):
    headline = "Beijing says it is weighing trade talks with the US"
    assert read_label(headline, events, category="talk_signal").direction == "de-escalation"
    turned = read_label(headline, events, direction="escalation")
    assert (turned.category, turned.direction) == ("talk_signal", "escalation")
    # The direction was read of another kind of news.
    with pytest.raises(
        SpecificationError, match=r"say --direction \(direction=\), one of"
    ) as caught:
        read_label(headline, events, category="deal")
    assert "--category" not in str(caught.value)


def test_kinds_the_rules_do_not_know_are_asked(tmp_path):
    mine = own(category=["order_win", "guidance_cut"], direction=["de-escalation", "escalation"])
    with pytest.raises(SpecificationError, match="which events does not have; say --category"):
        read_label("Beijing says it is weighing trade talks with the US", mine)
    rules = tmp_path / "mine.toml"
    rules.write_text(desk_files.RULES, encoding="utf-8")
    reading = read_label("Chip maker wins order from Apple", mine, rules=[rules])
    assert (reading.category, reading.direction) == ("order_win", "de-escalation")


def test_events_without_kinds_tell_no_news_apart():
    reading = read_label("Anything", own())
    assert (reading.category, reading.direction) == (NO_KIND, NO_KIND)
    assert len(reading.assumed) == 2
    with pytest.raises(SpecificationError, match="events has no column category; leave it out"):
        read_label("Anything", own(), category="deal")


def test_unsure_events_are_no_kind_to_choose():
    mine = own(category=["unsure", "deal"], direction=["neutral", "neutral"])
    with pytest.raises(SpecificationError, match="unknown category 'unsure'"):
        read_label("Anything", mine, category="unsure", direction="neutral")
