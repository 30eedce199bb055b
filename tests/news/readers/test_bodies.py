from __future__ import annotations

import datetime as dt

import pytest
from feed_server import rss

from eventstudy.exceptions import EventStudyError, SourceError
from eventstudy.news.readers.bodies import MOST_ITEMS, read_body

NOW = dt.datetime(2025, 5, 2, 12, tzinfo=dt.UTC)


def test_a_body_is_read_by_what_it_holds():
    feed = rss(("1", "Fri, 02 May 2025 09:00:00 +0000", "Ministry weighs talks")).encode()
    assert read_body(feed, "wire", now=NOW).frame["headline"].tolist() == ["Ministry weighs talks"]
    table = b"published_at,headline\n2025-05-02T09:00Z,Ministry weighs talks\n"
    assert read_body(table, "wire", now=NOW).frame["headline"].tolist() == ["Ministry weighs talks"]


def test_a_web_page_is_no_feed():
    with pytest.raises(SourceError, match="it is a web page, not a feed"):
        read_body(b"<!doctype html><html><body>Just a moment...</body></html>", "wire", now=NOW)


def test_what_is_none_of_these_is_refused():
    with pytest.raises(EventStudyError):
        read_body(b"\x00\x01nothing", "wire", now=NOW)


@pytest.mark.parametrize("body", [
    b"<rss><channel>" + b"<item/>" * (MOST_ITEMS + 1),
    b"\xef\xbb\xbf <feed>" + b"<entry/>" * (MOST_ITEMS + 1),
    b"[" + b"{}," * (10 * MOST_ITEMS + 1),
    b"date,headline" + b"\n," * (10 * MOST_ITEMS + 1),
])  # fmt: skip
def test_an_answer_of_more_items_than_a_feed_has_is_not_read(body):
    with pytest.raises(SourceError, match="more than 50,000 items"):
        read_body(body, "feed")
