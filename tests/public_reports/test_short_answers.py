"""Prices that stop early, start late or have a hole: said, asked for again, in the end believed.

The reports: ranaroussi/yfinance, issues on downloads that lack the last weeks or single months and
come whole some hours later; symbols listed later than the start that was asked for.
"""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest
from fetched import DAYS, NOW, TOKYO, YUAN, remarks_of, row_of, update_markets
from yahoo_server import YahooServer, redirect

from eventstudy.cli import invoke
from eventstudy.prices.fetch import update_bars
from eventstudy.prices.store import open_store


@pytest.fixture(autouse=True)
def store_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("EVENTSTUDY_STORE", str(tmp_path / "store"))
    return tmp_path / "store"


@pytest.fixture
def yahoo(monkeypatch, tmp_path):
    with YahooServer() as server:
        server.serve("^N225", DAYS, TOKYO)
        redirect(server.url, tmp_path / "cache", set_attribute=monkeypatch.setattr)
        yield server


def serve(server, without, symbol="^N225", closes=TOKYO, **rest):
    """Leave out the days from one to another."""
    first, last = (dt.date.fromisoformat(day) for day in without)
    kept = [(d, c) for d, c in zip(DAYS, closes, strict=True) if not first <= d <= last]
    server.serve(symbol, [d for d, _ in kept], [c for _, c in kept], **rest)


def after(days):
    return NOW + dt.timedelta(days=days)


@pytest.mark.slow
@pytest.mark.fast_cases(1)
@pytest.mark.parametrize(
    ("without", "detail"),
    [
        (
            ("2025-08-01", "2025-12-31"),
            "the 40 sessions from 2025-08-01 to 2025-09-30, the last ones asked for",
        ),
        (
            ("2025-01-01", "2025-02-28"),
            "the 37 sessions from 2025-01-06 to 2025-02-28, the first ones asked for "
            "(listed later?)",
        ),
        (("2025-04-01", "2025-04-07"), "the 5 sessions from 2025-04-01 to 2025-04-07"),
    ],
)
def test_a_short_answer_is_said_and_asked_for_again(yahoo, without, detail):
    """Recorded as covered before, without a remark: no later run asked again."""
    serve(yahoo, without)
    for update in (update_markets("N225"), update_markets("N225", offline=True)):
        (remark,) = remarks_of(update, "short_answer")
        assert (remark.security, remark.severity) == ("N225", "warning")
        assert remark.detail == f"Yahoo has no row for {detail}; the next fetch asks again"
        assert remarks_of(update, "not_in_store") == []
        assert "incomplete" in row_of(update, "N225")["remark"]
    yahoo.serve("^N225", DAYS, TOKYO)
    update = update_markets("N225")
    assert remarks_of(update, "short_answer") == []
    assert row_of(update, "N225")["rows"] == 195
    count = len(yahoo.requests)
    update_markets("N225")
    assert len(yahoo.requests) == count


@pytest.mark.slow
def test_most_sessions_without_a_row_are_an_error(yahoo):
    serve(yahoo, ("2025-04-01", "2025-12-31"))
    (remark,) = remarks_of(update_markets("N225"), "short_answer")
    assert remark.severity == "error"


@pytest.mark.slow
def test_two_sessions_at_the_end_are_a_note(yahoo):
    serve(yahoo, ("2025-09-30", "2025-12-31"))
    (remark,) = remarks_of(update_markets("N225"), "short_answer")
    assert remark.severity == "info"
    assert "the session 2025-09-30, the last ones asked for" in remark.detail


@pytest.mark.slow
def test_a_symbol_that_was_listed_later_is_not_asked_for_ever(yahoo):
    serve(yahoo, ("2025-01-01", "2025-02-28"))
    for days in (0, 1, 1, 2):
        before = len(yahoo.requests)
        update = update_markets("N225", now=after(days))
        assert len(yahoo.requests) > before
    before = len(yahoo.requests)
    for days in (2, 3, 30):
        update = update_markets("N225", now=after(days))
        assert len(yahoo.requests) == before
        (remark,) = remarks_of(update, "short_answer")
        assert remark.detail.endswith(
            "(listed later?); it had none on 3 days, so it is asked again with --refresh only"
        )
    yahoo.serve("^N225", DAYS, TOKYO)
    assert row_of(update_markets("N225", now=after(30), refresh=True), "N225")["rows"] == 195


@pytest.mark.slow
def test_a_symbol_that_has_ended_is_asked_for_once_a_day_at_most(yahoo):
    serve(yahoo, ("2025-08-01", "2025-12-31"))
    for days in (0, 1, 2):
        update_markets("N225", end="2025-10-20", now=after(days))
    for days in (5, 6):
        before = len(yahoo.chart_requests())
        update_markets("N225", end="2025-10-20", now=after(days))
        asked = len(yahoo.chart_requests())
        assert asked > before
        update_markets("N225", end="2025-10-20", now=after(days))
        assert len(yahoo.chart_requests()) == asked


@pytest.mark.slow
def test_a_store_of_an_earlier_release_is_healed(yahoo, store_folder):
    serve(yahoo, ("2025-08-01", "2025-12-31"))
    update_markets("N225")
    with duckdb.connect(str(open_store().path)) as connection:
        connection.execute("UPDATE coverage SET last = DATE '2025-09-30'")
        connection.execute("DROP TABLE left_out")
        connection.execute("DROP TABLE rests")
    assert open_store().missing("^N225", dt.date(2025, 1, 1), dt.date(2025, 9, 30)) == []
    (remark,) = remarks_of(update_markets("N225", offline=True), "short_answer")
    assert "the next fetch asks again" in remark.detail
    yahoo.serve("^N225", DAYS, TOKYO)
    assert row_of(update_markets("N225"), "N225")["rows"] == 195


@pytest.mark.slow
def test_a_currency_may_lack_a_week_and_no_more(yahoo):
    zone = {"zone": "Europe/London", "hour": 0, "kind": "CURRENCY"}
    serve(yahoo, ("2025-04-01", "2025-04-09"), "CNH=X", YUAN, **zone)
    assert remarks_of(update_markets("CNH"), "short_answer") == []
    serve(yahoo, ("2025-05-01", "2025-05-14"), "AUDUSD=X", YUAN, **zone)
    (remark,) = remarks_of(update_markets("AUDUSD"), "short_answer")
    assert "the 10 weekdays from 2025-05-01 to 2025-05-14; " in remark.detail


@pytest.mark.slow
def test_bars_within_the_day_that_stop_early_are_said(yahoo):
    days = [day for day in DAYS if dt.date(2025, 9, 8) <= day <= dt.date(2025, 9, 12)]
    yahoo.serve("^N225", days, TOKYO[: len(days)], hour=10)
    update = update_bars(
        ["N225"], "2025-09-08", "2025-09-26", interval="1h", now=NOW, pause=0
    )  # fmt: skip
    (remark,) = [remark for remark in update.remarks if remark.check == "short_answer"]
    assert "the 8 sessions from 2025-09-16 to 2025-09-26, the last ones asked" in remark.detail


@pytest.mark.slow
@pytest.mark.parametrize("words", [[], ["-o", "-"]])
def test_the_command_says_it(yahoo, capsys, words):
    serve(yahoo, ("2025-08-01", "2025-12-31"))
    fetch = ["prices", "fetch", "--markets", "N225", "--start", "2025-01-01", "--end", "2025-09-30"]
    assert invoke([*fetch, *words]) == 0
    out, err = capsys.readouterr()
    said = " ".join((err if words else out).split())
    assert "N225 2025-08-01: Yahoo has no row for the 40 sessions from 2025-08-01 to" in said
