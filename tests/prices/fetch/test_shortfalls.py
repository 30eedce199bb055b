"""Sessions without a row: which are told, how severely, and what comes next."""

from __future__ import annotations

import datetime as dt

import pytest

from eventstudy.markets.market import get_market
from eventstudy.prices.fetch.series import FetchedSeries
from eventstudy.prices.fetch.shortfalls import shortfall_checks
from eventstudy.prices.store.tables import Held, LeftOut
from eventstudy.prices.yahoo.cleaning import no_bars

START, END = dt.date(2025, 6, 2), dt.date(2025, 6, 27)  # twenty sessions in Tokyo
NOW = dt.datetime(2025, 10, 1, 3, tzinfo=dt.UTC)
SESSIONS = [START + dt.timedelta(days=at) for at in range(26) if (START.weekday() + at) % 7 < 5]
TOKYO = FetchedSeries("N225", "^N225", get_market("N225"))


def checks_without(lacking, missing=(), left_out=(), series=TOKYO):
    days = frozenset(SESSIONS) - set(lacking)
    held = Held(no_bars(), days, list(missing), list(left_out))
    return [
        (str(check.date), check.severity, check.detail)
        for check in shortfall_checks(series, START, END, NOW, held)
    ]


@pytest.mark.parametrize(
    ("lacking", "severity", "days"),
    [
        (SESSIONS[-1:], "info", "the session 2025-06-27, the last ones asked for"),
        (
            SESSIONS[:3], "warning",
            "the 3 sessions from 2025-06-02 to 2025-06-04, the first ones asked for "
            "(listed later?)",
        ),
        (SESSIONS[5:8], "warning", "the 3 sessions from 2025-06-09 to 2025-06-11"),
        (
            SESSIONS[9:], "error",
            "the 11 sessions from 2025-06-13 to 2025-06-27, the last ones asked for",
        ),
    ],
)  # fmt: skip
def test_a_stretch_is_told_with_its_place(lacking, severity, days):
    assert checks_without(lacking) == [
        (str(lacking[0]), severity, f"Yahoo has no row for {days}; the next fetch asks again")
    ]


def test_one_or_two_in_between_are_left_to_the_data_checks():
    assert checks_without([]) == checks_without(SESSIONS[5:7]) == []


def test_what_nobody_has_answered_for_is_left_to_other_remarks():
    lacking = SESSIONS[-5:]
    span = (lacking[0], END)
    assert checks_without(lacking, missing=[span]) == []
    assert len(checks_without(lacking, [span], [LeftOut(*span, NOW.date())])) == 1


def test_what_is_given_up_says_how_to_ask_again():
    days = [dt.date(2025, 8, number) for number in (1, 2, 3)]
    left_out = [LeftOut(START, START, day) for day in days]
    ((_, severity, detail),) = checks_without([START], left_out=left_out)
    assert severity == "info"
    assert detail.endswith("; it had none on 3 days, so it is asked again with --refresh only")


def test_a_market_without_known_sessions_lacks_weekdays():
    currency = FetchedSeries("USDCNH", "CNH=X", get_market("CNH"))
    assert checks_without(SESSIONS[5:12], series=currency) == []
    ((_, severity, detail),) = checks_without(SESSIONS[5:13], series=currency)
    assert (severity, "the 8 weekdays from" in detail) == ("warning", True)
