"""Words of the page: times in the reader's zone, steps of the ladder."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest
from small_expectation import NOW, clock, forecast, markets

from eventstudy.expectation.page_words import (
    clock_text,
    day_and_time,
    lead_text,
    level_text,
    move_range,
    prices_to_text,
)

ZONE = "Asia/Hong_Kong"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, ("opens 08:00", "in 75 min")),
        ({"opens": "2025-04-15T00:00"}, ("opens Tue 08:00", "in 1 day 1 h")),
        (
            {"status": "trading", "opens": "2025-04-13T21:00", "closes": "2025-04-14T21:00"},
            ("trading since 05:00", "to Tue 05:00"),
        ),
        (
            {"status": "closed", "closes": "2025-04-13T08:00"},
            ("closed Sun 16:00", "its first session is over"),
        ),
        ({"status": "to_open", "opens": "NaT"}, ("opens", "")),
        ({"status": None}, ("hours not known", "first session 2025-04-14")),
    ],
)
def test_clock_in_the_readers_zone(settings, said):
    assert clock_text(clock(**settings), NOW, ZONE) == said


def test_a_day_far_away_has_its_date():
    state, detail = clock_text(clock(opens="2025-05-06T00:00"), NOW, ZONE)
    assert (state, detail) == ("opens Tue 6 May 08:00", "in 22 days 1 h")


def test_days_are_english_and_of_the_zone():
    moment = dt.datetime(2025, 4, 12, 1, 30, tzinfo=dt.UTC)
    assert day_and_time(moment, "America/New_York", year=False) == "Fri 11 Apr 21:30"


def test_steps_of_the_ladder():
    said = [
        level_text(forecast(n=9, level=level), "trade_deal", "de-escalation")
        for level in ("category", "direction", "all")
    ]
    assert said == [
        "trade deal, de-escalation: 9 dates",
        "all de-escalation news: 9 dates, 3 of this kind",
        "all news: 9 dates, 3 of this kind",
    ]


def test_a_range_with_one_end_missing_is_none():
    assert move_range(None, 0.01) == ""


def test_the_last_prices_are_named_with_their_markets_where_they_differ():
    rows = markets()
    assert prices_to_text(rows) == "2025-04-11"
    late = dataclasses.replace(rows[0].forecast, prices_to=np.datetime64("2025-04-14"))
    late = dataclasses.replace(rows[0], forecast=late)
    assert prices_to_text((late, rows[2])) == (
        "2025-04-11 (Nikkei 225); 2025-04-14 (Offshore yuan)"
    )
    assert prices_to_text((dataclasses.replace(late, forecast=None),)) == ""
    # A market that has reacted: its forecast is of the news' moment, its move of a later session.
    moved = dataclasses.replace(rows[2], moved=0.01, moved_to=np.datetime64("2025-04-14"))
    assert prices_to_text((moved,)) == "2025-04-14"


def test_a_move_of_the_benchmark_that_ranges_hold_is_said_once():
    def rows(*leads):
        return [
            dataclasses.replace(row, forecast=dataclasses.replace(row.forecast, lead=lead))
            for row, lead in zip(markets(), leads, strict=False)
        ]

    assert lead_text(rows(None, None), "SPX") == ""
    assert "what SPX did since a market's last close (+1.8\xa0%)" in lead_text(
        rows(0.0181, None, 0.0181), "SPX"
    )
    assert "(\N{MINUS SIGN}0.2 to +1.8\xa0%); the past dates do not." in lead_text(
        rows(0.0181, -0.002), ""
    )
