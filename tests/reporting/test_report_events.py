"""The report's appendix of events."""

from __future__ import annotations

import pytest
from frames import record_of

from eventstudy.reporting import report_events
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
    assert second["overlaps"] == [record.events["event_id"].iloc[0]]
    assert "overlaps 1" in second["pairs"][0]["marks"]
    assert all(len(pair["cars"]) == 3 for pair in second["pairs"])
    car = record.car[(record.car["event_id"] == second["id"]) & (record.car["security"] == "CNH")]
    shown = next(pair for pair in second["pairs"] if pair["security"] == "CNH")["cars"]
    assert [float(cell) for cell in shown] == [round(100 * value, 2) for value in car["car"]]


def test_an_event_without_pairs_is_listed_all_the_same() -> None:
    record = record_of(1)
    (item,) = events(
        record.events, record.alignment.iloc[:0], record.car.iloc[:0], record.dropped.iloc[:0], {}
    )["items"]
    assert item["pairs"] == []
    assert item["id"] == record.events["event_id"].iloc[0]


def test_the_p_value_is_that_of_the_window_asked_for() -> None:
    record = record_of(1)
    frames = (record.events, record.alignment, record.car, record.dropped, {})
    first, other = events(*frames), events(*frames, window=(-1, 1))
    assert (first["tested"], other["tested"]) == ("[0,0]", "[-1,+1]")
    rows = record.car[record.car["security"] == "TWII"].set_index(["window_start", "window_end"])
    for shown, window in ((first, (0, 0)), (other, (-1, 1))):
        pair = next(p for p in shown["items"][0]["pairs"] if p["security"] == "TWII")
        assert float(pair["p"].lstrip("<")) == pytest.approx(
            max(rows.loc[window, "pvalue"], 0.001), abs=6e-4
        )


def test_markets_an_event_does_not_concern_are_counted() -> None:
    record = record_of(2)
    lost = record.alignment[["event_id", "security"]].iloc[1:6]
    lost = lost.assign(stage="market", reason="not one of the event's markets")
    first, second = events(record.events, record.alignment, record.car, lost, {})["items"]
    assert [pair["security"] for pair in first["pairs"]] == ["N225"]
    assert first["beside"] == "Not listed: 5 markets left out by choice of the study."
    assert (len(second["pairs"]), second["beside"]) == (6, "")


def test_of_very_many_pairs_the_latest_events_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    record = record_of(5)
    frames = (record.events, record.alignment, record.car, record.dropped, {})
    monkeypatch.setattr(report_events, "MOST_PAIRS", 13)
    part = events(*frames, everything=False)
    assert [item["id"] for item in part["items"]] == record.events["event_id"].tolist()[-2:]
    assert part["of"] == 5
    monkeypatch.setattr(report_events, "MOST_MARKETS", 4)
    part = events(*frames, everything=False)
    assert len(part["items"]) == 3
    assert len(part["items"][0]["pairs"]) == 4
    assert part["items"][0]["beside"] == "Not listed: 2 more markets in car.csv and alignment.csv."
    assert len(events(*frames)["items"]) == 5


def test_why_a_session_is_said_in_short_only_where_it_is_not_plain() -> None:
    record = record_of(12)
    frames = (record.events, record.alignment, record.car, record.dropped, {})
    for item in events(*frames, everything=False)["items"]:
        for pair in item["pairs"]:
            marks = set(pair["marks"]) - {"before the benchmark"}
            assert bool(pair["reason"]) == bool(marks)
    assert all(p["reason"] for item in events(*frames)["items"] for p in item["pairs"])
