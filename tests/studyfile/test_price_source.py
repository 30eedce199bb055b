"""What a study needs of its prices, and a source of prices of the user's own."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
import pytest
from parsed_studies import price_request
from small_study import STUDY, write_study

import eventstudy
from eventstudy.exceptions import SpecificationError
from eventstudy.markets.market import declare_market
from eventstudy.prices.panel import PricePanel
from eventstudy.studyfile.prices import Files, PriceRequest
from eventstudy.studyfile.study_file import parse_study, read_study


def test_every_spelling_a_table_may_have():
    spelled = price_request().spellings()
    assert {"CNH", "USDCNH", "usdcnh", "mine", "MINE"} <= set(spelled)
    own = declare_market("mine", {"series": "px_last", "aliases": ["Ours"]})
    assert {"px_last", "OURS"} <= set(price_request(declared=(own,)).spellings())


def test_what_is_there_already_is_not_wanted():
    assert price_request().without(["USDCNH", "x"]).names == (("model.benchmark", "mine"),)
    assert price_request().without(["mine"]).names == (("markets", "CNH"),)


def test_two_markets_of_one_series_are_fetched_once():
    both = price_request(
        names=(("markets", "CNH"), ("model.benchmark", "USDCNH"), ("markets", "SPX"))
    )
    assert [market.name for market in both.markets()] == ["CNH", "SPX"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine(eventstudy.PriceSource):
    """A folder with a file for each security."""

    folder_of_mine: Path
    ending: str = "csv"
    rows: Literal["all", "odd"] = "all"
    since: dt.date | None = None
    skipped: int = 0
    names: tuple[str, ...] = ()
    index: Path = Path("index.txt")
    odd: NowhereDefined = None  # noqa: F821 - a name that means nothing in this module

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
