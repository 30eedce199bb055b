"""The door to the library of exchange calendars."""

from __future__ import annotations

import exchange_calendars
import numpy as np
import pytest

from eventstudy.exceptions import CalendarError, SpecificationError
from eventstudy.markets.exchange_tables import exchange_table

SPAN = np.datetime64("2025-05-01"), np.datetime64("2025-05-09")


def test_sessions_with_opens_and_closes():
    known_from, zone, version, sessions, opens, closes = exchange_table("XTKS", *SPAN)
    assert (str(known_from), zone) == ("2025-05-01", "Asia/Tokyo")
    assert version.startswith("exchange_calendars ")
    assert sessions.astype(str).tolist() == [f"2025-05-0{day}" for day in (1, 2, 7, 8, 9)]
    assert str(opens[0]), str(closes[0]) == ("2025-05-01T00:00", "2025-05-01T06:30")


def test_an_unknown_calendar_is_named():
    with pytest.raises(SpecificationError, match="unknown calendar 'XTKZ'; did you mean 'XTKS'"):
        exchange_table("XTKZ", *SPAN)


# gerrymanoim/exchange_calendars: XTAE of 4.13 raises a ValueError, ASEX a NotImplementedError.
@pytest.mark.parametrize(
    "stumble", [ValueError("Special dates [...]\nare not sessions."), NotImplementedError()]
)
def test_a_calendar_the_library_cannot_build_is_one_sentence(monkeypatch, stumble):
    def get_calendar(*_, **__):
        raise stumble

    monkeypatch.setattr(exchange_calendars, "get_calendar", get_calendar)
    exchange_table.cache_clear()
    with pytest.raises(CalendarError) as caught:
        exchange_table("XTAE", *SPAN)
    assert str(caught.value).startswith("calendar XTAE: exchange_calendars ")
    assert "timezone and close" in str(caught.value)
    assert "\n" not in str(caught.value)
