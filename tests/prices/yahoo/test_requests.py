"""Requests of yfinance, watched: one honest retry after "too many requests", then no more."""

from __future__ import annotations

import datetime as dt
import threading
from types import SimpleNamespace

import pytest

from eventstudy.prices.yahoo.answers import Failure
from eventstudy.prices.yahoo.requests import RequestWatch, Rest, retry_after, watch_session

CHART = "https://query2.finance.yahoo.com/v8/finance/chart/^N225"
CRUMB = "https://query1.finance.yahoo.com/v1/test/getcrumb"
NOW = dt.datetime(2025, 10, 1, 3, tzinfo=dt.UTC)
MINE = threading.current_thread().name


def answer(status, asked=None):
    return SimpleNamespace(
        status_code=status, headers={} if asked is None else {"Retry-After": asked}
    )


class Session:
    """Gives its answers one after the other."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.sent = []

    def request(self, method, url, **_):
        self.sent.append(url)
        return self.answers.pop(0)


def watched(*answers, seconds=3.0, thread=MINE):
    waits = []
    watch = RequestWatch(thread, waits.append, seconds)
    session = Session(*answers)
    watch_session(session, watch)
    return session, watch, waits


def test_too_many_requests_is_waited_out_and_asked_again_once():
    session, watch, waits = watched(answer(429, "7"), answer(200))
    assert session.request("GET", CHART).status_code == 200
    assert (waits, watch.limit) == ([7.0], None)


def test_said_twice_it_ends_everything_that_these_threads_send():
    session, watch, waits = watched(answer(429), answer(429, "1800"))
    for url in (CHART, CHART, CRUMB):
        with pytest.raises(Failure, match="too many requests") as caught:
            session.request("GET", url)
        assert caught.value.kind == "limited"
    assert waits == [3.0]
    assert session.sent == [CHART, CHART]
    assert watch.limit == ("query2.finance.yahoo.com", 1800.0)


@pytest.mark.parametrize(
    ("asked", "rest"), [("1", 900.0), ("1800", 1800.0), ("86400", 3600.0), ("soon", 900.0)]
)
def test_the_rest_is_what_yahoo_asks_for_within_bounds(asked, rest):
    session, watch, _ = watched(answer(429, asked), answer(429, asked))
    with pytest.raises(Failure):
        session.request("GET", CHART)
    assert watch.limit.seconds == rest


def test_a_long_wait_is_not_waited_for():
    session, watch, waits = watched(answer(429, "31"))
    with pytest.raises(Failure):
        session.request("GET", CHART)
    assert (session.sent, waits) == ([CHART], [])
    assert watch.limit.seconds == 900.0


def test_without_a_pause_nothing_is_waited_for():
    session, _, waits = watched(answer(429, "7"), answer(200), seconds=0.0)
    session.request("GET", CHART)
    assert waits == [0.0]


def test_a_crumb_that_is_refused_is_no_refusal_of_prices():
    session, watch, _ = watched(answer(429))
    assert session.request("GET", CRUMB).status_code == 429
    assert watch.limit is None


def test_a_server_that_fails_is_not_asked_again_with_another_cookie():
    session, _, _ = watched(answer(503))
    with pytest.raises(Failure, match=r"server failed \(HTTP 503\)") as caught:
        session.request("GET", CHART)
    assert caught.value.is_passing


def test_other_threads_pass_and_the_session_is_put_back():
    session, watch, _ = watched(answer(429), answer(503), thread="of a fetch")
    assert [session.request("GET", CHART).status_code for _ in range(2)] == [429, 503]
    session = Session(answer(429))
    watch_session(session, watch)()
    assert "request" not in vars(session)


def test_a_fetch_that_has_ended_sends_nothing_more():
    session, watch, _ = watched(answer(200))
    watch.is_ended = True
    with pytest.raises(Failure, match="had ended"):
        session.request("GET", CHART)
    assert session.sent == []


def test_a_wait_is_a_number_or_a_date():
    assert retry_after(answer(429)) == 0.0
    assert retry_after(answer(429, "120")) == 120.0
    assert retry_after(answer(429, "-1")) == 0.0
    assert retry_after(answer(429, "Wed, 21 Oct 2015 07:28:00 GMT")) == 0.0
    assert retry_after(answer(429, "Wed, 21 Oct 2099 07:28:00 GMT")) > 1e9


def test_the_sentence_says_until_when():
    rest = Rest("query2.finance.yahoo.com", NOW + dt.timedelta(minutes=21, seconds=1))
    assert rest.sentence(NOW) == (
        "Yahoo said too many requests (HTTP 429) and is not to be asked again before 03:21 UTC "
        "(in 22 min); --offline takes what the store has"
    )
    late = NOW.replace(hour=23, minute=50)
    assert "before 2025-10-02 00:05 UTC (in 15 min)" in Rest(
        "host", late + dt.timedelta(minutes=15)
    ).sentence(late)


def test_a_rest_holds_until_it_is_over_and_an_hour_at_most():
    rest = Rest("host", NOW + dt.timedelta(minutes=60))
    assert rest.holds(NOW)
    assert not rest.holds(NOW + dt.timedelta(minutes=60))
    assert not rest.holds(NOW - dt.timedelta(minutes=1))  # the clock was wrong then, or is now
