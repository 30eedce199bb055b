"""The sessions models are estimated on."""

from __future__ import annotations

import numpy as np
import pytest
from fitted_study import STUDY, closes, events_table

from eventstudy import Dimson, Events, PricePanel, Window
from eventstudy.study.estimation_sessions import (
    estimation_dates,
    estimation_parts,
    masked_returns,
    regressors,
    usable_sessions,
    window_gaps,
)
from eventstudy.study.preparation import prepare


@pytest.fixture(scope="module")
def data():
    return prepare(STUDY, Events.from_frame(events_table()), PricePanel.from_frame(closes()))


def test_lags_and_leads_lie_in_the_estimation_window():
    window = STUDY.estimation_window
    (part,) = estimation_parts(STUDY)
    assert part == Window(window.start, window.end)
    from dataclasses import replace

    (part,) = estimation_parts(replace(STUDY, model=Dimson("M", lags=2, leads=1)))
    assert part == Window(window.start + 2, window.end - 1)


def test_usable_sessions_are_those_with_return_and_factor(data):
    factors, names = regressors(STUDY, data.returns)
    assert names == ("M",)
    is_there = np.isfinite(data.masked) & np.isfinite(factors).all(axis=2)
    window, day0 = STUDY.estimation_window, is_there.shape[1] - 40
    inside = is_there[:, day0 + window.start : day0 + window.end + 1]
    counts = usable_sessions(STUDY, data.tables, data.returns)
    np.testing.assert_array_equal(counts[:, day0], inside.sum(axis=1))


def test_event_windows_of_all_events_can_be_masked(data):
    masked = masked_returns(STUDY, data.aligned, data.selected, data.returns)
    at = data.aligned
    wanted = at.is_wanted & data.selected[at.event] & (at.day0 >= 0)
    assert np.isnan(masked[at.security[wanted], at.day0[wanted]]).all()
    assert np.isfinite(masked).sum() < np.isfinite(data.returns.returns).sum()


def test_windows_may_have_gaps_unless_they_are_to_be_whole(data):
    assert window_gaps(STUDY, data.setting, data.returns) is None


def test_dates_of_the_estimation_window_are_those_before_day_0(data):
    security, day0 = np.array([0, 1]), np.array([150, 5])
    table = data.abnormal_at(security, day0, np.zeros(2, dtype=np.int64))
    dates = estimation_dates(STUDY, data.returns, table)
    taus = STUDY.estimation_window.taus
    np.testing.assert_array_equal(dates[0], data.returns.dates[0, 150 + taus])
    assert np.isnat(dates[1]).all()
