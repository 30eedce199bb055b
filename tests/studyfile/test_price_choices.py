"""Prices from Yahoo Finance: what is fetched for a study, and what happens when it is not there."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from parsed_studies import price_request
from small_study import STUDY, prices, returns, write_study

from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.prices.panel import Check, PricePanel
from eventstudy.studyfile.prices import Files, Yahoo
from eventstudy.studyfile.study_file import parse_study, read_study

YAHOO = STUDY.replace(
    'source = "files"\nfile = "prices.csv"\ncontent = "returns"\ncalendar = "data"\n',
    'source = "yahoo"\n',
).replace('date_only = "same"\n', 'date_only = "same"\nselect = { category = ["up", "down"] }\n')


OWN = "".join(
    f'[market.{name}]\ncalendar = "data"\nyahoo = "{name.lower()}.X"\n'
    for name in ("AAA", "BBB", "MKT")
)


NOTHING = np.datetime64("NaT", "D")


@pytest.fixture
def fetched(monkeypatch, tmp_path):
    """Stand in for the network: calls are kept, and the prices of the small study given."""
    fetch = pytest.importorskip("eventstudy.prices.fetch")
    monkeypatch.setenv("EVENTSTUDY_STORE", str(tmp_path / "store"))
    calls, remarks = [], []

    def fetch_prices(markets, start, end, **options):
        calls.append(([market.series for market in markets], start, end, options))
        columns = prices()[[market.series for market in markets]]
        panel = PricePanel.from_frame(columns, name="yahoo")
        return PricePanel(
            names=panel.names, dates=panel.dates, values=panel.values, name="yahoo",
            sha256=panel.sha256, remarks=tuple(remarks),
        )  # fmt: skip

    monkeypatch.setattr(fetch, "fetch_prices", fetch_prices)
    return calls, remarks


def test_a_study_asks_for_its_markets_its_benchmark_and_its_dates(tmp_path, fetched):
    calls, remarks = fetched
    remarks.append(Check("AAA", NOTHING, "fx_label_shift", "info", "moved"))
    results = read_study(write_study(tmp_path / "s", YAHOO + OWN)).run()
    (call,) = calls
    series, start, end, options = call
    assert series == ["AAA", "BBB", "MKT"]
    # the first event is of 2024-07-01, the last of 2024-08-26
    assert (start, end) == (dt.date(2024, 7, 1) - dt.timedelta(450), dt.date(2024, 9, 25))
    assert {key: options[key] for key in ("refresh", "offline", "fx_close")} == {
        "refresh": False, "offline": False, "fx_close": "detect"
    }  # fmt: skip
    assert results.manifest["study"]["prices"] == {"kind": "simple", "source": "yahoo"}
    inputs = results.manifest["inputs"]["prices"]
    assert inputs["name"] == "yahoo"
    assert [name for name, _ in inputs["parts"]] == ["aaa.X", "bbb.X", "mkt.X"]
    assert "fx_label_shift" in set(results.checks["check"])


def test_a_market_that_could_not_be_fetched_stops_the_study(tmp_path, fetched, run):
    _, remarks = fetched
    remarks.append(Check("BBB", NOTHING, "symbol_failed", "error", "Yahoo knows no bbb.X"))
    path = write_study(tmp_path / "s", YAHOO + OWN)
    code, _, err = run("run", path, "--out", tmp_path / "out")
    assert code == 2
    assert "study.toml: prices.source: BBB: Yahoo knows no bbb.X" in err
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_factors_are_not_asked_of_yahoo(tmp_path, fetched):
    from eventstudy.markets.calendars import exchange_sessions

    calls, _ = fetched
    days = pd.DatetimeIndex(exchange_sessions("XNYS", "2024-01-02", "2024-09-06").sessions)
    rows = "".join(f"{day:%Y%m%d},{0.1 * (n % 7 - 3):.2f}\n" for n, day in enumerate(days))
    study = (YAHOO + OWN.partition("[market.MKT]")[0]).replace(
        'source = "yahoo"\n', 'source = "yahoo"\nfactors = "f.csv"\n'
    )
    path = write_study(tmp_path / "s", study.replace('"MKT"\n', '"MKT"\nsync = "same_date"\n'))
    (path.parent / "f.csv").write_text(f"Invented.\n\n,Mkt-RF\n{rows}\n")
    results = read_study(path).run()
    assert calls[0][0] == ["AAA", "BBB"]
    assert results.models["beta"].notna().all()


def test_a_market_without_a_name_at_yahoo_names_the_key(fetched):
    file = parse_study(
        {"events": {"bundled": True}, "prices": {"source": "yahoo"}, "markets": ["N225", "MINE"]},
        "study.toml",
    )
    with pytest.raises(SpecificationError, match=r"^study\.toml: markets: unknown market 'MINE'"):
        file.load()


@pytest.mark.parametrize(
    ("source", "sessions", "span"),
    [
        (Yahoo(), 250, ("2024-01-01", 450, "2024-06-01", 30)),
        (Yahoo(), 500, ("2024-01-01", 800, "2024-06-01", 30)),
        (Yahoo(start=dt.date(2020, 1, 1)), 250, ("2020-01-01", 0, "2024-06-01", 30)),
        (Yahoo(end=dt.date(2024, 3, 1)), 250, ("2024-01-01", 450, "2024-03-01", 0)),
    ],
)
def test_the_range_that_is_fetched(source, sessions, span):
    first, before, last, after = span
    days = price_request(first=dt.date(2024, 1, 1), last=dt.date(2024, 6, 1), sessions=sessions)
    assert source.range_of(days) == (
        dt.date.fromisoformat(first) - dt.timedelta(before),
        dt.date.fromisoformat(last) + dt.timedelta(after),
    )


def test_prices_are_fetched_to_the_moment_asked_where_it_is_later():
    days = {"first": dt.date(2024, 1, 1), "last": dt.date(2024, 6, 1), "sessions": 250}
    for until, end in (("2025-01-15", "2025-01-15"), ("2024-06-10", "2024-07-01")):
        request = price_request(**days, until=dt.date.fromisoformat(until))
        assert Yahoo().range_of(request)[1] == dt.date.fromisoformat(end)
        assert Yahoo(end=dt.date(2024, 3, 1)).range_of(request)[1] == dt.date(2024, 3, 1)


def test_a_range_needs_an_event_or_two_dates():
    with pytest.raises(SpecificationError, match="there is no event"):
        Yahoo(start=dt.date(2024, 1, 1)).range_of(price_request())
    with pytest.raises(SpecificationError, match="lies after"):
        Yahoo(start=dt.date(2025, 1, 1)).range_of(price_request(last=dt.date(2024, 1, 1)))


def test_a_source_that_cannot_be_reached_is_one_line(monkeypatch, tmp_path, fetched):
    from eventstudy.prices import fetch

    def fetch_prices(*_, **__):
        raise SourceError("Yahoo cannot be reached")

    monkeypatch.setattr(fetch, "fetch_prices", fetch_prices)
    with pytest.raises(SourceError, match=r"^study\.toml: prices\.source: Yahoo cannot be"):
        read_study(write_study(tmp_path / "s", YAHOO + OWN)).load()


def streamed(tmp_path, text, name):
    """What a study file gives as a stream: assumed, and the text of its statistics."""
    study = write_study(tmp_path / "in", text)
    found = read_study(study).stream(tmp_path / name)
    return found.assumed, (tmp_path / name / "statistics.csv").read_text()


@pytest.mark.slow
def test_prices_are_read_by_blocks_where_the_source_can_or_it_is_said_that_not(tmp_path):
    pytest.importorskip("pyarrow")
    duckdb = pytest.importorskip("duckdb")
    pytest.importorskip("duckdb_engine")
    text = STUDY.replace(', "portfolio_t"', "").replace("draws = 20", "draws = 0")
    said, whole = streamed(tmp_path, text, "csv")
    held = "prices.csv: all prices are held in memory: of files, only parquet is read some"
    assert any(sentence.startswith(held) for sentence in said)
    frame = returns().reset_index()
    frame.to_parquet(tmp_path / "in" / "prices.parquet")
    said, found = streamed(tmp_path, text.replace("prices.csv", "prices.parquet"), "parquet")
    assert not any("held in memory" in sentence for sentence in said)
    assert found == whole
    with duckdb.connect(str(tmp_path / "in" / "prices.duckdb")) as database:
        database.execute("CREATE TABLE wide AS SELECT * FROM frame")
    source = 'source = "sql"\nurl = "duckdb:///prices.duckdb"\ntable = "wide"'
    table = text.replace('source = "files"\nfile = "prices.csv"', source)
    said, found = streamed(tmp_path, table, "duckdb")
    assert not any("held in memory" in sentence for sentence in said)
    assert found == whole


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"file": (Path("a.csv"), Path("b.csv"))}, "several files"),
        ({"file": (Path("a.csv"),)}, "only parquet"),
        ({"file": (Path("a.parquet"),), "fx_close": "detect"}, "whole columns"),
    ],
)
def test_what_cannot_be_read_by_blocks_says_why(more, why):
    assert why in Files(**more).blocks(price_request())
