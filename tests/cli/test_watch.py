"""The command `watch`, answered by a stub."""

from __future__ import annotations

import pandas as pd
import pytest
from feed_server import rss
from stub_desk import StubDesk

from eventstudy.watch import watching

FEED = rss(
    ("raise", "Thu, 01 May 2025 20:00:00 GMT", "US raises tariffs on Chinese goods to 145%"),
    ("odd", "Thu, 01 May 2025 21:00:00 GMT", "Local team wins the cup"),
)


@pytest.fixture
def desk(monkeypatch):
    made = StubDesk()

    def study_desk(**options):
        made.options = options
        return made

    monkeypatch.setattr(watching, "StudyDesk", study_desk)
    return made


@pytest.fixture
def feed(tmp_path):
    path = tmp_path / "feed.xml"
    path.write_text(FEED, encoding="utf-8")
    return path


def test_a_look_writes_pages_and_a_track_record(run, desk, feed, tmp_path):
    out = tmp_path / "out"
    code, said, err = run("watch", feed, "--once", "--out", out, "--tz", "Asia/Hong_Kong")
    assert (code, err) == (0, "")
    lines = said.splitlines()
    assert lines[0] == "not answered: Local team wins the cup: no rule fires"
    assert lines[1].startswith("tariff_announced, escalation: US raises tariffs on Chinese goods")
    assert lines[-1] == f"Written: {out / 'index.html'}"
    assert desk.options["zone"] == "Asia/Hong_Kong"
    record = pd.read_csv(out / "track_record.csv")
    assert record["item_id"].tolist() == ["raise", "raise"]
    assert (out / record["page"][0]).exists()
    assert run("watch", feed, "--once", "--out", out, "--quiet") == (0, "", "")
    assert len(desk.asked) == 1


def test_since_is_read_in_the_zone(run, desk, feed, tmp_path):
    words = ("watch", feed, "--once", "--out", tmp_path / "out")
    assert run(*words, "--since", "2025-05-02 05:00", "--tz", "Asia/Hong_Kong")[0] == 0
    assert desk.asked == []
    items = pd.read_csv(tmp_path / "out" / "items.csv").set_index("item_id")
    assert items["fate"].to_dict() == {"raise": "old", "odd": "unsure"}


def test_ctrl_c_is_how_a_watch_ends(run, desk, feed, tmp_path, monkeypatch):
    def interrupted(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(watching.time, "sleep", interrupted)
    code, said, err = run("watch", feed, "--out", tmp_path / "out", "--every", "0.5")
    assert (code, err) == (0, "")
    assert said.splitlines()[-1].startswith("Written: ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--every", "0"], "--every 0: give minutes"),
        (["--every", "nan"], "--every nan: give minutes"),
        (["--tz", "Asia/Hong_Kon"], "--tz"),
        (["--timezone", "Mars"], "--timezone"),
        (["--since", "2025-05-02 05:00"], "say whose clock it is with --tz"),
        (["--since", "soon"], "--since 'soon' is not an ISO 8601 time"),
        (["--study", "none.toml"], "none.toml"),
        (["--rules", "none.toml"], "none.toml"),
    ],
)
def test_a_wrong_option_is_one_line(run, feed, tmp_path, words, said):
    code, out, err = run("watch", feed, "--once", "--out", tmp_path / "out", *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err
    assert not (tmp_path / "out").exists()


def test_a_folder_of_somebody_else_is_refused(run, desk, feed, tmp_path):
    out = tmp_path / "mine"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    code, _, err = run("watch", feed, "--once", "--out", out)
    assert (code, err.count("\n")) == (2, 1)
    assert "holds files that are not results of eventstudy, notes.txt" in err


def test_a_feed_that_is_not_there_is_one_line(run, desk, tmp_path):
    code, _, err = run("watch", tmp_path / "none.xml", "--once", "--out", tmp_path / "out")
    assert (code, err.count("\n")) == (2, 1)
    assert "no such file or folder" in err
    assert run("watch")[0] == 2
