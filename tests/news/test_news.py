"""The value `News`, and frames that become it."""

from __future__ import annotations

import datetime as dt
import html

import numpy as np
import pandas as pd
import pytest
from news_items import NOW, TIME, news

from eventstudy import News
from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.news import COLUMNS, REJECTED


def test_frame_has_the_columns_of_the_contract_and_the_types():
    items = news(
        headline=["a", "b"], published_at=[TIME, None], date=[None, "2025-05-03"], beat=["x", ""]
    )
    assert list(items.frame) == [*COLUMNS, "beat"]
    assert list(items.rejected) == list(REJECTED)
    assert str(items.frame["published_at"].dtype) == "datetime64[ns, UTC]"
    assert str(items.frame["date"].dtype) == "datetime64[ns]"
    first, second = items.frame.to_dict("records")
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
    items = news(headline=[], date=[])
    assert len(items) == 0
    assert str(items.frame["published_at"].dtype) == "datetime64[ns, UTC]"
    assert str(items.frame["date"].dtype) == "datetime64[ns]"
    assert repr(items) == "News(news: no items, 0 rejected)"


def test_the_date_is_that_at_the_items_own_offset():
    items = news(headline=["a", "b"], published_at=["2025-05-02T23:30-04:00", "2025-05-03T03:30Z"])
    assert items.frame["date"].dt.day.tolist() == [2, 3]
    assert items.frame["published_at"][0] == items.frame["published_at"][1]


def test_take_keeps_what_was_rejected():
    items = news(headline=["a", "b", "c"], date=["2025-05-02", "2025-05-03", None])
    taken = items.take(np.array([False, True]))
    assert taken.frame["headline"].tolist() == ["b"]
    assert taken.frame.index.tolist() == [0]
    assert len(taken.rejected) == 1
    assert taken.inputs == items.inputs


def test_what_a_person_sees_is_one_line_and_escaped_html():
    items = news(headline=["a < b & c"], date=["2025-05-02"])
    assert repr(items) == (
        "News(news: 1 item, 2025-05-02 to 2025-05-02, 0 with a time, 0 rejected)"
    )
    assert html.escape("a < b & c") in items._repr_html_()


def test_a_frame_of_news_comes_through_again():
    items = news(headline=["a", "b"], published_at=[TIME, None], date=[None, "2025-05-03"])
    read_again = News.from_frame(items.frame, now=NOW)
    pd.testing.assert_frame_equal(read_again.frame, items.frame)
    assert len(read_again.rejected) == 0


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
