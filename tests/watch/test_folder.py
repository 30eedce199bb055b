from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest

from eventstudy.exceptions import SourceError
from eventstudy.io.folders import check_folder
from eventstudy.watch.folder import WatchFolder
from eventstudy.watch.items import Item
from eventstudy.watch.sources import Feed

NOON = dt.datetime(2025, 5, 2, 12, 0, tzinfo=dt.UTC)
ITEM = Item(
    item_id="1", source="feed", origin="a", guid="1", headline="Headline", published=NOON,
    first_seen=NOON, fate="forecast", made_at=NOON,
)  # fmt: skip


def test_what_is_kept_is_there_when_it_is_opened_again(tmp_path):
    feed = Feed(name="feed", etag='"1"', read_at=NOON, tried_at=NOON, n_items=3)
    with WatchFolder.open(tmp_path / "new" / "out") as folder:
        folder.keep(ITEM)
        folder.feeds["a"] = feed
        folder.write_page("p.html", "<p>half a character \ud83d</p>")
        assert folder.write_views({"index.html": "one"}) == []
    with WatchFolder.open(tmp_path / "new" / "out") as again:
        assert again.items == {"1": ITEM}
        assert again.feeds == {"a": feed}
        assert again.write_views({"index.html": "two"}) == []
    assert (tmp_path / "new" / "out" / "index.html").read_text() == "two"


def test_two_cannot_watch_into_one_folder(tmp_path):
    with WatchFolder.open(tmp_path), pytest.raises(SourceError, match="another watch"):
        WatchFolder.open(tmp_path)
    WatchFolder.open(tmp_path).close()


@pytest.mark.parametrize("content", ["notes.txt", "index.html"])
def test_a_folder_that_holds_something_else_is_refused(tmp_path, content):
    (tmp_path / content).write_text("mine")
    with pytest.raises(SourceError, match="holds files that are not results of eventstudy"):
        WatchFolder.open(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {content}


def test_a_file_and_the_results_of_a_study_are_refused(tmp_path):
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(SourceError, match="is a file"):
        WatchFolder.open(file)
    study = tmp_path / "study"
    study.mkdir()
    (study / "manifest.json").write_text(json.dumps({"tool": "eventstudy"}))
    with pytest.raises(SourceError, match="holds the results of a study"):
        WatchFolder.open(study)


def test_no_study_replaces_the_pages(tmp_path):
    WatchFolder.open(tmp_path).close()
    with pytest.raises(SourceError, match="holds watched news"):
        check_folder(tmp_path)


def test_what_somebody_changed_is_kept_beside(tmp_path):
    with WatchFolder.open(tmp_path) as folder:
        folder.write_views({"track_record.csv": "one"})
        (tmp_path / "track_record.csv").write_text("with my notes")
        (tmp_path / "mine.txt").write_text("mine")
        (said,) = folder.write_views({"track_record.csv": "two"})
        assert "is now track_record.changed-1.csv" in said
        assert folder.write_views({"track_record.csv": "three"}) == []
    assert (tmp_path / "track_record.changed-1.csv").read_text() == "with my notes"
    assert (tmp_path / "track_record.csv").read_text() == "three"
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_damaged_memory_is_said_and_not_replaced(tmp_path):
    WatchFolder.open(tmp_path).close()
    memory = tmp_path / "manifest.json"
    broken = json.loads(memory.read_text()) | {"items": [{"item_id": "1", "source": "x"}]}
    memory.write_text(json.dumps(broken))
    with pytest.raises(SourceError, match="is damaged"):
        WatchFolder.open(tmp_path)
    assert json.loads(memory.read_text()) == broken
    memory.write_text(json.dumps(broken | {"items": [], "form": 2}))
    with pytest.raises(SourceError, match="a later version"):
        WatchFolder.open(tmp_path)


def test_what_led_to_nothing_is_forgotten_in_time(tmp_path):
    with WatchFolder.open(tmp_path) as folder:
        folder.keep(ITEM, *(replace(ITEM, item_id=fate, fate=fate) for fate in ("old", "unsure")))
        folder.forget(NOON + dt.timedelta(days=30))
        assert len(folder.items) == 3
        folder.forget(NOON + dt.timedelta(days=90))
        assert list(folder.items) == ["1"]


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError):
        WatchFolder.open(tmp_path / "file" / "out")
