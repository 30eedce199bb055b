"""Reading bars: times, names, lengths; whatever is wrong is named by its row."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from small_intraday_study import make_bars

from eventstudy import IntradayBars, SchemaError, SpecificationError, read_bars
from eventstudy.intraday.bars import as_bars

HEAD = "timestamp,symbol,open,high,low,close,volume\n"


def write(tmp_path, text, name="bars.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def rows(*times, symbol="AAA"):
    return HEAD + "".join(f"{time},{symbol},10,11,9,10.5,100\n" for time in times)


def starts(bars):
    return [f"{time:%Y-%m-%dT%H:%M}" for time in bars.frame["start"]]


def test_offsets_of_any_kind_and_mixed(tmp_path):
    text = rows("2025-05-05T09:30-04", "2025-05-05 13:35:00+0000", "2025-05-05T13:40:00Z")
    bars = read_bars(write(tmp_path, text))
    assert starts(bars) == ["2025-05-05T13:30", "2025-05-05T13:35", "2025-05-05T13:40"]
    assert (bars.minutes, bars.labels, bars.securities) == (5, "start", ("AAA",))
    assert len(bars.sha256) == 64
    assert str(bars.frame["start"].dtype) == "datetime64[ns, UTC]"


def test_a_time_without_an_offset_is_an_error_unless_the_zone_is_named(tmp_path):
    text = rows("2025-05-05T09:30", "2025-05-05T09:35")
    path = write(tmp_path, text)
    with pytest.raises(SchemaError, match=r'bars.csv row 2: timestamp "2025-05-05T09:30" has no'):
        read_bars(path)
    named = read_bars(path, timezone="America/New_York")
    assert starts(named) == ["2025-05-05T13:30", "2025-05-05T13:35"]
    with pytest.raises(SpecificationError, match="New_York"):
        read_bars(path, timezone="America/New_Yorck")


def test_ts_utc_says_its_zone_itself(tmp_path):
    text = rows("2025-05-05T13:30", "2025-05-05T13:35").replace("timestamp", "TS_UTC")
    assert starts(read_bars(write(tmp_path, text)))[0] == "2025-05-05T13:30"


def test_hours_the_clock_doubles_or_skips_are_named(tmp_path):
    text = rows("2025-11-02T01:30", "2025-11-02T02:30", "2025-03-09T02:30")
    with pytest.raises(SchemaError) as error:
        read_bars(write(tmp_path, text), timezone="America/New_York")
    assert len(error.value.problems) == 2
    assert "row 2" in error.value.problems[0]
    assert error.value.row == 2
    assert error.value.problems[0].startswith(f"{error.value.file} row 2: ")
    assert "row 4" in error.value.problems[1]
    assert "clock changes" in error.value.problems[0]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2025-05-05T09:30-04:00,AAA,10,11,9,x,1", 'close "x" is not a number'),
        ("2025-05-05T09:30-04:00,AAA,10,11,9,0,1", "close 0 is not positive"),
        ("2025-05-05T09:30-04:00,AAA,10,9,11,10,1", "the high is below the low"),
        ("2025-13-05T09:30Z,AAA,10,11,9,10,1", "is not an ISO 8601 time"),
        ("9999-12-31T23:59Z,AAA,10,11,9,10,1", "of the years 1900 to 2200"),
        ("1600-01-01T00:00Z,AAA,10,11,9,10,1", "of the years 1900 to 2200"),
        (",AAA,10,11,9,10,1", "timestamp is empty"),
        ("2025-05-05T09:30-04:00,,10,11,9,10,1", "symbol is empty"),
    ],
)
def test_what_is_wrong_is_named_by_its_row(tmp_path, line, message):
    text = rows("2025-05-05T09:25-04:00") + line + "\n"
    with pytest.raises(SchemaError, match=r"bars\.csv row 3: ") as error:
        read_bars(write(tmp_path, text))
    assert message in str(error.value)


def test_an_empty_close_is_a_bar_that_is_missing(tmp_path):
    text = rows("2025-05-05T09:25-04:00", "2025-05-05T09:30-04:00").replace("10.5", "", 1)
    assert np.isnan(read_bars(write(tmp_path, text)).frame["close"].iloc[0])


def test_no_close_and_no_time_are_named(tmp_path):
    with pytest.raises(SchemaError, match="no column timestamp") as error:
        read_bars(write(tmp_path, "when,closed\n2025-05-05T09:25Z,10\n"))
    assert "no column close" in error.value.problems[1]


def test_a_repeated_row_is_counted_and_a_contradicting_one_refused(tmp_path):
    times = ["2025-05-05T09:25Z", "2025-05-05T09:30Z", "2025-05-05T09:30Z"]
    bars = read_bars(write(tmp_path, rows(*times)))
    assert len(bars) == 2
    assert list(bars.left_out["bars"]) == [1]
    text = rows(*times).replace("10.5,100\n2025-05-05T09:30Z", "10.6,100\n2025-05-05T09:30Z", 2)
    with pytest.raises(SchemaError, match="row 4: another bar of AAA at 2025-05-05T09:30Z"):
        read_bars(write(tmp_path, text))


def test_lengths(tmp_path):
    two = rows("2025-05-05T09:25Z", "2025-05-05T09:30Z") + "".join(
        f"{t},BBB,1,1,1,1,1\n" for t in ("2025-05-05T09:00Z", "2025-05-05T10:00Z")
    )
    with pytest.raises(SchemaError, match=r"several lengths \(minutes: AAA 5, BBB 60\)"):
        read_bars(write(tmp_path, two))
    with pytest.raises(SchemaError, match="no bars inside a day"):
        read_bars(write(tmp_path, rows("2025-05-05T00:00Z", "2025-05-06T00:00Z")))
    with pytest.raises(SchemaError, match="30 seconds apart"):
        read_bars(write(tmp_path, rows("2025-05-05T00:00:00Z", "2025-05-05T00:00:30Z")))
    with pytest.raises(SchemaError, match="one bar only"):
        read_bars(write(tmp_path, rows("2025-05-05T00:00Z")))
    assert read_bars(write(tmp_path, rows("2025-05-05T00:00Z")), minutes=15).minutes == 15


def test_times_that_are_ends(tmp_path):
    path = write(tmp_path, rows("2025-05-05T09:35Z", "2025-05-05T09:40Z"))
    assert starts(read_bars(path, labels="end"))[0] == "2025-05-05T09:30"
    with pytest.raises(SpecificationError, match="labels"):
        read_bars(path, labels="middle")


def test_the_name_of_a_security_without_a_column(tmp_path):
    text = "datetime,close\n2025-05-05T09:30Z,10\n2025-05-05T09:35Z,11\n"
    assert read_bars(write(tmp_path, text, "SPY_5min.csv")).securities == ("SPY",)
    named = read_bars(write(tmp_path, text, "SPY_5min.csv"), security="SPX")
    assert named.securities == ("SPX",)
    with pytest.raises(SpecificationError, match="has the column symbol"):
        read_bars(write(tmp_path, rows("2025-05-05T09:30Z", "2025-05-05T09:35Z")), security="B")


@pytest.mark.slow
def test_parquet_frames_and_frames_by_security(tmp_path):
    pytest.importorskip("pyarrow")
    frame = make_bars(end="2025-02-05")
    path = tmp_path / "bars.parquet"
    frame.to_parquet(path)
    read, made = read_bars(path), IntradayBars.from_frame(frame)
    pd.testing.assert_frame_equal(read.frame, made.frame)
    indexed = frame.drop(columns=["symbol"]).set_index("timestamp")
    for held in ({"AAA": indexed, "BBB": indexed}, SimpleNamespace(bars={"AAA": indexed})):
        bars = as_bars(held)
        assert bars.securities[0] == "AAA"
        pd.testing.assert_series_equal(bars.frame["close"][: len(made)], made.frame["close"])
    assert as_bars(made) is made
    with pytest.raises(SpecificationError, match="expected a path"):
        as_bars(7)
    with pytest.raises(SchemaError, match="no security"):
        as_bars({})


def test_what_a_fetch_did_not_bring_is_listed():
    frame = make_bars(end="2025-02-05").drop(columns=["symbol"]).set_index("timestamp")
    fetched = SimpleNamespace(
        bars={"AAA": frame, "BBB": frame.iloc[:0]},
        errors={"CCC": "Yahoo does not know it"},
        notes=(SimpleNamespace(security="AAA", detail="2 rows of today left out"),),
    )
    bars = as_bars(fetched)
    assert bars.securities == ("AAA",)
    assert dict(zip(bars.left_out["security"], bars.left_out["reason"], strict=True)) == {
        "CCC": "Yahoo does not know it",
        "BBB": "no bar for these dates",
        "AAA": "2 rows of today left out",
    }
    assert str(bars.left_out["first"].dtype) == "datetime64[ns, UTC]"


@pytest.mark.parametrize(
    ("cell", "timezone"), [("2025-11-02 01:30", "America/New_York"), ("2025-05-02 09:30", None)]
)
def test_of_a_problem_in_many_rows_the_message_counts_all(cell, timezone):
    frame = pd.DataFrame({"timestamp": ["2025-05-05T09:30Z"] + [cell] * 300, "close": 1.0})
    frame.loc[[0, 7], "close"] = -1.0
    with pytest.raises(SchemaError, match=r"row 2: close -1 .*\(and 301 more problems\)$"):
        IntradayBars.from_frame(frame, timezone=timezone)


def test_naive_timestamps_of_a_frame_are_refused():
    times = pd.date_range("2025-05-05", periods=3, freq="5min")
    with pytest.raises(SchemaError, match="no offset"):
        IntradayBars.from_frame(pd.DataFrame({"timestamp": times, "close": 1.0}))
    named = IntradayBars.from_frame(
        pd.DataFrame({"close": 1.0}, index=times), timezone="Asia/Tokyo"
    )
    assert starts(named)[0] == "2025-05-04T15:00"
