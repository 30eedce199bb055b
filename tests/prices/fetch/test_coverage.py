"""Which dates are requested, and which an answer covers for good."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from fetched import DAYS, NOW, TOKYO, row_of, update_markets

from eventstudy.exceptions import SourceError
from eventstudy.markets.market import get_market
from eventstudy.prices.fetch.coverage import complete_and_coming_sessions, request_for, settled_by
from eventstudy.prices.yahoo.cleaning import Request


def test_only_what_is_missing_is_asked_for(yahoo):
    update_markets("N225", start="2025-01-01", end="2025-06-30")
    before = len(yahoo.chart_requests())
    update = update_markets("N225")
    queries = [query for _, query in yahoo.chart_requests()[before:] if "period1" in query]
    days = [
        pd.Timestamp(int(queries[0][name]), unit="s", tz="Asia/Tokyo")
        for name in ("period1", "period2")
    ]
    # a week of overlap, so that a revision is noticed
    assert [f"{day:%Y-%m-%d}" for day in days] == ["2025-06-24", "2025-10-01"]
    assert row_of(update, "N225")["new"] == 66
    assert row_of(update, "N225")["rows"] == 195


@pytest.mark.slow
def test_today_is_left_out_until_the_session_is_over(yahoo):
    update = update_markets("N225", end="2025-10-01")
    assert row_of(update, "N225")["last"] == "2025-09-30"
    assert row_of(update, "N225")["remark"] == "today left out"
    count = len(yahoo.requests)
    update_markets("N225", end="2025-10-01")
    assert len(yahoo.requests) == count  # nothing can have come since
    evening = NOW + dt.timedelta(hours=5)
    assert (
        row_of(update_markets("N225", end="2025-10-01", now=evening), "N225")["last"]
        == "2025-10-01"
    )


@pytest.mark.slow
def test_a_holiday_without_a_row_is_known_and_a_late_row_is_asked_for_again(yahoo):
    lacking = (dt.date(2025, 8, 28), dt.date(2025, 9, 30))
    kept = [(d, c) for d, c in zip(DAYS, TOKYO, strict=True) if d not in lacking]
    yahoo.serve("^N225", [d for d, _ in kept], [c for _, c in kept])
    assert row_of(update_markets("N225"), "N225")["last"] == "2025-09-29"
    count = len(yahoo.chart_requests())
    yahoo.serve("^N225", DAYS, TOKYO)
    update = update_markets("N225")
    assert len(yahoo.chart_requests()) > count
    assert row_of(update, "N225")["last"] == "2025-09-30"
    assert np.datetime64("2025-08-28") not in update.panel.dates[0]
    count = len(yahoo.chart_requests())
    assert len(update_markets("N225", start="2025-08-28", end="2025-08-29").panel.dates[0]) == 1
    assert len(yahoo.chart_requests()) == count


@pytest.mark.slow
def test_an_empty_answer_for_years_is_not_believed(yahoo):
    yahoo.script("^N225", "empty")
    with pytest.raises(
        SourceError, match=r"came\. N225: there is no row from 2025-01-01 to 2025-09-30"
    ):
        update_markets("N225")
    yahoo.script("^N225", "ok")
    assert row_of(update_markets("N225"), "N225")["rows"] == 195


# ---- the rules by themselves -------------------------------------------------------------------

TOKYO_NOON = dt.datetime(2025, 5, 9, 3, tzinfo=dt.UTC)


def day(number):
    return dt.date(2025, 5, number)


def test_sessions_that_are_complete_and_those_to_come():
    over, coming = complete_and_coming_sessions(
        get_market("N225"), day(2), day(12), "1d", TOKYO_NOON
    )
    # Golden Week: no session on the 5th and 6th; that of the 9th closes at 06:30 UTC
    assert over == [day(2), day(7), day(8)]
    assert coming == [day(9), day(12)]
    over, coming = complete_and_coming_sessions(get_market("CNH"), day(8), day(9), "1d", TOKYO_NOON)
    assert (over, coming) == ([day(8)], [day(9)])
    assert complete_and_coming_sessions(get_market("CNH"), day(9), day(8), "1d", TOKYO_NOON) == (
        [], [],
    )  # fmt: skip


def test_one_request_for_all_that_is_missing_and_none_before_a_session_has_ended():
    market = get_market("N225")
    assert request_for("^N225", market, [(day(9), day(9))], "1d", TOKYO_NOON) is None
    request = request_for("^N225", market, [(day(1), day(2)), (day(7), day(30))], "1d", TOKYO_NOON)
    assert (request.start, request.end) == (day(1), day(10))


def test_what_an_answer_settles():
    request = Request("^N225", dt.date(2025, 1, 6), day(9), get_market("N225"))
    rows = pd.DataFrame({"close": [1.0, 2.0]}, index=pd.to_datetime(["2025-05-02", "2025-05-08"]))
    # all before the session that has not ended
    assert settled_by(request, rows, "1d", TOKYO_NOON) == [(request.start, day(8))]
    # a late row of the last ten days may still come
    assert settled_by(request, rows[:1], "1d", TOKYO_NOON) == [(request.start, day(6))]
    # an empty answer for months is more likely a fault; one for a few old sessions is believed
    assert settled_by(request, rows[:0], "1d", TOKYO_NOON) == []
    old = request._replace(end=dt.date(2025, 1, 8))
    assert settled_by(old, rows[:0], "1d", TOKYO_NOON) == [(old.start, old.end)]
    assert settled_by(request._replace(market=None), rows, "1d", TOKYO_NOON) == []
