"""Which dates are requested, and which an answer covers for good."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from fetched import DAYS, NOW, TOKYO, row_of, update_markets

from eventstudy.exceptions import SourceError
from eventstudy.markets.market import get_market
from eventstudy.prices.fetch.coverage import (
    complete_and_coming_sessions,
    lacking_runs,
    open_spans,
    request_for,
    settled_by,
)
from eventstudy.prices.store.tables import LeftOut
from eventstudy.prices.yahoo.cleaning import Request


@pytest.mark.slow
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
def test_a_session_without_a_row_is_asked_for_until_three_days_had_none(yahoo):
    lacking = (dt.date(2025, 8, 28), dt.date(2025, 9, 30))
    kept = [(d, c) for d, c in zip(DAYS, TOKYO, strict=True) if d not in lacking]
    yahoo.serve("^N225", [d for d, _ in kept], [c for _, c in kept])
    assert row_of(update_markets("N225"), "N225")["last"] == "2025-09-29"
    # the second day without the row of August, and the first with the late one
    yahoo.serve("^N225", [d for d in DAYS if d != lacking[0]], TOKYO[: len(DAYS) - 1])
    tomorrow = NOW + dt.timedelta(days=1)
    assert row_of(update_markets("N225", now=tomorrow), "N225")["last"] == "2025-09-30"
    count = len(yahoo.chart_requests())
    for day in (2, 2, 3):
        update = update_markets("N225", now=NOW + dt.timedelta(days=day))
        assert np.datetime64("2025-08-28") not in update.panel.dates[0]
    assert len(yahoo.chart_requests()) == count + 1  # the third answer was the last one


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


def runs_of(market, first, last, now, *days):
    return lacking_runs(get_market(market), first, last, now, days)


def test_neighbouring_sessions_without_a_row_are_together():
    # May 3 to 6 is no session in Tokyo, and that of the 9th is not over
    assert runs_of("N225", day(1), day(9), TOKYO_NOON, day(1)) == [[day(2), day(7), day(8)]]
    assert runs_of("N225", day(1), day(9), TOKYO_NOON, day(2), day(8)) == [[day(1)], [day(7)]]


def test_weekdays_of_a_market_whose_sessions_are_not_known_may_be_holidays():
    rows = [day(1), day(13), day(30)]
    later = dt.datetime(2025, 6, 20, tzinfo=dt.UTC)
    # seven weekdays are believed to be holidays, twelve are not
    (run,) = runs_of("CNH", day(1), day(30), later, *rows)
    assert (run[0], run[-1], len(run)) == (day(14), day(29), 12)
    # the last ones may still come
    assert runs_of("CNH", day(1), day(9), TOKYO_NOON, day(1), day(7)) == [[day(8)]]
    assert runs_of("CNH", day(1), day(8), later, day(1), day(7)) == []


def test_a_session_is_given_up_when_three_days_had_no_row_for_it():
    run = [day(2), day(7), day(8)]
    june = [LeftOut(day(7), day(8), dt.date(2025, 6, 1 + number)) for number in range(3)]
    assert open_spans([run], []) == [(day(2), day(8))]
    assert open_spans([run], [*june[:2], june[0]]) == [(day(2), day(8))]
    assert open_spans([run], june) == [(day(2), day(2))]
    # answers of the next days do not count: vendors are late
    soon = [LeftOut(day(2), day(8), day(9 + number)) for number in range(3)]
    assert open_spans([run], soon) == [(day(2), day(8))]
    # what has ended for good is asked for once a day at most
    ended = [LeftOut(day(2), day(2), dt.date(2025, 6, 1 + number)) for number in range(3)]
    assert open_spans([run], [*ended, *soon[:1]]) == []


def test_what_an_answer_settles():
    request = Request("^N225", dt.date(2025, 1, 6), day(9), get_market("N225"))

    def settled(*runs, asked=request, left_out=()):
        return settled_by(asked, runs, left_out, "1d", TOKYO_NOON)

    # all before the session that has not ended
    assert settled() == [(request.start, day(8))]
    # but for sessions without a row, at the end, at the start and in between
    assert settled([day(7), day(8)]) == [(request.start, day(6))]
    assert settled([request.start], [day(2)]) == [
        (dt.date(2025, 1, 7), day(1)), (day(3), day(8)),
    ]  # fmt: skip
    three = [LeftOut(day(2), day(2), dt.date(2025, 6, 1 + number)) for number in range(3)]
    assert settled([day(2)], left_out=three) == [(request.start, day(8))]
    assert settled(asked=request._replace(market=None)) == []
    assert settled_by(request, [], [], "1h", TOKYO_NOON) == [(request.start, day(8))]
