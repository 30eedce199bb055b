"""The report's appendix of events."""

from __future__ import annotations

import pytest
from frames import record_of

from eventstudy.reporting.report_events import events, safe_url


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)", "JAVASCRIPT:x", " data:text/html,x", "//host/x", "/path", "ftp://a/b",
        "https://", "http://[", "https://a.b/c d", "java\tscript:x", "https://a\u202eb.c", None,
        float("nan"),
    ],
)  # fmt: skip
def test_addresses_that_are_not_links(text: object) -> None:
    assert safe_url(text) is None


def test_an_event_is_shown_with_its_pairs_marks_and_cars() -> None:
    record = record_of(3)
    shown = events(
        record.events, record.alignment, record.car, record.dropped, {"HSI": "Hang Seng"}
    )
    assert shown["windows"] == ["[0,0]", "[0,+1]", "[-1,+1]"]
    first, second, _ = shown["items"]
    assert [pair["security"] for pair in first["pairs"]][2] == "Hang Seng"
    assert "dropped (min_obs)" in first["pairs"][2]["marks"]
    assert first["when"].endswith("UTC")
    assert second["overlaps"] == record.events["event_id"].iloc[0]
    assert "overlaps 1" in second["pairs"][0]["marks"]
    assert all(len(pair["cars"]) == 3 for pair in second["pairs"])


def test_an_event_without_pairs_is_listed_all_the_same() -> None:
    record = record_of(1)
    (item,) = events(
        record.events, record.alignment.iloc[:0], record.car.iloc[:0], record.dropped.iloc[:0], {}
    )["items"]
    assert item["pairs"] == []
    assert item["id"] == record.events["event_id"].iloc[0]
