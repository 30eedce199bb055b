"""Prices of markets from the store and from a small Yahoo, and the command that fetches them."""

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest
from fetched import DAYS, NOW, TOKYO, remarks_of, row_of, update_markets
from yahoo_server import redirect

import eventstudy
from eventstudy.cli import invoke
from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.markets.market import Market
from eventstudy.prices.fetch import fetch_prices, update_bars
from eventstudy.prices.store import open_store

# ---- what is fetched ---------------------------------------------------------------------------


@pytest.mark.slow
def test_a_panel_of_series_with_bars(yahoo):
    update = update_markets("N225", "TAIEX", "CNH", "USDCNH")
    assert update.failures == {}
    assert update.panel.names == ("N225", "TWII", "USDCNH")
    assert update.panel.frame()["N225"].loc["2025-05-02"] == TOKYO[DAYS.index(dt.date(2025, 5, 2))]
    assert list(update.panel.fields["N225"].columns) == ["open", "high", "low", "volume"]
    assert list(update.panel.fields["USDCNH"].columns) == ["open", "high", "low"]
    assert len(update.panel.sha256) == 64
    assert row_of(update, "N225") == {
        "symbol": "^N225", "rows": 195, "first": "2025-01-01", "last": "2025-09-30", "new": 195,
        "revised": 0, "remark": "",
    }  # fmt: skip


@pytest.mark.slow
def test_the_second_time_nothing_is_sent_over_the_network(yahoo, monkeypatch):
    first = update_markets("N225", "CNH")
    count = len(yahoo.requests)
    monkeypatch.setattr("socket.create_connection", None)  # not even a knock
    second = update_markets("N225", "CNH")
    assert len(yahoo.requests) == count
    assert second.panel.sha256 == first.panel.sha256
    assert row_of(second, "N225")["new"] == 0
    third = update_markets("N225", start="2025-02-01", end="2025-03-31")
    assert len(yahoo.requests) == count
    assert third.panel.span() == (np.datetime64("2025-02-03"), np.datetime64("2025-03-31"))


# ---- failures ----------------------------------------------------------------------------------


def test_nothing_at_all_is_an_error(yahoo):
    yahoo.script("^N225", 404)
    yahoo.script("^TWII", "html")
    with pytest.raises(SourceError) as caught:
        update_markets("N225", "TWII")
    assert str(caught.value) == (
        "no prices came. N225: Yahoo does not know the symbol ^N225 (HTTP 404), or has given it "
        "up; look it up at finance.yahoo.com; TWII: Yahoo sent a web page instead of prices "
        "(4 attempts)"
    )


def test_no_network_and_nothing_stored(monkeypatch, tmp_path):
    redirect("http://127.0.0.1:1", tmp_path, set_attribute=monkeypatch.setattr)
    with pytest.raises(SourceError) as caught:
        update_markets("N225", "TWII")
    assert str(caught.value) == (
        "Yahoo cannot be reached (127.0.0.1: Connection refused); "
        "take what the local store holds (prices fetch: --offline; a study file: prices.offline = "
        "true), a file, or the bundled study"
    )


@pytest.mark.slow
def test_offline_uses_what_is_there_and_says_what_is_not(yahoo, monkeypatch):
    update_markets("N225", end="2025-06-30")
    count = len(yahoo.requests)
    monkeypatch.setattr("socket.create_connection", None)
    update = update_markets("N225", "TWII", offline=True)
    assert len(yahoo.requests) == count
    assert update.panel.names == ("N225",)
    details = {remark.security: remark.detail for remark in remarks_of(update, "not_in_store")}
    assert details["N225"] == "the store lacks 2025-07-01 to 2025-09-30; run once without offline"
    assert update.failures == {
        "TWII": "the store lacks 2025-01-01 to 2025-09-30; run once without offline"
    }


# ---- what makes no sense -----------------------------------------------------------------------


def test_markets_and_dates_that_make_no_sense():
    with pytest.raises(SpecificationError, match=r"TOPIX has no symbol at Yahoo; .*yahoo = "):
        fetch_prices(["TOPIX"], "2025-01-01", "2025-02-01")
    with pytest.raises(SpecificationError, match="did you mean"):
        fetch_prices(["N22"], "2025-01-01", "2025-02-01")
    with pytest.raises(SpecificationError, match="lies after end"):
        fetch_prices(["N225"], "2025-03-01", "2025-02-01")
    with pytest.raises(SpecificationError, match="lies in the future"):
        fetch_prices(["N225"], "2100-03-01", "2100-04-01")
    with pytest.raises(SpecificationError, match="refresh and offline exclude each other"):
        fetch_prices(["N225"], "2025-01-01", "2025-02-01", refresh=True, offline=True)
    twice = [Market(name=name, label="X", calendar="XTKS", series="X", yahoo=name) for name in "AB"]
    with pytest.raises(SpecificationError, match=r"column X would come from A \(A\) and from B"):
        fetch_prices(twice, "2025-01-01", "2025-02-01")


@pytest.mark.slow
def test_it_is_a_public_function(yahoo):
    panel = eventstudy.fetch_prices(["N225"], "2025-01-01", "2025-02-01")
    assert panel.names == ("N225",)


# ---- bars within the day -----------------------------------------------------------------------


@pytest.mark.slow
def test_bars_within_the_day_are_stored_beside_the_daily_ones(yahoo, store_folder):
    update_markets("N225")
    days = [day for day in DAYS if day >= dt.date(2025, 9, 22)]
    yahoo.serve("^GSPC", days, TOKYO[-len(days) :], zone="America/New_York", hour=10)
    options = {"interval": "1h", "now": NOW, "pause": 0}
    update = update_bars(["SPX"], "2025-09-22", "2025-10-01", **options)
    bars = update.bars
    assert list(bars.columns) == [
        "security", "time", "open", "high", "low", "close", "volume",
    ]  # fmt: skip
    assert bars["time"].iloc[0] == pd.Timestamp("2025-09-22T14:00Z")
    assert len(bars) == 7  # the bar of October 1 is still to come
    count = len(yahoo.requests)
    again = update_bars(["SPX"], "2025-09-22", "2025-09-29", **options)
    assert len(yahoo.requests) == count
    assert len(again.bars) == 6
    series = open_store(store_folder).series()
    assert series[["symbol", "interval", "rows"]].values.tolist() == [
        ["^GSPC", "1h", 7], ["^N225", "1d", 195],
    ]  # fmt: skip
    with pytest.raises(SpecificationError, match="unknown interval '1d'"):
        update_bars(["SPX"], "2025-09-22", "2025-10-01", interval="1d")


@pytest.mark.slow
def test_the_command_writes_bars_that_can_be_read(yahoo, tmp_path, capsys):
    yahoo.serve("^GSPC", DAYS, TOKYO, zone="America/New_York", hour=10)
    words = ["prices", "fetch", "--markets", "SPX", "--interval", "1h", "--start", "2025-09-22"]
    file = tmp_path / "bars.csv"
    assert invoke([*words, "--end", "2025-09-26", "-o", str(file)]) == 0
    assert "SPX     ^GSPC      5  2025-09-22  2025-09-26    5        0" in capsys.readouterr().out
    bars = eventstudy.read_bars(file, minutes=60)
    assert bars.securities == ("SPX",)
    assert len(bars) == 5


# ---- the command -------------------------------------------------------------------------------


def test_the_command_shows_a_table_and_where_the_store_is(yahoo, store_folder, capsys):
    words = ["prices", "fetch", "--markets", "N225,CNH", "--start", "2025-01-01"]
    assert invoke([*words, "--end", "2025-09-30"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert max(map(len, lines[:-1])) <= 80
    assert lines[0].split() == [
        "market", "symbol", "rows", "first", "last", "new", "revised", "remark",
    ]  # fmt: skip
    assert lines[2].split() == ["N225", "^N225", "195", "2025-01-01", "2025-09-30", "195", "0"]
    assert lines[-1] == f"Store: {store_folder / 'prices.duckdb'}"
    assert err == ""


@pytest.mark.slow
def test_the_command_exits_2_when_a_market_is_missing(yahoo, capsys):
    words = ["prices", "fetch", "--markets", "N225,SPX", "--start", "2025-01-01"]
    assert invoke([*words, "--end", "2025-09-30"]) == 2
    out, err = capsys.readouterr()
    assert "- SPX: Yahoo does not know the symbol ^GSPC (HTTP 404)" in out
    assert err == "eventstudy: 1 of 2 markets failed: SPX\n"


@pytest.mark.slow
def test_the_command_writes_json_and_a_file_that_can_be_read(yahoo, tmp_path, capsys):
    words = ["prices", "fetch", "--markets", "N225,CNH", "--start", "2025-01-01"]
    words += ["--end", "2025-09-29"]
    file = tmp_path / "prices.csv"
    assert invoke([*words, "-o", str(file), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [row["market"] for row in printed["markets"]] == ["N225", "USDCNH"]
    assert printed["failures"] == {}
    assert printed["remarks"][0]["check"] == "fx_label_shift"
    panel = eventstudy.read_prices(file)
    assert panel.names == ("N225", "USDCNH")
    assert len(panel.dates[0]) == 194
    assert invoke([*words, "--offline", "-o", "-"]) == 0
    assert capsys.readouterr().out == file.read_text()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--start", "May"], '--start: "May" is not a date; write it like 2025-05-02'),
        (["--end", "2025-02-30"], '--end: "2025-02-30" is not a date; write it like 2025-05-02'),
        (["--markets", "N22"], "N225"),
        (["--offline"], "the store lacks"),
        (["--offline", "--refresh"], "refresh and offline exclude each other; choose one"),
    ],
)
def test_the_command_answers_mistakes_with_a_sentence(words, sentence, capsys):
    assert invoke(["prices", "fetch", *words]) == 2
    err = capsys.readouterr().err
    assert err.startswith("eventstudy: ")
    assert sentence in err
    assert err.count("\n") == 1
