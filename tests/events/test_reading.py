"""Events files: which are read, and their problems."""

from __future__ import annotations

import pytest

from eventstudy.events.reading import check_events, read_events
from eventstudy.exceptions import SourceError


def test_rows_of_problems_are_those_of_the_file(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("sep=;\nevent_id;day\nE1;31/12/2024\n;15/01/2025\n", encoding="utf-8")
    assert check_events(path) == [
        "events.csv row 4: event_id is empty; every event needs one of its own"
    ]


def test_what_can_be_read_two_ways_is_a_problem(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("event_id,date\nE1,03/04/2025\n", encoding="utf-8")
    (problem,) = check_events(path)
    assert problem.startswith("events.csv: date '03/04/2025' can be read")


@pytest.mark.parametrize("ending", [".xls", ".ods", ".parquet", ".json"])
def test_other_kinds_of_file_say_what_to_do(tmp_path, ending):
    path = tmp_path / f"events{ending}"
    path.write_bytes(b"")
    with pytest.raises(SourceError, match=r"read|sheets"):
        read_events(path)
