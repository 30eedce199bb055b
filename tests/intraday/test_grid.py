"""Sessions x clock times: hours, breaks, half days, clock changes, labels of bars."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_intraday_study import fit, fx_bars, make_bars

from eventstudy import (
    IntradayBars,
    IntradayStudy,
    SpecificationError,
)
from eventstudy.exceptions import DataError, EventStudyWarning
from eventstudy.intraday.grid import clock_text, make_grid, market_of


def grid_of(
    frame, market="SPX", hours="regular", overnight="exclude", kind="simple", labels="start"
):
    bars = IntradayBars.from_frame(frame, labels=labels)
    return make_grid(
        bars, bars.securities[0], market_of(bars.securities[0], market),
        hours=hours, overnight=overnight, kind=kind,
    )  # fmt: skip


@pytest.mark.slow
def test_the_clock_is_the_markets_own_so_that_summer_time_moves_nothing():
    grid, left_out, _ = grid_of(make_bars(start="2025-03-03", end="2025-03-14"))
    assert [clock_text(clock) for clock in grid.clocks] == [
        f"{m // 60:02d}:{m % 60:02d}" for m in range(570, 960, 30)
    ]
    assert grid.returns.shape == (10, 13)
    assert np.isfinite(grid.returns).all()
    assert left_out == []
    opens = grid.starts[:, 0] - grid.sessions.astype("M8[ns]")
    assert set((opens / np.timedelta64(1, "m")).tolist()) == {14.5 * 60, 13.5 * 60}


@pytest.mark.slow
def test_returns_are_close_to_close_inside_and_open_to_close_after_a_break():
    frame = make_bars(start="2025-03-03", end="2025-03-05", seed=3)
    grid, _, _ = grid_of(frame)
    close, opened = (frame[c].to_numpy().reshape(3, 13) for c in ("close", "open"))
    assert grid.returns[:, 1:] == pytest.approx(close[:, 1:] / close[:, :-1] - 1)
    assert grid.returns[:, 0] == pytest.approx(close[:, 0] / opened[:, 0] - 1)
    assert grid.after_break[:, 0].all()
    assert not grid.after_break[:, 1:].any()
    joined, _, _ = grid_of(frame, overnight="include")
    assert joined.returns[1:, 0] == pytest.approx(close[1:, 0] / close[:-1, -1] - 1)
    log, _, _ = grid_of(frame, kind="log")
    assert log.returns == pytest.approx(np.log1p(grid.returns))


def test_a_missing_bar_stays_missing_and_the_next_begins_at_its_own_open():
    frame = make_bars(start="2025-03-03", end="2025-03-05", seed=3)
    gone = frame.drop(index=[4, 12]).reset_index(drop=True)
    grid, _, _ = grid_of(gone)
    full, _, _ = grid_of(frame)
    assert np.isnan(grid.returns[0, 4])
    assert np.isnan(grid.returns[0, 12])
    assert grid.from_open[0, 5]
    assert grid.returns[0, 5] == pytest.approx(frame["close"][5] / frame["open"][5] - 1)
    same = np.ones_like(grid.returns, dtype=bool)
    same[0, [4, 5, 12]] = False
    assert grid.returns[same] == pytest.approx(full.returns[same])
    # over a break the return is that from the last close there is before it
    joined, left_out, _ = grid_of(gone, overnight="include")
    assert joined.returns[1, 0] == pytest.approx(frame["close"][13] / frame["close"][11] - 1)
    assert [row["bars"] for row in left_out] == [1]  # the very first bar of the file
    # but not from the day before the day before
    shut = frame[~frame.index.isin(range(13, 26))].reset_index(drop=True)
    joined, left_out, _ = grid_of(shut, overnight="include")
    assert np.isnan(joined.returns[2, 0])
    assert [row["bars"] for row in left_out] == [2]


def test_what_an_overnight_return_covers_begins_at_the_close_it_is_taken_from():
    frame = make_bars(start="2025-02-03", end="2025-04-30")
    last = frame["timestamp"] == pd.Timestamp("2025-04-03T15:30-04:00")
    results = fit(
        "2025-04-03T18:00-04:00", frame[~last].reset_index(drop=True),
        overnight="include", window=(0, 90),
    )  # fmt: skip
    assert results.car["covers_from"].iloc[0] == -2.5 * 60  # the bar of 15:00 ends at 15:30


@pytest.mark.slow
def test_bars_outside_the_hours_are_left_out_and_counted():
    frame = make_bars(start="2025-03-03", end="2025-03-05")
    early = frame.assign(timestamp=frame["timestamp"] - pd.Timedelta(hours=6, minutes=30))
    sunday = frame.head(2).assign(timestamp=frame["timestamp"].head(2) - pd.Timedelta(days=1))
    both = pd.concat([sunday, early, frame], ignore_index=True)
    grid, left_out, _ = grid_of(both)
    assert grid.returns.shape == (3, 13)
    assert [(row["reason"], row["bars"]) for row in left_out] == [("outside regular hours", 41)]
    grid, left_out, _ = grid_of(both, hours="all")
    assert grid.returns.shape == (3, 26)
    assert [(row["reason"], row["bars"]) for row in left_out] == [("on a day without a session", 2)]


@pytest.mark.slow
def test_a_half_day_has_no_place_for_its_afternoon():
    grid, _, _ = grid_of(make_bars(start="2025-11-24", end="2025-12-03"))
    half = np.flatnonzero(grid.sessions == np.datetime64("2025-11-28"))[0]
    assert (grid.slot[half] >= 0).sum() == 7
    assert (grid.slot[half - 1] >= 0).all()
    assert len(grid.slot_session) == 13 * 6 + 7
    assert (np.diff(grid.slot_starts.astype("M8[m]").astype(int)) > 0).all()


@pytest.mark.slow
def test_lunch_is_a_break_not_a_gap():
    frame = make_bars(start="2025-03-03", end="2025-03-07", code="XTKS")
    local = frame["timestamp"].dt.tz_convert("Asia/Tokyo").dt.strftime("%H:%M")
    grid, _, _ = grid_of(frame[(local < "11:30") | (local >= "12:30")], market="N225")
    assert "11:30" not in [clock_text(clock) for clock in grid.clocks]
    at = [clock_text(clock) for clock in grid.clocks].index("12:30")
    assert grid.after_break[:, at].all()
    assert not np.isnan(grid.returns).any()
    noon = np.datetime64("2025-03-05T02:45", "ns")  # 11:45 in Tokyo
    slot, inside = grid.locate(noon)
    assert (clock_text(grid.clocks[grid.slot_clock[slot]]), inside) == ("12:30", False)


def test_the_fx_week_runs_from_sunday_17_to_friday_17_new_york():
    grid, left_out, wrong = grid_of(fx_bars(), market=None)
    assert [clock_text(clock) for clock in grid.clocks][:2] == ["17:00", "18:00"]
    assert len(grid.clocks) == 24
    assert {row["reason"].split(",")[0] for row in left_out} == {"the FX weekend"}
    # only the first bar of a week follows a break
    weekday = grid.sessions.astype("M8[D]").astype(int) % 7
    monday = (weekday + 3) % 7 == 0
    assert grid.after_break[monday, 0].all()
    assert not grid.after_break[~monday][1:].any()
    assert wrong == ""


def test_bars_off_the_grid_are_left_out():
    frame = make_bars(start="2025-03-03", end="2025-03-05")
    odd = frame.head(1).assign(timestamp=frame["timestamp"].iloc[3] + pd.Timedelta(minutes=7))
    grid, left_out, _ = grid_of(pd.concat([frame, odd]))
    assert [row["reason"] for row in left_out] == [
        "not on the grid of 30-minute bars most others stand on"
    ]
    assert grid.returns.shape == (3, 13)


@pytest.mark.parametrize("given", ["start", "end"])
def test_labels_that_contradict_the_open_are_found(given):
    frame = make_bars(start="2025-03-03", end="2025-03-14", minutes=5)
    if given == "start":  # times are ends, taken for starts
        shifted = frame.assign(timestamp=frame["timestamp"] + pd.Timedelta(minutes=5))
    else:
        shifted = frame
    _, _, wrong = grid_of(shifted, labels=given)
    other = "end" if given == "start" else "start"
    assert f"labels {other}" in wrong
    right = shifted if given == "start" else frame
    assert grid_of(right, labels=other)[2] == ""


@pytest.mark.slow
def test_labels_are_told_by_volume_where_trading_goes_on_outside_the_hours():
    frame = make_bars(start="2025-03-03", end="2025-03-14", minutes=30)
    early = frame.assign(
        timestamp=frame["timestamp"] - pd.Timedelta(hours=6, minutes=30), volume=10.0
    )
    late = frame.assign(
        timestamp=frame["timestamp"] + pd.Timedelta(hours=6, minutes=30), volume=10.0
    )
    whole = pd.concat([early, frame, late], ignore_index=True).drop_duplicates("timestamp")
    assert grid_of(whole, hours="all")[2] == ""
    shifted = whole.assign(timestamp=whole["timestamp"] + pd.Timedelta(minutes=30))
    assert "labels end" in grid_of(shifted, hours="all")[2]
    assert "labels start" in grid_of(whole, hours="all", labels="end")[2]
    with pytest.warns(EventStudyWarning, match="labels end"):
        results = IntradayStudy(market="SPX", days=5, min_days=5).fit(
            "2025-03-13T12:00-04:00", shifted
        )
    assert list(results.checks["check"]) == ["bar_labels"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (None, "whose hours does AAA keep"),
        ("SPYX", "did you mean|no market"),
        ("data", "no hours of its own"),
    ],
)
def test_a_market_without_hours_is_refused(asked, message):
    with pytest.raises(SpecificationError, match=message):
        market_of("AAA", asked)


def test_markets_are_found_by_name_series_symbol_and_calendar():
    assert market_of("USDJPY", None).calendar == "FX"
    assert market_of("JPY=X", None).calendar == "FX"
    assert market_of("^GSPC", None).name == "SPX"
    assert market_of("AAA", "XLON").calendar == "XLON"


@pytest.mark.slow
def test_one_session_and_no_bar_inside_the_hours():
    one_day = make_bars(start="2025-03-03", end="2025-03-03")
    with pytest.raises(DataError, match="one session"):
        grid_of(one_day)
    night = one_day.assign(timestamp=one_day["timestamp"] - pd.Timedelta(hours=10))
    with pytest.raises(DataError, match="no bar inside the hours"):
        grid_of(night)
