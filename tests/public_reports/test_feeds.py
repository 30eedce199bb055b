"""Feeds and archives whose time means something else; each test names its source.

The inputs are made here, in the form of the source.
"""

from __future__ import annotations

import csv
import json

import pandas as pd
import pytest

from eventstudy import read_news
from eventstudy.exceptions import SchemaError
from eventstudy.news.classification import classify

pytestmark = pytest.mark.fast_tests(8)

TITLE = "US announces reciprocal tariffs on all imports"
POST = "We will raise the tariff on widgets from China to 50%."


@pytest.fixture
def written(tmp_path):
    """Write a value as JSON, rows as csv, or a text, and read it."""

    def read(content, name, **options):
        path = tmp_path / name
        if name.endswith(".csv"):
            rows = [pd.json_normalize(row).iloc[0].to_dict() for row in content]
            with path.open("w", newline="", encoding="utf-8") as stream:
                writer = csv.DictWriter(stream, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_text(text, encoding="utf-8")
        return read_news(path, **options)

    return read


REGISTER = {
    "title": TITLE,
    "type": "Presidential Document",
    "document_number": "2025-00000",
    "html_url": "https://example.org/d",
    "publication_date": "2025-04-07",
    "signing_date": "2025-04-02",
}
ITEMS = {
    # razrfly/volfefe #5, apd-core #539: every item was rejected
    "truth_social": (
        {"id": "1", "created_at": "2025-05-02T13:05:11.000Z", "content": f"<p>{POST}</p>",
         "url": "https://example.org/1", "media": "", "replies_count": 1, "reblogs_count": 2,
         "favourites_count": 3},
        ("2025-05-02T13:05:11+00:00", "exact", "dated by created_at, when it was posted"),
    ),
    # jessicard/exec_orders #3, usgpo/api #70: five days late
    "federal_register": (
        REGISTER,
        (None, "day", "publication_date says 2025-04-07"),
    ),
    "federal_register_filed": (
        {**REGISTER, "signing_date": "", "filed_at": "2025-04-03T16:15:00.000-04:00"},
        ("2025-04-03T16:15-04:00", "exact", "when it was filed for public inspection"),
    ),
    "gdelt": (
        {"url": "https://e.org/1", "url_mobile": "", "title": TITLE,
         "seendate": "20250402T201500Z", "socialimage": "", "domain": "e.org",
         "language": "English", "sourcecountry": "United States"},
        ("2025-04-02T20:15+00:00", "approx", "when it was first seen"),
    ),
    "x": (
        {"id": "1", "text": POST, "author_id": "2", "created_at": "2025-05-02T13:05:11.000Z"},
        ("2025-05-02T13:05:11+00:00", "exact", "X or Twitter"),
    ),
    "x_first_interface": (
        {"id_str": "1", "full_text": POST, "created_at": "Fri May 02 13:05:11 +0000 2025"},
        ("2025-05-02T13:05:11+00:00", "exact", "X or Twitter"),
    ),
    "reddit": (
        {"title": TITLE, "selftext": "x", "created_utc": 1746191111.0, "subreddit": "a", "id": "q"},
        ("2025-05-02T13:05:11+00:00", "exact", "Reddit"),
    ),
    "alpaca": (
        {"id": 1, "headline": TITLE, "author": "b", "created_at": "2025-04-02T20:15:07Z",
         "updated_at": "2025-04-05T20:15:07Z", "summary": "s", "content": "", "source": "w"},
        ("2025-04-02T20:15:07+00:00", "exact", "Alpaca"),
    ),
    "yahoo_before": (
        {"uuid": "1", "title": TITLE, "publisher": "R", "link": "https://e.org/1",
         "providerPublishTime": 1743624907, "type": "STORY"},
        ("2025-04-02T20:15:07+00:00", "exact", "Yahoo Finance"),
    ),
    "yahoo_now": (
        {"id": "1", "content": {"title": TITLE, "contentType": "STORY", "summary": "s",
         "pubDate": "2025-04-02T20:15:07Z", "displayTime": "2025-04-02T20:15:07Z"}},
        ("2025-04-02T20:15:07+00:00", "exact", "Yahoo Finance"),
    ),
    "newsapi": (
        {"source": {"name": "R"}, "author": "b", "title": TITLE, "description": "d",
         "url": "https://e.org/1", "urlToImage": "x", "publishedAt": "2025-04-02T20:15:07Z"},
        ("2025-04-02T20:15:07+00:00", "exact", "NewsAPI"),
    ),
    "finnhub": (
        {"category": "general", "datetime": 1743624907, "headline": TITLE, "id": 1,
         "related": "SPY", "source": "R", "summary": "s", "url": "https://e.org/1"},
        ("2025-04-02T20:15:07+00:00", "exact", "Finnhub"),
    ),
    "polygon": (
        {"id": "1", "publisher": {"name": "P"}, "title": TITLE, "author": "b",
         "published_utc": "2025-04-02T20:15:07Z", "article_url": "https://e.org/1"},
        ("2025-04-02T20:15:07+00:00", "exact", "Polygon"),
    ),
    "wordpress": (
        {"id": 1, "date": "2025-04-03T04:15:07", "date_gmt": "2025-04-02T20:15:07",
         "link": "https://e.org/1", "title": {"rendered": TITLE}, "content": {"rendered": "x"}},
        ("2025-04-02T20:15:07+00:00", "exact", "WordPress"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.csv"])
@pytest.mark.parametrize("source", ITEMS)
def test_a_public_source_is_dated_by_what_its_time_means(written, source, name):
    item, (published, precision, said) = ITEMS[source]
    content = json.dumps(item) if name.endswith("l") else [item]
    news = written(content, name)
    assert news.rejected["reason"].tolist() == []
    row = news.frame.iloc[0]
    assert (row["published"], row["precision"]) == (published, precision)
    assert said in row["note"]
    assert news.assumed[0].startswith(f"{name}: 1 item: dated by ")
    assert row["headline"] or row["text"]


def test_an_order_is_known_on_the_day_it_is_signed(written):
    """jessicard/exec_orders #3: 7 April for the order of 2 April."""
    news = written({"count": 1, "results": [REGISTER]}, "documents.json")
    assert f"{news.frame['date'].iloc[0]:%Y-%m-%d}" == "2025-04-02"
    assert news.assumed[1] == (
        "documents.json: 1 item: publication_date says otherwise than signing_date, which is used"
    )


def test_a_source_that_names_no_zone_asks_for_it(written):
    """Alpha Vantage writes 20250402T201500 and documents no zone."""
    item = {"title": TITLE, "url": "u", "time_published": "20250402T201500", "source": "w"}
    answer = {"items": "1", "feed": [{**item, "topics": [{"topic": "x"}]}]}
    refused = written(answer, "a.json")
    assert "Alpha Vantage does not say whose clock this is" in refused.rejected["reason"].item()
    news = written(answer, "a.json", timezone="UTC")
    assert news.frame["published"].item() == "2025-04-02T20:15+00:00"


def rss(*dates, head=""):
    items = "".join(
        f"<item><title>{TITLE} {number}</title>{date and f'<pubDate>{date}</pubDate>'}</item>"
        for number, date in enumerate(dates)
    )
    return f'<rss version="2.0"><channel><title>F</title>{head}{items}</channel></rss>'


def test_a_feed_of_midnights_has_dates(written):
    """isotopp.github.io #63, scholia #432, 18f.gsa.gov #1339, www.ruby-lang.org #57."""
    news = written(
        rss(
            "Wed, 02 Apr 2025 00:00:00 +0000",
            "Wed, 09 Apr 2025 00:00:00 GMT",
            "Tue, 13 May 2025 00:00:00 +0000",
        ),
        "feed.xml",
    )
    assert news.frame["published"].isna().all()
    assert news.frame["precision"].tolist() == ["day"] * 3
    built = classify(news)
    assert built.events["published_at"].isna().all()
    assert "feed.xml: 3 items: 00:00:00 stands for a date" in built.to_text()
    assert built.to_events().assumed[0] == news.assumed[0]
    assert built.ledger["note"].str.contains("stands for a date").all()


@pytest.mark.parametrize(
    ("clocks", "is_date"),
    [(("05:00", "04:00", "04:00"), True), (("15:00",) * 3, False), (("09:30",) * 3, False)],
)
def test_one_clock_all_over_a_feed_is_known_to_the_day(written, clocks, is_date):
    """The same, in another zone's midnight turned into UTC, or at an hour of the machine's."""
    days = ("Wed, 08 Jan 2025", "Wed, 09 Apr 2025", "Tue, 13 May 2025")
    dates = [f"{day} {clock}:00 GMT" for day, clock in zip(days, clocks, strict=True)]
    news = written(rss(*dates), "feed.xml")
    assert news.frame["precision"].tolist() == ["day"] * 3
    assert news.frame["published"].isna().all() == is_date
    assert len(news.assumed) == 1


def test_the_feed_says_whose_clock_with_its_zone(written):
    dates = [
        f"{day} 15:00:00 GMT"
        for day in ("Tue, 01 Apr 2025", "Tue, 08 Apr 2025", "Mon, 12 May 2025")
    ]
    news = written(rss(*dates), "feed.xml", timezone="Asia/Tokyo")
    assert news.frame["date"].dt.strftime("%m-%d").tolist() == ["04-02", "04-09", "05-13"]
    assert news.frame["published"].isna().all()


def test_an_item_later_than_its_feed_is_in_doubt(written):
    """A local time labelled GMT lies hours after the feed was made."""
    head = "<lastBuildDate>Wed, 02 Apr 2025 11:20:00 GMT</lastBuildDate>"
    news = written(
        rss("Wed, 02 Apr 2025 20:15:00 GMT", "Wed, 02 Apr 2025 11:17:00 GMT", head=head), "a.xml"
    )
    assert news.frame["precision"].tolist() == ["day", "exact"]
    assert news.assumed[0].startswith(
        "a.xml: 1 item: later than its feed, made at 2025-04-02T11:20"
    )
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><updated>2025-04-02T11:20:00Z</updated><entry>'
        f"<title>{TITLE}</title><published>2025-04-02T20:15:00Z</published></entry></feed>"
    )
    assert written(atom, "b.atom").frame["precision"].tolist() == ["day"]


def test_an_item_without_a_date_is_listed_and_the_others_are_read(written):
    news = written(
        rss("Wed, 02 Apr 2025 20:15:00 GMT", "", "Wed, 09 Apr 2025 20:18:00 GMT"), "a.xml"
    )
    assert len(news) == 2
    assert news.rejected["where"].tolist() == ["a.xml item 2"]


def thousand():
    return [
        {"id": number, "title": f"{TITLE} {number}", "score": 1.5,
         "published_at": f"2025-04-{1 + number % 28:02d}T{number % 24:02d}:{number % 60:02d}:07Z"}
        for number in range(1000)
    ]  # fmt: skip


@pytest.mark.parametrize("cell", [float("nan"), float("inf"), float("-inf"), "half \ud83d here"])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_nan_and_half_characters_lose_no_item(written, name, cell):
    """python's json.dumps writes NaN: 996 of 1,000 items were lost, with exit code 0."""
    items = thousand()
    items[3]["title" if isinstance(cell, str) else "score"] = cell
    text = json.dumps(items) if name == "a.json" else "\n".join(map(json.dumps, items))
    news = written(text, name)
    assert (len(news), len(news.rejected)) == (1000, 0)
    note = news.frame["note"].iloc[3]
    assert "missing value" in note or "halves of characters replaced" in note


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"id": 3,', '"id": 3'),
        ('"id": 3,', '"id": oops,'),
        (f'"{TITLE} 3"', f'"{TITLE} 5" 3"'),
        (f'"{TITLE} 3"', f'"{TITLE} "3""'),
        ('"id": 3,', '"id": 3], '),
        ('"id": 3,', '"id": {3, '),
        ('"score": 1.5, "published_at": "2025-04-04T03:03:07Z"}', '"score": 1.5'),
    ],
)
def test_a_broken_item_loses_nothing_but_itself(written, old, new):
    text = json.dumps(thousand())
    assert old in text
    news = written(text.replace(old, new, 1), "a.json")
    assert (len(news), len(news.rejected)) == (999, 1)


def test_a_torn_file_says_so(written):
    text = json.dumps(thousand())
    news = written(text[: len(text) // 2], "a.json")
    assert "the file ends inside this item" in news.rejected["reason"].item()
    assert news.inputs[0][2] == len(news) + 1


def test_what_stands_behind_the_items_is_no_silence(written):
    text = json.dumps(thousand())
    with pytest.raises(SchemaError, match="more stands behind the 4 items"):
        written(text.replace('"id": 3,', '"id": 3}], "x": [{', 1), "a.json")
    assert len(written(text + text, "a.json")) == 2000  # pages put together


def test_a_misspelt_category_in_a_correction_is_refused(written, tmp_path, run):
    """A correction made a new category in silence."""
    path = tmp_path / "a.csv"
    path.write_text(
        f"item_id,published_at,headline\na,2025-04-02T20:15:07Z,{TITLE}\n", encoding="utf-8"
    )
    fixes = tmp_path / "events.overrides.csv"
    fixes.write_text("item_id,field,value\na,category,tarif_threat\n", encoding="utf-8")
    code, _, err = run("events", "build", path, "-o", tmp_path / "events.csv")
    assert code == 2
    assert "row 2: unknown category 'tarif_threat'; did you mean 'tariff_threat'?" in err
    rules = tmp_path / "mine.toml"
    rules.write_text('[category.tarif_threat]\ndirection = "escalation"\n', encoding="utf-8")
    code, _, _ = run("events", "build", path, "-o", tmp_path / "events.csv", "--rules", rules)
    assert code == 0
