"""Saved web pages: dated by what they state of their publication."""

import json

import pytest
from small_news import reasons

HEADLINE = "US announces tariffs on all imports"
TEXT = "<article><p>The president announced a 10% tariff on Wednesday.</p></article>"


def page(head="", body=TEXT):
    title = f"<title>{HEADLINE}</title>"
    return f"<!doctype html><html><head>{title}{head}</head><body>{body}</body></html>"


def linked(**fields):
    return f'<script type="application/ld+json">{json.dumps(fields)}</script>'


def meta(name, content):
    return f'<meta property="{name}" content="{content}">'


@pytest.mark.parametrize("name", ["a.html", "a.htm", "saved"])
def test_a_page_is_dated_by_its_statement(read, name):
    head = (
        meta("article:modified_time", "2025-04-05T10:00:00Z")
        + meta("article:published_time", "2025-04-02T16:15:03-04:00")
        + meta("og:site_name", "Wire")
        + '<link rel="canonical" href="https://e.org/1">'
    )
    news = read(page(head), name)
    first, second = news.frame.itertuples()
    assert (first.headline, first.published) == (HEADLINE, "2025-04-02T16:15:03-04:00")
    assert (first.precision, first.source, first.url) == ("exact", "Wire", "https://e.org/1")
    assert second.headline == "The president announced a 10% tariff on Wednesday."
    assert (second.precision, f"{second.date:%Y-%m-%d}") == ("day", "2025-04-02")


def test_linked_data_date_an_article_and_changes_do_not(read):
    graph = {
        "@graph": [
            {"@type": "WebPage", "datePublished": "2020-01-01"},
            {
                "@type": "NewsArticle",
                "headline": "US announces tariffs",
                "dateModified": "2025-04-09T01:00:00Z",
                "datePublished": "2025-04-02T20:15:03Z",
            },
        ]
    }
    row = read(page(linked(**graph)), "a.html").frame.iloc[0]
    assert (row["headline"], row["published"]) == (
        "US announces tariffs",
        "2025-04-02T20:15:03+00:00",
    )
    changed = read(page(linked(dateModified="2025-04-09T01:00:00Z", headline="x")), "b.html")
    assert not len(changed)
    assert reasons(changed) == {
        "b.html": "no date: the page has neither article:published_time nor datePublished; give it "
        "as published"
    }
    given = read(page(), "c.html", published="2025-04-02T20:15Z")
    assert given.frame["published"].iloc[0] == "2025-04-02T20:15+00:00"


def test_statements_that_differ_are_noted(read):
    head = meta("article:published_time", "2025-04-02T20:15:03Z") + linked(
        headline=HEADLINE, datePublished="2025-03-30T20:15:03Z"
    )
    note = read(page(head), "a.html").frame["note"].iloc[0]
    assert "published 2025-03-30T20:15:03Z of datePublished is not used" in note
    assert "dated by article:published_time" in note


def test_midnight_of_a_page_is_its_date(read):
    row = read(page(meta("article:published_time", "2025-04-02T00:00:00Z")), "a.html").frame.iloc[0]
    assert (row["published"], row["precision"]) == (None, "day")
    assert f"{row['date']:%Y-%m-%d}" == "2025-04-02"
    assert "may stand for a date; read as one" in row["note"]


@pytest.mark.parametrize(
    "content", [b"<html>", b"<!doctype html>\0\xc3\xa4<<<>>", b"<html><body>" * 500]
)
def test_a_broken_page_is_rejected(read, content):
    assert len(read(content, "a.html").rejected) == 1
