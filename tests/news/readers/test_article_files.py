from __future__ import annotations

import pandas as pd
import pytest
from small_news import NOW, TIME

from eventstudy import read_news


@pytest.fixture
def splits(monkeypatch):
    """What the splitter was given; it gives the whole text back as one claim."""
    from eventstudy.news.articles import articles

    given = []

    def split(text, **options):
        given.append({"text": text, **options})
        return pd.DataFrame(
            {
                "item_id": [f"{options['name']}-1"],
                "published": [None],
                "published_at": [pd.NaT],
                "date": [pd.Timestamp("2025-05-01")],
                "timezone": [options["timezone"]],
                "precision": ["day"],
                "headline": [text.strip()],
                "where": [f"{options['name']} sentence 1"],
                "note": ["the day before"],
                "claim_type": ["event"],
            }
        )

    monkeypatch.setattr(articles, "split_article", split)
    return given


def test_front_matter_tells_what_an_article_is_and_places_stay_those_of_the_file(read, splits):
    text = f'---\ntitle: "T: x"\ndate: {TIME}\ntimezone: Asia/Shanghai\nlink: u\n---\nIt said so.\n'
    news = read(text, "2025-01-01_a.md")
    (given,) = splits
    assert given["published"] == TIME
    assert (given["timezone"], given["url"], given["source"]) == ("Asia/Shanghai", "u", None)
    assert given["text"].index("It said") == text.index("It said")
    row = news.frame.iloc[0]
    assert row["article"] == "T: x"
    assert (row["claim_type"], row["where"]) == ("event", "2025-01-01_a.md sentence 1")
    assert row["date"] == pd.Timestamp("2025-05-01")
    assert row["note"].startswith("the day before; published 2025-01-01 of the file's name is not")


def test_the_date_of_a_file_that_is_named_is_the_arguments_and_of_one_found_its_names(
    read, splits, tmp_path
):
    read("Words.", "2025-05-02_a.txt", published="2025-05-03")
    read_news(tmp_path, published="2025-05-03", now=NOW)
    assert [given["published"] for given in splits] == ["2025-05-03", "2025-05-02"]


@pytest.mark.parametrize(
    ("name", "text", "options", "reason"),
    [
        ("a.txt", "Words.", {}, "no date: the article has none"),
        ("a.md", "---\ndate: 2025-05-02 09:00\n---\nWords.", {}, "without an offset"),
        ("2025-05-02.txt", " \n", {}, "neither a headline nor a text"),
        ("2025-02-30_a.txt", "Words.", {}, "no such day"),
    ],
)
def test_an_article_that_cannot_be_dated_is_one_rejected_item(read, name, text, options, reason):
    news = read(text, name, **options)
    assert len(news) == 0
    assert reason in news.rejected["reason"].item()


def test_the_rest_of_an_endless_article_is_listed(read, splits):
    news = read("Words. " * 200_000, "2025-05-02_a.txt")
    assert len(splits[0]["text"]) <= 1_000_000
    assert "first 1,000,000 characters" in news.rejected["reason"].item()


def test_an_article_is_split_by_the_real_splitter(read):
    news = read("The ministry weighs talks. Shares rose.", "a.txt", published=TIME)
    assert len(news) >= 1
    assert news.frame["where"].str.startswith("a.txt").all()
    assert "claim_type" in news.frame
