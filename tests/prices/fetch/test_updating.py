"""Downloads into the store: kept as they come, whatever fails or interrupts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from fetched import DAYS, TOKYO, remarks_of, row_of, update_markets

from eventstudy.cli import invoke
from eventstudy.exceptions import SourceError
from eventstudy.prices.fetch import updating
from eventstudy.prices.store import open_store

TESTS = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_partial_failure_is_a_panel_and_a_remark(yahoo):
    yahoo.script("^TWII", "ok", "truncated")
    update = update_markets("N225", "TWII")
    assert update.panel.names == ("N225",)
    assert update.failures == {"TWII": "the answer of Yahoo was cut off (4 attempts)"}
    (remark,) = remarks_of(update, "symbol_failed")
    assert remark.security == "TWII"
    assert remark.severity == "error"
    assert row_of(update, "TWII")["remark"] == "failed"
    count = len(yahoo.chart_requests("^N225"))
    yahoo.script("^TWII", "ok")
    assert update_markets("N225", "TWII").failures == {}
    assert len(yahoo.chart_requests("^N225")) == count  # what had come was kept


@pytest.mark.slow
def test_what_is_stored_comes_although_the_rest_fails(yahoo):
    update_markets("N225", end="2025-06-30")
    yahoo.script("^N225", 500)
    update = update_markets("N225")
    assert row_of(update, "N225")["last"] == "2025-06-30"
    assert update.failures == {
        "N225": "Yahoo's server failed (HTTP 500); try again later (4 attempts)"
    }


def test_a_store_that_cannot_be_written_is_not_yahoo_s_fault(yahoo, store_folder):
    store_folder.mkdir()
    (store_folder / "prices.duckdb").write_bytes(b"no database")
    with pytest.raises(SourceError, match="damaged, or no DuckDB file"):
        update_markets("N225")


@pytest.mark.slow
def test_a_row_that_yahoo_has_lost_is_kept_and_told(yahoo):
    update_markets("N225")
    yahoo.serve("^N225", DAYS[:200] + DAYS[201:], TOKYO[:200] + TOKYO[201:])
    update = update_markets("N225", refresh=True)
    (remark,) = remarks_of(update, "row_not_sent_again")
    assert str(remark.date) == str(DAYS[200])
    assert update.panel.frame()["N225"].loc[pd.Timestamp(DAYS[200])] == TOKYO[200]


CHILD = """
import sys, datetime as dt
from yahoo_server import redirect
from eventstudy.prices.fetch import update_prices

redirect(sys.argv[1], sys.argv[2])
update = update_prices(
    sys.argv[3].split(","), "2025-01-01", "2025-09-30", pause=0,
    now=dt.datetime(2025, 10, 1, 3, tzinfo=dt.UTC),
)
print(update.panel.sha256, len(update.failures))
"""


def _child(yahoo, cache, markets):
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", CHILD, yahoo.url, str(cache), markets],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])},
    )


@pytest.mark.slow
def test_two_fetches_at_once_and_one_killed_midway(yahoo, store_folder, tmp_path):
    markets = "N225,TWII,CNH"
    yahoo.script("^TWII", "slow")
    killed = _child(yahoo, tmp_path / "first", markets)
    until = time.monotonic() + 60
    while open_store(store_folder).series().empty and time.monotonic() < until:
        time.sleep(0.1)
    killed.kill()  # in the middle of the second symbol
    killed.wait()
    killed.stdout.close()
    half = open_store(store_folder).series()
    assert set(half["symbol"]) <= {"^N225", "CNH=X"}
    yahoo.script("^TWII", "ok")
    both = [_child(yahoo, tmp_path / name, markets) for name in ("second", "third")]
    outputs = [child.communicate(timeout=120)[0].split() for child in both]
    assert [child.returncode for child in both] == [0, 0]
    assert outputs[0] == outputs[1]
    assert outputs[0][1] == "0"
    series = open_store(store_folder).series().set_index("symbol")["rows"].to_dict()
    assert series == {"^N225": 195, "^TWII": 195, "CNH=X": 281}
    assert open_store(store_folder).revisions().empty


@pytest.mark.slow
def test_what_had_come_is_kept_when_somebody_interrupts(yahoo, store_folder, monkeypatch, capsys):
    inner = updating.settled_by

    def interrupt(request, *rest):
        if request.symbol == "^TWII":
            raise KeyboardInterrupt
        yahoo.slow_ends.set()
        return inner(request, *rest)

    monkeypatch.setattr(updating, "settled_by", interrupt)
    yahoo.script("^TWII", "slow", "ok")  # so that it comes last
    words = ["prices", "fetch", "--markets", "N225,TWII", "--start", "2025-01-01"]
    assert invoke([*words, "--end", "2025-09-30"]) == 130
    assert capsys.readouterr().err == (
        "eventstudy: interrupted; what had come by then is in the store\n"
    )
    assert open_store(store_folder).series()["symbol"].tolist() == ["^N225"]
