from __future__ import annotations

import json

import pandas as pd
import pytest

from eventstudy.exceptions import SourceError
from eventstudy.news import News
from eventstudy.news.fetching.folder import NewsFolder


def news(*headlines):
    rows = [{"item_id": str(n), "published_at": "2025-04-09T17:00Z", "headline": headline}
            for n, headline in enumerate(headlines)]  # fmt: skip
    return News.from_frame(pd.DataFrame(rows))


def keep(folder, items, now="2025-04-09T17:30:00Z"):
    return folder.keep(items, feed="wire", family="wire", now=now, not_before="")


def test_a_folder_remembers_what_it_was_given(tmp_path):
    with NewsFolder.open(tmp_path / "news") as folder:
        assert keep(folder, news("Talks", "=1+1")).new == 2
        folder.feeds["wire"] = {"etag": "1"}
        folder.save()
    with NewsFolder.open(tmp_path / "news") as folder:
        assert folder.feeds == {"wire": {"etag": "1"}}
        kept = keep(folder, news("Talks", "=1+1", None))
        assert (kept.known, kept.new, kept.rejected) == (2, 0, 1)  # what a sheet would run, too
        folder.save()
    assert "'=1+1" in (tmp_path / "news" / "items.csv").read_text()


def test_two_fetches_do_not_write_at_once(tmp_path):
    with (
        NewsFolder.open(tmp_path / "news"),
        pytest.raises(SourceError, match="another fetch writes into it now"),
    ):
        NewsFolder.open(tmp_path / "news")


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "items.csv").write_text("mine\n")
    with pytest.raises(SourceError, match="not results of eventstudy"):
        NewsFolder.open(tmp_path)
    other = tmp_path / "watch"
    other.mkdir()
    (other / "manifest.json").write_text(json.dumps({"tool": "eventstudy", "kind": "watch"}))
    with pytest.raises(SourceError, match="holds watched news; name another folder for fetched"):
        NewsFolder.open(other)
    with pytest.raises(SourceError, match="is a file"):
        NewsFolder.open(tmp_path / "items.csv")


def test_a_fetch_that_was_killed_while_it_wrote_goes_on(tmp_path, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    with NewsFolder.open(tmp_path / "news") as folder:
        keep(folder, news("Talks"))
        monkeypatch.setattr("eventstudy.news.fetching.folder.csv_text", killed)
        with pytest.raises(KeyboardInterrupt):
            folder.save()
    with NewsFolder.open(tmp_path / "news") as folder:
        assert [item["headline"] for item in folder.items.values()] == ["Talks"]


def test_a_damaged_memory_is_said(tmp_path):
    with NewsFolder.open(tmp_path / "news") as folder:
        folder.save()
    path = tmp_path / "news" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"items": [{}]}))
    with pytest.raises(SourceError, match="damaged"):
        NewsFolder.open(tmp_path / "news")
