"""What the commands print, made without a command: an alignment, lists."""

from __future__ import annotations

import pytest
from command_line import NEWS

from eventstudy.cli.views import alignment_of, alignment_text
from eventstudy.events.reading import read_events
from eventstudy.exceptions import SpecificationError


def test_an_alignment_has_a_line_for_each_event_and_market(news):
    events = read_events(str(news))
    frame = alignment_of(events, ["HSI", "Nikkei", "HSI"]).frame
    assert list(frame["security"]) == ["HSI", "N225"] * 4, "each market once, aliases resolved"
    lines = alignment_text(frame, events, width=80).splitlines()
    assert [line.split()[0] for line in lines[1:13:3]] == ["GENEVA", "PAUSE", "ANSWER", "TALKS"]
    assert max(map(len, lines)) <= 80
    reasons = alignment_text(frame, events, reasons=True)
    assert reasons.count("Published") == len(frame)


def test_an_event_without_a_time_needs_the_option_that_says_what_it_means(news):
    news.write_text(f"{NEWS}DAY,,2025-04-15,Something\n", encoding="utf-8")
    events = read_events(str(news))
    with pytest.raises(SpecificationError, match="give --date-only same or --date-only next"):
        alignment_of(events, ["HSI"])
    assert len(alignment_of(events, ["HSI"], "next").frame) == 5
