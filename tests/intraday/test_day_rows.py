"""Earlier windows of a day as the days of a calendar: which stand together, and which apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
from small_intraday_study import days_alone, events_of, make_bars, same_day_study

from eventstudy.intraday import day_rows


def laid_out(monkeypatch, news, frame):
    """What the tests of the first window are given."""
    kept = []
    original = day_rows.windows_of_days

    def keep(*arguments):
        kept.append(original(*arguments))
        return kept[-1]

    monkeypatch.setattr("eventstudy.intraday.pipeline.windows_of_days", keep)
    same_day_study(windows=((0, 15),)).fit(events_of(news), frame)
    return kept[0]


def test_days_have_stretches_of_their_own_and_windows_that_begin_together_share_them(monkeypatch):
    days = ["2025-03-20", "2025-04-02"]
    frame = days_alone(make_bars(names=("AAA", "BBB"), minutes=5, seed=3), days)
    data = laid_out(monkeypatch, [f"{day}T14:00-04:00" for day in days], frame)
    assert [len(labels) for labels in data.sessions] == [18, 18, 18, 18]
    by_pair = [data.sessions[outcome.row] for outcome in data.observed]
    assert (by_pair[0] == by_pair[1]).all()  # one day, two securities
    gap = np.busday_count(by_pair[0][-1], by_pair[2][0])
    assert gap > 5  # no test takes two days for neighbours
    assert set(data.labels.values()) == {np.datetime64(day) for day in days}
    # the window of the news rests on all earlier ones, each of these on the others
    assert data.days[0][17].tolist() == list(range(16, -1, -1))
    assert 3 not in data.days[0][3].tolist()
    assert len(data.days[0][3]) == 16
    assert data.length == 17


def test_windows_of_one_day_that_begin_apart_never_fall_on_one_label(monkeypatch):
    frame = days_alone(make_bars(minutes=5, seed=3))
    news = ["2025-03-20T12:30-04:00", "2025-03-20T14:30-04:00"]
    data = laid_out(monkeypatch, news, frame)
    one, other = (set(labels.tolist()) for labels in data.sessions)
    assert not one & other
    assert abs((max(one) - max(other)).days) <= 3  # and they are one cluster


def test_one_bar_of_two_news_is_one_row(monkeypatch):
    frame = days_alone(make_bars(minutes=5, seed=3))
    news = pd.Series(["2025-03-20T14:31-04:00", "2025-03-20T14:32-04:00"])
    data = laid_out(monkeypatch, news, frame)
    assert len(data.sessions) == 1
    assert [outcome.row for outcome in data.observed] == [0, 0]
