"""Events and prices as spreadsheets, R and pandas write them.

The reports: LemaireJean-Baptiste/eventstudy, issue 11, and wesm/pydata-book, pull request 86 (an
index without a name in front); questions on csv files of Excel on Windows (cp1252, UTF-16,
``sep=;``); a stray quotation mark, after which a reader takes rows for one cell.
"""

from __future__ import annotations

import pandas as pd
import pytest

import eventstudy as es
from eventstudy.events.reading import check_events, read_events

PLAIN = "event_id,date,headline,score\nE1,2025-05-02,Zölle – “höher”,1.5\nE2,2025-05-05,b,2\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (PLAIN.encode("cp1252"), "read as cp1252"),
        (PLAIN.replace(",", "\t").encode("utf-16"), "read as UTF-16"),
        (b"sep=,\r\n" + PLAIN.replace("\n", "\r\n").encode(), ""),
        (PLAIN.replace(",", ";").replace("1.5", "1,5").encode("utf-8-sig"), ""),
        (PLAIN.replace("\n", ",,\n").encode() + b",,,,,\n", ""),
        (f"i{PLAIN}".replace("i", "", 1).replace("\nE", "\n7,E").replace("ev", ",ev", 1)
         .replace("7,E2", "8,E2").encode(), "holds a running number and was passed over"),
    ],
)  # fmt: skip
def test_the_same_events_however_they_were_saved(tmp_path, content, said):
    (tmp_path / "events.csv").write_bytes(content)
    read = read_events(tmp_path / "events.csv")
    assert read.frame["event_id"].tolist() == ["E1", "E2"]
    assert read.frame["headline"].tolist() == ["Zölle – “höher”", "b"]
    assert read.frame["score"].tolist() == [1.5, 2.0]
    assert said in "".join(read.assumed)
    assert bool(said) == bool(read.assumed)


@pytest.mark.parametrize("index", [True, False])
def test_the_bundled_events_survive_pandas(tmp_path, index):
    frame = es.load_events().frame
    frame.to_csv(tmp_path / "events.csv", index=index)
    pd.testing.assert_frame_equal(read_events(tmp_path / "events.csv").frame, frame)


def test_events_of_a_workbook_are_those_of_the_csv(tmp_path):
    pytest.importorskip("openpyxl")
    frame = pd.DataFrame(
        {
            "event_id": [1, 2],
            "date": pd.to_datetime(["2025-05-02", "2025-05-05"]),
            "permno": [14593, 10107],
            "flag": [True, False],
        }
    )
    frame.to_excel(tmp_path / "events.xlsx", sheet_name="list")
    frame.to_csv(tmp_path / "events.csv")
    read = read_events(tmp_path / "events.xlsx", sheet="list")
    pd.testing.assert_frame_equal(read.frame, read_events(tmp_path / "events.csv").frame)
    assert read.frame["permno"].tolist() == ["14593", "10107"]
    assert read.frame["flag"].dtype == bool


def test_prices_behind_a_running_number_are_read(tmp_path):
    (tmp_path / "p.csv").write_text(
        ",date,^GSPC,^N225\n0,2024-04-22,,37438.61\n1,2024-04-23,5070.55,37552.16\n"
    )
    panel = es.read_prices(tmp_path / "p.csv")
    assert panel.names == ("^GSPC", "^N225")
    assert [values.tolist() for values in panel.values] == [[5070.55], [37438.61, 37552.16]]
    assert "holds a running number and was passed over" in panel.assumed[0]


def test_a_stray_quotation_mark_loses_no_event(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text(
        'event_id,date,headline\nE1,2025-05-01,"a\nE2,2025-05-02,b\nE3,2025-05-03,c"\n'
        "E4,2025-05-04,d\n"
    )
    [problem] = check_events(path)
    assert problem.startswith("events.csv row 2: a quotation mark that opens here swallows rows 3 ")
    path.write_text('event_id,date,headline\nE1,2025-05-01,"one,\ntwo"\nE2,2025-05-02,b\n')
    assert read_events(path).frame["headline"].tolist() == ["one,\ntwo", "b"]


def test_news_behind_a_stray_quotation_mark_are_kept(tmp_path):
    path = tmp_path / "news.csv"
    path.write_text(
        'date,headline,source\n2025-05-02,"a,X\n2025-05-03,b,Y\n2025-05-04,c",Z\n2025-05-05,d,Z\n'
    )
    news = es.read_news(path)
    assert news.frame["where"].tolist() == [f"news.csv row {row}" for row in (3, 4, 5)]
    assert news.rejected["where"].tolist() == ["news.csv row 2"]


def test_column_names_in_another_case_are_read_and_said(tmp_path):
    # firm lists with Date and PERMNO, as those of aolteanu00/ACCN-3290
    path = tmp_path / "firms.csv"
    path.write_text("Event_ID,Date,PERMNO\nA,2025-01-30,14593\n")
    events = read_events(path)
    assert str(events.frame["date"].iloc[0].date()) == "2025-01-30"
    assert "firms.csv: column 'Date' read as date" in events.assumed


def test_a_date_of_ones_own_stays_beside_a_published_time(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("event_id,published_at,Date\nA,2025-01-30T16:05-05:00,30 Jan\n")
    assert list(read_events(path).frame["Date"]) == ["30 Jan"]


def test_the_only_column_of_dates_is_read_and_named(tmp_path):
    path = tmp_path / "announced.csv"
    path.write_text("event_id,announce_date\nA,2025-01-30\n")
    assert check_events(path) == []
    said = "announced.csv: the time of an event is that of the column 'announce_date'"
    assert read_events(path).assumed == (said,)
