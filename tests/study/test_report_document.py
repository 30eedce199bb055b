"""The report of a study without its page: findings, tables, every frame that is not empty."""

from __future__ import annotations

import pytest
from frames import manifest_of, record_of

from eventstudy.reporting.document import latex_tables, to_markdown
from eventstudy.study.report_document import report_document

pytestmark = pytest.mark.fast_tests(1)


def small_record():
    provenance = {"inputs": {}, "calendars": {}, "versions": {}, "seed": 1, "sync": "asof"}
    return record_of(4, manifest=manifest_of(events={"ambiguous": "keep"}) | provenance)


def test_it_has_the_findings_the_tables_and_the_frames():
    record = small_record()
    made = report_document(record)
    assert made.title == record.spec["title"]
    assert [heading for heading, _ in made.sections][:2] == [
        "Findings", "Before you quote a number",
    ]  # fmt: skip
    captions = [caption for caption, _ in made.tables]
    assert captions[0].startswith("Mean cumulative abnormal returns")
    assert captions[-1] == "Methods"
    assert all(len(frame) for frame in made.frames.values())
    assert {"statistics", "car", "prices", "events"} <= set(made.frames)
    assert "date" in made.frames["prices"]
    text = to_markdown(made)
    assert text.startswith("# ")
    assert latex_tables(made).count(r"\begin{longtable}") == len(made.tables)


def test_pictures_are_drawn_when_asked():
    pictures = report_document(small_record()).pictures()
    assert pictures
    assert all(picture.svg.startswith("<svg") and picture.alt for picture in pictures)
