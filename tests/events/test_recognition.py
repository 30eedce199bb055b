"""Which columns of an events table are what: the same of files and of frames."""

from __future__ import annotations

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
    for cells in (["2024-12-31", "2025-02-04", "31/02/2025"], ["31/12/2024", "4/2/2025", "soon"]):
        with pytest.raises(SchemaError, match=r"row 4: date '(31/02/2025|soon)' is not an ISO"):
            read({"event_id": ["E1", "E2", "E3"], "date": cells})


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
