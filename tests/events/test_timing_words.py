"""Earnings calendars: a date, and beside it whether the news came before or after trading."""

from __future__ import annotations

import pandas as pd
import pytest

from eventstudy import Events
from eventstudy.events.timing_words import timing_sentences

DATES = ["2025-04-24", "2025-04-25", "2025-04-28"]


def said(name, words, **columns):
    table = {"event_id": ["a", "b", "c"], "date": DATES, name: words, **columns}
    events = Events.from_frame(pd.DataFrame(table), name="calendar")
    return [sentence for sentence in events.assumed if "after the close" in sentence]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hour", ["amc", "bmo", "amc"]),
        ("when", ["AMC", "BMO", "AMC"]),
        ("before_after_market", ["AfterMarket", "BeforeMarket", "AfterMarket"]),
        ("time", ["time-after-hours", "time-pre-market", "time-after-hours"]),
        ("Call Time", ["After Market Close", None, "After Market Close"]),
    ],
)
def test_news_after_the_close_is_said_to_be_placed_as_all_others(name, words):
    (sentence,) = said(name, words)
    assert sentence.startswith(
        f"calendar: column {name!r} says that 2 dates without a time are of news after the close "
        f"({words[0]!r}), which is not read: date_only decides for all alike"
    )


def test_columns_of_other_words_and_of_news_before_trading_are_left_in_peace():
    assert said("when", ["bmo", "bmo", "dmh"]) == []
    assert said("stage", ["pre", "post", "post"]) == []
    assert said("kind", ["beat", "miss", "beat"]) == []
    assert said("note", [None, None, None]) == []


def test_a_time_settles_it():
    times = ["2025-04-24T16:05-04:00", None, None]
    (sentence,) = said("when", ["amc", "bmo", "amc"], published_at=times)
    assert "says that 1 date without a time is of news after the close ('amc')" in sentence
    cells = {"when": ["amc", "amc"]}
    assert timing_sentences(cells, ["when"], [False, False]) == []
