"""Prices of markets from the store and from a small Yahoo: what is fetched, kept, moved, told."""

import datetime as dt
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from yahoo_server import YahooServer, redirect, weekdays

import eventstudy
from eventstudy.cli import invoke
from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.markets.market import Market
from eventstudy.prices.fetch import fetch_prices, update_bars, update_prices
from eventstudy.prices.fetch import updating as bringing
from eventstudy.prices.store import open_store

TESTS = Path(__file__).parents[2]
NOW = dt.datetime(2025, 10, 1, 3, 0, tzinfo=dt.UTC)  # noon in Tokyo, a Wednesday
DAYS = weekdays("2024-06-03", 360)  # to 2025-10-17
RANDOM = np.random.default_rng(20250502)


def _path(base):
    steps = RANDOM.normal(0, 0.01, len(DAYS))
    return (base * np.exp(np.cumsum(steps))).tolist()


TOKYO, TAIPEI, YUAN = _path(38_000), _path(18_000), _path(7.1)


@pytest.fixture
def yahoo(monkeypatch, tmp_path):
    with YahooServer() as server:
        server.serve("^N225", DAYS, TOKYO)
        server.serve("^TWII", DAYS, TAIPEI, zone="Asia/Taipei", currency="TWD")
        # the cell called Close is the price at which the day began
        server.serve(
            "CNH=X", DAYS, YUAN, zone="Europe/London", hour=0, kind="CURRENCY", currency="CNH",
            volume=0,
        )  # fmt: skip
        redirect(server.url, tmp_path / "cache", set_attribute=monkeypatch.setattr)
        yield server


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("EVENTSTUDY_STORE", str(tmp_path / "store"))
    return tmp_path / "store"


def _update(*markets, start="2025-01-01", end="2025-09-30", **options):
    return update_prices(markets, start, end, **{"now": NOW, "pause": 0, **options})


def _remarks(update, check):
    return [remark for remark in update.panel.remarks if remark.check == check]


def _row(update, market):
    return update.table.set_index("market").loc[market].to_dict()


# ---- what is fetched ---------------------------------------------------------------------------


@pytest.mark.slow
def test_a_panel_of_series_with_bars(yahoo):
    update = _update("N225", "TAIEX", "CNH", "USDCNH")
    assert update.failures == {}
    assert update.panel.names == ("N225", "TWII", "USDCNH")
    assert update.panel.frame()["N225"].loc["2025-05-02"] == TOKYO[DAYS.index(dt.date(2025, 5, 2))]
    assert list(update.panel.fields["N225"].columns) == ["open", "high", "low", "volume"]
    assert list(update.panel.fields["USDCNH"].columns) == ["open", "high", "low"]
    assert len(update.panel.sha256) == 64
    assert _row(update, "N225") == {
        "symbol": "^N225", "rows": 195, "first": "2025-01-01", "last": "2025-09-30", "new": 195,
        "revised": 0, "remark": "",
    }  # fmt: skip


@pytest.mark.slow
def test_the_second_time_nothing_is_sent_over_the_network(yahoo, monkeypatch):
    first = _update("N225", "CNH")
    count = len(yahoo.requests)
    monkeypatch.setattr("socket.create_connection", None)  # not even a knock
    second = _update("N225", "CNH")
    assert len(yahoo.requests) == count
    assert second.panel.sha256 == first.panel.sha256
    assert _row(second, "N225")["new"] == 0
    third = _update("N225", start="2025-02-01", end="2025-03-31")
    assert len(yahoo.requests) == count
    assert third.panel.span() == (np.datetime64("2025-02-03"), np.datetime64("2025-03-31"))


def test_only_what_is_missing_is_asked_for(yahoo):
    _update("N225", start="2025-01-01", end="2025-06-30")
    before = len(yahoo.chart_requests())
    update = _update("N225")
    asked = [query for _, query in yahoo.chart_requests()[before:] if "period1" in query]
    days = [
        pd.Timestamp(int(asked[0][name]), unit="s", tz="Asia/Tokyo")
        for name in ("period1", "period2")
    ]
    # a week of overlap, so that a revision is noticed
    assert [f"{day:%Y-%m-%d}" for day in days] == ["2025-06-24", "2025-10-01"]
    assert _row(update, "N225")["new"] == 66
    assert _row(update, "N225")["rows"] == 195


@pytest.mark.slow
def test_today_is_left_out_until_the_session_is_over(yahoo):
    update = _update("N225", end="2025-10-01")
    assert _row(update, "N225")["last"] == "2025-09-30"
    assert _row(update, "N225")["remark"] == "today left out"
    count = len(yahoo.requests)
    _update("N225", end="2025-10-01")
    assert len(yahoo.requests) == count  # nothing can have come since
    evening = NOW + dt.timedelta(hours=5)
    assert _row(_update("N225", end="2025-10-01", now=evening), "N225")["last"] == "2025-10-01"


@pytest.mark.slow
def test_a_holiday_without_a_row_is_known_and_a_late_row_is_asked_for_again(yahoo):
    lacking = (dt.date(2025, 8, 28), dt.date(2025, 9, 30))
    kept = [(d, c) for d, c in zip(DAYS, TOKYO, strict=True) if d not in lacking]
    yahoo.serve("^N225", [d for d, _ in kept], [c for _, c in kept])
    assert _row(_update("N225"), "N225")["last"] == "2025-09-29"
    count = len(yahoo.chart_requests())
    yahoo.serve("^N225", DAYS, TOKYO)
    update = _update("N225")
    assert len(yahoo.chart_requests()) > count
    assert _row(update, "N225")["last"] == "2025-09-30"
    assert np.datetime64("2025-08-28") not in update.panel.dates[0]
    count = len(yahoo.chart_requests())
    assert len(_update("N225", start="2025-08-28", end="2025-08-29").panel.dates[0]) == 1
    assert len(yahoo.chart_requests()) == count


@pytest.mark.slow
def test_an_empty_answer_for_years_is_not_believed(yahoo):
    yahoo.script("^N225", "empty")
    with pytest.raises(
        SourceError, match=r"came\. N225: there is no row from 2025-01-01 to 2025-09-30"
    ):
        _update("N225")
    yahoo.script("^N225", "ok")
    assert _row(_update("N225"), "N225")["rows"] == 195


# ---- failures ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_partial_failure_is_a_panel_and_a_remark(yahoo):
    yahoo.script("^TWII", "ok", "truncated")
    update = _update("N225", "TWII")
    assert update.panel.names == ("N225",)
    assert update.failures == {"TWII": "the answer of Yahoo was cut off (4 attempts)"}
    (remark,) = _remarks(update, "symbol_failed")
    assert remark.security == "TWII"
    assert remark.severity == "error"
    assert _row(update, "TWII")["remark"] == "failed"
    count = len(yahoo.chart_requests("^N225"))
    yahoo.script("^TWII", "ok")
    assert _update("N225", "TWII").failures == {}
    assert len(yahoo.chart_requests("^N225")) == count  # what had come was kept


@pytest.mark.slow
def test_what_is_stored_comes_although_the_rest_fails(yahoo):
    _update("N225", end="2025-06-30")
    yahoo.script("^N225", 500)
    update = _update("N225")
    assert _row(update, "N225")["last"] == "2025-06-30"
    assert update.failures == {
        "N225": "Yahoo's server failed (HTTP 500); try again later (4 attempts)"
    }


def test_nothing_at_all_is_an_error(yahoo):
    yahoo.script("^N225", 404)
    yahoo.script("^TWII", "html")
    with pytest.raises(SourceError) as caught:
        _update("N225", "TWII")
    assert str(caught.value) == (
        "no prices came. N225: Yahoo does not know the symbol ^N225 (HTTP 404), or has given it "
        "up; look it up at finance.yahoo.com; TWII: Yahoo sent a web page instead of prices "
        "(4 attempts)"
    )


def test_no_network_and_nothing_stored(monkeypatch, tmp_path):
    redirect("http://127.0.0.1:1", tmp_path, set_attribute=monkeypatch.setattr)
    with pytest.raises(SourceError) as caught:
        _update("N225", "TWII")
    assert str(caught.value) == (
        "Yahoo cannot be reached (127.0.0.1: Connection refused); "
        "use --offline, a file, or the bundled study"
    )


@pytest.mark.slow
def test_offline_uses_what_is_there_and_says_what_is_not(yahoo, monkeypatch):
    _update("N225", end="2025-06-30")
    count = len(yahoo.requests)
    monkeypatch.setattr("socket.create_connection", None)
    update = _update("N225", "TWII", offline=True)
    assert len(yahoo.requests) == count
    assert update.panel.names == ("N225",)
    said = {remark.security: remark.detail for remark in _remarks(update, "not_in_store")}
    assert said["N225"] == "the store lacks 2025-07-01 to 2025-09-30; run once without offline"
    assert update.failures == {
        "TWII": "the store lacks 2025-01-01 to 2025-09-30; run once without offline"
    }


def test_a_store_that_cannot_be_written_is_not_yahoo_s_fault(yahoo, folder):
    folder.mkdir()
    (folder / "prices.duckdb").write_bytes(b"no database")
    with pytest.raises(SourceError, match="damaged, or no DuckDB file"):
        _update("N225")


# ---- revisions ---------------------------------------------------------------------------------


def test_a_revised_close_is_used_recorded_and_told_ever_after(yahoo):
    _update("N225")
    changed = list(TOKYO)
    at = DAYS.index(dt.date(2025, 5, 2))
    changed[at] = 40_000.0
    yahoo.serve("^N225", DAYS, changed)
    assert _remarks(_update("N225"), "revised_close") == []
    update = _update("N225", refresh=True)
    assert _row(update, "N225")["revised"] == 1
    for later in (update, _update("N225", offline=True)):
        (remark,) = _remarks(later, "revised_close")
        assert (remark.security, str(remark.date), remark.severity) == (
            "N225",
            "2025-05-02",
            "warning",
        )
        assert remark.detail == (
            f"Yahoo's close was {TOKYO[at]:.10g} and is 40000 as of 2025-10-01; the newer is used"
        )
        assert later.panel.frame()["N225"].loc["2025-05-02"] == 40_000.0
    assert _remarks(_update("N225", end="2025-04-30", offline=True), "revised_close") == []


@pytest.mark.slow
def test_a_row_that_yahoo_has_lost_is_kept_and_told(yahoo):
    _update("N225")
    yahoo.serve("^N225", DAYS[:200] + DAYS[201:], TOKYO[:200] + TOKYO[201:])
    update = _update("N225", refresh=True)
    (remark,) = _remarks(update, "row_not_sent_again")
    assert str(remark.date) == str(DAYS[200])
    assert update.panel.frame()["N225"].loc[pd.Timestamp(DAYS[200])] == TOKYO[200]


# ---- currencies --------------------------------------------------------------------------------


@pytest.mark.slow
def test_closes_of_a_currency_are_moved_to_their_session(yahoo):
    update = _update("CNH")
    closes = update.panel.frame()["USDCNH"]
    at = DAYS.index(dt.date(2025, 5, 2))
    assert closes.loc["2025-05-02"] == YUAN[at + 1]
    # the row after the last session had not ended at noon in Tokyo, so that session has no close
    assert f"{closes.index[-1]:%Y-%m-%d}" == "2025-09-29"
    (remark,) = _remarks(update, "fx_label_shift")
    assert remark.severity == "info"
    assert remark.detail.startswith("closes lie 0.0 bp from their own row's open and ")
    assert remark.detail.endswith(
        "they are prices of the start of the day; "
        "each is moved to the row before and the last row is left out"
    )
    assert _row(update, "USDCNH")["remark"] == "closes moved"
    old = _update("CNH", end="2025-05-02")
    assert old.panel.frame()["USDCNH"].loc["2025-05-02"] == YUAN[at + 1]


@pytest.mark.slow
def test_the_store_keeps_the_vendor_s_own_labels(yahoo, folder):
    _update("CNH")
    raw = open_store(folder).read("CNH=X")["close"]
    assert raw.loc["2025-05-02"] == YUAN[DAYS.index(dt.date(2025, 5, 2))]


@pytest.mark.slow
def test_closes_of_the_end_of_the_day_are_left_where_they_are(yahoo):
    opens = [YUAN[0], *YUAN[:-1]]
    yahoo.serve("CNH=X", DAYS, YUAN, opens=opens, zone="Europe/London", hour=0, kind="CURRENCY")
    update = _update("CNH")
    at = DAYS.index(dt.date(2025, 5, 2))
    assert update.panel.frame()["USDCNH"].loc["2025-05-02"] == YUAN[at]
    (remark,) = _remarks(update, "fx_label_kept")
    assert remark.severity == "info"
    assert update.panel.moved == ()
    moved = _update("CNH", fx_close="next_row")
    assert moved.panel.moved == ("USDCNH",)
    assert moved.panel.frame()["USDCNH"].loc["2025-05-02"] == YUAN[at + 1]
    (remark,) = _remarks(moved, "fx_label_shift")
    assert remark.severity == "warning"  # against what the bars say
    assert remark.detail.endswith('as fx_close = "next_row" asks')


@pytest.mark.slow
def test_an_unclear_convention_is_a_warning(yahoo):
    yahoo.serve(
        "CNH=X", DAYS, YUAN, opens=[None] * len(DAYS), zone="Europe/London", hour=0,
        kind="CURRENCY",
    )  # fmt: skip
    update = _update("CNH")
    (remark,) = _remarks(update, "fx_label_unclear")
    assert remark.severity == "warning"
    assert remark.detail.endswith('taken as written; fx_close = "next_row" moves them')


@pytest.mark.slow
def test_a_close_is_not_moved_over_a_hole(yahoo):
    hole = slice(DAYS.index(dt.date(2025, 5, 5)), DAYS.index(dt.date(2025, 6, 2)))
    days, closes = list(DAYS), list(YUAN)
    del days[hole], closes[hole]
    yahoo.serve("CNH=X", days, closes, zone="Europe/London", hour=0, kind="CURRENCY")
    closes = _update("CNH").panel.frame()["USDCNH"]
    assert pd.Timestamp("2025-05-01") in closes.index
    assert pd.Timestamp("2025-05-02") not in closes.index


def test_yahoo_s_own_yen_rows_come_with_closes_moved(yahoo):
    file = TESTS.parents[1] / "shared" / "data" / "prices" / "yahoo_usdjpy_as_labelled.csv"
    if not file.exists():
        pytest.skip("the shared prices are not here")
    rows = pd.read_csv(file, parse_dates=["Date"]).set_index("Date").loc["2024-06-01":"2025-10-17"]
    yahoo.serve(
        "JPY=X", [day.date() for day in rows.index], rows["Close"].tolist(),
        opens=rows["Open"].tolist(), zone="Europe/London", hour=0, kind="CURRENCY", volume=0,
    )  # fmt: skip
    update = _update("JPY", end="2025-09-26")
    (remark,) = _remarks(update, "fx_label_shift")
    assert "they are prices of the start of the day" in remark.detail
    got = update.panel.frame()["USDJPY"]
    written = rows["Close"]
    expected = written.shift(-1).loc[got.index]
    assert got.tolist() == expected.tolist()
    assert len(got) > 180


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
def test_bars_within_the_day_are_stored_beside_the_daily_ones(yahoo, folder):
    _update("N225")
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
    series = open_store(folder).series()
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


# ---- processes ---------------------------------------------------------------------------------

CHILD = """
import sys, datetime as dt
from yahoo_server import redirect
from eventstudy.prices.fetch.fetching import update_prices

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
def test_two_fetches_at_once_and_one_killed_midway(yahoo, folder, tmp_path):
    markets = "N225,TWII,CNH"
    yahoo.script("^TWII", "slow")
    killed = _child(yahoo, tmp_path / "first", markets)
    until = time.monotonic() + 60
    while open_store(folder).series().empty and time.monotonic() < until:
        time.sleep(0.1)
    killed.kill()  # in the middle of the second symbol
    killed.wait()
    killed.stdout.close()
    half = open_store(folder).series()
    assert set(half["symbol"]) <= {"^N225", "CNH=X"}
    yahoo.script("^TWII", "ok")
    both = [_child(yahoo, tmp_path / name, markets) for name in ("second", "third")]
    told = [child.communicate(timeout=120)[0].split() for child in both]
    assert [child.returncode for child in both] == [0, 0]
    assert told[0] == told[1]
    assert told[0][1] == "0"
    series = open_store(folder).series().set_index("symbol")["rows"].to_dict()
    assert series == {"^N225": 195, "^TWII": 195, "CNH=X": 281}
    assert open_store(folder).revisions().empty


# ---- the command -------------------------------------------------------------------------------


def test_the_command_shows_a_table_and_where_the_store_is(yahoo, folder, capsys):
    words = ["prices", "fetch", "--markets", "N225,CNH", "--start", "2025-01-01"]
    assert invoke([*words, "--end", "2025-09-30"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert max(map(len, lines[:-1])) <= 80
    assert lines[0].split() == [
        "market", "symbol", "rows", "first", "last", "new", "revised", "remark",
    ]  # fmt: skip
    assert lines[2].split() == ["N225", "^N225", "195", "2025-01-01", "2025-09-30", "195", "0"]
    assert lines[-1] == f"Store: {folder / 'prices.duckdb'}"
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
    told = json.loads(capsys.readouterr().out)
    assert [row["market"] for row in told["markets"]] == ["N225", "USDCNH"]
    assert told["failures"] == {}
    assert told["remarks"][0]["check"] == "fx_label_shift"
    panel = eventstudy.read_prices(file)
    assert panel.names == ("N225", "USDCNH")
    assert len(panel.dates[0]) == 194
    assert invoke([*words, "--offline", "-o", "-"]) == 0
    assert capsys.readouterr().out == file.read_text()


@pytest.mark.slow
def test_what_had_come_is_kept_when_somebody_interrupts(yahoo, folder, monkeypatch, capsys):
    room = "eventstudy.prices.fetch.updating.settled_by"
    inner = bringing.settled_by

    def interrupt(request, *rest):
        if request.symbol == "^TWII":
            raise KeyboardInterrupt
        yahoo.slow_ends.set()
        return inner(request, *rest)

    monkeypatch.setattr(room, interrupt)
    yahoo.script("^TWII", "slow", "ok")  # so that it comes last
    words = ["prices", "fetch", "--markets", "N225,TWII", "--start", "2025-01-01"]
    assert invoke([*words, "--end", "2025-09-30"]) == 130
    assert capsys.readouterr().err == (
        "eventstudy: interrupted; what had come by then is in the store\n"
    )
    assert open_store(folder).series()["symbol"].tolist() == ["^N225"]


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


@pytest.mark.slow
def test_a_revised_close_behind_the_last_session_of_a_currency_is_told(yahoo):
    _update("CNH", end="2025-09-12")
    changed = list(YUAN)
    changed[DAYS.index(dt.date(2025, 9, 15))] *= 1.001  # the close of Friday the 12th
    yahoo.serve(
        "CNH=X", DAYS, changed, zone="Europe/London", hour=0, kind="CURRENCY", currency="CNH",
        volume=0,
    )  # fmt: skip
    update = _update("CNH", end="2025-09-12", refresh=True)
    (told,) = _remarks(update, "revised_close")
    assert (told.security, str(told.date)) == ("USDCNH", "2025-09-15")
