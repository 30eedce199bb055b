from __future__ import annotations

import datetime as dt
import html

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy import News
from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.io.doors import NEWS
from eventstudy.io.timestamps import read_time
from eventstudy.news import COLUMNS, REJECTED
from eventstudy.news.cleaning import clean, html_to_text
from eventstudy.news.intake import MOST_COLUMNS

NOW = dt.datetime(2025, 6, 1, tzinfo=dt.UTC)
TIME = "2025-05-02T09:00+08:00"


def news(**columns) -> News:
    return News.from_frame(pd.DataFrame(columns), now=NOW)


def only_reason(**cells) -> str:
    found = news(**{name: [cell] for name, cell in cells.items()})
    assert len(found) == 0
    assert len(found.rejected) == 1
    return found.rejected["reason"].item()


# ---- the value --------------------------------------------------------------------------------


def test_frame_has_the_columns_of_the_contract_and_the_types():
    found = news(
        headline=["a", "b"], published_at=[TIME, None], date=[None, "2025-05-03"], beat=["x", ""]
    )
    assert list(found.frame) == [*COLUMNS, "beat"]
    assert list(found.rejected) == list(REJECTED)
    assert str(found.frame["published_at"].dtype) == "datetime64[ns, UTC]"
    assert str(found.frame["date"].dtype) == "datetime64[ns]"
    first, second = found.frame.to_dict("records")
    assert first["published"] == TIME
    assert first["published_at"] == pd.Timestamp("2025-05-02T01:00Z")
    assert first["precision"] == "exact"
    assert first["beat"] == "x"
    assert first["note"] is None
    assert second["published"] is None
    assert pd.isna(second["published_at"])
    assert second["date"] == pd.Timestamp("2025-05-03")
    assert second["precision"] == "day"
    assert second["beat"] is None


def test_empty_news_have_the_same_columns_and_types():
    found = news(headline=[], date=[])
    assert len(found) == 0
    assert str(found.frame["published_at"].dtype) == "datetime64[ns, UTC]"
    assert str(found.frame["date"].dtype) == "datetime64[ns]"
    assert repr(found) == "News(news: no items, 0 rejected)"


def test_the_date_is_that_at_the_items_own_offset():
    found = news(headline=["a", "b"], published_at=["2025-05-02T23:30-04:00", "2025-05-03T03:30Z"])
    assert found.frame["date"].dt.day.tolist() == [2, 3]
    assert found.frame["published_at"][0] == found.frame["published_at"][1]


def test_take_keeps_what_was_rejected():
    found = news(headline=["a", "b", "c"], date=["2025-05-02", "2025-05-03", None])
    taken = found.take(np.array([False, True]))
    assert taken.frame["headline"].tolist() == ["b"]
    assert taken.frame.index.tolist() == [0]
    assert len(taken.rejected) == 1
    assert taken.inputs == found.inputs


def test_what_a_person_sees_is_one_line_and_escaped_html():
    found = news(headline=["a < b & c"], date=["2025-05-02"])
    assert repr(found) == (
        "News(news: 1 item, 2025-05-02 to 2025-05-02, 0 with a time, 0 rejected)"
    )
    assert html.escape("a < b & c") in found._repr_html_()


def test_a_frame_of_news_comes_through_again():
    found = news(headline=["a", "b"], published_at=[TIME, None], date=[None, "2025-05-03"])
    again = News.from_frame(found.frame, now=NOW)
    pd.testing.assert_frame_equal(again.frame, found.frame)
    assert len(again.rejected) == 0


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"date": ["2025-05-02"], "headlin": ["a"]}, "is 'headlin' meant to be it?"),
        ({"date": ["2025-05-02"], "head'line": ["a"]}, 'is "head\'line" meant to be it?'),
        ({"headline": ["a"], "dat": ["x"]}, "no column published_at or date"),
    ],
)
def test_a_table_that_is_none_of_news_is_refused(columns, problem):
    with pytest.raises(SchemaError, match="news: no column") as caught:
        news(**columns)
    assert problem in str(caught.value)


def test_a_time_zone_must_exist_and_now_must_have_an_offset():
    frame = pd.DataFrame({"headline": ["a"], "date": ["2025-05-02"]})
    with pytest.raises(SpecificationError, match="did you mean 'Asia/Tokyo'"):
        News.from_frame(frame, timezone="Asia/Tokio")
    with pytest.raises(SpecificationError, match="offset"):
        News.from_frame(frame, now=dt.datetime(2025, 5, 2))  # noqa: DTZ001 - the point


# ---- every item is kept or rejected ----------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"headline": "", "date": "2025-05-02"}, "neither a headline nor a text"),
        ({"headline": "\u200b<br>", "date": "2025-05-02"}, "neither a headline nor a text"),
        ({"headline": "a", "date": ""}, "no date"),
        ({"headline": "a", "date": "2025-06-03"}, "in the future"),
        ({"headline": "a", "published_at": "2025-06-02T00:01Z"}, "in the future"),
        ({"headline": "a", "published_at": "2025-05-02T09:00"}, "without an offset"),
        ({"headline": "a", "date": "1899-12-31"}, "outside the years 1900 to 2200"),
        ({"headline": "a", "date": "2025-02-29"}, "no such day"),
        ({"headline": "a", "date": "2025-05-02", "precision": "exac"}, "did you mean 'exact'"),
        ({"headline": "a", "date": "2025-05-02", "timezone": "Asia/Tokio"}, "unknown time zone"),
    ],
)
def test_a_reason_is_a_sentence_about_the_item(cells, reason):
    assert reason in only_reason(**cells)


def test_just_inside_a_day_from_now_is_kept():
    assert len(news(headline=["a"], published_at=["2025-06-01T23:59Z"])) == 1


def test_a_rejected_item_keeps_its_id_and_what_was_written():
    found = news(id=["x7"], title=["  A\nb " + "c" * 400], date=["32 May"])
    row = found.rejected.iloc[0]
    assert row["item_id"] == "x7"
    assert row["published"] == "32 May"
    assert row["headline"].startswith("A b c")
    assert len(row["headline"]) == 300
    assert row["where"] == "news row 2"


def test_ids_are_made_of_the_content_and_repeated_ones_are_numbered():
    one = news(headline=["a", "b"], date=["2025-05-02"] * 2)
    other = news(headline=["b", "a"], date=["2025-05-02"] * 2)
    assert one.frame["item_id"].tolist() == other.frame["item_id"].tolist()[::-1]
    twice = news(item_id=["k", "k#2", "k", "k"], headline=["a"] * 4, date=["2025-05-02"] * 4)
    assert twice.frame["item_id"].tolist() == ["k", "k#2", "k#3", "k#4"]
    assert twice.frame["note"].tolist() == [None, None, *["item_id 'k' was there before"] * 2]


def test_usual_names_of_columns_are_read_and_the_first_filled_one_counts():
    found = news(
        Title=["a"], pubDate=[TIME], LINK=["u"], Outlet=["o"], summary=["s"], content=["c"], tz=[""]
    )
    row = found.frame.iloc[0]
    assert (row["headline"], row["url"], row["source"], row["text"]) == ("a", "u", "o", "c")
    assert row["summary"] == "s"
    only = news(title=["a"], date=["2025-05-02"], summary=["s"], content=[""])
    assert only.frame["text"].item() == "s"


def test_date_and_time_in_two_columns_are_one_time_if_the_zone_is_known():
    cells = {"headline": ["a"], "date": ["2025-05-02"], "time": ["16:30"]}
    row = news(**cells, timezone=["Asia/Tokyo"]).frame.iloc[0]
    assert row["published"] == "2025-05-02T16:30+09:00"
    assert row["timezone"] == "Asia/Tokyo"
    assert "read in Asia/Tokyo" in row["note"]
    assert "without an offset" in only_reason(headline="a", date="2025-05-02", time="16:30")


def test_the_callers_zone_is_for_items_that_name_none():
    frame = pd.DataFrame(
        {"headline": list("abc"), "date": [TIME, "2025-05-02 09:00", "2025-05-02"]}
    )
    rows = News.from_frame(frame, timezone="Asia/Tokyo", now=NOW).frame
    assert rows["published"].tolist() == [TIME, "2025-05-02T09:00+09:00", None]
    assert rows["timezone"].tolist() == [None, "Asia/Tokyo", "Asia/Tokyo"]
    assert rows["note"].isna().tolist() == [True, False, False]


def test_a_date_that_differs_from_the_time_is_noted():
    row = news(headline=["a"], published_at=[TIME], date=["2025-05-01"]).frame.iloc[0]
    assert row["date"] == pd.Timestamp("2025-05-02")
    assert "date 2025-05-01 differs" in row["note"]


def test_more_columns_than_can_be_carried_are_named():
    frame = pd.DataFrame({"headline": ["a"], "date": ["2025-05-02"]})
    own = pd.DataFrame({f"c{place}": ["x"] for place in range(MOST_COLUMNS + 2)})
    found = News.from_frame(pd.concat([frame, own], axis=1), now=NOW).frame
    assert len(found.columns) == len(COLUMNS) + MOST_COLUMNS
    assert found["note"].item().count("left out") == 2


def test_an_own_column_named_as_one_of_ours_is_renamed():
    found = news(headline=["a"], date=["2025-05-02"], where=["here"]).frame
    assert found["where"].item() == "news row 2"
    assert found["where_given"].item() == "here"


# ---- texts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("S&P 500 < 5000 & rising > 1 %", "S&P 500 < 5000 & rising > 1 %"),
        ("AT&amp;T &#8211; caf&eacute; &copy", "AT&T – café &copy"),
        ("a<script>alert('x')</script>b<style>c{}</style>", "ab"),
        ("<script>never ends", ""),
        ("<p>One</p><p>Two<br>three</p>", "One\nTwo\nthree"),
        ("<b>x</b><!-- hidden -->y<svg><a>z</a></svg>", "xy"),
        ("<div>" * 4000 + "deep<script>x</script>", "deep"),
        ("</div></div>out <i>in", "out in"),
        ("<B>&lt;b&gt;</B>", "<b>"),
        ("<p>One</p></body></html>two<p>three", "One\ntwo\nthree"),
        ("<table></body><html><body>x", "x"),
    ],
)
def test_html_becomes_text_and_nothing_else_does(raw, text):
    assert html_to_text(raw) == text


@pytest.mark.parametrize(
    ("raw", "text", "note"),
    [
        ("a\x00b\x1bc", "abc", "unseen or control characters taken out"),
        ("\u202eab\u202c\u2066\u200f\u200b\ufeff", "ab", "unseen or control characters taken out"),
        ("a\ud800b", "a\ufffdb", "halves of characters replaced"),
        ("a\r\n\tb", "a b", "line breaks or tabs made a space"),
        ("x" * 501, "x" * 500, "headline cut at 500 of 501 characters"),
        ("<br><b></b>", "", "nothing but markup"),
    ],
)
def test_what_is_done_to_a_headline_is_noted(raw, text, note):
    found = clean(raw, "headline", 500, is_line=True)
    assert found.text == text
    assert note in "; ".join(found.notes)


def test_letters_are_composed_and_a_text_keeps_its_lines():
    assert clean("Ä\n\tb ", "text", 100) == ("Ä\n\tb", ())


def test_the_cut_names_the_whole_length():
    found = clean("y" * 3_000_000, "text", 100_000)
    assert found.text == "y" * 100_000
    assert found.notes == ("text cut at 100,000 of 3,000,000 characters",)


@given(st.text())
def test_cleaning_leaves_nothing_unseen_and_has_nothing_to_do_twice(raw):
    found = clean(raw, "text", 50).text
    assert not any(letter in found for letter in "\x00\x1b\u202e\u200b\u2066\ufeff")
    found.encode()
    if "&" not in found and "<" not in found:
        assert clean(found, "text", 50) == (found, ())


# ---- times -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "iso"),
    [
        ("2025-05-02T09:00+08:00", "2025-05-02T09:00+08:00"),
        ("2025-05-02 09:00:30 +0800", "2025-05-02T09:00:30+08:00"),
        ("2025-05-02T09:00:00.123456789Z", "2025-05-02T09:00:00.123456+00:00"),
        ("20250502T090000Z", "2025-05-02T09:00+00:00"),
        ("2025/5/2 9:00 UTC", "2025-05-02T09:00+00:00"),
        ("Fri, 02 May 2025 09:00:00 +0800", "2025-05-02T09:00+08:00"),
        ("2 May 25 09:00 GMT", "2025-05-02T09:00+00:00"),
        ("Fri, 2 May 2025 09:00:00 EDT", "2025-05-02T09:00-04:00"),
        ("1746147600", "2025-05-02T01:00+00:00"),
        ("1746147600000", "2025-05-02T01:00+00:00"),
        ("2025-05-02", None),
        ("20250502", None),
        ("2025/5/2", None),
        ("02 May 2025", None),
    ],
)
def test_a_time_is_read_as_written(raw, iso):
    moment = read_time(raw, NEWS)
    assert moment.iso == iso
    assert moment.date == dt.date(2025, 5, 2)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("2025年5月2日 16:30", "no ISO 8601 or RFC 822"),
        ("02/05/2025", "which number is the month"),
        ("5.2.25 16:30", "which number is the month"),
        ("Mon, 02 May 2025 09:00:00 GMT", "2025-05-02 was a Friday"),
        ("Fri, 02 May 2025 09:00:00 JST", "the zone 'JST' has no meaning of its own"),
        ("Fri, 02 May 2025 09:00:00", "without an offset"),
        ("2025-05-02T25:00Z", "no such time"),
        ("2025-05-02T09:00+23:00", "no place on earth"),
        ("2025-05-02T09:00+08:75", "no place on earth"),
        ("2025-13-02", "no such day"),
        ("1000-01-01", "outside the years"),
        ("9999-12-31T23:59:59-15:00", "outside the years"),
        ("45779", "no ISO 8601"),
        ("2025-W18-5", "no ISO 8601"),
        ("٢٠٢٥-٠٥-٠٢", "no ISO 8601"),
        ("x" * 10_000, "is no date"),
    ],
)
def test_what_is_in_doubt_is_refused(raw, reason):
    with pytest.raises(ValueError, match="published") as caught:
        read_time(raw, NEWS)
    assert reason in str(caught.value)
    assert len(str(caught.value)) < 250


def test_an_abbreviation_is_read_as_the_standard_has_it_and_noted():
    moment = read_time("Fri, 02 May 2025 09:00:00 CST", NEWS)
    assert moment.iso == "2025-05-02T09:00-06:00"
    assert moment.assumed == ("CST read as RFC 822 has it, UTC-06:00",)


@pytest.mark.parametrize(
    ("raw", "what"), [("2025-03-09 02:30", "does not exist"), ("2025-11-02 01:30", "twice")]
)
def test_a_time_in_the_hour_the_clock_changes_is_refused(raw, what):
    with pytest.raises(ValueError, match=what):
        read_time(raw, NEWS, zone="America/New_York")
    assert (
        read_time("2025-11-02 03:30", NEWS, zone="America/New_York").iso == "2025-11-02T03:30-05:00"
    )


@given(st.datetimes(dt.datetime(1901, 1, 1), dt.datetime(2199, 1, 1)), st.integers(-14, 14))  # noqa: DTZ001
def test_every_iso_time_comes_back(moment, hours):
    aware = moment.replace(tzinfo=dt.timezone(dt.timedelta(hours=hours)))
    found = read_time(aware.isoformat(), NEWS)
    assert found.local == aware
    assert found.date == aware.date()
    assert dt.datetime.fromisoformat(found.iso) == aware


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_a_reason(raw):
    try:
        read_time(raw, NEWS, zone="Asia/Tokyo")
    except ValueError as error:
        assert "published" in str(error)  # noqa: PT017 - most texts are no date, some are
