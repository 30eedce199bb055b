"""Sessions x clock times: hours, breaks, half days, clock changes; news times -> bars."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_intraday_study import make_bars

from eventstudy import CoverageError, IntradayBars, IntradayStudy, SpecificationError
from eventstudy.exceptions import DataError, EventStudyWarning
from eventstudy.intraday.grid import clock_text, make_grid, market_of
from eventstudy.intraday.placement import bar_range


def grid_of(
    frame, market="SPX", hours="regular", overnight="exclude", kind="simple", labels="start"
):
    bars = IntradayBars.from_frame(frame, labels=labels)
    return make_grid(
        bars, bars.securities[0], market_of(bars.securities[0], market),
        hours=hours, overnight=overnight, kind=kind,
    )  # fmt: skip


def fx_bars(start="2025-03-03", periods=24 * 40, seed=0):
    """Hourly bars around the clock, the weekend included."""
    rng = np.random.default_rng(seed)
    times = pd.date_range(f"{start}T00:00Z", periods=periods, freq="h")
    close = 150 * np.exp(np.cumsum(0.001 * rng.normal(size=periods)))
    return pd.DataFrame({
        "timestamp": times, "symbol": "USDJPY", "open": np.r_[150.0, close[:-1]], "close": close
    })  # fmt: skip


@pytest.mark.slow
def test_the_clock_is_the_markets_own_so_that_summer_time_moves_nothing():
    grid, left_out, _ = grid_of(make_bars(start="2025-03-03", end="2025-03-14"))
    assert [clock_text(one) for one in grid.clocks] == [
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
    found = fit(
        "2025-04-03T18:00-04:00", frame[~last].reset_index(drop=True),
        overnight="include", window=(0, 90),
    )  # fmt: skip
    assert found.car["covers_from"].iloc[0] == -2.5 * 60  # the bar of 15:00 ends at 15:30


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
    assert "11:30" not in [clock_text(one) for one in grid.clocks]
    at = [clock_text(one) for one in grid.clocks].index("12:30")
    assert grid.after_break[:, at].all()
    assert not np.isnan(grid.returns).any()
    noon = np.datetime64("2025-03-05T02:45", "ns")  # 11:45 in Tokyo
    slot, inside = grid.locate(noon)
    assert (clock_text(grid.clocks[grid.slot_clock[slot]]), inside) == ("12:30", False)


def test_the_fx_week_runs_from_sunday_17_to_friday_17_new_york():
    grid, left_out, wrong = grid_of(fx_bars(), market=None)
    assert [clock_text(one) for one in grid.clocks][:2] == ["17:00", "18:00"]
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
        found = IntradayStudy(market="SPX", days=5, min_days=5).fit(
            "2025-03-13T12:00-04:00", shifted
        )
    assert list(found.checks["check"]) == ["bar_labels"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (None, "whose hours does AAA keep"),
        ("SPYX", "did you mean|no market"),
        ("data", "no hours of its own"),
    ],
)
def test_a_market_without_hours_is_refused(asked, said):
    with pytest.raises(SpecificationError, match=said):
        market_of("AAA", asked)


def test_markets_are_found_by_name_series_symbol_and_calendar():
    assert market_of("USDJPY", None).calendar == "FX"
    assert market_of("JPY=X", None).calendar == "FX"
    assert market_of("^GSPC", None).name == "SPX"
    assert market_of("AAA", "XLON").calendar == "XLON"


@pytest.mark.slow
def test_one_session_and_no_bar_inside_the_hours():
    one = make_bars(start="2025-03-03", end="2025-03-03")
    with pytest.raises(DataError, match="one session"):
        grid_of(one)
    night = one.assign(timestamp=one["timestamp"] - pd.Timedelta(hours=10))
    with pytest.raises(DataError, match="no bar inside the hours"):
        grid_of(night)


def test_windows_of_minutes_are_moved_outwards_to_whole_bars():
    assert bar_range((-30, 60), 5) == (-6, 12)
    assert bar_range((0, 15), 5) == (0, 3)
    assert bar_range((-1, 1), 60) == (-1, 1)
    assert bar_range((-7, 7), 5) == (-2, 2)


# ---------------------------------------------------------------- news times -> bars


def fit(news, frame=None, **options):
    given = {"market": "SPX", "window": (-60, 90), "windows": ((0, 60),)} | options
    frame = make_bars(start="2025-02-03", end="2025-04-30") if frame is None else frame
    return IntradayStudy(**given).fit(news, frame)


@pytest.mark.parametrize(
    ("news", "bar", "into"),
    [
        ("2025-04-03T12:00-04:00", "12:00", 0.0),
        ("2025-04-03T11:59:59-04:00", "11:30", 30 - 1 / 60),
        ("2025-04-03T16:44+00:00", "12:30", 14.0),
        ("2025-04-03T15:59-04:00", "15:30", 29.0),
    ],
)
def test_the_bar_that_holds_the_news(news, bar, into):
    row = fit(news).alignment.iloc[0]
    assert row["bar_clock"] == bar
    assert row["minutes_into_bar"] == pytest.approx(into)
    assert row["session"] == pd.Timestamp("2025-04-03")


def test_news_while_the_market_is_shut():
    news = "2025-04-03T18:00-04:00"
    with pytest.raises(CoverageError, match="outside the hours of the bars") as error:
        fit(news)
    assert "2025-04-04 09:30" in str(error.value)
    found = fit(news, overnight="include", window=(0, 90))
    row = found.alignment.iloc[0]
    assert (row["bar_clock"], f"{row['session']:%Y-%m-%d}") == ("09:30", "2025-04-04")
    assert row["minutes_into_bar"] == pytest.approx(-15.5 * 60)
    assert "while the market was shut" in row["note"]
    assert found.car["covers_from"].iloc[0] == -2 * 60  # from the close at 16:00
    assert found.car["covers_to"].iloc[0] == pytest.approx(16.5 * 60)
    first = found.abnormal_returns.iloc[0]
    assert first["after_break"]
    assert not first["from_open"]


def test_the_evening_in_which_an_fx_week_begins_has_its_own_date():
    study = IntradayStudy(overnight="include", window=(-60, 60), windows=((0, 60),))
    found = study.fit("2025-04-06T12:00-04:00", fx_bars())
    note = found.alignment["note"].iloc[0]
    assert "bar 0 is the first after, 2025-04-06 17:00" in note
    assert found.alignment["session"].iloc[0] == pd.Timestamp("2025-04-07")
    assert found.alignment["crosses"].iloc[0] == "the break after 2025-04-04 17:00"


def test_a_window_over_a_break_says_so():
    found = fit("2025-04-03T15:40-04:00")
    assert found.alignment["crosses"].iloc[0] == "the break after 2025-04-03 16:00"
    bars = found.abnormal_returns
    assert list(bars["clock"]) == ["14:30", "15:00", "15:30", "09:30", "10:00"]
    assert list(bars["after_break"]) == [False, False, False, True, False]
    assert bars["from_news"].iloc[3] == pytest.approx(24 * 60 - 6 * 60 - 10)
    assert np.isfinite(bars["abnormal_return"]).all()
    assert list(bars["n_days"]) == [20] * 5
    assert fit("2025-04-03T12:40-04:00").alignment["crosses"].iloc[0] == ""


@pytest.mark.parametrize("mask", [True, False])
def test_a_window_longer_than_a_session_says_nothing_about_itself(mask):
    # Its place on the day before reaches into the day of the news.
    frame = make_bars(start="2025-02-03", end="2025-04-30")
    news = pd.Timestamp("2025-04-03T14:10Z")
    moved = frame.copy()
    after = moved["timestamp"] >= news.floor("30min")
    moved.loc[after, ["open", "high", "low", "close"]] *= np.exp(
        0.02 * np.random.default_rng(1).normal(size=int(after.sum()))
    )[:, None]
    one, two = (
        fit(str(news.isoformat()), bars, window=(0, 600), windows=((0, 600),), mask_events=mask)
        for bars in (frame, moved)
    )
    for column in ("normal_return", "std_error", "n_days"):
        assert two.abnormal_returns[column].to_numpy() == pytest.approx(
            one.abnormal_returns[column].to_numpy(), nan_ok=True
        )
    assert list(one.abnormal_returns["n_days"]) == [20] * 7 + [20] * 6 + [19] * 7
    assert one.days["bars"].iloc[-1] == 13


def test_news_beyond_the_bars_and_too_early_and_too_vague():
    for news, said in (
        ("2025-05-10T12:00-04:00", "after the last bar"),
        ("2025-01-10T12:00-05:00", "before the first bar"),
        ("2025-02-10T12:00-05:00", "5 earlier days .* fewer than min_days = 10"),
    ):
        with pytest.raises(CoverageError, match=said):
            fit(news)
    events = pd.DataFrame({
        "event_id": ["A", "B", "C"],
        "published_at": ["2025-04-03T12:10-04:00", "2025-04-10T12:10-04:00", None],
        "date": [None, None, "2025-04-11"],
        "precision": ["minute_est", "session", "day"],
    })  # fmt: skip
    found = fit(events)
    assert list(found.dropped["event_id"]) == ["B", "C"]
    assert "180 minutes either way" in found.dropped["reason"].iloc[0]
    assert found.dropped["reason"].iloc[1] == "a date without a time has no bar"
    assert "bar 0 is one of 2" in found.alignment["note"].iloc[0]


UNTIL_NEWS = make_bars(end="2025-04-10")


def flat(frame):
    prices = ["open", "high", "low", "close"]
    is_earlier = frame["timestamp"] < pd.Timestamp("2025-04-10", tz="UTC")
    return frame.assign(**{name: frame[name].mask(is_earlier, 100.0) for name in prices})


def halved(frame):
    """One of two bars every other day, the other one on the days between, until the last day."""
    local = frame["timestamp"].dt.tz_convert("America/New_York")
    gone = np.where(local.dt.day % 2, "12:00", "12:30")
    is_last = local.dt.date == local.dt.date.max()
    return frame[is_last | (local.dt.strftime("%H:%M") != gone)]


@pytest.mark.parametrize(
    ("frame", "options", "stage", "reason"),
    [
        (flat(UNTIL_NEWS), {}, "model", "no bar of the window varies on earlier days"),
        (halved(UNTIL_NEWS), {"min_days": 15}, "min_days",
         "no bar of the window has more than 11 earlier days, fewer than min_days = 15"),
        (pd.concat([UNTIL_NEWS, flat(UNTIL_NEWS).assign(symbol="BBB")]),
         {"model": "market_model", "benchmark": "BBB"},
         "model", "the benchmark has no return in the window, or none that varies on earlier days"),
    ],
    ids=["flat", "too few days of any bar", "flat benchmark"],
)  # fmt: skip
def test_a_window_without_a_normal_return_says_at_which_stage_and_why(
    frame, options, stage, reason
):
    with pytest.raises(CoverageError) as caught:
        fit("2025-04-10T12:10-04:00", frame, window=(0, 60), **options)
    assert caught.value.reasons[["stage", "reason"]].to_numpy().tolist() == [[stage, reason]]


@pytest.mark.slow
def test_days_without_the_window_are_passed_over_and_listed():
    frame = make_bars(start="2025-10-20", end="2025-12-31")
    found = fit("2025-12-10T13:40-05:00", frame, window=(-30, 60))
    days = found.days.set_index("session")
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


def test_a_bar_of_the_news_that_is_missing_is_said():
    frame = make_bars(start="2025-02-03", end="2025-04-30")
    at = frame["timestamp"] == pd.Timestamp("2025-04-03T12:00-04:00")
    found = fit("2025-04-03T12:10-04:00", frame[~at])
    assert "the bar of the news is missing" in found.alignment["note"].iloc[0]
    bars = found.abnormal_returns.set_index("minute")
    assert np.isnan(bars.loc[0, "abnormal_return"])
    assert bars.loc[30, "from_open"]
    assert found.car["bars_missing"].iloc[0] == 1
    before = frame["timestamp"] == pd.Timestamp("2025-04-03T11:30-04:00")
    found = fit("2025-04-03T12:10-04:00", frame[~before])
    assert "bar 0 is taken from its own open" in found.alignment["note"].iloc[0]


def test_events_name_their_markets():
    events = pd.DataFrame({
        "event_id": ["A", "B", "C"], "published_at": "2025-04-03T12:10-04:00",
        "markets": ["SPX", "N225", "AAA"],
    })  # fmt: skip
    found = fit(events)
    assert list(found.alignment["event_id"]) == ["A", "C"]
    assert list(found.dropped["stage"]) == ["market"]
