"""The facts read off the record of a study."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from frames import manifest_of, record_of

from eventstudy.exceptions import NotApplicableError
from eventstudy.reporting.record import usual_window


def test_no_line_about_a_study_is_wider_than_a_terminal() -> None:
    lines = record_of(3).lines()
    assert max(len(line) for line in lines) <= 80
    assert "estimation window [-120,-21] and [+21,+60]" in "\n".join(lines)


def test_an_event_without_a_headline_is_called_by_its_id() -> None:
    record = record_of(3)
    first, second, _ = record.events["event_id"]
    record = replace(record, events=record.events.assign(headline=[None, "x", "z"]))
    frame = record.car_by_event((0, 1)).set_index("event_id")
    assert frame.loc[first, "label"].eq(first).all()
    assert frame.loc[second, "label"].eq("x").all()
    in_hsi = frame[frame["security"] == "HSI"]["session"]
    days = record.alignment.query("security == 'HSI'").set_index("event_id")["session"]
    assert in_hsi.equals(days[in_hsi.index])
    del record.events["headline"]
    assert set(record.car_by_event((0, 1))["label"]) == set(record.events["event_id"])


def test_a_window_without_cars_is_refused_with_those_there_are() -> None:
    with pytest.raises(NotApplicableError, match=r"no CAR over \[0,\+9\].*\[0,0\], \[0,\+1\]"):
        record_of(1).car_by_event((0, 9))


@pytest.mark.parametrize(
    ("windows", "usual"),
    [([(0, 0), (0, 1)], (0, 1)), ([(-1, 1), (0, 0)], (-1, 1)), ([], (0, 0))],
)
def test_the_usual_window_is_the_one_with_the_benchmarks_later_reaction(windows, usual) -> None:
    assert usual_window(windows) == usual


def test_what_is_read_off_the_specification() -> None:
    record = record_of(3)
    assert (record.headline_name, record.headline_window) == ("placebo", (0, 1))
    assert record.alternative == "two-sided"
    one_sided = manifest_of(statistics={"names": ["bmp", "sign"], "alternative": "less"})
    record = replace(record, manifest=one_sided)
    assert (record.headline_name, record.alternative) == ("bmp", "less")
    assert record.event_sessions.equals(pd.to_datetime(record.alignment["session"]))


def test_groups_of_the_same_pairs_are_shown_once_and_named_together() -> None:
    record = record_of(3)
    assert record.distinct(record.statistics) is record.statistics
    assert record.names == record.labels
    copies = {"tone=soft": "category=deal", "category*tone=deal*soft": "category=deal"}
    record = replace(record, manifest=manifest_of() | {"same_pairs": copies})
    assert record.same_pairs == copies
    frame = pd.DataFrame({"group": ["category=deal", "tone=soft", "all"], "x": [1, 1, 2]})
    assert record.distinct(frame)["group"].tolist() == ["category=deal", "all"]
    # Where the first of them is not shown, the copy is no copy.
    assert record.distinct(frame[1:])["group"].tolist() == ["tone=soft", "all"]
    assert record.names["category=deal"] == "deal (also soft and deal × soft)"
    assert record.names.items() >= record.labels.items()
