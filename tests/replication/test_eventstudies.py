"""CARs of R's eventstudies, on made-up returns and its formulas written out here."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.replication.eventstudies import FILES, INDEX, compare

WIDTH = 3
SUNDAY = "2020-11-15"


def made_up():
    """Percent returns of four firms, the index, and six events, one of them on a Sunday."""
    rng = np.random.default_rng(6)
    days = pd.bdate_range("2020-01-01", "2021-03-31", name="date")
    others = pd.DataFrame({INDEX: rng.normal(0, 1.2, len(days)), "other": 0.1}, index=days)
    own = rng.normal(0, 1.5, (len(days), 4)) + 0.8 * others[[INDEX]].to_numpy()
    stocks = pd.DataFrame(own, index=days, columns=["A.NS", "B", "C & D", "E"])
    stocks.iloc[20:25, 1] = np.nan
    others = others.drop(pd.Timestamp("2020-03-10"))
    when = ["2020-09-01", "2020-10-01", SUNDAY, "2020-12-01", "2021-01-04", "2021-03-30"]
    names = ["A.NS", "B", "B", "C & D", "E", "E"]
    return stocks, others, pd.DataFrame({"name": names, "when": when})


def as_in_r(stocks, others, events):
    """The attribute CAR: a column an event, but for the last, whose window has no end."""
    found = {}
    for at, event in events.iterrows():
        both = pd.concat([stocks[event["name"]], others[INDEX]], axis=1, join="inner")
        location = int((both.index <= pd.Timestamp(event["when"])).sum()) - 1
        if location > len(both) - 1 - WIDTH:
            continue
        first = location - WIDTH + 1
        before = both.iloc[:first].dropna()
        slope, constant = np.polyfit(before[INDEX], before[event["name"]], 1)
        window = both.iloc[first : location + WIDTH + 1]
        residual = window[event["name"]] - constant - slope * window[INDEX]
        residual.iloc[0] = 0.0
        found[str(at + 1)] = residual.cumsum().to_numpy()
    return pd.DataFrame(found, index=pd.RangeIndex(-WIDTH + 1, WIDTH + 1, name="day"))


@pytest.fixture
def files(tmp_path):
    stocks, others, events = made_up()
    cars = as_in_r(stocks, others, events)
    stocks.to_csv(tmp_path / FILES[0])
    others.to_csv(tmp_path / FILES[1])
    events.to_csv(tmp_path / FILES[2], index=False)
    cars.to_csv(tmp_path / FILES[3])
    return {name: tmp_path / name for name in FILES}


FIRST = "CAR: from 0 on the first day of the window, not with the return of that day"
BEFORE = "an event on a day without a session: of the session before it, not of the next"


def test_cars_begin_at_zero_and_the_event_of_a_sunday_belongs_to_friday(files):
    found = compare(files)
    assert len(found) == 5 * 2 * WIDTH
    said = {}
    for one in found:
        assert one.status == "explained", one
        said.setdefault(one.quantity.split(",")[0], set()).add(one.explanation)
    sunday = said.pop("event 3")
    assert f"{BEFORE}; {FIRST}" in sunday
    assert set(said) == {"event 1", "event 2", "event 4", "event 5"}
    assert set().union(*said.values()) == {FIRST}


def test_cars_that_count_the_first_day_are_equal(files):
    cars = pd.read_csv(files[FILES[3]], index_col="day")
    ours = {one.quantity: one.ours for one in compare(files)}
    for event in ("1", "4"):
        cars[event] = [ours[f"event {event}, CAR to day {day:+d}"] for day in cars.index]
    cars[["1", "4"]].to_csv(files[FILES[3]])
    assert {one.status for one in compare(files)} == {"equal"}


def test_columns_as_r_renames_them_are_read_and_other_numbers_unexplained(files):
    cars = pd.read_csv(files[FILES[3]], index_col="day")[["1"]] + 0.01
    cars.rename(columns={"1": "X1"}).to_csv(files[FILES[3]])
    found = compare(files)
    assert found[0].quantity == "event 1, CAR to day -2"
    assert {one.status for one in found} == {"unexplained"}
