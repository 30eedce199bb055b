"""Each client against a server that speaks its form, behaves badly, or has changed its mind."""

from __future__ import annotations

import datetime as dt
import json

import pandas as pd
import pytest
from feed_forms import (
    ORDER,
    PAGE,
    POST,
    documents,
    gdelt_list,
    gkg,
    gkg_row,
    inspection,
    posts,
    trumpstruth,
)
from feed_server import feed_server, rss

from eventstudy.exceptions import SpecificationError
from eventstudy.news.fetching import fetch_news
from eventstudy.news.fetching.fetch import unfetched
from eventstudy.news.readers import read_news

NOW = dt.datetime(2025, 4, 9, 17, 30, tzinfo=dt.UTC)
NORMAL = {
    "federal-register": ("/api/documents.json", documents),
    "public-inspection": ("/pi/current.json", inspection),
    "truth-social": ("/archive.json", posts),
    "trumpstruth": ("/feed", trumpstruth),
    "gdelt": ("/g/lastupdate.txt", lambda: gdelt_list(gkg())),
}
CLIENTS = sorted(NORMAL)

pytestmark = pytest.mark.fast_tests(24)


@pytest.fixture(autouse=True)
def _without_proxy(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server():
    with feed_server() as feeds:
        feeds.put("/g/20250409171500.gkg.csv.zip", gkg())
        yield feeds


def serve(server, client, body=None, **options):
    path, normal = NORMAL[client]
    address = server.put(path, normal() if body is None else body, **options)
    return f"{client}={address}"


def look(tmp_path, *feeds, minutes=0, **options):
    now = NOW + dt.timedelta(minutes=minutes)
    return fetch_news(*feeds, out=tmp_path / "news", now=now, **options)


def row(fetched, n=0):
    return fetched.table.iloc[n].to_dict()


def items(tmp_path):
    return pd.read_csv(tmp_path / "news" / "items.csv", dtype=str, keep_default_na=False)


@pytest.mark.parametrize("client", CLIENTS)
def test_normal(server, tmp_path, client):
    fetched = look(tmp_path, serve(server, client))
    assert not fetched.failures
    assert (row(fetched)["new"], row(fetched)["rejected"]) == (1, 0)
    kept = items(tmp_path).iloc[0]
    assert kept["first_seen"] == "2025-04-09T17:30:00Z"
    assert kept["not_before"] == ""
    expected = {
        "federal-register": ("", "2025-04-02", "day"),
        "public-inspection": ("2025-04-04T16:15-04:00", "", "exact"),
        "truth-social": ("2025-04-09T17:18:22+00:00", "", "exact"),
        "trumpstruth": ("2025-04-09T17:18:22+00:00", "", "exact"),
        "gdelt": ("2025-04-09T17:15+00:00", "", "approx"),
    }
    assert tuple(kept[["published_at", "date", "precision"]]) == expected[client]
    again = look(tmp_path, serve(server, client), minutes=5)
    assert (row(again)["new"], row(again)["known"]) == (0, 1)
    assert items(tmp_path)["first_seen"].tolist() == ["2025-04-09T17:30:00Z"]


@pytest.mark.parametrize("client", CLIENTS)
def test_asked_too_often_a_server_is_left_alone_as_long_as_it_says(server, tmp_path, client):
    feed = serve(server, client, status=429, headers={"Retry-After": "600"})
    fetched = look(tmp_path, feed)
    assert "429" in fetched.failures[client]
    assert "it asks to wait 600 s" in fetched.failures[client]
    n_asked = len(server.asked)
    early = look(tmp_path, serve(server, client), minutes=9)
    assert early.failures[client] == (
        "it asked to be left alone until 2025-04-09 17:40 UTC and is not asked before"
    )
    assert len(server.asked) == n_asked
    assert not look(tmp_path, serve(server, client), minutes=11).failures


@pytest.mark.parametrize("client", CLIENTS)
def test_a_web_page_with_status_200_is_no_answer(server, tmp_path, client):
    fetched = look(tmp_path, serve(server, client, PAGE))
    assert "it is a web page" in fetched.failures[client]
    assert str(unfetched(fetched)).startswith(f"1 of 1 feeds failed: {client}: it is a web page")


@pytest.mark.parametrize("client", CLIENTS)
def test_an_answer_cut_off_is_said_and_nothing_of_it_kept(server, tmp_path, client):
    feed = serve(server, client, NORMAL[client][1]()[:-20], cut=20)
    assert look(tmp_path, feed).failures[client] == "the answer was cut short"
    assert not len(items(tmp_path))


@pytest.mark.parametrize(
    ("client", "body", "said"),
    [
        ("federal-register", '{"count": 2, "results": [{"document_nu', "its JSON is not whole"),
        ("truth-social", '[{"id": "1", "created_at": "2025', "its JSON is not whole"),
        ("gdelt", "", "is empty|names a .gkg.csv.zip"),
    ],
)
def test_an_answer_that_breaks_off_without_its_length(server, tmp_path, client, body, said):
    reason = look(tmp_path, serve(server, client, body)).failures[client]
    assert any(part in reason for part in said.split("|"))


def renamed(body, **names):
    for old, new in names.items():
        body = body.replace(f'"{old}"', f'"{new}"')
    return body


@pytest.mark.parametrize(
    ("client", "body", "said"),
    [
        ("federal-register", renamed(documents(), results="items"), "no list of results"),
        ("federal-register", renamed(documents(), document_number="number"),
         "none of its 1 item has document_number; they have number, title"),
        ("federal-register", renamed(documents(), publication_date="printed", signing_date="made"),
         "none of its 1 item can be read: no date"),
        ("public-inspection", renamed(inspection(), title="name"), "has title; they have"),
        ("public-inspection", "[]", "an array where an object with results was"),
        ("truth-social", renamed(posts(), created_at="when"), "has created_at; they have id, when"),
        ("truth-social", '{"posts": []}', "no array of posts; it has posts"),
        ("trumpstruth", "<opml><body/></opml>", "not a kind of file"),
        ("gdelt", "nothing to see", "no line of the list names a .gkg.csv.zip"),
    ],
)  # fmt: skip
def test_a_changed_form_is_said(server, tmp_path, client, body, said):
    fetched = look(tmp_path, serve(server, client, body))
    assert said in fetched.failures[client]
    assert str(unfetched(fetched))


def test_rows_of_another_form_in_the_bulk_files(server, tmp_path):
    file = gkg(gkg_row(), "a\tb")
    server.put("/g/20250409171500.gkg.csv.zip", file)
    fetched = look(tmp_path, serve(server, "gdelt", gdelt_list(file)))
    assert row(fetched)["new"] == 1
    assert any("1 row of 2 without 27 columns left out" in said for said in fetched.said)
    short = gkg("a\tb")
    server.put("/g/20250409171500.gkg.csv.zip", short)
    fetched = look(tmp_path, serve(server, "gdelt", gdelt_list(short)))
    assert "rows of 2 columns, where 27 were" in fetched.failures["gdelt"]
    fetched = look(tmp_path, serve(server, "gdelt", gdelt_list(short, n_bytes=9)))
    assert "the list says 9" in fetched.failures["gdelt"]
    server.put("/g/20250409171500.gkg.csv.zip", PAGE)
    fetched = look(tmp_path, serve(server, "gdelt", gdelt_list(PAGE.encode())))
    assert "it is a web page" in fetched.failures["gdelt"]


REVISED = {
    "federal-register": documents("Another title"),
    "public-inspection": inspection("Another title"),
    "truth-social": posts("Another text"),
    "trumpstruth": trumpstruth("Another title"),
}


@pytest.mark.parametrize("client", sorted(REVISED))
def test_a_revised_item_keeps_the_time_it_was_first_seen(server, tmp_path, client):
    look(tmp_path, serve(server, client))
    fetched = look(tmp_path, serve(server, client, REVISED[client]), minutes=5)
    assert (row(fetched)["new"], row(fetched)["revised"]) == (0, 1)
    assert any("1 item with another text or time than before" in said for said in fetched.said)
    kept = items(tmp_path).iloc[0]
    assert kept["first_seen"] == "2025-04-09T17:30:00Z"
    assert kept["revised_at"] == "2025-04-09T17:35:00Z"
    assert "Another" in kept["headline"] + kept["text"]
    changes = pd.read_csv(tmp_path / "news" / "revisions.csv")
    assert changes[["seen", "used"]].values.tolist() == [["2025-04-09T17:35:00Z", "yes"]]
    assert changes["after"].str.contains("Another").all()


def test_an_item_two_feeds_of_a_family_date_differently(server, tmp_path):
    look(tmp_path, serve(server, "public-inspection"))
    for _ in range(2):
        fetched = look(tmp_path, serve(server, "federal-register"), minutes=5)
    assert items(tmp_path)["published_at"].tolist() == ["2025-04-04T16:15-04:00"]
    changes = pd.read_csv(tmp_path / "news" / "revisions.csv", keep_default_na=False)
    assert changes[["field", "after", "used"]].values.tolist() == [
        ["published_at", "", "no"],
        ["date", "2025-04-02", "no"],
    ]
    assert row(fetched)["known"] == 1  # said once


def test_items_that_cannot_be_read_are_listed_once(server, tmp_path):
    body = json.dumps([*json.loads(posts()), *json.loads(posts("", id="2"))])
    for minutes in (0, 5):
        fetched = look(tmp_path, serve(server, "truth-social", body), minutes=minutes)
        assert row(fetched)["rejected"] == 1
    rejected = pd.read_csv(tmp_path / "news" / "rejected.csv")
    assert rejected["reason"].tolist() == ["neither a headline nor a text"]
    assert rejected["item_id"].tolist() == ["truth-social:2"]


def test_what_has_not_changed_is_not_sent_again(server, tmp_path):
    feed = serve(server, "truth-social", etag='"1"')
    look(tmp_path, feed)
    again = look(tmp_path, feed, minutes=5)
    assert (row(again)["new"], row(again)["remark"]) == (0, "as it was")
    other = look(tmp_path, feed, minutes=10, words=["China"])  # another question is asked anew
    assert row(other)["remark"] == ""


def test_pages_follow_and_one_that_fails_loses_nothing_of_the_others(server, tmp_path):
    first = json.loads(documents())
    second = json.loads(documents("Another order", document_number="2025-06064"))
    base = server.put("/api/documents.json", "")
    first |= {"count": 2, "next_page_url": f"{base}?page=2"}
    server.put("/api/documents.json", json.dumps(first))
    server.put("/api/documents.json?page=2", json.dumps(second))
    fetched = look(tmp_path, f"federal-register={base}")
    assert (row(fetched)["new"], fetched.failures) == (2, {})
    asked = server.asked[0][0]
    assert "conditions%5Bpublication_date%5D%5Bgte%5D=2025-03-26" in asked
    server.put("/api/documents.json?page=2", "", status=500)
    fetched = look(tmp_path, f"federal-register={base}", minutes=5)
    assert fetched.failures["federal-register"].startswith("1 answer of 2: the server answered 500")
    assert (row(fetched)["known"], row(fetched)["remark"]) == (1, "incomplete")
    first["next_page_url"] = "https://elsewhere.test/2"
    server.put("/api/documents.json", json.dumps(first))
    fetched = look(tmp_path, f"federal-register={base}", minutes=10)
    assert "the next page lies on another server" in fetched.failures["federal-register"]


def test_nothing_found_is_no_failure(server, tmp_path):
    nothing = '{"description": "Documents matching", "count": 0}'
    fetched = look(tmp_path, serve(server, "federal-register", nothing))
    assert (row(fetched)["new"], fetched.failures) == (0, {})
    fewer = json.dumps(json.loads(inspection()) | {"count": 107})
    fetched = look(tmp_path, serve(server, "public-inspection", fewer))
    assert "public-inspection: it counts 107 documents, and 1 came" in fetched.said


def test_earlier_quarters_of_an_hour_are_fetched_from_beside_the_list(server, tmp_path):
    server.put("/g/20250409170000.gkg.csv.zip", gkg(gkg_row(stamp="20250409170000")))
    since = "2025-04-09T16:45Z"
    fetched = look(tmp_path, serve(server, "gdelt"), since=since)
    assert row(fetched)["new"] == 2
    assert fetched.failures["gdelt"] == "1 answer of 4: the server answered 404 Not Found"


def test_items_of_other_words_and_older_ones_are_counted(server, tmp_path):
    fetched = look(tmp_path, serve(server, "truth-social"), words=["soybeans"])
    assert (row(fetched)["new"], row(fetched)["other_words"]) == (0, 1)
    fetched = look(tmp_path, serve(server, "truth-social"), words=["CHINA"])
    assert row(fetched)["new"] == 1
    fetched = look(tmp_path, serve(server, "truth-social"), since="2025-04-10")
    assert (row(fetched)["known"], row(fetched)["older"]) == (0, 1)


def test_any_feed_by_its_address(server, tmp_path):
    address = server.put("/any", rss(("1", "Wed, 09 Apr 2025 17:00:00 +0000", "[No Title] x")))
    fetched = look(tmp_path, address)
    assert row(fetched)["new"] == 1
    untitled = (
        '<rss version="2.0"><channel><item><guid>2</guid><title>[No Title] - Post</title>'
        "<description>Tariffs are up</description><pubDate>Wed, 09 Apr 2025 17:00:00 +0000"
        "</pubDate></item></channel></rss>"
    )
    look(tmp_path, server.put("/untitled", untitled))
    assert items(tmp_path)["headline"].tolist() == ["[No Title] x", "Tariffs are up"]


def test_a_feed_that_fails_does_not_stop_the_others(server, tmp_path):
    broken = serve(server, "trumpstruth", PAGE)
    fetched = look(tmp_path, broken, serve(server, "truth-social"))
    assert fetched.table["new"].tolist() == [0, 1]
    assert list(fetched.failures) == ["trumpstruth"]


def test_what_is_kept_is_read_as_news(server, tmp_path):
    look(tmp_path, serve(server, "public-inspection"), serve(server, "truth-social"))
    news = read_news(tmp_path / "news" / "items.csv", now=NOW)
    assert news.frame["item_id"].tolist() == [
        "federal-register:2025-06063", "truth-social:114309144289505174",
    ]  # fmt: skip
    assert news.frame["headline"].tolist() == [ORDER, None]
    assert news.frame["text"].tolist()[1] == POST
    assert news.frame["first_seen"].tolist() == ["2025-04-09T17:30:00Z"] * 2


def test_a_time_that_is_none_is_refused(tmp_path):
    with pytest.raises(SpecificationError):
        look(tmp_path, "gdelt", since="yesterday")


def test_a_clock_that_was_set_back_is_said_and_no_rest_is_for_ever(server, tmp_path):
    feed = f"truth-social={server.put('/archive.json', posts())}"
    ahead = NOW + dt.timedelta(days=400)
    fetch_news(feed, out=tmp_path / "news", since="2025-04-01T00:00Z", now=ahead)
    later = posts(id="114309144289505175")
    server.put("/archive.json", f"{posts()[:-1]},{later[1:]}")
    looked = fetch_news(feed, out=tmp_path / "news", since="2025-04-01T00:00Z", now=NOW)
    assert any("by this machine's clock, which says" in sentence for sentence in looked.said)
    items = pd.read_csv(tmp_path / "news" / "items.csv", dtype=str)
    assert items["first_seen"].tolist() == [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (ahead, NOW)]
    assert items["not_before"].isna().all()
    memory = tmp_path / "news" / "manifest.json"
    content = json.loads(memory.read_text("utf-8"))
    for state in content["feeds"].values():
        state["rest_until"] = f"{NOW + dt.timedelta(days=300):%Y-%m-%dT%H:%M:%SZ}"
    memory.write_text(json.dumps(content), encoding="utf-8")
    assert not fetch_news(feed, out=tmp_path / "news", now=NOW).failures
