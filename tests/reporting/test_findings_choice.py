"""Which groups findings speak of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy.reporting.findings_choice import GroupEvents, chosen_groups, once_each
from eventstudy.text import records

EVENTS = pd.DataFrame(
    {
        "event_id": ["E1", "E2", "E3", "E4"],
        "category": ["talk", "talk", "deal", "effective"],
        "direction": ["escalation", "de-escalation", "de-escalation", "escalation"],
        "salience": [1.0, 2.0, 1.0, np.nan],
    }
)
GROUPS = GroupEvents(frame=EVENTS, known=(("category", "effective"),))


def rows_of(*groups: str, name: str = "placebo", pvalue: float = 0.2) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "group": groups, "measure": "car", "window_start": 0, "window_end": 1, "name": name,
            "estimate": np.arange(len(groups)) / 100, "pvalue": pvalue, "n_pairs": 8,
            "n_events": 4, "n_units": 4,
        }
    )  # fmt: skip


def test_groups_of_opposite_directions() -> None:
    assert GROUPS.pools_opposites("all")
    assert GROUPS.pools_opposites("security=HSI")
    assert GROUPS.pools_opposites("category=talk")
    assert not GROUPS.pools_opposites("category=deal")
    assert not GROUPS.pools_opposites("category*direction=talk*escalation")
    assert GROUPS.pools_opposites("salience=1")
    assert not GROUPS.pools_opposites("salience=2")
    assert not GROUPS.pools_opposites("elsewhere=x")
    signs = EVENTS.drop(columns="direction").assign(expected_sign=["+", "-", "+", "0"])
    assert GroupEvents(frame=signs).pools_opposites("category=talk")
    assert not GroupEvents(frame=signs[["event_id", "category"]]).pools_opposites("all")


def test_news_known_beforehand() -> None:
    assert GROUPS.is_known("category=effective")
    assert GROUPS.is_known("category*direction=effective*escalation")
    assert not GROUPS.is_known("direction=escalation")
    assert GROUPS.n_known("direction=escalation") == 1
    assert GROUPS.n_known("category=deal") == 0


def test_the_same_pairs_count_once() -> None:
    frame = rows_of("category=deal", "category*direction=deal*de-escalation", "category=talk")
    frame.loc[1, "estimate"] = frame.loc[0, "estimate"]
    kept, others = once_each(records(frame))
    assert [row.group for row in kept] == ["category=deal", "category=talk"]
    assert others == {"category=deal": ["category*direction=deal*de-escalation"]}


def chosen(frame: pd.DataFrame, sign="none", events=GROUPS):
    return chosen_groups(frame, name="placebo", window=None, level=0.05, events=events, sign=sign)


def test_pooled_and_known_groups_are_not_tested() -> None:
    groups = ("all", "category=effective", "category=deal", "direction=escalation")
    frame = pd.concat([rows_of(*groups), rows_of(*groups, name="mean_square", pvalue=0.01)])
    found = chosen(frame)
    assert [row.group for row in found.tested] == ["category=deal", "direction=escalation"]
    assert [row.group for row in found.pooled] == ["all"]
    assert [row.group for row in found.known] == ["category=effective"]
    assert list(found.squares) == ["all", "category=deal", "direction=escalation"]
    assert found.adjusted_squares["all"] == 0.03
    assert len(found.tests) == 5
    signed = chosen(frame, sign="expected")
    assert [row.group for row in signed.tested] == [
        "all", "category=deal", "direction=escalation"
    ]  # fmt: skip
    assert len(chosen(frame, events=None).tested) == 4
