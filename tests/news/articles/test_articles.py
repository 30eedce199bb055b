"""Articles as frames of dated claims."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest
from article_texts import SOUP, check_places, split
from hypothesis import given
from hypothesis import strategies as st

from eventstudy import read_news
from eventstudy.exceptions import EventStudyError, SchemaError
from eventstudy.news.articles.articles import CLAIM_COLUMNS, split_article
from eventstudy.news.articles.claims import ClaimType
from eventstudy.news.articles.sentences import read_pieces

NEWS_COLUMNS = [
    *("item_id", "published", "published_at", "date", "timezone", "precision", "headline"),
    *("text", "source", "url", "where", "note"),
]
PLAIN = """Ferry dues to fall from July
The port of Oran said on Tuesday it would halve its dues from July 1. Mr. Haddad, who runs the \
port, told reporters at 9:30 a.m. ET that lines had asked for $4.5 million.
Markets take heart
The Nikkei rose 0.4% and the Kospi slipped 0.2%, while the yen was flat. Analysts doubt that it \
will last. Shipping lines had been under strain in 2023.
Apple warned of delays after the close on Monday; Nvidia kept its forecast.
"""


@pytest.mark.slow
def test_an_article_of_headings_and_paragraphs():
    frame = split(PLAIN, source="Wire", url="https://example.org")
    assert list(frame.columns) == [*NEWS_COLUMNS, *CLAIM_COLUMNS]
    rows = frame[["item_id", "published", "claim_type", "named_markets", "heading"]]
    ferry, heart = "Ferry dues to fall from July", "Markets take heart"
    assert rows.to_numpy(dtype=object).tolist() == [
        ["a.txt#1", None, "event", None, ferry],
        ["a.txt#2", "2025-06-03T09:30-04:00", "event", None, ferry],
        ["a.txt#3.1", "2025-06-04T07:00+01:00", "market_move", "N225", heart],
        ["a.txt#3.2", "2025-06-04T07:00+01:00", "market_move", "KOSPI", heart],
        ["a.txt#3.3", "2025-06-04T07:00+01:00", "market_move", "JPY", heart],
        ["a.txt#4", "2025-06-04T07:00+01:00", "opinion", None, heart],
        ["a.txt#5", None, "background", None, heart],
        ["a.txt#6.1", "2025-06-02T17:00-04:00", "event", None, heart],
        ["a.txt#6.2", "2025-06-04T07:00+01:00", "event", None, heart],
    ]
    assert frame["date"].iloc[0] == pd.Timestamp("2025-06-03")
    assert set(frame["source"]) == {"Wire"}
    whole = frame["text"].iloc[2]
    assert whole.startswith("The Nikkei rose")
    assert whole.endswith("was flat.")
    assert frame["text"].iloc[0] is None
    for row in frame.to_dict("records"):
        assert " ".join(PLAIN[row["start"] : row["end"]].split()) == row["headline"]
        place = f"a.txt sentence {row['sentence']}, characters {row['start']}-{row['end']}"
        assert row["where"] == place


def test_types_of_the_columns():
    for text in (PLAIN, "", "12"):
        frame = split(text)
        assert str(frame["published_at"].dtype) == "datetime64[ns, UTC]"
        for column in ("date", "period_start", "period_end"):
            assert str(frame[column].dtype) == "datetime64[ns]"
        for column in ("paragraph", "sentence", "start", "end"):
            assert str(frame[column].dtype) == "int64"
        assert list(frame.columns) == [*NEWS_COLUMNS, *CLAIM_COLUMNS]


@pytest.mark.parametrize(
    ("published", "timezone", "words"),
    [
        (None, "UTC", "no time of publication"),
        ("", "UTC", "no time of publication"),
        (pd.NaT, "UTC", "no time of publication"),
        (float("nan"), "UTC", "no time of publication"),
        ("yesterday", "UTC", "'yesterday' is not an ISO 8601 time"),
        ("2025-06-04T08:00", None, "no offset from UTC"),
        (dt.datetime(2025, 6, 4, 8), None, "no offset from UTC"),  # noqa: DTZ001
        ("1000-01-01", None, "outside the years 1900 to 2200"),
        ("9999-12-31T23:59Z", None, "outside the years"),
        (20250604, None, "is no time"),
    ],
)
def test_publication_that_cannot_be_used(published, timezone, words):
    with pytest.raises(SchemaError, match=words) as caught:
        split("It fell.", published=published, timezone=timezone)
    assert str(caught.value).startswith("a.txt: ")


def test_unknown_names():
    with pytest.raises(SchemaError, match=r"^a\.txt: timezone: unknown time zone.*'Asia/Tokyo'"):
        split("It fell.", timezone="Asia/Tokio")
    with pytest.raises(SchemaError, match=r"^a\.txt: unknown precision 'exakt'.*'exact'"):
        split("It fell.", precision="exakt")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("precision: exakt", "unknown precision 'exakt'; did you mean 'exact'?"),
        ("timezone: Asia/Tokio", "timezone: unknown time zone 'Asia/Tokio'"),
    ],
)
@pytest.mark.parametrize("date", ["2025-05-02", "2025-05-02T09:00+08:00", "2025-05-02 09:00"])
def test_a_front_matter_with_an_unknown_name_rejects_its_article_alone(
    tmp_path, line, reason, date
):
    (tmp_path / "a.md").write_text(f"---\ndate: {date}\n{line}\n---\nShares rose.\n")
    (tmp_path / "b.md").write_text("---\ndate: 2025-05-02\n---\nTalks began.\n")
    news = read_news(tmp_path, now=dt.datetime(2025, 6, 1, tzinfo=dt.UTC), timezone="Asia/Tokyo")
    assert list(news.frame["headline"]) == ["Talks began."]
    (rejected,) = news.rejected.to_dict("records")
    assert rejected["reason"].startswith(reason)
    assert (rejected["where"], rejected["published"]) == ("a.md", date)
    assert rejected["headline"] == "Shares rose."


@pytest.mark.parametrize(
    ("published", "iso", "date"),
    [
        ("2025-06-04T08:00+02:00", "2025-06-04T07:00+01:00", "2025-06-04"),
        ("2025-06-04T23:30Z", "2025-06-05T00:30+01:00", "2025-06-05"),
        ("2025-06-04T08:00", "2025-06-04T08:00+01:00", "2025-06-04"),
        ("2025-06-04", None, "2025-06-04"),
        (dt.date(2025, 6, 4), None, "2025-06-04"),
        (pd.Timestamp("2025-06-04"), None, "2025-06-04"),
        (pd.Timestamp("2025-06-04 08:00:01", tz="UTC"), "2025-06-04T09:00:01+01:00", "2025-06-04"),
    ],
)
def test_publication(published, iso, date):
    row = split("It fell.", published=published).iloc[0]
    assert row["published"] == iso
    assert row["date"] == pd.Timestamp(date)
    assert row["timezone"] == "Africa/Algiers"
    assert row["precision"] == ("day" if iso is None else "session")


def test_the_caller_may_know_how_near_the_article_is_to_its_news():
    row = split("It fell.", published="2025-06-04T10:00+01:00", precision="minute_est").iloc[0]
    assert row["precision"] == "minute_est"


def test_a_date_alone_is_known_to_the_day_whatever_is_claimed():
    row = split("It fell.", published="2025-06-04", precision="exact").iloc[0]
    assert row["precision"] == "day"
    assert "read as day" in row["note"]


def test_an_offset_alone_names_no_zone():
    row = split("It fell on Monday.", timezone=None).iloc[0]
    assert row["timezone"] is None
    assert row["date"] == pd.Timestamp("2025-06-02")


def test_ids_hold_no_sign_that_an_events_table_refuses():
    frame = split_article("It fell.", published="2025-06-04", timezone=None, name="a;b\n\u202ec")
    assert list(frame["item_id"]) == ["a_b__c#1"]


REAL = sorted((Path(__file__).parents[4] / "shared" / "data" / "news").glob("*.txt"))


@pytest.mark.skipif(not REAL, reason="the article is not part of the repository")
def test_the_article_behind_the_bundled_items():
    text = REAL[0].read_text(encoding="utf-8")
    check_places(text)
    headings = [piece for piece in read_pieces(text) if piece.kind == "heading"]
    frame = split(text, published="2025-05-02T12:00+08:00", timezone="Asia/Shanghai")
    assert len(headings) == 4
    assert len(frame) == 54
    assert frame["sentence"].is_unique
    counts = frame["claim_type"].value_counts()
    assert counts["market_move"] == 6
    assert counts["event"] > 20
    # It names no day of its own, so none may come out but its own.
    assert set(frame["date"]) == {pd.Timestamp("2025-05-02")}


@given(
    st.one_of(SOUP, st.text()),
    st.one_of(st.none(), st.text(max_size=12), st.dates(), st.datetimes(), st.integers(),
              st.datetimes(timezones=st.timezones())),
    st.one_of(st.none(), st.just("Asia/Tokyo"), st.text(max_size=5)),
    st.one_of(st.none(), st.just("session"), st.text(max_size=5)),
    st.text(max_size=5),
)  # fmt: skip
def test_no_text_and_no_time_breaks_it(text, published, timezone, precision, name):
    try:
        frame = split_article(
            text, published=published, timezone=timezone, name=name, precision=precision
        )
    except EventStudyError:
        return
    assert set(frame["claim_type"]) <= set(get_args(ClaimType))
    assert frame["item_id"].is_unique
    pieces = [piece for piece in read_pieces(text) if piece.kind == "claim"]
    assert list(zip(frame["start"], frame["end"], strict=True)) == [
        (piece.start, piece.end) for piece in pieces
    ]


ODD = (
    *("“", ", and ", "May ", "a. ", "Mr. ", "; the yuan rose ", "on Friday at 9 a.m. "),
    *("said that ", "#", "> ", "…", "** ", "a: b\n", "株", "1:30 ", "is ", "1 ", '"'),
)


MANY = ("株。", "- a\n", "\n", "---\n", "The yuan rose on Friday. ")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("unit", "size"),
    [
        *((unit, 1_000_000) for unit in ("a", "( ", "1")),
        *((unit, 200_000) for unit in ODD),
        *((unit, 50_000) for unit in MANY),
    ],
)
def test_a_text_of_any_size_is_read(unit, size):
    text = unit * (size // len(unit))
    assert len(split(text)) <= len(text)
