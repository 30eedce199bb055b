"""The table of doors: what the documentation says of each, and the messages."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventstudy.io.doors import (
    BAR,
    DOORS,
    TimestampError,
)
from eventstudy.io.timestamps import read_time


def test_docs_have_the_rows_of_the_table():
    text = (Path(__file__).parents[2] / "docs" / "data-sources.md").read_text("utf-8")
    for door in DOORS.values():
        zone = "yes" if door.is_zone_enough else "no"
        assert f"| {door.where} | {', '.join(door.reads)} | {zone} | {door.why} |" in text


def test_a_message_names_its_subject_and_an_error_its_parts():
    with pytest.raises(TimestampError, match=r'^ts "x\'y" is not an ISO 8601 time of') as caught:
        read_time("x'y", BAR, subject="ts")
    assert (caught.value.kind, caught.value.text) == ("unreadable", "x'y")
    with pytest.raises(TimestampError) as caught:
        read_time("2025-11-02 01:30", BAR, zone="America/New_York")
    assert caught.value.parts == {"zone": "America/New_York"}
