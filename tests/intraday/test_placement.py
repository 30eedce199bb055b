"""News times -> bars: the bar that holds the news, windows over breaks, pairs without a bar."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_intraday_study import fit, fx_bars, make_bars

from eventstudy import (
    CoverageError,
    IntradayStudy,
)
from eventstudy.intraday.placement import bar_range

pytestmark = pytest.mark.fast_tests(2)


def test_windows_of_minutes_are_moved_outwards_to_whole_bars():
    assert bar_range((-30, 60), 5) == (-6, 12)
    assert bar_range((0, 15), 5) == (0, 3)
    assert bar_range((-1, 1), 60) == (-1, 1)
    assert bar_range((-7, 7), 5) == (-2, 2)


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
    results = fit(news, overnight="include", window=(0, 90))
    row = results.alignment.iloc[0]
    assert (row["bar_clock"], f"{row['session']:%Y-%m-%d}") == ("09:30", "2025-04-04")
    assert row["minutes_into_bar"] == pytest.approx(-15.5 * 60)
    assert "while the market was shut" in row["note"]
    assert results.car["covers_from"].iloc[0] == -2 * 60  # from the close at 16:00
    assert results.car["covers_to"].iloc[0] == pytest.approx(16.5 * 60)
    first = results.abnormal_returns.iloc[0]
    assert first["after_break"]
    assert not first["from_open"]


def test_the_evening_in_which_an_fx_week_begins_has_its_own_date():
    study = IntradayStudy(overnight="include", window=(-60, 60), windows=((0, 60),))
    results = study.fit("2025-04-06T12:00-04:00", fx_bars())
    note = results.alignment["note"].iloc[0]
    assert "bar 0 is the first after, 2025-04-06 17:00" in note
    assert results.alignment["session"].iloc[0] == pd.Timestamp("2025-04-07")
    assert results.alignment["crosses"].iloc[0] == "the break after 2025-04-04 17:00"


def test_a_window_over_a_break_says_so():
    results = fit("2025-04-03T15:40-04:00")
    assert results.alignment["crosses"].iloc[0] == "the break after 2025-04-03 16:00"
    bars = results.abnormal_returns
    assert list(bars["clock"]) == ["14:30", "15:00", "15:30", "09:30", "10:00"]
    assert list(bars["after_break"]) == [False, False, False, True, False]
    assert bars["from_news"].iloc[3] == pytest.approx(24 * 60 - 6 * 60 - 10)
    assert np.isfinite(bars["abnormal_return"]).all()
    assert list(bars["n_days"]) == [20] * 5
    assert fit("2025-04-03T12:40-04:00").alignment["crosses"].iloc[0] == ""


def test_news_beyond_the_bars_and_too_early_and_too_vague():
    for news, message in (
        ("2025-05-10T12:00-04:00", "after the last bar"),
        ("2025-01-10T12:00-05:00", "before the first bar"),
        ("2025-02-10T12:00-05:00", "5 earlier days .* fewer than min_days = 10"),
    ):
        with pytest.raises(CoverageError, match=message):
            fit(news)
    events = pd.DataFrame({
        "event_id": ["A", "B", "C"],
        "published_at": ["2025-04-03T12:10-04:00", "2025-04-10T12:10-04:00", None],
        "date": [None, None, "2025-04-11"],
        "precision": ["minute_est", "session", "day"],
    })  # fmt: skip
    results = fit(events)
    assert list(results.dropped["event_id"]) == ["B", "C"]
    assert "180 minutes either way" in results.dropped["reason"].iloc[0]
    assert results.dropped["reason"].iloc[1] == "a date without a time has no bar"
    assert "bar 0 is one of 2" in results.alignment["note"].iloc[0]


def test_a_bar_of_the_news_that_is_missing_is_said():
    frame = make_bars(start="2025-02-03", end="2025-04-30")
    at = frame["timestamp"] == pd.Timestamp("2025-04-03T12:00-04:00")
    results = fit("2025-04-03T12:10-04:00", frame[~at])
    assert "the bar of the news is missing" in results.alignment["note"].iloc[0]
    bars = results.abnormal_returns.set_index("minute")
    assert np.isnan(bars.loc[0, "abnormal_return"])
    assert bars.loc[30, "from_open"]
    assert results.car["bars_missing"].iloc[0] == 1
    assert "missing or without a return: what the price" in " ".join(results.to_text().split())
    before = frame["timestamp"] == pd.Timestamp("2025-04-03T11:30-04:00")
    results = fit("2025-04-03T12:10-04:00", frame[~before])
    assert "bar 0 is taken from its own open" in results.alignment["note"].iloc[0]


def test_events_name_their_markets():
    events = pd.DataFrame({
        "event_id": ["A", "B", "C"], "published_at": "2025-04-03T12:10-04:00",
        "markets": ["SPX", "N225", "AAA"],
    })  # fmt: skip
    results = fit(events)
    assert list(results.alignment["event_id"]) == ["A", "C"]
    assert list(results.dropped["stage"]) == ["market"]


def test_a_halt_over_the_whole_window_leaves_no_number_and_a_text_that_says_so():
    frame = make_bars(start="2025-02-03", end="2025-04-30")
    halted = frame["timestamp"].between("2025-04-03T11:30-04:00", "2025-04-03T13:30-04:00")
    results = fit("2025-04-03T12:10-04:00", frame[~halted])
    assert results.car["car"].isna().all()
    text = " ".join(results.to_text().split())
    assert "p placebo: not given, as no window has a bar with a return" in text
    assert "what the price moved over a gap is in no bar, nor in the CAR" in text
