"""Groups of pairs by the columns of their events."""

from __future__ import annotations

import pandas as pd
import pytest

from eventstudy.estimation.groups import EMPTY, distinct_groupings, make_groups, same_pairs
from eventstudy.exceptions import SpecificationError

PAIRS = pd.DataFrame(
    {
        "security": ["A", "B", "A", "B"],
        "category": ["deal", "deal", None, "talk"],
        "date": pd.to_datetime(["2025-05-02", "2025-05-02", "2025-05-05", None]),
    }
)


def members(by):
    return {group.label: group.pairs.tolist() for group in make_groups(PAIRS, by)}


def test_all_pairs_come_first_and_no_pair_leaves_a_grouping():
    assert members(["category"]) == {
        "all": [0, 1, 2, 3],
        f"category={EMPTY}": [2],
        "category=deal": [0, 1],
        "category=talk": [3],
    }
    assert list(members(["date"]))[1:] == [f"date={EMPTY}", "date=2025-05-02", "date=2025-05-05"]


def test_columns_are_crossed_by_a_star():
    *_, last = make_groups(PAIRS, ["category * security"])
    assert (last.label, last.by) == ("category*security=talk*B", ("category", "security"))
    assert (last.values, last.pairs.tolist()) == (("talk", "B"), [3])
    assert distinct_groupings(["a*b", " a * b ", "a"]) == ("a*b", "a")


def test_an_unknown_column_is_named_under_its_key():
    with pytest.raises(
        SpecificationError, match="no column 'categry'; did you mean 'cat"
    ) as caught:
        make_groups(PAIRS, ["categry"], key="curve.by")
    assert (caught.value.key, caught.value.suggestion) == ("curve.by", "category")


def test_two_groups_of_one_name_are_refused():
    pairs = pd.DataFrame({"a": ["x*y", "x"], "b": ["z", "y*z"]})
    with pytest.raises(SpecificationError, match=r"would both be called 'a\*b=x\*y\*z'; rename"):
        make_groups(pairs, ["a*b"])


def test_groups_of_the_same_pairs_are_known_by_the_first_of_them():
    frame = PAIRS.assign(tone=["soft", "soft", "hard", "hard"])
    groups = make_groups(frame, ["category", "tone", "category*tone", "security"])
    assert same_pairs(groups) == {
        "tone=soft": "category=deal",
        "category*tone=(empty)*hard": "category=(empty)",
        "category*tone=deal*soft": "category=deal",
        "category*tone=talk*hard": "category=talk",
    }
    assert same_pairs(make_groups(frame.assign(one="x"), ["one"])) == {"one=x": "all"}
    assert same_pairs([]) == {}
