"""Groups of pairs by columns of the events."""

from __future__ import annotations

import pandas as pd
import pytest

from eventstudy import (
    SpecificationError,
)
from eventstudy.estimation.groups import make_groups


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
