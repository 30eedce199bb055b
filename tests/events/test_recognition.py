"""Which columns of an events table are what: the same of files and of frames."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from eventstudy.events.inputs import read_event_table
from eventstudy.events.reading import read_events
from eventstudy.exceptions import EventStudyError, SchemaError, SpecificationError

DAYS = ["2024-12-31", "2025-02-04"]
DMY, MDY = ["31/12/2024", "04/02/2025"], ["12/31/2024", "02/04/2025"]
EITHER = ["03/12/2024", "04/02/2025"]


@pytest.fixture(params=["file", "frame", "sheet"])
def read(request, tmp_path):
    """Read a table as a file, a workbook or a frame; what messages call it is events.csv."""

    def reader(columns, **options):
        frame = pd.DataFrame(columns)
        if request.param == "frame":
            return read_event_table(frame, name="events.csv", **options)
        if request.param == "sheet":
            frame.to_excel(tmp_path / "events.xlsx", index=False)
            return read_events(tmp_path / "events.xlsx", **options)
        frame.to_csv(tmp_path / "events.csv", index=False)
        return read_events(tmp_path / "events.csv", **options)

    return reader


def dates_of(events):
    return events.frame["date"].dt.strftime("%Y-%m-%d").tolist()


@pytest.mark.parametrize("title", ["date", "Date", "day", "Datum", "event_date", "AnnDate"])
@pytest.mark.parametrize("cells", [DAYS, DMY, MDY, ["31 Dec 2024", "4 Feb 2025"]])
def test_dates_are_read_under_any_title_in_any_form(read, title, cells):
    events = read({"event_id": ["E1", "E2"], title: cells, "note": ["a", "b"]})
    assert dates_of(events) == DAYS
    assert events.frame["note"].tolist() == ["a", "b"]
    said = " ".join(events.assumed)
    assert ("day, month, year" in said) == (cells is DMY)
    assert ("month, day, year" in said) == (cells is MDY)
    assert (f"the time of an event is that of the column {title!r}" in said) == (
        title.lower() != "date"
    )


def test_files_and_frames_say_the_same(tmp_path):
    frame = pd.DataFrame({"id": ["E1", "E2"], "Datum": DMY})
    frame.to_csv(tmp_path / "events.csv", index=False)
    file = read_events(tmp_path / "events.csv")
    table = read_event_table(frame, name="events.csv")
    assert file.assumed == table.assumed
    pd.testing.assert_frame_equal(file.frame, table.frame)


def test_an_order_that_nothing_decides_is_refused_until_it_is_said(read):
    table = {"event_id": ["E1", "E2"], "day": EITHER}
    with pytest.raises(SpecificationError, match="day '03/12/2024' can be read") as caught:
        read(table)
    assert caught.value.key == "date_format"
    assert dates_of(read(table, date_format="dd/mm/yyyy")) == ["2024-12-03", "2025-02-04"]
    assert dates_of(read(table, date_format="mdy")) == ["2024-03-12", "2025-04-02"]
    assert dates_of(read(table, date_format="%d/%m/%Y")) == ["2024-12-03", "2025-02-04"]


def test_events_are_no_sessions_so_that_weekdays_and_order_decide_nothing(read):
    with pytest.raises(SpecificationError, match="nothing decides"):
        read({"event_id": list("ABC"), "date": ["03/12/2024", "08/01/2025", "04/02/2025"]})


def test_a_format_does_not_touch_dates_with_the_year_first(read):
    table = {"event_id": ["E1", "E2"], "date": DAYS}
    for form in ("dmy", "%d/%m/%Y"):
        assert dates_of(read(table, date_format=form)) == DAYS


def test_a_slip_among_dates_is_named_by_its_row(read):
    ids = ["E1", "E2", "E3"]
    with pytest.raises(SchemaError, match="row 4: date '31/02/2025' is not an ISO"):
        read({"event_id": ids, "date": ["2024-12-31", "2025-02-04", "31/02/2025"]})
    with pytest.raises(SchemaError, match="row 4: date 'soon' is no date as the others are"):
        read({"event_id": ids, "date": ["31/12/2024", "4/2/2025", "soon"]})
    with pytest.raises(SchemaError, match="row 2: date '31/12/2024' is no date written mm/dd/yyyy"):
        read({"event_id": ids, "date": [*DMY, "05/02/2025"]}, date_format="mm/dd/yyyy")


def test_rows_are_those_of_the_file_where_lines_are_blank(tmp_path):
    (tmp_path / "events.csv").write_text("ticker,date\nA,31/12/2024\n\n,04/02/2025\n")
    with pytest.raises(SchemaError, match="row 4: ticker is empty"):
        read_events(tmp_path / "events.csv", id="ticker")


def test_two_orders_in_one_column_are_told_by_a_cell_of_each(read):
    with pytest.raises(SpecificationError, match="'31/12/2024' has the day first") as caught:
        read({"event_id": ["E1", "E2"], "date": [DMY[0], MDY[0]]})
    assert "'12/31/2024' the month" in str(caught.value)


def test_years_of_two_digits_are_told_apart_by_what_can_be_first(read):
    table = {"event_id": ["E1", "E2"], "date": ["31/12/24", "04/02/25"]}
    with pytest.raises(SpecificationError, match=r"\(dd/mm/yy\) or .* \(yy/mm/dd\)"):
        read(table)
    assert dates_of(read(table, date_format="dd/mm/yy")) == DAYS


def test_years_of_three_digits_are_those_of_the_minguo_calendar(read):
    events = read({"event_id": ["E1", "E2"], "date": ["113/12/31", "114/2/4"]})
    assert dates_of(events) == DAYS
    assert "Minguo" in events.assumed[0]


def test_a_date_of_another_form_among_others_is_said(read):
    events = read({"event_id": list("ABC"), "date": [*DMY, "2025-02-05"]})
    assert dates_of(events) == [*DAYS, "2025-02-05"]
    assert any("1 date such as 2025-02-05 read with the year first" in one
               for one in events.assumed)  # fmt: skip


def test_a_format_is_of_what_is_written_and_not_of_dates_of_a_frame():
    for cells in (
        pd.to_datetime(["2025-04-03", "2025-05-04"]),
        [dt.date(2025, 4, 3), "2025-04-05"],
    ):
        frame = pd.DataFrame({"date": cells, "note": ["a", "b"]})
        events = read_event_table(frame, date_format="%Y-%d-%m")
        assert dates_of(events) == ["2025-04-03", "2025-05-04"]


def test_dates_beside_times_are_read_alike(read):
    table = {
        "event_id": ["E1", "E2"],
        "published_at": ["31/12/2024 09:30", ""],
        "date": DMY,
    }
    events = read(table, tz="America/New_York")
    assert dates_of(events) == DAYS
    assert events.frame["published_at"].notna().tolist() == [True, False]


@pytest.mark.parametrize("clocks", [["9:30 AM", "4:00 PM"], ["09:30", "16:00"], ["930", "1600"]])
@pytest.mark.parametrize("title", ["date", "announced"])
def test_clock_times_without_a_zone_are_those_of_tz(read, title, clocks):
    table = {"event_id": ["E1", "E2"], title: DMY, "time": clocks}
    with pytest.raises(SpecificationError, match="the column 'time' has times without") as caught:
        read(table)
    assert caught.value.key == "tz"
    given = {} if title == "date" else {"time": title}
    for events in (read(table, tz="America/New_York"), read(table, tz="America/New_York", **given)):
        assert events.frame["published_at"].dt.strftime("%d %H:%M").tolist() == [
            "31 14:30",
            "04 21:00",
        ]


@pytest.mark.parametrize("title", ["timezone", "tz", "Zone"])
def test_the_zone_that_a_row_names_counts_before_that_of_the_call(read, title):
    table = {"event_id": ["E1", "E2"], "date": DAYS, "time": ["09:00", "09:00"]}
    events = read(table | {title: ["Asia/Tokyo", ""]}, tz="America/New_York")
    assert events.frame["published_at"].dt.hour.tolist() == [0, 14]


@pytest.mark.parametrize("title", ["timezone", "tz", "Zone"])
def test_so_it_does_of_times_in_one_cell_with_their_date(read, title):
    table = {"event_id": ["E1", "E2"], "date": ["31/12/2024 09:00", "04/02/2025 09:00"]}
    events = read(table | {title: ["Asia/Tokyo", ""]}, tz="America/New_York")
    assert events.frame["published_at"].dt.hour.tolist() == [0, 14]
    said = [one for one in events.assumed if "without an offset" in one]
    assert [one.rpartition(" ")[2] for one in said] == ["Asia/Tokyo", "America/New_York"]
    with pytest.raises(SchemaError, match=r"row 2: .*Asia/Tokio"):
        read(table | {title: ["Asia/Tokio", ""]}, tz="America/New_York")


def test_times_with_the_year_first_need_no_zero_and_may_be_of_twelve_hours(read):
    cells = ["2024-12-31 9:30 PM", "2025-02-04 09:30"]
    events = read({"event_id": ["E1", "E2"], "date": cells}, tz="UTC")
    assert events.frame["published_at"].dt.hour.tolist() == [21, 9]


def test_a_time_with_the_name_of_its_zone_is_not_one_without(read):
    cells = ["2024-12-31 09:00 EST", "2025-02-04 09:00"]
    events = read({"event_id": ["E1", "E2"], "published_at": cells}, tz="Asia/Tokyo")
    assert events.frame["published_at"].dt.hour.tolist() == [14, 0]
    assert any(": 1 time without an offset read in Asia/Tokyo" in one for one in events.assumed)


def test_rows_without_a_value_are_left_out_as_blank_lines_are():
    frame = pd.DataFrame({"date": [DMY[0], None, DMY[1]], "note": ["a", None, "b"]})
    events = read_event_table(frame)
    assert dates_of(events) == DAYS
    assert events.rows.tolist() == [2, 4]
    assert events.assumed[0] == "events: 1 row without a value in any column left out"
    with pytest.raises(SchemaError, match="row 3: neither published_at nor date"):
        read_event_table(pd.DataFrame({"date": [DAYS[0], None], "note": ["a", "b"]}))
    with pytest.raises(SchemaError, match="row 3: neither published_at nor date"):
        read_event_table([pd.Timestamp(DAYS[0]), pd.NaT])


@pytest.mark.parametrize("title", ["published_at", "when held"])
def test_times_in_another_form_are_read_in_a_zone(read, title):
    table = {"event_id": ["E1", "E2"], title: ["31/12/2024 09:30", "04/02/2025 16:00"]}
    with pytest.raises(SpecificationError, match="times without an offset") as caught:
        read(table)
    assert caught.value.key == "tz"
    events = read(table, tz="America/New_York")
    assert events.frame["published_at"].astype(str).tolist() == [
        "2024-12-31 14:30:00+00:00",
        "2025-02-04 21:00:00+00:00",
    ]
    assert dates_of(events) == DAYS


def test_several_columns_of_dates_need_a_choice(read):
    table = {"event_id": ["E1", "E2"], "announced": DAYS, "effective": DMY}
    with pytest.raises(SpecificationError, match='time="announced"') as caught:
        read(table)
    assert caught.value.key == "time"
    assert dates_of(read(table, time="effective")) == DAYS


def test_names_of_events_stand_under_another_title_or_are_made(read):
    events = read({"Event ID": ["E1", "E2"], "date": DAYS})
    assert events.frame["event_id"].tolist() == ["E1", "E2"]
    assert events.assumed == (f"{events.name}: column 'Event ID' read as event_id",)
    events = read({"ID": ["E1", "E1"], "date": DAYS})  # of firms, not of events
    assert events.frame["event_id"].tolist() == DAYS
    events = read({"evnt_id": ["E1", "E2"], "date": DAYS})
    assert "there is no event_id (is 'evnt_id' meant?)" in events.assumed[0]


def test_a_column_of_securities_is_that_of_the_markets(read):
    events = read({"event_id": ["E1", "E2"], "date": DAYS, "firm": ["A", "B"]}, id="firm")
    assert events.frame["markets"].tolist() == [("A",), ("B",)]


def test_a_table_without_dates_says_what_it_has(read):
    with pytest.raises(EventStudyError, match="there are a and b"):
        read({"a": ["x"], "b": ["y"]})
