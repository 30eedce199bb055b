from __future__ import annotations

import datetime as dt
import html
import json

import pandas as pd
import pytest
from feed_server import feed_server, rss
from stub_desk import StubDesk

from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.io import kept_folder
from eventstudy.watch import folder as folder_module
from eventstudy.watch.sources import sources_of
from eventstudy.watch.watching import watch_feeds, watch_with

pytestmark = pytest.mark.fast_tests(4)

EVENING = dt.datetime(2025, 5, 1, 22, 45, tzinfo=dt.UTC)
RAISE = ("raise", "Thu, 01 May 2025 20:00:00 GMT", "US raises tariffs on Chinese goods to 145%")
TALKS = ("talks", "Thu, 01 May 2025 21:00:00 GMT", "China weighs trade talks with the US")
ODD = ("odd", "Thu, 01 May 2025 21:30:00 GMT", "Local team wins the cup")
PAUSE = (
    "pause",
    "Fri, 02 May 2025 12:00:00 GMT",
    "US suspends tariffs on Chinese goods for 90 days",
)


@pytest.fixture(autouse=True)
def _without_proxy(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server():
    with feed_server() as running:
        yield running


class Watch:
    """A watch that is run again and again into one folder."""

    def __init__(self, out, *feeds):
        self.out, self.feeds, self.desk, self.said = out, feeds, StubDesk(), []

    def run(self, now=EVENING, *, once=True, clock=None, wait=None, since=None):
        return watch_with(
            self.desk,
            sources_of(self.feeds),
            self.out,
            once=once,
            every=5.0,
            zone="Asia/Hong_Kong",
            since=since,
            timezone=None,
            clock=clock or (lambda: now),
            wait=wait or (lambda seconds: None),
            say=self.said.append,
        )

    def record(self):
        return pd.read_csv(self.out / "track_record.csv")

    def items(self):
        return pd.read_csv(self.out / "items.csv").set_index("item_id")

    def index(self):
        text = (self.out / "index.html").read_text(encoding="utf-8")
        return html.unescape(text).replace("\xa0", " ").replace("\u202f", " ")


@pytest.fixture
def watch(server, tmp_path):
    made = Watch(tmp_path / "out", server.put("/feed", rss(RAISE, TALKS, ODD), etag='"1"'))
    made.server = server
    return made


def test_every_item_of_a_known_kind_gets_a_page_and_rows(watch):
    seen = watch.run()
    assert watch.desk.asked == [("raise", EVENING), ("talks", EVENING)]
    record = watch.record()
    assert list(record.columns[:8]) == [
        "item_id", "security", "made_at", "low", "median", "high", "outcome", "inside",
    ]  # fmt: skip
    assert record["item_id"].tolist() == ["raise", "raise", "talks", "talks"]
    assert record["made_at"].unique().tolist() == ["2025-05-01T22:45:00Z"]
    first = record.iloc[0]
    assert (first["low"], first["median"], first["high"]) == (-0.01, 0.002, 0.02)
    assert record[["outcome", "inside", "settled_at"]].isna().all().all()
    assert record.loc[1, ["low", "high"]].isna().all()
    assert set(record["status"]) == {"to_open"}
    for page in record["page"].unique():
        assert (watch.out / page).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert watch.items()["fate"].to_dict() == {
        "raise": "forecast", "talks": "forecast", "odd": "unsure",
    }  # fmt: skip
    assert watch.items()["reason"]["odd"]
    page = watch.index()
    still = "Still to react: Offshore yuan and Hang Seng (open 09:30, in 2 h 45 min)."
    assert still in page
    assert page.index("China weighs trade talks") < page.index("US raises tariffs")
    assert "Local team wins the cup" in page
    assert len(seen.items) == 3
    assert "2 forecast pages" in repr(seen)
    assert any(said.startswith("not answered: Local team") for said in watch.said)


def test_a_feed_that_has_not_changed_is_not_sent_again(watch):
    watch.run()
    before = (watch.out / "track_record.csv").read_bytes()
    watch.run(EVENING + dt.timedelta(minutes=5))
    assert watch.server.asked[-1][1]["If-None-Match"] == '"1"'
    assert len(watch.desk.asked) == 2
    assert (watch.out / "track_record.csv").read_bytes() == before


def test_a_new_item_is_answered_and_the_others_stay(watch):
    watch.run()
    watch.server.put("/feed", rss(PAUSE, RAISE, TALKS, ODD), etag='"2"')
    later = dt.datetime(2025, 5, 2, 12, 30, tzinfo=dt.UTC)
    watch.run(later)
    assert watch.desk.asked[2:] == [("pause", later)]
    record = watch.record()
    assert record["made_at"].tolist() == ["2025-05-01T22:45:00Z"] * 4 + ["2025-05-02T12:30:00Z"] * 2
    assert watch.index().index("US suspends") < watch.index().index("US raises")


def test_the_outcome_is_put_beside_and_the_forecast_stays(watch):
    watch.run()
    before = watch.record()
    watch.desk.outcome = 0.0201
    watch.run(EVENING + dt.timedelta(hours=12))
    assert watch.record()["outcome"].isna().all(), "its window is not over"
    end = EVENING + dt.timedelta(days=2)
    seen = watch.run(end)
    after = watch.record()
    assert after["outcome"].tolist() == [0.0201] * 4
    assert after["inside"].tolist()[:1] == [False]
    assert after["inside"].isna().tolist() == [False, True, False, True]
    assert set(after["settled_at"]) == {"2025-05-03T22:45:00Z"}
    filled = ["outcome", "inside", "settled_at"]
    pd.testing.assert_frame_equal(after.drop(columns=filled), before.drop(columns=filled))
    watch.desk.outcome = 0.5
    watch.run(end + dt.timedelta(days=1))
    assert watch.record()["outcome"].tolist() == [0.0201] * 4
    assert seen.summary.n_forecasts == 2
    assert "0 of 2 outcomes fell inside the 80 % range" in watch.index()


def test_prices_that_do_not_come_are_looked_for_less_and_less_often(watch):
    watch.run(once=True)
    watch.desk.has_prices = False
    steps = (5, 10, 15, 60, 180, 300, 600, 660, 700, 1500, 1600, 1900, 2400)
    moments = iter([EVENING + dt.timedelta(days=1, minutes=n) for n in steps])
    last = None

    def wait(seconds):
        nonlocal last
        last = next(moments, None)
        if last is None:
            raise KeyboardInterrupt

    watch.run(once=False, clock=lambda: last or EVENING, wait=wait)
    asked = [int((now - EVENING).total_seconds() // 60) - 1440 for now in watch.desk.settled]
    # the session closed 885 minutes before: a tenth of what has passed lies between two looks
    assert asked == [5, 180, 300, 600, 1500, 1900, 2400]
    assert any("no outcomes: prices.csv: no such file" in said for said in watch.said)


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ({"status": 500}, "the server answered 500"),
        ({"status": 302, "headers": {"Location": "/other"}}, "redirects in a circle"),
        ({"body": "<html><body>Sign in</body></html>"}, "a web page, not a feed"),
        ({"body": "hello"}, "not a kind of file that is read"),
        ({"body": rss(TALKS), "cut": 20}, "cut short"),
    ],
)
def test_a_feed_that_is_down_is_said_and_the_others_go_on(watch, page, said):
    broken = watch.server.put("/other", **{"body": "", **page})
    watch.feeds = (broken, *watch.feeds)
    watch.run()
    assert len(watch.desk.asked) == 2
    assert any(said in sentence for sentence in watch.said)
    assert said in watch.index()
    watch.server.put("/other", rss(PAUSE))
    watch.run(dt.datetime(2025, 5, 2, 12, 30, tzinfo=dt.UTC))
    assert watch.desk.asked[-1][0] == "pause"
    assert f"{broken} can be read again" in watch.said
    assert said not in watch.index()


def test_a_feed_that_fails_is_asked_less_and_less_often(watch):
    broken = watch.server.put("/other", status=500)
    watch.feeds = (broken,)
    moments = iter([EVENING + dt.timedelta(minutes=5 * n) for n in range(1, 40)])
    now = EVENING

    def wait(seconds):
        nonlocal now
        assert seconds == 300
        now = next(moments, None)
        if now is None:
            raise KeyboardInterrupt

    watch.run(once=False, clock=lambda: now or EVENING, wait=wait)
    assert 6 <= len(watch.server.asked) <= 9  # after 5, 10, 20, 40, then every 60 minutes
    assert sum("cannot be read" in said for said in watch.said) == 1


def test_a_feed_that_failed_is_asked_again_although_the_clock_was_put_back(watch):
    watch.feeds = (watch.server.put("/other", status=500),)
    moments = iter([EVENING - dt.timedelta(days=30)])

    def wait(seconds):
        nonlocal now
        now = next(moments, None)
        if now is None:
            raise KeyboardInterrupt

    now = EVENING
    watch.run(once=False, clock=lambda: now or EVENING, wait=wait)
    assert len(watch.server.asked) == 2


def test_looking_once_at_nothing_that_can_be_read_is_an_error(watch):
    watch.server.put("/feed", status=503)
    with pytest.raises(SourceError, match="/feed: the server answered 503"):
        watch.run()
    assert (watch.out / "index.html").exists()


def test_two_feeds_that_tell_one_story_give_one_page(watch):
    other = (
        "x9", "Thu, 01 May 2025 20:30:00 GMT",
        "United States raises tariffs on goods from China to 145 percent",
    )  # fmt: skip
    watch.feeds = (*watch.feeds, watch.server.put("/other", rss(other, title="Other")))
    watch.run()
    assert len(watch.desk.asked) == 2
    row = watch.items().loc["x9"]
    assert (row["fate"], row["of"]) == ("merged", "raise")


def test_an_item_that_stands_in_a_feed_twice_is_one(watch):
    watch.server.put("/feed", rss(RAISE, RAISE))
    watch.run()
    assert watch.desk.asked == [("raise", EVENING)]


def test_an_edited_headline_is_said(watch):
    watch.run()
    edited = (*RAISE[:2], "US raises tariffs on goods from China to 145%")
    other = (*TALKS[:2], "China rules out trade talks with the US")
    watch.server.put("/feed", rss(edited, other, ODD))
    later = EVENING + dt.timedelta(minutes=30)
    watch.run(later)
    assert watch.items().loc["raise", "edited_to"] == edited[2]
    assert watch.items().loc["raise", "headline"] == RAISE[2]
    assert watch.desk.asked[2:] == [("talks#2", later)]
    assert watch.items().loc["talks#2", ["of", "relation"]].tolist() == ["talks", "amendment"]
    assert "headline since Fri 2 May 2025 07:15: US raises tariffs on goods from" in watch.index()


def test_an_item_of_the_future_waits_although_the_feed_does_not_change(watch):
    watch.server.put("/feed", rss(PAUSE), etag='"p"')
    watch.run(dt.datetime(2025, 5, 2, 11, 0, tzinfo=dt.UTC))
    assert watch.desk.asked == []
    assert "is dated in the future" in watch.index()
    watch.run(dt.datetime(2025, 5, 2, 12, 10, tzinfo=dt.UTC))
    assert [name for name, _ in watch.desk.asked] == ["pause"]
    assert "is dated in the future" not in watch.index()


def test_an_item_waits_while_prices_cannot_be_read(watch):
    watch.desk.is_down = True
    watch.run()
    assert watch.record().empty
    assert "prices.csv: no such file" in watch.index()
    watch.desk.is_down = False
    watch.run(EVENING + dt.timedelta(minutes=5))
    assert [name for name, _ in watch.desk.asked] == ["raise", "talks"]


def test_a_kind_the_study_does_not_know_is_listed_with_the_reason(watch):
    watch.desk.refused = {TALKS[2]: "no event of the study has the category talk_signal"}
    watch.run()
    assert watch.items().loc["talks", "fate"] == "unsure"
    assert "no event of the study has the category" in watch.items().loc["talks", "reason"]
    watch.desk.refused = {}
    watch.run(EVENING + dt.timedelta(minutes=5))
    assert len(watch.desk.asked) == 1, "it is not asked again and again"


def test_files_and_folders_are_watched_too(watch, tmp_path):
    news = tmp_path / "news"
    news.mkdir()
    watch.feeds = (str(news),)
    watch.run()
    assert watch.items().empty
    (news / "a.xml").write_text(rss(RAISE), encoding="utf-8")
    (news / "note.md").write_text(
        f"---\ndate: 2025-05-01T21:00:00Z\n---\n{TALKS[2]}.\n", encoding="utf-8"
    )
    watch.run()
    assert "raise" in watch.items().index
    watch.feeds = (str(news / "a.xml"),)
    (news / "a.xml").unlink()
    with pytest.raises(SourceError, match="no such file or folder"):
        watch.run()


def test_a_kill_between_any_two_writes_loses_nothing(watch, monkeypatch):
    class Killed(BaseException):
        pass

    write_text, n_writes = folder_module.write_text, 0

    def write_by(function):
        for module in (folder_module, kept_folder):
            monkeypatch.setattr(module, "write_text", function)

    def counting(path, text):
        nonlocal n_writes
        n_writes += 1
        write_text(path, text)

    write_by(counting)
    whole = Watch(watch.out.with_name("whole"), *watch.feeds)
    whole.run()
    total = n_writes
    assert total >= 7
    for last in range(total):
        left = last

        def until_killed(path, text):
            nonlocal left
            if not left:
                raise Killed
            left -= 1
            write_text(path, text)

        killed = Watch(watch.out.with_name(f"killed-{last}"), *watch.feeds)
        write_by(until_killed)
        with pytest.raises(Killed):
            killed.run()
        write_by(write_text)
        killed.run()
        assert killed.record().equals(whole.record())
        assert killed.items()["fate"].equals(whole.items()["fate"])
        assert not list(killed.out.glob("*.changed-*"))
        assert {page.name for page in (killed.out / "pages").iterdir()} == {
            page.name for page in (whole.out / "pages").iterdir()
        }


def test_ctrl_c_ends_a_watch_cleanly(watch):
    def interrupt(seconds):
        raise KeyboardInterrupt

    seen = watch.run(once=False, wait=interrupt)
    assert len(seen.items) == 3
    assert 'http-equiv="refresh"' not in watch.index()
    watch.run()  # the folder is free again


def test_the_page_loads_itself_anew_while_it_is_watched(watch):
    pages = []

    def wait(seconds):
        pages.append(watch.index())
        raise KeyboardInterrupt

    watch.run(once=False, wait=wait)
    assert '<meta http-equiv="refresh" content="300">' in pages[0]
    assert "next look in 5 min" in pages[0]


def test_older_items_are_listed(watch):
    watch.run(since=dt.datetime(2025, 5, 1, 20, 30, tzinfo=dt.UTC))
    assert [name for name, _ in watch.desk.asked] == ["talks"]
    assert watch.items().loc["raise", "fate"] == "old"


def test_the_memory_is_readable_json(watch):
    watch.run()
    memory = json.loads((watch.out / "manifest.json").read_text(encoding="utf-8"))
    assert (memory["tool"], memory["kind"]) == ("eventstudy", "watch")
    assert len(memory["items"]) == 3


def test_hostile_headlines_stay_text(watch):
    bad = ("=1+1", RAISE[1], '=HYPERLINK("x") US raises tariffs on China <script>alert(1)</script>')
    watch.server.put("/feed", rss(bad))
    watch.run()
    assert "<script>alert" not in (watch.out / "index.html").read_text(encoding="utf-8")
    cells = (watch.out / "items.csv").read_text(encoding="utf-8").splitlines()[1]
    assert cells.startswith("'=1+1,")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"every": 0}, "every"),
        ({"zone": "Asia/Hong_Kon"}, "Asia/Hong_Kong"),
        ({"timezone": "Mars"}, "timezone"),
        ({"since": dt.datetime(2025, 5, 1)}, "no time zone"),  # noqa: DTZ001 - the case itself
        ({"rules": ["none.toml"]}, "none.toml"),
    ],
)
def test_a_wrong_argument_is_named_before_anything_is_made(tmp_path, options, said):
    feed = tmp_path / "feed.xml"
    feed.write_text(rss(RAISE), encoding="utf-8")
    with pytest.raises((SpecificationError, SourceError), match=said):
        watch_feeds(feed, out=tmp_path / "out", once=True, **options)
    assert not (tmp_path / "out").exists()


def test_feeds_are_named_and_are_not_the_pages_themselves(tmp_path):
    with pytest.raises(SpecificationError, match="at least one feed"):
        watch_feeds(out=tmp_path / "out")
    with pytest.raises(SourceError, match="in the folder of the pages"):
        watch_feeds(tmp_path, out=tmp_path, once=True)
    with pytest.raises(SpecificationError, match="only http and https"):
        watch_feeds("ftp://example.org/feed", out=tmp_path / "out", once=True)
