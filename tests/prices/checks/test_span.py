"""Findings of the sessions a study uses."""

from __future__ import annotations

import numpy as np
import pytest
from checked_prices import DAYS, walk

from eventstudy.markets.calendars import data_sessions
from eventstudy.markets.market import Market
from eventstudy.prices.checks.inspection import check_prices
from eventstudy.prices.checks.span import StudySpan, grouped, remarks_within
from eventstudy.prices.market_series import MarketSeries
from eventstudy.prices.panel import NO_DATE, Check, PricePanel

SPAN = StudySpan(first=DAYS[150], last=DAYS[250], event_days=DAYS[240:251])


def check(day, name="A", kind="stale_close", severity="warning"):
    return Check(name, day, kind, severity, f"on {day}")


def test_findings_before_and_after_the_span_are_left_out():
    values = walk()
    for row in (50, 200, 280):
        values[row] *= 1.5
    panel = PricePanel(names=("A",), dates=(DAYS,), values=(values,))
    market = Market(name="A", label="A", calendar="data", series="A")
    series = MarketSeries(market=market, column=0, is_inverted=False, calendar=data_sessions(DAYS))
    every = check_prices(panel, [series])
    assert every["date"].dt.strftime("%Y-%m-%d").tolist() == [str(DAYS[i]) for i in (50, 200, 280)]
    used = check_prices(panel, [series], spans={"A": SPAN})
    assert used["date"].dt.strftime("%Y-%m-%d").tolist() == [str(DAYS[200])]


@pytest.mark.parametrize("row", [150, 250])
def test_the_first_and_the_last_session_are_judged_by_their_neighbours(row):
    values = walk()
    values[row] *= 1.5
    panel = PricePanel(names=("A",), dates=(DAYS,), values=(values,))
    market = Market(name="A", label="A", calendar="data", series="A")
    series = MarketSeries(market=market, column=0, is_inverted=False, calendar=data_sessions(DAYS))
    found = check_prices(panel, [series], spans={"A": SPAN})
    assert found["check"].tolist() == ["jump_reversal"]


def test_many_of_one_kind_are_one_row_with_their_dates():
    few = [check(DAYS[i]) for i in range(3)]
    assert grouped(few) == few
    many = [check(DAYS[i]) for i in range(5)]
    (row,) = grouped(many)
    assert row.date == DAYS[0]
    assert row.detail == (
        f"5 findings ({DAYS[0]}, {DAYS[1]}, {DAYS[2]}, ... {DAYS[4]}); the first: on {DAYS[0]}"
    )


def test_a_dividend_is_an_error_in_an_event_window_alone():
    remarks = [check(DAYS[i], kind="adjustment_in_return") for i in (100, 200, 245)]
    whole = check(NO_DATE, kind="column_not_used")
    kept = remarks_within([whole, *remarks], [("A", SPAN)])
    assert [(one.date, one.severity) for one in kept[1:]] == [
        (DAYS[200], "warning"), (DAYS[245], "error"),
    ]  # fmt: skip
    assert kept[0] == whole
    assert np.isnat(kept[0].date)


def test_what_begins_before_the_span_and_goes_on_is_kept():
    remarks = [check(DAYS[i], kind="short_answer") for i in (100, 200, 280)]
    kept = remarks_within(remarks, [("A", SPAN)])
    assert [remark.date for remark in kept] == [DAYS[100], DAYS[200]]


def test_a_remark_on_a_column_the_study_does_not_use_is_left_out():
    unused = Check("B", NO_DATE, "column_not_used", "warning", "Adj Close")
    of_file = Check("", NO_DATE, "refused", "error", "row 3")
    assert remarks_within([unused, of_file], [("A", SPAN)], {"B"}) == [of_file]
