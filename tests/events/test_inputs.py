"""Events from whatever holds them: columns found, times with a zone, names made where missing."""

from __future__ import annotations

import contextlib
import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pytest

from eventstudy.events.inputs import read_event_table
from eventstudy.exceptions import SchemaError, SpecificationError

DAYS = pd.to_datetime(["2025-03-19", "2025-05-07"])
FIRMS = pd.DataFrame({"ticker": ["A", "B"], "announced": DAYS, "x": [1.0, 2.5]})
CLOCKS = pd.DataFrame({"when held": ["2025-03-19 14:00", "2025-05-07 14:00"]})
IN_UTC = ["2025-03-19 18:00:00+00:00", "2025-05-07 18:00:00+00:00"]


def dates(events):
    return events.frame["date"].dt.strftime("%Y-%m-%d").tolist()


@pytest.mark.parametrize(
    "data",
    [
        ["2025-03-19", "2025-05-07"],
        DAYS,
        list(DAYS),
        tuple(day.date() for day in DAYS),
        DAYS.to_numpy(),
        pd.Series(DAYS),
        pd.Series(["a", "b"], index=DAYS),
        pl.Series("x", [dt.date(2025, 3, 19), dt.date(2025, 5, 7)]),
        FIRMS,
        FIRMS.assign(announced=[20250319, 20250507]),
        FIRMS.assign(announced=["2025-03-19", "2025-05-07"]),
        [{"date": "2025-03-19"}, {"date": "2025-05-07"}],
        {"date": ["2025-03-19", "2025-05-07"]},
    ],
)  # fmt: skip
def test_dates_of_every_kind(data):
    events = read_event_table(data)
    assert dates(events) == ["2025-03-19", "2025-05-07"]
    assert events.frame["event_id"].tolist() == dates(events)
    assert any("there is no event_id" in one for one in events.assumed)


def test_one_date_and_dates_by_security():
    assert dates(read_event_table("2025-03-19")) == ["2025-03-19"]
    assert dates(read_event_table(dt.date(2025, 3, 19))) == ["2025-03-19"]
    events = read_event_table({"A": "2025-03-19", 14593: ["2025-05-07", "2025-06-02"]})
    assert events.frame["markets"].tolist() == [("A",), ("14593",), ("14593",)]
    assert events.frame["event_id"].tolist()[1] == "14593 2025-05-07"
    by_index = read_event_table(pd.Series(DAYS, index=[10107, 14593]))
    assert by_index.frame["markets"].tolist() == [("10107",), ("14593",)]


def test_id_names_the_security_and_the_column_stays():
    events = read_event_table(FIRMS.assign(permno=[10107.0, 14593.0]), id="permno")
    assert events.frame["markets"].tolist() == [("10107",), ("14593",)]
    assert events.frame["x"].tolist() == [1.0, 2.5]
    assert events.frame["ticker"].tolist() == ["A", "B"]
    both = read_event_table(FIRMS.assign(markets=["C", "D"]), id="ticker")
    assert both.frame["markets"].tolist() == [("A",), ("B",)]
    assert any("not those of 'markets'" in one for one in both.assumed)
    with pytest.raises(SchemaError, match="events row 3: ticker is empty"):
        read_event_table(FIRMS.assign(ticker=["A", None]), id="ticker")


@pytest.mark.parametrize(
    ("table", "options"),
    [
        (CLOCKS, {"time": "when held", "tz": "America/New_York"}),
        (CLOCKS.apply(pd.to_datetime), {"tz": "America/New_York"}),
        (CLOCKS.apply(lambda cells: pd.to_datetime(cells).dt.tz_localize("America/New_York")), {}),
        (pl.from_pandas(CLOCKS.apply(pd.to_datetime)), {"tz": "America/New_York"}),
        (pd.DataFrame({"date": DAYS, "time": ["14:00", "14:00"]}), {"tz": "America/New_York"}),
        (
            pd.DataFrame({"date": DAYS, "time": ["14:00", "14:00"]}),
            {"time": "time", "tz": "America/New_York"},
        ),
        (
            pd.DataFrame({"when": ["19/03/2025 14:00", "07/05/2025 14:00"]}),
            {"time": "when", "tz": "America/New_York"},
        ),
    ],
)  # fmt: skip
def test_times_in_a_zone(table, options):
    assert read_event_table(table, **options).frame["published_at"].astype(str).tolist() == IN_UTC


@pytest.mark.parametrize(
    ("table", "options", "key", "message"),
    [
        (CLOCKS, {"time": "when held"}, "tz", "column 'when held' has times without an offset"),
        (["2025-03-19 14:00"], {}, "tz", "^tz: times without an offset, such as 2025-03-19 14:00"),
        (CLOCKS, {"time": "wen held"}, "time", "did you mean 'when held'"),
        (CLOCKS, {"time": "when held", "tz": "New York"}, "tz", "mean 'America/New_York'"),
        (FIRMS, {"id": "permno"}, "id", "no column 'permno'; columns: .*is 'ticker' meant"),
        (pd.DataFrame({"a": [1]}), {}, "time", "say which column of events holds the time"),
        (pd.DataFrame({"d": ["03/04/2025"]}), {"time": "d"}, "date_format", "03/04/2025' can be"),
        (pd.DataFrame({"d": ["soon"]}), {"time": "d"}, "time", "holds no dates, such as 'soon'"),
        (pd.DataFrame({"date": DAYS, "time": ["9:30", "9:30"]}), {}, "tz", "'time' has times"),
        (3, {}, "events", "expected Events, a table, a file or dates, got int"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_with_the_argument(table, options, key, message):
    with pytest.raises(SpecificationError, match=message) as caught:
        read_event_table(table, **options)
    assert caught.value.key == key


def test_a_time_that_the_clock_skips_is_named_by_its_row():
    table = CLOCKS.assign(**{"when held": ["2025-03-09 02:30", "2025-05-07 14:00"]})
    with pytest.raises(
        SchemaError, match=r"row 2: when held .* does not exist in America/New_York"
    ):
        read_event_table(table, tz="America/New_York")


def test_two_events_of_a_firm_on_a_date_keep_apart():
    table = pd.DataFrame({"date": ["2025-03-19"] * 2, "ticker": ["A", "A"]})
    events = read_event_table(table, id="ticker")
    assert events.frame["event_id"].tolist() == ["A 2025-03-19 (1)", "A 2025-03-19 (2)"]
    assert "1 name would stand for several rows (A 2025-03-19), which count" in events.assumed[0]


def test_files_with_and_without_ids(tmp_path):
    FIRMS.to_csv(tmp_path / "firms.csv", index=False)
    FIRMS.to_parquet(tmp_path / "firms.parquet")
    FIRMS.assign(event_id=["E1", "E2"], date=FIRMS["announced"]).to_csv(
        tmp_path / "events.csv", index=False
    )
    assert dates(read_event_table(tmp_path / "firms.csv", id="ticker")) == dates(
        read_event_table(str(tmp_path / "firms.parquet"), id="ticker")
    )
    events = read_event_table(tmp_path / "events.csv")
    assert events.frame["event_id"].tolist() == ["E1", "E2"]
    assert read_event_table(events) is events
    with pytest.raises(SpecificationError, match="id: is for tables"):
        read_event_table(events, id="ticker")
    assert np.isfinite(events.frame["x"]).all()


def test_a_text_is_a_date_only_where_all_of_it_is_one(tmp_path):
    path = tmp_path / "2025-05-02_events.csv"
    path.write_text("date,note\n2024-12-31,a\n")
    with contextlib.chdir(tmp_path):
        assert len(read_event_table(path.name)) == 1
    for text in ("31/12/2024", "2024-12-31", "20241231", "31 Dec 2024"):
        events = read_event_table(text)
        assert events.frame["date"].astype(str).tolist() == ["2024-12-31"]


def test_a_security_without_a_date_is_named():
    with pytest.raises(SpecificationError, match="AAPL has None, which is no date"):
        read_event_table({"AAPL": None, "MSFT": "2025-05-02"})
