"""The frames of an intraday study belong together."""

from __future__ import annotations

import pandas as pd
import pytest
from small_intraday_study import NEWS, fit, make_bars

from eventstudy import (
    IntradayStudy,
)


@pytest.mark.slow
def test_frames_belong_together(results):
    assert len(results.alignment) == 4
    assert len(results.car) == 8
    assert len(results.abnormal_returns) == 4 * 5
    last = results.abnormal_returns.groupby(["event_id", "security"], sort=False).tail(1)
    for row in last.itertuples():
        own = results.abnormal_returns.query(
            "event_id == @row.event_id and security == @row.security"
        )
        assert row.path == pytest.approx(own["abnormal_return"].sum())
    whole = results.caar.query("group == 'all'")
    assert whole["caar"].iloc[-1] == pytest.approx(last["path"].mean())
    assert list(whole["minute"]) == [-30, 0, 30, 60, 90]
    assert (whole["n_dates"] == 2).all()
    assert (whole["ci_low"] < whole["caar"]).all()
    single = results.caar.query("group == 'category=x'")
    assert single["ci_low"].isna().all()  # two pairs of one date have no interval
    assert set(results.pattern["security"]) == {"AAA", "BBB"}
    assert results.pattern.groupby(["event_id", "security"]).size().eq(13).all()


def test_one_pair_has_the_interval_of_its_forecast(frame):
    results = IntradayStudy(market="SPX").fit(NEWS, frame[frame["symbol"] == "AAA"])
    caar, bars = results.caar, results.abnormal_returns
    assert caar["std_error"].to_numpy() == pytest.approx(bars["path_std_error"].to_numpy())


@pytest.mark.slow
def test_days_without_the_window_are_passed_over_and_listed():
    frame = make_bars(start="2025-10-20", end="2025-12-31")
    results = fit("2025-12-10T13:40-05:00", frame, window=(-30, 60))
    days = results.days.set_index("session")
    assert days.loc["2025-11-28", "role"] == "passed over"  # closed at 13:00
    assert days.loc["2025-11-28", "reason"] == "3 outside a shorter session"
    assert (days["role"] == "estimation").sum() == 20
    # the windows of other events are left out of what is normal, unless asked otherwise
    events = pd.DataFrame({
        "event_id": ["A", "B"],
        "published_at": ["2025-12-04T13:40-05:00", "2025-12-10T13:40-05:00"],
    })  # fmt: skip
    both = fit(events, frame, window=(-30, 60))
    own = both.days.query("event_id == 'B'").set_index("session")
    assert own.loc["2025-12-04", "reason"] == "3 inside the window of an event"
    kept = fit(events, frame, window=(-30, 60), mask_events=False)
    own = kept.days.query("event_id == 'B'").set_index("session")
    assert own.loc["2025-12-04", "role"] == "estimation"
