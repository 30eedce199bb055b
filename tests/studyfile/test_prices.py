"""What a source is told of a study, and what a study does with what a source says."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from small_study import STUDY, prices, write_study

import eventstudy
from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.markets.market import declare_market
from eventstudy.prices.panel import Check, PricePanel
from eventstudy.studyfile.prices import Files, PriceRequest, Yahoo
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
def asked(monkeypatch, tmp_path):
    """Stand in for the network: what was asked is kept, the desk's prices are given."""
    fetch = pytest.importorskip("eventstudy.prices.fetch")
    monkeypatch.setenv("EVENTSTUDY_STORE", str(tmp_path / "store"))
    calls, remarks = [], []

    def fetch_prices(markets, start, end, **options):
        calls.append(([market.series for market in markets], start, end, options))
        held = prices()[[market.series for market in markets]]
        panel = PricePanel.from_frame(held, name="yahoo")
        return PricePanel(
            names=panel.names, dates=panel.dates, values=panel.values, name="yahoo",
            sha256=panel.sha256, remarks=tuple(remarks),
        )  # fmt: skip

    monkeypatch.setattr(fetch, "fetch_prices", fetch_prices)
    return calls, remarks


def test_a_study_asks_for_its_markets_its_benchmark_and_its_dates(tmp_path, asked):
    calls, remarks = asked
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


def test_a_market_that_could_not_be_fetched_stops_the_study(tmp_path, asked, run):
    _, remarks = asked
    remarks.append(Check("BBB", NOTHING, "symbol_failed", "error", "Yahoo knows no bbb.X"))
    path = write_study(tmp_path / "s", YAHOO + OWN)
    code, _, err = run("run", path, "--out", tmp_path / "out")
    assert code == 2
    assert "study.toml: prices.source: BBB: Yahoo knows no bbb.X" in err
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_factors_are_not_asked_of_yahoo(tmp_path, asked):
    from eventstudy.markets.calendars import exchange_sessions

    calls, _ = asked
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


def test_a_market_without_a_name_at_yahoo_names_the_key(asked):
    file = parse_study(
        {"events": {"bundled": True}, "prices": {"source": "yahoo"}, "markets": ["N225", "MINE"]},
        "study.toml",
    )
    with pytest.raises(SpecificationError, match=r"^study\.toml: markets: unknown market 'MINE'"):
        file.load()


def request(**options):
    given = {"names": (("markets", "CNH"), ("model.benchmark", "mine")), "declared": (),
             "kind": "simple", "calendar": None}  # fmt: skip
    return PriceRequest(**given | options)


def test_every_spelling_a_table_may_have():
    spelled = request().spellings()
    assert {"CNH", "USDCNH", "usdcnh", "mine", "MINE"} <= set(spelled)
    own = declare_market("mine", {"series": "px_last", "aliases": ["Ours"]})
    assert {"px_last", "OURS"} <= set(request(declared=(own,)).spellings())


def test_what_is_there_already_is_not_wanted():
    assert request().without(["USDCNH", "x"]).names == (("model.benchmark", "mine"),)
    assert request().without(["mine"]).names == (("markets", "CNH"),)


def test_two_markets_of_one_series_are_fetched_once():
    both = request(names=(("markets", "CNH"), ("model.benchmark", "USDCNH"), ("markets", "SPX")))
    assert [market.name for market in both.markets()] == ["CNH", "SPX"]


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
    days = request(first=dt.date(2024, 1, 1), last=dt.date(2024, 6, 1), sessions=sessions)
    assert source.range_of(days) == (
        dt.date.fromisoformat(first) - dt.timedelta(before),
        dt.date.fromisoformat(last) + dt.timedelta(after),
    )


def test_a_range_needs_an_event_or_two_dates():
    with pytest.raises(SpecificationError, match="there is no event"):
        Yahoo(start=dt.date(2024, 1, 1)).range_of(request())
    with pytest.raises(SpecificationError, match="lies after"):
        Yahoo(start=dt.date(2025, 1, 1)).range_of(request(last=dt.date(2024, 1, 1)))


def test_a_source_that_cannot_be_reached_is_one_line(monkeypatch, tmp_path, asked):
    from eventstudy.prices import fetch

    def fetch_prices(*_, **__):
        raise SourceError("Yahoo cannot be reached")

    monkeypatch.setattr(fetch, "fetch_prices", fetch_prices)
    with pytest.raises(SourceError, match=r"^study\.toml: prices\.source: Yahoo cannot be"):
        read_study(write_study(tmp_path / "s", YAHOO + OWN)).load()


# -- a source of one's own -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine(eventstudy.PriceSource):
    """A folder with a file for each security, as nobody else keeps them."""

    folder_of_mine: Path
    ending: str = "csv"
    rows: Literal["all", "odd"] = "all"
    since: dt.date | None = None
    skipped: int = 0
    names: tuple[str, ...] = ()
    index: Path = Path("index.txt")
    odd: NowhereDefined = None  # noqa: F821 - that is what it is for

    def read(self, request, progress=None):
        """Read every file of the folder."""
        del progress
        files = sorted(self.folder_of_mine.glob(f"*.{self.ending}"))
        columns = {file.stem: pd.read_csv(file, index_col=0)["return"] for file in files}
        frame = pd.DataFrame(columns)
        frame.index = pd.to_datetime(frame.index)
        return PricePanel.from_frame(frame, content="returns", kind=request.kind, calendar="data")


MINE = STUDY.replace(
    'source = "files"\nfile = "prices.csv"\ncontent = "returns"\ncalendar = "data"\n',
    'source = "mine"\nfolder_of_mine = "deep"\n',
)


@pytest.fixture
def mine():
    eventstudy.SOURCES.register("mine", summary="a folder", source="me")(Mine)
    yield Mine
    eventstudy.SOURCES.remove("mine")


def refusal(prices):
    with pytest.raises(SpecificationError) as caught:
        parse_study({"events": {"file": "e.csv"}, "prices": prices}, "s.toml", "here")
    return str(caught.value)


def test_a_study_on_a_source_of_ones_own_gives_what_its_files_give(tmp_path, mine):
    plain = read_study(write_study(tmp_path / "plain")).run()
    path = write_study(tmp_path / "own", MINE)
    (tmp_path / "own" / "deep").mkdir()
    panel = read_study(tmp_path / "plain" / "study.toml").prices.load(
        PriceRequest(names=(), declared=(), kind="simple", calendar="data")
    )
    for name, column in panel.frame().items():
        column.rename("return").to_csv(tmp_path / "own" / "deep" / f"{name}.csv")
    results = read_study(path).run()
    pd.testing.assert_frame_equal(results.statistics, plain.statistics)
    assert results.manifest["study"]["prices"] == {
        "kind": "simple", "source": "mine", "folder_of_mine": "deep", "index": "index.txt",
    }  # fmt: skip


def test_the_fields_of_a_source_are_its_keys(mine):
    table = {
        "source": "mine", "folder_of_mine": "deep", "ending": "txt", "rows": "odd",
        "since": "2025-05-02", "skipped": 2, "names": ["A"], "odd": 3,
    }  # fmt: skip
    file = parse_study({"events": {"file": "e.csv"}, "prices": table}, "s.toml", "here")
    assert file.prices == Mine(
        folder_of_mine=Path("here/deep"), ending="txt", rows="odd", since=dt.date(2025, 5, 2),
        skipped=2, names=("A",), odd=3, index=Path("here/index.txt"),
    )  # fmt: skip
    assert set(file.input_files) == {
        Path(f"here/{name}") for name in ("e.csv", "deep", "index.txt")
    }
    assert file.study.calendar is None
    assert file.to_dict()["prices"] == table | {"kind": "simple", "index": "index.txt"}
    assert parse_study(file.to_dict(), "s.toml", "here") == file


@pytest.mark.parametrize(
    ("prices", "message"),
    [
        ({"folder_of_mine": "x", "endig": "txt"},
         "unknown key prices.endig; did you mean 'ending'?"),
        ({"folder_of_mine": 3}, "prices.folder_of_mine must be a text in quotes, got 3"),
        ({"folder_of_mine": "x", "skipped": "2"}, 'prices.skipped must be a whole number, got "2"'),
        ({"folder_of_mine": "x", "since": "May"},
         'prices.since must be a date such as 2025-05-02, got "May"'),
        ({"folder_of_mine": "x", "rows": "od"},
         "prices.rows: unknown value \"od\"; did you mean 'odd'?"),
        ({}, 'prices.folder_of_mine is missing; source "mine" needs it'),
        ({"folder_of_mine": "x", "url": "sqlite:///a.db"},
         'prices.url is not a key of source "mine"; it belongs to sql'),
        ({"folder_of_mine": "x", "content": "returns"},
         'prices.content is "returns", but what source "mine" has are prices'),
        ({"source": "files", "folder_of_mine": "x"},
         'prices.folder_of_mine is not a key of source "files"; it belongs to mine'),
        ({"source": "min"}, "prices.source: unknown price source \"min\"; did you mean 'mine'?"),
    ],
)  # fmt: skip
def test_a_wrong_key_of_a_source_of_ones_own_is_named(mine, prices, message):
    assert refusal({"source": "mine", **prices}).startswith(f"s.toml: {message}")


def test_a_key_of_one_name_is_what_the_chosen_source_says(mine):
    @eventstudy.SOURCES.register("numbered", summary="", source="")
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Numbered(Mine):
        folder_of_mine: Path = Path()
        file: int = 0

    try:
        assert refusal({"source": "numbered", "file": "p.csv"}) == (
            's.toml: prices.file must be a whole number, got "p.csv"'
        )
        file = parse_study({"events": {"file": "e.csv"}, "prices": {"file": "p.csv"}}, "s", "")
        assert file.prices == Files(file=(Path("p.csv"),))
    finally:
        eventstudy.SOURCES.remove("numbered")


def test_a_source_that_is_not_registered_is_no_choice():
    assert refusal({"source": "mine"}).startswith(
        's.toml: prices.source: unknown price source "mine"'
    )
    assert refusal({"folder_of_mine": "x"}).startswith("s.toml: unknown key prices.folder_of_mine")
