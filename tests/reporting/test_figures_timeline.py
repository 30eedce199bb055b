"""Closes over the span of the study, news below."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from figure_parts import bare, texts
from figure_parts import events as events_of
from frames import MARKETS, prices_frame
from matplotlib.colors import to_hex

from eventstudy.reporting import figures, figures_timeline, palette


def test_timeline_rebases_to_100_and_draws_every_event_in_its_lane() -> None:
    prices, events = prices_frame(), events_of(40)
    events.loc[3, "direction"] = None
    ax = figures.plot_timeline(prices, events, bare())
    for line in ax.lines[: len(MARKETS)]:
        assert float(np.asarray(line.get_ydata(), dtype=float)[0]) == pytest.approx(100)
    closes = figures.shown_prices(prices, events)["N225"].dropna()
    np.testing.assert_allclose(ax.lines[0].get_ydata(), 100 * closes / closes.iloc[0])
    assert sum(len(lane.get_offsets()) for lane in ax.collections) == 40
    shown = texts(ax)
    assert "neutral (1)" in shown
    counts = [int(n) for n in re.findall(r"escalation \((\d+)\)", shown)]
    assert sum(counts) == 39


def test_timeline_numbers_the_weightiest_events_with_their_headlines() -> None:
    events = events_of(40)
    ax = figures.plot_timeline(prices_frame(), events, bare(), numbered=3)
    key = ax.get_xlabel().splitlines()
    assert [line[0] for line in key] == ["1", "2", "3"]
    heavy = events[events["salience"] == "3"]
    for line in key:
        assert any(f"{row.session:%Y-%m-%d}" in line for row in heavy.itertuples())
    short = figures.plot_timeline(prices_frame(), events[["event_id", "session"]], bare())
    assert short.get_xlabel() == ""


def test_the_line_is_cut_to_the_span_of_the_study() -> None:
    prices = prices_frame()
    events = events_of(3).assign(session=prices.index[[100, 150, 200]])
    shown = figures.shown_prices(prices, events)
    assert (shown.index[0], shown.index[-1]) == (prices.index[70], prices.index[230])
    ax = figures.plot_timeline(prices, events, bare())
    closes = shown["N225"].dropna()
    np.testing.assert_allclose(ax.lines[0].get_ydata(), 100 * closes / closes.iloc[0])
    assert figures.shown_prices(prices, events, None) is prices
    assert len(figures.shown_prices(prices, events.assign(session=np.nan))) == len(prices)


def test_directions_and_markets_have_the_colours_they_have_everywhere() -> None:
    labels = {name: name for name in MARKETS}
    ax = figures.plot_timeline(prices_frame(), events_of(40), bare(), labels=labels)
    lines = [to_hex(line.get_color()) for line in ax.lines[: len(MARKETS)]]
    assert lines == [colour.light for colour in palette.MARKETS[: len(MARKETS)]]
    lanes = {to_hex(lane.get_facecolor()[0]) for lane in ax.collections}
    assert lanes <= {colour.light for colour, _ in palette.DIRECTIONS.values()}


def test_a_narrow_one_names_lines_and_directions_in_a_legend() -> None:
    ax = figures.plot_timeline(prices_frame(), events_of(40), bare(3.7, 4.9))
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names[: len(MARKETS)] == list(MARKETS)
    assert any(name.startswith("escalation (") for name in names)
    assert len(ax.get_xlabel().splitlines()) <= 4


def test_where_marks_are_many_those_of_a_session_share_the_largest(monkeypatch) -> None:
    prices, events = prices_frame(), events_of(40).assign(direction="neutral", salience=1)
    events["session"] = events["session"].iloc[:20].tolist() * 2
    events.loc[39, "salience"] = 3
    every = figures.plot_timeline(prices, events, bare()).collections[0]
    monkeypatch.setattr(figures_timeline, "MOST_MARKS", 39)
    ax = figures.plot_timeline(prices, events, bare())
    shared = ax.collections[0]
    assert len(every.get_offsets()) == 40
    assert len(shared.get_offsets()) == events["session"].nunique()
    assert shared.get_sizes().max() == every.get_sizes().max()
    assert "neutral (40)" in texts(ax)


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize("days", [3, 40, 90, 200, 500, 720, 760, 1000, 1400, 2000, 4000])
@pytest.mark.filterwarnings("error")
def test_a_narrow_axis_of_dates_has_few_ticks_over_any_span(days):
    closes = pd.DataFrame({"N225": 100.0}, index=pd.date_range("2018-01-02", periods=days))
    ax = figures.plot_timeline(closes, events_of(3).iloc[:0], width=80)
    low, high = ax.get_xlim()
    assert 2 <= sum(low <= tick <= high for tick in ax.get_xticks()) <= 6
