"""The real yfinance client against a small Yahoo on this machine: what a person gets to see."""

import datetime as dt
import logging
import socket
import threading

import numpy as np
import pandas as pd
import pytest
from yahoo_server import SilentHost, YahooServer, redirect, weekdays

from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.markets.market import get_market
from eventstudy.prices.yahoo import fetch_bars

pytestmark = pytest.mark.fast_tests(6)

DAYS = weekdays("2025-05-01", 8)  # to 2025-05-12
CLOSES = [100.0 + at for at in range(8)]
NOW = dt.datetime(2025, 6, 1, tzinfo=dt.UTC)


@pytest.fixture(params=["curl", "requests"])
def yahoo(request, monkeypatch, tmp_path):
    with _served(request.param, monkeypatch, tmp_path) as server:
        yield server


@pytest.fixture
def one_yahoo(monkeypatch, tmp_path):
    with _served("curl", monkeypatch, tmp_path) as server:
        yield server


def _served(backend, monkeypatch, folder):
    server = YahooServer()
    server.serve("^N225", DAYS, CLOSES)
    server.serve("^TWII", DAYS, CLOSES, zone="Asia/Taipei", currency="TWD")
    redirect(server.url, folder, backend=backend, set_attribute=monkeypatch.setattr)
    return server


def _fetch(*symbols, **options):
    chosen = {"pause": 0, "now": NOW, "deadline": 20, **options}
    return fetch_bars(symbols or ("^N225", "^TWII"), "2025-05-01", "2025-05-09", **chosen)


# ---- what goes well ----------------------------------------------------------------------------


def test_bars_come_with_local_dates_floats_and_meta(yahoo):
    fetched = _fetch()
    assert fetched.errors == {}
    bars = fetched.bars["^N225"]
    # Tokyo's midnight is the day before in UTC: Thursday to Friday a week later, no Wednesday
    assert [f"{day:%m-%d}" for day in bars.index] == [
        "05-01", "05-02", "05-05", "05-06", "05-07", "05-08", "05-09",
    ]  # fmt: skip
    assert bars.index.tz is None
    assert bars.index.unit == "ns"
    assert list(bars.columns) == ["open", "high", "low", "close", "volume"]
    assert (bars.dtypes == np.float64).all()
    assert bars["close"].tolist() == CLOSES[:7]  # the end is included, the day after is not
    assert fetched.meta["^TWII"] == {
        "currency": "TWD",
        "timezone": "Asia/Taipei",
        "instrument": "INDEX",
        "interval": "1d",
        "start": "2025-05-01",
        "end": "2025-05-09",
    }
    assert fetched.notes == ()


def test_prices_are_asked_for_unadjusted(one_yahoo):
    _fetch("^N225")
    queries = [query for _, query in one_yahoo.chart_requests("^N225") if "period1" in query]
    assert len(queries) == 1
    first, last = (int(queries[0][name]) for name in ("period1", "period2"))
    assert pd.Timestamp(first, unit="s", tz="Asia/Tokyo") == pd.Timestamp(
        "2025-05-01", tz="Asia/Tokyo"
    )
    assert pd.Timestamp(last, unit="s", tz="Asia/Tokyo") == pd.Timestamp(
        "2025-05-10", tz="Asia/Tokyo"
    )


def test_missing_cells_stay_missing_and_rows_without_close_are_listed(one_yahoo):
    closes = [100.0, None, 102.0, 0.0, 104.0, -5.0, 106.0, 107.0]
    opens = [None, 101.0, 102.0, 103.0, 0.0, 105.0, 106.0, 107.0]
    one_yahoo.serve("^N225", DAYS, closes, opens=opens)
    fetched = _fetch("^N225")
    bars = fetched.bars["^N225"]
    assert bars["close"].tolist() == [100.0, 102.0, 104.0, 106.0]
    assert np.isnan(bars["open"].iloc[0])
    assert np.isnan(bars["open"].iloc[2])
    details = {(str(note.date), note.check): note.detail for note in fetched.notes}
    assert details["2025-05-02", "row_without_close"] == "the row has no close; left out"
    assert (
        details["2025-05-06", "impossible_price"] == "close 0 is not a price; the row is left out"
    )
    assert (
        details["2025-05-08", "impossible_price"] == "close -5 is not a price; the row is left out"
    )
    assert details["2025-05-07", "impossible_price"] == "open 0, low 0: not a price; left empty"


@pytest.mark.parametrize(
    ("clock", "rows"),
    [("06:29", 6), ("06:45", 6), ("07:01", 7)],  # Tokyo closes at 06:30 UTC
)
def test_a_session_counts_from_half_an_hour_after_its_close(one_yahoo, clock, rows):
    now = dt.datetime.fromisoformat(f"2025-05-09T{clock}+00:00")
    fetched = _fetch("^N225", now=now, markets={"^N225": get_market("N225")})
    assert len(fetched.bars["^N225"]) == rows
    checks = [note.check for note in fetched.notes]
    assert checks == (["unfinished_session"] if rows == 6 else [])


def test_without_a_market_the_row_of_today_is_left_out(one_yahoo):
    now = dt.datetime.fromisoformat("2025-05-09T14:00+00:00")  # 23:00 in Tokyo, still the 9th
    assert len(_fetch("^N225", now=now).bars["^N225"]) == 6
    now = dt.datetime.fromisoformat("2025-05-09T15:01+00:00")
    assert len(_fetch("^N225", now=now).bars["^N225"]) == 7


def test_intraday_bars_are_in_utc_and_the_running_one_is_left_out(one_yahoo):
    one_yahoo.serve("SPY", DAYS, CLOSES, zone="America/New_York", hour=10, currency="USD")
    now = dt.datetime.fromisoformat("2025-05-09T14:59+00:00")  # 10:59 in New York
    fetched = _fetch("SPY", interval="1h", now=now)
    bars = fetched.bars["SPY"]
    assert str(bars.index.tz) == "UTC"
    assert bars.index[0] == pd.Timestamp("2025-05-01T14:00Z")
    assert len(bars) == 6
    assert [note.check for note in fetched.notes] == ["unfinished_session"]


def test_progress_counts_symbols_and_no_more_than_asked_are_in_flight(one_yahoo):
    steps = []
    names = [f"S{number}" for number in range(6)]
    for name in names:
        one_yahoo.serve(name, DAYS, CLOSES)
    fetched = _fetch(*names, in_flight=2, progress=lambda *step: steps.append(step))
    assert sorted(fetched.bars) == names
    assert [done for _, done, _ in steps] == [0, 1, 2, 3, 4, 5, 6]
    assert {total for _, _, total in steps} == {6}
    assert one_yahoo.most_at_once <= 2


# ---- what goes wrong ---------------------------------------------------------------------------

UNKNOWN = (
    "Yahoo does not know the symbol ^N225 (HTTP 404), or has given it up; "
    "look it up at finance.yahoo.com"
)
FAILURES = {
    "404": ((404,), UNKNOWN),
    "500": ((500,), "Yahoo's server failed (HTTP 500); try again later (4 attempts)"),
    "503": ((503,), "Yahoo's server failed (HTTP 503); try again later (4 attempts)"),
    "truncated": (("truncated",), "the answer of Yahoo was cut off (4 attempts)"),
    "cut after the zone": (("ok", "truncated"), "the answer of Yahoo was cut off (4 attempts)"),
    "page": (("html",), "Yahoo sent a web page instead of prices (4 attempts)"),
    "crumb": (
        (401,),
        "Yahoo refused the request (HTTP 401: no valid cookie or crumb) (4 attempts)",
    ),
    "refused range": ((400,), "Yahoo says: Invalid input"),
}


@pytest.mark.fast_cases(5)
@pytest.mark.parametrize("case", FAILURES)
def test_a_bad_symbol_is_a_sentence_and_the_good_one_comes(yahoo, case):
    answers, sentence = FAILURES[case]
    if case == "refused range":
        answers = ("ok", *answers)
    yahoo.script("^N225", *answers)
    fetched = _fetch()
    assert list(fetched.bars) == ["^TWII"]
    assert len(fetched.bars["^TWII"]) == 7
    assert fetched.errors == {"^N225": sentence}


@pytest.mark.parametrize("answer", ["schema", "no_currency"])
def test_an_unknown_form_names_yfinance(yahoo, answer):
    yahoo.script("^N225", answer)
    error = _fetch().errors["^N225"]
    assert error.startswith("Yahoo's answer has a form that yfinance ")
    assert "a newer yfinance may (4 attempts)" in error


@pytest.mark.fast_cases(4)
@pytest.mark.parametrize(
    "answers",
    [(429, "ok"), ("ok", 429, "ok"), (500, 500, 500, "ok"), ("html", "ok"),
     ("truncated", "truncated", "ok"), ("ok", "truncated", "ok"), ("schema", "ok")],
)  # fmt: skip
def test_what_passes_is_asked_for_again(yahoo, answers):
    yahoo.script("^N225", *answers)
    fetched = _fetch()
    assert fetched.errors == {}
    assert len(fetched.bars["^N225"]) == 7


def test_an_unknown_symbol_is_asked_for_once(one_yahoo):
    with pytest.raises(SourceError) as caught:
        _fetch("GONE")
    assert "GONE: Yahoo does not know the symbol GONE (HTTP 404)" in str(caught.value)
    # yfinance itself asks twice, with two cookies; what matters is no second attempt of ours
    assert len(one_yahoo.chart_requests("GONE")) == 2


def test_a_cached_bad_answer_is_not_given_again(one_yahoo):
    one_yahoo.script("^N225", "html")
    with pytest.raises(SourceError, match="a web page instead of prices"):
        _fetch("^N225")
    one_yahoo.script("^N225", "ok")
    assert len(_fetch("^N225").bars["^N225"]) == 7


def test_a_good_answer_is_not_taken_from_memory_either(one_yahoo):
    _fetch("^N225")
    one_yahoo.serve("^N225", DAYS, [close + 1 for close in CLOSES])
    assert _fetch("^N225").bars["^N225"]["close"].iloc[0] == CLOSES[0] + 1


@pytest.mark.fast_cases(4)
@pytest.mark.parametrize("crumb", [401, 429, 500, "html"])
def test_prices_come_without_a_crumb(yahoo, crumb):
    yahoo.crumb = crumb
    assert sorted(_fetch().bars) == ["^N225", "^TWII"]


def test_no_rows_is_no_error(yahoo):
    yahoo.script("^N225", "empty")
    fetched = _fetch()
    assert fetched.errors == {}
    assert fetched.bars["^N225"].empty
    assert list(fetched.bars["^N225"].columns) == ["open", "high", "low", "close", "volume"]
    assert fetched.meta["^N225"]["timezone"] == "Asia/Tokyo"


class Clock:
    """Stands still for so many readings; then it waits for something and says the time is up."""

    def __init__(self, readings, wait):
        self.readings = readings
        self.wait = wait

    def __call__(self):
        self.readings -= 1
        if self.readings >= 0:
            return 0.0
        self.wait()
        return 1e6


def test_a_slow_body_ends_at_the_deadline(one_yahoo):
    one_yahoo.script("^N225", "slow")
    # read at the start, and before each answer that is waited for: ^TWII's comes, no other does
    fetched = _fetch(clock=Clock(2, one_yahoo.slow_begun.acquire))
    assert list(fetched.bars) == ["^TWII"]
    assert fetched.errors == {"^N225": "no complete answer within the 20 s allowed"}


def test_the_deadline_says_what_was_not_reached_and_what_had_failed_before(one_yahoo):
    for name in ("A", "B", "C"):
        one_yahoo.serve(name, DAYS, CLOSES)
    one_yahoo.script("A", 500, 500, "slow")
    one_yahoo.script("B", "slow")

    def both_are_slow():
        one_yahoo.slow_begun.acquire()
        one_yahoo.slow_begun.acquire()

    with pytest.raises(SourceError) as caught:
        _fetch("A", "B", "C", in_flight=2, clock=Clock(1, both_are_slow))
    message = str(caught.value)
    assert "A: no complete answer within the 20 s allowed; before that: Yahoo's server" in message
    assert "B: no complete answer within the 20 s allowed;" in message
    assert "C: not reached within the 20 s allowed" in message


def test_a_late_answer_is_thrown_away_and_leaves_nothing_behind(one_yahoo, caplog, capfd):
    one_yahoo.script("^N225", "slow")
    fetched = _fetch(clock=Clock(2, one_yahoo.slow_begun.acquire))
    before = dict(fetched.bars)
    one_yahoo.slow_ends.set()
    for thread in threading.enumerate():
        if thread.name.startswith("eventstudy-fetch"):
            thread.join(60)
    assert dict(fetched.bars) == before
    one_yahoo.script("^N225", "ok")
    assert len(_fetch().bars["^N225"]) == 7
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_all_failed_is_an_error_with_reasons(yahoo):
    yahoo.script("^N225", 404)
    yahoo.script("^TWII", "html")
    with pytest.raises(SourceError) as caught:
        _fetch()
    assert str(caught.value) == (
        f"Yahoo gave nothing. ^N225: {UNKNOWN}; ^TWII: Yahoo sent a web page instead of prices "
        "(4 attempts)"
    )


def test_mixed_good_and_bad_symbols(yahoo):
    for name in ("A", "B", "C", "D"):
        yahoo.serve(name, DAYS, CLOSES)
    yahoo.script("A", 429, "ok")
    yahoo.script("B", "truncated")
    yahoo.script("D", "empty")
    fetched = _fetch("A", "B", "C", "D", "GONE", "^N225")
    assert sorted(fetched.bars) == ["A", "C", "D", "^N225"]
    assert {name: len(bars) for name, bars in fetched.bars.items()} == {
        "A": 7, "C": 7, "D": 0, "^N225": 7,
    }  # fmt: skip
    assert sorted(fetched.errors) == ["B", "GONE"]


# ---- no way to Yahoo ---------------------------------------------------------------------------

OTHERWISE = (
    "; take what the local store holds (prices fetch: --offline; a study file: prices.offline = "
    "true), a file, or the bundled study"
)


def test_connection_refused(monkeypatch, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    redirect(f"http://127.0.0.1:{port}", tmp_path, set_attribute=monkeypatch.setattr)
    with pytest.raises(SourceError) as caught:
        _fetch()
    assert str(caught.value) == (
        f"Yahoo cannot be reached (127.0.0.1: Connection refused){OTHERWISE}"
    )


def test_a_silent_firewall_is_noticed(monkeypatch, tmp_path):
    with SilentHost() as host:
        redirect(host.url, tmp_path, set_attribute=monkeypatch.setattr)
        with pytest.raises(SourceError) as caught:
            _fetch(knock=0.3)
    assert str(caught.value) == (
        f"Yahoo cannot be reached (127.0.0.1: no answer within 0.3 s){OTHERWISE}"
    )


def test_a_listener_that_never_answers_ends_at_the_deadline(monkeypatch, tmp_path):
    with socket.create_server(("127.0.0.1", 0), backlog=20) as mute:
        redirect(
            f"http://127.0.0.1:{mute.getsockname()[1]}", tmp_path,
            set_attribute=monkeypatch.setattr,
        )  # fmt: skip
        connections = []

        def both_have_come():  # who asks whether anybody is there, and who asks for prices
            connections.extend(mute.accept()[0] for _ in range(2))

        with pytest.raises(SourceError) as caught:
            _fetch("^N225", clock=Clock(1, both_have_come))
        for connection in connections:
            connection.close()
    assert str(caught.value) == (
        "Yahoo gave nothing. ^N225: no complete answer within the 20 s allowed"
    )


def test_a_name_that_cannot_be_resolved(monkeypatch, tmp_path):
    redirect("http://127.0.0.1:1", tmp_path, set_attribute=monkeypatch.setattr)
    monkeypatch.setattr("yfinance.const._BASE_URL_", "https://query2.finance.invalid")

    def unknown(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "create_connection", unknown)
    with pytest.raises(SourceError) as caught:
        _fetch()
    assert str(caught.value) == (
        f"Yahoo cannot be reached (query2.finance.invalid: its name cannot be resolved){OTHERWISE}"
    )


def test_with_a_proxy_it_is_the_proxy_that_is_knocked_at(monkeypatch, tmp_path):
    redirect("http://127.0.0.1:1", tmp_path, set_attribute=monkeypatch.setattr)
    monkeypatch.setattr("yfinance.const._BASE_URL_", "https://query2.finance.yahoo.com")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(SourceError, match=r"\(127\.0\.0\.1: Connection refused\)"):
        _fetch()


# ---- the client is left as it was --------------------------------------------------------------


def test_yfinance_is_put_back_as_it_was(one_yahoo):
    import yfinance

    one_yahoo.script("^N225", 500)
    _fetch()  # the first call of all makes the logger what it is
    logger = logging.getLogger("yfinance")
    before = logger.level, list(logger.filters), yfinance.config.debug.hide_exceptions
    one_yahoo.script("^N225", 500)
    _fetch()
    assert (logger.level, list(logger.filters), yfinance.config.debug.hide_exceptions) == before
    assert not [t for t in threading.enumerate() if t.name.startswith("eventstudy-fetch")]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"interval": "1day"}, "unknown interval '1day'; did you mean '1d'?"),
        ({"attempts": 0}, "attempts: 0 is not positive"),
        ({"deadline": -1}, "deadline: -1 is not positive"),
    ],
)
def test_numbers_that_make_no_sense(options, sentence):
    with pytest.raises(SpecificationError) as caught:
        _fetch(**options)
    assert sentence in str(caught.value)


def test_dates_that_make_no_sense():
    with pytest.raises(SpecificationError, match='start: "May 2025" is not a date'):
        fetch_bars(["^N225"], "May 2025", "2025-05-09")
    with pytest.raises(SpecificationError, match="start 2025-05-09 lies after end 2025-05-01"):
        fetch_bars(["^N225"], "2025-05-09", "2025-05-01")
    with pytest.raises(SpecificationError, match="no symbol to fetch"):
        fetch_bars([], "2025-05-01", "2025-05-09")
