"""Raw items: kept with notes, or rejected with a reason."""

from __future__ import annotations

import pandas as pd
import pytest
from news_items import NOW, TIME, news, only_reason

from eventstudy import News
from eventstudy.exceptions import SchemaError
from eventstudy.news import COLUMNS
from eventstudy.news.intake import MOST_COLUMNS, Intake


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
    items = news(id=["x7"], title=["  A\nb " + "c" * 400], date=["32 May"])
    row = items.rejected.iloc[0]
    assert row["item_id"] == "x7"
    assert row["published"] == "32 May"
    assert row["headline"].startswith("A b c")
    assert len(row["headline"]) == 300
    assert row["where"] == "news row 2"


def test_ids_are_made_of_the_content_and_repeated_ones_are_numbered():
    items = news(headline=["a", "b"], date=["2025-05-02"] * 2)
    reversed_items = news(headline=["b", "a"], date=["2025-05-02"] * 2)
    assert items.frame["item_id"].tolist() == reversed_items.frame["item_id"].tolist()[::-1]
    twice = news(item_id=["k", "k#2", "k", "k"], headline=["a"] * 4, date=["2025-05-02"] * 4)
    assert twice.frame["item_id"].tolist() == ["k", "k#2", "k#3", "k#4"]
    assert twice.frame["note"].tolist() == [None, None, *["item_id 'k' was there before"] * 2]


def test_usual_names_of_columns_are_read_and_the_first_filled_one_counts():
    items = news(
        Title=["a"], pubDate=[TIME], LINK=["u"], Outlet=["o"], summary=["s"], content=["c"], tz=[""]
    )
    row = items.frame.iloc[0]
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
    kept = News.from_frame(pd.concat([frame, own], axis=1), now=NOW).frame
    assert len(kept.columns) == len(COLUMNS) + MOST_COLUMNS
    assert kept["note"].item().count("left out") == 2


def test_an_own_column_named_as_one_of_ours_is_renamed():
    kept = news(headline=["a"], date=["2025-05-02"], where=["here"]).frame
    assert kept["where"].item() == "news row 2"
    assert kept["where_given"].item() == "here"


def test_lost_items_are_an_error():
    intake = Intake(now=NOW)
    intake.reject("x", "of no kind")
    intake.check_conserved("a.json", 1, 0)
    with pytest.raises(SchemaError, match=r"3 items were found in it, but 1 kept"):
        intake.check_conserved("a.json", 3, 0)


def test_a_date_that_contradicts_its_time_leaves_the_day():
    intake = Intake(now=NOW)
    time = {"published_at": "2025-05-02T09:00Z", "headline": "a"}
    intake.add({**time, "date": "2025-06-02"}, "row 2", notes=["encoding read as cp949, a guess"])
    intake.add({**time, "date": "2025-05-03"}, "row 3")
    intake.settle("n.csv")
    frame, _ = intake.frames()
    assert frame["precision"].tolist() == ["day", "exact"]
    assert "n.csv: 1 item: encoding read as cp949, a guess" in intake.assumed
    assert any("1 item: the date beside the time contradicts it" in said for said in intake.assumed)
