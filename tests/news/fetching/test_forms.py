from __future__ import annotations

import datetime as dt
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from damaged_answers import damaged_answers
from feed_forms import documents, gdelt_list, gkg, inspection, posts, trumpstruth

from eventstudy.exceptions import EventStudyError, SourceError
from eventstudy.news.fetching.feeds import named_feed
from eventstudy.news.fetching.forms import Ask, Part, first_part, read_page

NOW = dt.datetime(2025, 4, 9, 17, 30, tzinfo=dt.UTC)


def test_the_register_is_asked_for_what_is_wanted():
    ask = Ask(now=NOW, since=NOW - dt.timedelta(days=7), term="reciprocal tariff")
    query = parse_qs(urlsplit(first_part(named_feed("federal-register"), ask).address).query)
    assert query["conditions[publication_date][gte]"] == ["2025-04-02"]
    assert query["conditions[term]"] == ["reciprocal tariff"]
    assert "signing_date" in query["fields[]"]


def test_other_feeds_are_asked_as_they_are():
    feed = named_feed("public-inspection")
    assert first_part(feed, Ask(now=NOW, term="x")).address == feed.address


@pytest.mark.parametrize("name", ["federal-register", "truth-social"])
def test_json_nested_without_end_is_refused_in_words(name):
    feed = named_feed(name)
    with pytest.raises(EventStudyError, match="nested too deeply"):
        read_page(feed, b"[" * 200_000, Part(feed.address), Ask(now=NOW))


def test_pages_of_https_do_not_go_on_in_http():
    feed = named_feed("federal-register")
    body = json.dumps(json.loads(documents()) | {"next_page_url": f"http{feed.address[5:]}?page=2"})
    with pytest.raises(EventStudyError, match="another server"):
        read_page(feed, body.encode(), Part(feed.address), Ask(now=NOW))


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("federal-register", documents().encode()),
        ("public-inspection", inspection().encode()),
        ("truth-social", posts().encode()),
        ("trumpstruth", trumpstruth().encode()),
        ("gdelt", gdelt_list(gkg()).encode()),
        ("gdelt", gkg()),
    ],
)
def test_a_damaged_answer_is_read_or_refused_in_words(name, body):
    feed, ask = named_feed(name), Ask(now=NOW, since=NOW - dt.timedelta(days=9))
    part = Part(feed.address if body[:2] != b"PK" else "http://127.0.0.1/1.gkg.csv.zip")
    n_refused = 0
    for damaged in damaged_answers(body, 60, seed=5):
        try:
            read_page(feed, damaged, part, ask)
        except EventStudyError:
            n_refused += 1
    assert n_refused > 5


def test_json_nested_deeper_than_can_be_read_is_refused():
    feed = named_feed("truth-social")
    ask = Ask(now=dt.datetime(2025, 5, 2, tzinfo=dt.UTC))
    with pytest.raises(SourceError, match="nested too deeply"):
        read_page(feed, b"[" * 100_000, first_part(feed, ask), ask)
