"""Past dates of news: one date however many items, and what its labels are."""

from dataclasses import replace

import numpy as np
import pandas as pd
from desk_study import one_market, reactions

from eventstudy.events.table import Events
from eventstudy.expectation.past_dates import days_of, past_dates
from eventstudy.expectation.reactions import past_reactions


def four_items():
    """Two items on the first date, of both directions; then one of each."""
    z = np.random.default_rng(0).standard_normal(150)
    specification, _, prices = one_market(z, np.array([60]), ["escalation"])
    days = pd.bdate_range("2000-01-03", periods=150)[[60, 60, 70, 80]]
    table = {
        "event_id": list("ABCD"),
        "date": days.strftime("%Y-%m-%d"),
        "category": ["talks", "tariffs", "talks", "talks"],
        "direction": ["de-escalation", "escalation", "de-escalation", "escalation"],
    }
    events = Events.from_frame(pd.DataFrame(table))
    return past_reactions(specification, events, prices)


def test_items_that_share_a_day_0_are_one_date():
    dates = past_dates(four_items(), 0)
    assert dates.day0.tolist() == [60, 70, 80]
    assert [rows.tolist() for rows in dates.items] == [[0, 1], [2], [3]]


def test_a_date_of_both_directions_is_clean_of_neither():
    dates = past_dates(four_items(), 0)
    assert dates.having((None, "escalation"), 3).tolist() == [True, False, True]
    assert dates.having((None, "escalation"), 3, clean=True).tolist() == [False, False, True]
    assert dates.having(("talks", "de-escalation"), 3, clean=True).tolist() == [False, True, False]
    assert dates.having(("talks", None), 3, clean=True).tolist() == [True, True, True]
    assert dates.having(("rumour", None), 2).tolist() == [False, False]


def test_what_was_known_beforehand_is_of_its_kind_but_of_no_direction():
    found = four_items()
    known = replace(found, frame=found.frame.assign(is_known=[False, True, False, True]))
    dates = past_dates(known, 0)
    assert dates.having((None, "escalation"), 3).tolist() == [False, False, False]
    assert dates.having(("talks", "escalation"), 3).tolist() == [False, False, True]
    # the first date is no longer one of both directions
    assert dates.having((None, "de-escalation"), 3, clean=True).tolist() == [True, True, False]


def test_labels_stand_in_the_order_of_their_first_date():
    dates = past_dates(four_items(), 0)
    for count in range(4):
        known = dates.holds[:count].any(axis=0)
        assert known[: dates.n_labels[count]].all()
        assert not known[dates.n_labels[count] :].any()


def test_dates_and_days_are_known_once_their_window_is_over():
    found = reactions()
    dates, days = past_dates(found, 0), days_of(found.days[0], ordinary=False)
    moment = dates.over[40]
    assert dates.known(moment) == 41
    assert dates.known(moment - np.timedelta64(1, "ns")) == 40
    assert days.known(moment) == (days.over <= moment).sum()


def test_days_are_returns_over_the_volatility_known_before():
    found = reactions()
    days = found.days[0]
    quiet = days_of(days, ordinary=True)
    expected = [
        days.raw[t] / days.volatility[t]
        for t in range(len(days.raw))
        if days.is_ordinary[t] and np.isfinite(days.raw[t]) and np.isfinite(days.volatility[t])
    ]
    np.testing.assert_array_equal(quiet.z, expected)
