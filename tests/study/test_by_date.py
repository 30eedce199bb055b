"""What is said where a market has no closing times."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy import Events
from eventstudy.study.by_date import (
    LackingDates,
    lacking_sentences,
    paired_by_date,
    placed_by_date,
    timed_pairs,
)

EVENTS = Events.from_frame(
    pd.DataFrame(
        {
            "event_id": ["a", "b", "c"],
            "published_at": ["2025-05-02T09:00+08:00", "2025-05-05T09:00+08:00", None],
            "date": ["2025-05-02", "2025-05-05", "2025-05-06"],
        }
    )
)


def series(name, has_clock):
    return SimpleNamespace(name=name, calendar=SimpleNamespace(has_clock=has_clock))


def test_timed_events_of_a_market_without_a_clock_are_counted():
    setting = SimpleNamespace(securities=(series("N225", True), series("OWN", False)))
    aligned = SimpleNamespace(
        event=np.repeat(np.arange(3), 2), security=np.tile([0, 1], 3), is_wanted=np.ones(6, bool)
    )
    study = SimpleNamespace(date_only="same")
    every, one = np.ones(3, bool), np.array([True, False, True])
    assert placed_by_date(study, setting, timed_pairs(EVENTS, aligned, every, 2)) == [
        "OWN has no closing times: 2 events with a time are placed by their date "
        '(date_only = "same")'
    ]
    assert (
        "1 event with a time is placed by its date"
        in placed_by_date(study, setting, timed_pairs(EVENTS, aligned, one, 2))[0]
    )


def test_returns_paired_by_date_are_said_unless_the_study_asked_for_it():
    returns = SimpleNamespace(factor_names=("SPX",), by_date=("OWN",))
    setting = SimpleNamespace(benchmark=series("SPX", True), factors=())
    model = SimpleNamespace(sync=None)
    study = SimpleNamespace(model=model)
    assert paired_by_date(study, setting, returns) == [
        "OWN has no closing times, so returns are paired with those of SPX by date (same_date)"
    ]
    clockless = SimpleNamespace(benchmark=series("IDX", False), factors=())
    assert "IDX has no closing times" in paired_by_date(study, clockless, returns)[0]
    asked = SimpleNamespace(model=SimpleNamespace(sync="same_date"))
    assert paired_by_date(asked, setting, returns) == []


@pytest.fixture(scope="module")
def levels():
    """Two firms and their index, on 200 rows."""
    draw = np.random.default_rng(8).normal(0, 0.01, (200, 3))
    days = pd.bdate_range("2024-01-01", periods=200, name="date")
    return pd.DataFrame(100 * np.exp(draw.cumsum(axis=0)), index=days, columns=["A", "B", "M"])


def assumed(frame, **options):
    """Return what a study of both firms takes for granted, and its returns of day 0 by firm."""
    day = frame.index[150]
    found = es.event_study(
        {"A": day, "B": day}, frame, benchmark="M", event_window=(0, 0), car_windows=[(0, 0)],
        estimation_window=(-120, -11), statistics=["bmp"], draws=0, **options,
    )  # fmt: skip
    return " ".join(found.assumed), found.abnormal_returns.set_index("security")


def test_a_benchmark_without_a_price_on_day_0_is_said_where_its_return_is_0(levels):
    """The firm's return of day 0 is all abnormal then, and the next one is the index's of two."""
    holed = levels.copy()
    holed.loc[holed.index[150], "M"] = np.nan
    said, pairs = assumed(holed)
    assert (pairs["factor_M"] == 0.0).all()
    assert (
        f"M has no value on 1 date ({holed.index[150]:%Y-%m-%d}) on which markets of the study "
        "have one: its return is taken as 0 there (same_date)"
    ) in said
    assert "has no value" not in assumed(levels)[0]


def test_a_firm_without_prices_before_day_0_is_said_whose_return_holds_several_days(levels):
    holed = levels.copy()
    holed.loc[holed.index[140:150], "A"] = np.nan
    said, pairs = assumed(holed)
    over_all = levels["A"].iloc[150] / levels["A"].iloc[139] - 1
    of_the_day = levels["M"].iloc[150] / levels["M"].iloc[149] - 1
    assert pairs.loc["A", "return"] == pytest.approx(over_all)
    assert pairs.loc["A", "factor_M"] == pytest.approx(of_the_day)
    assert (
        f"A has no value on 10 dates ({holed.index[140]:%Y-%m-%d}, {holed.index[141]:%Y-%m-%d}, "
        f"{holed.index[142]:%Y-%m-%d} and 7 more) on which M has one: the next return holds those "
        "days, too"
    ) in said
    # before a column begins and after it has ended nothing is lacking
    late = levels.copy()
    late.loc[late.index[:20], "A"] = np.nan
    late.loc[late.index[180:], "M"] = np.nan
    assert "has no value" not in assumed(late)[0]
    # an empty return is a missing one, and is said by window
    returns = levels.pct_change().where(holed.notna())
    assert "has no value" not in assumed(returns.iloc[1:], content="returns")[0]


def test_parts_of_a_streamed_study_are_said_together(levels, tmp_path):
    one = LackingDates({"M": {"2024-01-02"}}, {"M": {"A": {"2024-01-04"}}})
    other = LackingDates({"M": {"2024-01-02"}}, {"M": {"B": {"2024-01-04", "2024-01-05"}}})
    assert lacking_sentences([one, other]) == [
        "M has no value on 1 date (2024-01-02) on which markets of the study have one: its return "
        "is taken as 0 there (same_date); a holiday of its own, or values that are missing?",
        "A and B have no value on 2 dates (2024-01-04 and 2024-01-05) on which M has one: the next "
        "return holds those days, too, and is paired with that of M on its own date alone "
        "(same_date)",
    ]
    holed = levels.copy()
    holed.iloc[150, 2] = np.nan
    study = es.EventStudy(
        markets=["A", "B"], model=es.MarketModel("M"), event_window=(0, 0), car_windows=[(0, 0)],
        estimation_window=(-120, -11), statistics=["bmp"], draws=0, date_only="same",
        calendar="data",
    )  # fmt: skip
    events = Events.from_frame(pd.DataFrame({"event_id": ["e"], "date": [holed.index[150]]}))
    prices = es.PricePanel.from_frame(holed)
    streamed, fitted = study.stream(events, prices, tmp_path / "out"), study.fit(events, prices)
    said = [[one for one in each.assumed if "no value on" in one] for each in (streamed, fitted)]
    assert said[0] == said[1]
    assert len(said[0]) == 1
