"""Pairs of a study whose event windows overlap, merged into one."""

from __future__ import annotations

import numpy as np
import pytest
from merged_pairs import DATES, FRAME, fit, kept, lost

from eventstudy import SpecificationError


def test_a_chain_is_one_observation_from_the_earliest_to_the_latest():
    """102 reaches 104, 104 reaches 105; 110 is far. tau = 0 is the day 0 of the latest."""
    results = fit([102, 104, 105, 110])
    assert kept(results) == [(e, m) for e in ("E0", "E3") for m in ("A", "B")]
    at = f"merged into E0 at {DATES[105]:%Y-%m-%d}, windows 3 sessions longer"
    assert lost(results) == [(e, m, "overlap", at) for e in ("E1", "E2") for m in ("A", "B")]
    shown = results.abnormal_returns.set_index(["event_id", "security"]).loc[("E0", "A")]
    assert shown["tau"].tolist() == [-4, -3, -2, -1, 0, 1]
    assert shown["session"].tolist() == list(DATES[101:107])
    mean = FRAME["A"].iloc[105 - 60 : 105 - 15].mean()
    cars = results.car.set_index(["event_id", "security", "window_start"])
    wide, narrow = cars.loc[("E0", "A", -1)], cars.loc[("E0", "A", 0)]
    np.testing.assert_allclose(wide["car"], (FRAME["A"].iloc[101:107] - mean).sum(), rtol=1e-10)
    np.testing.assert_allclose(narrow["car"], (FRAME["A"].iloc[102:106] - mean).sum(), rtol=1e-10)
    assert (wide["n_sessions"], narrow["n_sessions"]) == (6, 4)
    alone = results.abnormal_returns.set_index(["event_id", "security"]).loc[("E3", "B")]
    assert alone["tau"].tolist() == [-1, 0, 1]


@pytest.mark.parametrize(("apart", "together"), [(0, True), (2, True), (3, False)])
def test_windows_that_only_touch_stay_apart(apart, together):
    results = fit([100, 100 + apart])
    assert len(kept(results)) == (2 if together else 4)
    assert results.fitted.sample.extension.tolist() == ([apart] * 2 if together else [0] * 4)


def test_markets_are_merged_each_on_its_own():
    results = fit([100, 101], {"markets": ["A;B", "B"]})
    assert kept(results) == [("E0", "A"), ("E0", "B")]
    assert results.fitted.sample.extension.tolist() == [0, 1]
    assert [row[:3] for row in lost(results)] == [
        ("E1", "A", "market"),
        ("E1", "B", "overlap"),
    ]


def test_the_earliest_event_stands_for_all_whatever_the_order_of_rows():
    results = fit([105, 104])
    assert kept(results) == [("E1", "A"), ("E1", "B")]
    assert {row[3].split(" at ")[0] for row in lost(results)} == {"merged into E1"}


def test_a_merged_pair_is_no_loss():
    """max_loss is 0 above; a pair dropped for overlap is one, merged it is not."""
    assert len(lost(fit([100, 101, 150]))) == 2
    with pytest.raises(Exception, match="2 of 6 pairs were dropped"):
        fit([100, 101, 150], overlap="drop_later")


def test_a_chain_that_reaches_the_estimation_window_is_refused():
    rows = list(range(100, 118))
    with pytest.raises(SpecificationError) as refused:
        fit(rows)
    message = str(refused.value)
    assert message.startswith('overlap="merge" links 18 events of A, ')
    assert f"{DATES[100]:%Y-%m-%d} to {DATES[117]:%Y-%m-%d}" in message
    assert "starts 17 sessions earlier" in message
    assert "make event_window [-1,+1] shorter" in message
    assert message.endswith('or set overlap="drop_later"')
    assert fit(rows[:15]).fitted.sample.extension.tolist() == [14, 14]


def test_a_widened_pair_merges_from_its_earlier_candidate():
    results = fit([100, 102], ambiguous="widen")  # day 0 is a session later, 101 and 103
    assert kept(results) == [("E0", "A"), ("E0", "B")]
    sample = results.fitted.sample
    assert (sample.day0.tolist(), sample.extension.tolist()) == ([103, 103], [3, 3])


def test_what_is_merged_goes_with_the_pair_it_is_merged_into():
    frame = FRAME.copy()
    frame.iloc[:102, 0] = 0.01  # no variance to standardise by in A
    with pytest.raises(Exception, match="1 of 2 pairs were dropped"):
        fit([100, 101], frame=frame)
    results = fit([100, 101, 170], frame=frame, max_loss=0.5)
    assert kept(results) == [("E0", "B"), ("E2", "A"), ("E2", "B")]
    assert [row[:3] for row in lost(results)] == [
        ("E0", "A", "model"), ("E1", "A", "overlap"), ("E1", "B", "overlap"),
    ]  # fmt: skip
    assert results.fitted.labels["date"].astype(str).tolist()[0] == "(mixed)"
