from __future__ import annotations

import datetime as dt

import pytest
from feed_server import feed_server, rss

from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.watch.sources import Feed, ask, sources_of

NOW = dt.datetime(2025, 5, 2, 12, 0, tzinfo=dt.UTC)
ITEM = ("1", "Fri, 02 May 2025 09:00:00 +0800", "Ministry weighs talks")


def asked(place, **options):
    (source,) = sources_of([str(place)])
    return ask(source, Feed(name=source.name), NOW, **options)


def test_sources_are_addresses_and_paths_each_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "news.xml").write_text(rss(ITEM))
    found = sources_of(["news.xml", str(tmp_path / "news.xml"), "http://example.org/?key=1"])
    assert [source.is_address for source in found] == [False, True]
    assert len({source.origin for source in found}) == 2
    assert "key=1" not in found[1].name
    with pytest.raises(SourceError, match=r"none\.xml: no such file or folder"):
        sources_of(["none.xml"])
    with pytest.raises(SpecificationError, match="only http and https"):
        sources_of(["file:///etc/passwd"])


def test_a_source_is_the_same_by_any_path(tmp_path, monkeypatch):
    (tmp_path / "news.xml").write_text(rss(ITEM))
    monkeypatch.chdir(tmp_path)
    (one,), (other,) = sources_of(["news.xml"]), sources_of([str(tmp_path / "news.xml")])
    assert one.origin == other.origin


def test_items_are_as_the_readers_give_them(tmp_path):
    path = tmp_path / "news.xml"
    path.write_text(rss((*ITEM, "https://example.org/1"), ("2", "", "Without a time")))
    feed, items = asked(path)
    assert (feed.n_items, feed.problem, feed.read_at) == (2, "", NOW)
    first = items[0]
    assert (first.guid, first.headline, first.outlet) == ("1", "Ministry weighs talks", "News")
    assert first.published == dt.datetime(2025, 5, 2, 1, 0, tzinfo=dt.UTC)
    assert first.url == "https://example.org/1"
    assert items[1].problem.startswith("no date")
    assert items[1].headline == "Without a time"


def test_times_without_an_offset_need_the_zone(tmp_path):
    path = tmp_path / "news.csv"
    path.write_text("id,published_at,headline\n1,2025-05-02 09:00,Talks\n2,2025-05-01,Day\n")
    (day, timed) = asked(path)[1]
    assert (day.guid, day.published, day.problem) == ("2", None, "")
    assert "without an offset" in timed.problem
    zoned = asked(path, timezone="Asia/Shanghai")[1]
    assert zoned[0].published == dt.datetime(2025, 5, 2, 1, 0, tzinfo=dt.UTC)


def test_what_is_wrong_is_a_problem_of_the_feed(tmp_path):
    path = tmp_path / "news.json"
    path.write_text("{")
    (source,) = sources_of([str(path)])
    feed, items = ask(source, Feed(name=source.name), NOW)
    assert items == ()
    assert feed.problem
    assert not feed.problem.startswith(str(path))
    assert (feed.failing_since, feed.n_failures) == (NOW, 1)
    later = NOW + dt.timedelta(hours=1)
    again, _ = ask(source, feed, later)
    assert (again.failing_since, again.n_failures, again.tried_at) == (NOW, 2, later)
    path.write_text('[{"date": "2025-05-02T01:00Z", "title": "Talks"}]')
    mended, items = ask(source, again, later)
    assert (mended.problem, mended.failing_since, mended.n_failures) == ("", None, 0)
    assert len(items) == 1


def test_an_empty_folder_has_no_items_and_no_problem(tmp_path):
    assert asked(tmp_path)[0].problem == ""


def test_the_ids_of_a_folder_are_those_of_its_files(tmp_path):
    (tmp_path / "b.xml").write_text(rss(ITEM))
    (before,) = asked(tmp_path)[1]
    (tmp_path / "a.xml").write_text(rss(("1", ITEM[1], "Another item of the same id")))
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / ".hidden").write_text("x")
    (tmp_path / "inside").mkdir()
    feed, items = asked(tmp_path)
    found = {(item.origin, item.guid): item for item in items}
    assert found[before.origin, "1"] == before
    assert len({item.origin for item in items if item.guid == "1"}) == 2
    problems = {item.guid: item.problem for item in items if item.problem}
    assert set(problems) == {"broken.json", "inside"}
    assert "a folder inside the folder" in problems["inside"]
    assert not problems["broken.json"].startswith("broken.json")
    assert (feed.n_items, feed.problem) == (4, "")


def test_a_feed_of_json_is_read_from_an_address(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    body = '{"items": [{"id": "1", "date_published": "2025-05-02T01:00:00Z", "title": "Talks"}]}'
    with feed_server() as server:
        feed, items = asked(server.put("/feed.json?key=1", body, etag="x"))
    assert [item.guid for item in items] == ["1"]
    assert (feed.etag, feed.n_items) == ("x", 1)
