"""The store: nothing overwritten in silence, nothing half-written, two processes at once."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from stored_bars import bars_of

from eventstudy.exceptions import SourceError
from eventstudy.prices.store import open_store
from eventstudy.prices.store import store as store_module

TESTS = Path(__file__).parents[2]
SEEN = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)


def _day(text):
    return dt.date.fromisoformat(text)


def test_bars_come_back_as_they_were_stored(store):
    bars = bars_of(["2025-05-01", "2025-05-02"], [100.5, 101.25], volume=np.array([7.0, np.nan]))
    written = store.write("^N225", bars, meta={"currency": "JPY", "timezone": "Asia/Tokyo"})
    assert (written.new, len(written.revised), written.gone) == (2, 0, [])
    read = store.read("^N225")
    pd.testing.assert_frame_equal(read, bars, check_freq=False, check_index_type=False)
    assert read.index.unit == "ns"
    assert store.read("^N225", _day("2025-05-02"), _day("2025-05-02"))["close"].tolist() == [101.25]
    assert store.read("^TWII").empty
    assert store.read("^N225", interval="1h").empty
    series = store.series()
    assert series[["source", "symbol", "interval", "rows", "currency"]].values.tolist() == [
        ["yahoo", "^N225", "1d", 2, "JPY"]
    ]


def test_intraday_labels_are_utc_and_dates_are_the_exchange_s(store):
    index = pd.DatetimeIndex(["2025-05-01T13:30Z", "2025-05-02T03:00Z"])  # 23:00 the 1st in NY
    bars = bars_of(index, [1.0, 2.0])
    store.write("SPY", bars, interval="1h", meta={"timezone": "America/New_York"})
    read = store.read("SPY", _day("2025-05-01"), _day("2025-05-01"), interval="1h")
    assert read.index.tolist() == index.tolist()
    assert store.read("SPY", _day("2025-05-02"), None, interval="1h").empty


def test_only_what_is_new_is_appended(store):
    store.write("^N225", bars_of(["2025-05-01", "2025-05-02"], [100, 101]), now=SEEN)
    written = store.write("^N225", bars_of(["2025-05-02", "2025-05-07"], [101, 102]))
    assert (written.new, len(written.revised)) == (1, 0)
    assert store.read("^N225")["close"].tolist() == [100, 101, 102]
    with duckdb.connect(str(store.path)) as connection:
        seen = connection.execute("SELECT seen FROM bars ORDER BY label").fetchall()
    assert seen[0] == seen[1] == (SEEN.replace(tzinfo=None),)
    assert seen[2] > seen[1]


@pytest.mark.slow
def test_a_changed_close_is_recorded_and_the_newer_is_used(store):
    store.write("^N225", bars_of(["2025-05-01", "2025-05-02"], [100, 101]), now=SEEN)
    changed = bars_of(["2025-05-01", "2025-05-02"], [100, 102.5])
    written = store.write("^N225", changed, now=SEEN + dt.timedelta(days=1))
    assert written.new == 0
    assert set(written.revised["field"]) == {"open", "high", "low", "close"}
    assert store.read("^N225")["close"].tolist() == [100, 102.5]
    history = store.revisions("^N225")
    history = history[history["field"] == "close"]
    assert history[["label", "old", "new", "seen"]].values.tolist() == [
        [pd.Timestamp("2025-05-02"), 101, 102.5, pd.Timestamp("2025-06-02 12:00")]
    ]
    store.write("^N225", bars_of(["2025-05-02"], [101]), now=SEEN + dt.timedelta(days=2))
    again = store.revisions()
    assert again[again["field"] == "close"]["new"].tolist() == [102.5, 101]
    assert store.revisions("^TWII").empty


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize(("factor", "rows"), [(1 + 0.9e-6, 0), (1 + 2e-6, 4), (1 - 2e-6, 4)])
def test_rounding_is_no_revision(store, factor, rows):
    store.write("^N225", bars_of(["2025-05-01"], [38_000.0]))
    written = store.write("^N225", bars_of(["2025-05-01"], [38_000.0 * factor]))
    assert len(written.revised) == rows
    assert store.read("^N225")["close"].iloc[0] == (38_000.0 * factor if rows else 38_000.0)


@pytest.mark.slow
def test_a_value_that_is_missing_now_does_not_erase_the_stored_one(store):
    day = _day("2025-05-01"), _day("2025-05-02")
    store.write("^N225", bars_of(["2025-05-01", "2025-05-02"], [100, 101]))
    written = store.write("^N225", bars_of(["2025-05-01"], [np.nan]), covered=[day])
    assert len(written.revised) == 0
    assert written.gone == [pd.Timestamp("2025-05-02")]
    assert store.read("^N225")["close"].tolist() == [100, 101]
    # and the other way round a value that was missing is filled, and recorded
    store.write("^TWII", bars_of(["2025-05-01"], [100], open=np.array([np.nan])))
    store.write("^TWII", bars_of(["2025-05-01"], [100], open=np.array([99.0])))
    filled = store.revisions("^TWII")
    assert filled["field"].tolist() == ["open"]
    assert np.isnan(filled["old"].iloc[0])
    assert filled["new"].tolist() == [99.0]


@pytest.mark.slow
def test_what_was_answered_for_is_known_even_without_rows(store):
    spans = [
        ("2025-05-01", "2025-05-06"),
        ("2025-05-20", "2025-05-30"),
        ("2025-05-07", "2025-05-09"),
    ]
    assert store.missing("^N225", _day("2025-05-01"), _day("2025-05-02")) == [
        (_day("2025-05-01"), _day("2025-05-02"))
    ]
    for first, last in spans:
        store.write("^N225", bars_of([], []), covered=[(_day(first), _day(last))])
    missing = store.missing("^N225", _day("2025-04-28"), _day("2025-06-01"))
    assert [(str(first), str(last)) for first, last in missing] == [
        ("2025-04-28", "2025-04-30"), ("2025-05-10", "2025-05-19"), ("2025-05-31", "2025-06-01"),
    ]  # fmt: skip
    assert store.missing("^N225", _day("2025-05-02"), _day("2025-05-08")) == []
    assert store.missing("^N225", _day("2025-05-02"), _day("2025-05-08"), interval="1h") != []


def test_a_later_answer_without_meta_keeps_the_meta(store):
    store.write("^N225", bars_of(["2025-05-01"], [1]), meta={"timezone": "Asia/Tokyo"})
    store.write("^N225", bars_of(["2025-05-02"], [1]))
    assert store.series()["timezone"].tolist() == ["Asia/Tokyo"]


# ---- where it is -------------------------------------------------------------------------------


def test_where_the_store_is(monkeypatch, tmp_path):
    monkeypatch.setenv("EVENTSTUDY_STORE", str(tmp_path / "one"))
    assert open_store().path == tmp_path / "one" / "prices.duckdb"
    assert open_store(tmp_path / "two").folder == tmp_path / "two"
    monkeypatch.delenv("EVENTSTUDY_STORE")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert open_store().folder.name == "eventstudy"
    assert not (tmp_path / "two").exists()  # reading makes nothing
    assert open_store(tmp_path / "two").series().empty
    assert not (tmp_path / "two").exists()


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="the store is a folder, and this is a file"):
        open_store(tmp_path / "file")


# ---- several at once ---------------------------------------------------------------------------


@pytest.mark.slow
def test_an_error_half_way_keeps_what_was_before(store, monkeypatch):
    store.write("^N225", bars_of(["2025-05-01"], [1]))

    def fail(*_):
        raise OSError("the disk is gone")

    monkeypatch.setattr(store_module, "add_coverage", fail)
    with pytest.raises(OSError, match="the disk is gone"):
        store.write("^N225", bars_of(["2025-05-01", "2025-05-02"], [2, 3]))
    monkeypatch.undo()
    assert store.read("^N225")["close"].tolist() == [1]
    assert store.revisions().empty


CHILD = """
import sys, time
import numpy as np, pandas as pd
from eventstudy.prices.store import open_store
from eventstudy.prices.store import store as store_module

folder, symbols, hang = sys.argv[1], sys.argv[2].split(","), sys.argv[3]
index = pd.date_range("2020-01-01", periods=2000, name="date")
inner = store_module.add_coverage
for number, symbol in enumerate(symbols):
    if symbol == hang:
        def cover(*arguments):
            inner(*arguments)
            print("inside", flush=True)
            time.sleep(60)
        store_module.add_coverage = cover
    closes = 100.0 + np.arange(2000) + number
    bars = pd.DataFrame({n: closes for n in ("open", "high", "low", "close", "volume")}, index)
    span = (index[0].date(), index[-1].date())
    open_store(folder).write(symbol, bars, covered=[span], meta={"currency": "JPY"})
    print("wrote", symbol, flush=True)
"""


def _child(folder, symbols, hang=""):
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", CHILD, str(folder), ",".join(symbols), hang],
        stdout=subprocess.PIPE,
        text=True,
        cwd=TESTS.parent,
        env={**os.environ, "PYTHONPATH": str(TESTS.parent)},
    )


def _assert_whole(store, symbols):
    """Every series is there as a whole with its coverage, or not at all."""
    series = store.series()
    assert set(series["symbol"]) <= set(symbols)
    assert (series["rows"] == 2000).all()
    span = _day("2020-01-01"), _day("2025-06-22")
    for number, held in enumerate(store.held_all([(symbol, *span) for symbol in symbols])):
        bars, gap = held.bars, held.missing
        assert len(bars) in (0, 2000)
        assert (gap == []) == (len(bars) == 2000)
        if len(bars):
            assert bars["close"].tolist() == (100.0 + np.arange(2000) + number).tolist()
    with duckdb.connect(str(store.path)) as connection:
        twice = connection.execute(
            "SELECT count(*) - count(DISTINCT (source, symbol, bar, label)) FROM bars"
        ).fetchone()
    assert twice == (0,)


@pytest.mark.slow
def test_a_process_killed_inside_a_transaction_leaves_the_store_whole(store):
    names = ["A", "B", "C", "D"]
    child = _child(store.folder, names, hang="C")
    lines = [child.stdout.readline() for _ in range(3)]
    assert lines == ["wrote A\n", "wrote B\n", "inside\n"]
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    _assert_whole(store, names)
    assert store.series()["symbol"].tolist() == ["A", "B"]
    store.write("C", bars_of(["2025-05-01"], [1]))  # the lock died with the process
    assert len(store.read("C")) == 1


@pytest.mark.slow
def test_processes_killed_at_any_moment_leave_the_store_whole(store):
    names = [f"S{number}" for number in range(40)]
    for wait in (0.0, 0.05, 0.11, 0.2):
        child = _child(store.folder, names)
        child.stdout.readline()
        time.sleep(wait)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        _assert_whole(store, names)


@pytest.mark.slow
def test_processes_that_write_at_once_lose_nothing(store):
    names = [f"S{number}" for number in range(8)]
    children = [_child(store.folder, names) for _ in range(3)]
    for child in children:
        out, _ = child.communicate(timeout=120)
        assert child.returncode == 0
        assert out.count("wrote") == 8
    _assert_whole(store, names)
    assert len(store.series()) == 8
    assert store.revisions().empty
