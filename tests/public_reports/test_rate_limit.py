"""Yahoo says "too many requests": it is asked a few times, then left alone for as long as it asks.

The reports: ranaroussi/yfinance, issues on YFRateLimitError and HTTP 429 (2289, 2428 and those
they name): clients that go on asking are refused for longer.
"""

from __future__ import annotations

import datetime as dt

import pytest
from fetched import DAYS, NOW, TAIPEI, TOKYO, remarks_of, update_markets
from yahoo_server import YahooServer, redirect

from eventstudy.cli import invoke
from eventstudy.exceptions import SourceError
from eventstudy.prices.store import open_store

SEVEN = {
    "N225": "^N225", "TWII": "^TWII", "HSI": "^HSI", "HSCE": "^HSCE", "CNH": "CNH=X",
    "AUDUSD": "AUDUSD=X", "SPX": "^GSPC",
}  # fmt: skip


@pytest.fixture(autouse=True)
def store_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("EVENTSTUDY_STORE", str(tmp_path / "store"))
    return tmp_path / "store"


@pytest.fixture
def yahoo(monkeypatch, tmp_path):
    with YahooServer() as server:
        for symbol in SEVEN.values():
            server.serve(symbol, DAYS, TOKYO)
        redirect(server.url, tmp_path / "cache", set_attribute=monkeypatch.setattr)
        yield server


def refuse_all(server, answer=429):
    for symbol in SEVEN.values():
        server.script(symbol, answer)


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("crumb", ["ok", 429])
def test_a_server_that_always_says_429_gets_less_than_ten_requests(yahoo, crumb):
    """198 requests in 60 s before, for the seven series of the bundled study."""
    refuse_all(yahoo)
    yahoo.crumb = crumb
    with pytest.raises(SourceError) as caught:
        update_markets(*SEVEN)
    assert len(yahoo.requests) < 10
    assert str(caught.value) == (
        "Yahoo said too many requests (HTTP 429) and is not to be asked again before 03:15 UTC "
        "(in 15 min); --offline takes what the store has"
    )


@pytest.mark.slow
def test_the_next_run_asks_for_nothing_before_the_rest_is_over(yahoo):
    refuse_all(yahoo)
    yahoo.retry_after = "1320"  # too long to wait for, so it is not asked even twice
    with pytest.raises(SourceError, match=r"before 03:22 UTC \(in 22 min\)"):
        update_markets("N225", "TWII")
    assert len(yahoo.chart_requests()) <= 2  # two symbols at a time
    count = len(yahoo.requests)
    refuse_all(yahoo, "ok")
    with pytest.raises(SourceError, match=r"before 03:22 UTC \(in 12 min\)"):
        update_markets("N225", "TWII", now=NOW + dt.timedelta(minutes=10))
    assert len(yahoo.requests) == count
    update = update_markets("N225", "TWII", now=NOW + dt.timedelta(minutes=23))
    assert update.failures == {}


@pytest.mark.slow
def test_what_had_come_is_kept_and_used_while_yahoo_rests(yahoo):
    update_markets("N225")
    yahoo.script("^TWII", 429)
    later = NOW + dt.timedelta(minutes=5)
    for update in (update_markets("N225", "TWII"), update_markets("N225", "TWII", now=later)):
        assert update.panel.names == ("N225",)
        assert len(update.panel.dates[0]) == 195
        assert update.failures["TWII"].startswith("Yahoo said too many requests (HTTP 429)")
        (remark,) = remarks_of(update, "symbol_failed")
        assert (remark.security, remark.severity) == ("TWII", "error")
    # nothing is asked for, so nothing is wrong
    assert update_markets("N225", now=later).failures == {}


@pytest.mark.slow
def test_a_single_429_is_waited_out(yahoo):
    yahoo.serve("^TWII", DAYS, TAIPEI)
    yahoo.script("^TWII", 429, "ok")
    assert update_markets("N225", "TWII").failures == {}
    assert open_store().rests() == []


@pytest.mark.slow
def test_the_command_says_until_when_in_one_line(yahoo, capsys):
    refuse_all(yahoo)
    yahoo.retry_after = "1800"
    words = ["prices", "fetch", "--markets", "N225,TWII", "--start", "2025-01-01"]
    words += ["--end", "2025-09-30"]
    for _ in range(2):
        assert invoke(words) == 2
        err = capsys.readouterr().err
        assert err.startswith("eventstudy: Yahoo said too many requests (HTTP 429) and is not to ")
        assert "(in 30 min); --offline takes what the store has" in err
        assert err.count("\n") == 1
    assert len(yahoo.chart_requests()) <= 2


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "most"), [(500, 30), ("html", 30)])
def test_a_server_that_is_down_is_asked_a_bounded_number_of_times(yahoo, answer, most):
    """200 requests before: yfinance asks twice, with two cookies, in each of four attempts."""
    refuse_all(yahoo, answer)
    with pytest.raises(SourceError, match="no prices came"):
        update_markets(*SEVEN)
    assert len(yahoo.requests) <= most
