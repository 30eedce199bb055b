"""Pairs whose event window lacks a session are dropped where a study wants windows complete."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.estimation.gaps import WindowGaps
from eventstudy.windows import Window

DATES = pd.bdate_range("2022-01-03", periods=200)
RNG = np.random.default_rng(14)
FRAME = pd.DataFrame(RNG.normal(0, 0.01, (200, 3)), index=DATES, columns=["A", "B", "MKT"])
STUDY = es.EventStudy(
    markets=("A", "B"), model=es.ConstantMean(), estimation_window=(-60, -6), event_window=(-2, 2),
    car_windows=[(0, 0)], statistics="cross_sectional_t", calendar="data", date_only="same",
    min_obs=30, max_loss=1.0, draws=0, complete_windows=True,
)  # fmt: skip
REASON = "of the event window missing (sample.complete_windows = true)"


def fit(rows, frame=FRAME, content="returns", **settings):
    table = pd.DataFrame({"event_id": [f"E{i}" for i in range(len(rows))]})
    table["date"] = [DATES[row] for row in rows]
    prices = es.PricePanel.from_frame(frame, content=content)
    return replace(STUDY, **settings).fit(es.Events.from_frame(table), prices)


def lost(results):
    return [tuple(row) for row in results.dropped.to_numpy()]


def test_a_missing_return_in_the_event_window_drops_the_pair():
    frame = FRAME.copy()
    frame.iloc[[101, 102, 103], 0] = np.nan  # two of them in the window of the first event
    results = fit([100, 150], frame)
    assert lost(results) == [("E0", "A", "complete_windows", f"2 sessions {REASON}")]
    assert "event window [-2,+2] without a gap" in results.summary()
    kept = fit([100, 150], frame, complete_windows=False)
    assert lost(kept) == []
    assert "without a gap" not in kept.summary()


def test_the_end_of_the_data_and_missing_factors_are_gaps():
    results = fit([197, 198])
    assert lost(results) == [
        ("E1", name, "complete_windows", f"1 session {REASON}") for name in ("A", "B")
    ]
    frame = FRAME.copy()
    frame.iloc[99, 2] = np.nan
    results = fit([100, 150], frame, model=es.MarketModel("MKT", sync="same_date"))
    assert {row[:3] for row in lost(results)} == {
        ("E0", "A", "complete_windows"), ("E0", "B", "complete_windows"),
    }  # fmt: skip


def test_a_session_of_the_calendar_without_a_price_is_a_gap():
    levels = 100 * (1 + FRAME[["A", "B"]]).cumprod()
    weekdays = [
        es.Market(name=n, label=n, calendar="FX", series=n, timezone="America/New_York")
        for n in ("A", "B")
    ]
    levels.iloc[101, 0] = np.nan
    asked = {"declared": tuple(weekdays), "calendar": None, "content": "prices"}
    results = fit([100, 150], levels, **asked)
    assert lost(results) == [("E0", "A", "complete_windows", f"1 session {REASON}")]
    # On the rows of the file nothing is known to be missing.
    assert lost(fit([100, 150], levels, content="prices")) == []


def test_a_widened_window_must_be_there_too():
    gaps = WindowGaps(before=np.array([[0, 0, 1, 1, 1, 1, 1]]), event=Window(0, 1))
    none = np.zeros(1, dtype=np.int64)
    day0 = np.array([2])
    assert gaps.count(none, day0).tolist() == [0]
    assert gaps.count(none, day0, np.array([1])).tolist() == [1]
    assert gaps.count(none, np.array([5])).tolist() == [1]
    assert gaps.count(none, none).tolist() == [1]
    assert gaps.count(none, none, np.array([2])).tolist() == [3]


def test_placebo_dates_keep_the_rule():
    frame = FRAME[["A", "B"]].copy()
    frame.iloc[75, 0] = np.nan

    def positions(**settings):
        design = fit([100, 150], frame, draws=50, statistics="placebo", **settings).fitted.design
        return {tuple(each) for each in np.argwhere(design.placebo.index[0] >= 0).tolist()}

    gone = positions(complete_windows=False) - positions()
    inside = {(0, row) for row in range(73, 78)}
    ends = {(name, row) for name in (0, 1) for row in (198, 199)}
    assert gone == inside | ends


def test_the_second_model_loses_what_its_factor_lacks():
    frame = FRAME.copy()
    frame.iloc[99, 2] = np.nan
    results = fit([100, 150], frame, beside=es.MarketModel("MKT", sync="same_date"))
    assert lost(results) == []
    assert results.treated["stage"].tolist() == ["model.beside"] * 2
    assert results.treated["event_id"].tolist() == ["E0", "E0"]
