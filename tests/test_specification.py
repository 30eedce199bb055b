"""What a specification refuses, and what it makes one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy import (
    ConstantMean,
    EventStudy,
    MarketModel,
    PricePanel,
    SpecificationError,
    Window,
    simulate_panel,
)
from eventstudy.aggregation import make_groups


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"draws": 100.5}, "statistics.draws is 100.5; it must be a whole number"),
        ({"draws": 10**8}, "statistics.draws is 100,000,000; more than 100,000 would"),
        ({"seed": -1}, "statistics.seed is -1; it must be at least 0"),
        ({"cutoff_minutes": float("nan")}, "events.cutoff_minutes is nan"),
        ({"cutoff_minutes": 1500}, "more than a day"),
        ({"car_windows": ()}, "windows.car is empty"),
        ({"car_windows": [(0, 9)]}, r"\[0,\+9\] is not inside"),
        ({"event_window": (2, 1)}, "reversed"),
        ({"estimation_window": (-250, -3)}, "overlaps"),
        ({"statistics": ["pattel"]}, "did you mean 'patell'"),
        ({"markets": ["N225", "N225"]}, "twice"),
        ({"model": "market_model"}, "expected a model"),
        ({"max_loss": 1.5}, "a share, 0 to 1"),
        ({"min_obs": 300}, "no pair could be kept"),
    ],
)
def test_refused(settings, words):
    with pytest.raises(SpecificationError, match=words):
        EventStudy(**settings)


def test_equal_words_make_equal_studies():
    one = EventStudy(
        by=["category", " category", "a * b"], car_windows=[(np.int64(0), np.int64(1))], seed=3
    )
    two = EventStudy(by=("category", "a*b"), car_windows=[Window(0, 1)], seed=np.int64(3))
    assert one == two
    assert hash(one) == hash(two)
    assert one.by == ("category", "a*b")


def test_a_column_cannot_be_market_and_benchmark():
    events, prices = simulate_panel(n_markets=2, n_events=3)
    study = EventStudy(
        markets=prices.names, model=MarketModel("M01"), date_only="same", calendar="data", draws=0
    )
    with pytest.raises(SpecificationError, match="both a market of the study and its own"):
        study.fit(events, prices)


@pytest.mark.slow
def test_the_calendar_of_the_panel_is_used():
    events, prices = simulate_panel(n_markets=1, n_events=3)
    frame = (1.0 + prices.frame()).cumprod()
    study = EventStudy(
        markets=["M01"], model=ConstantMean(), estimation_window=(-110, -11), date_only="same",
        draws=0,
    )  # fmt: skip
    own = study.fit(events, PricePanel.from_frame(frame))
    tokyo = study.fit(events, PricePanel.from_frame(frame, calendar="XTKS"))
    assert own.manifest["calendars"]["M01"].startswith("rows of the file")
    assert "XTKS" in tokyo.manifest["calendars"]["M01"]
    assert (tokyo.checks["check"] == "row_without_session").any()


def test_crossed_names_that_would_be_one_are_refused():
    pairs = pd.DataFrame({"kind": ["x*y", "x"], "side": ["z", "y*z"]})
    with pytest.raises(SpecificationError, match=r"kind\*side would both be called"):
        make_groups(pairs, ["kind*side"])
    assert [group.label for group in make_groups(pairs, ["kind"])] == [
        "all", "kind=x", "kind=x*y",
    ]  # fmt: skip


def test_groups_of_dates_and_of_nothing():
    pairs = pd.DataFrame({"date": pd.to_datetime(["2025-05-02", None, "2025-05-02"])})
    groups = {group.label: group.pairs.tolist() for group in make_groups(pairs, ["date"])}
    assert groups == {"all": [0, 1, 2], "date=2025-05-02": [0, 2], "date=(empty)": [1]}


def test_news_of_one_day_at_two_hours_are_two_groups():
    times = pd.to_datetime(["2025-04-09T01:00Z", "2025-04-09T17:18Z"])
    groups = make_groups(pd.DataFrame({"published_at": times}), ["published_at"])
    assert [group.label for group in groups[1:]] == [
        "published_at=2025-04-09T01:00:00Z", "published_at=2025-04-09T17:18:00Z",
    ]  # fmt: skip
